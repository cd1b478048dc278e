//! A program as the body of its function.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use egg::Language as _;

use super::enumerate::Solution;
use super::examples::array_function;
use super::productions::{Production, Slot};
use super::task::{Container, Conversion, Task};
use crate::dialect::{Dialect, Form, Given, Names, Precedence, Printed, Printing, Unprintable};
use crate::ir::{Const, Dim, Id, Leaf, LeafId, Node, Program, RecExpr, Target, Type};
use crate::syntax::Edit;

/// The text of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// Its statements, a line each.
    pub statements: Vec<String>,
    /// What adds the imports that they need.
    pub imports: BTreeSet<Edit>,
}

/// The place of a hole, for one op.
pub(super) struct Place<'a> {
    pub task: &'a Task,
    pub names: &'a dyn Names,
}

fn length(dim: &Dim) -> Option<String> {
    dim.as_known().map(|n| n.to_string()).or_else(|| dim.as_symbol().map(|symbol| symbol.to_string()))
}

/// Imports that may be added: those of the standard library.
fn may_import(imports: &BTreeSet<Edit>) -> bool {
    imports.iter().all(|edit| edit.text.trim() == "import math")
}

impl Place<'_> {
    /// Whether the file can write an op for operands of these types.
    pub fn writes(&self, production: &Production, operands: &[(&Type, Option<Const>)]) -> bool {
        let (mut terms, mut types) = (RecExpr::default(), Vec::new());
        let mut leaves = Vec::new();
        let mut add = |node: Node, ty: Type| {
            types.push(ty);
            terms.add(node)
        };
        let mut operands = operands.iter();
        let mut args = Vec::new();
        for slot in &production.slots {
            args.push(match slot {
                Slot::Operand => match operands.next() {
                    Some((ty, Some(c))) => add(Node::Const(*c), (*ty).clone()),
                    Some((ty, None)) => {
                        leaves.push((*ty).clone());
                        add(Node::Leaf(LeafId(leaves.len() as u32 - 1)), (*ty).clone())
                    }
                    None => return false,
                },
                Slot::Fixed(c) => add(Node::Const(*c), Type::of_const(c)),
                Slot::Attr(attr, _) => add(Node::Attr(attr.clone()), Type::Unknown),
            });
        }
        let root = add(Node::op(production.op, args), Type::Unknown);
        let leaves = leaves.into_iter().enumerate().map(|(at, ty)| Leaf { text: format!("x{at}"), ty }).collect();
        let program = Program { target: self.task.target, leaves, terms, types, roots: vec![root] };
        let lines = Lines { names: self.names, program: &program, named: HashMap::new(), references: Vec::new() };
        Dialect::of(self.task.target).print(&program.terms, &program.types, root, &lines).is_ok_and(|printed| may_import(&printed.imports))
    }
}

/// A body that is being written.
struct Lines<'a> {
    names: &'a dyn Names,
    program: &'a Program,
    named: HashMap<Id, String>,
    /// Rust: which leaves are references.
    references: Vec<bool>,
}

impl Printing for Lines<'_> {
    fn names(&self) -> &dyn Names {
        self.names
    }

    fn stop(&self, id: Id) -> Option<Given> {
        let rust = self.program.target == Target::Rust;
        if let Some(name) = self.named.get(&id) {
            return Some(Given { text: name.clone(), form: if rust { Form::Place } else { Form::Value } });
        }
        let Node::Leaf(LeafId(at)) = self.program.terms[id] else { return None };
        let leaf = &self.program.leaves[at as usize];
        let form = match (rust, self.references.get(at as usize), leaf.ty.rank()) {
            (false, ..) => Form::Value,
            (_, Some(true), _) => Form::Reference,
            _ => Form::Place,
        };
        Some(Given { text: leaf.text.clone(), form })
    }

    fn dim(&self, dim: &Dim) -> Option<String> {
        length(dim)
    }
}

/// The body of a function that computes a solution. Lines have at most `width` characters where that can be.
///
/// # Errors
/// If the tables cannot write a term.
pub fn body(task: &Task, names: &dyn Names, solution: &Solution, width: usize) -> Result<Body, Unprintable> {
    let program = &solution.program;
    let references = task.parameters.iter().map(|parameter| parameter.reference).collect();
    let mut lines = Lines { names, program, named: HashMap::new(), references };
    let mut taken: BTreeSet<String> = task.parameters.iter().map(|parameter| parameter.name.clone()).collect();
    let uses = uses(program);
    let mut bound: BTreeMap<Id, String> = BTreeMap::new();
    let root = program.roots[0];
    for (at, node) in program.terms.as_ref().iter().enumerate() {
        let id = Id::from(at);
        if id != root && uses[at] > 1 && matches!(node, Node::Op(..)) && !is_cheap(program, id) {
            bind(program, names, id, &mut taken, &mut bound);
        }
    }
    loop {
        let (body, long) = statements(task, names, &mut lines, &bound, width)?;
        match long.and_then(|id| longest_operand(program, id, &bound)) {
            Some(operand) => bind(program, names, operand, &mut taken, &mut bound),
            None => return Ok(body),
        }
    }
}

/// The body with these values bound to names, and a value whose line is too long.
fn statements(
    task: &Task,
    names: &dyn Names,
    lines: &mut Lines<'_>,
    bound: &BTreeMap<Id, String>,
    width: usize,
) -> Result<(Body, Option<Id>), Unprintable> {
    let dialect = Dialect::of(task.target);
    let (program, mut statements, mut imports, mut long) = (lines.program, Vec::new(), BTreeSet::new(), None);
    let rust = task.target == Target::Rust;
    lines.named.clear();
    let root = program.roots[0];
    for parameter in task.parameters.iter().filter(|parameter| parameter.container == Container::List) {
        let is_read = program.terms.as_ref().iter().any(|node| match node {
            Node::Leaf(leaf) => program.leaves[leaf.0 as usize].text == parameter.name,
            _ => false,
        });
        if let (true, Some(function)) = (is_read, array_function(names, task.target)) {
            statements.push(format!("{0} = {function}({0})", parameter.name));
        }
    }
    for (&id, name) in bound {
        let printed = dialect.print(&program.terms, &program.types, id, lines)?;
        let text = if rust { format!("let {name} = {};", printed.text) } else { format!("{name} = {}", printed.text) };
        long = long.or((text.chars().count() > width).then_some(id));
        statements.push(text);
        imports.extend(printed.imports);
        lines.named.insert(id, name.clone());
    }
    let printed = dialect.print(&program.terms, &program.types, root, lines)?;
    let text = returned(task, program, &printed);
    long = long.or((text.chars().count() > width).then_some(root));
    statements.push(text);
    imports.extend(printed.imports);
    Ok((Body { statements, imports }, long))
}

fn returned(task: &Task, program: &Program, printed: &Printed) -> String {
    let weak = program.types[usize::from(program.roots[0])].is_weak();
    match task.conversion {
        _ if task.target == Target::Rust => printed.text.clone(),
        Conversion::Number(function) if !weak => format!("return {function}({})", printed.text),
        Conversion::List if printed.precedence < Precedence::PRIMARY => format!("return ({}).tolist()", printed.text),
        Conversion::List => format!("return {}.tolist()", printed.text),
        _ => format!("return {}", printed.text),
    }
}

fn bind(program: &Program, names: &dyn Names, id: Id, taken: &mut BTreeSet<String>, bound: &mut BTreeMap<Id, String>) {
    let name = name(program, names, id, taken);
    taken.insert(name.clone());
    bound.insert(id, name);
}

/// A name for a value that hides nothing.
fn name(program: &Program, names: &dyn Names, id: Id, taken: &BTreeSet<String>) -> String {
    let noun = match &program.terms[id] {
        Node::Op(op, _) => match op.def().name {
            "matmul" | "mul" | "inner" => "product",
            "add" => "total",
            "sub" => "difference",
            "div" | "solve" => "quotient",
            "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "logical_and" | "logical_or" => "mask",
            "transpose" | "swap_axes" => "transposed",
            "exp" => "exponentials",
            "sum" => "sums",
            "max" => "highest",
            "min" => "lowest",
            "abs" => "magnitudes",
            "square" => "squares",
            "pow" => "powers",
            "select" => "chosen",
            "l2_norm" | "fro_norm" => "norms",
            "round" => "rounded",
            "dim" | "numel" => "count",
            "any" | "all" => "found",
            "expand_dims" => "column",
            "index" | "slice" | "take" => "part",
            other => other,
        },
        _ => "value",
    };
    let free = |name: &String| !taken.contains(name) && names.spell(&format!("builtins.{name}")).is_none();
    (1..).map(|n| if n == 1 { noun.to_owned() } else { format!("{noun}_{n}") }).find(free).unwrap_or_default()
}

/// A part of a parameter, as short as a name.
fn is_cheap(program: &Program, id: Id) -> bool {
    match &program.terms[id] {
        Node::Op(op, args) => {
            matches!(op.def().name, "transpose" | "dim" | "numel" | "index" | "expand_dims" | "neg")
                && args.iter().all(|&arg| !matches!(program.terms[arg], Node::Op(..)))
        }
        _ => true,
    }
}

/// The largest part of a value that has no name.
fn longest_operand(program: &Program, id: Id, bound: &BTreeMap<Id, String>) -> Option<Id> {
    let operands = program.terms[id].children().iter().copied();
    operands.filter(|operand| !bound.contains_key(operand) && size(program, *operand) > 1).max_by_key(|operand| size(program, *operand))
}

fn size(program: &Program, id: Id) -> usize {
    match &program.terms[id] {
        Node::Op(_, args) => 1 + args.iter().map(|&arg| size(program, arg)).sum::<usize>(),
        _ => 0,
    }
}

fn uses(program: &Program) -> Vec<usize> {
    let mut uses = vec![0; program.terms.len()];
    let mut reached = vec![false; program.terms.len()];
    let mut open = program.roots.clone();
    while let Some(id) = open.pop() {
        if std::mem::replace(&mut reached[usize::from(id)], true) {
            continue;
        }
        for child in program.terms[id].children() {
            uses[usize::from(*child)] += 1;
            open.push(*child);
        }
    }
    uses
}
