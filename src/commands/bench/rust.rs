use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::case::{Case, Function, Parameter};
use super::{Measured, results};
use crate::syntax::{Language, Node, Tree};

/// What times and compares, in the measured program.
const HARNESS: &str = include_str!("harness.rs");
const MANIFEST: &str = "\
[package]
name = \"wright-bench\"
version = \"0.0.0\"
edition = \"2024\"

[dependencies]
ndarray = \"0.17\"

[workspace]
";

/// Times the functions of a Rust file in a program of their own, which knows std and ndarray.
///
/// # Errors
/// If cargo can not be started.
pub(super) fn measure(case: &Case) -> anyhow::Result<Vec<Result<Measured, String>>> {
    let folder = tempfile::tempdir()?;
    let source = folder.path().join("src");
    std::fs::create_dir(&source)?;
    for (path, text) in [("Cargo.toml", MANIFEST), ("src/harness.rs", HARNESS), ("src/old.rs", &case.old), ("src/new.rs", &case.new)] {
        std::fs::write(folder.path().join(path), text)?;
    }
    let tree = Tree::parse(Language::Rust, case.old.as_str());
    std::fs::write(source.join("main.rs"), program(case, &tree))?;
    // Each measurement is a package of its own in one target folder, so that ndarray is compiled once.
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["run", "--release", "--quiet", "--manifest-path"])
        .arg(folder.path().join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", target_folder())
        .env_remove("RUSTFLAGS")
        .output()
        .context("cannot run cargo, which measures Rust")?;
    let message = String::from_utf8_lossy(&output.stderr);
    let first = message.lines().find(|line| line.starts_with("error")).unwrap_or(&message);
    Ok(results(&output.stdout, first, case.functions.len()))
}

pub(super) fn target_folder() -> PathBuf {
    let cache =
        std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cache")));
    cache.unwrap_or_else(std::env::temp_dir).join("codewright/bench")
}

/// The program: one call of the harness for each function.
fn program(case: &Case, tree: &Tree) -> String {
    let mut text = String::from("#![allow(unused)]\nmod harness;\nmod new;\nmod old;\n\nfn main() {\n");
    for function in &case.functions {
        let body = call(function, tree).unwrap_or_else(|error| format!("harness::failed({error:?});"));
        _ = writeln!(text, "    {body}");
    }
    text.push_str("}\n");
    text
}

fn call(function: &Function, tree: &Tree) -> Result<String, String> {
    let name = &function.name;
    let written = parameter_types(tree, name);
    let passed: Vec<String> = written.iter().enumerate().map(|(i, ty)| passed(i, ty)).collect::<Result<_, _>>()?;
    let (inputs, arguments) = match &function.example {
        Some(example) => ("example", format!("old::{example}()")),
        None => {
            let parameters = function.parameters.as_ref().map_err(Clone::clone)?;
            let drawn: String = parameters.iter().map(|parameter| format!("{}, ", drawn(parameter))).collect();
            ("drawn", format!("({drawn})"))
        }
    };
    let passed = passed.join(", ");
    Ok(format!("harness::compare({inputs:?}, {arguments}, |a| old::{name}({passed}), |a| new::{name}({passed}));"))
}

/// The types of a function's parameters as written.
fn parameter_types<'t>(tree: &'t Tree, name: &str) -> Vec<&'t str> {
    let function = tree
        .root()
        .named_children()
        .find(|node| node.kind() == "function_item" && node.field("name").is_some_and(|own| own.text() == name));
    let parameters = function.and_then(|function| function.field("parameters"));
    parameters.into_iter().flat_map(Node::named_children).filter_map(|node| Some(node.field("type")?.text())).collect()
}

/// The place of a tuple as an argument of a type.
fn passed(place: usize, ty: &str) -> Result<String, String> {
    match ty.strip_prefix('&') {
        Some(rest) if rest.trim_start().starts_with("mut ") => {
            Err(format!("`{ty}` may be changed by a call, so calls can not be repeated"))
        }
        Some(_) => Ok(format!("&a.{place}")),
        None if ty.contains("View") => Ok(format!("a.{place}.view()")),
        None => Ok(format!("a.{place}.clone()")),
    }
}

/// An expression that draws a value: a slice is drawn as a vector, a view as an array.
fn drawn(parameter: &Parameter) -> String {
    let (lengths, dtype) = (&parameter.lengths, parameter.dtype);
    match (lengths.as_slice(), parameter.written.contains("Array")) {
        ([], false) => format!("<{dtype} as harness::Number>::number(0)"),
        ([length], false) => format!("harness::vector::<{dtype}>({length})"),
        (lengths, _) => {
            let lengths: String = lengths.iter().map(|length| format!("{length}, ")).collect();
            format!("harness::array::<{dtype}, _>(({lengths}))")
        }
    }
}
