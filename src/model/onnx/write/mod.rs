//! The way back: a [`Model`] as an ONNX file.
//!
//! [`ops`] says for each op of the IR which nodes it is, [`Writer`] puts them into the graph, [`places::Places`] says which of them stand in
//! a branch of a condition. What is made and then not read, because a node took in what it is made of, is not written.

mod attributes;
mod finish;
mod lengths;
mod names;
mod ops;
mod places;
mod writer;

use prost::Message;

use super::proto::{ModelProto, OperatorSetIdProto, StringStringEntryProto};
use crate::model::{Model, ModelError};
use writer::Writer;

/// A message of the format holds no more than this.
const LARGEST: usize = i32::MAX as usize;

/// The operator set, unless a node needs a later one.
const OPSET: i64 = 22;

/// A model as the bytes of an ONNX file. Inputs, outputs, weights and values keep the names that they have in the model.
///
/// # Errors
/// If there are ops that ONNX does not have, all of them; or if the weights do not fit one file.
pub fn write(model: &Model) -> Result<Vec<u8>, ModelError> {
    let needed = model.program.needed().1;
    let weights = needed.into_iter().filter_map(|id| model.weight(id));
    let size = weights.fold(0, |sum: usize, weight| sum.saturating_add(weight.bytes.len()));
    if size > LARGEST {
        return Err(ModelError::Unwritable(format!("its weights have {size} bytes, and an ONNX file holds at most {LARGEST}")));
    }
    let mut writer = Writer::new(model);
    writer.block(&[]);
    let (graph, opset) = writer.finish()?;
    let proto = ModelProto {
        ir_version: Some(ir_version(opset)),
        opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(opset) }],
        producer_name: Some("codewright".to_owned()),
        producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        graph: Some(graph),
        metadata_props: model
            .metadata
            .iter()
            .map(|(key, value)| StringStringEntryProto { key: Some(key.clone()), value: Some(value.clone()) })
            .collect(),
        ..Default::default()
    };
    match proto.encoded_len() {
        size if size > LARGEST => Err(ModelError::Unwritable(format!("it has {size} bytes, and an ONNX file holds at most {LARGEST}"))),
        _ => Ok(proto.encode_to_vec()),
    }
}

/// The version of the format that came with an operator set.
fn ir_version(opset: i64) -> i64 {
    match opset {
        ..=22 => 10,
        23 => 11,
        24 | 25 => 12,
        _ => 13,
    }
}
