//! Reading a grammar table.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::hole::HoleKind;
use super::template::Template;
use super::term::{self, Role, RowVar, Term};
use crate::ir::condition::Condition;
use crate::ir::{Attr, Const, DType, Target};
use crate::syntax::{Language, LineIndex, Position};

/// What is wrong with a table, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{}:{}: {message}", at.line, at.column)]
pub struct TableError {
    /// The table's file.
    pub file: String,
    /// The place in it.
    pub at: Position,
    /// What was expected, and what is there.
    pub message: String,
}

/// A table as read.
#[derive(Debug)]
pub(super) struct Table {
    pub target: Target,
    pub imports: BTreeMap<String, String>,
    pub dtypes: Vec<(DType, Vec<String>)>,
    pub rows: Vec<Row>,
}

/// A row: a term and the texts for it.
#[derive(Debug)]
pub(super) struct Row {
    pub term: Term,
    pub vars: Vec<RowVar>,
    pub codes: Vec<Code>,
    pub operands: Operands,
    /// Where it stands, for messages.
    pub place: String,
}

/// One text of a row.
#[derive(Debug)]
pub(super) struct Code {
    pub template: Template,
    /// The row's variable of each hole.
    pub vars: Vec<usize>,
    /// The default of each hole that has one.
    pub defaults: Vec<Option<Default>>,
    pub when: Option<Condition>,
    pub parse: bool,
    pub print: bool,
}

/// What a hole stands for when it is left out.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Default {
    Attr(Attr),
    Const(Const),
}

/// What a table demands of every row's operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operands {
    Any,
    Scalar,
    Array,
}

/// Reads a table. Rows that are wrong are left out and reported.
pub(super) fn read(file: &str, text: &str) -> (Option<Table>, Vec<TableError>) {
    let mut reader = Reader { file, text, lines: LineIndex::new(text), errors: Vec::new() };
    let table = match DeTable::parse(text) {
        Ok(document) => reader.table(document.get_ref()),
        Err(error) => {
            reader.error(error.span().map_or(0, |span| span.start), error.message());
            None
        }
    };
    (table, reader.errors)
}

struct Reader<'t> {
    file: &'t str,
    text: &'t str,
    lines: LineIndex<'t>,
    errors: Vec<TableError>,
}

type Entry<'a, 'i> = (&'a str, Range<usize>, &'a Spanned<DeValue<'i>>);

impl<'t> Reader<'t> {
    fn error(&mut self, byte: usize, message: impl Into<String>) {
        self.errors.push(TableError { file: self.file.to_string(), at: self.lines.position(byte), message: message.into() });
    }

    fn table(&mut self, document: &DeTable<'t>) -> Option<Table> {
        let entries = entries(document);
        let language = match self.head(&entries, "language")?.as_str() {
            "python" => Language::Python,
            "rust" => Language::Rust,
            other => return self.wrong_head(&entries, "language", &format!("expected \"python\" or \"rust\", found {other:?}")),
        };
        let library = self.head(&entries, "library")?;
        let target = match (language, library.as_str()) {
            (Language::Rust, _) => Target::Rust,
            (Language::Python, "torch") => Target::Torch,
            (Language::Python, _) => Target::Numpy,
        };
        let mut table = Table { target, imports: BTreeMap::new(), dtypes: Vec::new(), rows: Vec::new() };
        let mut operands = Operands::Any;
        for (key, span, value) in entries {
            match (key, value.get_ref()) {
                ("language" | "library", _) => {}
                ("operands", DeValue::String(s)) if s == "scalar" => operands = Operands::Scalar,
                ("operands", DeValue::String(s)) if s == "array" => operands = Operands::Array,
                ("operands", _) => self.error(value.span().start, "expected \"scalar\" or \"array\""),
                ("imports", DeValue::Table(t)) => table.imports = self.imports(t),
                ("dtypes", DeValue::Table(t)) => table.dtypes = self.dtypes(t),
                ("op", DeValue::Array(rows)) => {
                    for row in rows.iter() {
                        table.rows.extend(self.row(language, row));
                    }
                }
                ("imports" | "dtypes" | "op", _) => self.error(span.start, format!("expected a table under `{key}`")),
                _ => self.error(span.start, format!("expected language, library, operands, imports, dtypes or op, found `{key}`")),
            }
        }
        for row in &mut table.rows {
            row.operands = operands;
        }
        Some(table)
    }

    fn head(&mut self, entries: &[Entry], key: &str) -> Option<String> {
        match entries.iter().find(|(k, ..)| *k == key).map(|(_, _, value)| (value.get_ref(), value.span())) {
            Some((DeValue::String(s), _)) => Some(s.to_string()),
            Some((_, span)) => {
                self.error(span.start, format!("expected a string for `{key}`"));
                None
            }
            None => {
                self.error(0, format!("expected `{key} = \"…\"` at the head of the table"));
                None
            }
        }
    }

    fn wrong_head<T>(&mut self, entries: &[Entry], key: &str, message: &str) -> Option<T> {
        let at = entries.iter().find(|(k, ..)| *k == key).map_or(0, |(_, _, value)| value.span().start);
        self.error(at, message);
        None
    }

    fn imports(&mut self, table: &DeTable<'t>) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for (path, _, value) in entries(table) {
            match value.get_ref() {
                DeValue::String(s) if s.starts_with("import ") => {
                    found.insert(path.to_string(), s.to_string());
                }
                _ => self.error(value.span().start, "expected an import such as \"import numpy as np\""),
            }
        }
        found
    }

    fn dtypes(&mut self, table: &DeTable<'t>) -> Vec<(DType, Vec<String>)> {
        let mut found = Vec::new();
        for (name, span, value) in entries(table) {
            let Some(dtype) = DType::from_name(name) else {
                self.error(span.start, format!("expected a dtype such as `f64`, found `{name}`"));
                continue;
            };
            let names: Vec<String> = self.strings(value).into_iter().map(|(_, text)| text).collect();
            found.push((dtype, names));
        }
        found
    }

    /// A string or a list of strings, each with the byte at which its text begins.
    fn strings(&mut self, value: &Spanned<DeValue<'t>>) -> Vec<(usize, String)> {
        let single = std::slice::from_ref(value);
        let items = match value.get_ref() {
            DeValue::Array(items) => items.iter().collect::<Vec<_>>(),
            _ => single.iter().collect(),
        };
        let mut found = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::String(s) => found.push((self.inside(item.span()), s.to_string())),
                _ => self.error(item.span().start, "expected a string"),
            }
        }
        found
    }

    /// The byte after a string's opening quotes.
    fn inside(&self, span: Range<usize>) -> usize {
        let quotes = self.text[span.clone()].bytes().take_while(|b| matches!(b, b'"' | b'\'')).count();
        span.start + if quotes >= 3 { 3 } else { 1 }
    }

    fn row(&mut self, language: Language, value: &Spanned<DeValue<'t>>) -> Option<Row> {
        let DeValue::Table(table) = value.get_ref() else {
            self.error(value.span().start, "expected a table `[[op]]`");
            return None;
        };
        let entries = entries(table);
        let start = value.span().start;
        if let Some((key, span, _)) = entries.iter().find(|(k, ..)| !["ir", "code", "when", "only"].contains(k)) {
            self.error(span.start, format!("expected ir, code, when or only, found `{key}`"));
        }
        let find = |key: &str| entries.iter().find(|(k, ..)| *k == key).map(|(_, _, value)| *value);
        let Some((ir, code)) = find("ir").zip(find("code")) else {
            self.error(start, "expected `ir = \"…\"` and `code = \"…\"` in an [[op]]");
            return None;
        };
        let (at, ir) = self.strings(ir).into_iter().next()?;
        let (term, vars) = match term::parse(&ir) {
            Ok(found) => found,
            Err(error) => {
                self.error(at + error.at, format!("in `{ir}`: {error}"));
                return None;
            }
        };
        let place = format!("{}:{}: {ir}", self.file, self.lines.position(start).line);
        let mut codes = Vec::new();
        for (at, text) in self.strings(code) {
            codes.push(self.code(language, at, &text, &term, &vars)?);
        }
        self.whens(find("when"), &vars, &mut codes);
        self.onlys(find("only"), &mut codes);
        Some(Row { term, vars, codes, operands: Operands::Any, place })
    }

    fn code(&mut self, language: Language, at: usize, text: &str, term: &Term, vars: &[RowVar]) -> Option<Code> {
        match build_code(language, text, term, vars) {
            Ok(code) => Some(code),
            Err((byte, message)) => {
                self.error(at + byte, message);
                None
            }
        }
    }

    fn whens(&mut self, value: Option<&Spanned<DeValue<'t>>>, vars: &[RowVar], codes: &mut [Code]) {
        for (number, at, text) in self.numbered(value, codes.len()) {
            let condition = match Condition::parse(&text) {
                Ok(condition) => condition,
                Err(error) => {
                    self.error(at + error.at, format!("in `{text}`: {error}"));
                    continue;
                }
            };
            if let Some(unknown) = condition.vars().into_iter().find(|v| vars.iter().all(|known| known.var != *v)) {
                self.error(at, format!("in `{text}`: `{}` is no name of the row's `ir`", unknown.to_string().trim_start_matches('?')));
                continue;
            }
            for code in selected(codes, number) {
                code.when = Some(condition.clone());
            }
        }
    }

    fn onlys(&mut self, value: Option<&Spanned<DeValue<'t>>>, codes: &mut [Code]) {
        for (number, at, text) in self.numbered(value, codes.len()) {
            for code in selected(codes, number) {
                match text.as_str() {
                    "parse" => code.print = false,
                    "print" => code.parse = false,
                    _ => self.error(at, format!("expected \"parse\" or \"print\", found {text:?}")),
                }
            }
        }
    }

    /// The strings of a table with templates' numbers for keys, or one string for all of them.
    fn numbered(&mut self, value: Option<&Spanned<DeValue<'t>>>, count: usize) -> Vec<(Option<usize>, usize, String)> {
        let mut found = Vec::new();
        let Some(value) = value else { return found };
        let DeValue::Table(table) = value.get_ref() else {
            return self.strings(value).into_iter().map(|(at, text)| (None, at, text)).collect();
        };
        for (key, span, value) in entries(table) {
            match key.parse::<usize>().ok().filter(|&number| number < count) {
                Some(number) => found.extend(self.strings(value).into_iter().map(|(at, text)| (Some(number), at, text))),
                None => {
                    self.error(span.start, format!("expected the number of a template, 0 to {}, found `{key}`", count.saturating_sub(1)))
                }
            }
        }
        found
    }
}

fn selected(codes: &mut [Code], number: Option<usize>) -> impl Iterator<Item = &mut Code> {
    codes.iter_mut().enumerate().filter(move |(i, _)| number.is_none_or(|n| n == *i)).map(|(_, code)| code)
}

/// The entries of a table in the order of the file.
fn entries<'a, 'i>(table: &'a DeTable<'i>) -> Vec<Entry<'a, 'i>> {
    let mut found: Vec<Entry> = table.iter().map(|(key, value)| (key.get_ref().as_ref(), key.span(), value)).collect();
    found.sort_by_key(|(_, span, _)| span.start);
    found
}

fn build_code(language: Language, text: &str, term: &Term, vars: &[RowVar]) -> Result<Code, (usize, String)> {
    let template = Template::parse(language, text)?;
    let mut numbers = Vec::new();
    let mut defaults = Vec::new();
    for hole in &template.holes {
        let names = || vars.iter().map(|v| v.name.as_str()).collect::<Vec<_>>().join(", ");
        let unknown = |name: &str| (0, format!("in `{text}`: `{name}` is no name of the row's `ir`, which has: {}", names()));
        let number = vars.iter().position(|v| v.name == hole.name).ok_or_else(|| unknown(&hole.name))?;
        if let HoleKind::AxisOf(name) = &hole.kind {
            vars.iter().find(|v| v.name == *name).ok_or_else(|| unknown(name))?;
        }
        let default = hole.default.as_deref().map(|default| match vars[number].role {
            Role::Attr(kind) => term::attr_literal(default, kind).map(Default::Attr),
            _ => term::number_literal(default).map(Default::Const),
        });
        defaults.push(default.transpose().map_err(|message| (0, format!("in `{text}`: {message}")))?);
        numbers.push(number);
    }
    let filled = |i: &usize| numbers.iter().zip(&template.holes).any(|(n, hole)| n == i && hole.kind != HoleKind::TypeOf);
    if let Some(missing) = (0..vars.len()).find(|i| !filled(i)) {
        let name = &vars[missing].name;
        return Err((0, format!("in `{text}`: expected a hole for `{name}`, which the row's `ir` needs")));
    }
    if matches!(term, Term::Const { .. }) && !template.holes.is_empty() {
        return Err((0, format!("in `{text}`: a constant has no holes")));
    }
    Ok(Code { template, vars: numbers, defaults, when: None, parse: true, print: true })
}
