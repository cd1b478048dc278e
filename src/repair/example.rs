use std::path::{Path, PathBuf};
use std::process::Command;

use super::RepairError;
use super::book::Book;
use super::compiler::Compiler;
use super::files::Files;
use super::problem::{Message, Names, Problem};
use super::search::Search;
use crate::optimize;
use crate::rules::{Example, Ran, Rule};

/// The compiler on one file, a library that needs nothing but the standard one.
struct Rustc {
    folder: tempfile::TempDir,
}

const FILE: &str = "example.rs";

impl Compiler for Rustc {
    fn check(&mut self, files: &Files) -> Result<Vec<Problem>, RepairError> {
        let folder = self.folder.path();
        let text = files.get(Path::new(FILE)).map_or("", |text| text);
        std::fs::write(folder.join(FILE), text).map_err(RepairError::system(folder.join(FILE)))?;
        let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
            .args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "--error-format=json", FILE])
            .current_dir(folder)
            .output()
            .map_err(RepairError::Start)?;
        let names = Names { folder, base: folder, files };
        let stderr = String::from_utf8_lossy(&output.stderr);
        let errors = stderr.lines().filter_map(|line| Some((line, serde_json::from_str::<Message>(line).ok()?)));
        Ok(errors
            .filter(|(_, message)| message.is_error())
            .filter_map(|(json, message)| message.problem(json, String::new(), &names))
            .collect())
    }

    fn score(&mut self, _: &Files, _: bool) -> usize {
        0
    }
}

/// Runs a rule page's example with this rule alone. One that is about errors of the compiler is compiled: before, with an error that the
/// page is about, and after.
///
/// # Errors
/// If the page or the example can not be read, or the example does not fail as the page says.
pub fn run_example(rule: &Rule, example: &Example) -> Result<Ran, String> {
    if rule.codes.is_empty() {
        return optimize::run_example(rule, example);
    }
    let mut files = Files::default();
    files.insert(PathBuf::from(FILE), example.before.as_str());
    let book = Book::new(vec![rule], &|_| true);
    let mut rustc = Rustc { folder: tempfile::tempdir().map_err(|error| error.to_string())? };
    let mut search = Search::new(&mut rustc, &book, files).map_err(|error| error.to_string())?;
    let told = |problems: &[Problem]| problems.iter().map(Problem::headline).collect::<Vec<_>>();
    let about = |problem: &Problem| rule.codes.iter().any(|code| code == "any" || problem.code.as_ref() == Some(code));
    if !search.problems().iter().any(about) {
        return Err(format!("expected an error {}, found {:?}", rule.codes.join(" or "), told(search.problems())));
    }
    search.run();
    let after = search.files().get(Path::new(FILE)).map_or_else(String::new, |text| text.to_string());
    Ok(Ran { found: after != example.before, after, notes: told(search.problems()) })
}
