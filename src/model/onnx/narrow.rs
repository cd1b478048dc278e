//! Element types that the IR has not: which values of a file are of one, and how a file holds them. What is of such a type is known by its name
//! in the file; only operators that are known to keep the numbers of the type, or to leave it, take it.

use super::call::Call;
use super::lower::Lowering;
use super::proto::tensor_proto::DataType;
use crate::ir::{DType, Narrow};

/// The narrow type of ONNX's number for it.
pub(super) fn of(code: i32) -> Option<Narrow> {
    Some(match DataType::try_from(code).ok()? {
        DataType::Int2 => Narrow::I2,
        DataType::Uint2 => Narrow::U2,
        DataType::Int4 => Narrow::I4,
        DataType::Uint4 => Narrow::U4,
        DataType::Float4e2m1 => Narrow::F4E2M1,
        DataType::Float8e4m3fn => Narrow::F8E4M3FN,
        DataType::Float8e4m3fnuz => Narrow::F8E4M3FNUZ,
        DataType::Float8e5m2 => Narrow::F8E5M2,
        DataType::Float8e5m2fnuz => Narrow::F8E5M2FNUZ,
        _ => return None,
    })
}

/// ONNX's number for a narrow type, and the operator set that its operators take it from on.
pub(super) fn code(narrow: Narrow) -> (i32, i64) {
    let (code, opset) = match narrow {
        Narrow::I2 => (DataType::Int2, 25),
        Narrow::U2 => (DataType::Uint2, 25),
        Narrow::I4 => (DataType::Int4, 21),
        Narrow::U4 => (DataType::Uint4, 21),
        Narrow::F4E2M1 => (DataType::Float4e2m1, 23),
        Narrow::F8E4M3FN => (DataType::Float8e4m3fn, 19),
        Narrow::F8E4M3FNUZ => (DataType::Float8e4m3fnuz, 19),
        Narrow::F8E5M2 => (DataType::Float8e5m2, 19),
        Narrow::F8E5M2FNUZ => (DataType::Float8e5m2fnuz, 19),
    };
    (code.into(), opset)
}

/// The narrow type of a node's results, if it is known what the operator makes of such operands.
pub(super) fn of_results(l: &Lowering, call: &Call) -> Result<Option<Narrow>, String> {
    let narrow = |i: usize| call.node.input.get(i).and_then(|name| l.narrow(name));
    let found = (0..call.node.input.len()).find_map(narrow);
    let chosen = |name: &str| of(call.int(name, 0) as i32);
    Ok(match call.node.op_type() {
        "Cast" => chosen("to"),
        "CastLike" => narrow(1),
        "Constant" | "ConstantOfShape" => call.tensor("value").and_then(|tensor| of(tensor.data_type())),
        "QuantizeLinear" if narrow(0).is_none() && narrow(1).is_none() => narrow(2).or(chosen("output_dtype")),
        "DequantizeLinear" if narrow(1).is_none() => None,
        "Shape" | "Size" => None,
        "Identity" | "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" | "Transpose" | "Slice" | "Gather" | "Expand" | "Split" => found,
        "Concat" if (0..call.node.input.len()).all(|i| narrow(i) == found) => found,
        _ => match found {
            Some(narrow) => return Err(format!("operands of type {} are not supported", narrow.name())),
            None => None,
        },
    })
}

/// So many elements as the bytes of the type that holds them; they lie in a file from the lowest bits of a byte on.
pub(super) fn unpacked(narrow: Narrow, packed: &[u8], elements: usize) -> Vec<u8> {
    let (bits, a_byte) = (narrow.bits(), 8 / narrow.bits());
    let mask = (0xffu32 >> (8 - bits)) as u8;
    let all = packed.iter().flat_map(|byte| (0..a_byte).map(move |i| (byte >> (i * bits)) & mask));
    let numbers = all.take(elements).map(|own| narrow.number(own));
    match narrow.held_by() {
        DType::F32 => numbers.flat_map(|x| (x as f32).to_le_bytes()).collect(),
        DType::U8 => numbers.map(|x| x as u8).collect(),
        _ => numbers.flat_map(|x| (x as i8).to_le_bytes()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::super::proto::tensor_shape_proto::{Dimension, dimension};
    use super::super::proto::{
        AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorShapeProto, TypeProto, ValueInfoProto, type_proto,
    };
    use super::super::{Options, read_bytes, write};
    use super::*;
    use crate::model::{Model, ModelError};

    fn value(name: &str, code: DataType) -> ValueInfoProto {
        let dim = vec![Dimension { value: Some(dimension::Value::DimValue(3)), ..Default::default() }];
        let tensor = type_proto::Tensor { elem_type: Some(code.into()), shape: Some(TensorShapeProto { dim }) };
        let ty = TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() };
        ValueInfoProto { name: Some(name.to_owned()), r#type: Some(ty), ..Default::default() }
    }

    /// A model of one operator over `x` of a type, twice.
    fn read(op: &str, code: DataType, attribute: Option<(&str, i32)>) -> Result<Model, ModelError> {
        let attribute = attribute.map(|(name, i)| AttributeProto { name: Some(name.to_owned()), i: Some(i.into()), ..Default::default() });
        let node = NodeProto {
            op_type: Some(op.to_owned()),
            input: vec!["x".to_owned(); if op == "Add" { 2 } else { 1 }],
            output: vec!["y".to_owned()],
            attribute: attribute.into_iter().collect(),
            ..Default::default()
        };
        let output = vec![value("y", DataType::Undefined)];
        let graph = GraphProto { node: vec![node], input: vec![value("x", code)], output, ..Default::default() };
        let opset = OperatorSetIdProto { version: Some(25), ..Default::default() };
        let bytes = ModelProto { graph: Some(graph), opset_import: vec![opset], ..Default::default() }.encode_to_vec();
        read_bytes(bytes.into(), "model", std::path::Path::new("."), &Options::default())
    }

    #[test]
    fn an_operator_that_may_leave_the_type_refuses_it() {
        let refused = read("Add", DataType::Float8e4m3fn, None).unwrap_err().to_string();
        assert!(refused.contains("operands of type float8_e4m3fn are not supported"), "{refused}");
        let kept = read("Identity", DataType::Int4, None).expect("a model");
        assert_eq!((kept.inputs[0].narrow, kept.outputs[0].narrow), (Some(Narrow::I4), Some(Narrow::I4)));
        assert_eq!(read("Size", DataType::Uint4, None).expect("a model").outputs[0].narrow, None);
    }

    #[test]
    fn a_file_that_is_written_has_the_types() {
        for code in [DataType::Int2, DataType::Uint4, DataType::Float8e5m2, DataType::Float4e2m1] {
            let model = read("Cast", DataType::Float, Some(("to", code.into()))).expect("a model");
            let bytes = write(&model).expect("a file");
            let again = read_bytes(bytes.into(), "again", std::path::Path::new("."), &Options::default()).expect("a model");
            assert_eq!(again.outputs, model.outputs);
            let model = read("Cast", code, Some(("to", DataType::Float.into()))).expect("a model");
            let bytes = write(&model).expect("a file");
            let again = read_bytes(bytes.into(), "again", std::path::Path::new("."), &Options::default()).expect("a model");
            assert_eq!((&again.inputs, again.outputs[0].narrow), (&model.inputs, None));
        }
    }
}
