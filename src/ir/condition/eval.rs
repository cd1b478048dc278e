use std::borrow::Cow;

use egg::Var;

use super::{Arithmetic, Clause, Clauses, Comparison, Condition, Expr, Lets, Predicate, Range, View};
use crate::ir::value::round_to;
use crate::ir::{Attr, Const, DType, DTypeKind, Dim, Shape, Target, Type};

/// True, false, or unknown.
type Truth = Option<bool>;

pub(super) fn clauses(clauses: &Clauses, view: &dyn View) -> Option<Lets> {
    let mut lets = Lets::new();
    for clause in &clauses.0 {
        let seen = WithLets { view, lets: &lets };
        match clause {
            Clause::Holds(c) if condition(c, &seen) == Some(true) => {}
            Clause::Holds(_) => return None,
            Clause::Let(name, value) => {
                let value = attr(value, &seen)?;
                lets.push((*name, value));
            }
        }
    }
    Some(lets)
}

pub(super) fn condition(condition: &Condition, view: &dyn View) -> Truth {
    match condition {
        Condition::Is(predicate, var) => is(*predicate, *var, view),
        Condition::Last(axis, a) => same_axis(view.attr(*axis)?, -1, view.ty(*a).shape()),
        Condition::Along(a, index) => {
            let Known::Int(index) = value(index, view)? else { return None };
            let shape = view.ty(*a).shape();
            let dims = shape.dims()?;
            let axis = shape.axis(index);
            let longer = dims.iter().enumerate().filter(|(i, _)| Some(*i) != axis).map(|(_, dim)| Some(!equal_dims(dim, &Dim::known(1))?));
            both(Some(axis.is_some()), Some(!any(longer)?))
        }
        Condition::Axis(axis, a, index) => {
            let Known::Int(index) = value(index, view)? else { return None };
            same_axis(view.attr(*axis)?, index, view.ty(*a).shape())
        }
        Condition::Same(a, b) => Some(view.same(*a, *b)),
        Condition::Compare(comparison, a, b) => compare(*comparison, &value(a, view)?, &value(b, view)?),
        Condition::Within(e, low, high) => {
            let e = value(e, view)?;
            both(compare(Comparison::Ge, &e, &value(low, view)?), compare(Comparison::Le, &e, &value(high, view)?))
        }
        Condition::Among(e, items) => {
            let e = value(e, view)?;
            any(items.iter().map(|item| compare(Comparison::Eq, &e, &value(item, view)?)))
        }
        Condition::Not(c) => Some(!self::condition(c, view)?),
        Condition::All(parts) => Some(!any(parts.iter().map(|c| Some(!self::condition(c, view)?)))?),
        Condition::Any(parts) => any(parts.iter().map(|c| self::condition(c, view))),
    }
}

pub(super) fn attr(expr: &Expr, view: &dyn View) -> Option<Attr> {
    match value(expr, view)? {
        Known::Int(i) => Some(Attr::Int(i)),
        // The shortest number that is rounded to it.
        Known::Rounded(x, DType::F32) => (x as f32).to_string().parse().ok().map(Attr::float),
        Known::Float(x) | Known::Rounded(x, _) => Some(Attr::float(x)),
        Known::DType(d) => Some(Attr::DType(d)),
        Known::Dim(d) => d.as_known().map(Attr::Int),
        Known::Attr(a) => Some(a.into_owned()),
        Known::Shape(_) | Known::Target(_) => None,
    }
}

/// True if any is, false if all are known to be false.
fn any(truths: impl Iterator<Item = Truth>) -> Truth {
    let mut unknown = false;
    for truth in truths {
        match truth {
            Some(true) => return Some(true),
            Some(false) => {}
            None => unknown = true,
        }
    }
    (!unknown).then_some(false)
}

fn both(a: Truth, b: Truth) -> Truth {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn is(predicate: Predicate, var: Var, view: &dyn View) -> Truth {
    let ty = view.ty(var);
    let kind = |wanted: &dyn Fn(DType) -> bool| ty.dtype().map(wanted);
    match predicate {
        Predicate::Float => kind(&DType::is_float),
        Predicate::Int => kind(&DType::is_int),
        Predicate::Bool => kind(&|d| d == DType::Bool),
        Predicate::Signed => kind(&DType::is_signed_int),
        Predicate::Numeric => kind(&|d| d != DType::Bool),
        Predicate::Weak => ty.is_array().then(|| ty.is_weak()),
        Predicate::Wraps => kind(&|d| d.is_int() && !ty.is_weak() && view.target() != Target::Rust),
        Predicate::Scalar => ty.rank().map(|rank| rank == 0),
        Predicate::Tuple => (*ty != Type::Unknown).then(|| !ty.is_array()),
        Predicate::Square => square(ty.shape()),
        Predicate::Const => Some(view.constant(var).is_some()),
        Predicate::NonNegative => bound(var, view, |range| range.low.total_cmp(&0.0).is_ge()),
        Predicate::Positive => bound(var, view, |range| range.low > 0.0),
        Predicate::Finite => bound(var, view, |range| range.low > f64::NEG_INFINITY && range.high < f64::INFINITY && !range.nan),
    }
}

fn square(shape: &Shape) -> Truth {
    let [.., rows, columns] = shape.dims()? else { return Some(false) };
    equal_dims(rows, columns)
}

/// What the constant's value, the dtype, or else the analysis says of an operand's elements. Never known to be false.
fn bound(var: Var, view: &dyn View, holds: impl Fn(Range) -> bool) -> Truth {
    if let Some(c) = view.constant(var) {
        let x = c.as_f64();
        return Some(!x.is_nan() && holds(Range { low: x, high: x, nan: false }));
    }
    let whole = |low: f64| Range { low, high: f64::MAX, nan: false };
    let by_dtype = match view.ty(var).dtype() {
        Some(d) if d.kind() == DTypeKind::Float => Range::UNKNOWN,
        Some(d) if d.is_signed_int() => whole(f64::MIN),
        Some(_) => whole(0.0),
        None => Range::UNKNOWN,
    };
    (holds(by_dtype) || holds(view.range(var))).then_some(true)
}

/// Whether an axis attribute means this axis. `None` and a list of axes mean one axis only if there is but one.
fn same_axis(attr: &Attr, index: i64, shape: &Shape) -> Truth {
    let axis = match attr {
        Attr::Int(i) => *i,
        Attr::Ints(list) => match list[..] {
            [i] => i,
            _ => return Some(false),
        },
        Attr::None => return shape.rank().map(|rank| rank == 1 && shape.axis(index) == Some(0)),
        _ => return None,
    };
    if axis == index {
        return Some(true);
    }
    let rank = shape.rank()? as i64;
    Some(axis.rem_euclid(rank.max(1)) == index.rem_euclid(rank.max(1)) && (-rank..rank).contains(&axis) && (-rank..rank).contains(&index))
}

/// A value that is known.
enum Known<'a> {
    Int(i64),
    Float(f64),
    /// A float constant of fewer bits than a literal has.
    Rounded(f64, DType),
    DType(DType),
    Dim(Dim),
    Shape(&'a Shape),
    Target(Target),
    Attr(Cow<'a, Attr>),
}

fn value<'a>(expr: &'a Expr, view: &'a dyn View) -> Option<Known<'a>> {
    match expr {
        Expr::Var(var) => match view.attr(*var) {
            Some(attr) => Some(of_attr(attr)),
            None => view.constant(*var).map(of_const),
        },
        Expr::Literal(attr) => Some(of_attr(attr)),
        Expr::Target(target) => Some(Known::Target(*target)),
        Expr::ThisTarget => Some(Known::Target(view.target())),
        Expr::Rank(var) => view.ty(*var).rank().map(|rank| Known::Int(rank as i64)),
        Expr::DType(var) => view.ty(*var).dtype().map(Known::DType),
        Expr::Shape(var) => Some(Known::Shape(view.ty(*var).shape())),
        Expr::Dim(var, index) => {
            let Known::Int(index) = value(index, view)? else { return None };
            let attribute = match view.attr(*var) {
                Some(Attr::Dims(dims)) => Some(Shape::Ranked(dims.clone())),
                _ => None,
            };
            let shape = attribute.as_ref().unwrap_or(view.ty(*var).shape());
            let dim = &shape.dims()?[shape.axis(index)?];
            Some(dim.as_known().map_or_else(|| Known::Dim(dim.clone()), Known::Int))
        }
        Expr::Arithmetic(Arithmetic::Div, a, b) => {
            let (a, b) = (number(&value(a, view)?)?, number(&value(b, view)?)?);
            (b != 0.0).then(|| Known::Float(a / b))
        }
        Expr::Arithmetic(op, a, b) => {
            let (Known::Int(a), Known::Int(b)) = (value(a, view)?, value(b, view)?) else { return None };
            let result = match op {
                Arithmetic::Add => a.checked_add(b),
                Arithmetic::Sub => a.checked_sub(b),
                Arithmetic::Mul => a.checked_mul(b),
                Arithmetic::Div => None,
            };
            result.map(Known::Int)
        }
    }
}

fn of_attr(attr: &Attr) -> Known<'_> {
    match attr {
        Attr::Int(i) => Known::Int(*i),
        Attr::Float(bits) => Known::Float(f64::from_bits(*bits)),
        Attr::DType(d) => Known::DType(*d),
        other => Known::Attr(Cow::Borrowed(other)),
    }
}

fn of_const(c: Const) -> Known<'static> {
    match (c.dtype, c.as_i64()) {
        (DType::Bool, Some(i)) => Known::Attr(Cow::Owned(Attr::Bool(i != 0))),
        (_, Some(i)) if c.dtype != DType::U64 || i >= 0 => Known::Int(i),
        _ if matches!(c.dtype, DType::F16 | DType::BF16 | DType::F32) => Known::Rounded(c.as_f64(), c.dtype),
        _ => Known::Float(c.as_f64()),
    }
}

fn compare(comparison: Comparison, a: &Known, b: &Known) -> Truth {
    use Comparison::{Eq, Ge, Gt, Le, Lt, Ne};
    match comparison {
        Eq => equal(a, b),
        Ne => Some(!equal(a, b)?),
        Lt => less(a, b, false),
        Le => less(a, b, true),
        Gt => less(b, a, false),
        Ge => less(b, a, true),
    }
}

fn equal(a: &Known, b: &Known) -> Truth {
    match (a, b) {
        (Known::Int(a), Known::Int(b)) => Some(a == b),
        (Known::DType(a), Known::DType(b)) => Some(a == b),
        (Known::Target(a), Known::Target(b)) => Some(a == b),
        (Known::Attr(a), Known::Attr(b)) => Some(a == b),
        (Known::Shape(a), Known::Shape(b)) => equal_shapes(a, b),
        (Known::Dim(a), Known::Dim(b)) => equal_dims(a, b),
        (Known::Dim(d), Known::Int(i)) | (Known::Int(i), Known::Dim(d)) => equal_dims(d, &Dim::known(*i)),
        (Known::Float(_), Known::Int(_) | Known::Float(_)) | (Known::Int(_), Known::Float(_)) => {
            let (a, b) = (number(a)?, number(b)?);
            Some(a.total_cmp(&b).is_eq() || (a.is_nan() && b.is_nan()))
        }
        // A literal is such a constant if it is rounded to it.
        (Known::Rounded(a, dtype), Known::Float(b)) | (Known::Float(b), Known::Rounded(a, dtype)) => {
            Some(a.total_cmp(&round_to(*dtype, *b)).is_eq())
        }
        (Known::Rounded(..), _) | (_, Known::Rounded(..)) => {
            let (a, b) = (number(a)?, number(b)?);
            Some(a.total_cmp(&b).is_eq() || (a.is_nan() && b.is_nan()))
        }
        _ => Some(false),
    }
}

/// `a < b`, or `a <= b` if `or_equal`.
fn less(a: &Known, b: &Known, or_equal: bool) -> Truth {
    let by = |difference: i64| difference > 0 || (or_equal && difference == 0);
    match (a, b) {
        (Known::Dim(a), Known::Dim(b)) => b.sub(a).as_known().map(by),
        (Known::Dim(d), Known::Int(i)) => Dim::known(*i).sub(d).as_known().map(by),
        (Known::Int(i), Known::Dim(d)) => d.sub(&Dim::known(*i)).as_known().map(by),
        (Known::Int(a), Known::Int(b)) => Some(a < b || (or_equal && a == b)),
        _ => {
            let (a, b) = (number(a)?, number(b)?);
            Some(a < b || (or_equal && a == b))
        }
    }
}

fn number(known: &Known) -> Option<f64> {
    match known {
        Known::Int(i) => Some(*i as f64),
        Known::Float(x) | Known::Rounded(x, _) => Some(*x),
        _ => None,
    }
}

fn equal_dims(a: &Dim, b: &Dim) -> Truth {
    match (a.same(b), a.differs(b)) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

fn equal_shapes(a: &Shape, b: &Shape) -> Truth {
    let (a, b) = (a.dims()?, b.dims()?);
    if a.len() != b.len() {
        return Some(false);
    }
    Some(!any(a.iter().zip(b).map(|(a, b)| Some(!equal_dims(a, b)?)))?)
}

/// What a view sees, and the attributes computed so far.
struct WithLets<'a> {
    view: &'a dyn View,
    lets: &'a Lets,
}

impl View for WithLets<'_> {
    fn target(&self) -> Target {
        self.view.target()
    }

    fn ty(&self, var: Var) -> &Type {
        self.view.ty(var)
    }

    fn attr(&self, var: Var) -> Option<&Attr> {
        self.lets.iter().find(|(name, _)| *name == var).map(|(_, attr)| attr).or_else(|| self.view.attr(var))
    }

    fn constant(&self, var: Var) -> Option<Const> {
        self.view.constant(var)
    }

    fn range(&self, var: Var) -> Range {
        self.view.range(var)
    }

    fn same(&self, a: Var, b: Var) -> bool {
        self.view.same(a, b)
    }
}
