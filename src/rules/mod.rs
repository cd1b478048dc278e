//! The pages in `rules/`: read, check, index.
//!
//! A page is front matter (`name`, `pass`, `effect` or `safety`, `targets`, `native`), a title, prose, `rewrite` blocks of terms over the
//! IR or `fix` blocks of patterns in source, and examples: source before and after. CONTRIBUTING tells how to write one; [`RuleSet::builtin`] holds Codewright's own, and [`check`]
//! holds every page to what it claims.

#[cfg(feature = "command")]
mod check;
mod error;
#[cfg(feature = "source")]
mod fix;
mod page;
#[cfg(feature = "source")]
mod repair;
mod rewrite;
mod rule;
mod set;
#[cfg(feature = "command")]
mod stated;
mod term;

#[cfg(feature = "command")]
pub use check::{CheckOptions, ExampleReport, Instances, PRIMES, Ran, RewriteReport, RuleReport, RulesReport, RunExample, check};
pub use error::{LoadError, PageError};
#[cfg(feature = "source")]
pub use fix::{Around, Check, Fix, FixEdit, Moved, Predicate, Relation, Template};
#[cfg(feature = "source")]
pub use repair::{NUMBERS, Repair, TextPattern, Texts, TypeCheck, TypeKind, is_number};
pub use rule::{Claim, Counterexample, Effect, Example, Math, Notation, Pass, Rewrite, Rule, Safety, may_replace};
pub use set::{RuleSet, Selection, UnknownRule};
#[cfg(feature = "command")]
pub use stated::StatedTerms;
pub use term::VarKind;
#[cfg(feature = "source")]
pub(crate) use term::edit_distance;
