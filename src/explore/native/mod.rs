//! Rules that no pattern can say, in Rust. Each has a page in `rules/` with `native: NAME`.

mod kronecker_vector;
mod matrix_chain;
mod permutations;
mod scalar_chain;

use super::EGraph;
use super::apply::Built;
use crate::ir::Id;

/// A rule in Rust.
pub(super) trait Native: Sync {
    /// The name that pages give.
    fn name(&self) -> &'static str;
    /// Terms that are equal to classes of a rebuilt e-graph.
    fn find(&self, egraph: &EGraph) -> Vec<(Id, Built)>;
}

static ALL: [&dyn Native; 4] =
    [&kronecker_vector::KroneckerVector, &matrix_chain::MatrixChain, &permutations::Permutations, &scalar_chain::ScalarChain];

/// The applier of this name.
pub(super) fn named(name: &str) -> Option<&'static dyn Native> {
    ALL.into_iter().find(|native| native.name() == name)
}

/// The names of all appliers.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|native| native.name())
}
