//! The fields of a module as Python: what makes them, the sizes that differ between modules of one class, and the file of their weights.

use std::collections::BTreeMap;

use super::class::Classes;
use super::{layers, numbers};
use crate::ir::Id;
use crate::model::structure::fields::{Content, Fields};
use crate::model::structure::names::{Names, Words};
use crate::model::{Model, Weight};

/// A parameter of `__init__`: its name, and the argument in each scope of the class.
pub(super) type Parameter = (String, Vec<usize>);

/// The sizes of what a class's fields hold: numbers where all of its scopes have the same, parameters of `__init__` where not.
pub(super) struct Sizes<'a, 'm> {
    fields: &'a Fields<'m>,
    names: Names,
    /// The field whose sizes are asked for.
    field: String,
    pub parameters: Vec<Parameter>,
}

impl<'a, 'm> Sizes<'a, 'm> {
    pub fn new(fields: &'a Fields<'m>) -> Sizes<'a, 'm> {
        Sizes {
            fields,
            names: Names::without(Words::Python, &["torch", "nn", "math", "range"]),
            field: String::new(),
            parameters: Vec::new(),
        }
    }

    pub fn model(&self) -> &'m Model {
        self.fields.model
    }

    /// The length of a weight's axis.
    pub fn axis(&mut self, name: &str, weight: Id, axis: usize) -> String {
        self.of(name, weight, &|weight| weight.shape.get(axis).copied().unwrap_or(0))
    }

    /// A number that a weight says.
    pub fn of(&mut self, name: &str, weight: Id, number: &dyn Fn(&Weight) -> usize) -> String {
        let members = self.fields.members().iter();
        let own = members.filter_map(|pairs| self.fields.model.weight(pairs.get(&weight).copied().unwrap_or(weight)));
        self.size(name, own.map(number).collect())
    }

    /// A number, or a parameter: whatever has it already, or a new one.
    fn size(&mut self, name: &str, values: Vec<usize>) -> String {
        if values.iter().all(|value| *value == values[0]) {
            return values.first().map_or("0".to_owned(), usize::to_string);
        }
        if let Some((name, _)) = self.parameters.iter().find(|(_, known)| *known == values) {
            return name.clone();
        }
        let name = if self.names.is_taken(name) { format!("{}_{name}", self.field) } else { name.to_owned() };
        let name = self.names.unique(&name);
        self.parameters.push((name.clone(), values));
        name
    }

    /// The statements that make the fields.
    pub fn made(&mut self, classes: &Classes<'m>) -> Result<Vec<String>, String> {
        let mut lines = Vec::new();
        for (name, content) in self.fields.all() {
            self.field = name.clone();
            lines.push(match content {
                Content::Weight(id) => self.buffer(name, *id),
                Content::Layer(layer) => format!("self.{name} = {}", layers::made(layer, self)?),
                Content::Scope(scope) => format!("self.{name} = {}", self.inner(classes, *scope)),
                Content::Scopes(scopes) => {
                    let each: Vec<String> = scopes.iter().map(|scope| self.inner(classes, *scope)).collect();
                    match each.iter().all(|other| *other == each[0]) {
                        true => format!("self.{name} = nn.ModuleList([{} for _ in range({})])", each[0], each.len()),
                        false => format!("self.{name} = nn.ModuleList([{}])", each.join(", ")),
                    }
                }
            });
        }
        Ok(lines)
    }

    fn buffer(&mut self, name: &str, id: Id) -> String {
        if let Some(weight) = self.fields.literal(id) {
            return format!("self.register_buffer(\"{name}\", {}, persistent=False)", numbers::tensor(weight));
        }
        let Some(weight) = self.fields.model.weight(id) else { return "pass".to_owned() };
        let lengths: Vec<String> = (0..weight.shape.len()).map(|axis| self.axis("length", id, axis)).collect();
        let lengths = if lengths.len() == 1 { lengths[0].clone() } else { format!("({})", lengths.join(", ")) };
        format!("self.register_buffer(\"{name}\", torch.empty({lengths}{}))", numbers::dtype_argument(weight.dtype))
    }

    /// The expression that makes the module of an inner scope.
    fn inner(&mut self, classes: &Classes<'m>, scope: usize) -> String {
        let structure = self.fields.structure;
        let class = classes.of(structure, scope);
        let own = structure.classes[structure.scopes[scope].class].scopes.clone();
        // The inner scopes that stand in the scopes of this class where `scope` stands in the first.
        let outer = structure.scopes[scope].parent.unwrap_or(0);
        let at = structure.scopes[outer].children.iter().position(|child| *child == scope).unwrap_or(0);
        let outers = &structure.classes[structure.scopes[outer].class].scopes;
        let places: Vec<usize> = outers
            .iter()
            .filter_map(|outer| structure.scopes[*outer].children.get(at))
            .filter_map(|inner| own.iter().position(|scope| scope == inner))
            .collect();
        let arguments: Vec<String> = class
            .parameters()
            .iter()
            .map(|(name, values)| self.size(name, places.iter().filter_map(|place| values.get(*place).copied()).collect()))
            .collect();
        format!("{}({})", class.name(), arguments.join(", "))
    }
}

/// Puts the weights of the whole model's module into the file.
pub(super) fn stored(fields: &Fields, classes: &Classes, file: &mut BTreeMap<String, Weight>) -> Result<(), String> {
    let structure = fields.structure;
    let mut failed = None;
    fields.stored(0, "", &|scope| classes.of(structure, scope).fields(), &mut |path, content, weights| match content {
        Content::Layer(layer) => match layers::stored(layer, &weights) {
            Ok(parts) => file.extend(parts.into_iter().map(|(part, weight)| (format!("{path}.{part}"), weight))),
            Err(why) => failed = Some(why),
        },
        _ => file.extend(weights.first().map(|weight| (path, (*weight).clone()))),
    });
    failed.map_or(Ok(()), Err)
}
