use std::collections::BTreeSet;

use crate::ir::Target;

/// What running a statement or expression may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// Names of the surrounding scopes that are read, those that a nested function captures among them.
    pub reads: BTreeSet<String>,
    /// Names of this scope that hold another value afterwards, or a value of another shape or dtype, or none.
    pub binds: BTreeSet<String>,
    /// Names whose value may be changed in place. Whatever shares memory with them changes too.
    pub mutates: BTreeSet<String>,
    /// It holds an unknown call, an `await` or a `yield`: it may change anything that is reachable from its arguments, from globals
    /// and from captured names, and has effects of its own.
    pub opaque: bool,
    /// It may raise an exception, or panic.
    pub raises: bool,
}

impl Effects {
    /// What both may do.
    pub fn add(&mut self, other: &Effects) {
        self.reads.extend(other.reads.iter().cloned());
        self.binds.extend(other.binds.iter().cloned());
        self.mutates.extend(other.mutates.iter().cloned());
        self.opaque |= other.opaque;
        self.raises |= other.raises;
    }
}

/// What sort of value an expression has, as far as calls of its methods go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A number, not an array: shares memory with nothing, and nothing changes it in place.
    Number,
    /// An array or tensor of a library.
    Array(Target),
    /// A string, a shape, a range: its methods change no array.
    Plain,
}

/// What an expression's value may share memory with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// The names.
    pub names: BTreeSet<String>,
    /// An unknown call's result: it may also share memory with globals and with what an object keeps.
    pub anything: bool,
}
