//! Facts about Python files.

mod classes;
mod effects;
mod inference;
mod library;
mod scopes;
mod sources;

pub(super) use classes::Values;
pub(super) use effects::effects;
pub(super) use inference::Classes;
pub(super) use scopes::{Scopes, What};

#[cfg(test)]
mod effects_tests;
#[cfg(test)]
mod scopes_tests;
