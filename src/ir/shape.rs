use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The name of an unknown size: `n`, `A.0` (the first axis of `A`).
pub type Symbol = Arc<str>;

/// One axis' length: a polynomial with integer coefficients over symbols, or unknown.
///
/// Held in normal form, so equal polynomials are equal values. Two `Unknown`s are never known to be equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dim {
    /// Coefficient of each monomial (a sorted product of symbols; the empty one is the constant). No zero coefficients.
    Poly(BTreeMap<Vec<Symbol>, i64>),
    /// Nothing is known.
    Unknown,
}

/// About which length a symbol stands for, if it is one of [`Dim::recorded`].
pub fn recorded_length(symbol: &str) -> Option<i64> {
    symbol.strip_prefix('~')?.parse().ok()
}

impl Dim {
    /// A fixed length.
    pub fn known(n: i64) -> Dim {
        Dim::Poly(if n == 0 { BTreeMap::new() } else { BTreeMap::from([(Vec::new(), n)]) })
    }

    /// A named length.
    pub fn symbol(name: impl Into<Symbol>) -> Dim {
        Dim::Poly(BTreeMap::from([(vec![name.into()], 1)]))
    }

    /// A length that a recorded run always saw. The next run may bring another, so it is a symbol; equal lengths are the same one.
    /// Zero and one are numbers: on them depends what broadcasts.
    pub fn recorded(n: i64) -> Dim {
        if n > 1 { Dim::symbol(format!("~{n}")) } else { Dim::known(n) }
    }

    /// The length, if it is a number.
    pub fn as_known(&self) -> Option<i64> {
        match self {
            Dim::Poly(p) if p.is_empty() => Some(0),
            Dim::Poly(p) if p.len() == 1 => p.get(&Vec::new()).copied(),
            _ => None,
        }
    }

    /// The symbol, if it is exactly one.
    pub fn as_symbol(&self) -> Option<&Symbol> {
        match self {
            Dim::Poly(p) if p.len() == 1 => match p.iter().next() {
                Some((m, 1)) if m.len() == 1 => Some(&m[0]),
                _ => None,
            },
            _ => None,
        }
    }

    /// Sum of two lengths.
    pub fn add(&self, other: &Dim) -> Dim {
        let (Dim::Poly(a), Dim::Poly(b)) = (self, other) else { return Dim::Unknown };
        let mut sum = a.clone();
        for (m, c) in b {
            insert(&mut sum, m.clone(), *c);
        }
        Dim::Poly(sum)
    }

    /// Difference of two lengths.
    pub fn sub(&self, other: &Dim) -> Dim {
        self.add(&other.mul(&Dim::known(-1)))
    }

    /// Product of two lengths.
    pub fn mul(&self, other: &Dim) -> Dim {
        let (Dim::Poly(a), Dim::Poly(b)) = (self, other) else { return Dim::Unknown };
        let mut product = BTreeMap::new();
        for (m, c) in a {
            for (n, d) in b {
                let Some(coefficient) = c.checked_mul(*d) else { return Dim::Unknown };
                let mut monomial: Vec<Symbol> = m.iter().chain(n).cloned().collect();
                monomial.sort();
                insert(&mut product, monomial, coefficient);
            }
        }
        Dim::Poly(product)
    }

    /// The quotient of two lengths, if the divisor is one product that divides every term.
    pub fn quotient(&self, by: &Dim) -> Option<Dim> {
        let (Dim::Poly(terms), Dim::Poly(by)) = (self, by) else { return None };
        let (divisor, coefficient) = by.iter().next().filter(|(_, c)| by.len() == 1 && **c > 0)?;
        let mut result = BTreeMap::new();
        for (monomial, c) in terms {
            let mut rest = monomial.clone();
            for symbol in divisor {
                rest.remove(rest.iter().position(|s| s == symbol)?);
            }
            if c % coefficient != 0 {
                return None;
            }
            result.insert(rest, c / coefficient);
        }
        Some(Dim::Poly(result))
    }

    /// Known to be the same length. `Unknown` is equal to nothing, itself included.
    pub fn same(&self, other: &Dim) -> bool {
        matches!((self, other), (Dim::Poly(a), Dim::Poly(b)) if a == b)
    }

    /// Known to be different: the difference is a constant other than zero.
    pub fn differs(&self, other: &Dim) -> bool {
        self.sub(other).as_known().is_some_and(|d| d != 0)
    }

    /// The length under an assignment of the symbols; `None` if a symbol has no value or the result is negative.
    pub fn value(&self, of: &dyn Fn(&Symbol) -> Option<i64>) -> Option<i64> {
        let Dim::Poly(p) = self else { return None };
        let mut total = 0i64;
        for (monomial, coefficient) in p {
            let mut term = *coefficient;
            for symbol in monomial {
                term = term.checked_mul(of(symbol)?)?;
            }
            total = total.checked_add(term)?;
        }
        (total >= 0).then_some(total)
    }

    /// The same length with each symbol replaced.
    pub fn substitute(&self, of: &dyn Fn(&Symbol) -> Option<Dim>) -> Dim {
        let Dim::Poly(p) = self else { return Dim::Unknown };
        let mut total = Dim::known(0);
        for (monomial, coefficient) in p {
            let mut term = Dim::known(*coefficient);
            for symbol in monomial {
                term = term.mul(&of(symbol).unwrap_or_else(|| Dim::symbol(symbol.clone())));
            }
            total = total.add(&term);
        }
        total
    }

    /// The symbols that occur.
    pub fn symbols(&self) -> impl Iterator<Item = &Symbol> {
        let map = match self {
            Dim::Poly(p) => Some(p),
            Dim::Unknown => None,
        };
        map.into_iter().flat_map(|p| p.keys().flatten())
    }
}

fn insert(poly: &mut BTreeMap<Vec<Symbol>, i64>, monomial: Vec<Symbol>, coefficient: i64) {
    let sum = poly.get(&monomial).copied().unwrap_or(0).saturating_add(coefficient);
    if sum == 0 {
        poly.remove(&monomial);
    } else {
        poly.insert(monomial, sum);
    }
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Dim::Poly(p) = self else { return f.write_str("?") };
        if p.is_empty() {
            return f.write_str("0");
        }
        for (i, (monomial, coefficient)) in p.iter().rev().enumerate() {
            if i > 0 {
                f.write_str(if *coefficient < 0 { " - " } else { " + " })?;
            } else if *coefficient < 0 {
                f.write_str("-")?;
            }
            let magnitude = coefficient.unsigned_abs();
            if monomial.is_empty() {
                write!(f, "{magnitude}")?;
                continue;
            }
            if magnitude != 1 {
                write!(f, "{magnitude}*")?;
            }
            f.write_str(&monomial.iter().map(|s| s.as_ref()).collect::<Vec<_>>().join("*"))?;
        }
        Ok(())
    }
}

/// The lengths of all axes, or nothing known at all.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shape {
    /// The rank is known; each axis may be known, symbolic or unknown.
    Ranked(Vec<Dim>),
    /// Not even the rank is known.
    Unknown,
}

impl Shape {
    /// The shape of a scalar.
    pub fn scalar() -> Shape {
        Shape::Ranked(Vec::new())
    }

    /// A shape of fixed lengths.
    pub fn fixed(lengths: &[usize]) -> Shape {
        Shape::Ranked(lengths.iter().map(|&n| Dim::known(n as i64)).collect())
    }

    /// Number of axes, if known.
    pub fn rank(&self) -> Option<usize> {
        self.dims().map(<[Dim]>::len)
    }

    /// The axes, if the rank is known.
    pub fn dims(&self) -> Option<&[Dim]> {
        match self {
            Shape::Ranked(d) => Some(d),
            Shape::Unknown => None,
        }
    }

    /// The axis an index means, negative counting from the back. `None` if the rank is unknown or it is out of range.
    pub fn axis(&self, index: i64) -> Option<usize> {
        let rank = self.rank()? as i64;
        let axis = if index < 0 { index + rank } else { index };
        (0..rank).contains(&axis).then_some(axis as usize)
    }

    /// Every axis known to be equal, and the rank too.
    pub fn same(&self, other: &Shape) -> bool {
        match (self.dims(), other.dims()) {
            (Some(a), Some(b)) => a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.same(y)),
            _ => false,
        }
    }

    /// Number of elements.
    pub fn size(&self) -> Dim {
        match self {
            Shape::Ranked(dims) => dims.iter().fold(Dim::known(1), |n, d| n.mul(d)),
            Shape::Unknown => Dim::Unknown,
        }
    }

    /// The lengths under an assignment of the symbols.
    pub fn value(&self, of: &dyn Fn(&Symbol) -> Option<i64>) -> Option<Vec<usize>> {
        self.dims()?.iter().map(|d| d.value(of).map(|n| n as usize)).collect()
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Unknown => f.write_str("(…)"),
            Shape::Ranked(dims) => {
                write!(f, "({})", dims.iter().map(Dim::to_string).collect::<Vec<_>>().join(", "))
            }
        }
    }
}
