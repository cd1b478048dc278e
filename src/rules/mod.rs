//! The pages in `rules/`: read, check, index.
//!
//! A page is front matter (`name`, `pass`, `effect` or `safety`, `targets`, `native`), a title, prose, `rewrite` blocks of terms over the
//! IR or `fix` blocks of patterns in source, and examples: source before and after. CONTRIBUTING tells how to write one; [`RuleSet::builtin`] holds Codewright's own, and [`check`]
//! holds every page to what it claims.

#[cfg(feature = "command")]
mod check;
mod error;
#[cfg(feature = "command")]
mod fix;
mod page;
#[cfg(feature = "command")]
mod repair;
mod rewrite;
mod rule;
mod set;
#[cfg(feature = "command")]
mod stated;
mod term;

#[cfg(feature = "command")]
pub use check::{CheckOptions, ExampleReport, Ran, RewriteReport, RuleReport, RulesReport, RunExample, check};
pub use error::{LoadError, PageError};
#[cfg(feature = "command")]
pub use fix::{Around, Check, Fix, FixEdit, Moved, Predicate, Relation, Template};
#[cfg(feature = "command")]
pub use repair::{NUMBERS, Repair, TextPattern, Texts, TypeCheck, TypeKind, is_number};
pub use rule::{Claim, Counterexample, Effect, Example, Math, Notation, Pass, Rewrite, Rule, Safety, may_replace};
pub use set::{RuleSet, Selection, UnknownRule};
#[cfg(feature = "command")]
pub use stated::StatedTerms;
pub use term::VarKind;
#[cfg(feature = "command")]
pub(crate) use term::edit_distance;
