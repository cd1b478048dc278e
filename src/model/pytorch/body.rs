//! The statements of one function.

mod control;
mod repeat;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use egg::Language;

use super::class::Classes;
use super::expression::Terms;
use super::helpers::Helper;
use super::numbers;
use super::text::{Line, fits};
use crate::ir::{Id, LeafId, Node, Repeat, Symbol, Type};
use crate::model::structure::fields::Fields;
use crate::model::structure::labels::{self, Label};
use crate::model::structure::names::{Names, Words};
use crate::model::structure::plan::Plan;
use crate::model::structure::{Block, Item, Structure, lengths_text};
use crate::model::{Model, NodeError, Source};

/// A function that is printed.
pub(super) struct Function {
    /// The parameters behind `self`.
    pub parameters: Vec<String>,
    /// The type of its results.
    pub output: String,
    pub body: Vec<Line>,
    /// The lengths that the function takes as further parameters.
    pub lengths: Vec<Symbol>,
}

/// Prints a scope statement by statement.
pub(super) struct Body<'m, 'p> {
    pub model: &'m Model,
    pub structure: &'m Structure,
    pub terms: &'p Terms,
    pub fields: &'p mut Fields<'m>,
    pub symbols: BTreeMap<Symbol, String>,
    pub used_symbols: BTreeSet<Symbol>,
    pub helpers: BTreeSet<Helper>,
    pub errors: Vec<NodeError>,
    scope: usize,
    classes: &'p Classes<'m>,
    locals: Names,
    plan: Plan,
    parameters: HashMap<Id, String>,
    /// The variables of what loops bind.
    bound: HashMap<Id, String>,
    /// Parts of statements that have variables of their own, because they are read twice or the statement is long.
    parts: HashMap<Id, String>,
    statements: HashMap<Block, Vec<Line>>,
}

impl<'m, 'p> Body<'m, 'p> {
    /// `taken` are names that mean something else.
    pub fn new(
        model: &'m Model,
        structure: &'m Structure,
        scope: usize,
        (classes, terms): (&'p Classes<'m>, &'p Terms),
        fields: &'p mut Fields<'m>,
        taken: &[&str],
    ) -> Body<'m, 'p> {
        let mut locals = Names::without(Words::Python, taken);
        let mut parameters = HashMap::new();
        for (i, input) in structure.scopes[scope].inputs.iter().enumerate() {
            let name = labels::parameter(model, structure, scope, i);
            parameters.insert(*input, locals.unique(&name));
        }
        let mut symbols = BTreeMap::new();
        for dim in model.inputs.iter().flat_map(|input| input.ty.shape().dims().unwrap_or(&[])) {
            if let Some(symbol) = dim.as_symbol() {
                symbols.entry(symbol.clone()).or_insert_with(|| locals.unique(symbol));
            }
        }
        let plan = Plan::new(model, structure, scope, &parameters, &mut locals);
        let bound = plan.bound(model, structure, scope, &mut locals);
        let (used_symbols, helpers, errors, parts, statements) = Default::default();
        Body {
            model,
            structure,
            terms,
            fields,
            symbols,
            used_symbols,
            helpers,
            errors,
            scope,
            classes,
            locals,
            plan,
            parameters,
            bound,
            parts,
            statements,
        }
    }

    /// Prints all that the scope gives.
    pub fn function(&mut self) -> Function {
        let scope = &self.structure.scopes[self.scope];
        for item in &scope.items {
            let done = match item {
                Item::Node(id) => self.statement(*id),
                Item::Scope(scope) => self.inner(*scope),
                Item::Chain { scopes, carried } => self.chain(scopes, *carried),
            };
            if let Err(why) = done {
                self.note(item, why);
            }
        }
        let tail = self.tail();
        let mut body = self.statements.remove(&Block::Whole).unwrap_or_default();
        body.extend(tail);
        let (mut parameters, lengths, prelude) = self.entry();
        parameters.extend(lengths.iter().filter_map(|symbol| self.symbols.get(symbol)).map(|name| format!("{name}: int")));
        body.splice(0..0, prelude);
        let output = match scope.outputs.len() {
            1 => "Tensor".to_owned(),
            count => format!("tuple[{}]", vec!["Tensor"; count].join(", ")),
        };
        Function { parameters, output, body, lengths }
    }

    fn note(&mut self, item: &Item, why: String) {
        let id = match item {
            Item::Node(id) => *id,
            Item::Scope(scope) => self.structure.scopes[*scope].nodes[0],
            Item::Chain { scopes, .. } => self.structure.scopes[scopes[0]].nodes[0],
        };
        let op = self.model.program.terms[id].to_string();
        let node = self.model.names.get(&id).cloned().unwrap_or_else(|| format!("%{id}"));
        self.errors.push(NodeError { node, op, why });
    }

    /// The parameters, the lengths that they do not have, and the statements that name those that they have.
    fn entry(&mut self) -> (Vec<String>, Vec<Symbol>, Vec<Line>) {
        let mut missing = self.used_symbols.clone();
        let (mut parameters, mut prelude) = (Vec::new(), Vec::new());
        for input in &self.structure.scopes[self.scope].inputs {
            let name = &self.parameters[input];
            if self.scope != 0 {
                parameters.push(format!("{name}: Tensor"));
            }
            let dims = self.ty(*input).shape().dims().unwrap_or(&[]);
            let named =
                dims.iter().map(|dim| dim.as_symbol().filter(|symbol| missing.remove(*symbol)).and_then(|symbol| self.symbols.get(symbol)));
            let named: Vec<Option<&String>> = named.collect();
            let Some(last) = named.iter().rposition(Option::is_some) else { continue };
            let found: Vec<(usize, &String)> = named.iter().enumerate().filter_map(|(i, name)| Some((i, (*name)?))).collect();
            prelude.push(Line::Plain(match found[..] {
                [(axis, length)] => format!("{length} = {name}.shape[{axis}]"),
                _ => {
                    let targets: Vec<&str> = named[..=last].iter().map(|name| name.map_or("_", String::as_str)).collect();
                    let part = if last + 1 == named.len() { String::new() } else { format!("[:{}]", last + 1) };
                    format!("{} = {name}.shape{part}", targets.join(", "))
                }
            }));
        }
        if self.scope == 0 {
            parameters = self.inputs();
        }
        (parameters, missing.into_iter().collect(), prelude)
    }

    /// The inputs of the whole model as parameters, those that nothing reads too.
    fn inputs(&mut self) -> Vec<String> {
        let mut names: Vec<Option<String>> = vec![None; self.model.inputs.len()];
        for (id, name) in &self.parameters {
            let Node::Leaf(LeafId(leaf)) = self.model.program.terms[*id] else { continue };
            if let Some(Source::Input(index)) = self.model.leaves.get(leaf as usize) {
                names[*index] = Some(name.clone());
            }
        }
        let named = names.into_iter().zip(&self.model.inputs);
        named.map(|(name, input)| format!("{}: Tensor", name.unwrap_or_else(|| self.locals.unique(&input.name)))).collect()
    }

    /// What the function ends with. A last statement that makes the results stands there itself.
    fn tail(&mut self) -> Vec<Line> {
        let outputs = &self.structure.scopes[self.scope].outputs;
        let results: Result<Vec<String>, String> = outputs.iter().map(|output| self.tensor(*output)).collect();
        let results = results.unwrap_or_default().join(", ");
        let statements = self.statements.entry(Block::Whole).or_default();
        match statements.pop() {
            Some(Line::Assign { targets, value, comment }) if targets == results => {
                vec![Line::Return { value, comment }]
            }
            last => {
                statements.extend(last);
                vec![Line::Return { value: results, comment: String::new() }]
            }
        }
    }

    pub fn ty(&self, id: Id) -> &'m Type {
        &self.model.program.types[usize::from(id)]
    }

    pub fn children(&self, id: Id) -> &'m [Id] {
        self.model.program.terms[id].children()
    }

    /// The op's name, if a node is one.
    pub fn name(&self, id: Id) -> &'static str {
        if let Node::Op(op, _) = self.model.program.terms[id] { op.def().name } else { "" }
    }

    /// True for a value that the function is given, such as a weight of the scope around it.
    pub fn is_parameter(&self, id: Id) -> bool {
        self.parameters.contains_key(&id)
    }

    fn statement(&mut self, id: Id) -> Result<(), String> {
        if let Type::Tuple(types) = self.ty(id) {
            return self.several(id, types.len());
        }
        self.ty(id).dtype().ok_or("its element type is not known")?;
        let value = self.whole(id, id)?;
        let targets = self.variable(Some(id));
        self.assign(id, targets, value);
        Ok(())
    }

    /// An op with several results, each of which has a variable.
    fn several(&mut self, id: Id, count: usize) -> Result<(), String> {
        let parts: Vec<Option<Id>> = (0..count).map(|i| self.structure.part(self.model, id, i)).collect();
        let targets: Vec<String> = parts.iter().map(|part| self.variable(*part)).collect();
        if self.name(id) == "if_else" {
            return self.condition(id, &targets);
        }
        if let Some(repeat) = Repeat::of(&self.model.program, id) {
            return self.repeat(id, &repeat);
        }
        if self.recurrent(id, &parts, &targets)? {
            return Ok(());
        }
        let value = self.operation(id)?;
        // A comma makes a tuple of one.
        let targets = if count == 1 { format!("({},)", targets[0]) } else { targets.join(", ") };
        self.assign(id, targets, value);
        Ok(())
    }

    /// The variable of a value; `_` for what nothing reads.
    fn variable(&self, id: Option<Id>) -> String {
        id.and_then(|id| self.plan.variable(id)).unwrap_or("_").to_owned()
    }

    /// Adds the statement of a node.
    pub fn assign(&mut self, id: Id, targets: String, value: String) {
        let comment = self.shape(id);
        self.statements.entry(self.structure.blocks.of(id)).or_default().push(Line::Assign { targets, value, comment });
    }

    /// The lengths of a value as a comment shows them, or the element type of a scalar.
    fn shape(&self, id: Id) -> String {
        lengths_text(&self.structure.common_type(self.model, self.fields.members(), id))
    }

    /// All that is computed in the statement `host`, from a node on; what is read twice or has no room is computed before it.
    fn whole(&mut self, id: Id, host: Id) -> Result<String, String> {
        if let Some(layer) = self.structure.loops.absorbed(host).filter(|layer| id == host && self.structure.uses.readers(*layer).len() > 1)
        {
            self.part(layer, host)?;
        }
        let text = self.operation(id)?;
        let depth = std::iter::successors(Some(self.structure.blocks.of(host)), |block| block.op().map(|of| self.structure.blocks.of(of)));
        let room = 8 + 4 * depth.count() + 8;
        if fits(room, &text) {
            return Ok(text);
        }
        let operands = self.structure.layers.of(id).map_or_else(|| self.children(id).to_vec(), |layer| layer.operands(self.model).to_vec());
        for child in operands {
            if self.is_inline(child) {
                self.part(child, host)?;
            }
        }
        self.operation(id)
    }

    /// Gives a part of a statement a variable of its own.
    fn part(&mut self, id: Id, host: Id) -> Result<(), String> {
        let value = self.whole(id, host)?;
        let name = match labels::label(self.model, self.structure, id) {
            Label::Module(name) | Label::Op(name) => self.locals.unique(&name),
        };
        let comment = self.shape(id);
        self.statements.entry(self.structure.blocks.of(host)).or_default().push(Line::Assign { targets: name.clone(), value, comment });
        self.parts.insert(id, name);
        Ok(())
    }

    /// True for an op that is computed where it is read.
    fn is_inline(&self, id: Id) -> bool {
        let has_place = self.parts.contains_key(&id) || self.plan.variable(id).is_some() || self.parameters.contains_key(&id);
        !has_place && matches!(self.model.program.terms[id], Node::Op(..)) && self.structure.uses.length(id).is_none()
    }

    /// The expression for a value: a variable, a field, or what computes it.
    pub fn value(&mut self, id: Id) -> Result<String, String> {
        let variable = self.parts.get(&id).map(String::as_str).or_else(|| self.plan.variable(id));
        if let Some(name) = variable.or_else(|| self.parameters.get(&id).or_else(|| self.bound.get(&id)).map(String::as_str)) {
            return Ok(name.to_owned());
        }
        match &self.model.program.terms[id] {
            Node::Const(c) => Ok(numbers::scalar(*c)),
            Node::Leaf(_) if self.model.weight(id).is_some() => Ok(format!("self.{}", self.fields.weight(id))),
            Node::Op(..) => match self.structure.uses.length(id) {
                Some(dim) => Ok(format!("torch.tensor({})", self.length(dim)?)),
                None if !self.structure.loops.is_host(id) => self.operation(id),
                None => Err("it reads a value that has no place".to_owned()),
            },
            other => Err(format!("{other} has no place")),
        }
    }
}
