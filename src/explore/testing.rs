//! Programs and rules from text, for tests.

use std::collections::BTreeMap;

use egg::{ENodeOrVar, Language};

use crate::ir::{Arg, Attr, DType, Dim, Id, Leaf, LeafId, Node, Program, RecExpr, Shape, Target, Type};
use crate::rules::RuleSet;

/// A rule page with these rewrite lines. `name` may end in `!stabilizes` or `!exact`; it reassociates otherwise.
pub(crate) fn rules(pages: &[(&str, &str)]) -> RuleSet {
    let page = |(name, body): &(&str, &str)| {
        let (name, effect) = name.split_once('!').unwrap_or((name, "reassociates"));
        let (native, body) = match body.strip_prefix("native: ") {
            Some(native) => (format!("native: {native}\n"), String::new()),
            None => (String::new(), format!("```rewrite\n{body}\n```\n")),
        };
        let text = format!(
            "---\nname: {name}\npass: optimize\neffect: {effect}\n{native}---\n# {name}\n\nTrue.\n\n{body}\n## Example\n```python\na\n```\n```python after\nb\n```\n"
        );
        (format!("{name}.md"), Ok(text))
    };
    RuleSet::default().with(pages.iter().map(page)).expect("the test's rules are right")
}

/// A type from text such as `f64(n, 3)`, `f32`, `?(n)`, `float` (a Python number) or `f64(…)`.
pub(crate) fn ty(text: &str) -> Type {
    match text {
        "float" => return Type::weak(DType::F64),
        "int" => return Type::weak(DType::I64),
        _ => {}
    }
    let (dtype, shape) = text.split_once('(').map_or((text, ""), |(d, s)| (d, s.trim_end_matches(')')));
    let axis = |axis: &str| match (axis, axis.parse()) {
        (_, Ok(n)) => Dim::known(n),
        ("?", _) => Dim::Unknown,
        _ => Dim::symbol(axis),
    };
    let shape =
        if shape == "…" { Shape::Unknown } else { Shape::Ranked(shape.split(", ").filter(|a| !a.is_empty()).map(axis).collect()) };
    Type::Array { dtype: DType::from_name(dtype), weak: false, shape }
}

/// A program whose roots are these terms in the rules' syntax, over leaves `name: type` separated by semicolons.
pub(crate) fn program(target: Target, leaves: &str, roots: &[&str]) -> Program {
    let leaves: Vec<Leaf> = leaves
        .split("; ")
        .map(|leaf| leaf.split_once(": ").expect("`name: type`"))
        .map(|(name, of)| Leaf { text: name.to_owned(), ty: ty(of) })
        .collect();
    let mut program = Program { target, leaves, terms: RecExpr::default(), types: Vec::new(), roots: Vec::new() };
    let mut known: BTreeMap<Node, Id> = BTreeMap::new();
    for root in roots {
        let set = rules(&[("term", &format!("{root} => {root}"))]);
        let ast = set.get("term").expect("just made").rewrites[0].rhs.clone();
        let mut ids: Vec<Id> = Vec::new();
        for node in ast.iter() {
            let node = match node {
                ENodeOrVar::Var(var) => leaf_node(&program, &var.to_string()[1..]),
                ENodeOrVar::ENode(node) => node.clone().map_children(|child| ids[usize::from(child)]),
            };
            ids.push(*known.entry(node.clone()).or_insert_with(|| add(&mut program, node)));
        }
        program.roots.push(*ids.last().expect("a term has a root"));
    }
    program
}

fn leaf_node(program: &Program, name: &str) -> Node {
    let at = program.leaves.iter().position(|leaf| leaf.text == name);
    Node::Leaf(LeafId(at.unwrap_or_else(|| panic!("no leaf `{name}`")) as u32))
}

fn add(program: &mut Program, node: Node) -> Id {
    let ty = match &node {
        Node::Const(c) => Type::Array { dtype: Some(c.dtype), weak: c.weak, shape: Shape::scalar() },
        Node::Attr(_) => Type::Unknown,
        Node::Leaf(leaf) => program.leaves[leaf.0 as usize].ty.clone(),
        Node::Op(op, args) => {
            let attrs: Vec<Option<Attr>> = args.iter().map(|&id| attr_of(&program.terms[id])).collect();
            let types = args.iter().zip(&attrs).map(|(&id, attr)| match (attr, &program.terms[id]) {
                (Some(attr), _) => Arg::Attr(attr),
                (None, Node::Const(c)) => Arg::Value(&program.types[usize::from(id)], Some(*c)),
                _ => Arg::Value(&program.types[usize::from(id)], None),
            });
            let args: Vec<Arg> = types.collect();
            (op.def().infer)(program.target, &args).unwrap_or_else(|error| panic!("`{}` refuses its operands: {error}", op.def().name))
        }
    };
    program.types.push(ty);
    program.terms.add(node)
}

fn attr_of(node: &Node) -> Option<Attr> {
    match node {
        Node::Attr(attr) => Some(attr.clone()),
        _ => None,
    }
}

/// A term as text: `add(x, 2)`.
pub(crate) fn text(program: &Program, id: Id) -> String {
    match &program.terms[id] {
        Node::Leaf(leaf) => program.leaves[leaf.0 as usize].text.clone(),
        node if node.is_leaf() => node.to_string(),
        node => format!("{node}({})", node.children().iter().map(|&c| text(program, c)).collect::<Vec<_>>().join(", ")),
    }
}

/// All roots as text.
pub(crate) fn texts(program: &Program) -> Vec<String> {
    program.roots.iter().map(|&root| text(program, root)).collect()
}
