//! Examples of rules as terms: operands with their types, a term over them, and what it becomes.

use egg::{ENodeOrVar, PatternAst, Var};

use super::term::{Side, Term, Variables};
use crate::ir::token::{Cursor, SyntaxError, TokenKind};
use crate::ir::{DType, Dim, Id, Leaf, Node, Program, ProgramBuilder, Shape, Target, Type};

/// The two terms of an example, as programs over the same leaves.
#[derive(Debug, Clone)]
pub struct StatedTerms {
    /// The term before.
    pub before: Program,
    /// The term after.
    pub after: Program,
}

impl StatedTerms {
    /// Reads `x: f32[n, 3], w: f32[3, 4]`, a line end and a term over these operands, and from another text the term that it becomes.
    ///
    /// # Errors
    /// The first place at which a text is something else, or an op that refuses its operands.
    pub fn read(before: &str, after: &str) -> Result<StatedTerms, SyntaxError> {
        let (declarations, term) =
            before.split_once('\n').ok_or_else(|| SyntaxError::new(0, "expected operands, and a term below them"))?;
        let operands = declared(&mut Cursor::new(declarations)?)?;
        Ok(StatedTerms { before: program(&operands, term)?, after: program(&operands, after)? })
    }
}

fn declared<'s>(cursor: &mut Cursor<'s>) -> Result<Vec<(&'s str, Type)>, SyntaxError> {
    let mut operands = Vec::new();
    loop {
        let name = named(cursor, "the name of an operand")?;
        cursor.expect(":")?;
        let at = cursor.at();
        let dtype = DType::from_name(named(cursor, "a dtype")?).ok_or_else(|| SyntaxError::new(at, "expected a dtype such as `f32`"))?;
        operands.push((name, Type::array(dtype, Shape::Ranked(lengths(cursor)?))));
        if !cursor.take(",") {
            cursor.finish()?;
            return Ok(operands);
        }
    }
}

fn lengths(cursor: &mut Cursor) -> Result<Vec<Dim>, SyntaxError> {
    let mut dims = Vec::new();
    if !cursor.take("[") {
        return Ok(dims);
    }
    while !cursor.take("]") {
        if !dims.is_empty() {
            cursor.expect(",")?;
        }
        dims.push(match cursor.peek() {
            Some(TokenKind::Int(n, None)) => Dim::known(*n),
            Some(TokenKind::Name(name)) => Dim::symbol(*name),
            _ => return Err(cursor.expected("a length")),
        });
        cursor.advance();
    }
    Ok(dims)
}

fn named<'s>(cursor: &mut Cursor<'s>, what: &str) -> Result<&'s str, SyntaxError> {
    match cursor.peek() {
        Some(TokenKind::Name(name)) => {
            let name = *name;
            cursor.advance();
            Ok(name)
        }
        _ => Err(cursor.expected(what)),
    }
}

fn program(operands: &[(&str, Type)], text: &str) -> Result<Program, SyntaxError> {
    let mut cursor = Cursor::new(text)?;
    let term = Term::read(&mut cursor)?;
    cursor.finish()?;
    let mut variables = Variables { kinds: Vec::new(), literals: Vec::new() };
    variables.declare(operands.iter().map(|(name, _)| *name));
    let ast = variables.pattern(&term, Side::Right)?;
    let mut builder = ProgramBuilder::new(Target::Rust);
    let leaves: Vec<(Var, Id)> = operands
        .iter()
        .map(|(name, ty)| (crate::ir::condition::var(name), builder.leaf(Leaf { text: (*name).to_owned(), ty: ty.clone() })))
        .collect();
    let root = built(&mut builder, &ast, &leaves).map_err(|why| SyntaxError::new(term.at, why))?;
    Ok(builder.finish(vec![root]))
}

fn built(builder: &mut ProgramBuilder, ast: &PatternAst<Node>, leaves: &[(Var, Id)]) -> Result<Id, String> {
    let mut ids: Vec<Id> = Vec::new();
    for node in ast.iter() {
        ids.push(match node {
            ENodeOrVar::Var(var) => leaves.iter().find(|(known, _)| known == var).map(|(_, id)| *id).ok_or("an unknown operand")?,
            ENodeOrVar::ENode(node) => {
                let node = egg::Language::map_children(node.clone(), |child| ids[usize::from(child)]);
                builder.add(node).map_err(|error| error.0)?
            }
        });
    }
    ids.last().copied().ok_or_else(|| "expected a term".to_owned())
}
