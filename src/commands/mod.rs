//! The subcommands, one file each.

mod auto;
mod bench;
mod compile_errors;
mod explain;
mod generate;
mod interactive;
mod lsp;
mod model;
mod record;
mod rewriting;
pub mod rules;
mod scan;
mod scoring;
mod tune;
mod watch;

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::repair::run_example;

/// Nothing to say.
pub const CLEAN: u8 = 0;
/// Something was found.
pub const FINDINGS: u8 = 1;
/// Something could not be done.
pub const ERROR: u8 = 2;

/// A compiler for numerical code: Python with NumPy and PyTorch, Rust with ndarray.
#[derive(Debug, Parser)]
#[command(name = "cargo wright", bin_name = "cargo wright", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Report what could be better; change nothing
    Check(scan::Arguments),
    /// Show the diff of what could be better; --write applies it. Of a model, with -o: write it anew
    Optimize(scan::OptimizeArguments),
    /// Show what mends errors; --write applies the safe fixes
    Fix(scan::FixArguments),
    /// Do all that a tree asks for: make code of models, fill functions without a body, mend errors, optimize. Shows it; --write does it
    Auto(auto::Arguments),
    /// Make code of a model, an ONNX file or an nn.Module; or a training script of data: a table, arrays, a text, images
    Generate(generate::Arguments),
    /// Print a rule's page, or the proof of the finding at FILE:LINE
    Explain(explain::Arguments),
    /// Speak the language server protocol with an editor, on standard input and output
    Lsp(lsp::Arguments),
    /// Run a Python program and note dtypes and shapes: facts for the other commands
    Record(record::Arguments),
    /// Time functions before and after, in their own language
    Bench(bench::Arguments),
    /// Correct the built-in scorer by what programs take on this machine
    Tune(tune::Arguments),
    /// List, test and begin rules
    Rules(rules::Arguments),
}

/// Runs the command line; the first argument is the program's name, and cargo's `wright` may follow it.
pub fn run(arguments: impl Iterator<Item = std::ffi::OsString>) -> ExitCode {
    let mut arguments: Vec<_> = arguments.collect();
    if arguments.get(1).is_some_and(|word| word == "wright") {
        arguments.remove(1);
    }
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { ERROR } else { CLEAN };
            // A closed pipe is no reason to fail.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let result = match &cli.command {
        Command::Check(arguments) => scan::check(arguments),
        Command::Optimize(arguments) => scan::optimize(arguments),
        Command::Fix(arguments) => scan::fix(arguments),
        Command::Auto(arguments) => auto::run(arguments),
        Command::Generate(arguments) => generate::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Lsp(arguments) => lsp::run(arguments),
        Command::Record(arguments) => record::run(arguments),
        Command::Bench(arguments) => bench::run(arguments),
        Command::Tune(arguments) => tune::run(arguments),
        Command::Rules(arguments) => rules::run(arguments, Path::new("."), Some(&run_example), &mut std::io::stdout().lock()),
    };
    result.unwrap_or_else(|error| {
        if error.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe) {
            return ExitCode::from(CLEAN);
        }
        eprintln!("error: {error:#}");
        ExitCode::from(ERROR)
    })
}
