//! `cargo wright`: dispatches to the subcommands.

use std::process::ExitCode;

/// Parsing and lowering make many small things: this allocator, which the parser's C code uses too, takes less time for them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    wright::commands::run(std::env::args_os())
}
