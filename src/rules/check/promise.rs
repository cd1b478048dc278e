//! One trial of a rewrite: both sides on the same values, held to what the rule's effect promises.

use egg::{PatternAst, Var};

use super::compare::{difference, dtype, floats, identical, is_telling, magnitude, parts, ulp};
use super::evaluate::{Evaluated, Typed, evaluate, infer, real_value, widened, widened_attr, widened_value};
use super::sample::{Bound, Sample};
use super::values::Style;
use crate::ir::{Attr, DType, EvalError, Group, Node, Value};
use crate::rules::{Effect, Rewrite};

/// Values for the operands of one assignment.
pub(super) struct Trial<'a> {
    pub rewrite: &'a Rewrite,
    pub effect: Effect,
    pub sample: &'a Sample,
    pub values: &'a [(Var, Value)],
    pub style: Style,
}

/// How a trial went.
pub(super) enum Verdict {
    /// It says nothing: the old term has no value for these operands.
    Skipped,
    /// The promise was kept, up to this relative difference.
    Kept(f64),
    /// The promise was broken, and how.
    Broken(String),
}

/// A side's value, and the largest magnitude of all that was computed on the way.
struct Side {
    value: Value,
    scale: f64,
}

/// What an error of the new value may exceed the old one's by: a factor, and units in the last place.
const ELEMENTWISE_SLACK: (f64, f64) = (1.5, 4.0);
const OVERALL_SLACK: (f64, f64) = (2.0, 16.0);

impl Trial<'_> {
    /// Evaluates and compares both sides.
    pub fn verdict(&self) -> Verdict {
        let (old, new) = match (self.side(&self.rewrite.lhs, false), self.side(&self.rewrite.rhs, false)) {
            (Ok(old), Ok(new)) => (old, new),
            (Ok(old), Err(error)) => {
                let by_rounding = self.effect != Effect::Exact && !self.style.is_benign() && self.has(Group::LinearAlgebra);
                return if by_rounding {
                    Verdict::Skipped
                } else {
                    Verdict::Broken(format!("old {} | new refused: {error}", text(&old.value)))
                };
            }
            (Err(error), Ok(new)) if self.effect == Effect::Exact => {
                return Verdict::Broken(format!("old refused: {error} | new {}", text(&new.value)));
            }
            (Err(_), _) => return Verdict::Skipped,
        };
        let kept = if old.value.ty() != new.value.ty() {
            Err("the types differ".to_owned())
        } else {
            match self.effect {
                Effect::Exact if identical(&old.value, &new.value) => Ok(Some(0.0)),
                Effect::Exact => Err("not the same bits".to_owned()),
                Effect::Stabilizes => self.stabilizes(&old, &new),
                Effect::Reassociates => self.reassociates(&old, &new),
            }
        };
        match kept {
            Ok(Some(worst)) => Verdict::Kept(worst),
            Ok(None) => Verdict::Skipped,
            Err(why) => Verdict::Broken(format!("old {} | new {} | {why}", text(&old.value), text(&new.value))),
        }
    }

    /// Equal up to rounding on benign inputs, measured against the largest number on the way.
    fn reassociates(&self, old: &Side, new: &Side) -> Result<Option<f64>, String> {
        let rounds = parts(&old.value).into_iter().any(|part| floats(part).is_some());
        if rounds && !self.style.is_benign() {
            return Ok(None);
        }
        if !is_telling(&old.value) {
            return Ok(None);
        }
        let narrow = parts(&old.value).into_iter().filter_map(dtype).chain(self.dtypes()).filter(|d| d.is_float()).map(DType::epsilon);
        let epsilon = narrow.fold(f64::EPSILON, f64::max);
        // In half precision a few roundings are as large as the values, and a solution's error grows with the square of the
        // condition: there only what is not finite is judged, and wider dtypes judge the rest.
        let solves = self.has(Group::LinearAlgebra);
        let allowed = match epsilon {
            e if e > 1e-4 || (solves && e > 1e-10) => f64::MAX,
            _ if solves => 1e-8,
            e => 1024.0 * e,
        };
        let worst = difference(&old.value, &new.value, old.scale.max(new.scale));
        if worst <= allowed || (worst.is_infinite() && self.dtypes().any(|d| d == DType::F16)) {
            return Ok(worst.is_finite().then_some(worst));
        }
        Err(format!("relative difference {worst:.1e}, at most {allowed:.1e} is rounding"))
    }

    /// Equal in double precision on benign inputs, and in the working precision never farther from that value.
    fn stabilizes(&self, old: &Side, new: &Side) -> Result<Option<f64>, String> {
        let infinite = |value: &Value| parts(value).into_iter().filter_map(floats).any(|data| data.iter().any(|x| x.is_infinite()));
        if self.values.iter().any(|(_, value)| infinite(value)) {
            return Ok(None);
        }
        let Ok(old_wide) = self.side(&self.rewrite.lhs, true) else { return Ok(None) };
        let new_wide = self.side(&self.rewrite.rhs, true).map_err(|error| format!("refused in double precision: {error}"))?;
        let mut worst = 0.0;
        let sides = [&old.value, &new.value, &old_wide.value, &new_wide.value].map(parts);
        for i in 0..sides[0].len() {
            let [Some(old), Some(new), Some(wide_old), Some(wide_new)] = [0, 1, 2, 3].map(|side| sides[side].get(i).copied()) else {
                return Err("the tuples differ".to_owned());
            };
            let right = identical(old, new) || (identical(new, wide_new) && !self.style.is_benign());
            if floats(old).is_none() && self.style != Style::Nans && !right {
                return Err("values that are not floats differ".to_owned());
            }
            worst = f64::max(worst, self.no_less_accurate([old, new, wide_old, wide_new], old_wide.scale)?);
        }
        Ok(is_telling(&old_wide.value).then_some(worst))
    }

    fn no_less_accurate(&self, [old, new, wide_old, wide_new]: [&Value; 4], scale: f64) -> Result<f64, String> {
        let (Some(old), Some(new), Some(wide_old), Some(wide_new)) = (floats(old), floats(new), floats(wide_old), floats(wide_new)) else {
            return Ok(0.0);
        };
        let mut worst: f64 = 0.0;
        let working = self.dtypes().filter(|d| d.is_float()).max_by(|a, b| a.epsilon().total_cmp(&b.epsilon())).unwrap_or(DType::F64);
        let elementwise = !self.has_more_than_elementwise();
        let overall = wide_new.iter().copied().filter(|x| x.is_finite()).fold(0.0, |m: f64, x| m.max(x.abs()));
        for (((old, new), wide_old), wide_new) in old.iter().zip(new).zip(wide_old).zip(wide_new) {
            let element = Element { old: *old, new: *new, wide_old: *wide_old, wide_new: *wide_new, working };
            let against = if elementwise { *wide_new } else { overall };
            let apart =
                element.no_less_accurate(self.style, scale, against, if elementwise { ELEMENTWISE_SLACK } else { OVERALL_SLACK })?;
            worst = worst.max(apart);
        }
        Ok(worst)
    }

    /// The value of a side; in double precision throughout if `wide`, integers too where the ops take floats for them.
    fn side(&self, ast: &PatternAst<Node>, wide: bool) -> Result<Side, EvalError> {
        if !wide {
            return self.side_of(ast, &|value| value.clone(), &|attr| attr.clone());
        }
        let ast = widened(ast);
        self.side_of(&ast, &real_value, &widened_attr).or_else(|_| self.side_of(&ast, &widened_value, &widened_attr))
    }

    fn side_of(
        &self,
        ast: &PatternAst<Node>,
        value_of: &dyn Fn(&Value) -> Value,
        attr_of: &dyn Fn(&Attr) -> Attr,
    ) -> Result<Side, EvalError> {
        let of = |var: Var| match (self.values.iter().find(|(known, _)| *known == var), self.sample.get(var)) {
            (Some((_, value)), _) => Evaluated::Value(value_of(value)),
            (None, Some(Bound::Attr(attr))) => Evaluated::Attr(attr_of(attr)),
            (None, _) => Evaluated::Value(Value::Tuple(Vec::new())),
        };
        let typed = |var: Var| match (of(var), self.sample.get(var)) {
            (Evaluated::Value(value), Some(Bound::Operand(operand))) => Typed::Value(value.ty(), operand.constant),
            (Evaluated::Value(value), _) => Typed::Value(value.ty(), None),
            (Evaluated::Attr(attr), _) => Typed::Attr(attr),
        };
        infer(ast, self.sample.target, &typed).map_err(|error| EvalError(error.0))?;
        let mut values = evaluate(ast, self.sample.target, &of)?;
        let scale = values.iter().map(|value| if let Evaluated::Value(value) = value { magnitude(value) } else { 0.0 }).fold(0.0, f64::max);
        match values.pop() {
            Some(Evaluated::Value(value)) => Ok(Side { value, scale }),
            _ => Err(EvalError("not a value".to_owned())),
        }
    }

    /// The dtypes of the operands.
    fn dtypes(&self) -> impl Iterator<Item = DType> {
        self.values.iter().filter(|(_, value)| !value.ty().is_weak()).filter_map(|(_, value)| dtype(value))
    }

    fn groups(&self) -> impl Iterator<Item = Group> {
        self.rewrite.lhs.iter().chain(self.rewrite.rhs.iter()).filter_map(|node| match node {
            egg::ENodeOrVar::ENode(Node::Op(op, _)) => Some(op.def().group),
            _ => None,
        })
    }

    fn has(&self, group: Group) -> bool {
        self.groups().any(|g| g == group)
    }

    fn has_more_than_elementwise(&self) -> bool {
        self.groups().any(|g| !matches!(g, Group::Elementwise | Group::Select | Group::Shape))
    }
}

/// One element of both sides, in the working precision and in double precision.
struct Element {
    old: f64,
    new: f64,
    wide_old: f64,
    wide_new: f64,
    working: DType,
}

impl Element {
    /// The relative difference in double precision. `against`: the number whose last place the errors are counted in.
    fn no_less_accurate(&self, style: Style, scale: f64, against: f64, (factor, slack): (f64, f64)) -> Result<f64, String> {
        let (wide_old, wide_new) = (self.wide_old, self.wide_new);
        if style == Style::Nans && wide_old.is_nan() && !wide_new.is_nan() {
            return Err("a NaN is lost".to_owned());
        }
        if wide_old.is_finite() && !wide_new.is_finite() {
            return Err(format!("in double precision {wide_old:e} becomes {wide_new:e}"));
        }
        if !wide_new.is_finite() {
            let alike = |x: f64, y: f64| x == y || (x.is_nan() && y.is_nan());
            let lost = alike(wide_old, wide_new) && alike(self.old, wide_old) && !alike(self.new, wide_new);
            return if lost { Err(format!("{wide_new:e} becomes {:e}", self.new)) } else { Ok(0.0) };
        }
        let unit = ulp(self.working, against);
        let apart = (wide_old - wide_new).abs();
        let mut relative = 0.0;
        if wide_old.is_finite() {
            relative = apart / wide_old.abs().max(wide_new.abs()).max(1e-3 * scale).max(f64::MIN_POSITIVE);
            if relative > 1e-9 && style.is_benign() {
                return Err(format!("in double precision {wide_old:e} becomes {wide_new:e} on benign inputs"));
            }
            // Beyond benign inputs the old value may be wrong in double precision too, and nothing tells which one is.
            if relative > 1e-9 && apart > 0.1 * unit {
                return Ok(0.0);
            }
        }
        if self.working == DType::F64 || wide_new.abs() >= largest(self.working) {
            return Ok(relative);
        }
        let error = |x: f64| if x.is_finite() { (x - wide_new).abs() / unit } else { f64::INFINITY };
        let (old, new) = (error(self.old), error(self.new));
        if new > factor * old + slack {
            return Err(format!("in {} the error grows from {old:.1} to {new:.1} units in the last place of {wide_new:e}", self.working));
        }
        Ok(relative)
    }
}

fn largest(dtype: DType) -> f64 {
    match dtype {
        DType::F16 => 65504.0,
        DType::BF16 | DType::F32 => f64::from(f32::MAX),
        _ => f64::MAX,
    }
}

/// A value on one line, cut where it is long.
pub(super) fn text(value: &Value) -> String {
    let elements = match value {
        Value::Array { data: crate::ir::Data::Bool(a), .. } => a.to_string(),
        Value::Array { data: crate::ir::Data::Int(a), .. } => a.to_string(),
        Value::Array { data: crate::ir::Data::Float(a), .. } => format!("{a:?}").split(", shape=").next().unwrap_or("").to_owned(),
        Value::Tuple(items) => return format!("({})", items.iter().map(text).collect::<Vec<_>>().join(", ")),
    };
    let line = elements.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut = line.char_indices().nth(160).map_or(line.clone(), |(at, _)| format!("{}…", &line[..at]));
    format!("{} {cut}", value.ty())
}
