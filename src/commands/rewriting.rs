//! What several commands do with a file: find, and rewrite until nothing more is found.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;

use super::scoring::ScorerArguments;
use crate::config::{Config, PROJECT_RULES, Suppressions, line_widths};
use crate::facts::{Ground, Outside, Recording};
use crate::optimize::{Finding, MAX_ROUNDS, Note, Options, optimize, rewrite};
use crate::project::{ChangedLines, ProjectWords};
use crate::rules::{Claim, Pass, RuleSet, Safety, Selection};
use crate::syntax::{Language, Tree};

/// Where a tree keeps what recorded runs saw.
pub(super) const RECORDED: &str = ".wright/facts.json";

/// Which rules are used. What is not said on the command line comes from the configuration.
#[derive(Debug, Args)]
pub(super) struct RuleArguments {
    /// Which promises may be relied on: strict, stable or relaxed [default: relaxed]
    #[arg(long)]
    math: Option<String>,
    /// Only rules with these names or prefixes of names
    #[arg(long, value_delimiter = ',')]
    select: Vec<String>,
    /// No rules with these names or prefixes of names
    #[arg(long, value_delimiter = ',')]
    ignore: Vec<String>,
}

impl RuleArguments {
    /// The rules of some passes.
    pub(super) fn options(&self, passes: &[Pass], scoring: &ScorerArguments) -> anyhow::Result<Options> {
        self.options_in(Path::new("."), passes, scoring)
    }

    /// The same by the configuration of another folder.
    pub(super) fn options_in(&self, folder: &Path, passes: &[Pass], scoring: &ScorerArguments) -> anyhow::Result<Options> {
        let (rules, selection) = self.selected_in(folder)?;
        let mut options = Options::new(rules, selection)?;
        options.passes = passes.to_vec();
        options.line_widths = line_widths(folder);
        options.other_scorer = scoring.scorer(&Config::nearest(folder)?)?;
        Ok(options)
    }

    /// All rules, and which of them are asked for by the configuration of a folder.
    pub(super) fn selected_in(&self, folder: &Path) -> anyhow::Result<(RuleSet, Selection)> {
        let config = Config::nearest(folder)?;
        let or = |flag: &[String], configured: Vec<String>| if flag.is_empty() { configured } else { flag.to_vec() };
        let math = self.math.clone().or(config.math);
        let (select, ignore) = (or(&self.select, config.select), or(&self.ignore, config.ignore));
        let selection = Config { math, select, ignore, ..Config::default() }.selection()?;
        Ok((RuleSet::load(&[&folder.join(PROJECT_RULES)])?, selection))
    }
}

/// What is known of files from outside of them: the recorded runs of the trees that they are in, each read once, and the words of all
/// files there.
#[derive(Debug)]
pub(super) struct Surroundings {
    words: Arc<ProjectWords>,
    by_folder: Mutex<HashMap<PathBuf, Option<Arc<Recording>>>>,
}

impl Surroundings {
    /// Of the files that are given, and of those in the given folders.
    pub(super) fn new(paths: &[PathBuf]) -> Self {
        Surroundings { words: ProjectWords::new(paths), by_folder: Mutex::default() }
    }

    /// What is known of one file.
    pub(super) fn of(&self, path: &Path) -> anyhow::Result<Outside> {
        Ok(self.recorded(path)?.within(self.words.beside(path)))
    }

    /// What recorded runs say of a file: the nearest `.wright/facts.json` above it.
    fn recorded(&self, path: &Path) -> anyhow::Result<Outside> {
        let Some(root) = self.root_of(path)? else { return Ok(Outside::default()) };
        let full = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let relative = full.strip_prefix(&root).map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(self.in_folder(&root)?.map(|recording| recording.of_file(&relative)).unwrap_or_default())
    }

    /// The tree whose recording speaks of a file.
    pub(super) fn root_of(&self, path: &Path) -> anyhow::Result<Option<PathBuf>> {
        let Ok(full) = path.canonicalize() else { return Ok(None) };
        for folder in full.ancestors().skip(1) {
            if self.in_folder(folder)?.is_some() {
                return Ok(Some(folder.to_owned()));
            }
        }
        Ok(None)
    }

    fn in_folder(&self, folder: &Path) -> anyhow::Result<Option<Arc<Recording>>> {
        let mut by_folder = self.by_folder.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = by_folder.get(folder) {
            return Ok(known.clone());
        }
        let facts = folder.join(RECORDED);
        let recording = if facts.is_file() { Some(Arc::new(Recording::read(&facts)?)) } else { None };
        by_folder.insert(folder.to_owned(), recording.clone());
        Ok(recording)
    }
}

/// A file that is looked at.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    pub(super) path: &'a Path,
    pub(super) language: Language,
    pub(super) options: &'a Options,
    pub(super) outside: &'a Outside,
    /// Only lines that differ from a revision.
    pub(super) changed: Option<&'a ChangedLines>,
}

impl Job<'_> {
    /// What is found in a text and not silenced, and what was not taken.
    pub(super) fn findings(&self, text: &str) -> anyhow::Result<(Vec<Finding>, Vec<Note>)> {
        let report = optimize(self.path, text, self.language, self.options, self.outside)?;
        let suppressions = Suppressions::of(text);
        let kept = report.findings.into_iter().filter(|finding| {
            let (first, last) = (finding.start.line, finding.end.line);
            let touched = self.changed.is_none_or(|changed| changed.touches(self.path, first, last));
            touched && !suppressions.silences(first, last, &finding.rules)
        });
        Ok((kept.collect(), report.notes))
    }

    /// The text with everything applied that may be, until nothing more is found.
    pub(super) fn rewritten(&self, original: &str, allowed: Allowed) -> anyhow::Result<String> {
        self.rewritten_telling(original, allowed, &mut |_, _| {})
    }

    /// The same, with what may be applied in each round told before it is: the text, and what was found in it.
    pub(super) fn rewritten_telling(
        &self,
        original: &str,
        allowed: Allowed,
        tell: &mut dyn FnMut(&str, &[Finding]),
    ) -> anyhow::Result<String> {
        let mut outside = self.outside.clone();
        let mut before: Option<String> = None;
        // Lines move with the first round; what a revision changed is only known before it.
        let rounds = if self.changed.is_some() { 1 } else { MAX_ROUNDS };
        rewrite(self.path, self.language, original, rounds, &mut |text| {
            if let Some(old) = before.replace(text.to_owned()).filter(|_| allowed.recorded) {
                outside = outside.after_edit(&Tree::parse(self.language, old), &Tree::parse(self.language, text));
            }
            let (found, _) = Job { outside: &outside, ..*self }.findings(text)?;
            let permitted: Vec<Finding> = found.into_iter().filter(|finding| allowed.permits(finding)).collect();
            tell(text, &permitted);
            Ok(permitted)
        })
    }
}

/// A recorded run is what a finding rests on.
pub(super) fn rests_on_recording(finding: &Finding) -> bool {
    matches!(finding.ground, Some(Ground::Recorded { .. }))
}

/// What may be applied without being looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Allowed {
    /// What rests on a recorded run.
    pub(super) recorded: bool,
    /// Unsafe fixes.
    pub(super) unsafe_fixes: bool,
}

impl Allowed {
    pub(super) fn permits(self, finding: &Finding) -> bool {
        let safe = match finding.claim {
            // Code that does not compile computes nothing that could be changed.
            Claim::Safety(Safety::Unsafe) => self.unsafe_fixes || finding.error.is_some(),
            Claim::Safety(Safety::Display) => false,
            Claim::Safety(Safety::Safe) | Claim::Effect(_) => true,
        };
        safe && (self.recorded || !rests_on_recording(finding))
    }
}
