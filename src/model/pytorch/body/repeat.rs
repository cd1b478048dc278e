//! Loops whose rounds are counted when the model runs.

use super::{Block, Body, Id, Line, Node};
use crate::ir::{DType, Repeat};
use crate::model::pytorch::numbers;

impl Body<'_, '_> {
    /// A loop with its rounds' statements: states are variables, what is collected is a list until the end.
    pub(super) fn repeat(&mut self, id: Id, repeat: &Repeat) -> Result<(), String> {
        let plain = |targets: &str, value: String| Line::Assign { targets: targets.to_owned(), value, comment: String::new() };
        let mut before = Vec::new();
        for (leaf, start) in repeat.bound.iter().zip(repeat.start) {
            let (targets, value) = (self.bound_name(*leaf)?, self.tensor(*start)?);
            before.push(Line::Assign { targets, value, comment: self.shape(*leaf) });
        }
        let (mut round, mut after) = (Vec::new(), Vec::new());
        for (i, part) in repeat.collected.iter().enumerate() {
            let result = self.structure.part(self.model, id, repeat.states.len() + i);
            let Some(all) = result.and_then(|result| self.plan.variable(result)).map(str::to_owned) else { continue };
            before.push(plain(&all, "[]".to_owned()));
            round.push(Line::Plain(format!("{all}.append({})", self.tensor(*part)?)));
            let lengths = self.ty(*part).shape().dims().unwrap_or(&[]).to_vec();
            // There is no telling what the lengths would have been, had there been a round.
            let lengths: Vec<String> = lengths.iter().map(|dim| self.length(dim).unwrap_or_else(|_| "0".to_owned())).collect();
            let dtype = numbers::dtype(self.ty(*part).dtype().unwrap_or(DType::F32));
            after.push(plain(&all, format!("collect({all}, [{}], {dtype})", lengths.join(", "))));
            self.helpers.insert("collect");
        }
        let changing = repeat.bound.iter().zip(repeat.states).filter(|(a, b)| a != b);
        let (mut states, mut values) = (Vec::new(), Vec::new());
        for (leaf, value) in changing {
            states.push(self.bound_name(*leaf)?);
            values.push(self.tensor(*value)?);
        }
        let head = self.head(repeat, &mut before, &mut round)?;
        if !states.is_empty() {
            round.push(plain(&states.join(", "), values.join(", ")));
        }
        let mut body = Vec::new();
        if let Some(number) = self.round(repeat)? {
            body.push(plain(&number, format!("torch.tensor({number})")));
        }
        body.extend(self.statements.remove(&Block::Loop { of: id }).unwrap_or_default());
        body.extend(round);
        if let Some(flag) = head.flag {
            body.push(Line::Block { head: format!("if not {flag}"), body: vec![Line::Plain("break".to_owned())] });
        }
        let statements = self.statements.entry(self.structure.blocks.of(id)).or_default();
        statements.extend(before);
        statements.push(Line::Block { head: head.text, body });
        statements.extend(after);
        Ok(())
    }

    /// How the loop begins; what a round must know before it sets the states is added to it.
    fn head(&mut self, repeat: &Repeat, before: &mut Vec<Line>, round: &mut Vec<Line>) -> Result<Head, String> {
        let always = |body: &Self, id: Id| match body.model.program.terms[id] {
            Node::Attr(_) => true,
            Node::Const(c) => c.as_f64() != 0.0,
            _ => false,
        };
        let plain = |targets: &str, value: String| Line::Assign { targets: targets.to_owned(), value, comment: String::new() };
        let ends = !always(self, repeat.goes_on);
        let flag = (ends || !always(self, repeat.condition)).then(|| self.locals.unique("goes_on"));
        let count = match &self.model.program.terms[repeat.count] {
            Node::Attr(_) => None,
            Node::Const(c) if c.as_i64() == Some(i64::MAX) => None,
            Node::Const(c) => Some(c.as_i64().unwrap_or(0).max(0).to_string()),
            _ => Some(match self.structure.uses.length(repeat.count).cloned() {
                Some(dim) => self.length(&dim)?,
                None => format!("int({})", self.tensor(repeat.count)?),
            }),
        };
        if let (Some(flag), true) = (&flag, ends) {
            round.push(plain(flag, self.tensor(repeat.goes_on)?));
        }
        let first = if always(self, repeat.condition) { None } else { Some(self.tensor(repeat.condition)?) };
        let number = self.round(repeat)?;
        let is_while = count.is_none() && number.is_none();
        let counted = number.unwrap_or_else(|| "_".to_owned());
        let text = match (count, &first) {
            (Some(count), None) => format!("for {counted} in range({count})"),
            (Some(count), Some(first)) => format!("for {counted} in range({count} if {first} else 0)"),
            (None, None) if is_while => "while True".to_owned(),
            (None, Some(first)) if is_while => {
                let flag = flag.clone().unwrap_or_default();
                before.push(plain(&flag, first.clone()));
                return Ok(Head { text: format!("while {flag}"), flag: None });
            }
            (None, None) => format!("for {counted} in range(2**63)"),
            (None, Some(first)) => format!("for {counted} in range(2**63 if {first} else 0)"),
        };
        Ok(Head { text, flag: flag.filter(|_| ends) })
    }

    /// The variable with the number of a round, if a round reads it.
    fn round(&self, repeat: &Repeat) -> Result<Option<String>, String> {
        let is_read = self.structure.uses.readers(repeat.round).len() > 1;
        is_read.then(|| self.bound_name(repeat.round)).transpose()
    }

    fn bound_name(&self, leaf: Id) -> Result<String, String> {
        self.bound.get(&leaf).cloned().ok_or_else(|| "what a loop binds has no variable".to_owned())
    }
}

/// The first line of a loop, and the variable that a round sets to whether another follows, if the line does not read it.
struct Head {
    text: String,
    flag: Option<String>,
}
