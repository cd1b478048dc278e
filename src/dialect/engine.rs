//! The tables of a target, indexed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};
use rustc_hash::FxHashMap;

use super::Names;
use super::hole::HoleKind;
use super::table::{Code, Operands, Row, TableError, read};
use super::template::{Piece, PlaceRole, Tag};
use super::term::{Role, Term};
use crate::ir::condition::{Condition, Predicate, View};
use crate::ir::{Attr, Const, DType, Group, Id, OpId, Target, Type};
use crate::syntax::Language;
use egg::Var;
use smallvec::SmallVec;

static GRAMMARS: Dir = include_dir!("$CARGO_MANIFEST_DIR/grammars");

/// The concrete syntax of a target's libraries: both from text to terms ([`Dialect::lower`]) and back ([`Dialect::print`]).
pub struct Dialect {
    pub(super) target: Target,
    pub(super) rows: Vec<Row>,
    pub(super) imports: BTreeMap<String, String>,
    pub(super) dtype_words: Vec<(DType, Vec<String>)>,
    pub(super) dtypes: FxHashMap<String, DType>,
    pub(super) index: Index,
    pub(super) by_op: FxHashMap<OpId, Vec<CodeId>>,
    pub(super) updates: Updates,
    pub(super) constants: Vec<CodeId>,
    errors: Vec<TableError>,
}

/// Templates by the words that they are found by.
pub(super) type Index = FxHashMap<Tag, FxHashMap<String, Vec<CodeId>>>;

/// The rows of ops that change a place: whole statements.
#[derive(Default)]
pub(super) struct Updates {
    pub index: Index,
    pub by_op: FxHashMap<OpId, Vec<CodeId>>,
}

/// What a file can not write as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unwritable {
    /// Ops that it could write with one import more.
    pub importable: BTreeSet<OpId>,
    /// Ops for which no import may be added.
    pub never: BTreeSet<OpId>,
}

/// How a file comes by a path, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    None,
    Importable,
    Named,
}

/// A template: the numbers of its row and of its text there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CodeId {
    pub(super) row: u32,
    pub(super) code: u32,
}

impl Dialect {
    /// The dialect of a target, from the tables that are built in.
    pub fn of(target: Target) -> &'static Dialect {
        static NUMPY: LazyLock<Dialect> = LazyLock::new(|| built_in(Target::Numpy));
        static TORCH: LazyLock<Dialect> = LazyLock::new(|| built_in(Target::Torch));
        static RUST: LazyLock<Dialect> = LazyLock::new(|| built_in(Target::Rust));
        match target {
            Target::Numpy => &NUMPY,
            Target::Torch => &TORCH,
            Target::Rust => &RUST,
        }
    }

    /// The dialect of a target from the texts of tables, each with the file's name for messages. Tables of other targets do not
    /// count; what is wrong is left out and told by [`Dialect::errors`].
    pub fn from_tables<'a>(target: Target, tables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Dialect {
        let mut dialect = Dialect {
            target,
            rows: Vec::new(),
            imports: BTreeMap::new(),
            dtype_words: Vec::new(),
            dtypes: FxHashMap::default(),
            index: FxHashMap::default(),
            by_op: FxHashMap::default(),
            updates: Updates::default(),
            constants: Vec::new(),
            errors: Vec::new(),
        };
        for (file, text) in tables {
            let (table, errors) = read(file, text);
            match table {
                Some(table) if table.target == target => {
                    dialect.errors.extend(errors);
                    dialect.imports.extend(table.imports);
                    dialect.dtype_words.extend(table.dtypes);
                    dialect.rows.extend(table.rows);
                }
                Some(_) => {}
                None => dialect.errors.extend(errors),
            }
        }
        dialect.build_index();
        dialect
    }

    /// What is wrong with the tables.
    pub fn errors(&self) -> &[TableError] {
        &self.errors
    }

    /// The target it is of.
    pub fn target(&self) -> Target {
        self.target
    }

    /// The language it is written in.
    pub fn language(&self) -> Language {
        if self.target == Target::Rust { Language::Rust } else { Language::Python }
    }

    /// The ops it has rows for.
    pub fn ops(&self) -> impl Iterator<Item = OpId> {
        self.by_op.keys().copied()
    }

    /// The words one of which a text has to contain to mean the op: names of functions, methods and attributes, and signs of
    /// operators. A scan for them tells which files need not be parsed.
    pub fn words_of(&self, op: OpId) -> BTreeSet<super::Word<'_>> {
        let rows = self.rows.iter().filter(|row| row.term.contains(op));
        rows.flat_map(|row| &row.codes).filter(|code| code.parse).map(|code| code.template.word()).collect()
    }

    /// The ops among these of which no row can be written with the names that a file has.
    pub fn unwritable(&self, ops: impl IntoIterator<Item = OpId>, names: &dyn Names) -> Unwritable {
        let mut found = Unwritable::default();
        if self.language() == Language::Rust {
            return found;
        }
        let mut known: FxHashMap<&str, Reach> = FxHashMap::default();
        let reach = |path: &str| match names.spell(path) {
            Some(_) => Reach::Named,
            None if self.usual_import(path).is_some_and(|usual| names.import(path, usual).is_some()) => Reach::Importable,
            None => Reach::None,
        };
        let mut of_code = |id: &CodeId| {
            let paths = self.code(*id).1.template.paths();
            paths.into_iter().map(|path| *known.entry(path).or_insert_with(|| reach(path))).min().unwrap_or(Reach::Named)
        };
        for op in ops {
            match self.by_op.get(&op).into_iter().flatten().map(&mut of_code).max() {
                Some(Reach::Named) => {}
                Some(Reach::Importable) => _ = found.importable.insert(op),
                _ => _ = found.never.insert(op),
            }
        }
        found
    }

    /// The statement by which files import what has this path, by the longest prefix that the tables have.
    pub fn usual_import(&self, path: &str) -> Option<&str> {
        let within = |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
        let prefixes = self.imports.iter().filter(|(prefix, _)| within(prefix));
        prefixes.max_by_key(|(prefix, _)| prefix.len()).map(|(_, statement)| statement.as_str())
    }

    pub(super) fn code(&self, id: CodeId) -> (&Row, &Code) {
        let row = &self.rows[id.row as usize];
        (row, &row.codes[id.code as usize])
    }

    fn build_index(&mut self) {
        for (dtype, words) in &self.dtype_words {
            for word in words {
                self.dtypes.entry(word.clone()).or_insert(*dtype);
            }
        }
        for (r, row) in self.rows.iter().enumerate() {
            for (c, code) in row.codes.iter().enumerate() {
                let id = CodeId { row: r as u32, code: c as u32 };
                let (index, by_op) = match &row.term {
                    Term::Op(op, _) if op.def().group == Group::Update => (&mut self.updates.index, &mut self.updates.by_op),
                    _ => (&mut self.index, &mut self.by_op),
                };
                if code.parse {
                    let (tag, word) = &code.template.key;
                    index.entry(*tag).or_default().entry(word.clone()).or_default().push(id);
                }
                match &row.term {
                    Term::Op(op, _) if code.print => by_op.entry(*op).or_default().push(id),
                    Term::Const { .. } => self.constants.push(id),
                    _ => {}
                }
            }
        }
    }

    /// Whether what always holds for a template, and its `when`, hold for these values.
    pub(super) fn allows(&self, row: &Row, code: &Code, values: &[Value], terms: &dyn Terms) -> bool {
        let operands = || operands(values).map(|id| terms.ty(id));
        let scalar = |ty: &Type| ty.rank() == Some(0);
        let fits = match (self.language(), row.operands) {
            (Language::Rust, Operands::Scalar) => operands().all(scalar),
            (Language::Rust, Operands::Array) => operands().next().is_none() || operands().any(|ty| !scalar(ty)),
            (Language::Rust, Operands::Any) => true,
            (Language::Python, _) => {
                let receivers_fit = receivers(code).all(|hole| match &values[code.vars[hole]] {
                    Value::Operand(id) => !terms.ty(*id).is_weak(),
                    _ => true,
                });
                receivers_fit && self.python_call_fits(code, &mut operands())
            }
        };
        fits && typed_holes_fit(code, values, terms) && code.when.as_ref().is_none_or(|when| holds(when, self.target, row, values, terms))
    }

    fn python_call_fits(&self, code: &Code, operands: &mut dyn Iterator<Item = &Type>) -> bool {
        let Some(function) = &code.template.function else { return true };
        let mut operands = operands.peekable();
        match function.split('.').next() {
            Some("builtins") => true,
            Some("math") => operands.all(Type::is_weak),
            _ => operands.peek().is_none() || operands.any(|ty| !ty.is_weak()) || code.when.as_ref().is_some_and(asks_for_number),
        }
    }
}

/// Whether a condition says of an operand that it is a Python number.
fn asks_for_number(when: &Condition) -> bool {
    match when {
        Condition::Is(Predicate::Weak, _) => true,
        Condition::All(parts) => parts.iter().any(asks_for_number),
        _ => false,
    }
}

fn built_in(target: Target) -> Dialect {
    let mut files: Vec<_> = GRAMMARS.files().filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?))).collect();
    files.sort();
    files.reverse();
    Dialect::from_tables(target, files)
}

/// What a name of a row stands for in a term.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Open,
    Operand(Id),
    Many(SmallVec<[Id; 4]>),
    Attr(Attr),
}

/// Types and constants of the terms that names are bound to.
pub(super) trait Terms {
    fn ty(&self, id: Id) -> &Type;
    fn constant(&self, id: Id) -> Option<Const>;
}

/// All operands, in the order of the row's names.
pub(super) fn operands(values: &[Value]) -> impl Iterator<Item = Id> {
    values
        .iter()
        .flat_map(|value| match value {
            Value::Operand(id) => std::slice::from_ref(id),
            Value::Many(ids) => ids.as_slice(),
            _ => &[],
        })
        .copied()
}

/// Whether the operands of holes such as `{b:i32}` have that dtype or are numbers that take it.
fn typed_holes_fit(code: &Code, values: &[Value], terms: &dyn Terms) -> bool {
    code.template.holes.iter().zip(&code.vars).all(|(hole, &var)| match (&hole.kind, &values[var]) {
        (HoleKind::Typed(dtype), Value::Operand(id)) => {
            let found = terms.ty(*id);
            found.dtype() == Some(*dtype) || terms.constant(*id).is_some_and(|c| c.weak && c.dtype.kind() == dtype.kind())
        }
        _ => true,
    })
}

fn receivers(code: &Code) -> impl Iterator<Item = usize> {
    code.template.pieces.iter().filter_map(|piece| match piece {
        Piece::Hole { hole, place } if place.role == PlaceRole::Receiver => Some(*hole),
        _ => None,
    })
}

fn holds(condition: &Condition, target: Target, row: &Row, values: &[Value], terms: &dyn Terms) -> bool {
    condition.holds(&RowView { target, row, values, terms })
}

struct RowView<'a> {
    target: Target,
    row: &'a Row,
    values: &'a [Value],
    terms: &'a dyn Terms,
}

impl RowView<'_> {
    fn value(&self, var: Var) -> &Value {
        self.row.vars.iter().position(|v| v.var == var).map_or(&Value::Open, |i| &self.values[i])
    }

    /// The operand, or the first of many.
    fn operand(&self, var: Var) -> Option<Id> {
        match self.value(var) {
            Value::Operand(id) => Some(*id),
            Value::Many(ids) => ids.first().copied(),
            _ => None,
        }
    }
}

impl View for RowView<'_> {
    fn target(&self) -> Target {
        self.target
    }

    fn ty(&self, var: Var) -> &Type {
        self.operand(var).map_or(&Type::Unknown, |id| self.terms.ty(id))
    }

    fn attr(&self, var: Var) -> Option<&Attr> {
        match self.value(var) {
            Value::Attr(attr) => Some(attr),
            _ => None,
        }
    }

    fn constant(&self, var: Var) -> Option<Const> {
        self.operand(var).and_then(|id| self.terms.constant(id))
    }

    fn same(&self, a: Var, b: Var) -> bool {
        self.operand(a).is_some() && self.operand(a) == self.operand(b)
    }
}

impl Code {
    /// The holes that stand for the row's name of this number, `{type(a)}` not counted.
    pub(super) fn holes_of(&self, var: usize) -> impl Iterator<Item = usize> {
        (0..self.vars.len()).filter(move |&hole| self.vars[hole] == var && self.template.holes[hole].kind != HoleKind::TypeOf)
    }
}

/// True if the row's name stands for an attribute.
pub(super) fn is_attr(role: Role) -> bool {
    matches!(role, Role::Attr(_))
}
