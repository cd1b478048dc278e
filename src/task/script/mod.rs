//! The script: pieces of Python for the kind of data, the models and the goal, put together so that each script has what its task needs and
//! no more.

mod bodies;
pub(super) mod data;
pub(super) mod template;
mod training;

pub(super) use training::summary;

use super::candidates::Candidate;
use super::{Goal, Task};
use template::{Values, WIDTH, quoted, wrapped};

/// What is asked of the script.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The script's own file name.
    pub file: String,
    /// The command that wrote it, for the documentation.
    pub command: String,
}

/// Modules of Python, and the words by which their use is seen.
const IMPORTS: [(&str, &str); 20] = [
    ("argparse", "import argparse"),
    ("csv.reader", "import csv"),
    ("json", "import json"),
    ("math", "import math"),
    ("random.Random", "import random"),
    ("sys", "import sys"),
    ("warnings", "import warnings"),
    ("Counter", "from collections import Counter"),
    ("Hashable", "from collections.abc import Hashable, Iterator"),
    ("Iterator", "from collections.abc import Iterator"),
    ("dataclass", "from dataclasses import dataclass"),
    ("datetime", "from datetime import datetime, timezone"),
    ("Path", "from pathlib import Path"),
    ("", ""),
    ("np", "import numpy as np"),
    ("pyarrow.parquet", "import pyarrow.parquet"),
    ("torch", "import torch"),
    ("Image", "from PIL import Image"),
    ("Tensor", "from torch import Tensor, nn"),
    ("F", "from torch.nn import functional as F"),
];

/// Prints the program that trains a candidate; with others, it can train and compare all of them.
pub fn script(task: &Task, chosen: &Candidate, others: &[&Candidate], options: &Options) -> String {
    let mut values = Values::default();
    data::values(task, &mut values);
    let models: Vec<&Candidate> = std::iter::once(chosen).chain(others.iter().copied()).collect();
    training::values(task, chosen, &models, &mut values);
    let mut pieces = vec![data::constants(task), values.fill(include_str!("pieces/examples.py"))];
    pieces.extend(data::pieces(task, &values));
    pieces.extend(models.iter().map(|model| bodies::printed(task, &model.architecture, &values)));
    if !others.is_empty() {
        pieces.push(training::models(&models, task));
    }
    let shared = [include_str!("pieces/model.py"), include_str!("pieces/saving.py"), training::loop_of(&models)];
    for piece in shared.into_iter().chain([training::evaluation(task), include_str!("pieces/main.py")]) {
        pieces.push(values.fill(piece));
    }
    let pieces: Vec<String> = pieces.iter().map(|piece| format!("{}\n", piece.trim_end())).collect();
    let code = pieces.join("\n\n");
    format!("{}{}\n{code}", documentation(task, chosen, others, options), imports(&code))
}

fn imports(code: &str) -> String {
    let mut text = String::new();
    for (word, line) in IMPORTS {
        if line.is_empty() || (uses(code, word) && !(word == "Iterator" && uses(code, "Hashable"))) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text.trim_end().to_owned() + "\n"
}

/// True if a word stands in code, and not within another.
fn uses(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let (before, after) = (code[..at].chars().next_back(), code[at + word.len()..].chars().next());
        !before.is_some_and(|c| part(c) || c == '.' || c == '"') && !after.is_some_and(part)
    })
}

fn documentation(task: &Task, chosen: &Candidate, others: &[&Candidate], options: &Options) -> String {
    let said = |text: &str| {
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        text.replace('\\', "\\\\").replace('"', "'")
    };
    let mut paragraphs = vec![said(&training::summary(task))];
    let mut facts = format!("`{}` made this file. It saw {}.", options.command, training::size(task));
    for note in &task.notes {
        facts.push_str(&format!(" {}.", capitalized(note)));
    }
    paragraphs.push(said(&facts));
    let mut model =
        format!("The model is {} with {} parameters. {}.", chosen.architecture.described(), chosen.parameters, capitalized(&chosen.why));
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(|other| other.architecture.name()).collect();
        model.push_str(&format!(" `--model` takes another ({}), `--tune` tries all of them.", names.join(", ")));
    }
    paragraphs.push(said(&model));
    let made = match &task.goal {
        Goal::Language { .. } => "the checkpoint, `metrics.json`, the alphabet and `model.onnx`",
        _ => "the checkpoint, `metrics.json` and `model.onnx`, which normalizes its inputs itself,",
    };
    let file = said(&options.file);
    paragraphs.push(format!(
        "`python {file}` trains it on {} and writes {made} to a folder; `--help` lists what can be set.",
        said(&quoted(&task.source))
    ));
    let wrapped: Vec<String> = paragraphs.iter().map(|paragraph| wrapped(paragraph, WIDTH)).collect();
    format!("\"\"\"{}\n\"\"\"\n\n", wrapped.join("\n\n"))
}

/// A sentence from a phrase, unless it begins with a name in code.
fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
