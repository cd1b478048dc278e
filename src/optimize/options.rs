use std::sync::OnceLock;

use super::triggers::Triggers;
use crate::explore::{Explorer, Limits};
use crate::fix::Fixer;
use crate::ir::Target;
use crate::lower::LineWidths;
use crate::rules::{Pass, Rule, RuleSet, Selection, UnknownRule};
use crate::score::{Margin, Neural, Scorer};

/// How files are optimized; made once and shared by all files of a run.
pub struct Options {
    rules: RuleSet,
    selection: Selection,
    /// What is looked for.
    pub passes: Vec<Pass>,
    /// Bounds of each exploration.
    pub limits: Limits,
    /// What a change must gain.
    pub margin: Margin,
    /// Looks at all code, also where nothing but rules made of signs such as `+` could fire.
    pub everywhere: bool,
    /// Findings say what was weighed against what.
    pub weighed: bool,
    /// How long lines may become.
    pub line_widths: LineWidths,
    /// Predicts run times; that which is built in if there is none.
    pub other_scorer: Option<Box<dyn Scorer + Send + Sync>>,
    explorers: [OnceLock<Explorer>; Target::ALL.len()],
    triggers: [OnceLock<Triggers>; Target::ALL.len()],
    fixer: OnceLock<Fixer>,
}

impl Options {
    /// With these rules, of which the selection takes some.
    ///
    /// # Errors
    /// If the selection names a rule that is not there.
    pub fn new(rules: RuleSet, selection: Selection) -> Result<Options, UnknownRule> {
        rules.filtered(&selection)?;
        Ok(Options {
            rules,
            selection,
            passes: vec![Pass::Optimize, Pass::Fix],
            limits: Limits::default(),
            margin: Margin::default(),
            line_widths: LineWidths::default(),
            other_scorer: None,
            explorers: Default::default(),
            everywhere: false,
            weighed: false,
            triggers: Default::default(),
            fixer: OnceLock::new(),
        })
    }

    /// What predicts run times.
    pub fn scorer(&self) -> &dyn Scorer {
        match &self.other_scorer {
            Some(other) => &**other,
            None => Neural::builtin(),
        }
    }

    /// All rules that were loaded, whether they are used or not.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// The selected optimizations that serve a target.
    pub(super) fn selected(&self, target: Target) -> Vec<&Rule> {
        if !self.passes.contains(&Pass::Optimize) {
            return Vec::new();
        }
        self.rules.select(&self.selection, target).unwrap_or_default()
    }

    /// The selected rules made ready for a target, the first time that it is asked for.
    pub fn explorer(&self, target: Target) -> &Explorer {
        self.explorers[target as usize].get_or_init(|| Explorer::new(self.selected(target)))
    }

    /// The selected fixes made ready, the first time that they are asked for.
    pub(super) fn fixer(&self) -> &Fixer {
        self.fixer.get_or_init(|| {
            Fixer::new(if self.passes.contains(&Pass::Fix) { self.rules.fixes(&self.selection).unwrap_or_default() } else { Vec::new() })
        })
    }

    /// The selected rules for Rust that does not compile.
    pub fn repairs(&self) -> Vec<&Rule> {
        if self.passes.contains(&Pass::Fix) { self.rules.repairs(&self.selection).unwrap_or_default() } else { Vec::new() }
    }

    /// The words that bring code to be looked at.
    pub(super) fn triggers(&self, target: Target) -> &Triggers {
        self.triggers[target as usize].get_or_init(|| Triggers::new(target, self.selected(target)))
    }
}
