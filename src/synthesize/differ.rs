//! Inputs that tell two programs apart.

use super::enumerate::Solution;
use super::task::Task;
use crate::explore::Random;
use crate::ir::{Data, Value};

/// Inputs that are tried.
const TRIALS: usize = 40;

/// An input and what two programs make of it.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The arguments.
    pub arguments: Vec<Value>,
    /// What the first gives.
    pub first: Value,
    /// What the second gives.
    pub second: Value,
}

/// Looks for an input like those of the examples on which two programs differ. The same programs give the same answer each time.
pub fn difference(task: &Task, first: &Solution, second: &Solution) -> Option<Difference> {
    let mut random = Random::new(7);
    (0..TRIALS).find_map(|trial| {
        let example = trial % task.examples.len();
        let arguments: Vec<Value> = task.examples[example].arguments.iter().map(|value| drawn(value, &mut random)).collect();
        let mut results = [first, second].map(|solution| solution.examples[example].eval(&arguments).ok()?.into_iter().next());
        let (first, second) = results.split_first_mut().and_then(|(a, rest)| Some((a.take()?, rest.first_mut()?.take()?)))?;
        let (a, b) = (first.to_f64(), second.to_f64());
        let same = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-6 * (1.0 + a.abs().max(b.abs()));
        let differ = first.shape() != second.shape() || !a.iter().zip(&b).all(same);
        (differ && a.iter().chain(&b).all(|x| x.is_finite())).then_some(Difference { arguments, first, second })
    })
}

/// Other elements of the same sort, of a similar magnitude. Lengths and whole numbers stay: shapes may hang on them.
fn drawn(value: &Value, random: &mut Random) -> Value {
    let Value::Array { dtype, weak, data } = value else { return value.clone() };
    let data = match data {
        Data::Bool(data) => Data::Bool(data.mapv(|_| random.below(2) == 1)),
        Data::Int(data) if data.ndim() == 0 => Data::Int(data.clone()),
        Data::Int(data) => {
            let (low, high) = data.iter().fold((0, 1), |(low, high), x| ((*x).min(low), (*x).max(high)));
            Data::Int(data.mapv(|_| low + random.below((high - low + 1) as usize) as i128))
        }
        Data::Float(data) => {
            let most = data.iter().fold(1.0f64, |most, x| most.max(x.abs()));
            let low = if data.iter().all(|x| *x >= 0.0) { 0.0 } else { -most };
            Data::Float(data.mapv(|_| (random.uniform(low, most) * 4.0).round() / 4.0))
        }
    };
    Value::Array { dtype: *dtype, weak: *weak, data }
}
