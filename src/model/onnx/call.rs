use super::proto::{AttributeProto, GraphProto, NodeProto, TensorProto};
use crate::ir::{Id, Narrow};

/// A node with its operands found.
pub(super) struct Call<'a> {
    pub node: &'a NodeProto,
    /// The version of the node's operator set.
    pub opset: i64,
    /// The operands; `None` where one is left out.
    pub inputs: Vec<Option<Id>>,
    /// The type of the results' elements, if it is none of the IR's.
    pub narrow: Option<Narrow>,
}

impl<'a> Call<'a> {
    /// The operand of this index.
    pub fn input(&self, i: usize) -> Result<Id, String> {
        self.optional(i).ok_or_else(|| format!("its operand {} is missing", i + 1))
    }

    /// The operand of this index, if it is there.
    pub fn optional(&self, i: usize) -> Option<Id> {
        self.inputs.get(i).copied().flatten()
    }

    /// All operands, of which none may be left out.
    pub fn all(&self) -> Result<Vec<Id>, String> {
        (0..self.inputs.len()).map(|i| self.input(i)).collect()
    }

    /// The attribute of this name.
    pub fn attribute(&self, name: &str) -> Option<&'a AttributeProto> {
        self.node.attribute.iter().find(|a| a.name() == name)
    }

    pub fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).map_or(default, |a| a.i())
    }

    pub fn float(&self, name: &str, default: f32) -> f64 {
        // The shortest decimal of the single is what was meant: 1e-5 and not 9.99999974e-6.
        let x = self.attribute(name).map_or(default, |a| a.f());
        x.to_string().parse().unwrap_or(f64::from(x))
    }

    pub fn ints(&self, name: &str) -> Option<Vec<i64>> {
        self.attribute(name).map(|a| a.ints.clone())
    }

    pub fn string(&self, name: &str) -> Option<String> {
        self.attribute(name).map(|a| String::from_utf8_lossy(a.s()).into_owned())
    }

    pub fn tensor(&self, name: &str) -> Option<&'a TensorProto> {
        self.attribute(name).and_then(|a| a.t.as_ref())
    }

    pub fn graph(&self, name: &str) -> Result<&'a GraphProto, String> {
        self.attribute(name).and_then(|a| a.g.as_ref()).ok_or_else(|| format!("it has no graph `{name}`"))
    }
}

/// What a node is called: by its name, or by its first output if it has none.
pub(super) fn called(node: &NodeProto) -> &str {
    if node.name().is_empty() { node.output.first().map_or("", String::as_str) } else { node.name() }
}
