//! Attributes of nodes.

use crate::model::onnx::proto::attribute_proto::AttributeType;
use crate::model::onnx::proto::{AttributeProto, GraphProto, TensorProto};

fn attribute(name: &str, kind: AttributeType) -> AttributeProto {
    AttributeProto { name: Some(name.to_owned()), r#type: Some(kind.into()), ..Default::default() }
}

pub(super) fn int(name: &str, i: i64) -> AttributeProto {
    AttributeProto { i: Some(i), ..attribute(name, AttributeType::Int) }
}

/// A flag, which the format has as 0 or 1.
pub(super) fn flag(name: &str, on: bool) -> AttributeProto {
    int(name, i64::from(on))
}

pub(super) fn ints(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto { ints: ints.to_vec(), ..attribute(name, AttributeType::Ints) }
}

pub(super) fn float(name: &str, f: f64) -> AttributeProto {
    AttributeProto { f: Some(f as f32), ..attribute(name, AttributeType::Float) }
}

pub(super) fn floats(name: &str, floats: Vec<f32>) -> AttributeProto {
    AttributeProto { floats, ..attribute(name, AttributeType::Floats) }
}

pub(super) fn word(name: &str, word: &str) -> AttributeProto {
    AttributeProto { s: Some(word.as_bytes().to_vec().into()), ..attribute(name, AttributeType::String) }
}

pub(super) fn words(name: &str, words: &[&str]) -> AttributeProto {
    AttributeProto {
        strings: words.iter().map(|word| word.as_bytes().to_vec().into()).collect(),
        ..attribute(name, AttributeType::Strings)
    }
}

pub(super) fn tensor(name: &str, t: TensorProto) -> AttributeProto {
    AttributeProto { t: Some(t), ..attribute(name, AttributeType::Tensor) }
}

pub(super) fn graph(name: &str, g: GraphProto) -> AttributeProto {
    AttributeProto { g: Some(g), ..attribute(name, AttributeType::Graph) }
}
