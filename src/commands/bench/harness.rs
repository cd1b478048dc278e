//! Times two closures by turns and compares what they return. Compiled into the program that `cargo wright bench` runs.

use std::hint::black_box;
use std::time::Instant;

use ndarray::{Array, ArrayBase, Data, Dimension, ShapeBuilder};

/// The time that one function may take in all.
const SECONDS: f64 = 0.4;
/// Turns of old and new.
const ROUNDS: usize = 15;

/// Prints how old and new compare, as the line that `cargo wright bench` reads.
pub fn compare<A, T: Numbers>(inputs: &str, arguments: A, old: impl Fn(&A) -> T, new: impl Fn(&A) -> T) {
    let difference = difference(&old(&arguments), &new(&arguments));
    let single = measure(&old, &arguments, 1).max(1e-9);
    let count = ((SECONDS / ROUNDS as f64 / single) as usize).clamp(1, 1 << 24);
    let (mut before, mut after, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..ROUNDS {
        let (a, b) = if turn % 2 == 0 {
            let a = measure(&old, &arguments, count);
            (a, measure(&new, &arguments, count))
        } else {
            let b = measure(&new, &arguments, count);
            (measure(&old, &arguments, count), b)
        };
        before.push(a);
        after.push(b);
        ratios.push(a / b);
    }
    let difference = if difference.is_finite() { format!("{difference:e}") } else { "null".to_owned() };
    println!(
        "wright: {{\"old_seconds\": {:e}, \"new_seconds\": {:e}, \"ratio\": {:e}, \"difference\": {difference}, \"inputs\": \"{inputs}\"}}",
        median(before),
        median(after),
        median(ratios)
    );
}

/// Prints why a function is not measured.
pub fn failed(error: &str) {
    println!("wright: {{\"error\": {error:?}}}");
}

fn measure<A, T>(function: &impl Fn(&A) -> T, arguments: &A, count: usize) -> f64 {
    let start = Instant::now();
    for _ in 0..count {
        black_box(function(black_box(arguments)));
    }
    start.elapsed().as_secs_f64() / count as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The largest difference, relative to the largest magnitude; infinite where one is finite and the other is not.
fn difference<T: Numbers>(old: &T, new: &T) -> f64 {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    old.numbers(&mut a);
    new.numbers(&mut b);
    if a.len() != b.len() || a.iter().zip(&b).any(|(x, y)| x.is_finite() && !y.is_finite()) {
        return f64::INFINITY;
    }
    let finite = || a.iter().zip(&b).filter(|(x, y)| x.is_finite() && y.is_finite());
    let scale = finite().map(|(x, _)| x.abs()).fold(0.0, f64::max);
    let worst = finite().map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
    if scale > 0.0 { worst / scale } else { worst }
}

/// Whatever holds numbers.
pub trait Numbers {
    fn numbers(&self, out: &mut Vec<f64>);
}

/// A number that can be drawn.
pub trait Number: Clone {
    /// The `i`th of a fixed sequence between -1 and 1, or of small integers.
    fn number(i: usize) -> Self;
}

macro_rules! number {
    ($draw:expr, $($ty:ty),*) => {$(
        impl Numbers for $ty {
            fn numbers(&self, out: &mut Vec<f64>) {
                out.push(*self as f64);
            }
        }
        impl Number for $ty {
            fn number(i: usize) -> Self {
                $draw(i) as $ty
            }
        }
    )*};
}

/// Weyl's sequence with the golden ratio.
fn spread(i: usize) -> f64 {
    let golden = 0.618_033_988_749_894_9;
    2.0 * ((i + 1) as f64 * golden).fract() - 1.0
}

number!(spread, f32, f64);
number!(|i: usize| (spread(i) * 2.0 + 3.0) as i64, i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

impl Numbers for bool {
    fn numbers(&self, out: &mut Vec<f64>) {
        out.push(f64::from(u8::from(*self)));
    }
}

impl Number for bool {
    fn number(i: usize) -> Self {
        i % 2 == 0
    }
}

impl<T: Numbers> Numbers for Vec<T> {
    fn numbers(&self, out: &mut Vec<f64>) {
        self.iter().for_each(|item| item.numbers(out));
    }
}

impl<T: Numbers> Numbers for Option<T> {
    fn numbers(&self, out: &mut Vec<f64>) {
        self.iter().for_each(|item| item.numbers(out));
    }
}

impl<T: Numbers, const N: usize> Numbers for [T; N] {
    fn numbers(&self, out: &mut Vec<f64>) {
        self.iter().for_each(|item| item.numbers(out));
    }
}

impl<T: Numbers, S: Data<Elem = T>, D: Dimension> Numbers for ArrayBase<S, D> {
    fn numbers(&self, out: &mut Vec<f64>) {
        self.iter().for_each(|item| item.numbers(out));
    }
}

macro_rules! tuple {
    ($($name:ident $place:tt),*) => {
        impl<$($name: Numbers),*> Numbers for ($($name,)*) {
            fn numbers(&self, out: &mut Vec<f64>) {
                $(self.$place.numbers(out);)*
            }
        }
    };
}

tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);

/// A vector of fixed numbers.
pub fn vector<T: Number>(length: usize) -> Vec<T> {
    (0..length).map(T::number).collect()
}

/// An array of fixed numbers.
pub fn array<T: Number, S: ShapeBuilder>(shape: S) -> Array<T, S::Dim> {
    let mut next = 0;
    Array::from_shape_simple_fn(shape, || {
        next += 1;
        T::number(next)
    })
}
