//! Threads that wait for parts of a work.
//!
//! A work takes some microseconds, less than it takes to wake a thread. So one that has no part waits awake for a while before it
//! sleeps, and a work does not wait for threads that have not come by the time all of its parts are taken.

use std::any::Any;
use std::cell::UnsafeCell;
use std::hint::spin_loop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle, yield_now};
use std::time::{Duration, Instant};

/// So long a thread waits awake for the next work.
const AWAKE: Duration = Duration::from_micros(200);
/// Looks at what is waited for between two looks at the clock.
const LOOKS: usize = 100;
/// The gate is open: threads may enter. Each one inside adds [`INSIDE`].
const OPEN: usize = 1;
const INSIDE: usize = 2;

/// Threads that take parts of a work beside the thread that has it.
#[derive(Debug)]
pub(crate) struct Crew {
    place: Arc<Place>,
    threads: Vec<JoinHandle<()>>,
}

impl Crew {
    /// Starts so many threads.
    ///
    /// # Errors
    /// If the system starts no more.
    pub fn new(count: usize) -> std::io::Result<Crew> {
        let mut crew = Crew { place: Arc::default(), threads: Vec::with_capacity(count) };
        for i in 0..count {
            let place = crew.place.clone();
            crew.threads.push(Builder::new().name(format!("codewright-{i}")).spawn(move || place.stay())?);
        }
        Ok(crew)
    }

    /// How many threads there are.
    pub fn len(&self) -> usize {
        self.threads.len()
    }

    /// Runs `f` on `0..parts`, on this thread and those of the crew that come.
    pub fn run(&self, parts: usize, f: &(dyn Fn(usize) + Sync)) {
        let place = &*self.place;
        if place.taken.swap(true, Ordering::Acquire) {
            // The crew is busy with the work of another thread.
            return (0..parts).for_each(f);
        }
        // SAFETY: the place is taken by this thread alone, and nobody is inside. The function outlives the work, for below the gate is
        // closed, and all that were inside have left, before this function returns; nothing between can panic.
        unsafe { *place.work.get() = Some((std::mem::transmute::<&(dyn Fn(usize) + Sync), &'static (dyn Fn(usize) + Sync)>(f), parts)) };
        place.next.store(0, Ordering::Relaxed);
        place.gate.store(OPEN, Ordering::Release);
        place.call();
        place.take_parts(f, parts);
        place.gate.fetch_and(!OPEN, Ordering::AcqRel);
        wait_awake(|| place.gate.load(Ordering::Acquire) == 0, yield_now);
        let panic = lock(&place.panic).take();
        place.taken.store(false, Ordering::Release);
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.place.over.store(true, Ordering::SeqCst);
        self.place.call();
        for thread in self.threads.drain(..) {
            // A thread catches what its parts panic with.
            _ = thread.join();
        }
    }
}

/// A work: what is done with each of so many parts.
type Work = (&'static (dyn Fn(usize) + Sync), usize);

/// Where threads wait, and find a work.
#[derive(Default)]
struct Place {
    /// Whether a thread has its work here.
    taken: AtomicBool,
    work: UnsafeCell<Option<Work>>,
    /// The first part that nobody has taken.
    next: AtomicUsize,
    gate: AtomicUsize,
    /// How many works there were, so that a thread that waits sees that there is another.
    calls: AtomicUsize,
    over: AtomicBool,
    sleepers: AtomicUsize,
    sleep: Mutex<()>,
    wake: Condvar,
    /// What a part panicked with.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

// SAFETY: all fields but the work may be shared. It is written only by the thread that has taken the place while the gate is closed and
// nobody is inside, and read only by threads that are inside.
unsafe impl Sync for Place {}
// SAFETY: the work is a function that may be called from any thread.
unsafe impl Send for Place {}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Place").field("gate", &self.gate).finish_non_exhaustive()
    }
}

impl Place {
    /// A thread's life: it waits for a work, takes parts of it, and waits for the next.
    fn stay(&self) {
        let mut seen = 0;
        while !self.over.load(Ordering::SeqCst) {
            seen = self.next_call(seen);
            if self.enter() {
                // SAFETY: this thread is inside until it leaves.
                if let Some((f, parts)) = unsafe { *self.work.get() } {
                    self.take_parts(f, parts);
                }
                self.gate.fetch_sub(INSIDE, Ordering::Release);
            }
        }
    }

    /// Waits until there was another call than the last one seen, first awake, then asleep.
    fn next_call(&self, seen: usize) -> usize {
        let called = || self.calls.load(Ordering::SeqCst) != seen;
        let begin = Instant::now();
        let mut tired = false;
        while !tired && !called() {
            tired = begin.elapsed() > AWAKE;
            (0..LOOKS).take_while(|_| !called()).for_each(|_| spin_loop());
        }
        if !called() {
            let mut guard = lock(&self.sleep);
            self.sleepers.fetch_add(1, Ordering::SeqCst);
            while !called() {
                guard = self.wake.wait(guard).unwrap_or_else(PoisonError::into_inner);
            }
            self.sleepers.fetch_sub(1, Ordering::SeqCst);
        }
        self.calls.load(Ordering::SeqCst)
    }

    /// Tells all threads that something has changed.
    fn call(&self) {
        self.calls.fetch_add(1, Ordering::SeqCst);
        // A thread counts itself before it looks for the last time: either it sees this call, or it is seen here.
        if self.sleepers.load(Ordering::SeqCst) > 0 {
            drop(lock(&self.sleep));
            self.wake.notify_all();
        }
    }

    /// Enters if the gate is open.
    fn enter(&self) -> bool {
        let inside = |gate: usize| (gate & OPEN == OPEN).then_some(gate + INSIDE);
        self.gate.fetch_update(Ordering::Acquire, Ordering::Relaxed, inside).is_ok()
    }

    /// Takes parts until there are none; what one panics with is kept.
    fn take_parts(&self, f: &(dyn Fn(usize) + Sync), parts: usize) {
        let taken = catch_unwind(AssertUnwindSafe(|| {
            loop {
                match self.next.fetch_add(1, Ordering::Relaxed) {
                    part if part < parts => f(part),
                    _ => break,
                }
            }
        }));
        if let Err(panic) = taken {
            lock(&self.panic).get_or_insert(panic);
        }
    }
}

/// Waits awake; after a while it does `tired` between the looks.
fn wait_awake(done: impl Fn() -> bool, tired: impl Fn()) {
    let mut looks = 0;
    while !done() {
        looks += 1;
        if looks > 100 * LOOKS { tired() } else { spin_loop() }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_done_once() {
        let crew = Crew::new(3).unwrap();
        for parts in (0..200).chain([1, 1000, 2]) {
            let done: Vec<AtomicUsize> = (0..parts).map(|_| AtomicUsize::new(0)).collect();
            crew.run(parts, &|part| _ = done[part].fetch_add(1, Ordering::Relaxed));
            assert!(done.iter().all(|count| count.load(Ordering::Relaxed) == 1));
            if parts % 50 == 0 {
                // Long enough for the crew to fall asleep.
                std::thread::sleep(4 * AWAKE);
            }
        }
    }

    #[test]
    fn a_crew_serves_several_threads() {
        let (crew, sum) = (Crew::new(2).unwrap(), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| (0..500).for_each(|_| crew.run(7, &|part| _ = sum.fetch_add(part, Ordering::Relaxed))));
            }
        });
        assert_eq!(sum.into_inner(), 3 * 500 * 21);
    }

    #[test]
    fn a_panic_comes_back_and_the_crew_goes_on() {
        let crew = Crew::new(2).unwrap();
        for bad in 0..8 {
            let run = || crew.run(8, &|part| assert!(part != bad, "this part is bad"));
            assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
        }
        let done = AtomicUsize::new(0);
        crew.run(8, &|_| _ = done.fetch_add(1, Ordering::Relaxed));
        assert_eq!(done.into_inner(), 8);
    }
}
