use std::path::Path;

use super::{MAX_ROUNDS, Options, optimize, together};
use crate::explore::{Limits, explore};
use crate::facts::Outside;
use crate::ir::Target;
use crate::rules::{Example, Notation, Pass, Ran, Rule, RuleSet, Selection, StatedTerms};
use crate::score::{Analytic, Margin};
use crate::syntax::{Language, apply};

/// Rules that other rules lean on to see operands in either order.
const HELPERS: [&str; 2] = ["add-commutes", "mul-commutes"];

/// Imports that an example may leave out: what the line reads, and the line.
const PYTHON_IMPORTS: [(&str, &str); 4] = [
    ("np.", "import numpy as np\n"),
    ("torch.", "import torch\n"),
    ("nn.", "import torch.nn as nn\n"),
    ("F.", "import torch.nn.functional as F\n"),
];
const RUST_IMPORTS: [&str; 5] = ["Array1", "Array2", "Array3", "ArrayD", "Axis"];

/// Runs the whole pipeline on a rule page's example with this rule alone, or with the rules that let operands change places if it
/// does not fire alone, and returns what becomes of the text. Any gain is enough.
///
/// # Errors
/// If the page or the example does not parse, or a change can not be written.
pub fn run_example(rule: &Rule, example: &Example) -> Result<Ran, String> {
    let Notation::Source(language) = example.notation else { return run_on_terms(rule, example) };
    let alone = run(&[rule], example, language)?;
    if alone.after == example.after || rule.claim.pass() == Pass::Fix || HELPERS.contains(&rule.name.as_str()) {
        return Ok(alone);
    }
    let mut rules = vec![rule];
    rules.extend(HELPERS.iter().filter_map(|name| RuleSet::builtin().get(name)));
    let helped = run(&rules, example, language)?;
    Ok(if helped.after == example.after { helped } else { alone })
}

/// The rule alone on a term: it must say that the term after is equal to the one before.
fn run_on_terms(rule: &Rule, example: &Example) -> Result<Ran, String> {
    let stated = StatedTerms::read(&example.before, &example.after).map_err(|error| error.to_string())?;
    let models = Rule { targets: vec![Target::Rust], ..rule.clone() };
    let explored = explore(&stated.before, &[&models], &Limits::default());
    let found = !explored.is_trivial();
    let after = if explored.holds(&stated.after) { example.after.clone() } else { example.before.clone() };
    let notes = if found && after != example.after { vec![format!("it says other things of\n{}", stated.before)] } else { Vec::new() };
    Ok(Ran { after, found, notes })
}

fn run(rules: &[&Rule], example: &Example, language: Language) -> Result<Ran, String> {
    let pages = rules.iter().map(|rule| (&rule.path, Ok(rule.page.clone())));
    let set = RuleSet::default().with(pages).map_err(|error| error.to_string())?;
    let mut options = Options::new(set, Selection::default()).map_err(|error| error.to_string())?;
    options.margin = Margin::OFF;
    // A page says what its rule makes, whatever a network that is trained again thinks of it.
    options.other_scorer = Some(Box::new(Analytic));
    options.everywhere = true;
    let imports = missing_imports(rules, example, language);
    let mut text = format!("{imports}{}", example.before);
    let mut ran = Ran { after: String::new(), found: false, notes: Vec::new() };
    // What a fix leaves over is mended in the next round, as the commands do.
    let rounds = if rules.iter().any(|rule| rule.claim.pass() == Pass::Fix) { MAX_ROUNDS } else { 1 };
    for _ in 0..rounds {
        let report = optimize(Path::new("example"), &text, language, &options, &Outside::default()).map_err(|error| error.to_string())?;
        ran.found |= !report.findings.is_empty();
        ran.notes = report.notes.into_iter().map(|note| note.message).collect();
        let (edits, _) = together(report.findings);
        if edits.is_empty() {
            break;
        }
        text = apply(&text, &edits).map_err(|error| error.to_string())?;
    }
    ran.after = text.strip_prefix(&imports).map_or_else(|| text.clone(), str::to_owned);
    Ok(ran)
}

/// The import lines that the example's text needs and does not have.
fn missing_imports(rules: &[&Rule], example: &Example, language: Language) -> String {
    let text = format!("{}{}", example.before, example.after);
    match language {
        Language::Python => {
            let has_line = |line: &str| example.before.lines().any(|known| known.trim() == line.trim());
            let missing = PYTHON_IMPORTS.iter().filter(|(name, line)| has_word(&text, name) && !has_line(line));
            let lines: String = missing.map(|(_, line)| *line).collect();
            let targets: Vec<Target> = rules.iter().flat_map(|rule| rule.targets.iter().copied()).collect();
            let named = targets.iter().flat_map(|target| target.modules()).any(|module| text.contains(module) || lines.contains(module));
            match targets.first() {
                Some(Target::Numpy) if !named => "import numpy as np\n".to_owned(),
                Some(Target::Torch) if !named => "import torch\n".to_owned(),
                _ => lines,
            }
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
