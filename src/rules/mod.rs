//! The pages in `rules/`: read, check, index.
//!
//! A page is front matter (`name`, `pass`, `effect`, `targets`, `native`), a title, prose, `rewrite` blocks of terms over the IR, and
//! examples: source before and after. CONTRIBUTING tells how to write one; [`RuleSet::builtin`] holds Codewright's own, and [`check`]
//! holds every page to what it claims.

mod check;
mod error;
mod page;
mod rewrite;
mod rule;
mod set;
mod term;

pub use check::{CheckOptions, ExampleReport, RewriteReport, RuleReport, RulesReport, RunExample, check};
pub use error::{LoadError, PageError};
pub use rule::{Effect, Example, Math, Pass, Rewrite, Rule, may_replace};
pub use set::{RuleSet, Selection, UnknownRule};
pub use term::VarKind;
