//! `generate`: what a model becomes, and what is no model.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use prost::Message;
use wright::model::onnx::proto::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto, TensorProto, TensorShapeProto,
    TypeProto, ValueInfoProto,
    tensor_shape_proto::{Dimension, dimension},
    type_proto,
};
use wright::model::onnx::{self, Options, read};

const MLP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/codewright/tests/data/mlp.onnx");
const TOWER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/codewright/tests/data/tower.onnx");

fn wright(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cargo-wright")).args(arguments).current_dir(folder).output().expect("the binary runs")
}

#[test]
fn a_model_is_printed_as_a_person_would_write_it() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, model) in [("mlp", MLP), ("tower", TOWER)] {
        let output = wright(folder.path(), &["generate", model, "-o", &format!("{name}.rs")]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(folder.path().join(format!("{name}.safetensors")).exists());
        let code = fs::read_to_string(folder.path().join(format!("{name}.rs"))).expect("the code");
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("generate_{name}"), code);
        });
    }
}

#[test]
fn a_crate_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/codewright");
    let output = wright(folder.path(), &["generate", MLP, "--crate", "made", "--runtime", runtime, "--shape", "x=5,4"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let manifest = fs::read_to_string(folder.path().join("made/Cargo.toml")).expect("the manifest");
    assert!(manifest.contains("name = \"mlp\"") && manifest.contains("crates/codewright"), "{manifest}");
    let code = fs::read_to_string(folder.path().join("made/src/lib.rs")).expect("the code");
    assert!(code.contains("[Some(5), Some(4)]"), "{code}");
    assert!(folder.path().join("made/src/mlp.safetensors").exists());
    let benchmark = fs::read_to_string(folder.path().join("made/benches/latency.rs")).expect("the benchmark");
    assert!(benchmark.contains("from_elem([5, 4], 1.0)") && manifest.contains("name = \"latency\""), "{benchmark}");
}

#[test]
fn a_model_is_written_as_onnx_again() {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [&["generate", MLP, "--to", "onnx", "-o", "made/again.onnx"][..], &["optimize", MLP, "-o", "made/again.onnx"]] {
        let output = wright(folder.path(), arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let bytes = fs::read(folder.path().join("made/again.onnx")).expect("the model");
        let (old, new) =
            (ModelProto::decode(&*fs::read(MLP).expect("the model")).expect("a model"), ModelProto::decode(&*bytes).expect("a model"));
        assert_eq!(new.producer_name(), "codewright");
        let (old, new) = (old.graph.expect("a graph"), new.graph.expect("a graph"));
        assert_eq!((&old.input, &old.output), (&new.input, &new.output));
        let nodes: Vec<(&str, &str)> = new.node.iter().map(|node| (node.op_type(), node.name())).collect();
        assert_eq!(nodes.last().map(|(_, name)| *name), Some(new.output[0].name()), "{nodes:?}");
        assert!(old.initializer.iter().all(|a| new.initializer.iter().any(|b| a.name() == b.name())), "{nodes:?}");
        fs::remove_file(folder.path().join("made/again.onnx")).expect("it is there");
    }
}

#[test]
fn what_is_asked_for_wrongly_is_refused_and_writes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    for (arguments, said) in [
        (&["generate", "model.bin", "-o", "m.rs"][..], "expected an .onnx file"),
        (&["generate", "missing.onnx", "-o", "m.rs"], "missing.onnx"),
        (&["generate", MLP], "--out"),
        (&["generate", MLP, "-o", "m.rs", "--shape", "x"], "expected NAME=LENGTHS"),
        (&["generate", MLP, "-o", "m.rs", "--shape", "y=1,2"], "no input is named `y`; there are x"),
        (&["generate", MLP, "-o", "m.rs", "--shape", "x=1,2,3"], "does not have 3 axes"),
        (&["generate", MLP, "-o", "m.rs", "--shape", "x=1,5"], "MatMul"),
        (&["generate", MLP, "-o", "m.rs", "--value", "x"], "expected NAME=NUMBER"),
        (&["generate", MLP, "-o", "m.rs", "--value", "y=1"], "no input is named `y`; there are x"),
        (&["generate", MLP, "-o", "m.rs", "--value", "x=1"], "--value gives one number"),
        (&["generate", MLP, "--to", "onnx", "--crate", "m"], "say with -o where the file goes"),
        (&["generate", MLP, "--to", "wasm", "-o", "m"], "[possible values: rust, onnx, pytorch]"),
        (&["optimize", MLP], "expected"),
        (&["optimize", "missing.onnx", "-o", "m.onnx"], "missing.onnx"),
        (&["optimize", MLP, "missing.onnx", "-o", "m.onnx"], "a model is read by itself"),
        (&["optimize", "-o", "m.onnx"], "expected one .onnx file"),
        (&["optimize", "m.py", "-o", "m.onnx"], "expected an .onnx file"),
        (&["optimize", MLP, "-o", "m.onnx", "--write"], "--write"),
    ] {
        let output = wright(folder.path(), arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        let said = if said == "MatMul" { "Gemm" } else { said };
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 0);
}

fn tensor_type(dims: &[i64]) -> TypeProto {
    let dim = dims.iter().map(|n| Dimension { value: Some(dimension::Value::DimValue(*n)), ..Default::default() }).collect();
    let tensor = type_proto::Tensor { elem_type: Some(1), shape: Some(TensorShapeProto { dim }) };
    TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() }
}

fn value(name: &str, dims: &[i64]) -> ValueInfoProto {
    ValueInfoProto { name: Some(name.to_owned()), r#type: Some(tensor_type(dims)), ..Default::default() }
}

fn node(op: &str, inputs: &[&str], outputs: &[&str]) -> NodeProto {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    NodeProto { op_type: Some(op.to_owned()), input: owned(inputs), output: owned(outputs), ..Default::default() }
}

fn model(nodes: Vec<NodeProto>, initializers: Vec<TensorProto>, output: &str) -> ModelProto {
    let pools = nodes.iter().any(|node| node.op_type() == "MaxPool");
    let graph = GraphProto {
        node: nodes,
        initializer: initializers,
        input: vec![if pools { value("x", &[1, 2, 3]) } else { value("x", &[2, 3]) }],
        output: vec![value(output, &[2, 3])],
        ..Default::default()
    };
    let opset = OperatorSetIdProto { domain: None, version: Some(17) };
    ModelProto { ir_version: Some(9), opset_import: vec![opset], graph: Some(graph), ..Default::default() }
}

fn weight(name: &str, dims: &[i64], bytes: Vec<u8>) -> TensorProto {
    TensorProto { name: Some(name.to_owned()), dims: dims.to_vec(), data_type: Some(1), raw_data: Some(bytes.into()), ..Default::default() }
}

/// A pool over one axis with one of its attributes as large as it can be.
fn pool(attribute: &str, value: i64) -> NodeProto {
    let ints = |name: &str, ints: Vec<i64>| {
        let ints = if name == attribute { vec![value; ints.len()] } else { ints };
        AttributeProto { name: Some(name.to_owned()), ints, ..Default::default() }
    };
    let attribute = vec![ints("kernel_shape", vec![2]), ints("strides", vec![1]), ints("pads", vec![0, 0])];
    NodeProto { attribute, ..node("MaxPool", &["x"], &["y"]) }
}

fn lengths(name: &str, lengths: &[i64]) -> TensorProto {
    let dims = vec![lengths.len() as i64];
    TensorProto { name: Some(name.to_owned()), dims, data_type: Some(7), int64_data: lengths.to_vec(), ..Default::default() }
}

fn external(location: &str, offset: &str) -> TensorProto {
    let entry = |key: &str, value: &str| StringStringEntryProto { key: Some(key.to_owned()), value: Some(value.to_owned()) };
    TensorProto {
        name: Some("w".to_owned()),
        dims: vec![3],
        data_type: Some(1),
        data_location: Some(1),
        external_data: vec![entry("location", location), entry("offset", offset)],
        ..Default::default()
    }
}

/// Why a model is refused.
fn refusal(folder: &Path, model: &ModelProto) -> String {
    let path = folder.join("model.onnx");
    fs::write(&path, model.encode_to_vec()).expect("the model");
    match read(&path, &Options::default()) {
        Ok(_) => String::from("it was accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn broken_models_are_refused_with_the_place_and_the_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let add = |w: &str| vec![node("Add", &["x", w], &["y"])];
    fs::write(folder.path().join("weights.bin"), [0; 8]).expect("a file");
    for (model, said) in [
        (model(vec![node("Nonsense", &["x"], &["y"])], vec![], "y"), "node `y` (Nonsense): this operator is not supported"),
        (model(add("nowhere"), vec![], "y"), "its operand `nowhere` is defined nowhere before it"),
        (model(vec![node("Add", &["x", "b"], &["a"]), node("Add", &["x", "a"], &["b"])], vec![], "b"), "`b` is defined nowhere before it"),
        (model(add("w"), vec![weight("w", &[2, 3], vec![0; 8])], "y"), "expected 24 bytes for f32 of shape [2, 3], found 8"),
        (model(add("w"), vec![weight("w", &[1 << 31, 1 << 31], vec![])], "y"), "initializer `w`"),
        (model(add("w"), vec![weight("w", &[-2], vec![0; 8])], "y"), "a length of -2"),
        (model(add("w"), vec![weight("w", &[5], vec![0; 20])], "y"), "node `y` (Add)"),
        (model(add("w"), vec![external("../weights.bin", "0")], "y"), "outside of the model's folder"),
        (model(add("w"), vec![external("/etc/passwd", "0")], "y"), "outside of the model's folder"),
        (model(add("w"), vec![external("weights.bin", "4")], "y"), "of 8 bytes"),
        (model(add("w"), vec![external("weights.bin", "-4")], "y"), "offset is `-4`"),
        (model(add("x"), vec![], "z"), "output `z` is defined nowhere"),
        (model(vec![node("ConstantOfShape", &["s"], &["y"])], vec![lengths("s", &[1 << 30, 1 << 30])], "y"), "is too large"),
        (model(vec![node("ConstantOfShape", &["s"], &["y"])], vec![lengths("s", &[1 << 40, 1 << 40])], "y"), "is too large"),
        (model(vec![node("Reshape", &["x", "s"], &["y"])], vec![lengths("s", &[-3, 2])], "y"), "node `y` (Reshape)"),
        (model(vec![pool("strides", i64::MAX)], vec![], "y"), "strides and dilations from 1 to"),
        (model(vec![pool("pads", i64::MAX)], vec![], "y"), "a window with a length of"),
        (model(vec![pool("kernel_shape", i64::MAX)], vec![], "y"), "a window with a length of"),
        (ModelProto::default(), "it has no graph"),
    ] {
        let error = refusal(folder.path(), &model);
        assert!(error.contains(said), "expected `{said}`, found `{error}`");
    }
}

#[test]
fn two_nodes_that_cannot_be_done_are_both_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = refusal(
        folder.path(),
        &model(vec![node("Foo", &["x"], &["a"]), node("Bar", &["x"], &["y"]), node("Add", &["a", "x"], &["z"])], vec![], "z"),
    );
    assert!(error.contains("2 of the model's nodes") && error.contains("(Foo)") && error.contains("(Bar)"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_not_followed() {
    let (folder, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    fs::write(other.path().join("weights.bin"), [0; 12]).expect("a file");
    std::os::unix::fs::symlink(other.path().join("weights.bin"), folder.path().join("weights.bin")).expect("a link");
    let error = refusal(folder.path(), &model(vec![node("Add", &["x", "w"], &["y"])], vec![external("weights.bin", "0")], "y"));
    assert!(error.contains("a link out of the model's folder"), "{error}");
}

#[test]
fn a_file_cut_off_anywhere_or_with_bytes_changed_is_no_panic() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = fs::read(MLP).expect("the model");
    let path = folder.path().join("model.onnx");
    for cut in 0..whole.len() {
        fs::write(&path, &whole[..cut]).expect("the model");
        let _ = read(&path, &Options::default()).map(|model| onnx::write(&model));
        let mut changed = whole.clone();
        changed[cut] ^= 0x55;
        fs::write(&path, &changed).expect("the model");
        let _ = read(&path, &Options::default()).map(|model| onnx::write(&model));
    }
}
