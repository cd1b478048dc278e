//! Facts about Python files.

mod annotations;
mod attributes;
mod called;
mod classes;
mod docstrings;
mod effects;
mod entry;
mod imported;
mod imports;
mod inference;
mod library;
mod placing;
mod scopes;
mod sources;
mod usage;
mod values;

pub(super) use annotations::{annotation, dtype_named};
pub(super) use attributes::{attributes, class_of_receiver};
pub(super) use called::{Parameter, called, signature};
pub(super) use classes::Values;
pub(super) use effects::{Arguments, effects};
pub(super) use entry::{constant, parameters, qualified_name};
pub use imported::ImportedCalls;
pub(super) use imported::imported_calls;
pub(super) use imports::Imports;
pub(super) use inference::Classes;
pub(super) use library::changes_type;
pub(super) use scopes::{Binding, Scopes, What};
pub(super) use values::known_value;

#[cfg(test)]
mod effects_tests;
#[cfg(test)]
mod entry_tests;
#[cfg(test)]
mod imports_tests;
#[cfg(test)]
mod scopes_tests;
