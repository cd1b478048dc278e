use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::{Fact, Ground};
use crate::ir::{DType, Dim, Shape, Target, Type};

/// The version of the format that is read.
const VERSION: u32 = 1;

/// Facts about one file that come from outside of it: a recorded run, calls in other files.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    recording: Option<(Arc<Recording>, String)>,
    calls: BTreeMap<String, BTreeMap<String, Fact>>,
}

impl Outside {
    /// Adds what all calls of a module-level function agree on. The caller has seen every call in the tree, and that the function's
    /// name is used for nothing else; `facts` are by parameter, see [`join`].
    pub fn add_calls(&mut self, function: &str, facts: BTreeMap<String, Fact>) {
        self.calls.insert(function.to_string(), facts);
    }

    /// True if there is nothing.
    pub fn is_empty(&self) -> bool {
        self.recording.is_none() && self.calls.is_empty()
    }

    /// What the calls of a function agree on for its parameters.
    pub(super) fn calls(&self, function: &str) -> Option<&BTreeMap<String, Fact>> {
        self.calls.get(function)
    }

    /// What was recorded of a function, if its text is still the same: facts by name, those of arguments or those of locals.
    pub(super) fn recorded(&self, function: &str, text: &str, arguments: bool) -> BTreeMap<String, Fact> {
        let Some((recording, path)) = &self.recording else { return BTreeMap::new() };
        let record = recording.functions.get(&format!("{path}::{function}")).filter(|record| record.hash == hash(text));
        let place = if arguments { "argument" } else { "local" };
        let names = record.into_iter().flat_map(|record| record.names.iter().map(|(name, value)| (record.calls, name, value)));
        names
            .filter(|(_, _, value)| value.at == place)
            .filter_map(|(calls, name, value)| Some((name.clone(), value.fact(name, calls)?)))
            .collect()
    }
}

/// A recorded run: what `.wright/facts.json` holds.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Recording {
    version: u32,
    functions: BTreeMap<String, Record>,
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
        Outside { recording: Some((self.clone(), path.to_string())), calls: BTreeMap::new() }
    }
}

#[derive(Debug, Clone, Deserialize)]
struct Record {
    hash: String,
    calls: u32,
    names: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, Deserialize)]
struct Value {
    class: String,
    #[serde(default)]
    dtype: Option<String>,
    #[serde(default)]
    shape: Option<Vec<Option<u32>>>,
    at: String,
}

impl Value {
    fn fact(&self, name: &str, calls: u32) -> Option<Fact> {
        let (ty, library) = match self.class.as_str() {
            "float" => (Type::weak(DType::F64), None),
            "int" => (Type::weak(DType::I64), None),
            "bool" => (Type::weak(DType::Bool), None),
            "numpy.ndarray" => (self.array(name), Some(Target::Numpy)),
            "torch.Tensor" | "torch.nn.parameter.Parameter" => (self.array(name), Some(Target::Torch)),
            class => (Type::scalar(dtype(class.strip_prefix("numpy.")?)?), Some(Target::Numpy)),
        };
        Some(Fact { ty, library, reference: false, ground: Ground::Recorded { calls } })
    }

    fn array(&self, name: &str) -> Type {
        let shape = self.shape.as_ref().map_or(Shape::Unknown, |axes| {
            let axis = |(i, length): (usize, &Option<u32>)| match length {
                Some(length) => Dim::known(i64::from(*length)),
                None => Dim::symbol(format!("{name}.{i}")),
            };
            Shape::Ranked(axes.iter().enumerate().map(axis).collect())
        });
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
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    format!("{:016x}", text.trim_end().bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

/// What holds of a value that is one of several: in each of the calls of a function, say. Lengths are kept only where they are
/// numbers, for symbols mean something in their own functions alone.
pub fn join(facts: &[Fact]) -> Option<Fact> {
    let (first, rest) = facts.split_first()?;
    let mut all = Fact { ty: own_lengths(&first.ty, &first.ty)?, ..first.clone() };
    for fact in rest {
        if fact.library != all.library || fact.reference != all.reference || fact.ty.is_weak() != all.ty.is_weak() {
            return None;
        }
        all.ty = own_lengths(&all.ty, &fact.ty)?;
        all.ground = all.ground.max(fact.ground);
    }
    all.ground = all.ground.max(Ground::Inferred);
    Some(all)
}

fn own_lengths(a: &Type, b: &Type) -> Option<Type> {
    let (Type::Array { dtype: d, weak, shape: s }, Type::Array { dtype: e, shape: t, .. }) = (a, b) else { return None };
    let dtype = d.filter(|_| d == e);
    if *weak && dtype.is_none() {
        return None;
    }
    let shape = match (s.dims(), t.dims()) {
        (Some(x), Some(y)) if x.len() == y.len() => {
            let known = |(a, b): (&Dim, &Dim)| if a == b && a.as_known().is_some() { a.clone() } else { Dim::Unknown };
            Shape::Ranked(x.iter().zip(y).map(known).collect())
        }
        _ => Shape::Unknown,
    };
    Some(Type::Array { dtype, weak: *weak, shape })
}
