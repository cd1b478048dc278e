//! The fields of a class: weights, layers, inner scopes; and whose weights they hold in each scope of the class.

use std::collections::HashMap;

use super::labels::Labels;
use super::names::Names;
use super::{Layer, SMALL, Structure, is_section, scope_base};
use crate::ir::Id;
use crate::model::{Model, Weight};

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::model) enum Content {
    Weight(Id),
    Layer(Layer),
    /// The object of a scope.
    Scope(usize),
    /// The objects of a chain of scopes.
    Scopes(Vec<usize>),
}

/// The fields that the functions of one class read, in the order in which they do.
#[derive(Debug)]
pub(in crate::model) struct Fields<'m> {
    pub model: &'m Model,
    pub structure: &'m Structure,
    labels: Labels<'m>,
    names: Names,
    fields: Vec<(String, Content)>,
    /// For each scope of the class its nodes and weights by those of the first.
    members: Vec<HashMap<Id, Id>>,
}

/// What a class's fields hold in one of its scopes: where, what, and the weights of it.
pub(in crate::model) type Put<'a, 'm> = dyn FnMut(String, &Content, Vec<&'m Weight>) + 'a;

impl<'m> Fields<'m> {
    /// `names` are those that a field may have.
    pub fn new(model: &'m Model, structure: &'m Structure, class: usize, names: Names) -> Fields<'m> {
        let labels = Labels::new(model, structure, structure.classes[class].scopes[0]);
        let members = structure.correspondences(model, class);
        Fields { model, structure, labels, names, fields: Vec::new(), members }
    }

    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The fields with their names.
    pub fn all(&self) -> &[(String, Content)] {
        &self.fields
    }

    /// The scopes' nodes and weights by those of the first.
    pub fn members(&self) -> &[HashMap<Id, Id>] {
        &self.members
    }

    /// The field of a weight.
    pub fn weight(&mut self, id: Id) -> String {
        let label = self.labels.weight(id);
        self.field(Content::Weight(id), &label)
    }

    /// The field of a layer, of which `result` is the result; layers of the same weights and attributes have one.
    pub fn layer(&mut self, layer: &Layer, result: Id) -> String {
        let same = |content: &Content| match content {
            Content::Layer(other) => {
                (other.kind, &other.weights) == (layer.kind, &layer.weights)
                    && other.operands(self.model).iter().zip(layer.operands(self.model)).skip(1).all(|(a, b)| a == b)
            }
            _ => false,
        };
        if let Some((name, _)) = self.fields.iter().find(|(_, content)| same(content)) {
            return name.clone();
        }
        let label = self.labels.layer(layer, result);
        self.field(Content::Layer(layer.clone()), &label)
    }

    /// The field of an inner scope, whose class is `ty`: named as the scope, or as the class if that is no name.
    pub fn scope(&mut self, scope: usize, ty: &str) -> String {
        let name = &self.structure.scopes[scope].name;
        if is_section(name) {
            return self.field(Content::Scope(scope), scope_base(name));
        }
        let is_name = self.names.is_name(name) || name.contains(|c: char| !c.is_ascii_alphanumeric());
        self.field(Content::Scope(scope), if is_name { name } else { ty })
    }

    /// The field of a chain of inner scopes.
    pub fn scopes(&mut self, scopes: &[usize]) -> String {
        let name = &self.structure.scopes[scopes[0]].name;
        let several = if is_section(name) { format!("{}s", scope_base(name)) } else { scope_base(name).to_owned() };
        self.field(Content::Scopes(scopes.to_vec()), &several)
    }

    fn field(&mut self, content: Content, label: &str) -> String {
        if let Some((name, _)) = self.fields.iter().find(|(_, other)| *other == content) {
            return name.clone();
        }
        let name = self.names.unique(label);
        self.fields.push((name.clone(), content));
        name
    }

    /// A small weight that is the same in all scopes of the class, so that code can write it out.
    pub fn literal(&self, id: Id) -> Option<&'m Weight> {
        let weight = self.model.weight(id).filter(|weight| weight.len() <= SMALL)?;
        let same = |pairs: &HashMap<Id, Id>| {
            let own = self.model.weight(pairs.get(&id).copied().unwrap_or(id));
            own.is_some_and(|own| own.shape == weight.shape && own.bytes == weight.bytes)
        };
        self.members.iter().all(same).then_some(weight)
    }

    /// Gives `put` all layers, and weights that are no literals, of one scope of the class, and of those within it, under names that begin with `at`. `fields`
    /// gives the fields of a scope.
    pub fn stored<'f>(&'f self, scope: usize, at: &str, fields: &dyn Fn(usize) -> &'f Fields<'m>, put: &mut Put<'_, 'm>) {
        let own = self.structure.classes[self.structure.scopes[scope].class].scopes.iter().position(|other| *other == scope);
        let Some(pairs) = own.and_then(|own| self.members.get(own)) else { return };
        let corresponding = |id: &Id| self.model.weight(pairs.get(id).copied().unwrap_or(*id));
        // Scopes of one class have the same scopes in the same order.
        let inner = |first: usize| {
            let (a, b) = (
                &self.structure.scopes[self.structure.classes[self.structure.scopes[scope].class].scopes[0]],
                &self.structure.scopes[scope],
            );
            a.children.iter().position(|child| *child == first).and_then(|i| b.children.get(i).copied())
        };
        for (name, content) in &self.fields {
            let path = format!("{at}{name}");
            match content {
                Content::Weight(id) if self.literal(*id).is_some() => {}
                Content::Weight(id) => put(path, content, corresponding(id).into_iter().collect()),
                Content::Layer(layer) => put(path, content, layer.weights.iter().filter_map(corresponding).collect()),
                Content::Scope(first) => {
                    if let Some(inner) = inner(*first) {
                        fields(inner).stored(inner, &format!("{path}."), fields, put);
                    }
                }
                Content::Scopes(scopes) => {
                    for (i, inner) in scopes.iter().enumerate().filter_map(|(i, first)| Some((i, inner(*first)?))) {
                        fields(inner).stored(inner, &format!("{path}.{i}."), fields, put);
                    }
                }
            }
        }
    }
}
