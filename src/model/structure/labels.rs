//! Names for variables and fields from the names that values and weights have in the file.

use std::collections::HashSet;

use egg::Language;

use super::names::hint;
use super::{Layer, Structure, is_section, operands};
use crate::ir::{Id, Node};
use crate::model::{Input, Model};

/// A name for a value, and what it is the name of.
pub(in crate::model) enum Label {
    /// The module that makes it, or the value itself.
    Module(String),
    /// The operation.
    Op(String),
}

/// What a value is called: as the module that makes it, unless that makes more than this; else as its operation.
pub(in crate::model) fn label(model: &Model, structure: &Structure, id: Id) -> Label {
    let scope = structure.scope_of(id).map(|scope| structure.scopes[scope].name.as_str());
    let named = model.names.get(&id).filter(|name| name.rsplit('/').nth(1).is_none_or(|module| Some(module) != scope));
    // The names in one of several blocks do not fit the others.
    let named = named.filter(|_| !scope.is_some_and(is_section));
    // Nor do names that are numbered through the whole file, in one of several modules.
    let named = named.filter(|name| name.contains('/') || scope.is_none_or(str::is_empty));
    match named.map(|name| hint(name)).filter(|hint| !hint.is_empty()) {
        Some(name) => Label::Module(name),
        None => {
            // One of several results is named after what gives them.
            let op = |id: Id| if let Node::Op(op, _) = model.program.terms[id] { op.def().name } else { "x" };
            let name = op(id);
            Label::Op(if name == "tuple_get" { op(model.program.terms[id].children()[0]).to_owned() } else { name.to_owned() })
        }
    }
}

/// The name of a parameter, the first of its function or another.
pub(in crate::model) fn parameter(model: &Model, structure: &Structure, scope: usize, at: usize) -> String {
    let inputs = &structure.scopes[scope].inputs;
    let id = inputs[at];
    if let Some(input) = model.input(id) {
        return input.name.clone();
    }
    if at == 0 {
        return "x".to_owned();
    }
    let is_added = |node: &Id| {
        let loops = &structure.loops;
        structure.scope_of(*node) == Some(scope) && loops.absorbed(*node).is_some() && loops.operands(model, *node).contains(&id)
    };
    if structure.scopes[scope].nodes.iter().any(is_added) {
        return "residual".to_owned();
    }
    // What is made of one input alone is that to whoever reads it: a mask.
    let made_of = |id: Id| sources(model, id);
    match &made_of(id)[..] {
        [only] if model.inputs.len() > 1 && made_of(inputs[0])[..] != [*only] => return only.name.clone(),
        _ => {}
    }
    match label(model, structure, id) {
        Label::Module(name) | Label::Op(name) => name,
    }
}

/// The model's inputs that a value is made of.
fn sources(model: &Model, id: Id) -> Vec<&Input> {
    let (mut seen, mut stack) = (HashSet::from([id]), vec![id]);
    let mut found: Vec<&Input> = Vec::new();
    while let Some(id) = stack.pop() {
        if let Some(input) = model.input(id) {
            found.push(input);
        }
        stack.extend(model.program.terms[id].children().iter().filter(|child| seen.insert(**child)));
    }
    found
}

/// The last part of a weight's name that says what the weight is to its layer.
const PARTS: &[&str] = &["weight", "weights", "bias", "kernel", "w", "b", "gamma", "beta", "scale"];

/// Ends of names of one part that say the same.
const ENDS: &[&str] = &["_weight", "_weights", "_kernel", "_w_0", "_w", "_W"];

/// Operations that exporters of TensorFlow write behind a layer's name.
const OPERATIONS: &[&str] = &["Conv", "MatMul", "ReadVariableOp", "Einsum", "einsum", "BiasAdd", "Tensordot"];

/// Names for what belongs to one scope.
#[derive(Debug)]
pub(in crate::model) struct Labels<'m> {
    model: &'m Model,
    structure: &'m Structure,
    /// What the names of all weights in the scope begin with.
    common: Vec<&'m str>,
    /// The name of the scope.
    scope: &'m str,
    /// True for a block whose names do not fit those that are like it.
    is_section: bool,
}

impl<'m> Labels<'m> {
    pub fn new(model: &'m Model, structure: &'m Structure, scope: usize) -> Labels<'m> {
        let nodes = structure.scopes[scope].nodes.iter();
        let names = nodes.flat_map(|id| operands(model, *id)).filter_map(|id| speaking(model, id));
        let common = names.reduce(|a, b| a.into_iter().zip(b).take_while(|(x, y)| x == y).map(|(x, _)| x).collect());
        let name = &structure.scopes[scope].name;
        Labels { model, structure, common: common.unwrap_or_default(), scope: name, is_section: is_section(name) }
    }

    /// The name's parts behind those that all have, at least the last one.
    fn own(&self, name: Vec<&'m str>) -> Vec<&'m str> {
        let shared = self.common.len().min(name.len() - 1);
        name[shared..].to_vec()
    }

    /// A name for a weight.
    pub fn weight(&self, id: Id) -> String {
        match speaking(self.model, id) {
            _ if self.is_section => self.parameter(id).unwrap_or_else(|| "constant".to_owned()),
            Some(name) => shortened(&self.own(name)),
            None => self.reader(id).unwrap_or_else(|| "constant".to_owned()),
        }
    }

    /// The name of a layer whose result `result` is.
    pub fn layer(&self, layer: &Layer, result: Id) -> String {
        if self.is_section {
            return format!("{:?}", layer.kind);
        }
        let Some(name) = layer.weights.iter().find_map(|id| speaking(self.model, *id)) else {
            let named =
                [result, layer.op].iter().filter_map(|id| self.model.names.get(id)).map(|name| hint(name)).find(|hint| !hint.is_empty());
            return named.unwrap_or_else(|| format!("{:?}", layer.kind));
        };
        if let Some(module) = self.module(layer, &name) {
            return module;
        }
        let mut own = self.own(name.clone());
        if own.len() == 1 && is_part(own[0]) {
            own = name[name.len().saturating_sub(2)..].to_vec();
        }
        if own.len() > 1 {
            own.pop();
        }
        while own.len() > 1 && own.last().is_some_and(|last| OPERATIONS.iter().any(|operation| last.starts_with(operation))) {
            own.pop();
        }
        if let [only] = own[..] {
            let end = ENDS.iter().find_map(|end| only.strip_suffix(end)).filter(|rest| !rest.is_empty());
            own = vec![end.unwrap_or(only)];
        }
        let kind = format!("{:?}", layer.kind);
        match own[..] {
            [only] if only == self.scope => kind,
            [number] if is_number(number) => format!("{kind}_{number}"),
            _ => shortened(&own),
        }
    }

    /// The module of the source that a layer is, where its weight is called after another module that has it too.
    fn module(&self, layer: &Layer, name: &[&str]) -> Option<String> {
        let path = self.model.modules.get(&layer.op).filter(|_| !self.model.classes.is_empty())?;
        let (own, of) = (path.rsplit(['/', '.']).next()?, name.iter().rev().nth(1)?);
        (own != *of && own != self.scope && !own.is_empty() && !is_number(own)).then(|| own.to_owned())
    }

    /// What a weight is to the first op that reads it.
    fn parameter(&self, id: Id) -> Option<String> {
        let Node::Op(op, children) = &self.model.program.terms[*self.structure.uses.readers(id).first()?] else { return None };
        let param = op.def().params.get(children.iter().position(|child| *child == id)?)?;
        Some(format!("{}_{}", op.def().name, param.name()))
    }

    /// What the first node that reads a weight is called.
    fn reader(&self, id: Id) -> Option<String> {
        let reader = self.structure.uses.readers(id).iter().find(|reader| self.model.names.contains_key(reader))?;
        if let Label::Module(name) = label(self.model, self.structure, *reader) { Some(name) } else { None }
    }
}

/// The parts of a weight's name, if it is more than a number.
fn speaking(model: &Model, id: Id) -> Option<Vec<&str>> {
    let name = &model.weight(id)?.name;
    let parts: Vec<&str> = name.split(['/', '.']).filter(|part| !part.is_empty()).collect();
    let says_nothing =
        name.contains("::") || name.contains("_output_") || name.starts_with("const") || !name.contains(|c: char| c.is_ascii_alphabetic());
    (!parts.is_empty() && !says_nothing).then_some(parts)
}

fn is_number(part: &str) -> bool {
    part.chars().all(|c| c.is_ascii_digit())
}

/// True for `weight`, and for `weight_ih` and the like of recurrent layers.
fn is_part(part: &str) -> bool {
    PARTS.contains(&part) || part.starts_with("weight_") || part.starts_with("bias_")
}

/// Parts of a name as one; a number does not stand first.
fn shortened(parts: &[&str]) -> String {
    let numbers = parts.iter().take_while(|part| is_number(part)).count();
    let turned = [&parts[numbers..], &parts[..numbers]].concat();
    let whole = turned.join("_");
    if whole.len() > 40 { turned[turned.len().saturating_sub(2)..].join("_") } else { whole }
}
