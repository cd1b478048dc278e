//! Other runtimes on the same inputs, as far as they were asked for and can read the model.

use crate::inputs::Inputs;

/// One run.
pub type Run = Box<dyn FnMut() -> Result<(), String>>;

/// The runtimes by name, each with its run or the reason why there is none.
pub fn all(path: &str, inputs: &Inputs, threads: usize) -> Vec<(&'static str, Result<Run, String>)> {
    let _ = (path, inputs, threads);
    vec![
        #[cfg(feature = "tract")]
        ("tract", caught(|| tract(path, inputs, threads))),
        #[cfg(feature = "rten")]
        ("rten", caught(|| rten(path, inputs, threads))),
    ]
}

/// What a runtime that panics refuses.
#[cfg(any(feature = "tract", feature = "rten"))]
fn caught(f: impl FnOnce() -> Result<Run, String>) -> Result<Run, String> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).unwrap_or_else(|_| Err("it panics".to_owned()))
}

#[cfg(feature = "tract")]
fn tract(path: &str, inputs: &Inputs, threads: usize) -> Result<Run, String> {
    use tract_onnx::prelude::*;
    let text = |e: TractError| format!("{e:#}");
    if threads > 1 {
        return Err("it is measured on one thread".to_owned());
    }
    let values = crate::runtime::tract_values(inputs).map_err(text)?;
    let mut model = tract_onnx::onnx().model_for_path(path).map_err(text)?;
    for (i, value) in values.iter().enumerate() {
        model.set_input_fact(i, InferenceFact::dt_shape(value.datum_type(), value.shape())).map_err(text)?;
    }
    let plan = model.into_optimized().and_then(|model| model.into_runnable()).map_err(text)?;
    let run = move || plan.run(values.clone()).map(|results| drop(std::hint::black_box(results))).map_err(text);
    run()?;
    Ok(Box::new(run))
}

#[cfg(feature = "rten")]
fn rten(path: &str, inputs: &Inputs, threads: usize) -> Result<Run, String> {
    use rten::{Model, RunOptions, ThreadPool};
    let model = Model::load_file(path).map_err(|e| e.to_string())?;
    let values = crate::runtime::rten_values(inputs)?;
    let pool = std::sync::Arc::new(ThreadPool::with_num_threads(threads));
    let run = move || {
        let operands = model.input_ids().iter().copied().zip(values.iter().map(Into::into)).collect();
        let options = RunOptions::default().with_thread_pool(Some(pool.clone()));
        let results = model.run(operands, model.output_ids(), Some(options));
        results.map(|results| drop(std::hint::black_box(results))).map_err(|e| e.to_string())
    };
    run()?;
    Ok(Box::new(run))
}
