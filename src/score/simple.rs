//! Rankings that need no learning, to measure the others against.

use super::analytic::Cost;
use super::{Group, Prediction, Scorer, Sizes};
use crate::explore::{Candidate, INFERIOR};
use crate::ir::{Node, Program, Type};

/// A sum over a program's ops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Simple {
    /// How many there are.
    Size,
    /// Their floating-point operations.
    Flops,
    /// The greater of the time of their operations and that of their memory traffic (Williams, Waterman, Patterson: Roofline, 2009).
    Roofline,
}

impl Simple {
    /// The one of this name.
    pub fn named(name: &str) -> Option<Simple> {
        [("size", Simple::Size), ("flops", Simple::Flops), ("roofline", Simple::Roofline)]
            .into_iter()
            .find(|(n, _)| *n == name)
            .map(|(_, s)| s)
    }

    /// The sum for a program whose nodes have these types, all lengths being numbers; nodes marked `inferior` count more.
    pub fn sum(self, program: &Program, types: &[Type], inferior: &[bool]) -> f64 {
        let sized = Program { types: types.to_vec(), ..program.clone() };
        let mut total = 0.0;
        for (i, node) in program.terms.as_ref().iter().enumerate() {
            let Node::Op(op, args) = node else { continue };
            let args: Vec<_> = args.iter().map(|&id| sized.arg(id)).collect();
            let cost = Cost::of(program.target, *op, &args, &types[i]);
            let own = match self {
                Simple::Size => 1.0,
                Simple::Flops => (op.def().work)(&args, &types[i]).flops + 1.0,
                Simple::Roofline => cost.compute.max(cost.memory) + 1e-12,
            };
            total += own * if inferior.get(i) == Some(&true) { INFERIOR } else { 1.0 };
        }
        total
    }
}

impl Scorer for Simple {
    fn score_groups(&self, groups: &[Group<'_>]) -> Vec<Vec<Vec<Prediction>>> {
        let one = |candidate: &Candidate, sizes: &Sizes| {
            let sum = sizes.types(&candidate.program).map(|types| self.sum(&candidate.program, &types, &candidate.inferior));
            Prediction { log_seconds: sum.map_or(f64::INFINITY, |sum| sum.max(1e-12).ln()), uncertainty: 0.0 }
        };
        groups.iter().map(|group| group.each(one)).collect()
    }
}
