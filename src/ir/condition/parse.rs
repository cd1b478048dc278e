use egg::Var;

use super::{Arithmetic, Clause, Clauses, Comparison, Condition, Expr, Predicate, dtype_literal, var};
use crate::ir::token::{Cursor, SyntaxError, TokenKind};
use crate::ir::{Attr, Target};

pub(super) fn condition(text: &str) -> Result<Condition, SyntaxError> {
    let mut cursor = Cursor::new(text)?;
    let mut parts = vec![or(&mut cursor)?];
    while cursor.take(",") {
        parts.push(or(&mut cursor)?);
    }
    cursor.finish()?;
    Ok(one_or(parts, Condition::All))
}

pub(super) fn clauses(text: &str) -> Result<Clauses, SyntaxError> {
    let mut cursor = Cursor::new(text)?;
    let mut found = Vec::new();
    while cursor.peek().is_some() {
        found.push(clause(&mut cursor)?);
        if !cursor.take(",") {
            break;
        }
    }
    cursor.finish()?;
    Ok(Clauses(found))
}

pub(super) fn condition_vars(condition: &Condition, found: &mut Vec<Var>) {
    match condition {
        Condition::Is(_, x) => found.push(*x),
        Condition::Last(a, b) | Condition::Same(a, b) => found.extend([*a, *b]),
        Condition::Axis(a, b, e) => {
            found.extend([*a, *b]);
            expr_vars(e, found);
        }
        Condition::Along(a, e) => {
            found.push(*a);
            expr_vars(e, found);
        }
        Condition::Compare(_, a, b) => [a, b].into_iter().for_each(|e| expr_vars(e, found)),
        Condition::Within(a, b, c) => [a, b, c].into_iter().for_each(|e| expr_vars(e, found)),
        Condition::Among(e, items) => {
            expr_vars(e, found);
            items.iter().for_each(|item| expr_vars(item, found));
        }
        Condition::Not(c) => condition_vars(c, found),
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|c| condition_vars(c, found)),
    }
}

fn expr_vars(expr: &Expr, found: &mut Vec<Var>) {
    match expr {
        Expr::Var(x) | Expr::Rank(x) | Expr::DType(x) | Expr::Shape(x) => found.push(*x),
        Expr::Dim(x, index) => {
            found.push(*x);
            expr_vars(index, found);
        }
        Expr::Arithmetic(_, a, b) => {
            expr_vars(a, found);
            expr_vars(b, found);
        }
        Expr::Literal(_) | Expr::Target(_) | Expr::ThisTarget => {}
    }
}

fn clause(cursor: &mut Cursor) -> Result<Clause, SyntaxError> {
    if !cursor.take_name("let") {
        return Ok(Clause::Holds(or(cursor)?));
    }
    let name = cursor.expect_name("a name after `let`")?;
    cursor.expect("=")?;
    Ok(Clause::Let(var(name), expr(cursor)?))
}

fn one_or(mut parts: Vec<Condition>, many: fn(Vec<Condition>) -> Condition) -> Condition {
    match parts.len() {
        1 => parts.remove(0),
        _ => many(parts),
    }
}

fn or(cursor: &mut Cursor) -> Result<Condition, SyntaxError> {
    let mut parts = vec![and(cursor)?];
    while cursor.take_name("or") {
        parts.push(and(cursor)?);
    }
    Ok(one_or(parts, Condition::Any))
}

fn and(cursor: &mut Cursor) -> Result<Condition, SyntaxError> {
    let mut parts = vec![not(cursor)?];
    while cursor.take_name("and") {
        parts.push(not(cursor)?);
    }
    Ok(one_or(parts, Condition::All))
}

fn not(cursor: &mut Cursor) -> Result<Condition, SyntaxError> {
    let mut negations = 0;
    while cursor.take_name("not") {
        negations += 1;
    }
    let inner = atom(cursor)?;
    Ok(if negations % 2 == 1 { Condition::Not(Box::new(inner)) } else { inner })
}

fn atom(cursor: &mut Cursor) -> Result<Condition, SyntaxError> {
    if let (Some(TokenKind::Name(name)), Some(TokenKind::Sign("("))) = (cursor.peek(), cursor.peek_second())
        && let Some(condition) = call(name, cursor)?
    {
        return Ok(condition);
    }
    if matches!(cursor.peek(), Some(TokenKind::Sign("("))) {
        let mut inside = cursor.clone();
        inside.take("(");
        if let Ok(condition) = or(&mut inside)
            && inside.take(")")
            && !continues_expression(&inside)
        {
            *cursor = inside;
            return Ok(condition);
        }
    }
    comparison(cursor)
}

/// After a closed parenthesis: it was an operand, not a condition.
fn continues_expression(cursor: &Cursor) -> bool {
    matches!(cursor.peek(), Some(TokenKind::Sign("+" | "-" | "*" | "==" | "!=" | "<" | "<=" | ">" | ">=")))
        || matches!(cursor.peek(), Some(TokenKind::Name("in")))
}

/// A predicate of this name; `None` if it is an expression such as `rank(a)`.
fn call(name: &str, cursor: &mut Cursor) -> Result<Option<Condition>, SyntaxError> {
    let predicate = match name {
        "float" => Predicate::Float,
        "int" => Predicate::Int,
        "bool" => Predicate::Bool,
        "signed" => Predicate::Signed,
        "numeric" => Predicate::Numeric,
        "weak" => Predicate::Weak,
        "wraps" => Predicate::Wraps,
        "scalar" => Predicate::Scalar,
        "square" => Predicate::Square,
        "tuple" => Predicate::Tuple,
        "const" => Predicate::Const,
        "nonneg" => Predicate::NonNegative,
        "positive" => Predicate::Positive,
        "finite" => Predicate::Finite,
        "last" | "same" | "axis" | "along" => return binary_call(name, cursor).map(Some),
        "rank" | "dtype" | "shape" | "dim" => return Ok(None),
        _ => {
            let known = "float int bool signed numeric weak wraps scalar square tuple const nonneg positive finite last axis along same rank dtype shape dim";
            return Err(cursor.expected(&format!("one of the predicates {known}")));
        }
    };
    cursor.advance();
    cursor.expect("(")?;
    let x = name_of(cursor)?;
    cursor.expect(")")?;
    Ok(Some(Condition::Is(predicate, x)))
}

fn binary_call(name: &str, cursor: &mut Cursor) -> Result<Condition, SyntaxError> {
    cursor.advance();
    cursor.expect("(")?;
    let a = name_of(cursor)?;
    cursor.expect(",")?;
    if name == "along" {
        let axis = expr(cursor)?;
        cursor.expect(")")?;
        return Ok(Condition::Along(a, axis));
    }
    let b = name_of(cursor)?;
    let condition = match name {
        "last" => Condition::Last(a, b),
        "same" => Condition::Same(a, b),
        _ => {
            cursor.expect(",")?;
            Condition::Axis(a, b, expr(cursor)?)
        }
    };
    cursor.expect(")")?;
    Ok(condition)
}

fn comparison(cursor: &mut Cursor) -> Result<Condition, SyntaxError> {
    let left = expr(cursor)?;
    if cursor.take_name("in") {
        return membership(left, cursor);
    }
    let table = [
        ("==", Comparison::Eq),
        ("!=", Comparison::Ne),
        ("<=", Comparison::Le),
        ("<", Comparison::Lt),
        (">=", Comparison::Ge),
        (">", Comparison::Gt),
    ];
    let Some((_, order)) = table.into_iter().find(|(sign, _)| cursor.take(sign)) else {
        return Err(cursor.expected("a comparison (`==`, `!=`, `<`, `<=`, `>`, `>=`, `in`)"));
    };
    Ok(Condition::Compare(order, left, expr(cursor)?))
}

fn membership(left: Expr, cursor: &mut Cursor) -> Result<Condition, SyntaxError> {
    if cursor.take("[") {
        let mut items = Vec::new();
        while !cursor.take("]") {
            items.push(expr(cursor)?);
            if !cursor.take(",") {
                cursor.expect("]")?;
                break;
            }
        }
        return Ok(Condition::Among(left, items));
    }
    let low = expr(cursor)?;
    cursor.expect("..=")?;
    Ok(Condition::Within(left, low, expr(cursor)?))
}

fn expr(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    let mut left = product(cursor)?;
    loop {
        let op = match cursor.peek() {
            Some(TokenKind::Sign("+")) => Arithmetic::Add,
            Some(TokenKind::Sign("-")) => Arithmetic::Sub,
            _ => return Ok(left),
        };
        cursor.advance();
        left = Expr::Arithmetic(op, Box::new(left), Box::new(product(cursor)?));
    }
}

fn product(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    let mut left = operand(cursor)?;
    loop {
        let op = match cursor.peek() {
            Some(TokenKind::Sign("*")) => Arithmetic::Mul,
            Some(TokenKind::Sign("/")) => Arithmetic::Div,
            _ => return Ok(left),
        };
        cursor.advance();
        left = Expr::Arithmetic(op, Box::new(left), Box::new(operand(cursor)?));
    }
}

fn operand(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    if cursor.take("-") {
        return Ok(match operand(cursor)? {
            Expr::Literal(Attr::Int(i)) => Expr::Literal(Attr::Int(-i)),
            Expr::Literal(Attr::Float(bits)) => Expr::Literal(Attr::float(-f64::from_bits(bits))),
            other => Expr::Arithmetic(Arithmetic::Sub, Box::new(Expr::Literal(Attr::Int(0))), Box::new(other)),
        });
    }
    if cursor.take("(") {
        let inner = expr(cursor)?;
        cursor.expect(")")?;
        return Ok(inner);
    }
    if cursor.take("[") {
        return integers(cursor);
    }
    let literal = match cursor.peek() {
        Some(TokenKind::Int(i, _)) => Attr::Int(*i),
        Some(TokenKind::Float(x, _)) => Attr::float(*x),
        Some(TokenKind::Str(s)) => Attr::Str(s.clone()),
        _ => return named(cursor),
    };
    cursor.advance();
    Ok(Expr::Literal(literal))
}

fn integers(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    let mut items = Vec::new();
    while !cursor.take("]") {
        match operand(cursor)? {
            Expr::Literal(Attr::Int(i)) => items.push(i),
            _ => return Err(cursor.expected("an integer in a list")),
        }
        if !cursor.take(",") {
            cursor.expect("]")?;
            break;
        }
    }
    Ok(Expr::Literal(Attr::Ints(items)))
}

fn named(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    let name = cursor.expect_name("a value")?;
    if cursor.take("(") {
        let found = match name {
            "rank" => Expr::Rank(name_of(cursor)?),
            "dtype" => Expr::DType(name_of(cursor)?),
            "shape" => Expr::Shape(name_of(cursor)?),
            "dim" => {
                let x = name_of(cursor)?;
                cursor.expect(",")?;
                Expr::Dim(x, Box::new(expr(cursor)?))
            }
            _ => return Err(cursor.expected(&format!("one of rank, dtype, shape, dim and not `{name}`"))),
        };
        cursor.expect(")")?;
        return Ok(found);
    }
    Ok(match name {
        "none" => Expr::Literal(Attr::None),
        "true" => Expr::Literal(Attr::Bool(true)),
        "false" => Expr::Literal(Attr::Bool(false)),
        "open" => Expr::Literal(Attr::Int(i64::MAX)),
        "inf" => Expr::Literal(Attr::float(f64::INFINITY)),
        "nan" => Expr::Literal(Attr::float(f64::NAN)),
        "target" => Expr::ThisTarget,
        _ => {
            let target = Target::ALL.into_iter().find(|target| target.name() == name).map(Expr::Target);
            target.or_else(|| dtype_literal(name)).unwrap_or_else(|| Expr::Var(var(name)))
        }
    })
}

fn name_of(cursor: &mut Cursor) -> Result<Var, SyntaxError> {
    cursor.expect_name("the name of an operand or attribute").map(var)
}
