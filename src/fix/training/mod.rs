//! Facts about training code, each worked out once a file, when a pass asks for it.
//!
//! `calls` says who calls a function of the file and with what, `flow` where a name's value comes from, `layers` which layers stand
//! behind each other, `losses` what is given to a loss, `paths` what happens in which order on every way through a loop.

pub(super) mod calls;
pub(super) mod events;
pub(super) mod flow;
pub(super) mod layers;
pub(super) mod loops;
pub(super) mod losses;
pub(super) mod paths;

use std::cell::OnceCell;

use rustc_hash::FxHashMap;

use super::File;
use crate::syntax::Node;

/// What was worked out for a file.
#[derive(Default)]
pub(super) struct Training<'t> {
    calls: OnceCell<FxHashMap<&'t str, Vec<Node<'t>>>>,
    loops: OnceCell<Vec<loops::TrainingLoop<'t>>>,
    losses: OnceCell<Vec<losses::LossCall<'t>>>,
    chains: OnceCell<Vec<layers::Chain<'t>>>,
}

impl<'t> Training<'t> {
    /// Every call of the file, by the last name of what is called.
    pub fn calls(&self, file: File<'_, 't>) -> &FxHashMap<&'t str, Vec<Node<'t>>> {
        self.calls.get_or_init(|| calls::by_name(file.tree.root()))
    }

    /// The loops that train something.
    pub fn loops(&self, file: File<'_, 't>) -> &[loops::TrainingLoop<'t>] {
        self.loops.get_or_init(|| loops::training_loops(file))
    }

    /// The calls of losses.
    pub fn losses(&self, file: File<'_, 't>) -> &[losses::LossCall<'t>] {
        self.losses.get_or_init(|| losses::loss_calls(file))
    }

    /// The layers that stand behind each other.
    pub fn chains(&self, file: File<'_, 't>) -> &[layers::Chain<'t>] {
        self.chains.get_or_init(|| layers::chains(file))
    }
}

#[cfg(test)]
mod paths_tests;
