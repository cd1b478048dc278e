//! A `rewrite` block: lines `LHS => RHS` or `LHS <=> RHS`, each with its `where:`.

use std::ops::Range;

use egg::Var;

use super::Rewrite;
use super::error::{PageError, Place};
use super::term::{Side, Term, TermShape, Variables};
use crate::ir::condition::{Clause, Clauses, Condition};
use crate::ir::token::{Cursor, SyntaxError};

/// Every direction of every rewrite of a block that starts at `start`.
pub(super) fn rewrites(start: &Place, block: &str) -> Result<Vec<Rewrite>, PageError> {
    let mut found = Vec::new();
    for statement in statements(start, block)? {
        let reader = Reader { start, block, text: statement.text.clone() };
        found.extend(reader.rewrites(&statement.conditions)?);
    }
    if found.is_empty() {
        return Err(start.error("expected `LHS => RHS`, found an empty block"));
    }
    Ok(found)
}

/// The bytes of a rewrite and those of its `where:` lines.
struct Statement {
    text: Range<usize>,
    conditions: Vec<Range<usize>>,
}

/// An unindented line starts a rewrite, unless it is a `where:`; an indented one goes on with what is above it.
fn statements(start: &Place, block: &str) -> Result<Vec<Statement>, PageError> {
    let mut found: Vec<Statement> = Vec::new();
    let mut at = 0;
    for line in block.split_inclusive('\n') {
        let begin = at + line.len() - line.trim_start().len();
        at += line.len();
        let text = line.trim();
        let end = begin + text.len();
        match found.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if text.starts_with("where:") => last.conditions.push(begin + "where:".len()..end),
            None if text.starts_with("where:") => {
                return Err(start.after(&block[..begin]).error("expected `LHS => RHS` before `where:`"));
            }
            Some(last) if line.starts_with([' ', '\t']) => last.conditions.last_mut().unwrap_or(&mut last.text).end = end,
            _ => found.push(Statement { text: begin..end, conditions: Vec::new() }),
        }
    }
    Ok(found)
}

/// Reads one statement.
struct Reader<'b, 'p> {
    start: &'b Place<'p>,
    block: &'b str,
    text: Range<usize>,
}

impl Reader<'_, '_> {
    fn rewrites(&self, conditions: &[Range<usize>]) -> Result<Vec<Rewrite>, PageError> {
        let at = |error| self.error(&self.text, error);
        let mut cursor = Cursor::new(&self.block[self.text.clone()]).map_err(at)?;
        let left = Term::read(&mut cursor).map_err(at)?;
        let both = cursor.take("<=>");
        if !both && !cursor.take("=>") {
            return Err(at(cursor.expected("`=>` or `<=>`")));
        }
        let right = Term::read(&mut cursor).map_err(at)?;
        cursor.finish().map_err(at)?;
        let mut found = vec![self.direction(&left, &right, conditions)?];
        if both {
            found.push(self.direction(&right, &left, conditions)?);
        }
        Ok(found)
    }

    fn direction(&self, left: &Term, right: &Term, conditions: &[Range<usize>]) -> Result<Rewrite, PageError> {
        let at = |error| self.error(&self.text, error);
        if !matches!(left.shape, TermShape::Call(..)) {
            return Err(at(SyntaxError::new(left.at, "the left-hand side must be an op, or it would match every term")));
        }
        let mut variables = Variables::default();
        let lhs = variables.pattern(left, Side::Left).map_err(at)?;
        let mut clauses = std::mem::take(&mut variables.literals);
        for range in conditions {
            let parsed = Clauses::parse(&self.block[range.clone()]).map_err(|error| self.error(range, error))?;
            for clause in parsed.0 {
                introduce(&clause, &mut variables).map_err(|message| self.error(range, SyntaxError::new(0, message)))?;
                clauses.push(clause);
            }
        }
        let rhs = variables.pattern(right, Side::Right).map_err(at)?;
        let variables = variables.kinds.into_iter().filter_map(|(var, kind)| Some((var, kind?))).collect();
        Ok(Rewrite { lhs, rhs, conditions: Clauses(clauses), line: self.place(self.text.start).line, variables })
    }

    fn place(&self, at: usize) -> Place<'_> {
        self.start.after(&self.block[..at])
    }

    fn error(&self, part: &Range<usize>, error: SyntaxError) -> PageError {
        self.place(part.start + error.at).error(error.message)
    }
}

/// Checks that a clause asks only about names that are bound, and binds the name of a `let`.
fn introduce(clause: &Clause, variables: &mut Variables) -> Result<(), String> {
    let asked = match clause {
        Clause::Holds(condition) => condition.vars(),
        Clause::Let(_, expr) => Condition::Among(expr.clone(), Vec::new()).vars(),
    };
    if let Some(unbound) = asked.iter().find(|var| !variables.kinds.iter().any(|(known, _)| known == *var)) {
        return Err(format!("`{}` is bound neither on the left-hand side nor by an earlier `let`", name(*unbound)));
    }
    if let Clause::Let(var, _) = clause {
        if variables.kinds.iter().any(|(known, _)| known == var) {
            return Err(format!("`{}` is bound already; `let` needs a new name", name(*var)));
        }
        variables.kinds.push((*var, None));
    }
    Ok(())
}

/// A variable as the page writes it.
pub(super) fn name(var: Var) -> String {
    var.to_string().trim_start_matches('?').to_owned()
}
