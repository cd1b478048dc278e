//! What a rewrite's conditions ask for, so that random assignments meet them often enough. Hints only steer: the
//! conditions themselves decide.

use std::collections::BTreeMap;

use egg::Var;

use crate::ir::condition::{Clause, Comparison, Condition, Expr, Predicate, Range};
use crate::ir::{Attr, DType};
use crate::rules::Rewrite;

/// What to prefer for one variable.
#[derive(Debug, Clone, Default)]
pub(super) struct Hint {
    /// An operand that is compared with a number or asked to be constant.
    pub constant: bool,
    /// Values that decide a comparison.
    pub values: Vec<Attr>,
    pub ranks: Vec<usize>,
    pub dtypes: Vec<DType>,
    pub range: Option<Range>,
    pub square: bool,
    pub weak: bool,
    pub same_as: Option<Var>,
    /// The only axis that should be longer than 1.
    pub along: Option<i64>,
    /// Axes with the length that each should have.
    pub lengths: Vec<(i64, Length)>,
}

/// A length that a condition asks for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Length {
    Number(i64),
    /// That of an axis of another operand.
    Axis(Var, i64),
}

/// The hints of every variable that a condition names.
pub(super) fn hints(rewrite: &Rewrite) -> BTreeMap<Var, Hint> {
    let mut found = BTreeMap::new();
    for clause in &rewrite.conditions.0 {
        if let Clause::Holds(condition) = clause {
            collect(condition, &mut found);
        }
    }
    found
}

fn collect(condition: &Condition, found: &mut BTreeMap<Var, Hint>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| collect(part, found)),
        Condition::Is(predicate, var) => predicate_hint(*predicate, found.entry(*var).or_default()),
        Condition::Same(a, b) => found.entry(*b).or_default().same_as = Some(*a),
        Condition::Compare(comparison, a, b) => {
            compared(*comparison, a, b, found);
            compared(*comparison, b, a, found);
        }
        Condition::Within(e, low, high) => {
            for bound in [low, high] {
                compared(Comparison::Eq, e, bound, found);
            }
        }
        Condition::Among(e, items) => items.iter().for_each(|item| compared(Comparison::Eq, e, item, found)),
        Condition::Along(var, axis) => found.entry(*var).or_default().along = literal(axis),
        Condition::Not(_) | Condition::Last(..) | Condition::Axis(..) => {}
    }
}

fn compared(comparison: Comparison, e: &Expr, with: &Expr, found: &mut BTreeMap<Var, Hint>) {
    match (e, with) {
        (Expr::Var(var), Expr::Literal(attr)) => {
            let hint = found.entry(*var).or_default();
            hint.constant = true;
            hint.values.push(attr.clone());
            if let (true, Some(x)) = (comparison != Comparison::Eq, attr.as_f64()) {
                hint.values.extend([1.0, -1.0, 0.5, 2.0].map(|step| Attr::float(x + step)));
                hint.values.extend(attr.as_int().into_iter().flat_map(|i| [i + 1, i - 1, i + 2]).map(Attr::Int));
            }
        }
        (Expr::Var(var), _) => found.entry(*var).or_default().constant = true,
        (Expr::Rank(var), Expr::Literal(Attr::Int(rank))) => {
            let ranks = &mut found.entry(*var).or_default().ranks;
            let near = if comparison == Comparison::Eq { *rank..=*rank } else { rank - 1..=rank + 1 };
            ranks.extend(near.filter_map(|rank| usize::try_from(rank).ok()));
        }
        (Expr::Dim(var, axis), other) if comparison == Comparison::Eq => {
            let length = match other {
                Expr::Literal(Attr::Int(n)) => Some(Length::Number(*n)),
                Expr::Dim(other, at) => literal(at).map(|at| Length::Axis(*other, at)),
                _ => None,
            };
            if let (Some(axis), Some(length)) = (literal(axis), length) {
                found.entry(*var).or_default().lengths.push((axis, length));
            }
        }
        (Expr::DType(var), Expr::Literal(Attr::DType(dtype))) if comparison == Comparison::Eq => {
            found.entry(*var).or_default().dtypes.push(*dtype);
        }
        _ => {}
    }
}

fn literal(e: &Expr) -> Option<i64> {
    if let Expr::Literal(Attr::Int(i)) = e { Some(*i) } else { None }
}

fn predicate_hint(predicate: Predicate, hint: &mut Hint) {
    let everything = Range::UNKNOWN;
    match predicate {
        Predicate::Float => hint.dtypes.extend(DType::ALL.into_iter().filter(|dtype| dtype.is_float())),
        Predicate::Int | Predicate::Wraps => hint.dtypes.extend(DType::ALL.into_iter().filter(|dtype| dtype.is_int())),
        Predicate::Bool => hint.dtypes.push(DType::Bool),
        Predicate::Signed => hint.dtypes.extend(DType::ALL.into_iter().filter(|dtype| dtype.is_signed_int())),
        Predicate::Numeric => hint.dtypes.extend(DType::ALL.into_iter().filter(|dtype| *dtype != DType::Bool)),
        Predicate::Weak => hint.weak = true,
        Predicate::Scalar => hint.ranks.push(0),
        Predicate::Square => hint.square = true,
        Predicate::Const => hint.constant = true,
        Predicate::NonNegative => hint.range = Some(Range { low: 0.0, ..hint.range.unwrap_or(everything) }),
        Predicate::Positive => hint.range = Some(Range { low: f64::MIN_POSITIVE, ..hint.range.unwrap_or(everything) }),
        Predicate::Finite => {
            let Range { low, high, .. } = hint.range.unwrap_or(everything);
            hint.range = Some(Range { low: low.max(-1e300), high: high.min(1e300), nan: false });
        }
        Predicate::Tuple => {}
    }
}
