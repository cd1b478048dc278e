//! What a dialect asks of its caller: the meaning of names at a place, operands, the spelling of what stays.

use crate::ir::{self, DType, Dim, Id, Type};
use crate::syntax::{Edit, Node};

/// The meaning of names at one place of a file.
pub trait Names {
    /// The path that a name or a chain of names means: `np.linalg.inv` is `numpy.linalg.inv`, `Axis` is `ndarray::Axis`. Python's
    /// builtins are `builtins.len`. `None` if the name is unknown or means something else here.
    fn resolve(&self, node: Node<'_>) -> Option<String>;

    /// How this place can write a path: `numpy.linalg.inv` as `np.linalg.inv`, `builtins.len` as `len`. `None` if nothing that is
    /// imported serves, or if the name is taken.
    fn spell(&self, path: &str) -> Option<String>;

    /// The import that would give this place a path for which [`Names::spell`] has nothing; `None` if none may be added. `usual` is how
    /// files import it, as the tables say: `import numpy as np` for `numpy.linalg.inv`.
    fn import(&self, path: &str, usual: &str) -> Option<Import>;
}

/// No place: every path is written with its library's usual name (`np`, `torch`, `F`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsualNames;

impl Names for UsualNames {
    fn resolve(&self, _: Node<'_>) -> Option<String> {
        None
    }

    fn spell(&self, path: &str) -> Option<String> {
        let usual = [("numpy.", "np."), ("torch.nn.functional.", "F."), ("builtins.", "")];
        let short = usual.iter().find_map(|(long, short)| path.strip_prefix(long).map(|rest| format!("{short}{rest}")));
        Some(short.unwrap_or_else(|| path.to_owned()))
    }

    fn import(&self, _: &str, _: &str) -> Option<Import> {
        None
    }
}

/// What makes a path available at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// How the place then writes the path.
    pub spelling: String,
    /// Adds the import. Two places that need the same one have the same edit.
    pub edit: Edit,
}

/// The terms that are being built from source.
pub trait Lowering<'t> {
    /// The meaning of names at the place that is being lowered.
    fn names(&self) -> &dyn Names;

    /// Lowers an operand, through [`super::Dialect::lower`] if that succeeds and as a leaf otherwise. `expected` is the dtype that the
    /// context gives to a literal without one (Rust) and is to be passed on. `None` if it is not known to be a value. The dialect and
    /// this call each other once per level of an expression: an implementation bounds the depth.
    fn value(&mut self, node: Node<'t>, expected: Option<DType>) -> Option<Id>;

    /// The length that an expression stands for (`n`, `x.shape[0]`, `2 * n`). Integer literals are not asked for.
    fn dim(&mut self, node: Node<'t>) -> Option<Dim>;

    /// The type of a term that [`Lowering::value`] or [`Lowering::add`] returned.
    fn ty(&self, id: Id) -> &Type;

    /// The node of such a term.
    fn node(&self, id: Id) -> &ir::Node;

    /// Adds a node. `None` if the op's type rule refuses its operands.
    fn add(&mut self, node: ir::Node) -> Option<Id>;
}

/// The place for which terms are printed.
pub trait Printing {
    /// The meaning of names there.
    fn names(&self) -> &dyn Names;

    /// The text of a node that is to be printed as given: a leaf, a bound name. `None` to have it printed by the tables.
    fn stop(&self, id: Id) -> Option<Given>;

    /// An expression for a length; `None` if none is known. Then a number is written as it is, and anything else can not be.
    fn dim(&self, dim: &Dim) -> Option<String>;
}

/// A text that stands for a term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// An expression.
    pub text: String,
    /// What the expression is in Rust.
    pub form: Form,
}

impl Given {
    /// A text of which nobody asks who owns its value: any in Python, a temporary in Rust.
    pub fn value(text: impl Into<String>) -> Given {
        Given { text: text.into(), form: Form::Value }
    }
}

/// Who owns an expression's value. In Python always [`Form::Value`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// A temporary: it may be moved.
    Value,
    /// A variable or field that owns the value and keeps it: used by `&`, or copied if it is a scalar.
    Place,
    /// It is a reference already.
    Reference,
    /// It is a reference by which the value may be changed.
    Exclusive,
}
