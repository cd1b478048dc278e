//! Memory of tensors, used again: after a model's first run its tensors find buffers of their sizes here.

use std::cell::RefCell;
use std::sync::Arc;

/// At most this many buffers wait in a pool of one element type; the smallest is given up first.
const WAITING: usize = 64;

/// Elements of which the first ones are a tensor's; the others are there for a longer one.
#[derive(Debug, Clone)]
pub(crate) struct Buffer<T> {
    elements: Vec<T>,
    length: usize,
}

impl<T> Buffer<T> {
    /// The tensor's elements.
    #[inline]
    pub(crate) fn elements(&self) -> &[T] {
        &self.elements[..self.length]
    }

    /// Makes it longer or shorter within its memory; false if there is too little. What comes to it is arbitrary.
    pub(crate) fn resize(&mut self, length: usize) -> bool {
        let fits = length <= self.elements.len();
        if fits {
            self.length = length;
        }
        fits
    }

    /// The tensor's elements to write to.
    #[inline]
    pub(crate) fn elements_mut(&mut self) -> &mut [T] {
        &mut self.elements[..self.length]
    }
}

impl<T> From<Vec<T>> for Buffer<T> {
    fn from(elements: Vec<T>) -> Buffer<T> {
        Buffer { length: elements.len(), elements }
    }
}

/// The buffers of one element type that no tensor holds, on one thread.
#[derive(Debug)]
pub struct Pool<T>(RefCell<Vec<Arc<Buffer<T>>>>);

impl<T> Pool<T> {
    /// A pool without buffers.
    pub const fn new() -> Pool<T> {
        Pool(RefCell::new(Vec::new()))
    }
}

impl<T: Copy> Pool<T> {
    /// A buffer of a length whose contents are arbitrary elements: the smallest that is large enough, or a new one of `fill`.
    pub(crate) fn take(&self, length: usize, fill: T) -> Arc<Buffer<T>> {
        self.waiting(length).unwrap_or_else(|| Arc::new(vec![fill; length].into()))
    }

    /// As [`Pool::take`], or nothing if there is no memory for a new one.
    pub(crate) fn try_take(&self, length: usize, fill: T) -> Option<Arc<Buffer<T>>> {
        self.waiting(length).or_else(|| {
            let mut elements = Vec::new();
            elements.try_reserve_exact(length).ok()?;
            elements.resize(length, fill);
            Some(Arc::new(elements.into()))
        })
    }

    /// The smallest buffer that waits and is large enough.
    fn waiting(&self, length: usize) -> Option<Arc<Buffer<T>>> {
        let mut waiting = self.0.borrow_mut();
        let lengths = waiting.iter().map(|buffer| buffer.elements.len()).enumerate();
        let fitting = lengths.filter(|(_, own)| *own >= length && own / 4 <= length + 64);
        let at = fitting.min_by_key(|(_, own)| *own).map(|(at, _)| at)?;
        let mut buffer = waiting.swap_remove(at);
        Arc::get_mut(&mut buffer)?.length = length;
        Some(buffer)
    }

    /// Takes a buffer back if nothing else holds it.
    pub(crate) fn give(&self, mut buffer: Arc<Buffer<T>>) {
        if Arc::get_mut(&mut buffer).is_none_or(|buffer| buffer.elements.is_empty()) {
            return;
        }
        let mut waiting = self.0.borrow_mut();
        if waiting.len() < WAITING {
            return waiting.push(buffer);
        }
        let smallest = waiting.iter_mut().min_by_key(|b| b.elements.len());
        if let Some(smallest) = smallest.filter(|b| b.elements.len() < buffer.elements.len()) {
            *smallest = buffer;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_for_the_same_length() {
        let pool = Pool::<f32>::new();
        let buffer = pool.take(100, 0.0);
        let address = buffer.elements().as_ptr();
        pool.give(buffer);
        assert_eq!(pool.take(100, 0.0).elements().as_ptr(), address);
    }

    #[test]
    fn a_buffer_that_is_held_elsewhere_stays_there() {
        let pool = Pool::<f32>::new();
        let buffer = pool.take(100, 1.0);
        let other = buffer.clone();
        pool.give(buffer);
        assert_ne!(pool.take(100, 0.0).elements().as_ptr(), other.elements().as_ptr());
        assert_eq!(other.elements()[0], 1.0);
    }

    #[test]
    fn a_longer_buffer_serves_shorter_tensors_and_stays_long() {
        let pool = Pool::<f32>::new();
        let buffer = pool.take(100, 0.0);
        let address = buffer.elements().as_ptr();
        pool.give(buffer);
        let shorter = pool.take(90, 0.0);
        assert_eq!((shorter.elements().as_ptr(), shorter.elements().len()), (address, 90));
        pool.give(shorter);
        assert_eq!(pool.take(100, 0.0).elements().as_ptr(), address);
    }
}
