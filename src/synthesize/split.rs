//! The last step from the other side: what the wanted value needs beside a value that is there is looked up among those that are there.

use ndarray::IxDyn;

use super::bank::{EntryId, Made};
use super::enumerate::Search;
use crate::ir::{OpId, Value};

/// Pairs that are tried in one go, over all ways to take the wanted value apart.
const MOST_LOOKUPS: usize = 2_000_000;
/// Candidates that are compared in one go.
const MOST_COMPARED: usize = 10_000_000;
/// Pairs that are evaluated in one go.
const MOST_TRIED: usize = 2_000;

/// How two values make a third.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// `v + w`
    Add,
    /// `w - v`
    SubFrom,
    /// `v - w`
    Sub,
    /// `v * w`
    Mul,
    /// `w / v`
    DivInto,
    /// `v / w`
    Div,
}

const WAYS: [(Way, &str); 6] =
    [(Way::Add, "add"), (Way::Sub, "sub"), (Way::SubFrom, "sub"), (Way::Mul, "mul"), (Way::Div, "div"), (Way::DivInto, "div")];

impl Way {
    /// What `w` must be for a wanted value and `v`.
    fn other(self, wanted: f64, v: f64) -> f64 {
        match self {
            Way::Add => wanted - v,
            Way::SubFrom => wanted + v,
            Way::Sub => v - wanted,
            Way::Mul => wanted / v,
            Way::DivInto => wanted * v,
            Way::Div => v / wanted,
        }
    }

    /// The operands in the order of the op.
    fn operands(self, v: EntryId, w: EntryId) -> [EntryId; 2] {
        if matches!(self, Way::SubFrom | Way::DivInto) { [w, v] } else { [v, w] }
    }
}

/// What is done with the value of a pair to make the result.
#[derive(Debug, Clone, Copy)]
enum Last {
    Nothing,
    /// A function of one value.
    Function(u16),
    /// An op with this entry.
    With(Way, u16, EntryId),
}

/// A value that a pair shall make: the lowest and the highest that each element may be.
struct Wanted {
    last: Last,
    bounds: Vec<(f64, f64)>,
}

/// What takes a function back.
type Inverse = fn(f64) -> f64;

/// Functions that the result may be of, and what they are taken back by.
const FUNCTIONS: [(&str, Inverse); 6] =
    [("sqrt", |y| y * y), ("exp", f64::ln), ("log", f64::exp), ("square", f64::sqrt), ("tanh", f64::atanh), ("log1p", f64::exp_m1)];

/// Tries all pairs of values that make the result by arithmetic, and then by a function or one more op with a leaf.
pub(super) fn join(search: &mut Search<'_>) {
    let numbers = search.task.examples.iter().all(|e| e.expected.elements != Some(crate::ir::DTypeKind::Bool));
    let width: usize = search.task.examples.iter().map(|example| example.expected.data.len()).sum();
    if !numbers || width == 0 {
        return;
    }
    let entries: Vec<EntryId> = (0..search.bank.len() as EntryId).filter(|entry| spreads(search, *entry)).collect();
    let table = Table::new(search, &entries, width);
    let (mut lookups, mut compared, mut tried) = (0, 0, 0);
    for wanted in wanted(search) {
        for (way, name) in WAYS {
            let Some(production) = plain(search, name) else { continue };
            for v in 0..entries.len() {
                lookups += 1;
                for w in table.beside(way, v, &wanted.bounds, &mut compared) {
                    tried += 1;
                    attempt(search, &wanted, production, way.operands(entries[v], entries[w]));
                }
                if compared > MOST_COMPARED || tried > MOST_TRIED || search.tick() {
                    return;
                }
            }
        }
        if lookups > MOST_LOOKUPS {
            return;
        }
    }
}

fn spreads(search: &Search<'_>, entry: EntryId) -> bool {
    search.bank.signature(search.bank.signature_of(entry)).spreads
}

/// The production of an op without attributes.
fn plain(search: &Search<'_>, name: &str) -> Option<u16> {
    let op = OpId::named(name)?;
    search.productions.iter().position(|production| production.op == op && production.arity == production.slots.len()).map(|at| at as u16)
}

/// The values that pairs shall make.
fn wanted(search: &Search<'_>) -> Vec<Wanted> {
    let bounds: Vec<(f64, f64)> = search
        .task
        .examples
        .iter()
        .flat_map(|example| {
            let expected = &example.expected;
            expected.data.iter().map(move |x| {
                let far = expected.absolute + expected.relative * x.abs();
                (x - far, x + far)
            })
        })
        .collect();
    let mut found = vec![Wanted { last: Last::Nothing, bounds: bounds.clone() }];
    let mut add = |last: Last, inverse: &dyn Fn(usize, f64) -> f64| {
        let bounds = bounds.iter().enumerate().map(|(at, (low, high))| {
            let (a, b) = (inverse(at, *low), inverse(at, *high));
            (a.min(b), a.max(b))
        });
        let bounds: Vec<(f64, f64)> = bounds.collect();
        if bounds.iter().all(|(low, high)| low.is_finite() && high.is_finite()) {
            found.push(Wanted { last, bounds });
        }
    };
    for (name, inverse) in FUNCTIONS {
        if let Some(production) = plain(search, name) {
            add(Last::Function(production), &|_, x| inverse(x));
        }
    }
    let is_leaf = |entry: &EntryId| !matches!(search.bank.made(*entry), Made::Op(..)) && spreads(search, *entry);
    for leaf in (0..search.bank.len().min(64) as EntryId).filter(is_leaf) {
        let Some(row) = row(search, leaf) else { continue };
        for (way, name) in WAYS {
            if let Some(production) = plain(search, name) {
                add(Last::With(way, production, leaf), &|at, x| way.other(x, row[at]));
            }
        }
    }
    found
}

/// An entry's elements where the result has its own, on all examples.
fn row(search: &Search<'_>, entry: EntryId) -> Option<Vec<f64>> {
    let mut row = Vec::new();
    for (example, value) in search.task.examples.iter().zip(search.bank.values(entry)) {
        let data = value.to_f64();
        row.extend(data.broadcast(IxDyn(&example.expected.shape))?.iter().copied());
    }
    Some(row)
}

/// The values' elements where the result has its own, and the values in the order of one of the elements.
struct Table {
    width: usize,
    cells: Vec<f64>,
    key: usize,
    sorted: Vec<(f64, u32)>,
}

impl Table {
    fn new(search: &Search<'_>, entries: &[EntryId], width: usize) -> Table {
        let mut cells = Vec::with_capacity(entries.len() * width);
        for entry in entries {
            let row = row(search, *entry).filter(|row| row.len() == width);
            cells.extend(row.unwrap_or_else(|| vec![f64::NAN; width]));
        }
        let distinct = |column: usize| {
            let mut values: Vec<u64> = cells.iter().skip(column).step_by(width).take(2000).map(|x| x.to_bits()).collect();
            values.sort_unstable();
            values.dedup();
            values.len()
        };
        let key = (0..width.min(12)).max_by_key(|column| (distinct(*column), width - column)).unwrap_or(0);
        let mut sorted: Vec<(f64, u32)> = cells.iter().skip(key).step_by(width).copied().zip(0..).filter(|(x, _)| x.is_finite()).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        Table { width, cells, key, sorted }
    }

    fn row(&self, at: usize) -> &[f64] {
        &self.cells[at * self.width..(at + 1) * self.width]
    }

    /// The rows that make a wanted value with the row `v`.
    fn beside(&self, way: Way, v: usize, bounds: &[(f64, f64)], compared: &mut usize) -> Vec<usize> {
        let row = self.row(v);
        let needed = |at: usize| {
            let (a, b) = (way.other(bounds[at].0, row[at]), way.other(bounds[at].1, row[at]));
            let slack = 1e-12 * (1.0 + a.abs().max(b.abs()));
            (a.min(b) - slack, a.max(b) + slack)
        };
        let (low, high) = needed(self.key);
        if !(low.is_finite() && high.is_finite()) {
            return Vec::new();
        }
        let from = self.sorted.partition_point(|(x, _)| *x < low);
        let mut found = Vec::new();
        for &(_, w) in self.sorted[from..].iter().take_while(|(x, _)| *x <= high) {
            *compared += 1;
            let other = self.row(w as usize);
            let fits = |at: usize| {
                let (low, high) = needed(at);
                low <= other[at] && other[at] <= high
            };
            if (0..self.width).all(fits) {
                found.push(w as usize);
            }
        }
        found
    }
}

/// Makes the result of a pair and looks whether it is what is wanted.
fn attempt(search: &mut Search<'_>, wanted: &Wanted, production: u16, operands: [EntryId; 2]) {
    let last = wanted.last;
    let Some((inner, values)) = step(search, production, &operands) else { return };
    let made = Made::Op(production, operands.into_iter().collect());
    let (then, others): (u16, Option<(Way, EntryId)>) = match last {
        Last::Nothing => {
            search.insert(made, inner, values, false);
            return;
        }
        Last::Function(then) => (then, None),
        Last::With(way, then, leaf) => (then, Some((way, leaf))),
    };
    let Some(pair) = search.intern(made, inner, values) else { return };
    let operands: Vec<EntryId> = others.map_or(vec![pair], |(way, leaf)| way.operands(leaf, pair).to_vec());
    if let Some((inner, values)) = step(search, then, &operands) {
        search.insert(Made::Op(then, operands.into_iter().collect()), inner, values, false);
    }
}

fn step(search: &mut Search<'_>, production: u16, operands: &[EntryId]) -> Option<(u32, Vec<Value>)> {
    if !search.accepts(production, operands) {
        return None;
    }
    let values = search.evaluate(production, operands)?;
    Some((search.inner(production, operands), values))
}
