//! Shorthands for the terms that operators are made of.

use super::{Lowering, apply, ints};
use crate::ir::{Attr, DType, Dim, Id};

/// A term, or why it cannot be.
pub(super) type Term = Result<Id, String>;

impl Lowering<'_> {
    pub(super) fn dtype(&self, x: Id) -> Result<DType, String> {
        super::dtype(self, x)
    }

    /// The lengths of a value's axes.
    pub(super) fn axes_of(&self, x: Id) -> Result<Vec<Dim>, String> {
        self.ty(x).shape().dims().map(<[Dim]>::to_vec).ok_or_else(|| "the number of axes of its operand is not known".to_owned())
    }

    /// The length of one axis, which must be a number.
    pub(super) fn length(&self, x: Id, axis: usize) -> Result<i64, String> {
        let dims = self.axes_of(x)?;
        dims.get(axis).and_then(Dim::as_known).ok_or_else(|| format!("the length of axis {axis} of its operand is not known"))
    }

    pub(super) fn unary(&mut self, name: &str, x: Id) -> Term {
        apply!(self, name, x)
    }

    pub(super) fn add(&mut self, a: Id, b: Id) -> Term {
        apply!(self, "add", a, b)
    }

    pub(super) fn sub(&mut self, a: Id, b: Id) -> Term {
        apply!(self, "sub", a, b)
    }

    pub(super) fn mul(&mut self, a: Id, b: Id) -> Term {
        apply!(self, "mul", a, b)
    }

    pub(super) fn div(&mut self, a: Id, b: Id) -> Term {
        apply!(self, "div", a, b)
    }

    /// A number added, in the value's own element type.
    pub(super) fn plus(&mut self, x: Id, number: f64) -> Term {
        let dtype = self.dtype(x)?;
        let number = self.scalar(dtype, number);
        self.add(x, number)
    }

    /// Multiplied by a number in the value's own element type.
    pub(super) fn times(&mut self, x: Id, number: f64) -> Term {
        if number == 1.0 {
            return Ok(x);
        }
        let dtype = self.dtype(x)?;
        let number = self.scalar(dtype, number);
        self.mul(x, number)
    }

    pub(super) fn cast(&mut self, x: Id, dtype: DType) -> Term {
        if self.ty(x).dtype() == Some(dtype) { Ok(x) } else { apply!(self, "cast", x, Attr::DType(dtype)) }
    }

    /// Half floats as single floats; others as they are.
    pub(super) fn single(&mut self, x: Id) -> Term {
        if matches!(self.dtype(x)?, DType::F16 | DType::BF16) { self.cast(x, DType::F32) } else { Ok(x) }
    }

    pub(super) fn reshape(&mut self, x: Id, dims: Vec<Dim>) -> Term {
        let own = self.axes_of(x)?;
        let same = own.len() == dims.len() && own.iter().zip(&dims).all(|(a, b)| a.same(b));
        if same { Ok(x) } else { apply!(self, "reshape", x, Attr::Dims(dims)) }
    }

    /// A vector as the lengths of axis `axis` of `rank`, so that it broadcasts along the others.
    pub(super) fn along(&mut self, vector: Id, axis: usize, rank: usize) -> Term {
        let size = self.ty(vector).shape().size();
        let ones = rank.checked_sub(axis + 1).ok_or_else(|| format!("no axis {axis} of {rank}"))?;
        self.reshape(vector, [size].into_iter().chain(vec![Dim::known(1); ones]).collect())
    }

    pub(super) fn permute(&mut self, x: Id, order: &[i64]) -> Term {
        apply!(self, "permute", x, ints(order.iter().copied()))
    }

    pub(super) fn slice(&mut self, x: Id, axis: i64, start: i64, stop: i64, step: i64) -> Term {
        apply!(self, "slice", x, Attr::Int(axis), Attr::Int(start), Attr::Int(stop), Attr::Int(step))
    }

    pub(super) fn concat(&mut self, axis: i64, a: Id, b: Id) -> Term {
        apply!(self, "concat", Attr::Int(axis), a, b)
    }

    /// A reduction over axes, which stay with length 1.
    pub(super) fn reduce(&mut self, name: &str, x: Id, axes: impl IntoIterator<Item = i64>) -> Term {
        apply!(self, name, x, ints(axes), Attr::Bool(true))
    }

    /// One of several results.
    pub(super) fn part(&mut self, several: Id, i: usize) -> Term {
        apply!(self, "tuple_get", several, Attr::Int(i as i64))
    }

    /// The first `n` of several results, in order.
    pub(super) fn parts(&mut self, several: Id, n: usize) -> super::Lowered {
        (0..n).map(|i| self.part(several, i).map(Some)).collect()
    }

    /// The places of an axis: 0, 1 and so on.
    pub(super) fn counted(&mut self, of: Id, axis: i64) -> Term {
        let length = self.axes_of(of)?[axis as usize].clone();
        let places = super::places(self, of, axis)?;
        self.reshape(places, vec![length])
    }
}

/// The product of lengths.
pub(super) fn product(dims: &[Dim]) -> Dim {
    dims.iter().fold(Dim::known(1), |n, d| n.mul(d))
}
