//! All stages for one file.

mod driver;
mod example;
mod finding;
mod options;
mod split;
mod triggers;

pub use driver::optimize;
pub use example::run_example;
pub use finding::{Error, FileReport, Finding, Note};
pub use options::Options;
