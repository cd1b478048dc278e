//! The compiler behind `cargo wright`: numerical and deep-learning source in, better source out.
//!
//! Modules are listed in the order in which they may know each other: each imports only those above it.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

pub mod ir;
pub mod syntax;

pub mod dialect;

pub mod facts;

pub mod lower;

pub mod rules;

pub mod explore;

pub mod score;

pub mod verify;

pub mod fix;

pub mod model;

pub mod optimize;

pub mod project;

pub mod repair;

pub mod report;

pub mod commands;
