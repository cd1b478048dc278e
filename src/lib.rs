//! The compiler behind `cargo wright`: numerical and deep-learning source in, better source out.
//!
//! Modules are listed in the order in which they may know each other: each imports only those above it.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

pub mod ir;
