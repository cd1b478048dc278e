//! Threads that share the work of operations.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use smallvec::SmallVec;

use crate::crew::Crew;
use crate::{Error, Result};

/// Work of fewer multiplications is not shared: telling a thread of it takes as long.
const LEAST: usize = 1 << 17;

thread_local! {
    /// The other threads that share this one's work.
    static OTHERS: RefCell<Option<Arc<Crew>>> = const { RefCell::new(None) };
}

/// So many threads, among them the one that calls. Without them an operation runs on the calling thread alone.
///
/// ```
/// use codewright_kernels::{Tensor, Threads, ops};
///
/// let threads = Threads::new(2)?;
/// let (a, b) = (Tensor::new(&[2, 2], vec![1.0f32; 4])?, Tensor::new(&[2, 2], vec![2.0f32; 4])?);
/// assert_eq!(threads.run(|| ops::matmul(&a, &b))?.elements(), [4.0; 4]);
/// # Ok::<(), codewright_kernels::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Threads(Option<Arc<Crew>>);

impl Threads {
    /// Starts the threads, which wait until there is work.
    ///
    /// # Errors
    /// If `count` is 0, or the system starts no more threads.
    pub fn new(count: usize) -> Result<Threads> {
        let refused = |reason: String| Error::operand("threads", reason);
        match count {
            0 => Err(refused("expected at least one thread".to_owned())),
            1 => Ok(Threads(None)),
            _ => {
                let crew = Crew::new(count - 1).map_err(|e| refused(e.to_string()))?;
                Ok(Threads(Some(Arc::new(crew))))
            }
        }
    }

    /// Runs a function, such as a model, whose operations share their work among the threads. Results are the same on any number.
    pub fn run<R>(&self, f: impl FnOnce() -> R) -> R {
        let _restored = Restored(OTHERS.replace(self.0.clone()));
        f()
    }
}

/// Gives a thread back what it had when this goes, be it by a panic.
struct Restored(Option<Arc<Crew>>);

impl Drop for Restored {
    fn drop(&mut self) {
        OTHERS.set(self.0.take());
    }
}

/// Runs `f` on ranges that together are `0..all`, one a thread. `work` is how many multiplications take as long as the whole.
pub(crate) fn share(all: usize, work: usize, f: impl Fn(Range<usize>) + Sync) {
    let parts = parts(all, work);
    let Some(others) = (parts > 1).then(|| OTHERS.take()).flatten() else { return f(0..all) };
    // What is shared already is not shared again.
    let _restored = Restored(Some(others.clone()));
    let part = |i: usize| all * i / parts..all * (i + 1) / parts;
    others.run(parts, &|i| f(part(i)));
}

/// Rows that one thread takes, and which the first of them is.
type Slice<'a, T> = Mutex<(usize, &'a mut [T])>;

/// Runs `f` on parts of `out` of a whole number of rows of this length; it is told which row is its first.
pub(crate) fn share_rows<T: Send>(out: &mut [T], row: usize, work: usize, f: impl Fn(usize, &mut [T]) + Sync) {
    let rows = out.len() / row.max(1);
    let parts = parts(rows, work);
    if parts < 2 {
        return f(0, out);
    }
    let mut slices: SmallVec<[Slice<T>; 16]> = SmallVec::new();
    let mut rest = out;
    for i in 0..parts {
        let (first, end) = (rows * i / parts, rows * (i + 1) / parts);
        let (own, behind) = rest.split_at_mut((end - first) * row);
        slices.push(Mutex::new((first, own)));
        rest = behind;
    }
    share(parts, work, |part| {
        for slice in &slices[part] {
            let mut slice = slice.lock().unwrap_or_else(PoisonError::into_inner);
            let (first, own) = &mut *slice;
            f(*first, own);
        }
    });
}

/// How many threads work of so many parts is shared among.
fn parts(all: usize, work: usize) -> usize {
    if work < LEAST {
        return all.min(1);
    }
    let threads = OTHERS.with_borrow(|others| others.as_ref().map_or(1, |others| others.len() + 1));
    all.min(threads)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread::{ThreadId, current};

    use super::*;

    #[test]
    fn every_thread_has_a_part_and_no_place_is_left_out() {
        for count in [1, 2, 3, 5] {
            let seen: Mutex<HashSet<ThreadId>> = Mutex::default();
            let places = Mutex::new(vec![0; 17]);
            Threads::new(count).unwrap().run(|| {
                share(17, LEAST, |part| {
                    seen.lock().unwrap().insert(current().id());
                    // Others are under way at the same time, so that one thread does not do the parts of two.
                    std::thread::sleep(std::time::Duration::from_millis(20));
                    places.lock().unwrap()[part].iter_mut().for_each(|place| *place += 1);
                });
            });
            assert_eq!(places.into_inner().unwrap(), [1; 17]);
            assert_eq!(seen.into_inner().unwrap().len(), count);
        }
    }

    #[test]
    fn rows_are_shared_whole() {
        let mut out = vec![0usize; 7 * 3];
        Threads::new(4).unwrap().run(|| {
            share_rows(&mut out, 3, LEAST, |first, part| {
                part.chunks_exact_mut(3).enumerate().for_each(|(i, row)| row.fill(first + i));
            });
        });
        assert_eq!(out, (0..7).flat_map(|row| [row; 3]).collect::<Vec<_>>());
    }

    #[test]
    fn small_work_stays_with_its_thread() {
        let own = current().id();
        Threads::new(2).unwrap().run(|| share(2, LEAST - 1, |_| assert_eq!(current().id(), own)));
    }

    #[test]
    fn a_part_shares_nothing_and_the_whole_shares_again() {
        Threads::new(2).unwrap().run(|| {
            share(2, LEAST, |_| assert_eq!(parts(2, LEAST), 1));
            assert_eq!(parts(2, LEAST), 2);
        });
        assert_eq!(parts(2, LEAST), 1);
    }

    #[test]
    fn no_threads_are_refused() {
        assert!(Threads::new(0).is_err());
    }
}
