//! Memory of tensors, used again: after a model's first run its tensors find buffers of their sizes here.

use std::cell::RefCell;
use std::sync::Arc;

/// At most this many buffers wait in a pool of one element type; the smallest is given up first.
const WAITING: usize = 64;

/// The buffers of one element type that no tensor holds, on one thread.
#[derive(Debug)]
pub struct Pool<T>(RefCell<Vec<Arc<Vec<T>>>>);

impl<T> Pool<T> {
    /// A pool without buffers.
    pub const fn new() -> Pool<T> {
        Pool(RefCell::new(Vec::new()))
    }
}

impl<T: Copy> Pool<T> {
    /// A buffer of a length whose contents are arbitrary elements: the smallest that is large enough, or a new one of `fill`.
    pub(crate) fn take(&self, length: usize, fill: T) -> Arc<Vec<T>> {
        self.waiting(length, fill).unwrap_or_else(|| Arc::new(vec![fill; length]))
    }

    /// As [`Pool::take`], or nothing if there is no memory for a new one.
    pub(crate) fn try_take(&self, length: usize, fill: T) -> Option<Arc<Vec<T>>> {
        self.waiting(length, fill).or_else(|| {
            let mut elements = Vec::new();
            elements.try_reserve_exact(length).ok()?;
            elements.resize(length, fill);
            Some(Arc::new(elements))
        })
    }

    /// The smallest buffer that waits and is large enough.
    fn waiting(&self, length: usize, fill: T) -> Option<Arc<Vec<T>>> {
        let mut waiting = self.0.borrow_mut();
        let fitting = waiting.iter().enumerate().filter(|(_, buffer)| buffer.capacity() >= length && buffer.capacity() / 4 <= length + 64);
        let at = fitting.min_by_key(|(_, buffer)| buffer.capacity()).map(|(at, _)| at)?;
        let mut buffer = waiting.swap_remove(at);
        if let Some(elements) = Arc::get_mut(&mut buffer) {
            elements.resize(length, fill);
        }
        Some(buffer)
    }

    /// Takes a buffer back if nothing else holds it.
    pub(crate) fn give(&self, mut buffer: Arc<Vec<T>>) {
        if Arc::get_mut(&mut buffer).is_none_or(|elements| elements.capacity() == 0) {
            return;
        }
        let mut waiting = self.0.borrow_mut();
        if waiting.len() < WAITING {
            return waiting.push(buffer);
        }
        if let Some(smallest) = waiting.iter_mut().min_by_key(|b| b.capacity()).filter(|b| b.capacity() < buffer.capacity()) {
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
        let address = buffer.as_ptr();
        pool.give(buffer);
        assert_eq!(pool.take(100, 0.0).as_ptr(), address);
    }

    #[test]
    fn a_buffer_that_is_held_elsewhere_stays_there() {
        let pool = Pool::<f32>::new();
        let buffer = pool.take(100, 1.0);
        let other = buffer.clone();
        pool.give(buffer);
        assert_ne!(pool.take(100, 0.0).as_ptr(), other.as_ptr());
        assert_eq!(other[0], 1.0);
    }
}
