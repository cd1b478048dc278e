//! `cargo wright`: dispatches to the subcommands.

use std::process::ExitCode;

fn main() -> ExitCode {
    wright::commands::run(std::env::args_os())
}
