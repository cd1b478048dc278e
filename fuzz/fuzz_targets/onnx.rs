//! Any bytes are an ONNX file or an error: what is read is printed as Rust, as it is and as optimized, and both compute the same.
#![no_main]

mod mutation;

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use prost::Message;
use wright::model::onnx::{self, proto::ModelProto};
use wright::model::{Agreement, Model, agreement, optimize, rust};
use wright::rules::{Rule, RuleSet, Selection};

/// Rules that only the optimizer's own limits bound: all of them.
static RULES: LazyLock<Vec<&Rule>> =
    LazyLock::new(|| RuleSet::builtin().for_models(&Selection::default()).expect("an empty selection names no rule"));

fuzz_target!(|bytes: &[u8]| {
    let Ok(model) = onnx::read_bytes(bytes.to_vec().into(), "model", Path::new("/nowhere"), &onnx::Options::default()) else { return };
    let better = optimize(&model, &RULES).model;
    print(&model);
    print(&better);
    if let Agreement::Different(output) = agreement(&model, &better) {
        panic!("the output `{output}` is another after optimization");
    }
});

// Most changes of a byte make no ONNX file. Three of four changes are made in the messages.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let decoded = if seed % 4 == 0 { None } else { ModelProto::decode(&data[..size]).ok() };
    let Some(mut model) = decoded.filter(|model| model.graph.is_some()) else {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    };
    mutation::change(&mut model, u64::from(seed));
    let bytes = model.encode_to_vec();
    if bytes.len() > max_size {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    data[..bytes.len()].copy_from_slice(&bytes);
    bytes.len()
});

fn print(model: &Model) {
    let options = rust::Options { weights_file: "model.safetensors".to_owned(), source: "model.onnx".to_owned() };
    // What the printer does not print it says.
    let _ = rust::generate(model, &options);
}
