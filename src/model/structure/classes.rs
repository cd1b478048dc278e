//! Scopes that compute the same of other weights are of one class.

use std::collections::HashMap;
use std::fmt::Write;

use egg::Language;

use super::{Scope, Structure, is_elementwise, is_reshape, is_section, scope_base};
use crate::ir::{Dim, Id, Node, Type};
use crate::model::Model;

/// Scopes that one struct serves.
#[derive(Debug)]
pub struct Class {
    /// The name of its scope; of several without their numbers.
    pub name: String,
    /// Its scopes; the first stands for all.
    pub scopes: Vec<usize>,
    /// The name of the class in the source, where there is one.
    pub source: Option<String>,
}

/// Puts scopes into classes and notes each one's.
pub(super) fn classify(model: &Model, structure: &mut Structure) {
    let mut by_text: HashMap<String, usize> = HashMap::new();
    for scope in 0..structure.scopes.len() {
        let text = Signature::new(model, structure, scope).text();
        let next = structure.classes.len();
        let class = *by_text.entry(text).or_insert(next);
        if class == next {
            let (name, source) = (structure.scopes[scope].name.clone(), source(model, &structure.scopes[scope]));
            structure.classes.push(Class { name, scopes: Vec::new(), source });
        }
        // What a class is called with a number is one scope of a name of its own.
        if class != next || is_section(&structure.scopes[scope].name) {
            structure.classes[class].name = scope_base(&structure.scopes[scope].name).to_owned();
        }
        structure.classes[class].scopes.push(scope);
        structure.scopes[scope].class = class;
    }
}

/// The class of the source whose instance a scope is: that of the module which the paths of its nodes name.
fn source(model: &Model, scope: &Scope) -> Option<String> {
    scope.nodes.iter().filter_map(|id| model.modules.get(id)).find_map(|path| {
        let parts: Vec<&str> = path.split('/').collect();
        let place = parts.iter().position(|part| *part == scope.name)?;
        model.classes.get(&parts[..=place].join(".")).cloned()
    })
}

/// All of a scope's terms as a text in which what differs between scopes of one class is numbered: values, weights, inputs. Lengths
/// are in it only where code would name them.
struct Signature<'a> {
    model: &'a Model,
    structure: &'a Structure,
    scope: &'a Scope,
    nodes: HashMap<Id, usize>,
    weights: HashMap<Id, usize>,
    inner: HashMap<usize, usize>,
}

impl<'a> Signature<'a> {
    fn new(model: &'a Model, structure: &'a Structure, scope: usize) -> Signature<'a> {
        let nodes = structure.scopes[scope].nodes.iter().enumerate().map(|(i, id)| (*id, i)).collect();
        let inner = HashMap::from([(scope, 0)]);
        Signature { model, structure, scope: &structure.scopes[scope], nodes, weights: HashMap::new(), inner }
    }

    fn ty(&self, id: Id) -> &'a Type {
        &self.model.program.types[usize::from(id)]
    }

    fn text(mut self) -> String {
        let mut text = scope_base(&self.scope.name).to_owned();
        for input in &self.scope.inputs {
            let symbols = self.ty(*input).shape().dims().unwrap_or(&[]).iter().map(|dim| dim.as_symbol().map_or("_", |s| s));
            let _ = write!(text, "\n{:?} {:?}", self.ty(*input).dtype(), symbols.collect::<Vec<_>>());
        }
        for id in &self.scope.nodes {
            text.push('\n');
            self.place(*id, &mut text);
            self.node(*id, &mut text);
        }
        let _ = write!(text, "\n{:?}", self.scope.outputs.iter().map(|id| self.nodes.get(id)).collect::<Vec<_>>());
        text
    }

    /// The scope within this one that a node stands in; at its first node how that is nested and called.
    fn place(&mut self, id: Id, text: &mut String) {
        let Some(at) = self.structure.scope_of(id) else { return };
        if let Some(number) = self.inner.get(&at) {
            let _ = write!(text, "{number}: ");
            return;
        }
        let mut way = vec![at];
        while let Some(parent) = way.last().and_then(|scope| self.structure.scopes[*scope].parent) {
            if self.inner.contains_key(&parent) {
                break;
            }
            way.push(parent);
        }
        for scope in way.into_iter().rev() {
            let number = self.inner.len();
            let parent = self.structure.scopes[scope].parent.and_then(|parent| self.inner.get(&parent));
            let _ = write!(text, "{parent:?}/{} {number}: ", scope_base(&self.structure.scopes[scope].name));
            self.inner.insert(scope, number);
        }
    }

    fn node(&mut self, id: Id, text: &mut String) {
        let Node::Op(op, children) = &self.model.program.terms[id] else { return };
        let ty = self.ty(id);
        let layer = self.structure.layers.of(id).map(|layer| (layer.kind, layer.has_bias));
        let _ = write!(text, "{} {:?} {:?} {layer:?}", op.def().name, ty.dtype(), ty.rank());
        if is_reshape(*op) {
            let _ = write!(text, " {}", ty.shape());
        }
        for child in children {
            let _ = match &self.model.program.terms[*child] {
                Node::Attr(attr) => write!(text, " {attr:?}"),
                Node::Const(c) => write!(text, " {c:?}"),
                _ => self.operand(*child, op.def().name == "resize", text),
            };
            // What runs as one loop depends on it.
            let _ = write!(text, "{}", if is_elementwise(*op) && self.ty(*child).shape().same(ty.shape()) { "=" } else { "" });
        }
    }

    fn operand(&mut self, id: Id, is_resize: bool, text: &mut String) -> std::fmt::Result {
        if let Some(length) = self.structure.uses.length(id) {
            return write!(text, " {length:?}");
        }
        if let Some(input) = self.scope.inputs.iter().position(|input| *input == id) {
            return write!(text, " input {input}");
        }
        if let Some(node) = self.nodes.get(&id) {
            return write!(text, " {node}");
        }
        let next = self.weights.len();
        let weight = *self.weights.entry(id).or_insert(next);
        // Code writes the scales and lengths of an image out.
        if let (true, Some(values)) = (is_resize, self.model.weight(id)) {
            write!(text, " {:?}", values.to_f64())?;
        }
        write!(text, " weight {weight} {:?} {:?}", self.ty(id).dtype(), self.ty(id).rank())
    }
}

/// The nodes, inputs and weights of one scope by those of another of the same class.
pub(super) fn correspondence(model: &Model, one: &Scope, other: &Scope) -> HashMap<Id, Id> {
    let mut pairs: HashMap<Id, Id> = one.inputs.iter().copied().zip(other.inputs.iter().copied()).collect();
    for (a, b) in one.nodes.iter().zip(&other.nodes) {
        pairs.insert(*a, *b);
        for (a, b) in model.program.terms[*a].children().iter().zip(model.program.terms[*b].children()) {
            pairs.entry(*a).or_insert(*b);
        }
    }
    pairs
}

/// Lengths that are not the same in all scopes of a class are not known.
pub(super) fn merged(types: &[&Type]) -> Type {
    let Some((first, rest)) = types.split_first() else { return Type::Unknown };
    if let Type::Tuple(parts) = first {
        let part =
            |i: usize| types.iter().map(|ty| if let Type::Tuple(parts) = ty { parts.get(i) } else { None }).collect::<Option<Vec<_>>>();
        return Type::Tuple((0..parts.len()).map(|i| part(i).map_or(Type::Unknown, |parts| merged(&parts))).collect());
    }
    let Some(dims) = first.shape().dims() else { return (*first).clone() };
    let merge = |(axis, dim): (usize, &Dim)| {
        let same = rest.iter().all(|ty| ty.shape().dims().and_then(|dims| dims.get(axis)).is_some_and(|other| other == dim));
        if same { dim.clone() } else { Dim::Unknown }
    };
    first.with_shape(crate::ir::Shape::Ranked(dims.iter().enumerate().map(merge).collect()))
}
