//! [`Tensor`].

use std::sync::Arc;

use memmap2::Mmap;
use ndarray::{Array, ArrayRef, Dimension, IxDyn};
use smallvec::SmallVec;

use crate::pool::Buffer;
use crate::{Element, Error, Result};

/// The lengths of a tensor's axes; up to six without memory of their own.
pub type Shape = SmallVec<[usize; 6]>;

/// A row-major array. Copies share their memory; the last one gives it back to a pool, from which later tensors take theirs.
#[derive(Debug, Clone)]
pub struct Tensor<T: Element> {
    shape: Shape,
    storage: Storage<T>,
}

#[derive(Debug, Clone)]
enum Storage<T: 'static> {
    /// Weights that are part of the program.
    Static(&'static [T]),
    /// Weights in a file, which is mapped as long.
    Mapped(&'static [T], #[expect(dead_code, reason = "it is the memory of the elements")] Arc<Mmap>),
    Shared(Arc<Buffer<T>>),
}

impl<T: Element> Tensor<T> {
    /// A tensor of elements in row-major order.
    ///
    /// # Errors
    /// If their number is not that of the shape.
    pub fn new(shape: &[usize], elements: Vec<T>) -> Result<Tensor<T>> {
        check(shape, elements.len())?;
        Ok(Tensor { shape: shape.into(), storage: Storage::Shared(Arc::new(elements.into())) })
    }

    /// A tensor of elements that are part of the program, such as weights.
    ///
    /// # Errors
    /// If their number is not that of the shape.
    pub fn from_static(shape: &[usize], elements: &'static [T]) -> Result<Tensor<T>> {
        check(shape, elements.len())?;
        Ok(Tensor { shape: shape.into(), storage: Storage::Static(elements) })
    }

    /// A tensor of elements in a mapped file.
    ///
    /// # Safety
    /// The elements are within the mapping.
    ///
    /// # Errors
    /// If their number is not that of the shape.
    pub(crate) unsafe fn from_mapped(shape: &[usize], elements: &[T], map: Arc<Mmap>) -> Result<Tensor<T>> {
        check(shape, elements.len())?;
        // SAFETY: nothing is given out for longer than the tensor, which keeps the mapping.
        let elements: &'static [T] = unsafe { std::slice::from_raw_parts(elements.as_ptr(), elements.len()) };
        Ok(Tensor { shape: shape.into(), storage: Storage::Mapped(elements, map) })
    }

    /// A tensor without axes.
    pub fn scalar(element: T) -> Tensor<T> {
        Tensor::build(&[], |out| out[0] = element)
    }

    /// The elements of an array, copied.
    pub fn from_array<D: Dimension>(array: &ArrayRef<T, D>) -> Tensor<T> {
        Tensor::build(array.shape(), |out| match array.as_slice() {
            Some(elements) => out.copy_from_slice(elements),
            None => out.iter_mut().zip(array.iter()).for_each(|(o, x)| *o = *x),
        })
    }

    /// The tensor as an array of a number of axes fixed by `D`.
    ///
    /// # Errors
    /// If it has another number of axes.
    pub fn into_array<D: Dimension>(self) -> Result<Array<T, D>> {
        let shape = IxDyn(&self.shape);
        let array = ndarray::ArrayView::from_shape(shape, self.elements()).map_err(|e| Error::operand("into_array", e.to_string()))?;
        array.to_owned().into_dimensionality().map_err(|_| Error::operand("into_array", format!("an array of shape {:?}", self.shape)))
    }

    /// A tensor of memory from the pool, which `fill` must write whole: what it finds there is arbitrary.
    pub fn build(shape: &[usize], fill: impl FnOnce(&mut [T])) -> Tensor<T> {
        let length = shape.iter().product();
        let mut buffer = T::pool().with(|pool| pool.take(length, T::default()));
        if let Some(buffer) = Arc::get_mut(&mut buffer) {
            fill(buffer.elements_mut());
        }
        Tensor { shape: shape.into(), storage: Storage::Shared(buffer) }
    }

    /// As [`Tensor::build`], for lengths that an operand holds.
    ///
    /// # Errors
    /// If there is no memory for so many elements.
    pub fn try_build(op: &'static str, shape: &[usize], fill: impl FnOnce(&mut [T])) -> Result<Tensor<T>> {
        let refused = || Error::operand(op, format!("no memory for a result of shape {shape:?}"));
        let length = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d)).ok_or_else(refused)?;
        let mut buffer = T::pool().with(|pool| pool.try_take(length, T::default())).ok_or_else(refused)?;
        if let Some(buffer) = Arc::get_mut(&mut buffer) {
            fill(buffer.elements_mut());
        }
        Ok(Tensor { shape: shape.into(), storage: Storage::Shared(buffer) })
    }

    /// Lengths of the axes.
    #[inline]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Lengths of the axes, whose number the caller knows.
    ///
    /// # Errors
    /// If there are more or fewer.
    pub fn dims<const N: usize>(&self) -> Result<[usize; N]> {
        self.shape().try_into().map_err(|_| Error::operand("dims", format!("expected {N} axes, found shape {:?}", self.shape)))
    }

    /// Number of axes.
    pub fn rank(&self) -> usize {
        self.shape.len()
    }

    /// Number of elements.
    #[expect(clippy::len_without_is_empty, reason = "an empty tensor is nothing special")]
    pub fn len(&self) -> usize {
        self.elements().len()
    }

    /// The elements in row-major order.
    #[inline]
    pub fn elements(&self) -> &[T] {
        match &self.storage {
            Storage::Static(elements) | Storage::Mapped(elements, _) => elements,
            Storage::Shared(buffer) => buffer.elements(),
        }
    }

    /// The elements to write to; copied first if something else shares them.
    pub fn elements_mut(&mut self) -> &mut [T] {
        let shared = match &mut self.storage {
            Storage::Shared(buffer) => Arc::get_mut(buffer).is_none(),
            Storage::Static(_) | Storage::Mapped(..) => true,
        };
        if shared {
            *self = Tensor::build(&self.shape, |out| out.copy_from_slice(self.elements()));
        }
        match &mut self.storage {
            Storage::Shared(buffer) => Arc::make_mut(buffer).elements_mut(),
            Storage::Static(_) | Storage::Mapped(..) => &mut [],
        }
    }

    /// The same elements, and arbitrary ones behind them up to a longer shape. Memory that nothing else shares is used on if there
    /// is enough of it; else there will be for as much again.
    pub(crate) fn extended(mut self, shape: &[usize]) -> Tensor<T> {
        let length = shape.iter().product();
        if let Storage::Shared(buffer) = &mut self.storage
            && Arc::get_mut(buffer).is_some_and(|buffer| buffer.resize(length))
        {
            self.shape = shape.into();
            return self;
        }
        let mut buffer = T::pool().with(|pool| pool.take(2 * length, T::default()));
        if let Some(buffer) = Arc::get_mut(&mut buffer) {
            buffer.resize(length);
            buffer.elements_mut()[..self.len()].copy_from_slice(self.elements());
        }
        Tensor { shape: shape.into(), storage: Storage::Shared(buffer) }
    }

    /// The same elements with other axes.
    ///
    /// # Errors
    /// If the number of elements differs.
    pub fn with_shape(&self, shape: &[usize]) -> Result<Tensor<T>> {
        if check(shape, self.len()).is_err() {
            return Err(Error::shapes("reshape", &self.shape, shape));
        }
        Ok(Tensor { shape: shape.into(), storage: self.storage.clone() })
    }

    /// The only element of a tensor that has one.
    ///
    /// # Errors
    /// If it has none or several.
    pub fn item(&self) -> Result<T> {
        match self.elements() {
            [element] => Ok(*element),
            _ => Err(Error::operand("item", format!("expected one element, found shape {:?}", self.shape))),
        }
    }
}

/// The lengths of a model's input, if those that the model fixes are as they should be.
///
/// # Errors
/// If one is not.
pub fn input<const N: usize>(name: &'static str, expected: &'static str, shape: &[usize], fixed: [Option<usize>; N]) -> Result<[usize; N]> {
    let found = || Error::Input { name, expected, found: shape.to_vec() };
    let lengths: [usize; N] = shape.try_into().map_err(|_| found())?;
    let fits = lengths.iter().zip(fixed).all(|(length, fixed)| fixed.is_none_or(|fixed| fixed == *length));
    if fits { Ok(lengths) } else { Err(found()) }
}

impl<T: Element> PartialEq for Tensor<T> {
    fn eq(&self, other: &Self) -> bool {
        self.shape == other.shape && self.elements() == other.elements()
    }
}

impl<T: Element> Drop for Tensor<T> {
    // Generated code drops tensors in hundreds of places.
    #[inline(never)]
    fn drop(&mut self) {
        if let Storage::Shared(buffer) = std::mem::replace(&mut self.storage, Storage::Static(&[])) {
            // When a thread ends its pool may be gone before its last tensor.
            let _ = T::pool().try_with(|pool| pool.give(buffer));
        }
    }
}

fn check(shape: &[usize], length: usize) -> Result<()> {
    let expected = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
    if expected == Some(length) { Ok(()) } else { Err(Error::operand("tensor", format!("{length} elements for shape {shape:?}"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again() {
        let first = Tensor::<f32>::build(&[7, 11], |out| out.fill(1.0));
        let address = first.elements().as_ptr();
        drop(first);
        assert_eq!(Tensor::<f32>::build(&[77], |out| out.fill(2.0)).elements().as_ptr(), address);
    }

    #[test]
    fn writing_to_a_shared_tensor_leaves_the_other_alone() {
        let first = Tensor::new(&[2], vec![1.0f32, 2.0]).unwrap();
        let mut second = first.clone();
        second.elements_mut()[0] = 5.0;
        assert_eq!((first.elements(), second.elements()), (&[1.0, 2.0][..], &[5.0, 2.0][..]));
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        assert!(Tensor::new(&[2, 3], vec![0i64; 5]).is_err());
        assert!(Tensor::new(&[usize::MAX, 2], vec![0i64; 5]).is_err());
        assert!(Tensor::new(&[2], vec![0u8; 2]).unwrap().with_shape(&[3]).is_err());
    }
}
