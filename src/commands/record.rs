use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::ERROR;
use crate::project::record;

/// `cargo wright record -- python train.py`
#[derive(Debug, Args)]
pub struct Arguments {
    /// The tree whose functions are noted
    #[arg(long, default_value = ".", value_name = "DIR")]
    root: PathBuf,
    /// Where the facts are written; those that still hold are kept [default: .wright/facts.json in the tree]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The program and its arguments
    #[arg(required = true, last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Runs the program under the recorder. The exit code is the program's own.
///
/// # Errors
/// If nothing could be recorded.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let out = arguments.out.clone().unwrap_or_else(|| arguments.root.join(".wright/facts.json"));
    let recorded = record(&arguments.command, &arguments.root, &out)?;
    eprintln!(
        "noted {} functions in {} calls; {} now holds {} functions",
        recorded.functions,
        recorded.calls,
        out.display(),
        recorded.total
    );
    if recorded.functions == 0 {
        eprintln!("nothing of {} ran; `--root DIR` names another tree", arguments.root.display());
    }
    Ok(recorded.status.code().map_or(ExitCode::from(ERROR), |code| ExitCode::from(u8::try_from(code).unwrap_or(ERROR))))
}
