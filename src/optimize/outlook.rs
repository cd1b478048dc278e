use super::Options;
use rustc_hash::FxHashSet;

use super::evidence::Evidence;
use super::leads::Leads;
use super::triggers::{Naming, Triggers, library_imports};
use crate::facts::Outside;
use crate::fix::Fixer;
use crate::ir::Target;
use crate::syntax::{Language, Span, python_functions};

/// What of a file is worth looking at, by its text alone: what need not be parsed is not.
pub(super) struct Outlook<'a> {
    language: Language,
    text: &'a str,
    scans: Vec<Scan<'a>>,
    /// The libraries that the file names.
    pub libraries: Vec<Target>,
    fixer: Option<&'a Fixer>,
    /// The file gives names of its own to what fixes are about.
    pub renamed: bool,
    everywhere: bool,
    outside: &'a Outside,
}

/// The same for the optimizations of one target.
struct Scan<'a> {
    target: Target,
    triggers: &'a Triggers,
    naming: Naming,
    /// `None` if anything may hold an array.
    evidence: Option<Evidence>,
}

impl<'a> Outlook<'a> {
    /// Reads a file's words.
    pub fn of(language: Language, text: &'a str, options: &'a Options, outside: &'a Outside) -> Self {
        let everywhere = options.everywhere;
        let named = |target: &Target| target.modules().iter().any(|module| text.contains(module));
        let libraries: Vec<Target> = match language {
            Language::Rust => vec![Target::Rust],
            Language::Python => [Target::Numpy, Target::Torch].into_iter().filter(named).collect(),
        };
        let scan = |&target: &Target| {
            let triggers = options.triggers(target);
            let naming = triggers.names(text);
            let anywhere = everywhere || naming == Naming::Renamed;
            (anywhere || triggers.fire(text, naming == Naming::Imported)).then(|| {
                let evidence = if anywhere || !outside.is_empty() { None } else { Some(Evidence::of(text, target)) };
                Scan { target, triggers, naming, evidence }
            })
        };
        let scans = libraries.iter().filter_map(scan).collect();
        let words = options.fixer().words();
        let renamed = library_imports(text).flat_map(|(_, names)| names).any(|(name, alias)| alias.is_some() && words.has(name));
        let fixer = Some(options.fixer()).filter(|_| !libraries.is_empty() && (everywhere || renamed || words.are_in(text)));
        Outlook { language, text, scans, libraries, fixer, renamed, everywhere, outside }
    }

    /// Nothing in the file is worth a look.
    pub fn is_empty(&self) -> bool {
        self.scans.is_empty() && self.fixer.is_none()
    }

    /// The targets for which something could be optimized.
    pub fn targets(&self) -> impl Iterator<Item = Target> {
        self.scans.iter().map(|scan| scan.target)
    }

    /// The fixes, if one of them could be found.
    pub fn fixer(&self) -> Option<&'a Fixer> {
        self.fixer
    }

    /// True if something could be optimized for a target in code that stands within `around`.
    pub fn is_busy(&self, target: Target, around: &str, code: &str) -> bool {
        self.scans.iter().any(|scan| scan.target == target && (self.everywhere || scan.fires(code) && scan.has_evidence(around)))
    }

    /// True if some optimization for a target finds its words in code.
    pub fn fires(&self, target: Target, code: &str) -> bool {
        self.scans.iter().any(|scan| scan.target == target && (self.everywhere || scan.fires(code)))
    }

    /// The bodies of functions in which nothing could be found: where nothing is found in the rest of a file, these need not be parsed.
    pub fn idle_bodies(&self) -> Vec<Span> {
        let anywhere = self.everywhere || self.renamed || self.scans.iter().any(|scan| scan.naming == Naming::Renamed);
        let whole = self.fixer.is_some_and(|fixer| fixer.words().concern_all_of(self.text));
        if self.language != Language::Python || anywhere || whole {
            return Vec::new();
        }
        let functions = python_functions(self.text);
        let body = |index: usize| &self.text[functions[index].body.start..functions[index].body.end];
        let whole = |index: usize| &self.text[functions[index].start..functions[index].body.end];
        let fires: Vec<Vec<bool>> =
            (0..functions.len()).map(|index| self.scans.iter().map(|scan| scan.fires(body(index))).collect()).collect();
        let busy = |index: usize| {
            // What another function does to this one's names is known from the whole alone.
            ["global ", "nonlocal "].iter().any(|word| body(index).contains(word))
                || self.fixer.is_some_and(|fixer| fixer.words().are_in(body(index)))
                || self.scans.iter().zip(&fires[index]).any(|(scan, fires)| *fires && scan.has_evidence(whole(index)))
        };
        let evident = |index: usize| self.scans.iter().any(|scan| scan.has_evidence(whole(index)));
        let mut found = FxHashSet::default();
        let any = |index: usize| fires[index].contains(&true);
        let leads = Leads { text: self.text, functions: &functions, outside: self.outside, fires: &any, evident: &evident };
        leads.add_calls(&mut found);
        leads.add_attributes(&mut found);
        let idle = (0..functions.len()).filter(|index| !found.contains(index) && !busy(*index));
        idle.map(|index| functions[index].body).collect()
    }
}

impl Scan<'_> {
    fn fires(&self, code: &str) -> bool {
        self.naming == Naming::Renamed || self.triggers.fire(code, self.naming == Naming::Imported)
    }

    fn has_evidence(&self, around: &str) -> bool {
        self.evidence.as_ref().is_none_or(|evidence| evidence.is_in(around))
    }
}
