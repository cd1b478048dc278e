use std::path::Path;

use super::{Options, optimize, together};
use crate::facts::Outside;
use crate::rules::{Example, Pass, Ran, Rule, RuleSet, Selection};
use crate::score::Margin;
use crate::syntax::{Language, apply};

/// Rules that other rules lean on to see operands in either order.
const HELPERS: [&str; 2] = ["add-commutes", "mul-commutes"];

/// Imports that an example may leave out: what the line reads, and the line.
const PYTHON_IMPORTS: [(&str, &str); 3] =
    [("np.", "import numpy as np\n"), ("torch.", "import torch\n"), ("F.", "import torch.nn.functional as F\n")];
const RUST_IMPORTS: [&str; 5] = ["Array1", "Array2", "Array3", "ArrayD", "Axis"];

/// Runs the whole pipeline on a rule page's example with this rule alone, or with the rules that let operands change places if it
/// does not fire alone, and returns what becomes of the text. Any gain is enough.
///
/// # Errors
/// If the page or the example does not parse, or a change can not be written.
pub fn run_example(rule: &Rule, example: &Example) -> Result<Ran, String> {
    let alone = run(&[rule], example)?;
    if alone.after == example.after || rule.claim.pass() == Pass::Fix || HELPERS.contains(&rule.name.as_str()) {
        return Ok(alone);
    }
    let mut rules = vec![rule];
    rules.extend(HELPERS.iter().filter_map(|name| RuleSet::builtin().get(name)));
    let helped = run(&rules, example)?;
    Ok(if helped.after == example.after { helped } else { alone })
}

fn run(rules: &[&Rule], example: &Example) -> Result<Ran, String> {
    let pages = rules.iter().map(|rule| (&rule.path, Ok(rule.page.clone())));
    let set = RuleSet::default().with(pages).map_err(|error| error.to_string())?;
    let mut options = Options::new(set, Selection::default()).map_err(|error| error.to_string())?;
    options.margin = Margin::OFF;
    options.everywhere = true;
    let imports = missing_imports(example);
    let text = format!("{imports}{}", example.before);
    let report =
        optimize(Path::new("example"), &text, example.language, &options, &Outside::default()).map_err(|error| error.to_string())?;
    let found = !report.findings.is_empty();
    let (edits, _) = together(report.findings);
    let new = apply(&text, &edits).map_err(|error| error.to_string())?;
    let after = new.strip_prefix(&imports).map_or_else(|| new.clone(), str::to_owned);
    Ok(Ran { after, found, notes: report.notes.into_iter().map(|note| note.message).collect() })
}

/// The import lines that the example's text needs and does not have.
fn missing_imports(example: &Example) -> String {
    let text = format!("{}{}", example.before, example.after);
    match example.language {
        Language::Python => {
            let has_line = |line: &str| example.before.lines().any(|known| known.trim() == line.trim());
            let missing = PYTHON_IMPORTS.iter().filter(|(name, line)| has_word(&text, name) && !has_line(line));
            missing.map(|(_, line)| *line).collect()
        }
        Language::Rust if text.contains("use ndarray") => String::new(),
        Language::Rust => {
            let names: Vec<&str> = RUST_IMPORTS.into_iter().filter(|name| has_word(&text, name)).collect();
            if names.is_empty() { String::new() } else { format!("use ndarray::{{{}}};\n", names.join(", ")) }
        }
    }
}

/// The name occurs and is not the end of a longer one.
fn has_word(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.'))
}
