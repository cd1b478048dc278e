//! The network by ONNX Runtime, from a library that is found when it is asked for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use ndarray::{ArrayBase, Data, Dimension};
use ort::environment::Environment;
use ort::ep::{CUDA, ExecutionProvider};
use ort::session::{Session, SessionInputValue};
use ort::value::Tensor;

use super::{Batch, Prediction, Runtime, ScorerError};

/// What a network runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Device {
    /// One thread of the processor.
    #[default]
    Cpu,
    /// An NVIDIA GPU.
    Cuda,
}

/// The network's inputs and outputs by name.
const INPUTS: [&str; 5] = ["rows", "ops", "operands", "readers", "members"];
const OUTPUTS: [&str; 2] = ["log_seconds", "uncertainty"];

/// A session of ONNX Runtime.
pub struct OnnxRuntime {
    session: Mutex<Session>,
    metadata: Vec<(String, String)>,
}

impl OnnxRuntime {
    /// Opens a scorer's file with the library of ONNX Runtime at a path. The first library that a process opens stays.
    ///
    /// # Errors
    /// If the library is none of ONNX Runtime or too old, the file is no ONNX file or has other inputs, or the device is not there.
    pub fn open(file: &Path, library: &Path, device: Device) -> Result<OnnxRuntime, ScorerError> {
        let of_file = |why: String| ScorerError(format!("{}: {why}", file.display()));
        // A library that is something else makes the binding panic.
        let session = catch_unwind(AssertUnwindSafe(|| session(file, library, device)))
            .unwrap_or_else(|_| Err(ScorerError(format!("{}: no library of ONNX Runtime of version 1.24 or later", library.display()))))?;
        let names = |outlets: &[ort::value::Outlet]| outlets.iter().map(|outlet| outlet.name().to_owned()).collect::<Vec<_>>();
        let (inputs, outputs) = (names(session.inputs()), names(session.outputs()));
        if inputs != INPUTS || outputs != OUTPUTS {
            let expected = format!("expected the inputs {} and the outputs {}", INPUTS.join(", "), OUTPUTS.join(", "));
            return Err(of_file(format!("no scorer: {expected}, found {} and {}", inputs.join(", "), outputs.join(", "))));
        }
        let described = session.metadata().map_err(|error| of_file(error.to_string()))?;
        let metadata =
            described.custom_keys().unwrap_or_default().into_iter().filter_map(|key| Some((key.clone(), described.custom(&key)?)));
        let metadata = metadata.collect();
        drop(described);
        Ok(OnnxRuntime { session: Mutex::new(session), metadata })
    }
}

/// There may be only one in a process, whatever the number of sessions.
fn environment(library: &Path) -> Result<Environment, String> {
    static OPENED: Mutex<Option<Environment>> = Mutex::new(None);
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = &*opened {
        return Ok(environment.clone());
    }
    let environment = ort::init_from(library).map_err(|e| e.to_string())?.build().map_err(|e| e.to_string())?;
    Ok(opened.insert(environment).clone())
}

fn session(file: &Path, library: &Path, device: Device) -> Result<Session, ScorerError> {
    let of_library = |why: String| ScorerError(format!("{}: no library of ONNX Runtime that can be used: {why}", library.display()));
    let of_file = |why: String| ScorerError(format!("{}: {why}", file.display()));
    let environment = environment(library).map_err(of_library)?;
    let mut builder = Session::builder(&environment).map_err(|e| of_library(e.to_string()))?;
    builder = builder.with_intra_threads(1).map_err(|e| of_library(e.to_string()))?;
    if device == Device::Cuda {
        let unavailable =
            |why: String| ScorerError(format!("--device cuda: {why}; `pip install onnxruntime-gpu` installs a library for GPUs"));
        if !CUDA::is_available().unwrap_or(false) {
            return Err(unavailable(format!("{} was built without CUDA", library.display())));
        }
        builder = builder.with_execution_providers([CUDA::default().build().error_on_failure()]).map_err(|e| unavailable(e.to_string()))?;
    }
    builder.commit_from_file(file).map_err(|e| of_file(e.to_string()))
}

impl Runtime for OnnxRuntime {
    fn metadata(&self, key: &str) -> Option<String> {
        self.metadata.iter().find(|(known, _)| known == key).map(|(_, text)| text.clone())
    }

    fn run(&self, batch: &Batch) -> Result<Vec<Prediction>, ScorerError> {
        let refused = |error: ort::Error| ScorerError(error.to_string());
        let inputs: [SessionInputValue; 5] = [
            value(&batch.rows).map_err(refused)?,
            value(&batch.ops).map_err(refused)?,
            value(&batch.operands).map_err(refused)?,
            value(&batch.readers).map_err(refused)?,
            value(&batch.members).map_err(refused)?,
        ];
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs = session.run(&inputs[..]).map_err(refused)?;
        let floats = |i: usize| outputs[i].try_extract_tensor::<f32>().map(|(_, data)| data.to_vec()).map_err(refused);
        let pairs = floats(0)?.into_iter().zip(floats(1)?);
        Ok(pairs.map(|(seconds, doubt)| Prediction { log_seconds: seconds.into(), uncertainty: doubt.into() }).collect())
    }
}

fn value<T, S, D>(array: &ArrayBase<S, D, T>) -> ort::Result<SessionInputValue<'static>>
where
    T: ort::value::PrimitiveTensorElementType + Clone + std::fmt::Debug + 'static,
    S: Data<Elem = T>,
    D: Dimension,
{
    let shape: Vec<i64> = array.shape().iter().map(|&n| n as i64).collect();
    let elements: Vec<T> = array.iter().cloned().collect();
    Ok(Tensor::from_array((shape, elements))?.into())
}
