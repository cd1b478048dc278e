//! Which variable each value has.

use std::collections::{HashMap, HashSet};

use super::labels::{Label, label};
use super::names::{Names, hint};
use super::{Block, Item, Scope, Structure, operands, scope_base};
use crate::ir::{DType, Id, Node, Repeat, Type};
use crate::model::Model;

/// In a function of more statements a variable also goes from one value to the next where several end, so that their memory is freed.
const LONG: usize = 30;

/// A parameter with a name of more letters does not leave it to what is made of it in several statements.
const SHORT: usize = 8;

/// Names for a variable that holds one value after another.
const CHANGING: [&str; 6] = ["x", "y", "z", "h", "u", "v"];

/// The variables of a function, each of which holds one value or several in turn.
#[derive(Debug, Default)]
pub(in crate::model) struct Plan {
    names: HashMap<Id, String>,
    /// Values that a variable is given that exists already.
    again: HashSet<Id>,
    /// Values whose variable is given others later.
    changing: HashSet<Id>,
}

/// A variable with the values that it holds in turn.
struct Variable {
    values: Vec<Id>,
    /// The parameter that nothing reads any more, whose name it takes.
    shadows: Option<String>,
}

/// A statement as it reads values and gives others.
struct Step {
    reads: Vec<Id>,
    gives: Vec<Id>,
    block: Block,
    /// True if what it gives has variables of its own, which it uses throughout.
    is_loop: bool,
}

struct Planner<'a> {
    model: &'a Model,
    structure: &'a Structure,
    scope: usize,
    steps: Vec<Step>,
    /// The step in which each node is computed.
    step_of: HashMap<Id, usize>,
    variables: Vec<Variable>,
    variable_of: HashMap<Id, usize>,
    /// What the values that scopes give are called.
    called: HashMap<Id, String>,
    /// The nodes that are computed in each statement of the scope.
    hosted: HashMap<Id, Vec<Id>>,
}

impl Plan {
    /// Variables for all that a scope's statements give. A variable takes over from one of the same element type that nothing reads
    /// after the statement.
    pub fn new(model: &Model, structure: &Structure, scope: usize, parameters: &HashMap<Id, String>, locals: &mut Names) -> Plan {
        let (steps, variables, step_of, variable_of, called) = Default::default();
        let mut hosted: HashMap<Id, Vec<Id>> = HashMap::new();
        for id in structure.scopes[scope].nodes.iter().filter(|id| structure.scope_of(**id) == Some(scope)) {
            hosted.entry(structure.loops.host(*id)).or_default().push(*id);
        }
        let mut planner = Planner { model, structure, scope, steps, step_of, variables, variable_of, called, hosted };
        structure.scopes[scope].items.iter().for_each(|item| planner.step(item));
        planner.assign(parameters);
        planner.plan(locals)
    }

    /// The variable of a value that a statement gives.
    pub fn variable(&self, id: Id) -> Option<&str> {
        self.names.get(&id).map(String::as_str)
    }

    /// Variables for what a scope's loops bind. A state has that of what it is after the last round.
    pub fn bound(&self, model: &Model, structure: &Structure, scope: usize, locals: &mut Names) -> HashMap<Id, String> {
        let mut names = HashMap::new();
        for id in structure.scopes[scope].nodes.iter().filter(|id| structure.scope_of(**id) == Some(scope)) {
            let Some(repeat) = Repeat::of(&model.program, *id) else { continue };
            for (i, leaf) in repeat.bound.iter().enumerate() {
                let result = structure.part(model, *id, i).and_then(|part| self.names.get(&part)).cloned();
                names.insert(*leaf, result.unwrap_or_else(|| locals.unique(&bound_name(model, *leaf, "state"))));
            }
            names.insert(repeat.round, locals.unique(&bound_name(model, repeat.round, "round")));
        }
        names
    }

    pub fn is_again(&self, id: Id) -> bool {
        self.again.contains(&id)
    }

    pub fn changes(&self, id: Id) -> bool {
        self.changing.contains(&id)
    }
}

impl Planner<'_> {
    fn dtype(&self, id: Id) -> Option<DType> {
        self.model.program.types[usize::from(id)].dtype()
    }

    fn step(&mut self, item: &Item) {
        let number = self.steps.len();
        let step = match item {
            Item::Node(host) => self.node(*host, number),
            Item::Scope(scope) => {
                let scope = &self.structure.scopes[*scope];
                self.step_of.extend(scope.nodes.iter().map(|id| (*id, number)));
                if let [only] = scope.outputs[..] {
                    self.called.insert(only, called(self.structure, scope));
                }
                Step { reads: scope.inputs.clone(), gives: scope.outputs.clone(), block: Block::Whole, is_loop: false }
            }
            Item::Chain { scopes, carried } => {
                let nodes = scopes.iter().flat_map(|scope| &self.structure.scopes[*scope].nodes);
                self.step_of.extend(nodes.map(|id| (*id, number)));
                let first = &self.structure.scopes[scopes[0]];
                let gives = scopes.last().map_or(Vec::new(), |last| self.structure.scopes[*last].outputs.clone());
                Step { reads: first.inputs.get(*carried).copied().into_iter().collect(), gives, block: Block::Whole, is_loop: false }
            }
        };
        self.steps.push(step);
    }

    fn node(&mut self, host: Id, number: usize) -> Step {
        let nodes = self.hosted.remove(&host).unwrap_or_default();
        self.step_of.extend(nodes.iter().map(|id| (*id, number)));
        let outside = |id: &Id| !nodes.contains(id);
        let reads = nodes.iter().flat_map(|id| operands(self.model, *id)).filter(outside).collect();
        let gives = match self.model.program.types[usize::from(host)] {
            Type::Tuple(_) => {
                let mut parts: Vec<Id> = Vec::new();
                self.structure.uses.readers(host).iter().for_each(|part| {
                    if !parts.contains(part) {
                        parts.push(*part)
                    }
                });
                parts
            }
            _ => vec![host],
        };
        let is_loop = matches!(self.model.program.terms[host], Node::Op(op, _) if op.def().name == "loop");
        Step { reads, gives, block: self.structure.blocks.of(host), is_loop }
    }

    /// The last step of a value's own block that reads it; `None` if its block's result does.
    fn last_step(&self, id: Id) -> Option<usize> {
        if self.structure.scopes[self.scope].outputs.contains(&id) {
            return None;
        }
        let block = self.structure.blocks.of(id);
        let mut last = 0;
        for reader in self.structure.uses.readers(id) {
            let reader = self.structure.blocks.within(*reader, block);
            // A parameter may have readers elsewhere.
            if self.structure.scope_of(reader).is_some_and(|at| self.structure.is_within(at, self.scope)) {
                last = last.max(*self.step_of.get(&reader)?);
            }
        }
        Some(last)
    }

    /// The first step that reads a value.
    fn first_step(&self, id: Id) -> Option<usize> {
        self.structure.uses.readers(id).iter().filter_map(|reader| self.step_of.get(reader)).min().copied()
    }

    fn assign(&mut self, parameters: &HashMap<Id, String>) {
        let mut shadowed: HashSet<String> = HashSet::new();
        for number in 0..self.steps.len() {
            let step = &self.steps[number];
            let dies = |read: &Id| self.last_step(*read) == Some(number);
            if let ([given], false) = (&step.gives[..], step.is_loop) {
                let given = *given;
                let fits =
                    |read: &&Id| self.structure.blocks.of(**read) == step.block && self.dtype(**read) == self.dtype(given) && dies(read);
                let ending: Vec<usize> = step.reads.iter().filter(fits).filter_map(|read| self.variable_of.get(read)).copied().collect();
                let is_joined = ending.iter().any(|variable| *variable != ending[0]) && self.steps.len() <= LONG;
                if let Some(variable) = ending.first().copied().filter(|_| !is_joined && !self.is_tail(number, given)) {
                    self.variables[variable].values.push(given);
                    self.variable_of.insert(given, variable);
                    continue;
                }
                let shadows = step.reads.first().filter(|read| fits(read) && self.first_step(**read) == Some(number));
                let shadows =
                    shadows.and_then(|read| parameters.get(read)).filter(|name| step.block == Block::Whole && !shadowed.contains(*name));
                let shadows = shadows.cloned();
                shadowed.extend(shadows.clone());
                self.variable_of.insert(given, self.variables.len());
                self.variables.push(Variable { values: vec![given], shadows });
                continue;
            }
            for given in self.steps[number].gives.clone() {
                self.variable_of.insert(given, self.variables.len());
                self.variables.push(Variable { values: vec![given], shadows: None });
            }
        }
    }

    fn label(&self, id: Id) -> Label {
        if let Some(name) = loop_result(self.model, id) {
            return Label::Op(name);
        }
        self.called.get(&id).map_or_else(|| label(self.model, self.structure, id), |name| Label::Module(name.clone()))
    }

    /// True for the only result of the function, or of a branch, which ends with it.
    fn is_tail(&self, number: usize, given: Id) -> bool {
        let ends_branch = |reader: Id| {
            let Node::Op(op, children) = &self.model.program.terms[reader] else { return false };
            op.def().name == "tuple" && children.len() == 1 && self.structure.blocks.of(given) != Block::Whole
        };
        match self.structure.uses.readers(given) {
            _ if number + 1 == self.steps.len() => self.structure.scopes[self.scope].outputs[..] == [given],
            [reader] => ends_branch(*reader),
            _ => false,
        }
    }

    /// The name of a variable of the source, if those values of a variable that the source has a name for have this one.
    fn called_alike(&self, variable: &Variable) -> Option<String> {
        if self.model.classes.is_empty() {
            return None;
        }
        let mut names = variable.values.iter().filter_map(|value| match self.label(*value) {
            Label::Module(name) => Some(name),
            Label::Op(_) => None,
        });
        let first = names.next()?;
        names.all(|name| name == first).then_some(first)
    }

    fn plan(self, locals: &mut Names) -> Plan {
        let mut plan = Plan::default();
        for variable in &self.variables {
            let first = variable.values[0];
            // What several modules make in turn has the name of none.
            let several = variable.values[1..].iter().any(|value| matches!(self.label(*value), Label::Module(_)));
            let name = match (&variable.shadows, self.label(first), &variable.values[..]) {
                // What the source calls all of them.
                (_, _, [_, _, ..]) if self.called_alike(variable).is_some() => {
                    locals.unique(&self.called_alike(variable).unwrap_or_default())
                }
                (Some(name), _, values) if values.len() == 1 || name.len() <= SHORT => name.clone(),
                (None, Label::Op(name), [_]) => locals.unique(&name),
                (None, Label::Module(name), _) if !several => locals.unique(&name),
                _ => {
                    let free = CHANGING.iter().find(|name| !locals.is_taken(name)).copied();
                    locals.unique(free.unwrap_or("x"))
                }
            };
            plan.again.extend(&variable.values[1..]);
            if variable.values.len() > 1 {
                plan.changing.insert(first);
            }
            plan.names.extend(variable.values.iter().map(|value| (*value, name.clone())));
        }
        plan
    }
}

/// What a loop's result is called: as the file has it, unless that is only named after the loop; else as the state that it is, or as what each
/// round gives.
fn loop_result(model: &Model, id: Id) -> Option<String> {
    let Node::Op(op, children) = &model.program.terms[id] else { return None };
    let (&[whole, index], "tuple_get") = (&children[..], op.def().name) else { return None };
    let (repeat, Node::Attr(index)) = (Repeat::of(&model.program, whole)?, &model.program.terms[index]) else { return None };
    let index = usize::try_from(index.as_int()?).ok()?;
    let own = model.names.get(&id).map(|name| hint(name)).filter(|name| !name.is_empty() && !name.starts_with("loop"));
    let part = index.checked_sub(repeat.bound.len()).and_then(|i| repeat.collected.get(i));
    Some(own.unwrap_or_else(|| match repeat.bound.get(index).or(part) {
        Some(inner) => bound_name(model, *inner, "state"),
        None => "state".to_owned(),
    }))
}

/// The name that the file has for what a loop binds, without the number that an exporter puts behind it; or another.
fn bound_name(model: &Model, leaf: Id, otherwise: &str) -> String {
    let name = model.names.get(&leaf).map_or("", String::as_str);
    let base = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('.');
    let hint = hint(base);
    if hint.is_empty() { otherwise.to_owned() } else { hint }
}

/// The name of what a scope gives: its own, with that of the scope around it if it is no name by itself.
fn called(structure: &Structure, scope: &Scope) -> String {
    let name = scope_base(&scope.name);
    match scope.parent.map(|parent| scope_base(&structure.scopes[parent].name)) {
        Some(outer) if name == "self" => format!("{outer}_{name}"),
        _ => name.to_owned(),
    }
}
