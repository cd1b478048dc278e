//! Loops, choices and sequences: what is made of them, what it gives, and whether it is still so in a file that is written.

use std::collections::HashMap;
use std::path::Path;

use ndarray::{ArrayD, IxDyn};
use prost::Message;

use super::proto::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto,
    tensor_shape_proto, type_proto,
};
use super::{Options, read_bytes, write};
use crate::ir::{Attr, Binding, DType, Dim, Node, Program, RecExpr, Value};
use crate::model::{Agreement, Model, ModelError, Source, agreement, optimize, rust};
use crate::rules::{RuleSet, Selection};

const FLOAT: i32 = 1;
const INT: i32 = 7;
const BOOL: i32 = 9;

fn names(names: &str) -> Vec<String> {
    names.split(' ').filter(|name| !name.is_empty()).map(|name| if name == "-" { String::new() } else { name.to_owned() }).collect()
}

/// A node of names with blanks between them, of which `-` is left out.
fn node(op: &str, input: &str, output: &str) -> NodeProto {
    NodeProto { op_type: Some(op.to_owned()), input: names(input), output: names(output), ..Default::default() }
}

fn with(mut node: NodeProto, name: &str, graph: GraphProto) -> NodeProto {
    node.attribute.push(AttributeProto { name: Some(name.to_owned()), g: Some(graph), ..Default::default() });
    node
}

fn with_int(mut node: NodeProto, name: &str, i: i64) -> NodeProto {
    node.attribute.push(AttributeProto { name: Some(name.to_owned()), i: Some(i), ..Default::default() });
    node
}

fn value(name: &str, code: i32, lengths: &str) -> ValueInfoProto {
    let dim = |name: String| tensor_shape_proto::Dimension {
        value: Some(match name.parse() {
            Ok(n) => tensor_shape_proto::dimension::Value::DimValue(n),
            Err(_) => tensor_shape_proto::dimension::Value::DimParam(name),
        }),
        ..Default::default()
    };
    let shape = TensorShapeProto { dim: names(lengths).into_iter().map(dim).collect() };
    let tensor = type_proto::Tensor { elem_type: Some(code), shape: Some(shape) };
    let ty = TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() };
    ValueInfoProto { name: Some(name.to_owned()), r#type: Some(ty), ..Default::default() }
}

fn number(name: &str, x: f32) -> TensorProto {
    TensorProto { name: Some(name.to_owned()), data_type: Some(FLOAT), float_data: vec![x], ..Default::default() }
}

fn integer(name: &str, dims: &[i64], i: i64) -> TensorProto {
    TensorProto { name: Some(name.to_owned()), data_type: Some(INT), dims: dims.to_vec(), int64_data: vec![i], ..Default::default() }
}

fn graph(input: Vec<ValueInfoProto>, node: Vec<NodeProto>, output: &str, initializer: Vec<TensorProto>) -> GraphProto {
    let output = names(output).iter().map(|name| value(name, FLOAT, "")).collect();
    GraphProto { node, input, output, initializer, ..Default::default() }
}

fn read(graph: GraphProto, options: &Options) -> Result<Model, ModelError> {
    let opset = OperatorSetIdProto { version: Some(17), ..Default::default() };
    let bytes = ModelProto { graph: Some(graph), opset_import: vec![opset], ..Default::default() }.encode_to_vec();
    read_bytes(bytes.into(), "model", Path::new("."), options)
}

fn floats(shape: &[usize], elements: &[f64]) -> Value {
    Value::float(DType::F32, ArrayD::from_shape_vec(IxDyn(shape), elements.to_vec()).expect("as many elements"))
}

fn int(i: i128) -> Value {
    Value::int(DType::I64, ArrayD::from_elem(IxDyn(&[]), i))
}

/// Shape and elements of each output.
type Outputs = Vec<(Vec<usize>, Vec<f64>)>;

fn evaluated(model: &Model, inputs: &[Value]) -> Result<Outputs, String> {
    let mut lengths = HashMap::new();
    for (input, value) in model.inputs.iter().zip(inputs) {
        let pairs = input.ty.shape().dims().unwrap_or(&[]).iter().zip(value.shape());
        lengths.extend(pairs.filter_map(|(dim, n)| Some((dim.as_symbol()?.clone(), Dim::known(*n as i64)))));
    }
    let mut terms = RecExpr::default();
    for node in model.program.terms.as_ref() {
        terms.add(match node {
            Node::Attr(Attr::Dims(dims)) => {
                Node::Attr(Attr::Dims(dims.iter().map(|dim| dim.substitute(&|symbol| lengths.get(symbol).cloned())).collect()))
            }
            other => other.clone(),
        });
    }
    let program = Program { terms, ..model.program.clone() };
    let leaf = |source: &Source| match source {
        Source::Input(i) => inputs[*i].clone(),
        Source::Weight(i) => model.weights[*i].to_value(),
        Source::Bound => Value::Tuple(Vec::new()),
    };
    let values = program.eval(&model.leaves.iter().map(leaf).collect::<Vec<_>>()).map_err(|error| error.0)?;
    Ok(values.iter().map(|value| (value.shape().to_vec(), value.to_f64().into_iter().collect())).collect())
}

/// What a graph gives; the same is given by what is optimized, and by what is written and read again.
fn given(graph: GraphProto, inputs: &[Value]) -> Outputs {
    let model = read(graph, &Options::default()).expect("a model");
    let rules = RuleSet::builtin().for_models(&Selection::default()).expect("no rule is named");
    let optimized = optimize(&model, &rules).model;
    assert!(!matches!(agreement(&model, &optimized), Agreement::Different(_)));
    let again = read_bytes(write(&optimized).expect("a file").into(), "again", Path::new("."), &Options::default()).expect("a model");
    let outputs = evaluated(&model, inputs).expect("values");
    assert_eq!(evaluated(&optimized, inputs).as_ref(), Ok(&outputs));
    assert_eq!(evaluated(&again, inputs).as_ref(), Ok(&outputs));
    outputs
}

fn code(graph: GraphProto) -> String {
    let model = read(graph, &Options::default()).expect("a model");
    rust::generate(&model, &rust::Options::default()).expect("code").code
}

fn ops(model: &Model) -> Vec<&'static str> {
    let needed = model.program.needed().0;
    needed.terms.as_ref().iter().filter_map(|node| if let Node::Op(op, _) = node { Some(op.def().name) } else { None }).collect()
}

/// `v` is multiplied by `exp(x)` in each of `k` rounds, which collect it.
fn counted() -> GraphProto {
    let nodes = vec![node("Exp", "x", "e"), node("Mul", "v e", "w"), node("Identity", "c", "d")];
    let body = graph(vec![value("i", INT, ""), value("c", BOOL, ""), value("v", FLOAT, "n")], nodes, "d w w", vec![]);
    let inputs = vec![value("k", INT, ""), value("x", FLOAT, "n")];
    graph(inputs, vec![with(node("Loop", "k - x", "y all"), "body", body)], "y all", vec![])
}

#[test]
fn a_loop_goes_round_as_often_as_an_input_says() {
    let x = floats(&[2], &[0.0, 1.0]);
    let e = f64::from(1f32.exp());
    let outputs = given(counted(), &[int(2), x.clone()]);
    assert_eq!(outputs[1].0, [2, 2]);
    assert!((outputs[0].1[1] - e * e).abs() < 1e-5 && outputs[1].1[..2] == [0.0, outputs[1].1[1]], "{outputs:?}");
    assert_eq!(given(counted(), &[int(0), x]), [(vec![2], vec![0.0, 1.0]), (vec![0, 0], vec![])]);
}

#[test]
fn what_no_round_changes_stands_before_the_loop() {
    let model = read(counted(), &Options::default()).expect("a model");
    let at = |name: &str| model.program.terms.iter().position(|n| matches!(n, Node::Op(op, _) if op.def().name == name)).expect(name);
    let binding = Binding::new(&model.program);
    let whole = at("loop").into();
    assert!(binding.depends(at("mul").into(), whole) && !binding.depends(at("exp").into(), whole));
    let code = code(counted());
    let place = |text: &str| code.find(text).unwrap_or_else(|| panic!("{text} in\n{code}"));
    assert!(place("map(x, math::exp)") < place("for _ in 0..k.item()?") && place("for _ in") < place("all.push("));
    assert!(place("all.push(") < place("let all = ops::collect(&all, &[n])?"));
}

/// `a, b = b, a + b` while `b` is less than an input.
#[test]
fn a_loop_ends_when_its_condition_does() {
    let nodes = vec![node("Add", "a b", "sum"), node("Identity", "b", "next"), node("Less", "sum limit", "more")];
    let body = graph(
        vec![value("i", INT, ""), value("c", BOOL, ""), value("a", FLOAT, ""), value("b", FLOAT, "")],
        nodes,
        "more next sum",
        vec![],
    );
    let whole = || {
        let nodes = vec![node("Less", "one limit", "first"), with(node("Loop", "- first zero one", "x y"), "body", body.clone())];
        graph(vec![value("limit", FLOAT, "")], nodes, "x y", vec![number("zero", 0.0), number("one", 1.0)])
    };
    assert_eq!(given(whole(), &[floats(&[], &[30.0])]), [(vec![], vec![21.0]), (vec![], vec![34.0])]);
    assert_eq!(given(whole(), &[floats(&[], &[0.5])]), [(vec![], vec![0.0]), (vec![], vec![1.0])]);
    let code = code(whole());
    for line in ["let mut goes_on = first.item()?;", "while goes_on {", "(x, y) = (y.clone(), sum);"] {
        assert!(code.contains(line), "{line} in\n{code}");
    }
}

#[test]
fn a_state_may_grow() {
    let nodes = vec![with_int(node("Concat", "s x", "t"), "axis", 0), node("Identity", "c", "d")];
    let body = graph(vec![value("i", INT, ""), value("c", BOOL, ""), value("s", FLOAT, "n")], nodes, "d t", vec![]);
    let whole = graph(vec![value("k", INT, ""), value("x", FLOAT, "2")], vec![with(node("Loop", "k - x", "y"), "body", body)], "y", vec![]);
    assert_eq!(given(whole, &[int(2), floats(&[2], &[1.0, 2.0])]), [(vec![6], vec![1.0, 2.0, 1.0, 2.0, 1.0, 2.0])]);
}

#[test]
fn a_scan_of_unknown_length_is_a_loop_backwards_too() {
    let body =
        graph(vec![value("s", FLOAT, ""), value("e", FLOAT, "")], vec![node("Sub", "e s", "t"), node("Identity", "t", "o")], "t o", vec![]);
    let mut scan = with_int(with(node("Scan", "start x", "last all"), "body", body), "num_scan_inputs", 1);
    scan.attribute.push(AttributeProto { name: Some("scan_input_directions".to_owned()), ints: vec![1], ..Default::default() });
    let whole = graph(vec![value("x", FLOAT, "n")], vec![scan], "last all", vec![number("start", 0.0)]);
    assert_eq!(given(whole, &[floats(&[3], &[1.0, 5.0, 7.0])]), [(vec![], vec![3.0]), (vec![3], vec![7.0, -2.0, 3.0])]);
}

#[test]
fn a_list_that_a_loop_appends_to_is_joined() {
    let nodes = vec![node("Mul", "v v", "w"), node("SequenceInsert", "list w", "longer"), node("Identity", "c", "d")];
    let body = graph(
        vec![value("i", INT, ""), value("c", BOOL, ""), value("v", FLOAT, "n"), value("list", FLOAT, "")],
        nodes,
        "d w longer",
        vec![],
    );
    let joined = with_int(with_int(node("ConcatFromSequence", "all", "y"), "axis", 1), "new_axis", 1);
    let nodes = vec![node("SequenceConstruct", "x", "first"), with(node("Loop", "k - x first", "v all"), "body", body), joined];
    let whole = graph(vec![value("k", INT, ""), value("x", FLOAT, "n")], nodes, "y", vec![]);
    assert_eq!(given(whole, &[int(2), floats(&[2], &[2.0, 3.0])]), [(vec![2, 3], vec![2.0, 4.0, 16.0, 3.0, 9.0, 81.0])]);
}

/// `squeeze(x)` if its second axis has the length 1, as exporters write it.
fn squeezed(then: Vec<NodeProto>) -> GraphProto {
    let (yes, no) = (
        graph(vec![], vec![node("Squeeze", "x one", "s")], "s", vec![]),
        graph(vec![], vec![node("Identity", "x", "same")], "same", vec![]),
    );
    let shape = with_int(with_int(node("Shape", "x", "length"), "start", 1), "end", 2);
    let choice = with(with(node("If", "is_one", "z"), "then_branch", yes), "else_branch", no);
    let nodes = [vec![shape, node("Equal", "length one", "is_one"), choice], then].concat();
    let initializers = vec![integer("one", &[1], 1), integer("zero", &[1], 0)];
    graph(vec![value("x", FLOAT, "n m")], nodes, "y", initializers)
}

#[test]
fn what_follows_a_choice_between_ranks_is_read_for_each() {
    let whole = || {
        squeezed(vec![
            with_int(node("ReduceSum", "z zero", "sums"), "keepdims", 0),
            with_int(node("ReduceMax", "sums", "y"), "keepdims", 0),
        ])
    };
    assert_eq!(given(whole(), &[floats(&[3, 1], &[1.0, 2.0, 3.0])])[0].1, [6.0]);
    assert_eq!(given(whole(), &[floats(&[2, 2], &[1.0, 2.0, 3.0, 5.0])])[0].1, [7.0]);
}

#[test]
fn the_branch_that_leads_nowhere_is_required_not_to_be_chosen() {
    let with_two_axes = || squeezed(vec![node("Expand", "z shape", "wide"), node("MatMul", "wide w", "y")]);
    let whole = || {
        let mut graph = with_two_axes();
        let w = TensorProto {
            name: Some("w".into()),
            data_type: Some(FLOAT),
            dims: vec![3, 2],
            float_data: vec![1.0; 6],
            ..Default::default()
        };
        graph.initializer.extend([w, integer("shape", &[1], 3)]);
        graph.node.retain(|node| node.op_type() != "Expand");
        graph.node.iter_mut().filter(|node| node.op_type() == "MatMul").for_each(|node| node.input = names("z w"));
        graph.node.push(node("Unsqueeze", "y zero", "two"));
        graph.node.push(with_int(node("Concat", "two one_row", "end"), "axis", 0));
        let row = TensorProto {
            name: Some("one_row".into()),
            data_type: Some(FLOAT),
            dims: vec![1, 2],
            float_data: vec![0.0; 2],
            ..Default::default()
        };
        graph.initializer.push(row);
        graph.output = vec![value("end", FLOAT, "")];
        graph
    };
    let model = read(whole(), &Options::default()).expect("a model");
    assert!(ops(&model).contains(&"require"));
    assert_eq!(given(whole(), &[floats(&[3, 1], &[1.0, 2.0, 3.0])])[0], (vec![2, 2], vec![6.0, 6.0, 0.0, 0.0]));
    assert!(evaluated(&model, &[floats(&[2, 3], &[0.0; 6])]).is_err());
    let unsupported = read(squeezed(vec![node("Nonsense", "z", "y")]), &Options::default()).unwrap_err().to_string();
    assert!(unsupported.contains("(Nonsense): this operator is not supported") && unsupported.contains("--shape"), "{unsupported}");
}

/// As models of speech have it that take two rates: each branch is for blocks of another length.
#[test]
fn a_branch_for_other_lengths_is_required_not_to_be_chosen() {
    let branch = |nodes: Vec<NodeProto>| graph(vec![], nodes, "r", vec![]);
    let block = |shape: &str| node("Reshape", &format!("x {shape}"), "r");
    let whole = |other: Vec<NodeProto>| {
        let choice = with(with(node("If", "is_fast", "y"), "then_branch", branch(vec![block("six")])), "else_branch", branch(other));
        let inputs = vec![value("rate", INT, ""), value("x", FLOAT, "3 2")];
        graph(
            inputs,
            vec![node("Equal", "rate fast", "is_fast"), choice],
            "y",
            vec![integer("fast", &[], 16_000), integer("six", &[1], 6), integer("five", &[1], 5)],
        )
    };
    let model = || read(whole(vec![block("five")]), &Options::default()).expect("a model");
    let x = floats(&[3, 2], &[1.0; 6]);
    assert_eq!(evaluated(&model(), &[int(16_000), x.clone()]).expect("a value"), [(vec![6], vec![1.0; 6])]);
    let refused = evaluated(&model(), &[int(8_000), x]).unwrap_err();
    assert!(refused.contains("must choose its first branch") && refused.contains("(Reshape)"), "{refused}");
    // What is missing here is no matter of lengths.
    let unsupported = read(whole(vec![node("Nonsense", "x", "r")]), &Options::default()).unwrap_err().to_string();
    assert!(unsupported.contains("(Nonsense): this operator is not supported"), "{unsupported}");
    let neither = {
        let mut whole = whole(vec![block("five")]);
        whole.input[1] = value("x", FLOAT, "7");
        read(whole, &Options::default()).unwrap_err().to_string()
    };
    assert!(neither.contains("(Reshape)"), "{neither}");
}

#[test]
fn an_input_that_is_a_number_makes_its_choice_vanish() {
    let branch = |op: &str| graph(vec![], vec![node(op, "x", "r")], "r", vec![]);
    let choice = with(with(node("If", "is_fast", "y"), "then_branch", branch("Exp")), "else_branch", branch("Neg"));
    let whole = || {
        let inputs = vec![value("rate", INT, ""), value("x", FLOAT, "n")];
        graph(inputs, vec![node("Equal", "rate fast", "is_fast"), choice.clone()], "y", vec![integer("fast", &[], 16_000)])
    };
    assert!(ops(&read(whole(), &Options::default()).expect("a model")).contains(&"if_else"));
    let pinned = |name: &str, x: f64| read(whole(), &Options { values: vec![(name.to_owned(), x)], ..Options::default() });
    let model = pinned("rate", 8_000.0).expect("a model");
    assert_eq!((ops(&model), model.inputs.len()), (vec!["neg"], 1));
    assert!(pinned("rat", 1.0).unwrap_err().to_string().contains("no input is named `rat`"));
    assert!(pinned("rate", 0.5).unwrap_err().to_string().contains("0.5 is no i64"));
}

#[test]
fn sequences_of_known_length_are_their_parts() {
    let split = with_int(node("SplitToSequence", "x two", "parts"), "axis", 0);
    let nodes = vec![
        split,
        node("SequenceLength", "parts", "count"),
        node("SequenceErase", "parts first", "rest"),
        node("SequenceInsert", "rest x first", "all"),
        with_int(node("ConcatFromSequence", "all", "y"), "axis", 0),
    ];
    let initializers = vec![integer("two", &[], 2), integer("first", &[], 0)];
    let whole = graph(vec![value("x", FLOAT, "3")], nodes, "y count rest", initializers);
    let outputs = given(whole, &[floats(&[3], &[1.0, 2.0, 3.0])]);
    assert_eq!(outputs, [(vec![4], vec![1.0, 2.0, 3.0, 3.0]), (vec![], vec![2.0]), (vec![1], vec![3.0])]);
}

#[test]
fn what_a_loop_may_not_do_is_refused_with_the_reason() {
    let refused = |nodes: Vec<NodeProto>, outputs: &str| {
        let body = graph(vec![value("i", INT, ""), value("c", BOOL, ""), value("s", FLOAT, "n")], nodes, outputs, vec![]);
        let whole =
            graph(vec![value("k", INT, ""), value("x", FLOAT, "n")], vec![with(node("Loop", "k - x", "y"), "body", body)], "y", vec![]);
        read(whole, &Options::default()).unwrap_err().to_string()
    };
    let sum = with_int(node("ReduceSum", "s", "t"), "keepdims", 0);
    assert!(refused(vec![sum], "c t").contains("a state has the shape (n) before a round and () after it"));
    assert!(refused(vec![node("Greater", "s s", "t")], "c t").contains("a state is f32(n) before a round and bool(n) after it"));
    assert!(refused(vec![], "c").contains("fewer values than it has states"));
}
