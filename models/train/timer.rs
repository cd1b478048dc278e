//! Times closures by turns and draws inputs: the Rust half of `timer.py`.

use std::time::Instant;

use ndarray::{Array, ShapeBuilder};

/// One turn of a candidate lasts at least so long, in seconds.
const TURN: f64 = 1e-4;
const ROUNDS: usize = 30;
const LEAST_ROUNDS: usize = 5;
/// Of the logarithm of the median.
const WANTED_ERROR: f64 = 0.01;
const CASE_SECONDS: f64 = 0.15;

/// Prints number, seconds and spread of each candidate.
pub fn compare(candidates: &[(usize, &dyn Fn())]) {
    let counts: Vec<usize> = candidates
        .iter()
        .map(|(_, run)| {
            seconds(run, 1);
            let single = seconds(run, 1).max(2e-9);
            let few = seconds(run, ((TURN / single) as usize / 8).max(1)).max(1e-10);
            ((TURN / few) as usize).max(1)
        })
        .collect();
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); candidates.len()];
    let start = Instant::now();
    for done in 0..ROUNDS {
        for turn in 0..candidates.len() {
            let at = (turn + done) % candidates.len();
            times[at].push(seconds(candidates[at].1, counts[at]));
        }
        let known = times.iter().all(|times| error(times) < WANTED_ERROR);
        if done + 1 >= LEAST_ROUNDS && (known || start.elapsed().as_secs_f64() > CASE_SECONDS) {
            break;
        }
    }
    for ((number, _), times) in candidates.iter().zip(times) {
        println!("{number} {:.4e} {:.4}", median(&times), deviation(&times));
    }
}

fn seconds(run: &dyn Fn(), count: usize) -> f64 {
    let start = Instant::now();
    for _ in 0..count {
        run();
    }
    start.elapsed().as_secs_f64() / count as f64
}

fn median(values: &[f64]) -> f64 {
    let mut ordered = values.to_vec();
    ordered.sort_by(f64::total_cmp);
    let middle = ordered.len() / 2;
    if ordered.len() % 2 == 1 { ordered[middle] } else { (ordered[middle - 1] + ordered[middle]) / 2.0 }
}

/// Standard deviation of the logarithms, by their median absolute deviation.
fn deviation(values: &[f64]) -> f64 {
    let centre = median(values).ln();
    let distances: Vec<f64> = values.iter().map(|value| (value.ln() - centre).abs()).collect();
    1.4826 * median(&distances)
}

fn error(values: &[f64]) -> f64 {
    1.2533 * deviation(values) / (values.len() as f64).sqrt()
}

/// What an input is made of.
pub trait Drawn: Clone {
    /// The `i`th of a fixed sequence.
    fn drawn(i: usize) -> Self;
}

macro_rules! drawn {
    ($draw:expr, $($ty:ty)*) => {$(
        impl Drawn for $ty {
            fn drawn(i: usize) -> Self {
                $draw(i) as $ty
            }
        }
    )*};
}

drawn!(|i: usize| 0.1 + 1.9 * ((i + 1) as f64 * 0.618_033_988_749_894_9).fract(), f32 f64);
drawn!(|i: usize| i * 7 % 4, i8 i16 i32 i64 u8 u16 u32 u64);

impl Drawn for bool {
    fn drawn(i: usize) -> Self {
        i % 2 == 0
    }
}

/// One number.
pub fn scalar<T: Drawn>() -> T {
    T::drawn(4)
}

/// An array of numbers.
pub fn array<T: Drawn, S: ShapeBuilder>(shape: S) -> Array<T, S::Dim> {
    let mut next = 0;
    Array::from_shape_simple_fn(shape, || {
        next += 1;
        T::drawn(next)
    })
}
