//! Terms of a rewrite: text to a small syntax tree, and from there to a pattern over [`Node`]s with every argument
//! checked against the op table.

use egg::{ENodeOrVar, PatternAst, Var};

use crate::ir::condition::{Clause, Comparison, Condition, Expr, var};
use crate::ir::token::{Cursor, SyntaxError, TokenKind};
use crate::ir::{Attr, AttrKind, Const, DType, Dim, Id, Node, OpId, Param};

/// A term as it is written, and the byte of the text at which it starts.
#[derive(Debug, Clone)]
pub(super) struct Term<'s> {
    pub shape: TermShape<'s>,
    pub at: usize,
}

/// What a [`Term`] is.
#[derive(Debug, Clone)]
pub(super) enum TermShape<'s> {
    Name(&'s str),
    Int(i64, Option<DType>),
    Float(f64, Option<DType>),
    Word(String),
    List(Vec<Term<'s>>),
    Call(&'s str, Vec<Term<'s>>),
}

/// Binary operators by how tightly they bind, loosest first, with the op that each one means.
const BINARY: [&[(&str, &str)]; 7] = [
    &[("<", "lt"), ("<=", "le"), (">", "gt"), (">=", "ge"), ("==", "eq"), ("!=", "ne")],
    &[("|", "bit_or")],
    &[("^", "bit_xor")],
    &[("&", "bit_and")],
    &[("<<", "shl"), (">>", "shr")],
    &[("+", "add"), ("-", "sub")],
    &[("*", "mul"), ("/", "div"), ("//", "floor_div"), ("%", "rem"), ("@", "matmul")],
];

/// Brackets and operators nested deeper than this are refused, so that no page overflows the stack.
const MAX_DEPTH: usize = 64;

impl<'s> Term<'s> {
    /// Reads a whole term with Python's precedence, up to what cannot belong to it.
    pub fn read(cursor: &mut Cursor<'s>) -> Result<Term<'s>, SyntaxError> {
        binary(cursor, 0, 0)
    }
}

fn binary<'s>(cursor: &mut Cursor<'s>, level: usize, depth: usize) -> Result<Term<'s>, SyntaxError> {
    let Some(signs) = BINARY.get(level) else { return unary(cursor, depth) };
    let mut left = binary(cursor, level + 1, depth)?;
    let mut chained = false;
    while let Some((_, op)) = signs.iter().find(|(sign, _)| matches!(cursor.peek(), Some(TokenKind::Sign(s)) if s == sign)) {
        if level == 0 && std::mem::replace(&mut chained, true) {
            return Err(SyntaxError::new(cursor.at(), "comparisons cannot be chained; put parentheses around one"));
        }
        cursor.advance();
        let right = binary(cursor, level + 1, depth)?;
        let at = left.at;
        left = Term { shape: TermShape::Call(op, vec![left, right]), at };
    }
    Ok(left)
}

fn unary<'s>(cursor: &mut Cursor<'s>, depth: usize) -> Result<Term<'s>, SyntaxError> {
    let at = cursor.at();
    if depth > MAX_DEPTH {
        return Err(SyntaxError::new(at, format!("terms may be nested {MAX_DEPTH} deep at most")));
    }
    if cursor.take("-") {
        let operand = unary(cursor, depth + 1)?;
        let shape = match operand.shape {
            TermShape::Int(i, dtype) => TermShape::Int(-i, dtype),
            TermShape::Float(x, dtype) => TermShape::Float(-x, dtype),
            TermShape::Name("inf") => TermShape::Float(f64::NEG_INFINITY, None),
            shape => TermShape::Call("neg", vec![Term { shape, at: operand.at }]),
        };
        return Ok(Term { shape, at });
    }
    if cursor.take("~") {
        let operand = unary(cursor, depth + 1)?;
        return Ok(Term { shape: TermShape::Call("bit_not", vec![operand]), at });
    }
    let base = atom(cursor, depth + 1)?;
    if cursor.take("**") {
        let exponent = unary(cursor, depth + 1)?;
        return Ok(Term { shape: TermShape::Call("pow", vec![base, exponent]), at });
    }
    Ok(base)
}

fn atom<'s>(cursor: &mut Cursor<'s>, depth: usize) -> Result<Term<'s>, SyntaxError> {
    let at = cursor.at();
    if cursor.take("(") {
        let inner = binary(cursor, 0, depth)?;
        cursor.expect(")")?;
        return Ok(inner);
    }
    if cursor.take("[") {
        return Ok(Term { shape: TermShape::List(list(cursor, "]", depth)?), at });
    }
    let shape = match cursor.peek() {
        Some(TokenKind::Name(name)) => TermShape::Name(name),
        Some(TokenKind::Int(i, dtype)) => TermShape::Int(*i, *dtype),
        Some(TokenKind::Float(x, dtype)) => TermShape::Float(*x, *dtype),
        Some(TokenKind::Str(word)) => TermShape::Word(word.clone()),
        _ => return Err(cursor.expected("a term")),
    };
    cursor.advance();
    match shape {
        TermShape::Name(name) if cursor.take("(") => Ok(Term { shape: TermShape::Call(name, list(cursor, ")", depth)?), at }),
        shape => Ok(Term { shape, at }),
    }
}

/// Terms separated by commas, up to and with the closing bracket.
fn list<'s>(cursor: &mut Cursor<'s>, close: &str, depth: usize) -> Result<Vec<Term<'s>>, SyntaxError> {
    let mut items = Vec::new();
    while !cursor.take(close) {
        if !items.is_empty() {
            cursor.expect(",")?;
            if cursor.take(close) {
                break;
            }
        }
        items.push(binary(cursor, 0, depth)?);
    }
    Ok(items)
}

/// What a metavariable stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VarKind {
    /// An operand.
    Operand,
    /// An attribute of this kind (of the first place where it stands).
    Attr(AttrKind),
}

/// Which side of a rewrite is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Variables are bound here; constants become conditions.
    Left,
    /// Variables must be bound already; constants are built, weak ones where no dtype is written.
    Right,
}

/// The metavariables of one direction of a rewrite.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables {
    /// In the order of the text, with what each stands for; `None` for one that `let` computes and no place has used yet.
    pub kinds: Vec<(Var, Option<VarKind>)>,
    /// Constants on the left-hand side: the condition on the fresh variable that stands for each.
    pub literals: Vec<Clause>,
}

impl Variables {
    /// Operands that a term may name without their standing on a left-hand side.
    #[cfg(feature = "command")]
    pub fn declare<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        self.kinds.extend(names.into_iter().map(|name| (var(name), Some(VarKind::Operand))));
    }

    /// The pattern that a term means.
    pub fn pattern(&mut self, term: &Term, side: Side) -> Result<PatternAst<Node>, SyntaxError> {
        let mut ast = PatternAst::default();
        self.operand(&mut ast, term, side)?;
        Ok(ast)
    }

    fn operand(&mut self, ast: &mut PatternAst<Node>, term: &Term, side: Side) -> Result<Id, SyntaxError> {
        match &term.shape {
            TermShape::Call(name, args) => self.call(ast, term, name, args, side),
            TermShape::Name("true") => Ok(self.constant(ast, Const::bool(true), Attr::Bool(true), side)),
            TermShape::Name("false") => Ok(self.constant(ast, Const::bool(false), Attr::Bool(false), side)),
            TermShape::Name("inf") => Ok(self.float(ast, f64::INFINITY, None, side)),
            TermShape::Name("nan") if side == Side::Right => Ok(self.float(ast, f64::NAN, None, side)),
            TermShape::Name("nan") => Err(SyntaxError::new(term.at, "a NaN is not found by its value; use `is_nan`")),
            TermShape::Name(name) => self.bound(term, name, VarKind::Operand, side).map(|var| ast.add(ENodeOrVar::Var(var))),
            TermShape::Int(i, dtype) => {
                let constant = dtype.map_or(Const::int(*i), |dtype| Const::typed_int(dtype, *i));
                Ok(self.constant(ast, constant, Attr::Int(*i), side))
            }
            TermShape::Float(x, dtype) => Ok(self.float(ast, *x, *dtype, side)),
            TermShape::Word(_) | TermShape::List(_) => Err(SyntaxError::new(term.at, "expected an operand, found an attribute")),
        }
    }

    fn float(&mut self, ast: &mut PatternAst<Node>, x: f64, dtype: Option<DType>, side: Side) -> Id {
        let constant = dtype.map_or(Const::float(x), |dtype| Const::typed_float(dtype, x));
        self.constant(ast, constant, Attr::float(x), side)
    }

    /// A constant to build, or a fresh variable that must have its value, and its dtype if one is written.
    fn constant(&mut self, ast: &mut PatternAst<Node>, constant: Const, value: Attr, side: Side) -> Id {
        if side == Side::Right {
            return ast.add(ENodeOrVar::ENode(Node::Const(constant)));
        }
        let fresh = Var::from_u32(self.literals.len() as u32);
        let equal = |left, right| Condition::Compare(Comparison::Eq, left, Expr::Literal(right));
        let mut condition = equal(Expr::Var(fresh), value);
        if !constant.weak {
            condition = Condition::All(vec![condition, equal(Expr::DType(fresh), Attr::DType(constant.dtype))]);
        }
        self.literals.push(Clause::Holds(condition));
        ast.add(ENodeOrVar::Var(fresh))
    }

    fn call(&mut self, ast: &mut PatternAst<Node>, term: &Term, name: &str, args: &[Term], side: Side) -> Result<Id, SyntaxError> {
        let Some(op) = OpId::named(name) else { return Err(SyntaxError::new(term.at, unknown_op(name))) };
        let params = op.def().params;
        if !op.def().takes(args.len()) {
            return Err(SyntaxError::new(term.at, format!("expected `{}`, found {} arguments", signature(op), args.len())));
        }
        let mut ids = Vec::with_capacity(args.len());
        for (i, arg) in args.iter().enumerate() {
            ids.push(match params[i.min(params.len() - 1)] {
                Param::Optional(_) if matches!(arg.shape, TermShape::Name("none")) => ast.add(ENodeOrVar::ENode(Node::Attr(Attr::None))),
                Param::Value(_) | Param::Optional(_) | Param::Variadic(_) => self.operand(ast, arg, side)?,
                Param::Attr(param, kind) => self.attribute(ast, arg, param, kind, side)?,
            });
        }
        Ok(ast.add(ENodeOrVar::ENode(Node::op(op, ids))))
    }

    fn attribute(&mut self, ast: &mut PatternAst<Node>, term: &Term, param: &str, kind: AttrKind, side: Side) -> Result<Id, SyntaxError> {
        let wrong = |more: &str| SyntaxError::new(term.at, format!("expected {} for `{param}`{more}", kind_name(kind)));
        let attr = match &term.shape {
            TermShape::Name(name) => match attribute_name(name) {
                Some(attr) => attr,
                None => return self.bound(term, name, VarKind::Attr(kind), side).map(|var| ast.add(ENodeOrVar::Var(var))),
            },
            TermShape::Int(i, None) if kind == AttrKind::Float => Attr::float(*i as f64),
            TermShape::Int(i, None) => Attr::Int(*i),
            TermShape::Float(x, None) => Attr::float(*x),
            TermShape::Word(word) => Attr::Str(word.clone()),
            TermShape::List(items) => integers(items, kind).ok_or_else(|| wrong(""))?,
            TermShape::Int(..) | TermShape::Float(..) => return Err(wrong("; an attribute has no dtype")),
            TermShape::Call(..) => return Err(wrong("; compute it with `let` in `where:`")),
        };
        if !attr.fits(kind) {
            return Err(wrong(&format!(", found `{attr}`")));
        }
        Ok(ast.add(ENodeOrVar::ENode(Node::Attr(attr))))
    }

    /// The variable of this name, of this kind; on the right-hand side it must have been seen before.
    fn bound(&mut self, term: &Term, name: &str, kind: VarKind, side: Side) -> Result<Var, SyntaxError> {
        let error = |message: String| Err(SyntaxError::new(term.at, message));
        if name.starts_with(|c: char| !c.is_ascii_lowercase()) {
            return error(format!("expected a metavariable in lower case, found `{name}`"));
        }
        let var = var(name);
        match self.kinds.iter_mut().find(|(known, _)| *known == var) {
            None if side == Side::Right => {
                return error(format!("`{name}` is bound neither on the left-hand side nor by `let`"));
            }
            None => self.kinds.push((var, Some(kind))),
            Some((_, unused @ None)) if kind != VarKind::Operand => *unused = Some(kind),
            Some((_, Some(earlier))) if (*earlier == VarKind::Operand) == (kind == VarKind::Operand) => {}
            Some(_) => {
                let (was, is) = if kind == VarKind::Operand { ("an attribute", "an operand") } else { ("an operand", "an attribute") };
                return error(format!("`{name}` is {was} elsewhere in this rewrite and cannot be {is} here"));
            }
        }
        Ok(var)
    }
}

/// `name(a, b, axis: axes, …)` as a message shows it.
pub(super) fn signature(op: OpId) -> String {
    let def = op.def();
    let params = def.params.iter().map(|p| match p {
        Param::Value(n) => (*n).to_owned(),
        Param::Optional(n) => format!("{n} or none"),
        Param::Variadic(n) => format!("{n}..."),
        Param::Attr(n, kind) => format!("{n}: {}", kind_name(*kind)),
    });
    format!("{}({})", def.name, params.collect::<Vec<_>>().join(", "))
}

fn unknown_op(name: &str) -> String {
    let near = OpId::all().map(|op| op.def().name).min_by_key(|known| edit_distance(known, name));
    match near.filter(|known| edit_distance(known, name) <= 2.max(name.len() / 3)) {
        Some(known) => format!("no op is named `{name}`; is `{known}` meant?"),
        None => format!("no op is named `{name}`"),
    }
}

/// Levenshtein's distance.
pub(crate) fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

fn kind_name(kind: AttrKind) -> &'static str {
    match kind {
        AttrKind::Bool => "true or false",
        AttrKind::Int => "an integer",
        AttrKind::Float => "a number",
        AttrKind::Axes => "none, an axis or a list of axes",
        AttrKind::OptAxis => "none or an axis",
        AttrKind::Ints => "a list of integers",
        AttrKind::Dims => "a list of sizes",
        AttrKind::Str => "a word in quotes",
        AttrKind::DType => "a dtype",
    }
}

/// Names that are attributes where an attribute stands.
fn attribute_name(name: &str) -> Option<Attr> {
    Some(match name {
        "none" => Attr::None,
        "true" => Attr::Bool(true),
        "false" => Attr::Bool(false),
        "open" => Attr::Int(i64::MAX),
        "inf" => Attr::float(f64::INFINITY),
        _ => Attr::DType(DType::from_name(name)?),
    })
}

fn integers(items: &[Term], kind: AttrKind) -> Option<Attr> {
    let integer = |item: &Term| match item.shape {
        TermShape::Int(i, None) => Some(i),
        _ => None,
    };
    let ints: Option<Vec<i64>> = items.iter().map(integer).collect();
    Some(if kind == AttrKind::Dims { Attr::Dims(ints?.into_iter().map(Dim::known).collect()) } else { Attr::Ints(ints?) })
}
