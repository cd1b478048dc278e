//! Side conditions of rules and of table rows: `rank(a) == 2 and float(a)`.
//!
//! One language for both. Names stand for what a rule or row has bound: operands and attributes. **What is not known makes
//! a condition false**, `not` included: `not float(x)` holds only for a dtype that is known.
//!
//! - dtypes: `float(x)`, `int(x)`, `bool(x)`, `signed(x)`, `numeric(x)` (int or float), `weak(x)` (a Python number), `wraps(x)` (an integer whose
//!   overflow wraps around), `dtype(a) == dtype(b)`, `dtype(x) == f32`, `dtype(x) in [f32, f64]`
//! - shapes: `rank(a) == 2`, `rank(b) in 1..=2`, `scalar(x)` (rank 0), `square(a)`, `shape(a) == shape(b)`, `dim(a, 0) == dim(b, -1)`, `dim(a, 0) < dim(a, 1)`,
//!   `dim(a, 0) == 1` (of a shape in an attribute too), `tuple(x)`
//! - a vector in place: `along(s, 1)` (all axes of `s` but axis 1 have length 1)
//! - axes: `last(axis, a)`, `axis(k, a, 0)` (the attribute `k` means axis 0 of `a`); `none` means an axis only where there is but one
//! - values: `const(c)`, `c == 3`, `c > 0`, `nonneg(x)` (no negative element, no `-0.0`; NaN allowed), `positive(x)`, `finite(x)`. `c == 0` is not true of
//!   `-0.0`, nor `c == -0.0` of `0`
//! - attributes: `axis == -1`, `keepdims == false`, `axis == none`, `reduction == "mean"`
//! - `target == rust`, `target in [numpy, torch]`, `same(a, b)` (the same term)
//! - `and`, `or`, `not`, parentheses; in a list of conditions a comma is `and`; `let k = axis + 1` computes a new attribute from integer
//!   attributes, ranks and known lengths by `+ - *`, or a quotient of any numbers.

mod eval;
mod parse;

use egg::Var;
use smallvec::SmallVec;

use super::token::SyntaxError;
use super::{Attr, Const, DType, Target, Type};

/// What a condition may ask about the names that it is about.
pub trait View {
    /// The language and library the terms are for.
    fn target(&self) -> Target;
    /// The type of an operand; `Unknown` for anything else.
    fn ty(&self, var: Var) -> &Type;
    /// The attribute, if the name is bound to one.
    fn attr(&self, var: Var) -> Option<&Attr>;
    /// The value of an operand that is known to be a scalar constant.
    fn constant(&self, var: Var) -> Option<Const>;
    /// Bounds of an operand's elements. What the dtype says need not be repeated here.
    fn range(&self, _var: Var) -> Range {
        Range::UNKNOWN
    }
    /// True if both names are bound to the same term.
    fn same(&self, a: Var, b: Var) -> bool;
}

/// Every element is NaN, if `nan` allows it, or lies within `low..=high`, where `-0.0` counts as less than `0.0`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The least value.
    pub low: f64,
    /// The greatest value.
    pub high: f64,
    /// Whether NaN may occur.
    pub nan: bool,
}

impl Range {
    /// Any value at all.
    pub const UNKNOWN: Range = Range { low: f64::NEG_INFINITY, high: f64::INFINITY, nan: true };
}

/// A truth about bound names, or false where too little is known.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// A predicate such as `float(x)`.
    Is(Predicate, Var),
    /// `last(axis, a)`.
    Last(Var, Var),
    /// `axis(k, a, i)`.
    Axis(Var, Var, Expr),
    /// `along(s, i)`: all other axes have length 1.
    Along(Var, Expr),
    /// `same(a, b)`.
    Same(Var, Var),
    /// A comparison.
    Compare(Comparison, Expr, Expr),
    /// `e in low..=high`.
    Within(Expr, Expr, Expr),
    /// `e in [a, b]`.
    Among(Expr, Vec<Expr>),
    /// Known to be false.
    Not(Box<Condition>),
    /// All of them.
    All(Vec<Condition>),
    /// Any of them.
    Any(Vec<Condition>),
}

/// A truth about one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Predicate {
    /// `float(x)`
    Float,
    /// `int(x)`
    Int,
    /// `bool(x)`
    Bool,
    /// `signed(x)`: a signed integer.
    Signed,
    /// `numeric(x)`: an integer or float.
    Numeric,
    /// `weak(x)`: a Python number.
    Weak,
    /// `wraps(x)`: an integer whose overflow wraps around.
    Wraps,
    /// `scalar(x)`: rank 0.
    Scalar,
    /// `square(a)`: the last two axes are equally long.
    Square,
    /// `tuple(x)`
    Tuple,
    /// `const(c)`
    Const,
    /// `nonneg(x)`
    NonNegative,
    /// `positive(x)`
    Positive,
    /// `finite(x)`
    Finite,
}

/// An order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// A value that conditions compare.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A bound attribute or constant operand.
    Var(Var),
    /// A literal.
    Literal(Attr),
    /// A target by name.
    Target(Target),
    /// The target at hand.
    ThisTarget,
    /// `rank(a)`
    Rank(Var),
    /// `dtype(a)`
    DType(Var),
    /// `shape(a)`
    Shape(Var),
    /// `dim(a, i)`
    Dim(Var, Box<Expr>),
    /// Sum, difference or product of integers.
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
}

/// An operation on integers; a quotient is of any numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
}

/// A part of a rule's `where:` line.
#[derive(Debug, Clone, PartialEq)]
pub enum Clause {
    /// A condition.
    Holds(Condition),
    /// `let k = EXPR`: a new attribute.
    Let(Var, Expr),
}

/// The attributes that `let` computed.
pub type Lets = SmallVec<[(Var, Attr); 2]>;

/// Conditions and `let`s, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Clauses(pub Vec<Clause>);

impl Condition {
    /// Parses one condition (a comma is `and`).
    pub fn parse(text: &str) -> Result<Condition, SyntaxError> {
        parse::condition(text)
    }

    /// True if it is known to be true.
    pub fn holds(&self, view: &dyn View) -> bool {
        eval::condition(self, view) == Some(true)
    }

    /// The names that occur, in order, repeated ones too.
    pub fn vars(&self) -> Vec<Var> {
        let mut found = Vec::new();
        parse::condition_vars(self, &mut found);
        found
    }
}

impl Clauses {
    /// Parses conditions and `let`s separated by commas.
    pub fn parse(text: &str) -> Result<Clauses, SyntaxError> {
        parse::clauses(text)
    }

    /// The computed attributes if all conditions are known to hold and every `let` has a value. A `let` is seen by what follows it.
    pub fn check(&self, view: &dyn View) -> Option<Lets> {
        eval::clauses(self, view)
    }
}

impl Expr {
    /// The value as an attribute; `None` if it is not known.
    pub fn attr(&self, view: &dyn View) -> Option<Attr> {
        eval::attr(self, view)
    }
}

/// The name a rule writes as `a`, as the e-graph's patterns know it.
pub fn var(name: &str) -> Var {
    Var::from(egg::Symbol::from(format!("?{name}")))
}

/// A name of a dtype as an attribute.
fn dtype_literal(name: &str) -> Option<Expr> {
    DType::from_name(name).map(|dtype| Expr::Literal(Attr::DType(dtype)))
}

#[cfg(test)]
mod tests;
