use super::Options;
use rustc_hash::FxHashSet;

use super::callers::may_pass_arrays;
use super::evidence::Evidence;
use super::leads::Leads;
use super::triggers::{Naming, Triggers};
use crate::facts::{OtherFile, Outside, occurrences};
use crate::fix::WordsIn;
use crate::ir::Target;
use crate::syntax::{Language, Span, python_functions};

/// What of a file is worth looking at, by its text alone: what need not be parsed is not.
pub(super) struct Outlook<'a> {
    pub language: Language,
    text: &'a str,
    scans: Vec<Scan<'a>>,
    /// The libraries that the file names.
    pub libraries: Vec<Target>,
    /// The words of fixes, if the file has what some fix needs.
    words: Option<WordsIn<'a>>,
    everywhere: bool,
    outside: &'a Outside,
    /// Where functions are looked at; `None` for everywhere.
    part: Option<Span>,
}

/// What of a file is worth parsing.
pub(super) struct Plan {
    /// The bodies of functions in which nothing could be found: where nothing is found in the rest of the file, these need not be parsed.
    pub idle: Vec<Span>,
    /// Attributes may tell of a function in which a rule could do something.
    pub attributes: bool,
    /// Calls may.
    pub calls: bool,
    /// The private functions of which calls in other files may tell; `None` if any may be one.
    pub others: Option<FxHashSet<String>>,
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
        let words = options.fixer().words().of(text);
        let words = Some(if everywhere { words.anywhere() } else { words }).filter(|words| !libraries.is_empty() && !words.is_empty());
        Outlook { language, text, scans, libraries, words, everywhere, outside, part: None }
    }

    /// The same for the optimizations of the functions in a part of the text.
    pub fn within(self, part: Span) -> Self {
        Outlook { part: Some(part), words: None, ..self }
    }

    /// True if a function that stands here is looked at.
    pub fn has(&self, function: Span) -> bool {
        self.part.is_none_or(|part| part.contains(function))
    }

    /// Nothing in the file is worth a look.
    pub fn is_empty(&self) -> bool {
        self.scans.is_empty() && self.words.is_none()
    }

    /// The targets for which something could be optimized.
    pub fn targets(&self) -> impl Iterator<Item = Target> {
        self.scans.iter().map(|scan| scan.target)
    }

    /// The words of fixes, if one of these could be found.
    pub fn words(&self) -> Option<&WordsIn<'a>> {
        self.words.as_ref()
    }

    /// True if something could be optimized for a target in code that stands within `around`.
    pub fn is_busy(&self, target: Target, around: &str, code: &str) -> bool {
        self.scans.iter().any(|scan| scan.target == target && (self.everywhere || scan.fires(code) && scan.has_evidence(around)))
    }

    /// True if some optimization for a target finds its words in code.
    pub fn fires(&self, target: Target, code: &str) -> bool {
        self.scans.iter().any(|scan| scan.target == target && (self.everywhere || scan.fires(code)))
    }

    /// What of the file is worth parsing; `None` if nothing is.
    pub fn plan(&self) -> Option<Plan> {
        if self.language != Language::Python || self.everywhere || self.scans.iter().any(|scan| scan.naming == Naming::Renamed) {
            return Some(Plan { idle: Vec::new(), attributes: true, calls: true, others: None });
        }
        let functions = python_functions(self.text);
        let body = |index: usize| &self.text[functions[index].body.start..functions[index].body.end];
        let whole = |index: usize| &self.text[functions[index].start..functions[index].body.end];
        let fires: Vec<Vec<bool>> =
            (0..functions.len()).map(|index| self.scans.iter().map(|scan| scan.fires(body(index))).collect()).collect();
        let busy = |index: usize| {
            // What another function does to this one's names is known from the whole alone.
            ["global ", "nonlocal "].iter().any(|word| body(index).contains(word))
                || self.words.as_ref().is_some_and(|words| words.are_in(functions[index].body))
                || self.scans.iter().zip(&fires[index]).any(|(scan, fires)| *fires && scan.has_evidence(whole(index)))
        };
        let evident = |index: usize| self.scans.iter().any(|scan| scan.has_evidence(whole(index)));
        let any = |index: usize| fires[index].contains(&true);
        let says = |text: &str| self.scans.iter().any(|scan| scan.has_evidence(text));
        let targets: Vec<Target> = self.targets().collect();
        let passes = |file: &OtherFile, name: &str| may_pass_arrays(file, name, &targets);
        let leads = Leads {
            text: self.text,
            functions: &functions,
            outside: self.outside,
            fires: &any,
            evident: &evident,
            says: &says,
            passes: &passes,
        };
        let (mut calls, mut attributes) = (FxHashSet::default(), FxHashSet::default());
        let others = Some(leads.add_calls(&mut calls));
        leads.add_attributes(&mut attributes);
        // What is defined within a function is seen in the tree alone.
        let nested = |word: &str| (0..functions.len()).any(|index| occurrences(body(index), word).next().is_some());
        let mut plan = Plan {
            idle: Vec::new(),
            attributes: !attributes.is_empty() || nested("class"),
            calls: !calls.is_empty() || nested("def"),
            others,
        };
        if self.words.as_ref().is_some_and(WordsIn::concern_all) {
            return Some(plan);
        }
        let idle = (0..functions.len()).filter(|index| !calls.contains(index) && !attributes.contains(index) && !busy(*index));
        plan.idle = idle.map(|index| functions[index].body).collect();
        (plan.idle.len() < functions.len() || self.is_busy_outside(&plan.idle)).then_some(plan)
    }

    /// Something could be found in what is left of the text without some spans.
    fn is_busy_outside(&self, spans: &[Span]) -> bool {
        if self.words.as_ref().is_some_and(|words| words.are_outside(spans)) {
            return true;
        }
        let starts = std::iter::once(0).chain(spans.iter().map(|span| span.end));
        let ends = spans.iter().map(|span| span.start).chain([self.text.len()]);
        let rest: Vec<&str> = starts.zip(ends).map(|(start, end)| &self.text[start..end]).collect();
        let rest = rest.join("\n");
        self.scans.iter().any(|scan| scan.fires(&rest) && scan.has_evidence(&rest))
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
