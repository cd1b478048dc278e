//! The part of `fix` that mends Rust that does not compile.

use std::path::PathBuf;

use crate::optimize::Options;
use crate::project::{Document, Source};
use crate::repair::{RepairError, Repairs, crates, repair, write};
use crate::report::Reported;

/// What became of the crates that are looked at.
#[derive(Default)]
pub(super) struct CompileErrors {
    pub reported: Vec<Reported>,
    pub written: usize,
    /// Errors that stay.
    pub left: usize,
    pub failed: bool,
    /// What is said of errors that stay, and of why nothing could be looked at.
    pub told: Vec<String>,
}

impl CompileErrors {
    /// Looks for crates among the sources, has cargo check them and mends what does not compile. Without a Rust source in a crate, or
    /// without a rule for it, cargo is not run.
    pub fn mended(sources: &[Source], options: &Options, writes: bool, tests: bool) -> CompileErrors {
        let rules = options.repairs();
        let mut outcome = CompileErrors::default();
        let crates = crates(sources);
        if rules.is_empty() || crates.is_empty() {
            return outcome;
        }
        let paths: Vec<PathBuf> = crates.values().flatten().cloned().collect();
        let found = repair(&paths, crates.into_keys(), &rules, tests).and_then(|repairs| {
            if writes {
                write(&repairs.files)?;
            }
            Ok(repairs)
        });
        match found {
            Ok(repairs) => outcome.take(repairs, writes),
            Err(error) => outcome.fail(&error),
        }
        outcome
    }

    fn take(&mut self, repairs: Repairs, writes: bool) {
        self.written = if writes { repairs.files.len() } else { 0 };
        self.left = repairs.left.len();
        for error in repairs.left {
            self.told.push(format!("{}:{}:{}: not mended: {}", error.path.display(), error.place.line, error.place.column, error.error));
        }
        self.reported.extend(repairs.files.into_iter().map(|file| Reported {
            path: file.path,
            document: Document::Text(file.old),
            findings: file.findings,
        }));
    }

    fn fail(&mut self, error: &RepairError) {
        self.failed = true;
        self.told.push(format!("error: {error}"));
    }

    /// Says what could not be done.
    pub fn tell(&self) {
        self.told.iter().for_each(|line| eprintln!("{line}"));
    }
}
