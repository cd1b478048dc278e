//! A function whose body is missing, filled from examples.
//!
//! A [`Task`] is what is known of the function: its parameters, and calls with what they give. Programs over the ops that the file's
//! dialect writes are enumerated bottom-up, the likeliest first, and of those that compute the same values on all examples one is kept
//! (observational equivalence: Udupa et al., TRANSIT, PLDI 2013; Albarghouthi et al., Escher, CAV 2013). The order is that of a
//! probability model, as in Barke et al., Just-in-Time Learning for Bottom-Up Enumerative Synthesis (OOPSLA 2020), and the ops that take
//! part are those that a library has, as in Shi et al., TF-Coder (TOPLAS 2022). The last step is taken from the other side: what the
//! wanted value needs beside a value that is there is looked up.

mod apply;
mod asserts;
mod bank;
#[rustfmt::skip]
mod builtin;
mod cost;
mod differ;
mod enumerate;
mod examples;
mod expected;
mod hole;
mod layout;
mod literal;
mod model;
mod print;
mod productions;
mod split;
mod task;
mod term;

pub use cost::{Costs, Order};
pub use differ::{Difference, difference};
pub use enumerate::{Limits, Outcome, Solution, Statistics, synthesize};
pub use examples::ExampleError;
pub use expected::{Expected, Kind};
pub use hole::{Hole, HoleError, holes};
pub use layout::Layout;
pub use print::{Body, body};
pub use task::{Container, Conversion, Example, Parameter, Task};
