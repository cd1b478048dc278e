//! What a page says, read.

use std::path::PathBuf;

use egg::{PatternAst, Var};

use crate::ir::condition::Clauses;
use crate::ir::{Language, Node, Target, Type};

use super::VarKind;
#[cfg(feature = "source")]
use super::{Fix, Repair};

/// One rule page.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name, in kebab case; the stem of its file.
    pub name: String,
    /// What it is for, and what it claims of what it changes.
    pub claim: Claim,
    /// The page's title.
    pub title: String,
    /// The whole text of the page.
    pub page: String,
    /// Where the page is: below `rules/` for one of Codewright's own, else its file.
    pub path: PathBuf,
    /// The targets that it serves.
    pub targets: Vec<Target>,
    /// It serves the graphs of models too, whose operands follow Rust's rules for types.
    pub models: bool,
    /// The compiler's error codes that it mends; empty if it is not about code that does not compile. `any` is every error.
    pub codes: Vec<String>,
    /// Among several pages about one error: the lower, the sooner it is tried.
    pub rank: u32,
    /// The applier written in Rust that does it, for what no pattern can say.
    pub native: Option<String>,
    /// What it rewrites; empty if it is native or mends.
    pub rewrites: Vec<Rewrite>,
    /// What it mends; empty if it is native or optimizes.
    #[cfg(feature = "source")]
    pub fixes: Vec<Fix>,
    /// What it makes of an error of the compiler; empty if it is native or about something else.
    #[cfg(feature = "source")]
    pub repairs: Vec<Repair>,
    /// Source before and after, at least one.
    pub examples: Vec<Example>,
    /// Source that it leaves alone.
    pub counterexamples: Vec<Counterexample>,
}

/// What `targets` names the graphs of models by.
pub(super) const MODELS: &str = "model";

impl Rule {
    /// The names of all that it serves.
    pub fn serves(&self) -> Vec<&'static str> {
        self.targets.iter().map(|target| target.name()).chain(self.models.then_some(MODELS)).collect()
    }

    /// The targets by whose rules for types its terms are checked.
    pub fn checked_for(&self) -> Vec<Target> {
        let by_models = self.models && !self.targets.contains(&Target::Rust);
        self.targets.iter().copied().chain(by_models.then_some(Target::Rust)).collect()
    }

    /// What it promises of values. A fix changes them: that is what it is for.
    pub fn effect(&self) -> Effect {
        match self.claim {
            Claim::Effect(effect) => effect,
            Claim::Safety(_) => Effect::Reassociates,
        }
    }
}

/// What an example is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// Source.
    Source(Language),
    /// Declarations of operands and a term over them; what it becomes is a term over the same operands.
    Terms,
}

/// Source in which a rule finds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counterexample {
    /// What it is written in.
    pub notation: Notation,
    /// The source.
    pub text: String,
    /// The page's line at which it begins, from 1.
    pub line: usize,
}

/// One direction of one line of a `rewrite` block.
#[derive(Debug, Clone)]
pub struct Rewrite {
    /// What is found. Constants are fresh variables with a condition.
    pub lhs: PatternAst<Node>,
    /// What takes its place. Constants are weak.
    pub rhs: PatternAst<Node>,
    /// What must hold and what `let` computes, in the order of the page; the constants of the left-hand side first.
    pub conditions: Clauses,
    /// The line of the page, from 1.
    pub line: usize,
    /// What each variable stands for, those of `let` included.
    pub variables: Vec<(Var, VarKind)>,
}

/// Source that a rule rewrites, and what it becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// What both are written in.
    pub notation: Notation,
    /// The source.
    pub before: String,
    /// The source with this rule applied.
    pub after: String,
    /// The page's line at which `before` begins, from 1.
    pub line: usize,
    /// What runs before it where it is run in the real language.
    pub setup: String,
}

/// What a rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pass {
    /// Makes code faster or more accurate.
    Optimize,
    /// Mends errors.
    Fix,
}

impl Pass {
    /// `optimize`.
    pub fn name(self) -> &'static str {
        match self {
            Pass::Optimize => "optimize",
            Pass::Fix => "fix",
        }
    }
}

/// What a rule says of its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Claim {
    /// An optimization: what becomes of the value.
    Effect(Effect),
    /// A fix: whether it may be applied without being looked at.
    Safety(Safety),
}

impl Claim {
    /// The pass whose rules claim such things.
    pub fn pass(self) -> Pass {
        match self {
            Claim::Effect(_) => Pass::Optimize,
            Claim::Safety(_) => Pass::Fix,
        }
    }

    /// `exact`, `unsafe` and so on.
    pub fn name(self) -> &'static str {
        match self {
            Claim::Effect(effect) => effect.name(),
            Claim::Safety(safety) => safety.name(),
        }
    }
}

/// Whether a fix may be applied without being looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Safety {
    /// It keeps what the program means, or mends what can only be a mistake.
    Safe,
    /// It changes what the program computes, or what it does depends on what is not known.
    Unsafe,
    /// It is shown and never applied.
    Display,
}

impl Safety {
    /// Every level, the safest first.
    pub const ALL: [Safety; 3] = [Safety::Safe, Safety::Unsafe, Safety::Display];

    /// `safe`, `unsafe` or `display`.
    pub fn name(self) -> &'static str {
        match self {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
            Safety::Display => "display",
        }
    }
}

/// What a rule promises of the new value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// Bit for bit the old one on all inputs, NaN and signed zero included.
    Exact,
    /// Equal over the reals and never less accurate.
    Stabilizes,
    /// Equal over the reals; rounding may differ.
    Reassociates,
}

impl Effect {
    /// Every effect, the strongest promise first.
    pub const ALL: [Effect; 3] = [Effect::Exact, Effect::Stabilizes, Effect::Reassociates];

    /// `exact`, `stabilizes` or `reassociates`.
    pub fn name(self) -> &'static str {
        match self {
            Effect::Exact => "exact",
            Effect::Stabilizes => "stabilizes",
            Effect::Reassociates => "reassociates",
        }
    }
}

/// Which promises may be relied on: the `math` setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Math {
    /// Exact rules only.
    Strict,
    /// Exact rules, and those that make a result more accurate.
    Stable,
    /// All rules.
    #[default]
    Relaxed,
}

impl Math {
    /// Every level, the strictest first.
    pub const ALL: [Math; 3] = [Math::Strict, Math::Stable, Math::Relaxed];

    /// `strict`, `stable` or `relaxed`.
    pub fn name(self) -> &'static str {
        match self {
            Math::Strict => "strict",
            Math::Stable => "stable",
            Math::Relaxed => "relaxed",
        }
    }

    /// The inverse of [`Math::name`].
    pub fn from_name(name: &str) -> Option<Math> {
        Math::ALL.into_iter().find(|math| math.name() == name)
    }

    /// True if rules with this effect may be used.
    pub fn allows(self, effect: Effect) -> bool {
        match self {
            Math::Strict => effect == Effect::Exact,
            Math::Stable => effect != Effect::Reassociates,
            Math::Relaxed => true,
        }
    }
}

/// True unless a term of type `new` is known to be something else than one of type `old`: another dtype, rank or length,
/// a Python number in an array's place. Every application of a rewrite is guarded by it.
pub fn may_replace(old: &Type, new: &Type) -> bool {
    match (old, new) {
        (Type::Array { dtype: d, weak: w, shape: s }, Type::Array { dtype: e, weak: v, shape: t }) => {
            let dtypes = d.is_none() || e.is_none() || d == e;
            let lengths = match (s.dims(), t.dims()) {
                (Some(s), Some(t)) => s.len() == t.len() && s.iter().zip(t).all(|(s, t)| !s.differs(t)),
                _ => true,
            };
            dtypes && w == v && lengths
        }
        (Type::Tuple(old), Type::Tuple(new)) => old.len() == new.len() && old.iter().zip(new).all(|(old, new)| may_replace(old, new)),
        (Type::Unknown, _) | (_, Type::Unknown) => true,
        _ => false,
    }
}
