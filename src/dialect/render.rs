//! Writing a template with its holes filled.

use std::collections::BTreeSet;

use super::engine::{Terms, Value, operands};
use super::hole::HoleKind;
use super::literal::{attr_text, dim_text, float_text};
use super::print::{Printed, Printer, same_value};
use super::table::{Code, Default, Row};
use super::template::{ListItem, Pattern, Piece, Place, PlaceRole};
use super::term::{Role, Term};
use super::{Form, Precedence};
use crate::ir::{Attr, AttrKind, Const, DType, Dim, Id};
use crate::syntax::{Edit, Language};

/// A template on its way to text.
pub(super) struct Render<'a> {
    pub printer: &'a Printer<'a>,
    pub row: &'a Row,
    pub code: &'a Code,
    pub values: &'a [Value],
    /// The term that is written.
    pub id: Id,
    /// Which of the operands a repeated element is for.
    pub element: Option<usize>,
    pub text: String,
    pub imports: BTreeSet<Edit>,
}

impl Render<'_> {
    /// Writes the pieces; `None` if something has no text.
    pub fn pieces(&mut self, pieces: &[Piece]) -> Option<()> {
        pieces.iter().try_for_each(|piece| self.piece(piece))
    }

    fn language(&self) -> Language {
        self.printer.dialect.language()
    }

    fn piece(&mut self, piece: &Piece) -> Option<()> {
        match piece {
            Piece::Text(text) => self.text.push_str(text),
            Piece::Path(path) => {
                let spelled = self.printer.path_text(path, &mut self.imports)?;
                self.text.push_str(&spelled);
            }
            Piece::Hole { hole, place } => self.hole(*hole, *place)?,
            Piece::List(items) => self.list(items)?,
            Piece::Slice(parts) => self.slice(parts)?,
        }
        Some(())
    }

    fn hole(&mut self, hole: usize, place: Place) -> Option<()> {
        let start = self.text.len();
        self.fill(hole, place)?;
        let one_token = self.text[start..].chars().all(|c| c.is_alphanumeric() || c == '_');
        (place.role != PlaceRole::Token || one_token).then_some(())
    }

    fn fill(&mut self, hole: usize, place: Place) -> Option<()> {
        let values = self.values;
        match (&values[self.code.vars[hole]], &self.code.template.holes[hole].kind) {
            (Value::Operand(id), HoleKind::TypeOf) => {
                let dtype = self.printer.dtype_of(*id, || self.dtype_beside(*id))?;
                let text = self.printer.dtype_text(dtype, &mut self.imports)?;
                self.text.push_str(&text);
            }
            (Value::Operand(id), _) => self.operand(*id, hole, place)?,
            (Value::Many(ids), _) => self.operand(*ids.get(self.element?)?, hole, place)?,
            (Value::Attr(attr), kind) => {
                let text = self.attr(attr, kind, hole)?;
                let negative = text.starts_with('-') && place.required > Precedence::ARGUMENT;
                self.push(&text, negative);
            }
            (Value::Open, _) => return None,
        }
        Some(())
    }

    fn push(&mut self, text: &str, parenthesized: bool) {
        if parenthesized {
            self.text.extend(["(", text, ")"]);
        } else {
            self.text.push_str(text);
        }
    }

    fn operand(&mut self, id: Id, hole: usize, place: Place) -> Option<()> {
        if let Some(value) = self.printer.constant(id)
            && self.printer.cx.stop(id).is_none()
        {
            let (text, precedence) = self.constant(value, id, hole, place)?;
            let lent = matches!(place.role, PlaceRole::Referenced);
            self.push(if lent { "&" } else { "" }, false);
            self.push(&text, precedence < place.required);
            return Some(());
        }
        if let Some(place_text) = self.printer.place_text(id, place.role) {
            self.text.push_str(&place_text);
            return Some(());
        }
        let printed = self.printer.operand(id)?;
        self.imports.extend(printed.imports.iter().cloned());
        let (sign, required) = match self.language() {
            Language::Python => ("", place.required),
            Language::Rust => self.rust_form(printed, id, hole, place)?,
        };
        self.text.push_str(sign);
        let cast_before_less =
            place.role == PlaceRole::BeforeLess && printed.precedence < Precedence::PRIMARY && printed.text.contains(" as ");
        self.push(&printed.text, printed.precedence < required || cast_before_less);
        Some(())
    }

    /// The `&` or `*` before an operand, and the precedence that the operand then needs. `None` if it would be moved away.
    fn rust_form(&self, printed: &Printed, id: Id, hole: usize, place: Place) -> Option<(&'static str, Precedence)> {
        let scalar = self.printer.ty(id).rank() == Some(0);
        let lent = self.code.template.holes[hole].lent;
        let unary = place.required.max(Precedence::RUST_UNARY);
        match (place.role, printed.form) {
            (PlaceRole::Receiver, _) => Some(("", place.required)),
            (PlaceRole::Changed | PlaceRole::Assigned, _) => None,
            (PlaceRole::Referenced, Form::Reference) => Some(("", place.required)),
            (PlaceRole::Referenced, Form::Exclusive) => Some(("&*", unary)),
            (PlaceRole::Referenced, _) => Some(("&", unary)),
            (_, Form::Place) if lent && !scalar => Some(("&", unary)),
            (_, Form::Exclusive) if lent && !scalar => Some(("&*", unary)),
            (_, Form::Reference | Form::Exclusive) if scalar => Some(("*", unary)),
            (_, Form::Place | Form::Reference | Form::Exclusive) if !scalar && !lent => None,
            _ => Some(("", place.required)),
        }
    }

    fn constant(&mut self, value: Const, id: Id, hole: usize, place: Place) -> Option<(String, Precedence)> {
        if self.language() == Language::Python {
            return self.printer.constant_text(value, value.dtype, false, &mut self.imports);
        }
        let beside = self.dtype_beside(id);
        let (dtype, settled) = match self.code.template.holes[hole].kind {
            HoleKind::Typed(dtype) => (dtype, true),
            _ => (self.printer.dtype_of(id, || beside)?, place.role != PlaceRole::Receiver),
        };
        let settled = settled && (beside == Some(dtype) || matches!(self.code.template.holes[hole].kind, HoleKind::Typed(_)));
        self.printer.constant_text(value, dtype, !settled, &mut self.imports)
    }

    /// The dtype that the other operands of the row give to a literal.
    fn dtype_beside(&self, id: Id) -> Option<DType> {
        let others = operands(self.values).filter(|&other| other != id && self.printer.constant(other).is_none());
        let wanted = self.printer.ty(id).dtype().map(DType::kind);
        let dtypes: Vec<DType> = others.filter_map(|other| self.printer.ty(other).dtype()).filter(|d| *d != DType::Bool).collect();
        let same_kind = dtypes.iter().find(|dtype| Some(dtype.kind()) == wanted);
        same_kind
            .or(dtypes.first())
            .copied()
            .or_else(|| self.printer.ty(self.id).dtype().filter(|d| *d != DType::Bool && self.is_untyped(id)))
    }

    fn is_untyped(&self, id: Id) -> bool {
        self.printer.ty(id).is_weak()
    }

    fn attr(&mut self, attr: &Attr, kind: &HoleKind, hole: usize) -> Option<String> {
        let printer = self.printer;
        let dim = |dim: &Dim| printer.cx.dim(dim);
        if self.code.template.holes[hole].spread {
            let items: Option<Vec<String>> = match attr {
                Attr::Ints(items) => Some(items.iter().map(i64::to_string).collect()),
                Attr::Dims(dims) => dims.iter().map(|size| dim_text(size, &dim)).collect(),
                _ => None,
            };
            return items.filter(|items| !items.is_empty()).map(|items| items.join(", "));
        }
        match (attr, kind) {
            (Attr::Int(axis), HoleKind::AxisOf(name)) if *axis < 0 => {
                let var = self.row.vars.iter().position(|v| v.name == *name)?;
                let Value::Operand(id) = self.values[var] else { return None };
                printer.ty(id).shape().axis(*axis).map(|axis| axis.to_string())
            }
            (Attr::Int(_), HoleKind::AxisOf(_)) => Some(attr.to_string()),
            (_, HoleKind::AxisOf(_)) => None,
            (Attr::DType(dtype), _) => printer.dtype_text(*dtype, &mut self.imports),
            // A lone number does for a list of one.
            (Attr::Ints(items), _) if items.len() == 1 && self.is_ints(hole) => Some(items[0].to_string()),
            _ => attr_text(self.language(), attr, &dim),
        }
    }

    fn is_ints(&self, hole: usize) -> bool {
        self.language() == Language::Python && self.row.vars[self.code.vars[hole]].role == Role::Attr(AttrKind::Ints)
    }

    /// True if the text of an operand has a name that a closure of the template takes for its own.
    pub fn captures(&self) -> bool {
        let locals = &self.code.template.locals;
        let has = |text: &str, name: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
        !locals.is_empty()
            && operands(self.values)
                .filter_map(|id| self.printer.operand(id))
                .any(|printed| locals.iter().any(|name| has(&printed.text, name)))
    }

    fn list(&mut self, items: &[ListItem]) -> Option<()> {
        let kept = |item: &ListItem| !item.optional.is_some_and(|hole| self.is_default(hole));
        let last = items.iter().rposition(|item| item.keyword.is_none() && kept(item));
        let written: Vec<&ListItem> = items
            .iter()
            .enumerate()
            .filter(|(i, item)| kept(item) || (item.keyword.is_none() && Some(*i) < last))
            .map(|(_, item)| item)
            .collect();
        for (i, item) in written.into_iter().enumerate() {
            if i > 0 {
                self.text.push_str(", ");
            }
            if let Some(keyword) = &item.keyword {
                self.text.extend([keyword, "="]);
            }
            self.item(item)?;
        }
        Some(())
    }

    fn item(&mut self, item: &ListItem) -> Option<()> {
        let count = match item.spread.map(|hole| &self.values[self.code.vars[hole]]) {
            Some(Value::Many(ids)) => ids.len(),
            _ => return self.pieces(&item.pieces),
        };
        for element in 0..count {
            if element > 0 {
                self.text.push_str(", ");
            }
            self.element = Some(element);
            self.pieces(&item.pieces)?;
        }
        self.element = None;
        (count > 0).then_some(())
    }

    fn slice(&mut self, parts: &[Option<(Option<usize>, Vec<Piece>)>]) -> Option<()> {
        for (i, part) in parts.iter().enumerate() {
            let left_out = part.as_ref().is_none_or(|(optional, _)| optional.is_some_and(|hole| self.is_default(hole)));
            if i == 1 || (i == 2 && !left_out) {
                self.text.push(':');
            }
            if let Some((_, pieces)) = part
                && !left_out
            {
                self.pieces(pieces)?;
            }
        }
        Some(())
    }

    fn is_default(&self, hole: usize) -> bool {
        match (&self.code.defaults[hole], &self.values[self.code.vars[hole]]) {
            (Some(Default::Attr(default)), Value::Attr(attr)) => default == attr,
            (Some(Default::Const(default)), Value::Operand(id)) => self.printer.constant(*id) == Some(*default),
            _ => false,
        }
    }
}

impl Printer<'_> {
    /// How the place writes a path.
    pub fn path_text(&self, path: &str, imports: &mut BTreeSet<Edit>) -> Option<String> {
        if let Some(spelled) = self.cx.names().spell(path) {
            return Some(spelled);
        }
        if self.dialect.language() == Language::Rust {
            return Some(path.to_string());
        }
        let import = self.cx.names().import(path, self.dialect.usual_import(path)?)?;
        imports.insert(import.edit);
        Some(import.spelling)
    }

    /// A dtype as `[dtypes]` say it first.
    pub fn dtype_text(&self, dtype: DType, imports: &mut BTreeSet<Edit>) -> Option<String> {
        let words = self.dialect.dtype_words.iter().filter(|(d, _)| *d == dtype).flat_map(|(_, words)| words);
        let mut words = words.map(String::as_str);
        let first = words.next()?;
        match self.dialect.language() {
            Language::Rust => Some(first.to_string()),
            Language::Python if first.contains('.') => self.path_text(first, imports),
            Language::Python if first.starts_with('\'') => Some(first.replace('\'', "\"")),
            Language::Python => self.path_text(&format!("builtins.{first}"), imports),
        }
    }

    /// The dtype of an operand; a number without one takes it from what stands beside it.
    pub fn dtype_of(&self, id: Id, beside: impl FnOnce() -> Option<DType>) -> Option<DType> {
        match self.constant(id) {
            Some(value) if value.weak => beside().or(value.dtype.is_float().then_some(value.dtype)),
            _ => self.ty(id).dtype(),
        }
    }

    /// A constant's text and its precedence. In Rust of the dtype, with a suffix if nothing else gives it.
    pub fn constant_text(&self, value: Const, dtype: DType, suffix: bool, imports: &mut BTreeSet<Edit>) -> Option<(String, Precedence)> {
        if let Some(text) = self.named_constant(value, dtype, imports) {
            return Some((text, Precedence::PRIMARY));
        }
        let x = value.as_f64();
        if x.is_infinite() && x < 0.0 {
            let text = self.named_constant(negated(value), dtype, imports)?;
            return Some((format!("-{text}"), Precedence::unary(self.dialect.language())));
        }
        let text = match self.dialect.language() {
            Language::Python => python_number(value)?,
            Language::Rust => rust_number(value, dtype, suffix)?,
        };
        let precedence = match (text.starts_with('-'), self.dialect.language()) {
            (true, language) => Precedence::unary(language),
            (false, Language::Python) if value.dtype != DType::Bool => Precedence::PYTHON_NUMBER,
            _ => Precedence::PRIMARY,
        };
        Some((text, precedence))
    }

    /// The path of a constant such as π: one that can be written without an import, unless there is no literal.
    fn named_constant(&self, value: Const, dtype: DType, imports: &mut BTreeSet<Edit>) -> Option<String> {
        let paths = || {
            self.dialect.constants.iter().map(|&id| self.dialect.code(id)).filter_map(|(row, code)| {
                match (&row.term, &code.template.pattern) {
                    (Term::Const { value: wanted, typed }, Pattern::Path(path)) if code.print => {
                        let of_dtype = if *typed { wanted.dtype == dtype } else { value.weak };
                        (same_value(*wanted, value, false) && of_dtype).then_some(path)
                    }
                    _ => None,
                }
            })
        };
        if self.dialect.language() == Language::Rust {
            return self.path_text(paths().next()?, imports);
        }
        let spelled = paths().find_map(|path| self.cx.names().spell(path));
        if spelled.is_some() || value.as_f64().is_finite() {
            return spelled;
        }
        self.path_text(paths().next()?, imports)
    }
}

fn negated(value: Const) -> Const {
    if value.weak { Const::float(-value.as_f64()) } else { Const::typed_float(value.dtype, -value.as_f64()) }
}

fn python_number(value: Const) -> Option<String> {
    let x = value.as_f64();
    match (value.dtype, value.as_i64()) {
        _ if !value.weak => None,
        (DType::Bool, Some(i)) => Some(if i != 0 { "True" } else { "False" }.to_string()),
        (_, Some(i)) => Some(i.to_string()),
        _ => x.is_finite().then(|| float_text(x, DType::F64)),
    }
}

fn rust_number(value: Const, dtype: DType, suffix: bool) -> Option<String> {
    let x = value.as_f64();
    let end = if suffix { format!("_{dtype}") } else { String::new() };
    match value.as_i64() {
        Some(i) if value.dtype == DType::Bool => (dtype == DType::Bool).then(|| (i != 0).to_string()),
        Some(i) if dtype.is_int() && (value.dtype != DType::U64 || i >= 0) => Some(format!("{i}{end}")),
        _ if dtype.is_float() && x.is_finite() => Some(format!("{}{end}", float_text(x, dtype))),
        None if dtype.is_int() && x.fract() == 0.0 && x.abs() < 1e15 && value.weak => Some(format!("{}{end}", x as i64)),
        _ => None,
    }
}
