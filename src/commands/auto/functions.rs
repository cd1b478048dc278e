//! The step that fills functions which have examples and no body.

use super::Run;
use crate::commands::generate::{Filling, with_examples};
use crate::commands::scan::in_parallel;
use crate::project::{Document, Source, language_of};
use crate::report::Generated;
use crate::syntax::Language;

/// Fills each function, in the first turn: where no body was found, none is found in the next.
pub(super) fn step(run: &mut Run) -> anyhow::Result<bool> {
    if run.turn > 0 {
        return Ok(false);
    }
    let fillings = in_parallel(run.arguments.jobs, &run.sources, |source| filled(run, source))?;
    let mut changed = false;
    for (source, filling) in run.sources.clone().into_iter().zip(fillings) {
        let Some((document, filling)) = filling.ok().flatten() else { continue };
        if !filling.names.is_empty() {
            run.tree.permit()?;
            changed |= put(run, &source, &document, &filling)?;
        }
        run.work.remarks.extend(filling.failures);
    }
    Ok(changed)
}

/// What became of the functions of a file; `None` if none may be without a body, or the file cannot be read, which `check` tells.
fn filled(run: &Run, source: &Source) -> Option<(Document, Filling)> {
    let language = language_of(&source.path)?;
    if source.path.extension().is_none_or(|extension| extension != "py" && extension != "rs") {
        return None;
    }
    let document = run.tree.document(&source.path).ok()?;
    let text = document.program();
    let may_have = match language {
        Language::Python => text.contains("...") && text.contains(">>>"),
        Language::Rust => text.contains("todo!") || text.contains("unimplemented!"),
    };
    let filling = may_have.then(|| with_examples(&source.path, text, language))?;
    Some((document, filling))
}

fn put(run: &mut Run, source: &Source, document: &Document, filling: &Filling) -> anyhow::Result<bool> {
    let (path, old) = (source.path.clone(), document.program().to_owned());
    let new = filling.applied(&old)?;
    if let Err(error) = run.tree.put(&path, document, new.clone()) {
        run.failed.insert(path, format!("{error:#}"));
        return Ok(false);
    }
    run.touched.insert(path.clone());
    let names: Vec<String> = filling.names.iter().map(|name| format!("`{name}`")).collect();
    run.work.generated.push(Generated {
        out: path,
        input: "its examples".to_owned(),
        reason: format!("{} had no body", names.join(", ")),
        old: Some(old),
        code: Some(new),
        beside: Vec::new(),
        shown: filling.report.clone(),
        doubts: filling.doubts.clone(),
    });
    Ok(true)
}
