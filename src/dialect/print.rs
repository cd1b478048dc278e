//! From terms to text.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use smallvec::{SmallVec, smallvec};

use super::engine::{CodeId, Dialect, Terms, Value};
use super::render::Render;
use super::table::{Code, Row};
use super::template::PlaceRole;
use super::term::{Role, Term};
use super::{Form, Given, Precedence, Printing};
use crate::ir::{Const, Id, Node, OpId, Param, RecExpr, Type};
use crate::syntax::Edit;

/// A term's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// The expression, without parentheses around it.
    pub text: String,
    /// How tightly it holds together.
    pub precedence: Precedence,
    /// What the text is in Rust: a temporary, or as it was given.
    pub form: Form,
    /// The imports that the place needs for it.
    pub imports: BTreeSet<Edit>,
}

/// Why a term has no text in a dialect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unprintable {
    /// No row of the tables fits the op with its operands here.
    #[error("no row of the {dialect} tables writes `{op}` for these operands{}", tried.as_ref().map_or(String::new(), |row| format!(" (the first is {row})")))]
    NoRow {
        /// The target's name.
        dialect: &'static str,
        /// The op.
        op: &'static str,
        /// The first row that has the op, if any.
        tried: Option<String>,
    },
    /// A leaf whose text the caller did not give, or an attribute alone.
    #[error("`{0}` has no text of its own")]
    NoText(String),
    /// A constant of a dtype that the language has no literal for.
    #[error("the constant `{0}` cannot be written as a literal")]
    Constant(String),
}

impl Dialect {
    /// The text of the term `id` by the first rows that fit. `types` has the type of each node of `terms`. Needs no stack, however
    /// deep the term.
    pub fn print(&self, terms: &RecExpr, types: &[Type], id: Id, cx: &dyn Printing) -> Result<Printed, Unprintable> {
        let mut printer = Printer::new(self, terms, types, cx);
        printer.prepare(id);
        printer.node(id)
    }

    /// The text of a statement, without its semicolon, that makes `place` what the op of [`Group::Update`](crate::ir::Group) at `id` says.
    pub fn print_update(&self, terms: &RecExpr, types: &[Type], id: Id, place: &Given, cx: &dyn Printing) -> Result<Printed, Unprintable> {
        let mut printer = Printer::new(self, terms, types, cx);
        printer.prepare_update(id, place);
        match &terms[id] {
            Node::Op(op, _) => printer.by_rows(self.updates.by_op.get(op), *op, id),
            other => Err(Unprintable::NoText(other.to_string())),
        }
    }
}

pub(super) struct Printer<'a> {
    pub dialect: &'a Dialect,
    pub terms: &'a RecExpr,
    pub types: &'a [Type],
    pub cx: &'a dyn Printing,
    /// The operand that is the place of an update, and its text.
    place: Option<(Id, &'a Given)>,
    done: FxHashMap<Id, Result<Printed, Unprintable>>,
}

impl Terms for Printer<'_> {
    fn ty(&self, id: Id) -> &Type {
        self.types.get(usize::from(id)).unwrap_or(&Type::Unknown)
    }

    fn constant(&self, id: Id) -> Option<Const> {
        match self.terms[id] {
            Node::Const(value) => Some(value),
            _ => None,
        }
    }
}

impl<'a> Printer<'a> {
    pub fn new(dialect: &'a Dialect, terms: &'a RecExpr, types: &'a [Type], cx: &'a dyn Printing) -> Self {
        Printer { dialect, terms, types, cx, place: None, done: FxHashMap::default() }
    }

    /// Prints all that the term `id` is made of.
    pub fn prepare(&mut self, id: Id) {
        for needed in self.needed(id) {
            if needed != id {
                let printed = self.node(needed);
                self.done.insert(needed, printed);
            }
        }
    }

    /// Prints all that an update of a place is made of.
    pub fn prepare_update(&mut self, id: Id, place: &'a Given) {
        self.place = if let Node::Op(_, args) = &self.terms[id] { args.first().map(|&operand| (operand, place)) } else { None };
        self.prepare(id);
    }

    /// How the place of an update is written where it stands.
    pub fn place_text(&self, id: Id, role: PlaceRole) -> Option<String> {
        let (_, given) = self.place.filter(|(operand, _)| *operand == id)?;
        let through = given.form == Form::Exclusive;
        match role {
            PlaceRole::Receiver => Some(given.text.clone()),
            PlaceRole::Assigned => Some(if through { format!("*{}", given.text) } else { given.text.clone() }),
            PlaceRole::Changed => Some(format!("&mut {}{}", if through { "*" } else { "" }, given.text)),
            _ => None,
        }
    }

    /// The nodes whose text is needed, operands before users.
    fn needed(&self, root: Id) -> BTreeSet<Id> {
        let mut found = BTreeSet::from([root]);
        let mut open = vec![root];
        while let Some(id) = open.pop() {
            let Node::Op(op, args) = &self.terms[id] else { continue };
            if self.cx.stop(id).is_some() {
                continue;
            }
            for (i, &arg) in args.iter().enumerate() {
                if is_operand(*op, i) && found.insert(arg) {
                    open.push(arg);
                }
            }
        }
        found
    }

    fn node(&self, id: Id) -> Result<Printed, Unprintable> {
        if let Some(given) = self.cx.stop(id) {
            let precedence = Precedence::of_text(self.dialect.language(), &given.text);
            return Ok(Printed { text: given.text, precedence, form: given.form, imports: BTreeSet::new() });
        }
        match &self.terms[id] {
            Node::Op(op, _) => self.op(*op, id),
            Node::Const(value) => {
                let mut imports = BTreeSet::new();
                let found = self.constant_text(*value, value.dtype, !value.weak, &mut imports);
                let (text, precedence) = found.ok_or_else(|| Unprintable::Constant(value.to_string()))?;
                Ok(Printed { text, precedence, form: Form::Value, imports })
            }
            other => Err(Unprintable::NoText(other.to_string())),
        }
    }

    fn op(&self, op: OpId, id: Id) -> Result<Printed, Unprintable> {
        self.by_rows(self.dialect.by_op.get(&op), op, id)
    }

    fn by_rows(&self, rows: Option<&Vec<CodeId>>, op: OpId, id: Id) -> Result<Printed, Unprintable> {
        let rows = rows.map_or(&[][..], Vec::as_slice);
        // The first that needs no import, or else the first.
        let mut found: Option<Printed> = None;
        for printed in rows.iter().filter_map(|&code| self.code(code, id)) {
            let first = found.as_ref().is_none_or(|found| printed.imports.len() < found.imports.len());
            found = if first { Some(printed) } else { found };
            if found.as_ref().is_some_and(|found| found.imports.is_empty()) {
                break;
            }
        }
        found.ok_or_else(|| {
            let tried = rows.first().map(|&code| self.dialect.code(code).0.place.clone());
            Unprintable::NoRow { dialect: self.dialect.target.name(), op: op.def().name, tried }
        })
    }

    /// The text by this template, if it fits.
    pub fn code(&self, code: CodeId, id: Id) -> Option<Printed> {
        let (row, code) = self.dialect.code(code);
        let mut values: SmallVec<[Value; 4]> = smallvec![Value::Open; row.vars.len()];
        if !self.fits(row, &row.term, id, &mut values, true) || !self.dialect.allows(row, code, &values, self) || !self.once(code, &values)
        {
            return None;
        }
        let mut render =
            Render { printer: self, row, code, values: &values, id, element: None, text: String::new(), imports: BTreeSet::new() };
        render.pieces(&code.template.pieces)?;
        if render.captures() {
            return None;
        }
        Some(Printed { text: render.text, precedence: code.template.precedence, form: Form::Value, imports: render.imports })
    }

    /// Whether a term of a row is the term at `id`; binds the row's names.
    fn fits(&self, row: &Row, term: &Term, id: Id, values: &mut [Value], root: bool) -> bool {
        match (term, &self.terms[id]) {
            (Term::Var(i), Node::Attr(attr)) => bind(&mut values[*i], Value::Attr(attr.clone())),
            (Term::Var(i), _) => bind(&mut values[*i], Value::Operand(id)),
            (Term::Attr(wanted), Node::Attr(attr)) => wanted == attr,
            (Term::Const { value, typed }, Node::Const(c)) => same_value(*value, *c, *typed),
            (Term::Op(wanted, terms), Node::Op(op, args)) => {
                wanted == op && (root || self.cx.stop(id).is_none()) && self.args_fit(row, terms, args, values)
            }
            _ => false,
        }
    }

    fn args_fit(&self, row: &Row, terms: &[Term], args: &[Id], values: &mut [Value]) -> bool {
        let mut args = args.iter().copied();
        for term in terms {
            if let Term::Var(i) = term
                && row.vars[*i].role == Role::Variadic
            {
                return bind(&mut values[*i], Value::Many(args.collect()));
            }
            if !args.next().is_some_and(|arg| self.fits(row, term, arg, values, false)) {
                return false;
            }
        }
        args.next().is_none()
    }

    /// An operand that a template writes twice must be a name or a constant: it would be computed twice.
    fn once(&self, code: &Code, values: &[Value]) -> bool {
        values.iter().enumerate().all(|(var, value)| match value {
            Value::Operand(id) if code.holes_of(var).nth(1).is_some() => self.cx.stop(*id).is_some() || self.constant(*id).is_some(),
            _ => true,
        })
    }

    /// The text of an operand.
    pub fn operand(&self, id: Id) -> Option<&Printed> {
        self.done.get(&id)?.as_ref().ok()
    }
}

fn bind(slot: &mut Value, value: Value) -> bool {
    if *slot == Value::Open {
        *slot = value;
        return true;
    }
    *slot == value
}

fn is_operand(op: OpId, i: usize) -> bool {
    let params = op.def().params;
    !matches!(params.get(i.min(params.len().saturating_sub(1))), Some(Param::Attr(..)) | None)
}

/// Equal bit for bit; a number of a row without suffix has any dtype.
pub(super) fn same_value(wanted: Const, found: Const, typed: bool) -> bool {
    let (a, b) = (wanted.as_f64(), found.as_f64());
    let equal = a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
    equal && if typed { wanted.dtype == found.dtype } else { wanted.dtype.kind() == found.dtype.kind() || !found.weak }
}
