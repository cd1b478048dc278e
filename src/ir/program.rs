use std::collections::HashMap;
use std::fmt;

use egg::Language;
use smallvec::SmallVec;

use super::{Arg, Id, LeafId, Node, RecExpr, Type, TypeError};

/// What the terms are printed as and run by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// Python with NumPy.
    Numpy,
    /// Python with PyTorch.
    Torch,
    /// Rust with `std` and ndarray.
    Rust,
}

impl Target {
    /// Every target.
    pub const ALL: [Target; 3] = [Target::Numpy, Target::Torch, Target::Rust];

    /// `numpy`, `torch` or `rust`.
    pub fn name(self) -> &'static str {
        match self {
            Target::Numpy => "numpy",
            Target::Torch => "torch",
            Target::Rust => "rust",
        }
    }

    /// Python modules without whose names a file has nothing for the target.
    pub fn modules(self) -> &'static [&'static str] {
        match self {
            Target::Numpy => &["numpy", "math", "scipy"],
            Target::Torch => &["torch"],
            Target::Rust => &[],
        }
    }
}

/// A value that comes from outside the terms: a name, or source text that is not understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// The name or the text as it stands in the source.
    pub text: String,
    /// What is known of it.
    pub ty: Type,
}

/// Pure terms over leaves: a region's values, a model's graph. Equal subterms are one node.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// What the terms are written in.
    pub target: Target,
    /// The values from outside, indexed by [`super::LeafId`].
    pub leaves: Vec<Leaf>,
    /// All nodes, operands before users, no two equal.
    pub terms: RecExpr,
    /// The type of each node of `terms`; [`Type::Unknown`] for attributes.
    pub types: Vec<Type>,
    /// The values that are read from outside, in order.
    pub roots: Vec<Id>,
}

/// Puts a program together: equal nodes become one, and each gets its type.
#[derive(Debug, Clone)]
pub struct ProgramBuilder {
    program: Program,
    index: HashMap<Node, Id>,
}

impl ProgramBuilder {
    /// An empty program.
    pub fn new(target: Target) -> Self {
        let program = Program { target, leaves: Vec::new(), terms: RecExpr::default(), types: Vec::new(), roots: Vec::new() };
        ProgramBuilder { program, index: HashMap::new() }
    }

    /// Adds a value from outside. Each call makes a new leaf.
    pub fn leaf(&mut self, leaf: Leaf) -> Id {
        let node = Node::Leaf(LeafId(self.program.leaves.len() as u32));
        let ty = leaf.ty.clone();
        self.program.leaves.push(leaf);
        self.add_typed(node, ty)
    }

    /// Adds a node over nodes that are there, or finds it.
    ///
    /// # Errors
    /// If the op's type rule refuses the operands.
    pub fn add(&mut self, node: Node) -> Result<Id, TypeError> {
        if let Some(&id) = self.index.get(&node) {
            return Ok(id);
        }
        let ty = infer_node(&self.program, &node)?;
        Ok(self.add_typed(node, ty))
    }

    /// Adds a node of which the type is known already, or finds it.
    pub fn add_typed(&mut self, node: Node, ty: Type) -> Id {
        if let Some(&id) = self.index.get(&node) {
            return id;
        }
        let id = self.program.terms.add(node.clone());
        self.program.types.push(ty);
        self.index.insert(node, id);
        id
    }

    /// The type of a node.
    pub fn ty(&self, id: Id) -> &Type {
        &self.program.types[usize::from(id)]
    }

    /// A node.
    pub fn node(&self, id: Id) -> &Node {
        &self.program.terms[id]
    }

    /// What has been put together so far, without roots.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.program.types.len()
    }

    /// True if there is no node.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The program with these roots; all nodes stay.
    pub fn finish(self, roots: Vec<Id>) -> Program {
        Program { roots, ..self.program }
    }

    /// The program with these roots and the nodes below them alone, and for each node the id that it had here.
    pub fn finish_mapped(self, roots: Vec<Id>) -> (Program, Vec<Id>) {
        let mut needed = vec![false; self.len()];
        for root in &roots {
            needed[usize::from(*root)] = true;
            mark(&self.program, usize::from(*root), &mut needed);
        }
        let mut new_ids = vec![Id::from(0); self.len()];
        let mut kept = Vec::new();
        let (mut terms, mut types) = (RecExpr::default(), Vec::new());
        for at in (0..needed.len()).filter(|&at| needed[at]) {
            let node = self.program.terms[Id::from(at)].clone().map_children(|id| new_ids[usize::from(id)]);
            new_ids[at] = terms.add(node);
            types.push(self.program.types[at].clone());
            kept.push(Id::from(at));
        }
        let roots = roots.into_iter().map(|id| new_ids[usize::from(id)]).collect();
        (Program { terms, types, roots, ..self.program }, kept)
    }
}

/// Marks everything below a node.
pub(super) fn mark(program: &Program, at: usize, needed: &mut [bool]) {
    let mut stack = vec![at];
    while let Some(at) = stack.pop() {
        for child in program.terms[Id::from(at)].children() {
            let child = usize::from(*child);
            if !needed[child] {
                needed[child] = true;
                stack.push(child);
            }
        }
    }
}

impl Program {
    /// The nodes below some of them, as a program with these roots; the leaves stay as they are numbered.
    pub fn part(&self, roots: Vec<Id>) -> Program {
        ProgramBuilder { program: self.clone(), index: HashMap::new() }.finish_mapped(roots).0
    }

    /// The nodes below the roots alone, and for each the id that it had.
    pub fn needed(&self) -> (Program, Vec<Id>) {
        ProgramBuilder { program: self.clone(), index: HashMap::new() }.finish_mapped(self.roots.clone())
    }

    /// The argument that a node is to a type or cost rule.
    pub fn arg(&self, id: Id) -> Arg<'_> {
        match &self.terms[id] {
            Node::Attr(attr) => Arg::Attr(attr),
            Node::Const(c) => Arg::Value(&self.types[usize::from(id)], Some(*c)),
            _ => Arg::Value(&self.types[usize::from(id)], None),
        }
    }
}

/// The type of a node over the nodes of a program.
fn infer_node(program: &Program, node: &Node) -> Result<Type, TypeError> {
    match node {
        Node::Const(c) => Ok(Type::of_const(c)),
        Node::Attr(_) => Ok(Type::Unknown),
        Node::Leaf(LeafId(index)) => Ok(program.leaves.get(*index as usize).map_or(Type::Unknown, |leaf| leaf.ty.clone())),
        Node::Op(op, args) => {
            let args: SmallVec<[Arg; 4]> = args.iter().map(|&id| program.arg(id)).collect();
            (op.def().infer)(program.target, &args)
        }
    }
}

impl fmt::Display for Program {
    /// The roots as terms, one a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut texts: Vec<String> = Vec::with_capacity(self.types.len());
        for node in &self.terms {
            let text = match node {
                Node::Leaf(LeafId(index)) => self.leaves.get(*index as usize).map_or_else(|| node.to_string(), |leaf| leaf.text.clone()),
                Node::Op(op, args) => {
                    let args: Vec<&str> = args.iter().map(|id| texts[usize::from(*id)].as_str()).collect();
                    format!("{}({})", op.def().name, args.join(", "))
                }
                other => other.to_string(),
            };
            // A term shared many times over is exponentially long when written out.
            texts.push(if text.len() > 2000 { "…".to_owned() } else { text });
        }
        let roots: Vec<&str> = self.roots.iter().map(|id| texts[usize::from(*id)].as_str()).collect();
        f.write_str(&roots.join("\n"))
    }
}
