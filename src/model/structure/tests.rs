use crate::ir::{Attr, DType, Id, Leaf, Node, OpId, ProgramBuilder, Shape, Target, Type};
use crate::model::structure::{Item, Kind, Structure};
use crate::model::{Input, Model, Output, Source, Weight};

/// A model that is put together node by node.
struct Builder {
    terms: ProgramBuilder,
    model: Model,
}

impl Builder {
    /// A model with an input of this shape.
    fn new(shape: &[usize]) -> (Builder, Id) {
        let mut terms = ProgramBuilder::new(Target::Rust);
        let ty = Type::array(DType::F32, Shape::fixed(shape));
        let x = terms.leaf(Leaf { text: "x".into(), ty: ty.clone() });
        let model = Model {
            name: "model".into(),
            program: terms.program().clone(),
            leaves: vec![Source::Input(0)],
            inputs: vec![Input { name: "x".into(), ty, narrow: None }],
            outputs: vec![Output { name: "y".into(), narrow: None }],
            weights: Vec::new(),
            names: Default::default(),
            modules: Default::default(),
            classes: Default::default(),
            cache: None,
            metadata: Vec::new(),
            files: Vec::new(),
        };
        (Builder { terms, model }, x)
    }

    fn weight(&mut self, name: &str, shape: &[usize]) -> Id {
        let bytes = vec![0; shape.iter().product::<usize>() * 4];
        let weight = Weight { name: name.into(), dtype: DType::F32, shape: shape.to_vec(), bytes: bytes.into() };
        self.model.leaves.push(Source::Weight(self.model.weights.len()));
        self.model.weights.push(weight.clone());
        self.terms.leaf(Leaf { text: name.into(), ty: weight.ty() })
    }

    fn op(&mut self, module: &str, op: &str, operands: &[Id]) -> Id {
        let id = self.terms.add(Node::op(OpId::get(op), operands.iter().copied())).expect("the operands fit");
        self.model.modules.insert(id, module.into());
        id
    }

    fn linear(&mut self, module: &str, x: Id) -> Id {
        let weight = self.weight(&format!("{module}.weight"), &[8, 8]);
        self.op(module, "matmul", &[x, weight])
    }

    fn softmax(&mut self, x: Id) -> Id {
        let axis = self.terms.add(Node::Attr(Attr::Int(1))).expect("an attribute");
        self.op("", "softmax", &[x, axis])
    }

    /// A block of two layers and what it is given.
    fn block(&mut self, module: &str, x: Id) -> Id {
        let y = self.linear(&format!("{module}/up"), x);
        let y = self.op(module, "relu", &[y]);
        let y = self.linear(&format!("{module}/down"), y);
        self.op(module, "add", &[y, x])
    }

    fn finish(mut self, roots: &[Id]) -> (Model, Structure) {
        self.model.program = self.terms.finish(roots.to_vec());
        let structure = Structure::new(&self.model, DType::is_float);
        (self.model, structure)
    }
}

#[test]
fn blocks_that_are_alike_are_one_class_and_a_chain() {
    let (mut b, x) = Builder::new(&[2, 8]);
    let mut y = x;
    for i in 0..3 {
        y = b.block(&format!("layer.{i}"), y);
    }
    let y = b.linear("head", y);
    let (_, structure) = b.finish(&[y]);
    assert_eq!(structure.scopes.iter().map(|scope| scope.name.as_str()).collect::<Vec<_>>(), ["", "layer.0", "layer.1", "layer.2"]);
    assert_eq!(structure.classes.iter().map(|class| class.name.as_str()).collect::<Vec<_>>(), ["", "layer"]);
    assert_eq!(structure.scopes[0].items[0], Item::Chain { scopes: vec![1, 2, 3], carried: 0 });
    let layer = structure.layers.of(y).expect("a layer");
    assert_eq!((layer.kind, structure.scopes[0].items.len()), (Kind::Linear, 2));
}

#[test]
fn a_layer_ends_with_the_functions_of_its_elements() {
    let (mut b, x) = Builder::new(&[2, 8]);
    let y = b.linear("up", x);
    let sigmoid = b.op("act", "sigmoid", &[y]);
    let y = b.op("act", "mul", &[y, sigmoid]);
    let y = b.op("", "add", &[y, x]);
    let (_, structure) = b.finish(&[y]);
    assert_eq!(structure.scopes[0].items, [Item::Node(y)]);
    assert!(structure.loops.absorbed(y).is_some());
}

#[test]
fn scopes_that_need_each_other_are_taken_apart() {
    let (mut b, x) = Builder::new(&[2, 8]);
    let mut y = x;
    // The same module twice, with another between: neither is one call.
    for _ in 0..2 {
        y = b.block("shared", y);
        y = b.block("other", y);
    }
    let (_, structure) = b.finish(&[y]);
    assert_eq!(structure.scopes.len(), 1);
}

#[test]
fn what_several_modules_read_is_made_around_them() {
    let (mut b, x) = Builder::new(&[2, 8]);
    let mask = b.op("layer.0", "exp", &[x]);
    let mut y = x;
    for i in 0..2 {
        let module = format!("layer.{i}");
        let z = b.block(&module, y);
        y = b.op(&module, "mul", &[z, mask]);
    }
    let (_, structure) = b.finish(&[y]);
    assert_eq!(structure.scope_of(mask), Some(0));
    assert_eq!(structure.classes.len(), 2);
}

#[test]
fn blocks_without_names_are_found() {
    let (mut b, x) = Builder::new(&[2, 8]);
    let mut y = x;
    for _ in 0..10 {
        let (gate, up) = (b.linear("", y), b.linear("", y));
        let (gate, up) = (b.softmax(gate), b.softmax(up));
        let z = b.op("", "mul", &[gate, up]);
        y = b.op("", "add", &[y, z]);
    }
    let (_, structure) = b.finish(&[y]);
    assert_eq!((structure.scopes.len(), structure.classes.len()), (11, 2));
    assert!(matches!(&structure.scopes[0].items[..], [Item::Chain { scopes, .. }] if scopes.len() == 10));
}

#[test]
fn a_loop_reads_no_more_tensors_than_it_may() {
    let (mut b, x) = Builder::new(&[2, 8]);
    let mut y = x;
    for i in 0..6 {
        let weight = b.weight(&format!("w{i}"), &[8]);
        y = b.op("", "mul", &[y, weight]);
    }
    let (model, structure) = b.finish(&[y]);
    let hosts: Vec<Id> =
        structure.uses.all().filter(|id| structure.loops.is_host(*id) && matches!(model.program.terms[*id], Node::Op(..))).collect();
    assert_eq!(hosts.len(), 2);
    assert!(hosts.iter().all(|host| structure.loops.operands(&model, *host).len() <= 4));
}

#[test]
fn memory_is_of_the_values_that_are_alive_at_the_same_time() {
    let (mut b, x) = Builder::new(&[10, 10]);
    let w = b.weight("w", &[10, 10]);
    let first = b.op("", "matmul", &[x, w]);
    // Elementwise: in the loop at the end of a product, without memory of its own.
    let relu = b.op("", "relu", &[first]);
    let second = b.op("", "matmul", &[relu, w]);
    let sum = b.op("", "add", &[second, relu]);
    let (model, structure) = b.finish(&[sum]);
    let memory = structure.memory(&model);
    assert_eq!(memory.weights, 400);
    // The input and the first product, then that and the sum.
    assert_eq!(memory.values, Some(800));
}
