//! The `ir` side of a row.

use crate::ir::condition::var;
use crate::ir::token::{Cursor, SyntaxError, TokenKind};
use crate::ir::{Attr, AttrKind, Const, DType, Dim, OpId, Param};

/// A term with variables.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Term {
    /// The variable of this number.
    Var(usize),
    /// A constant; if not `typed`, it takes the dtype of the operands beside it.
    Const {
        value: Const,
        typed: bool,
    },
    Attr(Attr),
    Op(OpId, Vec<Term>),
}

impl Term {
    /// True if the op occurs.
    pub fn contains(&self, op: OpId) -> bool {
        match self {
            Term::Op(own, args) => *own == op || args.iter().any(|arg| arg.contains(op)),
            _ => false,
        }
    }
}

/// A name of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RowVar {
    pub name: String,
    pub var: egg::Var,
    pub role: Role,
}

/// What a name of a row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Operand,
    Variadic,
    Attr(AttrKind),
}

/// Reads the `ir` of a row.
pub(super) fn parse(text: &str) -> Result<(Term, Vec<RowVar>), SyntaxError> {
    let mut cursor = Cursor::new(text)?;
    let ast = infix(&mut cursor, 0)?;
    cursor.finish()?;
    let mut vars = Vec::new();
    let term = resolve(&ast, Role::Operand, &mut vars)?;
    match term {
        Term::Var(_) | Term::Attr(_) => Err(SyntaxError::new(0, "expected an op or a number")),
        term => Ok((term, vars)),
    }
}

/// Reads an attribute literal as it is written in `ir` or in Python.
pub(super) fn attr_literal(text: &str, kind: AttrKind) -> Result<Attr, String> {
    let found = Cursor::new(text).and_then(|mut cursor| {
        let ast = infix(&mut cursor, 0)?;
        cursor.finish()?;
        Ok(ast)
    });
    let ast = found.map_err(|error| error.message)?;
    attr_of(&ast, kind).ok_or_else(|| format!("expected {}, found `{text}`", describe(kind)))
}

/// Reads a number.
pub(super) fn number_literal(text: &str) -> Result<Const, String> {
    let ast = Cursor::new(text).and_then(|mut cursor| infix(&mut cursor, 0)).map_err(|error| error.message)?;
    constant(&ast).map(|(value, _)| value).ok_or_else(|| format!("expected a number, found `{text}`"))
}

#[derive(Debug, Clone)]
struct Ast {
    at: usize,
    kind: AstKind,
}

#[derive(Debug, Clone)]
enum AstKind {
    Name(String),
    Spread(String),
    Int(i64, Option<DType>),
    Float(f64, Option<DType>),
    Str(String),
    List(Vec<Ast>),
    Call(String, Vec<Ast>),
}

const INFIX: [(&str, u8, &str); 19] = [
    ("==", 1, "eq"),
    ("!=", 1, "ne"),
    ("<=", 1, "le"),
    ("<", 1, "lt"),
    (">=", 1, "ge"),
    (">", 1, "gt"),
    ("|", 2, "bit_or"),
    ("^", 3, "bit_xor"),
    ("&", 4, "bit_and"),
    ("<<", 5, "shl"),
    (">>", 5, "shr"),
    ("+", 6, "add"),
    ("-", 6, "sub"),
    ("*", 7, "mul"),
    ("/", 7, "div"),
    ("//", 7, "floor_div"),
    ("%", 7, "rem"),
    ("@", 7, "matmul"),
    ("**", 9, "pow"),
];

fn infix(cursor: &mut Cursor, least: u8) -> Result<Ast, SyntaxError> {
    let mut left = prefix(cursor)?;
    loop {
        let Some(TokenKind::Sign(sign)) = cursor.peek() else { return Ok(left) };
        let Some((_, level, op)) = INFIX.into_iter().find(|(s, level, _)| s == sign && *level >= least) else { return Ok(left) };
        let at = left.at;
        cursor.advance();
        let right = infix(cursor, if op == "pow" { 8 } else { level + 1 })?;
        left = Ast { at, kind: AstKind::Call(op.to_string(), vec![left, right]) };
    }
}

fn prefix(cursor: &mut Cursor) -> Result<Ast, SyntaxError> {
    let at = cursor.at();
    if cursor.take("-") {
        let inner = infix(cursor, 8)?;
        let kind = match inner.kind {
            AstKind::Int(i, dtype) => AstKind::Int(-i, dtype),
            AstKind::Float(x, dtype) => AstKind::Float(-x, dtype),
            AstKind::Name(name) if name == "inf" => AstKind::Float(f64::NEG_INFINITY, None),
            AstKind::Name(name) if name.starts_with("inf_") => AstKind::Float(f64::NEG_INFINITY, DType::from_name(&name[4..])),
            _ => AstKind::Call("neg".to_string(), vec![inner]),
        };
        return Ok(Ast { at, kind });
    }
    if cursor.take("~") {
        return Ok(Ast { at, kind: AstKind::Call("bit_not".to_string(), vec![infix(cursor, 8)?]) });
    }
    atom(cursor)
}

fn atom(cursor: &mut Cursor) -> Result<Ast, SyntaxError> {
    let at = cursor.at();
    let expected = cursor.expected("an op, a name, a number or a literal");
    let kind = match cursor.advance() {
        Some(TokenKind::Sign("(")) => {
            let inner = infix(cursor, 0)?;
            cursor.expect(")")?;
            return Ok(inner);
        }
        Some(TokenKind::Sign("[")) => AstKind::List(list(cursor, "]")?),
        Some(TokenKind::Int(i, dtype)) => AstKind::Int(i, dtype),
        Some(TokenKind::Float(x, dtype)) => AstKind::Float(x, dtype),
        Some(TokenKind::Str(s)) => AstKind::Str(s),
        Some(TokenKind::Name(name)) if cursor.take("(") => AstKind::Call(name.to_string(), list(cursor, ")")?),
        Some(TokenKind::Name(name)) if cursor.take("...") => AstKind::Spread(name.to_string()),
        Some(TokenKind::Name(name)) => AstKind::Name(name.to_string()),
        _ => return Err(expected),
    };
    Ok(Ast { at, kind })
}

fn list(cursor: &mut Cursor, close: &str) -> Result<Vec<Ast>, SyntaxError> {
    let mut items = Vec::new();
    while !cursor.take(close) {
        items.push(infix(cursor, 0)?);
        if !cursor.take(",") {
            cursor.expect(close)?;
            break;
        }
    }
    Ok(items)
}

fn resolve(ast: &Ast, role: Role, vars: &mut Vec<RowVar>) -> Result<Term, SyntaxError> {
    if let Role::Attr(kind) = role {
        return match (attr_of(ast, kind), &ast.kind) {
            (Some(attr), _) => Ok(Term::Attr(attr)),
            (None, AstKind::Name(name)) => variable(name, role, ast.at, vars),
            _ => Err(SyntaxError::new(ast.at, format!("expected a name or {}", describe(kind)))),
        };
    }
    if let Some((value, typed)) = constant(ast) {
        return Ok(Term::Const { value, typed });
    }
    match &ast.kind {
        AstKind::Name(name) => variable(name, role, ast.at, vars),
        AstKind::Spread(name) if role == Role::Variadic => variable(name, role, ast.at, vars),
        AstKind::Call(name, args) => {
            let op = OpId::named(name).ok_or_else(|| SyntaxError::new(ast.at, format!("no op is named `{name}`")))?;
            Ok(Term::Op(op, arguments(name, op, args, ast.at, vars)?))
        }
        _ => Err(SyntaxError::new(ast.at, "expected an operand: a name, a number or an op")),
    }
}

fn arguments(name: &str, op: OpId, args: &[Ast], at: usize, vars: &mut Vec<RowVar>) -> Result<Vec<Term>, SyntaxError> {
    let params = op.def().params;
    let variadic = matches!(params.last(), Some(Param::Variadic(_)));
    if args.len() < params.len() - usize::from(variadic) || (!variadic && args.len() > params.len()) {
        let names: Vec<&str> = params.iter().map(Param::name).collect();
        return Err(SyntaxError::new(at, format!("expected `{name}({})`, found {} arguments", names.join(", "), args.len())));
    }
    let mut terms = Vec::with_capacity(args.len());
    for (i, arg) in args.iter().enumerate() {
        let role = match params[i.min(params.len() - 1)] {
            Param::Value(_) | Param::Optional(_) => Role::Operand,
            Param::Variadic(_) if matches!(arg.kind, AstKind::Spread(_)) => Role::Variadic,
            Param::Variadic(_) => Role::Operand,
            Param::Attr(_, kind) => Role::Attr(kind),
        };
        terms.push(resolve(arg, role, vars)?);
    }
    Ok(terms)
}

fn variable(name: &str, role: Role, at: usize, vars: &mut Vec<RowVar>) -> Result<Term, SyntaxError> {
    if let Some(i) = vars.iter().position(|v| v.name == name) {
        if vars[i].role != role {
            return Err(SyntaxError::new(at, format!("`{name}` is used as two different kinds of parameter")));
        }
        return Ok(Term::Var(i));
    }
    vars.push(RowVar { name: name.to_string(), var: var(name), role });
    Ok(Term::Var(vars.len() - 1))
}

fn constant(ast: &Ast) -> Option<(Const, bool)> {
    match &ast.kind {
        AstKind::Int(i, Some(dtype)) => Some((Const::typed_int(*dtype, *i), true)),
        AstKind::Int(i, None) => Some((Const::int(*i), false)),
        AstKind::Float(x, Some(dtype)) => Some((Const::typed_float(*dtype, *x), true)),
        AstKind::Float(x, None) => Some((Const::float(*x), false)),
        AstKind::Name(name) => match name.as_str() {
            "inf" => Some((Const::float(f64::INFINITY), false)),
            "nan" => Some((Const::float(f64::NAN), false)),
            "true" => Some((Const::bool(true), false)),
            "false" => Some((Const::bool(false), false)),
            _ => typed_special(name).map(|value| (value, true)),
        },
        _ => None,
    }
}

/// `inf_f64`, `nan_f32`
fn typed_special(name: &str) -> Option<Const> {
    let (value, dtype) = name.split_once('_')?;
    let value = [("inf", f64::INFINITY), ("nan", f64::NAN)].into_iter().find(|(word, _)| *word == value)?.1;
    let dtype = DType::from_name(dtype).filter(|dtype| dtype.is_float())?;
    Some(Const::typed_float(dtype, value))
}

fn attr_of(ast: &Ast, kind: AttrKind) -> Option<Attr> {
    let integers = |items: &[Ast]| {
        let integer = |item: &Ast| match item.kind {
            AstKind::Int(i, None) => Some(i),
            _ => None,
        };
        items.iter().map(integer).collect::<Option<Vec<i64>>>()
    };
    let attr = match (&ast.kind, kind) {
        (AstKind::Int(i, None), AttrKind::Float) => Attr::float(*i as f64),
        (AstKind::Int(i, None), AttrKind::Ints) => Attr::Ints(vec![*i]),
        (AstKind::Int(i, None), AttrKind::Dims) => Attr::Dims(vec![Dim::known(*i)]),
        (AstKind::Int(i, None), _) => Attr::Int(*i),
        (AstKind::Float(x, None), _) => Attr::float(*x),
        (AstKind::Str(s), _) => Attr::Str(s.clone()),
        (AstKind::List(items), AttrKind::Dims) => Attr::Dims(integers(items)?.into_iter().map(Dim::known).collect()),
        (AstKind::List(items), _) => Attr::Ints(integers(items)?),
        (AstKind::Name(name), _) => match name.as_str() {
            "none" | "None" => Attr::None,
            "true" | "True" => Attr::Bool(true),
            "false" | "False" => Attr::Bool(false),
            "open" => Attr::Int(i64::MAX),
            "inf" => Attr::float(f64::INFINITY),
            "nan" => Attr::float(f64::NAN),
            _ => Attr::DType(DType::from_name(name)?),
        },
        _ => return None,
    };
    attr.fits(kind).then_some(attr)
}

fn describe(kind: AttrKind) -> &'static str {
    match kind {
        AttrKind::Bool => "`true` or `false`",
        AttrKind::Int => "an integer",
        AttrKind::Float => "a number",
        AttrKind::Axes => "`none`, an integer or a list of integers",
        AttrKind::OptAxis => "`none` or an integer",
        AttrKind::Ints => "a list of integers",
        AttrKind::Dims => "a list of sizes",
        AttrKind::Str => "a string",
        AttrKind::DType => "a dtype such as `f64`",
    }
}
