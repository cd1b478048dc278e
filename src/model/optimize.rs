//! The better program for a model, out of the e-graph of all that the rules say of it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use egg::Language;

use super::builder::ModelBuilder;
use super::{Model, Source, causal};
use crate::explore::{Candidate, ClassId, CostModel, Explorer, Limits, Sizes, Stats, Stopped};
use crate::ir::{Arg, Binding, Const, Id, LeafId, Node, OpId, Program, Target, Type};
use crate::rules::Rule;
use crate::score::Analytic;

/// A model after optimization, and what was done.
#[derive(Debug)]
pub struct Optimized {
    /// The model.
    pub model: Model,
    /// Operations before and after, those on constants left out.
    pub operations: (usize, usize),
    /// What ended the exploration.
    pub stopped: Stopped,
    /// How often what was decided.
    pub stats: Stats,
}

/// The length that stands for each one that is not known when the cost of programs is compared.
const ASSUMED: i64 = 64;

/// Ops that rules may bring into a model that has none of them: each has a kernel.
const WITH_KERNEL: &[&str] = &[
    "abs",
    "add",
    "attention",
    "attention_masked",
    "conv",
    "div",
    "exp",
    "expand_dims",
    "gelu",
    "gelu_tanh",
    "hardswish",
    "layer_norm",
    "layer_norm_plain",
    "log_softmax",
    "matmul",
    "mish",
    "mul",
    "neg",
    "permute",
    "ravel",
    "reciprocal",
    "relu",
    "reshape",
    "rms_norm",
    "rsqrt",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "sqrt",
    "square",
    "sub",
    "tanh",
];

/// Explores what the rules say of a model and takes the cheapest program; the model itself if nothing is cheaper.
pub fn optimize(model: &Model, rules: &[&Rule]) -> Optimized {
    let (program, kept) = model.program.needed();
    let rules: Vec<Rule> = rules.iter().map(|rule| Rule { targets: vec![Target::Rust], ..(*rule).clone() }).collect();
    let size = program.terms.len();
    let limits = Limits { nodes: 4_000 + 6 * size, matches: 300 + size, time: std::time::Duration::from_secs(60), ..Limits::default() };
    let explored = Explorer::new(&rules).explore(&program, &limits);
    let best = explored.best(&ModelCost::new(model, &program), &[Sizes::assumed(&program, ASSUMED)]);
    let before = operations(model, &program);
    // What is equal in every round may stand in no round at all.
    let taken = !best.original && Binding::new(&best.program).is_closed(&best.program);
    let model = if taken { Rebuilt::new(model, &kept, explored.classes_of_original(), &best).model() } else { model.clone() };
    let model = causal::recognized(model);
    let after = operations(&model, &model.program);
    Optimized { model, operations: (before, after), stopped: explored.stopped, stats: explored.stats }
}

/// The ops that are computed when a model runs.
fn operations(model: &Model, program: &Program) -> usize {
    let mut known: Vec<bool> = Vec::with_capacity(program.terms.len());
    let needed = &program.needed().0;
    for node in needed.terms.as_ref() {
        known.push(match node {
            Node::Leaf(LeafId(leaf)) => matches!(model.leaves.get(*leaf as usize), Some(Source::Weight(_))),
            Node::Op(_, args) => args.iter().all(|id| known[usize::from(*id)]),
            Node::Const(_) | Node::Attr(_) => true,
        });
    }
    needed.terms.as_ref().iter().zip(&known).filter(|(node, known)| matches!(node, Node::Op(..)) && !**known).count()
}

/// What generated code costs: the weights are known, and an op without a kernel cannot be had.
struct ModelCost<'m> {
    model: &'m Model,
    ops: HashSet<OpId>,
}

impl ModelCost<'_> {
    fn new<'m>(model: &'m Model, program: &Program) -> ModelCost<'m> {
        let own = program.terms.as_ref().iter().filter_map(|node| if let Node::Op(op, _) = node { Some(*op) } else { None });
        ModelCost { model, ops: own.chain(WITH_KERNEL.iter().filter_map(|name| OpId::named(name))).collect() }
    }
}

impl CostModel for ModelCost<'_> {
    fn seconds(&self, target: Target, op: OpId, args: &[Arg], ty: &Type) -> f64 {
        if self.ops.contains(&op) { Analytic.seconds(target, op, args, ty) } else { f64::INFINITY }
    }

    fn is_known(&self, leaf: LeafId) -> bool {
        matches!(self.model.leaves.get(leaf.0 as usize), Some(Source::Weight(_)))
    }
}

/// A candidate as a model.
struct Rebuilt<'m> {
    model: &'m Model,
    candidate: &'m Candidate,
    /// The name of the first value of the file in each class.
    names: HashMap<ClassId, &'m str>,
    /// The module of each node of the candidate.
    modules: Vec<Option<Arc<str>>>,
    builder: ModelBuilder,
    ids: Vec<Id>,
}

impl<'m> Rebuilt<'m> {
    fn new(model: &'m Model, kept: &[Id], classes: &[ClassId], candidate: &'m Candidate) -> Rebuilt<'m> {
        let (mut names, mut modules) = (HashMap::new(), HashMap::new());
        for (old, class) in kept.iter().zip(classes) {
            if let Some(name) = model.names.get(old) {
                names.entry(*class).or_insert(name.as_str());
            }
            if let Some(module) = model.modules.get(old) {
                modules.entry(*class).or_insert(module);
            }
        }
        let mut of_nodes: Vec<Option<Arc<str>>> = candidate.classes.iter().map(|class| modules.get(class).map(|m| (*m).clone())).collect();
        // What only a rule made stands in the module of what reads it.
        for (i, node) in candidate.program.terms.as_ref().iter().enumerate().rev() {
            for child in node.children() {
                let child = usize::from(*child);
                if of_nodes[child].is_none() {
                    of_nodes[child] = of_nodes[i].clone();
                }
            }
        }
        Rebuilt { model, candidate, names, modules: of_nodes, builder: ModelBuilder::new(), ids: Vec::new() }
    }

    fn model(mut self) -> Model {
        let program = &self.candidate.program;
        for (i, node) in program.terms.as_ref().iter().enumerate() {
            let id = self.node(node, &program.types[i]);
            if let Some(name) = self.names.get(&self.candidate.classes[i]) {
                self.builder.names.entry(id).or_insert_with(|| (*name).to_owned());
                self.builder.name_weight(id, name);
            }
            if let (Some(module), Node::Op(..)) = (&self.modules[i], self.builder.terms.node(id)) {
                self.builder.modules.entry(id).or_insert_with(|| module.clone());
            }
            self.ids.push(id);
        }
        let roots = program.roots.iter().map(|root| self.ids[usize::from(*root)]).collect();
        let model = self.builder.finish(self.model.name.clone(), self.model.inputs.clone(), self.model.outputs.clone(), roots);
        let Model { classes, cache, metadata, files, .. } = self.model;
        Model { classes: classes.clone(), cache: *cache, metadata: metadata.clone(), files: files.clone(), ..model }
    }

    fn node(&mut self, node: &Node, ty: &Type) -> Id {
        let (op, args) = match node {
            Node::Op(op, args) => (*op, args),
            Node::Leaf(LeafId(leaf)) => {
                return match self.model.leaves[*leaf as usize] {
                    Source::Input(index) => {
                        let input = &self.model.inputs[index];
                        self.builder.input(index, &input.name, input.ty.clone())
                    }
                    Source::Weight(index) => self.builder.constant(self.model.weights[index].clone()),
                    Source::Bound => self.builder.bound(&self.model.program.leaves[*leaf as usize].text, ty.clone()),
                };
            }
            other => return self.builder.terms.add_typed(other.clone(), ty.clone()),
        };
        // The condition of a choice says nothing of what is chosen.
        let first = usize::from(op.def().name == "select");
        let dtype = args[first..]
            .iter()
            .map(|arg| self.builder.terms.ty(self.ids[usize::from(*arg)]))
            .filter(|ty| !ty.is_weak())
            .find_map(Type::dtype)
            .or(ty.dtype());
        let mut operands = Vec::with_capacity(args.len());
        for arg in args {
            let id = self.ids[usize::from(*arg)];
            // The numbers that rules write have the element type of what they stand beside.
            operands.push(match (self.builder.terms.node(id), dtype) {
                (Node::Const(c), Some(dtype)) if c.weak => {
                    let c =
                        if dtype.is_float() { Const::typed_float(dtype, c.as_f64()) } else { Const::typed_int(dtype, c.as_f64() as i64) };
                    self.builder.terms.add_typed(Node::Const(c), Type::of_const(&c))
                }
                _ => id,
            });
        }
        if let Some(folded) = self.builder.folded(op, &operands) {
            return folded;
        }
        self.builder.terms.add_typed(Node::op(op, operands), ty.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Attr, DType, Shape};
    use crate::model::{Agreement, Input, Output, Weight, agreement};
    use crate::rules::{RuleSet, Selection};

    /// A model of `x`, made by a function of a builder that is given it.
    fn model(lengths: &[usize], make: impl FnOnce(&mut ModelBuilder, Id) -> Id) -> Model {
        let ty = Type::array(DType::F32, Shape::fixed(lengths));
        let mut builder = ModelBuilder::new();
        let x = builder.input(0, "x", ty.clone());
        let root = make(&mut builder, x);
        builder.finish(
            "made".into(),
            vec![Input { name: "x".into(), ty, narrow: None }],
            vec![Output { name: "y".into(), narrow: None }],
            vec![root],
        )
    }

    fn weight(builder: &mut ModelBuilder, shape: &[usize]) -> Id {
        let elements =
            (0..shape.iter().product()).flat_map(|i: usize| ((i * 7 % 11) as f32 / 4.0 - 1.0).to_le_bytes()).collect::<Vec<u8>>();
        builder.constant(Weight { name: "w".into(), dtype: DType::F32, shape: shape.to_vec(), bytes: elements.into() })
    }

    fn op(builder: &mut ModelBuilder, name: &str, args: &[Id]) -> Id {
        builder.terms.add(Node::op(OpId::get(name), args.iter().copied())).expect("the operands fit")
    }

    fn attr(builder: &mut ModelBuilder, attr: Attr) -> Id {
        builder.terms.add_typed(Node::Attr(attr), Type::Unknown)
    }

    fn computed(model: &Model) -> Vec<&'static str> {
        let needed = model.program.needed().0;
        needed.terms.as_ref().iter().filter_map(|node| if let Node::Op(op, _) = node { Some(op.def().name) } else { None }).collect()
    }

    fn optimized(model: &Model) -> Model {
        let rules = RuleSet::builtin().for_models(&Selection::default()).expect("no rule is named");
        let optimized = optimize(model, &rules).model;
        assert!(matches!(agreement(model, &optimized), Agreement::Same(_)));
        optimized
    }

    #[test]
    fn a_normalization_by_constants_is_part_of_the_filters() {
        let model = model(&[1, 3, 6, 6], |b, x| {
            let (w, s, t) = (weight(b, &[4, 3, 3, 3]), weight(b, &[4, 1, 1]), weight(b, &[4, 1, 1]));
            let attrs = [Attr::Ints(vec![1, 1]), Attr::Ints(vec![1; 4]), Attr::Ints(vec![1, 1]), Attr::Int(1)];
            let none = attr(b, Attr::None);
            let attrs = attrs.map(|a| attr(b, a));
            let y = op(b, "conv", &[x, w, none, attrs[0], attrs[1], attrs[2], attrs[3]]);
            let y = op(b, "mul", &[y, s]);
            op(b, "add", &[y, t])
        });
        assert_eq!(computed(&model), ["conv", "mul", "add"]);
        assert_eq!(computed(&optimized(&model)), ["conv"]);
    }

    #[test]
    fn what_may_be_brought_in_has_a_kernel() {
        let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/kernels/src");
        let mut text = std::fs::read_to_string(format!("{sources}/math.rs")).expect("the element functions");
        for file in std::fs::read_dir(format!("{sources}/ops")).expect("the ops").flatten() {
            text += &std::fs::read_to_string(file.path()).expect("a file of ops");
        }
        let missing: Vec<&&str> = WITH_KERNEL.iter().filter(|name| !text.contains(&format!("pub fn {name}<"))).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
