use std::collections::HashMap;

use egg::Language as _;

use crate::dialect::{Dialect, Form, Given, Names, Printing, Unprintable, UsualNames};
use crate::ir::{Dim, Id, Node as Term, Program, Target};

/// A program's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statements {
    /// One line for each value that is read more than once, then one for each root.
    pub lines: Vec<String>,
    /// The names of the roots' values.
    pub results: Vec<String>,
}

impl Statements {
    /// The lines, and the results in parentheses as the last one.
    pub fn text(&self) -> String {
        let lines: String = self.lines.iter().map(|line| format!("{line}\n")).collect();
        format!("{lines}({},)", self.results.join(", "))
    }
}

/// Statements that compute a program's roots from inputs `x0`, `x1`, …, which in Rust are references to arrays, and numbers. Libraries have
/// their usual names: `np`, `torch`, `F`.
///
/// # Errors
/// If the tables of the dialect cannot write a term, or it needs an import.
pub fn statements(program: &Program) -> Result<Statements, Unprintable> {
    let dialect = Dialect::of(program.target);
    let mut place = Place { program, named: HashMap::new() };
    let uses = uses(program);
    let mut code = Statements { lines: Vec::new(), results: Vec::new() };
    for (i, node) in program.terms.as_ref().iter().enumerate() {
        let id = Id::from(i);
        let is_root = program.roots.contains(&id);
        if !matches!(node, Term::Op(..)) || uses[i] < 2 && !is_root {
            continue;
        }
        let printed = dialect.print(&program.terms, &program.types, id, &place)?;
        let name = format!("t{i}");
        code.lines.push(match program.target {
            Target::Rust => format!("let {name} = {};", printed.text),
            _ => format!("{name} = {}", printed.text),
        });
        place.named.insert(id, name);
    }
    for &root in &program.roots {
        code.results.push(match place.stop(root) {
            Some(given) => given.text,
            None => dialect.print(&program.terms, &program.types, root, &place)?.text,
        });
    }
    Ok(code)
}

/// How many nodes read each node.
fn uses(program: &Program) -> Vec<usize> {
    let mut uses = vec![0; program.terms.len()];
    program.terms.as_ref().iter().flat_map(|node| node.children()).for_each(|&child| uses[usize::from(child)] += 1);
    uses
}

/// A place at which inputs and shared values are names.
struct Place<'a> {
    program: &'a Program,
    named: HashMap<Id, String>,
}

impl Printing for Place<'_> {
    fn names(&self) -> &dyn Names {
        &UsualNames
    }

    fn stop(&self, id: Id) -> Option<Given> {
        if let Some(name) = self.named.get(&id) {
            let form = if self.program.target == Target::Rust { Form::Place } else { Form::Value };
            return Some(Given { text: name.clone(), form });
        }
        let Term::Leaf(leaf) = &self.program.terms[id] else { return None };
        let form = match (self.program.target, self.program.types[usize::from(id)].rank()) {
            (Target::Rust, Some(0)) => Form::Place,
            (Target::Rust, _) => Form::Reference,
            _ => Form::Value,
        };
        Some(Given { text: format!("x{}", leaf.0), form })
    }

    fn dim(&self, dim: &Dim) -> Option<String> {
        dim.as_known().map(|n| n.to_string())
    }
}
