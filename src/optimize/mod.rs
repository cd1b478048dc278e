//! All stages for one file.

#[cfg(test)]
mod attribute_tests;
#[cfg(test)]
mod caller_tests;
mod callers;
mod driver;
mod evidence;
#[cfg(feature = "command")]
mod example;
mod finding;
mod flow;
#[cfg(test)]
mod flow_tests;
mod leads;
mod motion;
#[cfg(test)]
mod motion_tests;
#[cfg(test)]
mod move_tests;
mod options;
mod outlook;
mod rounds;
mod split;
mod triggers;
#[cfg(test)]
mod update_tests;

pub use driver::{optimize, optimize_part};
#[cfg(feature = "command")]
pub use example::run_example;
pub use finding::{Error, FileReport, Finding, Note, Weighed, together};
pub use options::Options;
pub use rounds::{MAX_ROUNDS, rewrite};
