//! A function of each element of one or several tensors, with broadcasting, as one loop.

use std::ops::Range;

use smallvec::SmallVec;

use crate::cpu::dispatched;
use crate::{Element, Error, Result, Shape, Tensor, threads};

/// `f` of each element.
pub fn map<T: Element, U: Element>(x: &Tensor<T>, f: impl Fn(T) -> U + Sync) -> Tensor<U> {
    Tensor::build(x.shape(), |out| {
        let work = out.len() * ELEMENT;
        threads::share_rows(out, 1, work, |first, out| each(&x.elements()[first..], out, &f));
    })
}

/// `f` of each pair of elements of two tensors that broadcast together.
///
/// # Errors
/// If they do not.
pub fn map2<A: Element, B: Element, U: Element>(a: &Tensor<A>, b: &Tensor<B>, f: impl Fn(A, B) -> U + Sync) -> Result<Tensor<U>> {
    let shape = broadcast("map2", &[a.shape(), b.shape()])?;
    Ok(Tensor::build(&shape, |out| {
        let rows = Rows::new(&shape, &[a.shape(), b.shape()]);
        rows.share(out, |first, out| each_row2(&rows, first, a.elements(), b.elements(), out, &f));
    }))
}

/// `f` of each three elements of tensors that broadcast together.
///
/// # Errors
/// If they do not.
pub fn map3<A: Element, B: Element, C: Element, U: Element>(
    a: &Tensor<A>,
    b: &Tensor<B>,
    c: &Tensor<C>,
    f: impl Fn(A, B, C) -> U + Sync,
) -> Result<Tensor<U>> {
    let shape = broadcast("map3", &[a.shape(), b.shape(), c.shape()])?;
    Ok(Tensor::build(&shape, |out| {
        let rows = Rows::new(&shape, &[a.shape(), b.shape(), c.shape()]);
        rows.share(out, |first, out| each_row3(&rows, first, a.elements(), b.elements(), c.elements(), out, &f));
    }))
}

/// `f` of each four elements of tensors that broadcast together.
///
/// # Errors
/// If they do not.
pub fn map4<A: Element, B: Element, C: Element, D: Element, U: Element>(
    a: &Tensor<A>,
    b: &Tensor<B>,
    c: &Tensor<C>,
    d: &Tensor<D>,
    f: impl Fn(A, B, C, D) -> U + Sync,
) -> Result<Tensor<U>> {
    let shape = broadcast("map4", &[a.shape(), b.shape(), c.shape(), d.shape()])?;
    Ok(Tensor::build(&shape, |out| {
        let rows = Rows::new(&shape, &[a.shape(), b.shape(), c.shape(), d.shape()]);
        rows.share(out, |first, out| each_row4(&rows, first, a.elements(), b.elements(), c.elements(), d.elements(), out, &f));
    }))
}

/// The shape that several shapes broadcast to: aligned at the last axis, an axis of length 1 serves any length.
///
/// # Errors
/// If two lengths differ and neither is 1.
pub(crate) fn broadcast(op: &'static str, shapes: &[&[usize]]) -> Result<Shape> {
    let rank = shapes.iter().map(|s| s.len()).max().unwrap_or(0);
    let mut out: Shape = SmallVec::from_elem(1, rank);
    for shape in shapes {
        for (o, &length) in out[rank - shape.len()..].iter_mut().zip(*shape) {
            if *o == 1 {
                *o = length;
            } else if length != 1 && length != *o {
                return Err(Error::shapes(op, shapes[0], shape));
            }
        }
    }
    Ok(out)
}

/// How to walk over operands that broadcast: rows of a length along which each operand either advances or stands still.
#[derive(Debug)]
struct Rows {
    /// Length of a row.
    inner: usize,
    /// Lengths of the axes outside of the rows.
    outer: Shape,
    /// Of each operand: whether it advances along a row, and its strides along the outer axes.
    operands: SmallVec<[(bool, Shape); 4]>,
}

impl Rows {
    /// Axes over which all operands are laid out alike are walked as one.
    fn new(out: &[usize], shapes: &[&[usize]]) -> Rows {
        let advances = |shape: &[usize], axis: usize| {
            let missing = out.len() - shape.len();
            axis >= missing && (shape[axis - missing] != 1 || out[axis] == 1)
        };
        let pattern = |axis: usize| shapes.iter().map(|s| advances(s, axis)).collect::<SmallVec<[bool; 4]>>();
        let mut merged: SmallVec<[(usize, SmallVec<[bool; 4]>); 6]> = SmallVec::new();
        for axis in (0..out.len()).filter(|&a| out[a] != 1) {
            let here = pattern(axis);
            match merged.last_mut() {
                Some((length, same)) if *same == here => *length *= out[axis],
                _ => merged.push((out[axis], here)),
            }
        }
        let (inner, along) = merged.pop().unwrap_or((out.iter().product(), SmallVec::from_elem(true, shapes.len())));
        let operands = (0..shapes.len())
            .map(|i| {
                let mut stride = if along[i] { inner } else { 1 };
                let mut strides: Shape = SmallVec::from_elem(0, merged.len());
                for (axis, (length, moves)) in merged.iter().enumerate().rev() {
                    if moves[i] {
                        strides[axis] = stride;
                        stride *= length;
                    }
                }
                (along[i], strides)
            })
            .collect();
        Rows { inner, outer: merged.iter().map(|(length, _)| *length).collect(), operands }
    }

    /// Where each operand's row begins, for every row from the `first` on, in order.
    fn walk<const N: usize>(&self, first: usize) -> Walk<'_, N> {
        let mut at: Shape = SmallVec::from_elem(0, self.outer.len());
        let (mut starts, mut rest) = ([0; N], first);
        for axis in (0..self.outer.len()).rev() {
            at[axis] = rest % self.outer[axis].max(1);
            rest /= self.outer[axis].max(1);
            starts.iter_mut().zip(&self.operands).for_each(|(start, (_, strides))| *start += strides[axis] * at[axis]);
        }
        Walk { rows: self, at, starts, left: self.outer.iter().product::<usize>() - first }
    }

    /// Shares the rows of a result among threads, each of which is told which one is its first.
    fn share<U: Element>(&self, out: &mut [U], f: impl Fn(usize, &mut [U]) + Sync) {
        let work = out.len() * ELEMENT;
        threads::share_rows(out, self.inner, work, f);
    }

    /// A part of a row of an operand: its elements, or its one element as often, for which `spread` has room.
    #[inline(always)]
    fn part<'a, T: Element>(
        &self,
        operand: usize,
        elements: &'a [T],
        start: usize,
        part: &Range<usize>,
        spread: &'a [T; SPREAD],
    ) -> &'a [T] {
        if self.operands[operand].0 { &elements[start + part.start..start + part.end] } else { &spread[..part.len()] }
    }

    /// The one element of an operand that stands still along a row, several times.
    #[inline(always)]
    fn spread<T: Element>(&self, operand: usize, elements: &[T], start: usize, spread: &mut [T; SPREAD]) {
        if !self.operands[operand].0 {
            spread[..self.inner.min(SPREAD)].fill(elements[start]);
        }
    }

    /// The parts of a row that are taken at once: all of it if every operand advances.
    #[inline(always)]
    fn parts(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let (inner, step) = (self.inner, if self.operands.iter().all(|o| o.0) { self.inner.max(1) } else { SPREAD });
        (0..inner.div_ceil(step)).map(move |part| part * step..inner.min((part + 1) * step))
    }
}

/// Multiplications that take as long as an element, which comes from memory and goes there.
pub(crate) const ELEMENT: usize = 8;

/// So many elements of a row are taken at once if an operand stands still along it.
const SPREAD: usize = 128;

/// The way over rows. It is no closure's caller, for a closure would not be compiled for the processor that the loop is for.
struct Walk<'a, const N: usize> {
    rows: &'a Rows,
    at: Shape,
    starts: [usize; N],
    left: usize,
}

impl<const N: usize> Walk<'_, N> {
    /// Where each operand's row begins.
    #[inline(always)]
    fn next(&mut self) -> Option<[usize; N]> {
        self.left = self.left.checked_sub(1)?;
        let (starts, rows) = (self.starts, self.rows);
        for axis in (0..rows.outer.len()).rev() {
            self.at[axis] += 1;
            for (start, (_, strides)) in self.starts.iter_mut().zip(&rows.operands) {
                *start += strides[axis];
            }
            if self.at[axis] < rows.outer[axis] {
                break;
            }
            self.at[axis] = 0;
            for (start, (_, strides)) in self.starts.iter_mut().zip(&rows.operands) {
                *start -= strides[axis] * rows.outer[axis];
            }
        }
        Some(starts)
    }
}

dispatched! {
    fn each[T: Element, U: Element, F: Fn(T) -> U](x: &[T], out: &mut [U], f: &F) {
        for (o, x) in out.iter_mut().zip(x) {
            *o = f(*x);
        }
    }

    fn each_row2[A: Element, B: Element, U: Element, F: Fn(A, B) -> U](rows: &Rows, first: usize, a: &[A], b: &[B], out: &mut [U], f: &F) {
        let (mut w, mut x) = ([A::default(); SPREAD], [B::default(); SPREAD]);
        let (mut walk, mut out) = (rows.walk(first), out.chunks_exact_mut(rows.inner.max(1)));
        while let (Some([p, q]), Some(out)) = (walk.next(), out.next()) {
            rows.spread(0, a, p, &mut w);
            rows.spread(1, b, q, &mut x);
            for part in rows.parts() {
                let (a, b) = (rows.part(0, a, p, &part, &w), rows.part(1, b, q, &part, &x));
                for ((o, a), b) in out[part].iter_mut().zip(a).zip(b) {
                    *o = f(*a, *b);
                }
            }
        }
    }

    fn each_row3[A: Element, B: Element, C: Element, U: Element, F: Fn(A, B, C) -> U](
        rows: &Rows, first: usize, a: &[A], b: &[B], c: &[C], out: &mut [U], f: &F,
    ) {
        let (mut w, mut x, mut y) = ([A::default(); SPREAD], [B::default(); SPREAD], [C::default(); SPREAD]);
        let (mut walk, mut out) = (rows.walk(first), out.chunks_exact_mut(rows.inner.max(1)));
        while let (Some([p, q, r]), Some(out)) = (walk.next(), out.next()) {
            rows.spread(0, a, p, &mut w);
            rows.spread(1, b, q, &mut x);
            rows.spread(2, c, r, &mut y);
            for part in rows.parts() {
                let (a, b, c) = (rows.part(0, a, p, &part, &w), rows.part(1, b, q, &part, &x), rows.part(2, c, r, &part, &y));
                for (((o, a), b), c) in out[part].iter_mut().zip(a).zip(b).zip(c) {
                    *o = f(*a, *b, *c);
                }
            }
        }
    }

    fn each_row4[A: Element, B: Element, C: Element, D: Element, U: Element, F: Fn(A, B, C, D) -> U](
        rows: &Rows, first: usize, a: &[A], b: &[B], c: &[C], d: &[D], out: &mut [U], f: &F,
    ) {
        let (mut w, mut x, mut y, mut z) =
            ([A::default(); SPREAD], [B::default(); SPREAD], [C::default(); SPREAD], [D::default(); SPREAD]);
        let (mut walk, mut out) = (rows.walk(first), out.chunks_exact_mut(rows.inner.max(1)));
        while let (Some([p, q, r, s]), Some(out)) = (walk.next(), out.next()) {
            rows.spread(0, a, p, &mut w);
            rows.spread(1, b, q, &mut x);
            rows.spread(2, c, r, &mut y);
            rows.spread(3, d, s, &mut z);
            for part in rows.parts() {
                let (a, b) = (rows.part(0, a, p, &part, &w), rows.part(1, b, q, &part, &x));
                let (c, d) = (rows.part(2, c, r, &part, &y), rows.part(3, d, s, &part, &z));
                for ((((o, a), b), c), d) in out[part].iter_mut().zip(a).zip(b).zip(c).zip(d) {
                    *o = f(*a, *b, *c, *d);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{ArrayD, IxDyn};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn broadcasting_is_as_in_ndarray(axes in prop::collection::vec((1usize..4, any::<bool>(), any::<bool>()), 0..5), cut in 0usize..5) {
            let shape: Vec<usize> = axes.iter().map(|a| a.0).collect();
            let a: Vec<usize> = axes.iter().map(|a| if a.1 { a.0 } else { 1 }).collect();
            let b: Vec<usize> = axes.iter().map(|a| if a.2 || !a.1 { a.0 } else { 1 }).skip(cut).collect();
            let numbers = |shape: &[usize]| (0..shape.iter().product::<usize>()).map(|i| i as i64 * 7 + 3).collect::<Vec<_>>();
            let (x, y) = (Tensor::new(&a, numbers(&a)).unwrap(), Tensor::new(&b, numbers(&b)).unwrap());
            let (p, q) = (ArrayD::from_shape_vec(IxDyn(&a), numbers(&a)).unwrap(), ArrayD::from_shape_vec(IxDyn(&b), numbers(&b)).unwrap());
            let expected = &p - &(&q * 2);
            let found = map2(&x, &y, |a, b| a - 2 * b).unwrap();
            prop_assert_eq!(found.shape(), expected.shape());
            prop_assert_eq!(found.elements().to_vec(), expected.iter().copied().collect::<Vec<_>>());
            prop_assert!(found.rank() <= shape.len());
        }
    }

    #[test]
    fn lengths_that_differ_are_refused() {
        let (x, y) = (Tensor::new(&[2], vec![0f32; 2]).unwrap(), Tensor::new(&[3], vec![0f32; 3]).unwrap());
        assert!(map2(&x, &y, |a, b| a + b).is_err());
    }

    #[test]
    fn an_empty_axis_stays_empty() {
        let (x, y) = (Tensor::new(&[0, 3], vec![0f32; 0]).unwrap(), Tensor::new(&[1, 1], vec![1f32]).unwrap());
        assert_eq!(map2(&x, &y, |a, b| a + b).unwrap().shape(), [0, 3]);
    }
}
