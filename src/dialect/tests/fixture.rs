//! Names, terms and texts for tests.

use std::collections::HashMap;

use crate::dialect::{Dialect, Form, Given, Import, Lowering, Names, Printed, Printing, Unprintable};
use crate::ir::{self, Arg, Attr, Const, DType, Dim, Id, LeafId, Param, RecExpr, Shape, Target, Type};
use crate::syntax::{Edit, Language, Node, Span, Tree};

/// Names as imports give them; names of leaves shadow them.
pub struct Scope {
    language: Language,
    aliases: Vec<(String, String)>,
    taken: Vec<String>,
}

impl Scope {
    pub fn new(language: Language, aliases: &[(&str, &str)]) -> Scope {
        Scope { language, aliases: aliases.iter().map(|(a, p)| (a.to_string(), p.to_string())).collect(), taken: Vec::new() }
    }

    /// What a file of the target usually imports.
    pub fn usual(target: Target) -> Scope {
        match target {
            Target::Numpy => Scope::new(Language::Python, &[("np", "numpy"), ("math", "math"), ("scipy", "scipy")]),
            Target::Torch => Scope::new(Language::Python, &[("torch", "torch"), ("F", "torch.nn.functional"), ("math", "math")]),
            Target::Rust => Scope::new(Language::Rust, &[("std", "std"), ("ndarray", "ndarray"), ("Axis", "ndarray::Axis")]),
        }
    }

    fn separator(&self) -> &'static str {
        if self.language == Language::Python { "." } else { "::" }
    }
}

impl Names for Scope {
    fn resolve(&self, node: Node<'_>) -> Option<String> {
        let text: String = node.text().split_whitespace().collect();
        let separator = self.separator();
        let (first, rest) = text.split_once(separator).unwrap_or((&text, ""));
        if self.taken.iter().any(|name| name == first) {
            return None;
        }
        let Some((_, path)) = self.aliases.iter().find(|(alias, _)| alias == first) else {
            let builtin = self.language == Language::Python && rest.is_empty() && node.kind() == "identifier";
            return builtin.then(|| format!("builtins.{text}"));
        };
        Some(if rest.is_empty() { path.clone() } else { format!("{path}{separator}{rest}") })
    }

    fn spell(&self, path: &str) -> Option<String> {
        if let Some(name) = path.strip_prefix("builtins.") {
            return self.taken.iter().all(|taken| taken != name).then(|| name.to_string());
        }
        let rest_of = |prefix: &str| path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with(self.separator()));
        let serving = self.aliases.iter().filter_map(|(alias, prefix)| Some((alias, prefix.len(), rest_of(prefix)?)));
        serving.max_by_key(|(_, length, _)| *length).map(|(alias, _, rest)| format!("{alias}{rest}"))
    }

    fn import(&self, path: &str, usual: &str) -> Option<Import> {
        let (prefix, alias) = usual.strip_prefix("import ")?.split_once(" as ")?;
        let edit = Edit { span: Span::new(0, 0), text: format!("{usual}\n") };
        Some(Import { spelling: format!("{alias}{}", path.strip_prefix(prefix)?), edit })
    }
}

/// Terms that are built from text and printed to text.
pub struct Terms {
    pub dialect: &'static Dialect,
    pub scope: Scope,
    pub leaves: Vec<(String, Type, Form)>,
    pub nodes: RecExpr,
    pub types: Vec<Type>,
    known: HashMap<ir::Node, Id>,
}

impl Terms {
    pub fn new(target: Target) -> Terms {
        Terms::of(Dialect::of(target))
    }

    pub fn of(dialect: &'static Dialect) -> Terms {
        let scope = Scope::usual(dialect.target());
        Terms { dialect, scope, leaves: Vec::new(), nodes: RecExpr::default(), types: Vec::new(), known: HashMap::new() }
    }

    /// Declares a name.
    pub fn leaf(&mut self, name: &str, ty: Type, form: Form) -> Id {
        self.scope.taken.push(name.to_string());
        self.leaves.push((name.to_string(), ty, form));
        self.add(ir::Node::Leaf(LeafId(self.leaves.len() as u32 - 1))).unwrap()
    }

    pub fn leaf_of(&mut self, name: &str, dtype: DType, shape: &[i64]) -> Id {
        let shape = Shape::Ranked(shape.iter().map(|n| Dim::known(*n)).collect());
        self.leaf(name, Type::array(dtype, shape), Form::Place)
    }

    /// Lowers an expression.
    pub fn read(&mut self, text: &str) -> Option<Id> {
        self.read_as(text, None)
    }

    pub fn read_as(&mut self, text: &str, expected: Option<DType>) -> Option<Id> {
        let tree = Tree::parse(self.scope.language, crate::dialect::precedence::in_context(self.scope.language, text));
        assert_eq!(tree.first_error(), None, "{text}");
        let node = crate::dialect::precedence::expression_of(&tree).unwrap();
        self.value(node, expected)
    }

    /// Lowers a statement's expression that changes a place.
    pub fn read_update(&mut self, text: &str) -> Option<Id> {
        let tree = Tree::parse(self.scope.language, crate::dialect::precedence::in_context(self.scope.language, text));
        assert_eq!(tree.first_error(), None, "{text}");
        self.dialect.lower_update(crate::dialect::precedence::expression_of(&tree).unwrap(), self)
    }

    /// The term in prefix form, with the leaves' names.
    pub fn show(&self, id: Id) -> String {
        match &self.nodes[id] {
            ir::Node::Leaf(leaf) => self.leaves[leaf.0 as usize].0.clone(),
            ir::Node::Op(op, args) => {
                let args: Vec<String> = args.iter().map(|&arg| self.show(arg)).collect();
                format!("{}({})", op.def().name, args.join(", "))
            }
            other => other.to_string(),
        }
    }

    pub fn print(&self, id: Id) -> Result<Printed, Unprintable> {
        self.dialect.print(&self.nodes, &self.types, id, self)
    }

    fn infer(&self, node: &ir::Node) -> Option<Type> {
        match node {
            ir::Node::Const(c) => Some(Type::of_const(c)),
            ir::Node::Attr(_) => Some(Type::Unknown),
            ir::Node::Leaf(leaf) => Some(self.leaves[leaf.0 as usize].1.clone()),
            ir::Node::Op(op, args) => {
                let params = op.def().params;
                let arg = |(i, id): (usize, &Id)| match (params[i.min(params.len() - 1)], &self.nodes[*id]) {
                    (Param::Attr(_, kind), ir::Node::Attr(attr)) => attr.fits(kind).then_some(Arg::Attr(attr)),
                    (Param::Attr(..), _) | (_, ir::Node::Attr(_)) => None,
                    (_, ir::Node::Const(c)) => Some(Arg::Value(&self.types[usize::from(*id)], Some(*c))),
                    _ => Some(Arg::Value(&self.types[usize::from(*id)], None)),
                };
                let args: Vec<Arg> = args.iter().enumerate().map(arg).collect::<Option<_>>()?;
                (op.def().infer)(self.dialect.target(), &args).ok()
            }
        }
    }

    pub fn constant(&mut self, value: Const) -> Id {
        self.add(ir::Node::Const(value)).unwrap()
    }

    pub fn attr(&mut self, attr: Attr) -> Id {
        self.add(ir::Node::Attr(attr)).unwrap()
    }
}

impl<'t> Lowering<'t> for Terms {
    fn names(&self) -> &dyn Names {
        &self.scope
    }

    fn value(&mut self, node: Node<'t>, expected: Option<DType>) -> Option<Id> {
        if let Some(id) = self.dialect.lower(node, expected, self) {
            return Some(id);
        }
        let leaf = self.leaves.iter().position(|(name, ..)| name == node.text())?;
        self.add(ir::Node::Leaf(LeafId(leaf as u32)))
    }

    fn dim(&mut self, node: Node<'t>) -> Option<Dim> {
        (node.kind() == "identifier" && !self.scope.taken.iter().any(|name| name == node.text())).then(|| Dim::symbol(node.text()))
    }

    fn ty(&self, id: Id) -> &Type {
        &self.types[usize::from(id)]
    }

    fn node(&self, id: Id) -> &ir::Node {
        &self.nodes[id]
    }

    fn add(&mut self, node: ir::Node) -> Option<Id> {
        if let Some(&id) = self.known.get(&node) {
            return Some(id);
        }
        let ty = self.infer(&node)?;
        let id = self.nodes.add(node.clone());
        self.types.push(ty);
        self.known.insert(node, id);
        Some(id)
    }
}

impl Printing for Terms {
    fn names(&self) -> &dyn Names {
        &self.scope
    }

    fn stop(&self, id: Id) -> Option<Given> {
        let ir::Node::Leaf(leaf) = &self.nodes[id] else { return None };
        let (text, _, form) = &self.leaves[leaf.0 as usize];
        let form = if self.scope.language == Language::Python { Form::Value } else { *form };
        Some(Given { text: text.clone(), form })
    }

    fn dim(&self, dim: &Dim) -> Option<String> {
        dim.as_symbol().map(|symbol| symbol.to_string())
    }
}
