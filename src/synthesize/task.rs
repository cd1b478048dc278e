//! What is known of a function whose body is missing.

use super::Expected;
use crate::ir::{Const, Target, Type, Value};

/// What a parameter is given as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// An array or tensor; in Rust an array or a number.
    Array,
    /// A number of Python's.
    Number,
    /// A list of numbers, which is made an array of first.
    List,
}

/// A parameter of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What the examples give for it.
    pub container: Container,
    /// Rust: it is a reference.
    pub reference: bool,
}

/// A call and what it gives.
#[derive(Debug, Clone)]
pub struct Example {
    /// A value for each parameter.
    pub arguments: Vec<Value>,
    /// What it gives.
    pub expected: Expected,
    /// The line of the file on which it stands, from 1.
    pub line: usize,
}

/// What the result is made of before it is returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    /// It is returned as it is.
    None,
    /// `float(…)`, `int(…)` or `bool(…)`, if it is a number of the library.
    Number(&'static str),
    /// `….tolist()`.
    List,
}

/// A function that is to be written.
#[derive(Debug, Clone)]
pub struct Task {
    /// What it is written in.
    pub target: Target,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Its examples; at least one.
    pub examples: Vec<Example>,
    /// Numbers that the text about the function names.
    pub constants: Vec<Const>,
    /// The words of the function's name, of its parameters' and of what is written about it.
    pub words: Vec<String>,
    /// What becomes of the result.
    pub conversion: Conversion,
}

impl Task {
    /// The types of the parameters in one example.
    pub fn types(&self, example: usize) -> Vec<Type> {
        self.examples[example].arguments.iter().map(Value::ty).collect()
    }

    /// Two examples that no function can both fulfil.
    pub fn contradiction(&self) -> Option<(&Example, &Example)> {
        let pairs = self.examples.iter().enumerate().flat_map(|(i, a)| self.examples[i + 1..].iter().map(move |b| (a, b)));
        pairs.into_iter().find(|(a, b)| a.arguments == b.arguments && a.expected.contradicts(&b.expected))
    }
}

/// The words of a function's name, parameters and the first paragraph about it: lower case, without the plural's `s`, each once, sorted.
pub(super) fn words(name: &str, parameters: &[Parameter], prose: &str) -> Vec<String> {
    let paragraph = prose.trim().split("\n\n").next().unwrap_or("");
    let names: Vec<&str> = parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    let text = format!("{} {paragraph} {}", name.replace('_', " "), names.join(" ")).to_lowercase();
    let is_word = |word: &&str| word.len() > 1 && word.starts_with(|c: char| c.is_ascii_lowercase());
    let mut words: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(is_word)
        .map(|word| if word.len() > 3 { word.trim_end_matches('s').to_owned() } else { word.to_owned() })
        .collect();
    words.sort();
    words.dedup();
    words
}
