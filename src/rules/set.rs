//! All rules: Codewright's own, embedded in the binary, and a project's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};

use super::error::{LoadError, PageError};
use super::page::{is_page, pages_below, read};
use super::term::edit_distance;
use super::{Claim, Math, Pass, Rule};
use crate::ir::Target;

/// Threads that read pages.
const MAX_READERS: usize = 4;

static PAGES: Dir = include_dir!("$CARGO_MANIFEST_DIR/rules");

static BUILTIN: LazyLock<Result<RuleSet, LoadError>> = LazyLock::new(|| {
    let mut pages = Vec::new();
    embedded(&PAGES, &mut pages);
    RuleSet::default().with(pages.into_iter().map(|(path, text)| (Path::new("rules").join(path), Ok(text.to_owned()))))
});

/// Rules by name.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    rules: BTreeMap<String, Rule>,
}

/// A name in `--select` or `--ignore` that no rule has or begins with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no rule is named `{name}` or begins with it{}", near.as_ref().map_or(String::new(), |near| format!("; is `{near}` meant?")))]
pub struct UnknownRule {
    /// What was asked for.
    pub name: String,
    /// The rule with the nearest name.
    pub near: Option<String>,
}

/// Which rules to use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Which promises may be relied on.
    pub math: Math,
    /// Names or prefixes of names of the rules to use; empty for all.
    pub select: Vec<String>,
    /// Names or prefixes of names of rules not to use. The longer of two matching entries decides.
    pub ignore: Vec<String>,
}

impl RuleSet {
    /// Codewright's own rules.
    ///
    /// # Panics
    /// If one of its own pages is wrong, which its tests rule out.
    pub fn builtin() -> &'static RuleSet {
        match RuleSet::try_builtin() {
            Ok(set) => set,
            Err(error) => panic!("Codewright's own rules cannot be read:\n{error}"),
        }
    }

    /// Codewright's own rules, or what is wrong with their pages.
    ///
    /// # Errors
    /// The first mistake of every page that has one.
    pub fn try_builtin() -> Result<&'static RuleSet, &'static LoadError> {
        BUILTIN.as_ref()
    }

    /// Codewright's own rules and those in directories of pages, such as a project's `.wright/rules`. A directory that
    /// does not exist adds none.
    ///
    /// # Errors
    /// The first mistake of every page that has one, a name that is taken, a file that cannot be read.
    pub fn load(dirs: &[&Path]) -> Result<RuleSet, LoadError> {
        let mut set = RuleSet::try_builtin().map_err(Clone::clone)?.clone();
        for dir in dirs.iter().filter(|dir| dir.exists()) {
            let paths = pages_below(dir).map_err(|error| LoadError(vec![unreadable(dir, &error)]))?;
            set = set.with(paths.into_iter().map(|path| {
                let text = std::fs::read_to_string(&path);
                (path, text)
            }))?;
        }
        Ok(set)
    }

    /// These rules and those of more pages.
    ///
    /// # Errors
    /// As [`RuleSet::load`].
    pub fn with(mut self, pages: impl IntoIterator<Item = (impl AsRef<Path>, std::io::Result<String>)>) -> Result<RuleSet, LoadError> {
        let mut errors = Vec::new();
        let pages: Vec<_> = pages.into_iter().map(|(path, text)| (path.as_ref().to_owned(), text)).collect();
        for (path, rule) in read_all(pages) {
            match rule {
                Ok(rule) => match self.rules.get(&rule.name) {
                    Some(earlier) => {
                        let message = format!("the name `{}` is taken by {}", rule.name, earlier.path.display());
                        errors.push(PageError { path, line: 1, column: 1, message });
                    }
                    None => {
                        self.rules.insert(rule.name.clone(), rule);
                    }
                },
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(self) } else { Err(LoadError(errors)) }
    }

    /// All rules, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }

    /// The rule of this name.
    pub fn get(&self, name: &str) -> Option<&Rule> {
        self.rules.get(name)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The optimizations that a selection asks for and that serve a target, by name.
    ///
    /// # Errors
    /// A name in the selection that fits no rule.
    pub fn select(&self, selection: &Selection, target: Target) -> Result<Vec<&Rule>, UnknownRule> {
        let mut chosen = self.filtered(selection)?;
        chosen.retain(|rule| rule.claim.pass() == Pass::Optimize && rule.targets.contains(&target));
        Ok(chosen)
    }

    /// The optimizations that a selection asks for and that serve the graphs of models: first those that serve nothing else, then the
    /// others, by name.
    ///
    /// # Errors
    /// A name in the selection that fits no rule.
    pub fn for_models(&self, selection: &Selection) -> Result<Vec<&Rule>, UnknownRule> {
        let mut chosen = self.filtered(selection)?;
        chosen.retain(|rule| rule.claim.pass() == Pass::Optimize && rule.models);
        chosen.sort_by_key(|rule| rule.targets.len() > 1);
        Ok(chosen)
    }

    /// The fixes that a selection asks for, by name.
    ///
    /// # Errors
    /// A name in the selection that fits no rule.
    pub fn fixes(&self, selection: &Selection) -> Result<Vec<&Rule>, UnknownRule> {
        let mut chosen = self.filtered(selection)?;
        chosen.retain(|rule| rule.claim.pass() == Pass::Fix && rule.codes.is_empty());
        Ok(chosen)
    }

    /// The rules that a selection asks for and that mend errors of the compiler, by name.
    ///
    /// # Errors
    /// A name in the selection that fits no rule.
    pub fn repairs(&self, selection: &Selection) -> Result<Vec<&Rule>, UnknownRule> {
        let mut chosen = self.filtered(selection)?;
        chosen.retain(|rule| !rule.codes.is_empty());
        Ok(chosen)
    }

    /// The rules that a selection asks for, whatever they serve, by name.
    ///
    /// # Errors
    /// A name in the selection that fits no rule.
    pub fn filtered(&self, selection: &Selection) -> Result<Vec<&Rule>, UnknownRule> {
        for name in selection.select.iter().chain(&selection.ignore) {
            if !self.rules.keys().any(|rule| rule.starts_with(name.as_str())) {
                return Err(self.unknown(name));
            }
        }
        Ok(self.iter().filter(|rule| selection.allows(rule) && selection.names(&rule.name)).collect())
    }

    /// The error for a name that no rule has, with the nearest one.
    pub fn unknown(&self, name: &str) -> UnknownRule {
        let near = self.rules.keys().min_by_key(|rule| edit_distance(rule, name));
        let near = near.filter(|rule| edit_distance(rule, name) <= 2.max(name.len() / 3)).cloned();
        UnknownRule { name: name.to_owned(), near }
    }
}

impl Selection {
    /// True unless it is an optimization that promises less than may be relied on.
    fn allows(&self, rule: &Rule) -> bool {
        match rule.claim {
            Claim::Effect(effect) => self.math.allows(effect),
            Claim::Safety(_) => true,
        }
    }

    /// True if the name is selected and not ignored.
    fn names(&self, rule: &str) -> bool {
        let longest = |entries: &[String]| entries.iter().filter(|e| rule.starts_with(e.as_str())).map(String::len).max();
        let selected = if self.select.is_empty() { Some(0) } else { longest(&self.select) };
        match (selected, longest(&self.ignore)) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(select), Some(ignore)) => select > ignore,
        }
    }
}

/// Reads pages, on several threads: each command begins with this.
fn read_all(pages: Vec<(PathBuf, std::io::Result<String>)>) -> Vec<(PathBuf, Result<Rule, PageError>)> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MAX_READERS);
    let size = pages.len().div_ceil(threads).max(1);
    let rule = |(path, text): &(PathBuf, std::io::Result<String>)| match text {
        Ok(text) => (path.clone(), read(path, text)),
        Err(error) => (path.clone(), Err(unreadable(path, error))),
    };
    std::thread::scope(|scope| {
        let readers: Vec<_> = pages.chunks(size).map(|chunk| scope.spawn(move || chunk.iter().map(rule).collect::<Vec<_>>())).collect();
        readers.into_iter().flat_map(|reader| reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

fn unreadable(path: &Path, error: &std::io::Error) -> PageError {
    PageError { path: path.to_owned(), line: 1, column: 1, message: format!("cannot be read: {error}") }
}

fn embedded(dir: &'static Dir, pages: &mut Vec<(&'static Path, &'static str)>) {
    for file in dir.files().filter(|file| is_page(file.path())) {
        pages.push((file.path(), file.contents_utf8().unwrap_or_default()));
    }
    for dir in dir.dirs() {
        embedded(dir, pages);
    }
    pages.sort();
}
