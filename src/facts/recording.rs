use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Fact, Ground, Outside};
use crate::ir::{DType, Dim, Shape, Target, Type};

/// The version of the format.
const VERSION: u32 = 1;

/// A recorded run: what `.wright/facts.json` holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recording {
    version: u32,
    /// By `path::qualified name`, the path relative to the tree with `/`.
    pub functions: BTreeMap<String, Record>,
}

/// What was seen of one function.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// The [`hash`] of its text.
    pub hash: String,
    /// Its calls, all processes together.
    pub calls: u64,
    /// What holds of its arguments and locals in all of them.
    pub names: BTreeMap<String, Value>,
}

/// What a name held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// The class, such as `numpy.ndarray`.
    class: String,
    /// The dtype by its library's name, if it is an array's and always the same.
    #[serde(default)]
    dtype: Option<String>,
    /// The lengths; `None` if the rank varied.
    #[serde(default)]
    shape: Option<Vec<Length>>,
    /// Whether it was contiguous in row-major order.
    #[serde(default)]
    contiguous: Option<bool>,
    /// Where it was seen.
    pub at: Place,
}

/// The length of an axis in all calls.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
enum Length {
    /// Always this.
    Fixed(u32),
    /// It varied; lengths of the same name were equal in each call.
    Varying(String),
}

/// Where in a function a value was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// A parameter, at the call.
    Argument,
    /// A local, at the return.
    Local,
    /// What is returned.
    Result,
}

/// Why a recording cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what the recorder writes.
    #[error("{path} is not a recording: {message}; record the program again", path = path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
}

impl Recording {
    /// Reads a recording. A file of another version is an error.
    pub fn read(path: &Path) -> Result<Recording, RecordingError> {
        let text = std::fs::read_to_string(path).map_err(|source| RecordingError::Read { path: path.to_path_buf(), source })?;
        Recording::parse(&text).map_err(|message| RecordingError::Format { path: path.to_path_buf(), message })
    }

    /// Reads a recording's text.
    pub fn parse(text: &str) -> Result<Recording, String> {
        let recording: Recording = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match recording.version {
            VERSION => Ok(recording),
            other => Err(format!("its version is {other}, expected {VERSION}")),
        }
    }

    /// What it holds of one file, by the path that the recorder knew it by: relative to the tree, with `/`.
    pub fn of_file(self: &Arc<Self>, path: &str) -> Outside {
        Outside { recording: Some((self.clone(), path.to_string())), ..Outside::default() }
    }
}

impl Default for Recording {
    fn default() -> Self {
        Recording { version: VERSION, functions: BTreeMap::new() }
    }
}

impl Record {
    /// Leaves what holds of these calls and of those. What one of them did not see, or saw as two things, is not known of all.
    pub fn add(&mut self, other: Record) {
        self.calls += other.calls;
        let mut symbols = BTreeMap::new();
        let names = std::mem::take(&mut self.names).into_iter();
        self.names = names
            .filter_map(|(name, value)| Some((value.join(other.names.get(&name)?, &mut symbols)?, name)))
            .map(|(value, name)| (name, value))
            .collect();
    }
}

impl Value {
    /// What holds of both; `None` if they are not the same kind of thing. Lengths that vary are equal if both were equal before.
    fn join(self, other: &Value, symbols: &mut BTreeMap<(Length, Length), String>) -> Option<Value> {
        if self.class != other.class || self.at != other.at {
            return None;
        }
        let mut length = |(a, b): (Length, &Length)| match (&a, b) {
            (Length::Fixed(x), Length::Fixed(y)) if x == y => a,
            _ => {
                let next = format!("n{}", symbols.len());
                Length::Varying(symbols.entry((a, b.clone())).or_insert(next).clone())
            }
        };
        let shape = self.shape.zip(other.shape.as_ref()).filter(|(a, b)| a.len() == b.len());
        Some(Value {
            dtype: self.dtype.filter(|dtype| Some(dtype) == other.dtype.as_ref()),
            shape: shape.map(|(a, b)| a.into_iter().zip(b).map(&mut length).collect()),
            contiguous: self.contiguous.filter(|_| self.contiguous == other.contiguous),
            ..self
        })
    }

    pub(super) fn fact(&self, calls: u64) -> Option<Fact> {
        let (ty, library) = match self.class.as_str() {
            "float" => (Type::weak(DType::F64), None),
            "int" => (Type::weak(DType::I64), None),
            "bool" => (Type::weak(DType::Bool), None),
            "numpy.ndarray" => (self.array(), Some(Target::Numpy)),
            "torch.Tensor" | "torch.nn.parameter.Parameter" => (self.array(), Some(Target::Torch)),
            class => (Type::scalar(dtype(class.strip_prefix("numpy.")?)?), Some(Target::Numpy)),
        };
        Some(Fact { ty, library, reference: false, ground: Ground::Recorded { calls } })
    }

    fn array(&self) -> Type {
        let length = |length: &Length| match length {
            Length::Fixed(length) => Dim::recorded(i64::from(*length)),
            Length::Varying(name) => Dim::symbol(format!("~{name}")),
        };
        let shape = self.shape.as_ref().map_or(Shape::Unknown, |lengths| Shape::Ranked(lengths.iter().map(length).collect()));
        Type::Array { dtype: self.dtype.as_deref().and_then(dtype), weak: false, shape }
    }
}

fn dtype(name: &str) -> Option<DType> {
    match name.trim_start_matches("torch.") {
        "bfloat16" => Some(DType::BF16),
        name => super::python::dtype_named(name),
    }
}

/// FNV-1a of 64 bits of a function's text, from `def` (or `async`) to the end of its last statement, in 16 hexadecimal digits.
pub fn hash(text: &str) -> String {
    format!("{:016x}", fnv_1a(FNV_START, text.trim_end().as_bytes()))
}

/// The FNV-1a of no bytes.
pub const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a of 64 bits, from what it is of the bytes before.
pub fn fnv_1a(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
