//! Programs of known lengths as code of their own, and how long they take: what the scorer learns from.
//!
//! A [`Case`] is a program with several equal ways to compute it. [`statements`] writes each in the target's language, `timer.py` runs them
//! by turns.

mod case;
mod function;
mod generate;
mod sized;

#[cfg(test)]
mod tests;

pub use case::{Case, CaseError};
pub use function::{Statements, statements};
pub use generate::{Generated, Generator};
pub use sized::{assumed, draw_sizes, sized};
