//! The step that fills functions that have examples and no body.

use super::Run;
use crate::commands::generate::{HoleArguments, filled};
use crate::project::language_of;
use crate::report::Generated;
use crate::syntax::Language;

/// Fills them, once: what was not found in the first turn is not found in the next.
pub(super) fn step(run: &mut Run) -> anyhow::Result<bool> {
    if run.turn > 0 {
        return Ok(false);
    }
    let mut changed = false;
    for source in run.sources.clone() {
        let Some(language) = language_of(&source.path) else { continue };
        let Ok(document) = run.tree.document(&source.path) else { continue };
        let text = document.program().to_owned();
        if !may_have_one(language, &text) {
            continue;
        }
        let Some(filled) = filled(&source.path, &text, language, &HoleArguments::default())? else { continue };
        run.work.remarks.extend(filled.remarks);
        if filled.functions.is_empty() {
            continue;
        }
        run.tree.permit()?;
        if let Err(error) = run.tree.put(&source.path, &document, filled.text.clone()) {
            run.failed.insert(source.path.clone(), format!("{error:#}"));
            continue;
        }
        run.touched.insert(source.path.clone());
        let functions: Vec<String> = filled.functions.iter().map(|name| format!("`{name}`")).collect();
        run.work.generated.push(Generated {
            out: source.path.clone(),
            input: "its examples".to_owned(),
            reason: format!("{} had no body", functions.join(", ")),
            old: Some(text),
            code: Some(filled.text),
            beside: Vec::new(),
        });
        changed = true;
    }
    Ok(changed)
}

/// Tells from the text alone.
fn may_have_one(language: Language, text: &str) -> bool {
    match language {
        Language::Python => text.contains(">>>") && text.lines().any(|line| line.trim() == "..."),
        Language::Rust => text.contains("todo!()") && text.contains("assert"),
    }
}
