//! Facts about Python files.

mod library;
mod scopes;

pub(super) use scopes::Scopes;

#[cfg(test)]
mod scopes_tests;
