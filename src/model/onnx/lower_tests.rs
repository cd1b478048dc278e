use prost::Message;

use super::proto::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto,
    tensor_shape_proto, type_proto,
};
use super::{Options, read_bytes};
use crate::model::{Model, ModelError, pytorch, rust};

fn node(op: &str, inputs: &[&str], output: &str) -> NodeProto {
    let input = inputs.iter().map(|name| (*name).to_owned()).collect();
    NodeProto { op_type: Some(op.to_owned()), input, output: vec![output.to_owned()], ..Default::default() }
}

fn list(name: &str, elements: &[i64]) -> TensorProto {
    let dims = vec![elements.len() as i64];
    TensorProto { name: Some(name.to_owned()), data_type: Some(7), dims, int64_data: elements.to_vec(), ..Default::default() }
}

fn value(name: &str, lengths: &[&str]) -> ValueInfoProto {
    let dim = |name: &&str| tensor_shape_proto::Dimension {
        value: Some(tensor_shape_proto::dimension::Value::DimParam((*name).to_owned())),
        ..Default::default()
    };
    let shape = TensorShapeProto { dim: lengths.iter().map(dim).collect() };
    let tensor = type_proto::Tensor { elem_type: Some(1), shape: Some(shape) };
    let ty = TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() };
    ValueInfoProto { name: Some(name.to_owned()), r#type: Some(ty), ..Default::default() }
}

fn text(name: &str, text: &str) -> AttributeProto {
    AttributeProto { name: Some(name.to_owned()), s: Some(text.as_bytes().to_vec().into()), ..Default::default() }
}

fn ints(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto { name: Some(name.to_owned()), ints: ints.to_vec(), ..Default::default() }
}

/// The code of a model over `x`, which has two axes, with the output `y`.
fn code(nodes: Vec<NodeProto>, initializer: Vec<TensorProto>) -> Result<String, ModelError> {
    code_over(&["n", "m"], nodes, initializer)
}

/// The same over an `x` of other lengths.
fn code_over(lengths: &[&str], nodes: Vec<NodeProto>, initializer: Vec<TensorProto>) -> Result<String, ModelError> {
    let graph =
        GraphProto { node: nodes, input: vec![value("x", lengths)], output: vec![value("y", &[])], initializer, ..Default::default() };
    Ok(rust::generate(&read_graph(graph)?, &rust::Options::default())?.code)
}

fn read_graph(graph: GraphProto) -> Result<Model, ModelError> {
    let opset = OperatorSetIdProto { version: Some(18), ..Default::default() };
    let bytes = ModelProto { graph: Some(graph), opset_import: vec![opset], ..Default::default() }.encode_to_vec();
    read_bytes(bytes.into(), "model", std::path::Path::new("."), &Options::default())
}

#[test]
fn lengths_that_only_running_tells_are_read_from_the_tensors() {
    let mut nodes = vec![
        node("NonZero", &["x"], "places"),
        node("Shape", &["places"], "lengths"),
        node("Concat", &["lengths", "one"], "shape"),
        node("Reshape", &["places", "shape"], "wide"),
        node("Reshape", &["wide", "open"], "open_places"),
        node("Squeeze", &["open_places", "one"], "y"),
    ];
    nodes[2].attribute.push(AttributeProto { name: Some("axis".to_owned()), i: Some(0), ..Default::default() });
    let code = code(nodes, vec![list("one", &[1]), list("open", &[-1, 1])]).unwrap();
    for line in ["ops::dim(", "ops::reshape_to(", "// [2, ?, 1]", "ops::reshape_rest(", "ops::squeeze("] {
        assert!(code.contains(line), "{line} in\n{code}");
    }
}

#[test]
fn lengths_of_the_inputs_are_expressions() {
    let code = code(vec![node("Flatten", &["x"], "y")], vec![]).unwrap();
    assert!(!code.contains("ops::dim"), "{code}");
    let nodes = vec![node("Reshape", &["x", "flat"], "y")];
    assert!(self::code(nodes, vec![list("flat", &[-1])]).unwrap().contains("ops::reshape(x, &[m * n])"));
}

#[test]
fn an_output_of_an_unknown_number_of_axes_is_an_array_of_any() {
    let nodes = vec![node("NonZero", &["x"], "places"), node("GatherND", &["x", "places"], "y")];
    let code = code(nodes, vec![]).unwrap();
    assert!(code.contains("Array<f32, codewright::ndarray::IxDyn>"), "{code}");
}

#[test]
fn a_variable_takes_one_of_several_results() {
    let mut nodes = vec![
        node("Softmax", &["x"], "shares"),
        node("TopK", &["shares", "two"], "most"),
        node("Softmax", &["most"], "again"),
        node("Softmax", &["again"], "y"),
    ];
    nodes[1].output.push("places".to_owned());
    let code = code(nodes, vec![list("two", &[2])]).unwrap();
    assert!(code.contains("let mut x = ops::softmax(x") && code.contains("\n        (x, _) = ops::top_k(&x"), "{code}");
}

#[test]
fn a_length_that_a_shape_has_twice_is_compared_when_it_is_known() {
    let code = code_over(&["n", "n"], vec![node("Softmax", &["x"], "y")], vec![]).unwrap();
    for check in [r#"let [n, _] = codewright::input("x", "(n, n)", x.shape(), [None, None])?"#, "x.shape(), [Some(n), Some(n)])?"] {
        assert!(code.contains(check), "{check} in\n{code}");
    }
}

#[test]
fn what_exporters_write_for_a_length_without_a_name_is_no_name() {
    let code = code_over(&["?", "?", "p2o.DynamicDimension.1"], vec![node("Softmax", &["x"], "y")], vec![]).unwrap();
    assert!(code.contains("f32(x.0, x.1, x.2)"), "{code}");
}

#[test]
fn lengths_of_a_resized_image_may_be_unknown() {
    let mut nodes = vec![node("MaxPool", &["x"], "half"), node("Resize", &["half", "", "scales"], "y")];
    nodes[0].attribute.extend([ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])]);
    let scales = TensorProto {
        name: Some("scales".to_owned()),
        data_type: Some(1),
        dims: vec![4],
        float_data: vec![1.0, 1.0, 2.0, 2.0],
        ..Default::default()
    };
    let code = code_over(&["n", "c", "h", "w"], nodes, vec![scales]).unwrap();
    assert!(code.contains("ops::resize(") && !code.contains("ops::reshape"), "{code}");
}

#[test]
fn pads_that_depend_on_an_open_length_are_computed() {
    let mut nodes = vec![node("MaxPool", &["x"], "y")];
    nodes[0].attribute.extend([ints("kernel_shape", &[3]), ints("strides", &[2]), text("auto_pad", "SAME_UPPER")]);
    let code = code_over(&["n", "c", "h"], nodes, vec![]).unwrap();
    assert!(["ops::pad_by(", "math::trunc_div(", "f32::NEG_INFINITY"].iter().all(|part| code.contains(part)), "{code}");
}

#[test]
fn functions_of_elements_are_one_loop_though_lengths_are_unknown() {
    let mut nodes = vec![
        node("MaxPool", &["x"], "half"),
        node("Sin", &["half"], "wave"),
        node("Mul", &["half", "wave"], "product"),
        node("Add", &["product", "shift"], "shifted"),
        node("Exp", &["shifted"], "y"),
    ];
    nodes[0].attribute.extend([ints("kernel_shape", &[2]), ints("strides", &[2])]);
    let shift = TensorProto { name: Some("shift".to_owned()), data_type: Some(1), float_data: vec![-0.5], ..Default::default() };
    let code = code_over(&["n", "c", "h"], nodes, vec![shift]).unwrap();
    assert!(code.contains("map(&x, |x| math::exp(x * math::sin(x) - 0.5))"), "{code}");
}

#[test]
fn blocks_that_resize_by_other_scales_are_not_printed_as_one() {
    let (mut nodes, mut scales, mut x) = (Vec::new(), Vec::new(), "x".to_owned());
    for i in 0..2 {
        let names = [format!("scales_{i}"), format!("large_{i}"), format!("high_{i}"), format!("y{i}")];
        let mut block = vec![
            node("Resize", &[&x, "", &names[0]], &names[1]),
            node("ReduceMax", &[&names[1]], &names[2]),
            node("Sub", &[&names[1], &names[2]], &names[3]),
        ];
        block[0].attribute.extend([text("coordinate_transformation_mode", "asymmetric"), text("nearest_mode", "floor")]);
        block.iter_mut().for_each(|node| node.name = Some(format!("/up.{i}/{}", node.op_type())));
        nodes.extend(block);
        let (name, float_data) = (Some(names[0].clone()), vec![1.0, 1.0, 1.0, [2.0, 4.0][i]]);
        scales.push(TensorProto { name, data_type: Some(1), dims: vec![4], float_data, ..Default::default() });
        x = names[3].clone();
    }
    let graph = GraphProto {
        node: nodes,
        input: vec![value("x", &["n", "c", "h", "w"])],
        output: vec![value("y1", &[])],
        initializer: scales,
        ..Default::default()
    };
    let model = read_graph(graph).unwrap();
    let code = pytorch::generate(&model, &pytorch::Options::default()).unwrap().code;
    assert!(code.contains("scale_factor=(1.0, 2.0)") && code.contains("scale_factor=(1.0, 4.0)"), "{code}");
}

#[test]
fn operands_too_few_or_too_many_are_refused() {
    for (op, inputs) in [
        ("Where", &["x"][..]),
        ("Where", &["x", "x"]),
        ("Add", &["x", "x", "x"]),
        ("Equal", &["x"]),
        ("Mod", &["x"]),
        ("Log", &["x", "x"]),
        ("Relu", &[]),
    ] {
        assert!(code(vec![node(op, inputs, "y")], vec![]).is_err(), "{op}");
    }
}

#[test]
fn an_axis_that_may_have_length_1_is_required_to_be_longer_where_those_are_taken_away() {
    let mut nodes = vec![node("Squeeze", &["x"], "y")];
    let code = code_over(&["n", "c", "h"], nodes.clone(), vec![]).unwrap();
    assert!(code.matches("ops::require(").count() == 3 && code.contains("`y` takes axes of length 1 away"), "{code}");
    nodes[0].attribute.push(ints("axes", &[1]));
    let code = code_over(&["n", "c", "h"], nodes, vec![]).unwrap();
    assert!(!code.contains("require"), "{code}");
}
