//! `cargo wright`: dispatches to the subcommands.

fn main() {}
