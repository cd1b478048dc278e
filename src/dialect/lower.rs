//! From text to terms.

use smallvec::{SmallVec, smallvec};

use super::Lowering;
use super::engine::{CodeId, Dialect, Index, Terms, Value, is_attr, operands};
use super::hole::HoleKind;
use super::literal::{Number, attr, bare, constant, elements, int, integers, is_list, is_literal, number};
use super::matching::{Bindings, Bound, Matcher, Resolved, dtype_word};
use super::precedence::is_misparsed;
use super::table::{Code, Default, Row};
use super::template::{Pattern, Tag, key, last_name};
use super::term::{Role, Term};
use crate::ir::{self, Attr, AttrKind, Const, DType, Dim, Id, Type};
use crate::syntax::{Language, Node};

impl Dialect {
    /// Lowers the operation at a node by the first row that fits, and its operands through `cx`. Literals and constants become
    /// constants; parentheses and references are seen through. `expected` is the dtype that the context gives to a Rust literal
    /// without suffix. `None` if no row fits: then the caller may take the node for a leaf.
    pub fn lower<'t>(&self, node: Node<'t>, expected: Option<DType>, cx: &mut dyn Lowering<'t>) -> Option<Id> {
        let inner = bare(node);
        if inner != node {
            return cx.value(inner, expected);
        }
        if is_misparsed(node) {
            return None;
        }
        if let Some(value) = constant(node, expected) {
            return cx.add(ir::Node::Const(value));
        }
        if let Some(value) = self.negated_path(node, cx) {
            return cx.add(ir::Node::Const(value));
        }
        self.by_rows(&self.index, node, expected, cx)
    }

    /// Lowers a statement's expression that changes a place, and nothing else, by the first row that fits: to an op of
    /// [`Group::Update`](crate::ir::Group), whose first operand is the place's old value.
    pub fn lower_update<'t>(&self, node: Node<'t>, cx: &mut dyn Lowering<'t>) -> Option<Id> {
        self.by_rows(&self.updates.index, node, None, cx)
    }

    fn by_rows<'t>(&self, index: &Index, node: Node<'t>, expected: Option<DType>, cx: &mut dyn Lowering<'t>) -> Option<Id> {
        let mut resolved = Resolved::default();
        let candidates = candidates(index, node, cx, &mut resolved)?;
        let mut attempt = Attempt { dialect: self, cx, expected, lowered: SmallVec::new() };
        candidates.iter().find_map(|&id| attempt.code(id, node, &mut resolved))
    }
    /// `-np.inf`: the constant that a path means, negated.
    fn negated_path<'t>(&self, node: Node<'t>, cx: &dyn Lowering<'t>) -> Option<Const> {
        let negation = matches!(node.kind(), "unary_operator" | "unary_expression") && node.child(0)?.kind() == "-";
        let inner = if negation { bare(node.child(1)?) } else { return None };
        if !matches!(inner.kind(), "identifier" | "attribute" | "scoped_identifier") {
            return None;
        }
        let mut resolved = Resolved::default();
        let candidates = candidates(&self.index, inner, cx, &mut resolved)?;
        let path = resolved.path(cx.names(), inner)?;
        let row =
            candidates.iter().map(|&id| self.code(id)).find(|(_, code)| matches!(&code.template.pattern, Pattern::Path(p) if p == path))?.0;
        match row.term {
            Term::Const { value, typed } if value.dtype.is_float() => {
                let negated = -value.as_f64();
                Some(if typed { Const::typed_float(value.dtype, negated) } else { Const::float(negated) })
            }
            _ => None,
        }
    }
}

/// The templates that the node's operator or last name leads to.
fn candidates<'a, 't>(index: &'a Index, node: Node<'t>, cx: &dyn Lowering<'t>, resolved: &mut Resolved<'t>) -> Option<&'a [CodeId]> {
    let (tag, word) = key(node)?;
    let words = index.get(&tag)?;
    let name = match (tag, node.kind()) {
        (Tag::Call, _) => node.field("function").filter(|function| function.kind() == "identifier"),
        (Tag::Member, "identifier") => Some(node),
        _ => None,
    };
    let found = match name {
        Some(name) => words.get(last_name(resolved.path(cx.names(), name)?)),
        None => words.get(word),
    };
    found.map(Vec::as_slice)
}

/// The templates tried at one node.
struct Attempt<'a, 't> {
    dialect: &'a Dialect,
    cx: &'a mut dyn Lowering<'t>,
    expected: Option<DType>,
    lowered: SmallVec<[Operand<'t>; 4]>,
}

/// An operand that was lowered for one template; another may have it too.
struct Operand<'t> {
    node: Node<'t>,
    expected: Option<DType>,
    id: Option<Id>,
}

type Values = SmallVec<[Value; 4]>;

impl<'t> Attempt<'_, 't> {
    fn code(&mut self, id: CodeId, node: Node<'t>, resolved: &mut Resolved<'t>) -> Option<Id> {
        let (row, code) = self.dialect.code(id);
        let bound = {
            let mut matcher = Matcher::new(&code.template.holes, self.cx.names(), resolved);
            if !matcher.fits(&code.template.pattern, node) {
                return None;
            }
            matcher.bound
        };
        let mut values: Values = smallvec![Value::Open; row.vars.len()];
        self.attrs(row, code, &bound, &mut values)?;
        self.operands(row, code, &bound, &mut values)?;
        let seen = Lowered(&*self.cx);
        if !self.dialect.allows(row, code, &values, &seen) {
            return None;
        }
        self.build(&row.term, &values)
    }

    fn attrs(&mut self, row: &Row, code: &Code, bound: &Bindings<'t>, values: &mut Values) -> Option<()> {
        for (hole, bound) in bound.iter().enumerate() {
            let var = code.vars[hole];
            let Role::Attr(kind) = row.vars[var].role else { continue };
            let attr = match (bound, &code.defaults[hole]) {
                (Bound::Default, Some(Default::Attr(attr))) => attr.clone(),
                (Bound::One(node), _) => self.attr(*node, kind)?,
                (Bound::Many(nodes), _) => self.spread_attr(nodes, kind)?,
                _ => return None,
            };
            if let HoleKind::AxisOf(_) = code.template.holes[hole].kind
                && attr.as_int().is_some_and(|axis| axis < 0)
            {
                return None;
            }
            values[var] = Value::Attr(attr);
        }
        Some(())
    }

    fn attr(&mut self, node: Node<'t>, kind: AttrKind) -> Option<Attr> {
        let node = bare(node);
        match kind {
            AttrKind::DType => {
                let word = dtype_word(node, self.cx.names())?;
                self.dialect.dtypes.get(&word).copied().map(Attr::DType)
            }
            AttrKind::Dims if is_list(node.kind()) => self.dims(elements(node)).map(Attr::Dims),
            AttrKind::Dims => self.dims(std::iter::once(node)).map(Attr::Dims),
            _ => attr(node, kind),
        }
    }

    fn spread_attr(&mut self, nodes: &[Node<'t>], kind: AttrKind) -> Option<Attr> {
        match kind {
            AttrKind::Dims => self.dims(nodes.iter().copied()).map(Attr::Dims),
            AttrKind::Ints | AttrKind::Axes => integers(nodes.iter().copied()).map(Attr::Ints),
            _ => None,
        }
    }

    fn dims(&mut self, nodes: impl Iterator<Item = Node<'t>>) -> Option<Vec<Dim>> {
        nodes.map(|node| int(node).map(Dim::known).or_else(|| self.cx.dim(node))).collect()
    }

    /// Lowers the operands: first those that have a dtype of their own, then the literals, which take it from them.
    fn operands(&mut self, row: &Row, code: &Code, bound: &Bindings<'t>, values: &mut Values) -> Option<()> {
        let named = self.named_dtype(code, bound)?;
        for literals in [false, true] {
            for (hole, bound) in bound.iter().enumerate() {
                let var = code.vars[hole];
                let kind = &code.template.holes[hole].kind;
                if is_attr(row.vars[var].role) || *kind == HoleKind::TypeOf || values[var] != Value::Open {
                    continue;
                }
                values[var] = match bound {
                    Bound::One(node) if self.waits(*node) != literals => continue,
                    Bound::One(node) => {
                        let expected = self.expected_of(*node, kind, named, code, values);
                        Value::Operand(self.value(*node, expected)?)
                    }
                    Bound::Many(nodes) => Value::Many(nodes.iter().map(|node| self.value(*node, named)).collect::<Option<_>>()?),
                    Bound::Default => match code.defaults[hole] {
                        Some(Default::Const(value)) => Value::Operand(self.cx.add(ir::Node::Const(value))?),
                        _ => return None,
                    },
                    Bound::Open => return None,
                };
            }
        }
        self.types_agree(code, named, values).then_some(())
    }

    /// A Rust literal waits for the operands beside it.
    fn waits(&self, node: Node<'t>) -> bool {
        self.dialect.language() == Language::Rust && is_literal(node)
    }

    /// The dtype that stands in `{type(a)}`; the outer `None` if it is none.
    fn named_dtype(&self, code: &Code, bound: &Bindings<'t>) -> Option<Option<DType>> {
        for (hole, bound) in code.template.holes.iter().zip(bound) {
            if let (HoleKind::TypeOf, Bound::One(node)) = (&hole.kind, bound) {
                let word = dtype_word(*node, self.cx.names())?;
                return self.dialect.dtypes.get(&word).copied().map(Some);
            }
        }
        Some(None)
    }

    fn types_agree(&self, code: &Code, named: Option<DType>, values: &Values) -> bool {
        code.template.holes.iter().zip(&code.vars).filter(|(hole, _)| hole.kind == HoleKind::TypeOf).all(|(_, &var)| match &values[var] {
            Value::Operand(id) => self.cx.ty(*id).dtype() == named,
            _ => false,
        })
    }

    fn expected_of(&self, node: Node<'t>, kind: &HoleKind, named: Option<DType>, code: &Code, values: &Values) -> Option<DType> {
        if self.dialect.language() == Language::Python {
            return None;
        }
        if let HoleKind::Typed(dtype) = kind {
            return Some(*dtype);
        }
        let outer = if same_dtype_throughout(code) { self.expected } else { None };
        if !self.waits(node) {
            return outer;
        }
        let suits = |dtype: &DType| match number(node) {
            Some((Number::Int(_), _)) => dtype.is_int(),
            _ => dtype.is_float() || (dtype.is_int() && number(node).is_none()),
        };
        let beside = || operands(values).filter_map(|id| self.cx.ty(id).dtype());
        named.into_iter().chain(beside()).chain(outer).find(suits)
    }

    fn value(&mut self, node: Node<'t>, expected: Option<DType>) -> Option<Id> {
        if let Some(known) = self.lowered.iter().find(|known| known.node == node && known.expected == expected) {
            return known.id;
        }
        let id = self.cx.value(node, expected);
        self.lowered.push(Operand { node, expected, id });
        id
    }

    fn build(&mut self, term: &Term, values: &Values) -> Option<Id> {
        match term {
            Term::Var(i) => match &values[*i] {
                Value::Operand(id) => Some(*id),
                Value::Attr(attr) => self.cx.add(ir::Node::Attr(attr.clone())),
                _ => None,
            },
            Term::Const { value, typed } => {
                let value = if *typed || self.dialect.language() == Language::Python { *value } else { self.typed(*value, values)? };
                self.cx.add(ir::Node::Const(value))
            }
            Term::Attr(attr) => self.cx.add(ir::Node::Attr(attr.clone())),
            Term::Op(op, args) => {
                let mut ids: SmallVec<[Id; 4]> = SmallVec::new();
                for arg in args {
                    match arg {
                        Term::Var(i) if matches!(values[*i], Value::Many(_)) => {
                            let Value::Many(many) = &values[*i] else { return None };
                            ids.extend_from_slice(many);
                        }
                        _ => ids.push(self.build(arg, values)?),
                    }
                }
                self.cx.add(ir::Node::Op(*op, ids))
            }
        }
    }

    /// A number of `ir` as a constant of the operands' dtype.
    fn typed(&self, value: Const, values: &Values) -> Option<Const> {
        let dtype = operands(values).find_map(|id| self.cx.ty(id).dtype()).or(self.expected)?;
        match value.as_i64() {
            _ if dtype.is_float() => Some(Const::typed_float(dtype, value.as_f64())),
            Some(i) if dtype.is_int() => Some(Const::typed_int(dtype, i)),
            _ => None,
        }
    }
}

/// True for operators whose operands and result have one dtype, so that a literal's goes through them.
fn same_dtype_throughout(code: &Code) -> bool {
    let (tag, word) = &code.template.key;
    match tag {
        Tag::Binary => matches!(word.as_str(), "+" | "-" | "*" | "/" | "%" | "&" | "|" | "^"),
        Tag::Unary => word == "-",
        _ => false,
    }
}

struct Lowered<'a, 't>(&'a dyn Lowering<'t>);

impl Terms for Lowered<'_, '_> {
    fn ty(&self, id: Id) -> &Type {
        self.0.ty(id)
    }

    fn constant(&self, id: Id) -> Option<Const> {
        match self.0.node(id) {
            ir::Node::Const(value) => Some(*value),
            _ => None,
        }
    }
}
