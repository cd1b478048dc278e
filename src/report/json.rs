use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Reported, ground_text};
use crate::optimize::Finding;
use crate::project::Document;
use crate::rules::Claim;
use crate::syntax::{LineIndex, Position};

pub(super) fn print(files: &[Reported], out: &mut dyn Write) -> io::Result<()> {
    let findings: Vec<Value> = files
        .iter()
        .flat_map(|file| {
            let lines = LineIndex::new(file.document.program());
            file.findings.iter().map(move |finding| value(finding, &file.document, &lines)).collect::<Vec<_>>()
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &findings)?;
    writeln!(out)
}

pub(super) fn value(finding: &Finding, document: &Document, lines: &LineIndex<'_>) -> Value {
    let place = |position: Position| {
        let Position { line, column } = document.place(position).position;
        json!({ "line": line, "column": column })
    };
    let edits: Vec<Value> = finding
        .edits
        .iter()
        .map(|edit| json!({ "start": place(lines.position(edit.span.start)), "end": place(lines.position(edit.span.end)), "text": edit.text }))
        .collect();
    let cell = document.place(finding.start).cell;
    let claim = match finding.claim {
        Claim::Effect(_) => "effect",
        Claim::Safety(_) => "safety",
    };
    let mut value = json!({
        "rule": finding.rule,
        "rules": finding.rules,
        "pass": finding.claim.pass().name(),
        (claim): finding.claim.name(),
        "ground": finding.ground.map(ground_text),
        "path": finding.path.to_string_lossy(),
        "start": place(finding.start),
        "end": place(finding.end),
        "message": finding.message,
        "error": finding.error,
        "gain": finding.gain,
        "edits": edits,
    });
    if let Some(cell) = cell {
        value["cell"] = json!(cell);
    }
    value
}
