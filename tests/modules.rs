//! Models that are the source of an `nn.Module`: what is generated for them gives what PyTorch gives.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "backend/files.rs"]
mod files;
#[path = "backend/python.rs"]
mod python;

use files::write;
use python::{ROOT, printed, python};
use wright::model::module::{self, Options, Part};
use wright::model::onnx::Recording;
use wright::model::rust::{self, Tolerance};
use wright::model::{Model, StateDict, cached, optimize, state};
use wright::rules::{RuleSet, Selection};

const TOLERANCE: Tolerance = Tolerance { rtol: 1e-4, atol: 1e-5 };

/// A folder with what PyTorch gives for the models of `tests/models/`.
fn recorded() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("modules/recorded");
    printed(&python(), &[&format!("{ROOT}/tests/models/record.py"), folder.to_str().expect("a path of text")]);
    folder
}

/// The model that a recording is of.
fn read(folder: &Path) -> Result<Model, String> {
    let text = fs::read_to_string(folder.join("arguments")).expect("the arguments");
    let mut lines = text.lines();
    let part = |line: &str| {
        let (file, name) = line.rsplit_once(':').expect("a file and a name");
        Part { file: file.into(), name: name.to_owned(), weights: StateDict::new() }
    };
    let mut parts: Vec<Part> = lines.next().expect("modules").split(' ').map(part).collect();
    let (mut options, mut weights) = (Options::default(), 0);
    while let (Some(flag), Some(value)) = (lines.next(), lines.next()) {
        match flag {
            "--set" => options.settings.push(value.split_once('=').map(|(name, value)| (name.into(), value.into())).expect("a setting")),
            "--input" => options.inputs.push(value.parse().expect("an input")),
            _ => {
                parts[weights].weights = state::read(Path::new(value)).map_err(|e| e.to_string())?;
                weights += 1;
            }
        }
    }
    let model = module::read(&parts, &options).map_err(|e| e.to_string())?;
    let rules = RuleSet::builtin().for_models(&Selection::default()).expect("no rule is named");
    Ok(optimize(&model, &rules).model)
}

#[test]
fn modules_agree_with_pytorch() {
    let folder = recorded();
    let krate = Path::new(env!("CARGO_TARGET_TMPDIR")).join("modules/crate");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("the recordings")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert!(names.len() >= 23, "expected all models, found {names:?}");
    let (mut failed, mut modules) = (Vec::new(), String::new());
    for name in &names {
        match generate(&folder.join(name), &krate.join("src"), name) {
            Ok(()) => modules += &format!("mod {name};\n#[cfg(test)]\nmod {name}_test;\n"),
            Err(why) => failed.push(format!("{name}: {why}")),
        }
    }
    for name in ["gpt_open", "gpt_by_hand"] {
        match cached_model(&folder.join(name), &krate.join("src"), name) {
            Ok(()) => modules += &format!("mod {name}_cached;\n#[cfg(test)]\nmod {name}_cached_test;\n"),
            Err(why) => failed.push(format!("{name} with a cache: {why}")),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let manifest = format!(
        "[package]\nname = \"modules\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
         codewright = {{ path = {:?}, default-features = false }}\n[profile.dev]\ndebug = false\n[profile.dev.package.\"*\"]\nopt-level = 2\n",
        format!("{ROOT}/crates/codewright")
    );
    write(&krate.join("Cargo.toml"), manifest.as_bytes());
    // Each model's weights are in the program once for each test of it.
    write(&krate.join("src/lib.rs"), modules.as_bytes());
    let tested = Command::new(env!("CARGO")).args(["test", "--quiet"]).current_dir(&krate).output().expect("cargo runs");
    let said = format!("{}{}", String::from_utf8_lossy(&tested.stdout), String::from_utf8_lossy(&tested.stderr));
    assert!(tested.status.success(), "{said}");
}

/// Writes a model's code and a test against what is recorded of it.
fn generate(folder: &Path, source: &Path, name: &str) -> Result<(), String> {
    let said = |e: wright::model::ModelError| e.to_string();
    let mut model = read(folder)?;
    name.clone_into(&mut model.name);
    let weights_file = format!("{name}.safetensors");
    let generated = rust::generate(&model, &rust::Options { weights_file: weights_file.clone(), source: name.to_owned() }).map_err(said)?;
    write(&source.join(format!("{name}.rs")), generated.code.as_bytes());
    if let Some(weights) = &generated.weights {
        write(&source.join(weights_file), weights);
    }
    let recording = Recording::read(&folder.join("data")).map_err(said)?;
    let file = format!("{name}_recorded.safetensors");
    let test = rust::test(&model, &format!("crate::{name}"), &recording, &file, TOLERANCE).map_err(said)?;
    write(&source.join(format!("{name}_test.rs")), test.as_bytes());
    write(&source.join(file), &recording.to_safetensors().map_err(said)?);
    Ok(())
}

/// Writes a model's code with a cache, and a test that it gives in parts what is recorded of the whole.
fn cached_model(folder: &Path, source: &Path, name: &str) -> Result<(), String> {
    let said = |e: wright::model::ModelError| e.to_string();
    let mut model = cached(&read(folder)?, "idx").map_err(said)?;
    let cached_name = format!("{name}_cached");
    cached_name.clone_into(&mut model.name);
    let weights_file = format!("{cached_name}.safetensors");
    let options = rust::Options { weights_file: weights_file.clone(), source: name.to_owned() };
    let generated = rust::generate(&model, &options).map_err(said)?;
    write(&source.join(format!("{cached_name}.rs")), generated.code.as_bytes());
    write(&source.join(weights_file), &generated.weights.expect("weights"));
    let ty = rust::type_name(&model);
    let batch = if name == "gpt_by_hand" { "1" } else { "" };
    let test = format!(
        r#"//! In parts the model gives what it gives of the whole.

use codewright::Result;
use codewright::ndarray::{{Array2, s}};
use crate::{cached_name}::{ty};

#[test]
fn in_parts() -> Result<()> {{
    let data = codewright::include_weights!("{name}_recorded.safetensors")?;
    let tokens: Array2<i64> = data.tensor("input_0")?.into_array()?;
    let expected = data.tensor::<f32>("output_0")?;
    let model = {ty}::new()?;
    let mut cache = model.cache({batch})?;
    assert!(cache.is_empty());
    model.next(&tokens.slice(s![.., ..5]).to_owned(), &mut cache)?;
    let mut last = None;
    for place in 5..tokens.ncols() {{
        assert_eq!(cache.len(), place);
        last = Some(model.next(&tokens.slice(s![.., place..=place]).to_owned(), &mut cache)?);
    }}
    let last = last.expect("a place");
    assert_eq!(last.shape(), expected.shape());
    for (found, expected) in last.iter().zip(expected.elements()) {{
        assert!((found - expected).abs() < 1e-4, "{{found}}, recorded {{expected}}");
    }}
    let prompt = tokens.row(0).to_vec();
    let best = |logits: &[f32]| (0..logits.len()).max_by(|a, b| logits[*a].total_cmp(&logits[*b])).map_or(0, |i| i as i64);
    let more = model.generate(&prompt, 3, best)?;
    assert_eq!(more[..prompt.len()], prompt[..]);
    assert_eq!(more[prompt.len()], best(expected.elements()));
    assert!(model.generate(&prompt, 100, best).is_err(), "the sequence is longer than the model takes");
    Ok(())
}}
"#
    );
    write(&source.join(format!("{cached_name}_test.rs")), test.as_bytes());
    Ok(())
}
