//! Runs Rust expressions: a crate with a function for each, compiled and run once.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value as Json, json};

use super::fixture::Terms;
use crate::dialect::Form;
use crate::ir::{DType, Data, Value};

const MANIFEST: &str =
    "[package]\nname = \"expressions\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\nndarray = \"0.17\"\n\n[workspace]\n";

const PRELUDE: &str = r#"#![allow(unused, clippy::all)]
use ndarray::{Array, ArrayBase, Axis, Data, Dimension, ShapeBuilder, s};

trait Show {
    fn show(&self) -> String;
}
trait Element: Copy {
    const NAME: &'static str;
    fn text(self) -> String;
}
macro_rules! elements {
    ($($type:ty, $name:literal;)*) => {$(
        impl Element for $type {
            const NAME: &'static str = $name;
            fn text(self) -> String { format!("{:?}", f64::from(self as f64)) }
        }
        impl Show for $type {
            fn show(&self) -> String { format!("{{\"dtype\":\"{}\",\"weak\":false,\"shape\":[],\"data\":[\"{}\"]}}", $name, self.text()) }
        }
    )*};
}
elements! { f64, "float64"; f32, "float32"; i32, "int32"; i64, "int64"; u64, "uint64"; usize, "usize"; u8, "uint8"; i8, "int8"; u16, "uint16"; i16, "int16"; u32, "uint32"; }
impl Element for bool {
    const NAME: &'static str = "bool";
    fn text(self) -> String { u8::from(self).to_string() }
}
impl Show for bool {
    fn show(&self) -> String { format!("{{\"dtype\":\"bool\",\"weak\":false,\"shape\":[],\"data\":[\"{}\"]}}", self.text()) }
}
impl<A: Element, S: Data<Elem = A>, D: Dimension> Show for ArrayBase<S, D> {
    fn show(&self) -> String {
        let data: Vec<String> = self.iter().map(|x| format!("\"{}\"", x.text())).collect();
        format!("{{\"dtype\":\"{}\",\"weak\":false,\"shape\":{:?},\"data\":[{}]}}", A::NAME, self.shape(), data.join(","))
    }
}
impl<T: Show> Show for &T {
    fn show(&self) -> String { (**self).show() }
}
impl<T: Show, U: Show> Show for (T, U) {
    fn show(&self) -> String { format!("{{\"tuple\":[{},{}]}}", self.0.show(), self.1.show()) }
}
fn tell(case: fn() -> String) {
    match std::panic::catch_unwind(case) {
        Ok(text) => println!("{text}"),
        Err(_) => println!("{{\"error\":\"panic\"}}"),
    }
}
"#;

/// What each text gives, in the order of the texts; an error where one does not compile or panics.
pub fn run(terms: &Terms, given: &[Value], texts: &[&str]) -> Vec<Json> {
    let mut refused: Vec<Option<Json>> = vec![None; texts.len()];
    for _ in 0..6 {
        let output = compile_and_run(&source(terms, given, texts, &refused));
        let lines: Vec<Json> = String::from_utf8_lossy(&output.stdout).lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        if lines.len() == texts.len() {
            return lines.into_iter().zip(refused).map(|(line, refused)| refused.unwrap_or(line)).collect();
        }
        refuse(&String::from_utf8_lossy(&output.stderr), &mut refused);
    }
    panic!("the expressions that compile are not found");
}

/// A crate's text with a line for each expression, those that do not compile left out.
fn source(terms: &Terms, given: &[Value], texts: &[&str], refused: &[Option<Json>]) -> String {
    let mut source = PRELUDE.to_string();
    for (i, (text, refused)) in texts.iter().zip(refused).enumerate() {
        let used = |name: &str| text.split(|c: char| !c.is_alphanumeric()).any(|word| word == name);
        let leaves = terms.leaves.iter().zip(given).filter(|((name, ..), _)| used(name));
        let bindings: Vec<String> = leaves.map(|((name, _, form), value)| binding(name, *form, value)).collect();
        let body = if refused.is_some() { "\"{}\".to_string()".to_string() } else { format!("{} ({text}).show()", bindings.concat()) };
        writeln!(source, "fn case_{i}() -> String {{ {body} }}").unwrap();
    }
    source.push_str("fn main() {\n    std::panic::set_hook(Box::new(|_| {}));\n");
    (0..texts.len()).for_each(|i| writeln!(source, "    tell(case_{i});").unwrap());
    source + "}"
}

fn compile_and_run(source: &str) -> Output {
    let folder = target_folder().join("expressions");
    std::fs::create_dir_all(folder.join("src")).unwrap();
    std::fs::write(folder.join("Cargo.toml"), MANIFEST).unwrap();
    std::fs::write(folder.join("src/main.rs"), source).unwrap();
    let build = ["run", "--quiet", "--offline", "--message-format", "short"];
    Command::new(env!("CARGO")).args(build).env("CARGO_TARGET_DIR", folder.join("target")).current_dir(&folder).output().unwrap()
}

fn target_folder() -> PathBuf {
    let default = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target");
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(default, PathBuf::from)
}

fn binding(name: &str, form: Form, value: &Value) -> String {
    let Value::Array { dtype, data, .. } = value else { return String::new() };
    let element = |x: String| if *dtype == DType::Bool { x } else { format!("{x}_{dtype}") };
    let items: Vec<String> = match data {
        Data::Bool(a) => a.iter().map(|x| element(x.to_string())).collect(),
        Data::Int(a) => a.iter().map(|x| element(x.to_string())).collect(),
        Data::Float(a) => a.iter().map(|x| element(format!("{x:?}"))).collect(),
    };
    let lengths: Vec<String> = value.shape().iter().map(usize::to_string).collect();
    let text = match lengths.len() {
        0 => items[0].clone(),
        1 => format!("Array::from_vec(vec![{}])", items.join(", ")),
        _ => format!("Array::from_shape_vec(({}), vec![{}]).unwrap()", lengths.join(", "), items.join(", ")),
    };
    let lent = if form == Form::Reference { "&" } else { "" };
    format!("let {name} = {lent}{text}; ")
}

/// Notes the compiler's message for each text that it refuses.
fn refuse(messages: &str, refused: &mut [Option<Json>]) {
    let first = PRELUDE.lines().count() + 1;
    let mut any = false;
    for message in messages.lines().filter(|line| line.contains("error")) {
        let place = message.strip_prefix("src/main.rs:").and_then(|rest| rest.split(':').next()?.parse::<usize>().ok());
        if let Some(case) = place.and_then(|line| refused.get_mut(line.checked_sub(first)?)) {
            *case = Some(json!({ "error": message }));
            any = true;
        }
    }
    assert!(any, "the expressions did not run:\n{messages}");
}
