//! Source text to terms, and chosen terms back to edits.
//!
//! A function body is walked statement by statement with an environment of what each name holds. A run of statements
//! between two points at which something may be mutated becomes one [`Region`]: a [`crate::ir::Program`] whose leaves are the names
//! read from outside, and whose roots are the values that something outside may see. Names assigned once are bindings of
//! terms, so a rewrite sees through them. What is not understood stays text; what may have an effect ends the region.

mod alias;
mod asked;
mod building;
mod emit;
mod environment;
mod fuse;
mod hoist;
mod layout;
mod lengths;
mod moves;
mod naming;
mod occurrences;
mod places;
mod region;
mod reuse;
mod statement;
mod walk;
mod wrapping;
mod wrapping_python;
mod wrapping_rust;

pub use alias::{Memory, Sharing};
pub use asked::expression_facts;
pub use emit::{Emission, Refusal, emit};
pub use fuse::{Fusion, fuse, fusions};
pub use hoist::{Invariant, hoist, invariants};
pub use region::{Region, Site, SiteKind};
pub use reuse::{Repeated, repeated, reuse};
pub use wrapping::{LineWidths, wrapped};

use crate::facts::FileFacts;
use crate::ir::Target;
use crate::syntax::Tree;

/// All regions of a file, in the order in which they end.
///
/// Only expressions that the dialect of `target` can lower take part; a Python file is asked once for NumPy and once for
/// PyTorch. A function is not walked if `wanted`, given the text of the outermost function around it and that of its body, says no.
pub fn regions<'t>(tree: &'t Tree, facts: &FileFacts<'t>, target: Target, wanted: &dyn Fn(&str, &str) -> bool) -> Vec<Region<'t>> {
    walk::walk(tree, facts, target, wanted)
}

#[cfg(test)]
mod wrapping_tests;
