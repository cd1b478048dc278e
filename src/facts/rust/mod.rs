//! Facts about Rust files.

mod effects;
mod paths;
mod scopes;
mod types;

pub(super) use effects::{effects, sources};
pub(super) use scopes::Scopes;
pub(super) use types::{known_value, type_fact};

#[cfg(test)]
mod tests;
