//! The compiler behind `cargo wright`: numerical and deep-learning source in, better source out.
//!
//! Modules are listed in the order in which they may know each other: each imports only those above it.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

// What `generate` writes, the built-in scorer among it, names the kernels so.
#[cfg(feature = "source")]
extern crate codewright_kernels as codewright;

pub mod ir;
#[cfg(feature = "source")]
pub mod syntax;

#[cfg(feature = "source")]
pub mod dialect;

#[cfg(feature = "source")]
pub mod facts;

#[cfg(feature = "source")]
pub mod lower;

#[cfg(feature = "source")]
pub mod interpret;

pub mod rules;

pub mod explore;

pub mod score;

pub mod verify;

#[cfg(feature = "command")]
pub mod measure;

#[cfg(feature = "command")]
pub mod synthesize;

pub mod model;

#[cfg(feature = "source")]
pub mod fix;

#[cfg(feature = "command")]
pub mod task;

#[cfg(feature = "source")]
pub mod optimize;

#[cfg(feature = "source")]
pub mod config;

#[cfg(feature = "source")]
pub mod attribute;

#[cfg(feature = "command")]
pub mod project;

#[cfg(feature = "command")]
pub mod repair;

#[cfg(feature = "command")]
pub mod report;

#[cfg(feature = "command")]
pub mod commands;
