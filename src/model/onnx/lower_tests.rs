use prost::Message;

use super::proto::{
    GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, tensor_shape_proto,
    type_proto,
};
use super::{Options, read_bytes};
use crate::model::{ModelError, rust};

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

/// The code of a model over `x`, which has two axes, with the output `y`.
fn code(nodes: Vec<NodeProto>, initializer: Vec<TensorProto>) -> Result<String, ModelError> {
    let graph =
        GraphProto { node: nodes, input: vec![value("x", &["n", "m"])], output: vec![value("y", &[])], initializer, ..Default::default() };
    let opset = OperatorSetIdProto { version: Some(18), ..Default::default() };
    let bytes = ModelProto { graph: Some(graph), opset_import: vec![opset], ..Default::default() }.encode_to_vec();
    let model = read_bytes(bytes.into(), "model", std::path::Path::new("."), &Options::default())?;
    Ok(rust::generate(&model, &rust::Options::default())?.code)
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
    nodes[2].attribute.push(super::proto::AttributeProto { name: Some("axis".to_owned()), i: Some(0), ..Default::default() });
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
fn an_output_of_an_unknown_number_of_axes_is_refused() {
    let nodes = vec![node("NonZero", &["x"], "places"), node("GatherND", &["x", "places"], "y")];
    let refused = code(nodes, vec![]).unwrap_err().to_string();
    assert!(refused.contains("how many axes it has is not known"), "{refused}");
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
