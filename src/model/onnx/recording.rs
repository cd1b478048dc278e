use std::path::Path;

use prost::Message;

use super::proto::TensorProto;
use super::tensor;
use crate::model::weight::serialized;
use crate::model::{ModelError, Weight};

/// Inputs and what a model gave for them, as the folders of ONNX's backend tests hold them: `input_0.pb`, `output_0.pb`…
#[derive(Debug, Clone)]
pub struct Recording {
    /// The inputs in order; of a sequence its parts.
    pub inputs: Vec<Weight>,
    /// The outputs in order; of a sequence its parts.
    pub outputs: Vec<Weight>,
}

impl Recording {
    /// Reads a folder.
    ///
    /// # Errors
    /// If there is nothing recorded in it, or a file is no tensor.
    pub fn read(folder: &Path) -> Result<Recording, ModelError> {
        let recording = Recording { inputs: numbered(folder, "input")?, outputs: numbered(folder, "output")? };
        match recording.outputs.is_empty() {
            true => Err(ModelError::file(folder, "expected files input_0.pb, output_0.pb and so on")),
            false => Ok(recording),
        }
    }

    /// All tensors in the format of safetensors, by the names of their files.
    ///
    /// # Errors
    /// If that format does not hold them.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, ModelError> {
        let inputs = self.inputs.iter().enumerate().map(|(i, w)| (format!("input_{i}"), w));
        serialized(inputs.chain(self.outputs.iter().enumerate().map(|(i, w)| (format!("output_{i}"), w))))
    }
}

fn numbered(folder: &Path, what: &str) -> Result<Vec<Weight>, ModelError> {
    let mut tensors = Vec::new();
    for i in 0.. {
        let path = folder.join(format!("{what}_{i}.pb"));
        if !path.exists() {
            break;
        }
        let bytes = std::fs::read(&path).map_err(|e| ModelError::file(&path, e))?;
        for proto in protos(&bytes).map_err(|e| ModelError::file(&path, e))? {
            tensors.push(tensor::weight(&proto, folder).map_err(|why| ModelError::file(&path, why))?);
        }
    }
    Ok(tensors)
}

/// What is read of a sequence's message.
#[derive(Clone, PartialEq, prost::Message)]
struct SequenceProto {
    #[prost(message, repeated, tag = "3")]
    tensor_values: Vec<TensorProto>,
}

/// The tensor that a file holds, or those of a sequence: the parts of the one are at numbers that the other does not use.
fn protos(bytes: &[u8]) -> Result<Vec<TensorProto>, prost::DecodeError> {
    match SequenceProto::decode(bytes) {
        Ok(sequence) if !sequence.tensor_values.is_empty() => Ok(sequence.tensor_values),
        _ => TensorProto::decode(bytes).map(|tensor| vec![tensor]),
    }
}
