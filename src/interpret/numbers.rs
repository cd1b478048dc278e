//! Python's own functions of numbers.

use super::builtins::{first, wrong};
use super::error::{Followed, Stop};
use super::value::Value;
use super::{Host, Interpreter};

/// Elements that `range` gives at most.
const LONGEST: i64 = 1 << 20;

impl<'t, H: Host<'t>> Interpreter<'t, H> {
    /// `abs`, `round`, `pow`, `divmod`.
    pub(super) fn number(&mut self, path: &str, arguments: &[Value<'t>]) -> Followed<Value<'t>> {
        let value = first(arguments)?;
        match (path, value) {
            ("abs", Value::Int(i)) => i.checked_abs().map(Value::Int).ok_or_else(|| Stop::undecided("a whole number of more than 64 bits")),
            ("abs", Value::Float(x)) => Ok(Value::Float(x.abs())),
            ("abs", Value::Tensor(_)) => {
                let method = self.attribute_or_error(value, "abs")?;
                self.call(&method, Vec::new(), Vec::new())
            }
            ("round", Value::Int(_) | Value::Length(_)) => Ok(value.clone()),
            ("round", Value::Float(x)) => match arguments.get(1).and_then(Value::as_int) {
                // As Python rounds: to the nearest decimal of what the number exactly is.
                Some(digits @ 0..=300) => Ok(Value::Float(format!("{x:.*}", digits as usize).parse().unwrap_or(*x))),
                Some(digits) => {
                    let scale = 10f64.powi(digits.clamp(-300, 300) as i32);
                    Ok(Value::Float((x * scale).round_ties_even() / scale))
                }
                None => Ok(Value::Int(x.round_ties_even() as i64)),
            },
            ("pow", _) if arguments.len() > 2 => {
                let power = self.binary("**", value, &arguments[1])?;
                self.binary("%", &power, &arguments[2])
            }
            ("pow", _) => self.binary("**", value, arguments.get(1).ok_or_else(|| wrong(path))?),
            ("divmod", _) => {
                let by = arguments.get(1).ok_or_else(|| wrong(path))?;
                Ok(Value::tuple(vec![self.binary("//", value, by)?, self.binary("%", value, by)?]))
            }
            (_, other) => Err(Stop::undecided(format!("`{path}` of a {}", other.type_name()))),
        }
    }
}

/// The numbers of `range`.
pub(super) fn range<'t>(arguments: &[Value<'t>]) -> Followed<Value<'t>> {
    let mut numbers = Vec::new();
    for argument in arguments {
        numbers.push(argument.as_int().ok_or_else(|| match argument {
            Value::Length(dim) => Stop::undecided(format!("a loop runs `{dim}` times, a length that only running tells: --input fixes it")),
            Value::Tensor(_) => Stop::undecided("a loop runs as often as the elements of a tensor say, which only running tells"),
            other => Stop::raised("TypeError", format!("`range` of a {}", other.type_name())),
        })?);
    }
    let (start, stop, step) = match numbers[..] {
        [stop] => (0, stop, 1),
        [start, stop] => (start, stop, 1),
        [start, stop, step] if step != 0 => (start, stop, step),
        _ => return Err(wrong("range")),
    };
    let (span, stride) = (i128::from(stop) - i128::from(start), i128::from(step));
    let count = (span + stride - stride.signum()) / stride;
    match i64::try_from(count) {
        Ok(count) if count <= LONGEST => Ok(Value::tuple((0..count.max(0)).map(|i| Value::Int(start + i * step)).collect())),
        _ if count < 0 => Ok(Value::tuple(Vec::new())),
        _ => Err(Stop::undecided(format!("a range of more than {LONGEST} numbers"))),
    }
}

/// A function of `math`.
pub(super) fn mathematical<'t>(path: &str, arguments: &[Value<'t>]) -> Followed<Value<'t>> {
    if let Some(Value::Tensor(_)) = arguments.first() {
        return Err(Stop::undecided(format!("`{path}` of a tensor, whose elements only running tells")));
    }
    if path == "math.prod" {
        return Err(Stop::undecided("`math.prod` is given what it does not take"));
    }
    let mut numbers = Vec::new();
    for argument in arguments {
        numbers.push(argument.as_f64().ok_or_else(|| match argument {
            Value::Length(_) => Stop::undecided("a number depends on a length that only running tells: --input fixes it"),
            other => Stop::raised("TypeError", format!("`{path}` of a {}", other.type_name())),
        })?);
    }
    let (Some(x), y) = (numbers.first().copied(), numbers.get(1).copied()) else { return Err(wrong(path)) };
    let domain = || Stop::raised("ValueError", format!("`{path}` of {x}"));
    let result = match (path, y) {
        ("math.sqrt", _) if x < 0.0 => return Err(domain()),
        ("math.log" | "math.log2" | "math.log10", _) if x <= 0.0 => return Err(domain()),
        ("math.floor", _) => return Ok(Value::Int(x.floor() as i64)),
        ("math.ceil", _) => return Ok(Value::Int(x.ceil() as i64)),
        ("math.trunc", _) => return Ok(Value::Int(x.trunc() as i64)),
        ("math.gcd", Some(y)) => {
            let (mut a, mut b) = ((x as i64).saturating_abs(), (y as i64).saturating_abs());
            while b != 0 {
                (a, b) = (b, a % b);
            }
            return Ok(Value::Int(a));
        }
        ("math.isinf", _) => return Ok(Value::Bool(x.is_infinite())),
        ("math.isnan", _) => return Ok(Value::Bool(x.is_nan())),
        ("math.sqrt", _) => x.sqrt(),
        ("math.exp", _) => x.exp(),
        ("math.log", None) => x.ln(),
        ("math.log", Some(base)) => x.ln() / base.ln(),
        ("math.log2", _) => x.log2(),
        ("math.log10", _) => x.log10(),
        ("math.log1p", _) => x.ln_1p(),
        ("math.sin", _) => x.sin(),
        ("math.cos", _) => x.cos(),
        ("math.tan", _) => x.tan(),
        ("math.tanh", _) => x.tanh(),
        ("math.fabs", _) => x.abs(),
        ("math.asin", _) if x.abs() <= 1.0 => x.asin(),
        ("math.acos", _) if x.abs() <= 1.0 => x.acos(),
        ("math.atan", _) => x.atan(),
        ("math.sinh", _) => x.sinh(),
        ("math.cosh", _) => x.cosh(),
        ("math.expm1", _) => x.exp_m1(),
        ("math.atan2", Some(y)) => x.atan2(y),
        ("math.hypot", Some(y)) => x.hypot(y),
        ("math.copysign", Some(y)) => x.copysign(y),
        ("math.fmod", Some(y)) if y != 0.0 => x % y,
        ("math.pow", Some(y)) => x.powf(y),
        _ => return Err(Stop::undecided(format!("`{path}` is not supported"))),
    };
    Ok(Value::Float(result))
}
