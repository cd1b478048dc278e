//! Branches, and calls of inner scopes.

use super::{Block, Body, Id, Line, Symbol};
use crate::ir::Dim;
use crate::model::structure::names::singular;
use crate::model::structure::scope_base;

impl Body<'_, '_> {
    /// `if` and `else` with the statements that only one of them needs.
    pub(super) fn condition(&mut self, id: Id, targets: &[String]) -> Result<(), String> {
        let [condition, then, other] = self.children(id)[..] else { return Err("it has no two branches".to_owned()) };
        let head = format!("if {}", self.tensor(condition)?);
        let (yes, no) = (self.branch(id, false, then, targets)?, self.branch(id, true, other, targets)?);
        let lines = [Line::Block { head, body: yes }, Line::Block { head: "else".to_owned(), body: no }];
        self.statements.entry(self.structure.blocks.of(id)).or_default().extend(lines);
        Ok(())
    }

    fn branch(&mut self, id: Id, otherwise: bool, results: Id, targets: &[String]) -> Result<Vec<Line>, String> {
        let mut lines = self.statements.remove(&Block::Branch { of: id, otherwise }).unwrap_or_default();
        let mut values = Vec::new();
        for result in self.children(results) {
            values.push(self.tensor(*result)?);
        }
        let given = values.join(", ");
        let targets = targets.join(", ");
        if let Some(Line::Assign { targets: last, .. }) = lines.last_mut()
            && *last == given
            && values.len() == 1
        {
            *last = targets;
        } else if given != targets {
            lines.push(Line::Assign { targets, value: given, comment: String::new() });
        }
        Ok(lines)
    }

    /// A call of an inner scope's function.
    pub(super) fn inner(&mut self, scope: usize) -> Result<(), String> {
        let inner = &self.structure.scopes[scope];
        let arguments = self.arguments(scope, None)?;
        let called = self.classes.of(self.structure, scope);
        let value = if called.is_function() {
            format!("{}({})", called.name(), arguments.join(", "))
        } else {
            format!("self.{}({})", self.fields.scope(scope, called.name()), arguments.join(", "))
        };
        let comment = inner.outputs.iter().map(|output| self.shape(*output)).collect::<Vec<_>>().join(", ");
        let targets = inner.outputs.iter().map(|output| self.variable(Some(*output))).collect::<Vec<_>>().join(", ");
        self.statements.entry(Block::Whole).or_default().push(Line::Assign { targets, value, comment });
        Ok(())
    }

    /// What an inner scope's function is given; a variable in place of the value that a chain carries.
    fn arguments(&mut self, scope: usize, carried: Option<(usize, &str)>) -> Result<Vec<String>, String> {
        let inner = &self.structure.scopes[scope];
        let mut arguments = Vec::new();
        for (i, input) in inner.inputs.iter().enumerate() {
            arguments.push(match carried {
                Some((at, variable)) if at == i => variable.to_owned(),
                _ => self.tensor(*input)?,
            });
        }
        let lengths: Vec<Symbol> = self.classes.of(self.structure, scope).lengths().to_vec();
        for symbol in lengths {
            arguments.push(self.length(&Dim::symbol(symbol))?);
        }
        Ok(arguments)
    }

    /// A loop over scopes each of which takes the result of the one before.
    pub(super) fn chain(&mut self, scopes: &[usize], carried: usize) -> Result<(), String> {
        let (first, last) = (&self.structure.scopes[scopes[0]], &self.structure.scopes[scopes[scopes.len() - 1]]);
        let (input, output) = (first.inputs[carried], last.outputs[0]);
        let variable = self.plan.variable(output).map(str::to_owned).ok_or("its result has no variable")?;
        let before = self.tensor(input)?;
        let arguments = self.arguments(scopes[0], Some((carried, &variable)))?.join(", ");
        let called = self.classes.of(self.structure, scopes[0]);
        let (head, value) = if called.is_function() {
            (format!("for _ in range({})", scopes.len()), format!("{}({arguments})", called.name()))
        } else {
            let field = self.fields.scopes(scopes);
            let each = self.locals.unique(singular(scope_base(&first.name)));
            (format!("for {each} in self.{field}"), format!("{each}({arguments})"))
        };
        let comment = self.shape(output);
        let statements = self.statements.entry(Block::Whole).or_default();
        if before != variable {
            statements.push(Line::Assign { targets: variable.clone(), value: before, comment: String::new() });
        }
        statements.push(Line::Block { head, body: vec![Line::Assign { targets: variable, value, comment }] });
        Ok(())
    }
}
