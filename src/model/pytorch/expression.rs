//! Ops as expressions: by the rows of the dialect's table, or else by the printer's own.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::body::Body;
use super::{numbers, ops};
use crate::dialect::{Dialect, Given, Import, Names, Precedence, Printing};
use crate::ir::{Dim, Id, Node, Program, RecExpr, Symbol, Target, Type};
use crate::model::Weight;
use crate::model::structure::operands;
use crate::model::term::Term;
use crate::syntax;

/// A program's terms with its constants as numbers of Python, which the rows of the table are read for.
pub(super) struct Terms {
    terms: RecExpr,
    types: Vec<Type>,
}

impl Terms {
    pub fn new(program: &Program) -> Terms {
        let (mut nodes, mut types) = (Vec::new(), program.types.clone());
        for (i, node) in program.terms.iter().enumerate() {
            nodes.push(match node {
                Node::Const(c) => {
                    let weak = numbers::weak(*c);
                    types[i] = Type::of_const(&weak);
                    Node::Const(weak)
                }
                other => other.clone(),
            });
        }
        Terms { terms: RecExpr::from(nodes), types }
    }
}

/// How printed files write the paths of the table.
struct Spelling;

impl Names for Spelling {
    fn resolve(&self, _: syntax::Node<'_>) -> Option<String> {
        None
    }

    fn spell(&self, path: &str) -> Option<String> {
        if let Some(function) = path.strip_prefix("torch.nn.functional.") {
            return Some(format!("F.{function}"));
        }
        match path.split_once('.')? {
            ("torch" | "math", _) => Some(path.to_owned()),
            ("builtins", name) => Some(name.to_owned()),
            _ => None,
        }
    }

    fn import(&self, _: &str, _: &str) -> Option<Import> {
        None
    }
}

/// The place of one op, whose operands have texts already.
struct Place<'a> {
    operands: &'a HashMap<Id, String>,
    symbols: &'a BTreeMap<Symbol, String>,
    used: RefCell<BTreeSet<Symbol>>,
}

impl Printing for Place<'_> {
    fn names(&self) -> &dyn Names {
        &Spelling
    }

    fn stop(&self, id: Id) -> Option<Given> {
        self.operands.get(&id).map(Given::value)
    }

    fn dim(&self, dim: &Dim) -> Option<String> {
        let text = numbers::length(dim, self.symbols)?;
        self.used.borrow_mut().extend(dim.symbols().cloned());
        Some(text)
    }
}

impl Body<'_, '_> {
    /// An op as an expression.
    pub(super) fn operation(&mut self, id: Id) -> Result<String, String> {
        if let Some(text) = self.layer(id)? {
            return Ok(text);
        }
        let term = Term::of(self.model, id).ok_or("it is no operation")?;
        let own = ops::named(term.name).map(|spell| spell(self, &term)).transpose()?;
        if let Some(text) = own.flatten() {
            return Ok(text);
        }
        self.by_dialect(&term)
    }

    /// An op as a row of the table writes it: constants as numbers, or as tensors if no row takes these.
    pub(super) fn by_dialect(&mut self, term: &Term) -> Result<String, String> {
        let mut texts = HashMap::new();
        for child in operands(self.model, term.id) {
            if !self.is_constant(child) {
                texts.insert(child, self.argument(child)?);
            }
        }
        let terms = self.terms;
        let weak = self.printed(&terms.terms, &terms.types, term.id, &texts);
        // What has no tensor of its type would get the type of the numbers.
        let untyped = term.name == "select" && term.args[1..].iter().all(|id| self.is_constant(*id));
        match weak {
            Ok(text) if !untyped => Ok(text),
            Err(why) if operands(self.model, term.id).all(|id| !self.is_constant(id)) => Err(why),
            _ => {
                for child in operands(self.model, term.id) {
                    let text = self.tensor(child)?;
                    texts.insert(child, text);
                }
                let program = &self.model.program;
                self.printed(&program.terms, &program.types, term.id, &texts)
            }
        }
    }

    fn printed(&mut self, terms: &RecExpr, types: &[Type], id: Id, texts: &HashMap<Id, String>) -> Result<String, String> {
        let place = Place { operands: texts, symbols: &self.symbols, used: RefCell::default() };
        let printed = Dialect::of(Target::Torch).print(terms, types, id, &place);
        let used = place.used.into_inner();
        self.used_symbols.extend(used);
        printed.map(|printed| printed.text).map_err(|why| why.to_string())
    }

    fn is_constant(&self, id: Id) -> bool {
        matches!(self.model.program.terms[id], Node::Const(_))
    }

    /// A value as an argument of a call; a constant as a number.
    pub(super) fn argument(&mut self, id: Id) -> Result<String, String> {
        match &self.model.program.terms[id] {
            Node::Const(c) => Ok(numbers::literal(*c)),
            _ => self.value(id),
        }
    }

    /// A value as an argument of a call; a constant as a tensor.
    pub(super) fn tensor(&mut self, id: Id) -> Result<String, String> {
        match &self.model.program.terms[id] {
            Node::Const(c) => Ok(numbers::scalar(*c)),
            _ => self.value(id),
        }
    }

    /// A tensor whose method is called, or that is indexed.
    pub(super) fn receiver(&mut self, id: Id) -> Result<String, String> {
        self.tensor(id).map(receiver)
    }

    /// Arguments of a call, or elements of a list.
    pub(super) fn tensors(&mut self, ids: &[Id]) -> Result<String, String> {
        Ok(ids.iter().map(|id| self.tensor(*id)).collect::<Result<Vec<_>, _>>()?.join(", "))
    }

    /// A small weight that is the same wherever this code runs.
    pub(super) fn literal(&self, id: Id) -> Option<&Weight> {
        self.fields.literal(id)
    }

    /// The lengths of an argument's axes; one that is not the same wherever this code runs is not known.
    pub(super) fn lengths(&self, term: &Term, i: usize) -> Result<Vec<Dim>, String> {
        let ty = self.structure.common_type(self.model, self.fields.members(), term.args[i]);
        ty.shape().dims().map(<[Dim]>::to_vec).ok_or_else(|| "the number of axes of its operand is not known".to_owned())
    }

    /// A length as an expression, if the inputs bring what it is made of.
    pub(super) fn length(&mut self, dim: &Dim) -> Result<String, String> {
        let text = numbers::length(dim, &self.symbols).ok_or_else(|| format!("a length of {dim} is not known from the inputs"))?;
        self.used_symbols.extend(dim.symbols().cloned());
        Ok(text)
    }
}

/// An expression in whose place a primary one must stand.
pub(super) fn receiver(text: String) -> String {
    if Precedence::of_text(syntax::Language::Python, &text) < Precedence::PRIMARY { format!("({text})") } else { text }
}
