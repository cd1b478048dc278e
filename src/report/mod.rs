//! Findings as diff, text, JSON, SARIF and GitHub annotations.

mod github;
mod html;
mod json;
mod plot;
mod sarif;
mod text;
mod work;
mod work_json;
mod work_text;

use std::io::{self, Write};
use std::path::PathBuf;

use crate::facts::Ground;
use crate::optimize::Finding;
use crate::project::Document;

pub use html::work_page;
pub use plot::scatter;
pub use text::{candidates, colored, diff, proof};
pub use work::{Generated, Tally, Times, Timing, Work};
pub use work_json::work_json;
pub use work_text::print_work;

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One array of findings.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands that GitHub shows beside the lines.
    Github,
}

/// A file with its findings.
#[derive(Debug, Clone)]
pub struct Reported {
    /// Where it is.
    pub path: PathBuf,
    /// What it holds before any change.
    pub document: Document,
    /// What was found, in the order of the file.
    pub findings: Vec<Finding>,
}

/// How much the text report shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// A diff under each finding.
    pub diff: bool,
    /// Terminal colors.
    pub color: bool,
}

/// Prints files' findings.
///
/// # Errors
/// If the output can not be written.
pub fn print(files: &[Reported], format: Format, style: Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::print(files, style, out),
        Format::Json => json::print(files, out),
        Format::Sarif => sarif::print(files, out),
        Format::Github => github::print(files, out),
    }
}

/// On what a finding rests, in words.
pub(crate) fn ground_text(ground: Ground) -> String {
    match ground {
        Ground::Declared => "declared".to_owned(),
        Ground::Inferred => "inferred".to_owned(),
        Ground::Recorded { calls: 1 } => "recorded in 1 call".to_owned(),
        Ground::Recorded { calls } => format!("recorded in {calls} calls"),
    }
}
