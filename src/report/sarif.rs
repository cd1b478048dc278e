use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::Reported;
use crate::optimize::Finding;
use crate::project::Document;
use crate::rules::Pass;
use crate::syntax::{LineIndex, Position, Span};

pub(super) fn print(files: &[Reported], out: &mut dyn Write) -> io::Result<()> {
    let mut rules: BTreeMap<&str, &str> = BTreeMap::new();
    let mut results = Vec::new();
    for file in files {
        let lines = LineIndex::new(file.document.program());
        for finding in &file.findings {
            rules.insert(&finding.rule, &finding.message);
            results.push(result(finding, &file.document, &lines));
        }
    }
    let rules: Vec<Value> = rules.into_iter().map(|(id, title)| json!({ "id": id, "shortDescription": { "text": title } })).collect();
    let driver = json!({ "name": "cargo-wright", "version": env!("CARGO_PKG_VERSION"), "rules": rules });
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{ "tool": { "driver": driver }, "columnKind": "unicodeCodePoints", "results": results }],
    });
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

fn result(finding: &Finding, document: &Document, lines: &LineIndex<'_>) -> Value {
    let span = |span: Span| region(document, lines.position(span.start), lines.position(span.end));
    let uri = finding.path.to_string_lossy().replace('\\', "/");
    let location = json!({ "artifactLocation": { "uri": uri }, "region": region(document, finding.start, finding.end) });
    let cell = document.place(finding.start).cell.map(|cell| json!([{ "name": format!("cell {cell}") }]));
    let replacements: Vec<Value> =
        finding.edits.iter().map(|edit| json!({ "deletedRegion": span(edit.span), "insertedContent": { "text": edit.text } })).collect();
    json!({
        "ruleId": finding.rule,
        "level": if finding.claim.pass() == Pass::Fix { "warning" } else { "note" },
        "message": { "text": finding.full_message() },
        "locations": [{ "physicalLocation": location, "logicalLocations": cell.unwrap_or_else(|| json!([])) }],
        "fixes": if finding.edits.is_empty() { json!([]) } else { json!([{
            "description": { "text": finding.message },
            "artifactChanges": [{ "artifactLocation": { "uri": uri }, "replacements": replacements }],
        }]) },
    })
}

/// A notebook's lines are those of the cell, which is told beside.
fn region(document: &Document, start: Position, end: Position) -> Value {
    let (start, end) = (document.place(start).position, document.place(end).position);
    json!({ "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column })
}
