//! An op with its arguments, as the printers of models read it.

use egg::Language;

use crate::ir::{Attr, DType, Dim, Id, Node, Type};
use crate::model::Model;

/// An op with its arguments.
#[derive(Clone, Copy)]
pub(in crate::model) struct Term<'m> {
    pub model: &'m Model,
    pub id: Id,
    pub name: &'static str,
    pub args: &'m [Id],
}

impl<'m> Term<'m> {
    /// The op that a node is, if it is one.
    pub fn of(model: &'m Model, id: Id) -> Option<Term<'m>> {
        let node = &model.program.terms[id];
        if let Node::Op(op, _) = node { Some(Term { model, id, name: op.def().name, args: node.children() }) } else { None }
    }

    /// The op that an argument is, if it is one of this name.
    pub fn operand(&self, i: usize, name: &str) -> Option<Term<'m>> {
        Term::of(self.model, *self.args.get(i)?).filter(|term| term.name == name)
    }

    pub fn ty(&self) -> &'m Type {
        ty(self.model, self.id)
    }

    /// The attribute at a place; none for an operand.
    pub fn attr(&self, i: usize) -> &'m Attr {
        match self.args.get(i).map(|id| &self.model.program.terms[*id]) {
            Some(Node::Attr(attr)) => attr,
            _ => &Attr::None,
        }
    }

    /// The number that an argument is, if it is one.
    pub fn number(&self, i: usize) -> Option<f64> {
        match self.args.get(i).map(|id| &self.model.program.terms[*id]) {
            Some(Node::Const(c)) => Some(c.as_f64()),
            _ => None,
        }
    }

    /// The operand beside a number, and the number, in either order.
    pub fn beside_number(&self) -> Option<(Id, f64)> {
        match (self.number(0), self.number(1)) {
            (None, Some(number)) => Some((self.args[0], number)),
            (Some(number), None) => Some((self.args[1], number)),
            _ => None,
        }
    }

    pub fn int(&self, i: usize) -> Result<i64, String> {
        self.attr(i).as_int().ok_or_else(|| format!("{} is no integer", self.attr(i)))
    }

    pub fn flag(&self, i: usize) -> bool {
        self.attr(i).as_bool().unwrap_or(false)
    }

    pub fn float(&self, i: usize) -> Result<f64, String> {
        self.attr(i).as_f64().ok_or_else(|| format!("{} is no number", self.attr(i)))
    }

    pub fn ints(&self, i: usize) -> Result<&'m [i64], String> {
        match self.attr(i) {
            Attr::Ints(ints) => Ok(ints),
            other => Err(format!("{other} is no list of integers")),
        }
    }

    pub fn dims(&self, i: usize) -> Result<&'m [Dim], String> {
        match self.attr(i) {
            Attr::Dims(dims) => Ok(dims),
            other => Err(format!("{other} is no list of lengths")),
        }
    }

    pub fn word(&self, i: usize) -> Result<&'m str, String> {
        match self.attr(i) {
            Attr::Str(word) => Ok(word),
            other => Err(format!("{other} is no word")),
        }
    }

    pub fn dtype_attr(&self, i: usize) -> Result<DType, String> {
        match self.attr(i) {
            Attr::DType(dtype) => Ok(*dtype),
            other => Err(format!("{other} is no element type")),
        }
    }

    /// The element type of an argument.
    pub fn dtype(&self, i: usize) -> Result<DType, String> {
        ty(self.model, self.args[i]).dtype().ok_or_else(|| "the element type of its operand is not known".to_owned())
    }

    /// The number of axes of an argument.
    pub fn rank(&self, i: usize) -> Result<usize, String> {
        ty(self.model, self.args[i]).rank().ok_or_else(|| "the number of axes of its operand is not known".to_owned())
    }

    /// The lengths of an argument's axes.
    pub fn lengths(&self, i: usize) -> Result<&'m [Dim], String> {
        ty(self.model, self.args[i]).shape().dims().ok_or_else(|| "the number of axes of its operand is not known".to_owned())
    }

    /// The axis that an attribute names, of an argument.
    pub fn axis(&self, i: usize, of: usize) -> Result<i64, String> {
        let axis = self.int(i)?;
        let found = ty(self.model, self.args[of]).shape().axis(axis);
        found.map(|axis| axis as i64).ok_or_else(|| format!("no axis {axis}"))
    }

    /// The axes that an attribute names, of the first argument: all if there is none.
    pub fn axes(&self, i: usize) -> Result<Vec<i64>, String> {
        let shape = ty(self.model, self.args[0]).shape();
        let named = match self.attr(i) {
            Attr::None => (0..self.rank(0)? as i64).collect(),
            Attr::Int(axis) => vec![*axis],
            Attr::Ints(axes) => axes.clone(),
            other => return Err(format!("{other} names no axes")),
        };
        named.into_iter().map(|axis| shape.axis(axis).map(|axis| axis as i64).ok_or_else(|| format!("no axis {axis}"))).collect()
    }
}

/// The type of a term.
pub(in crate::model) fn ty(model: &Model, id: Id) -> &Type {
    &model.program.types[usize::from(id)]
}
