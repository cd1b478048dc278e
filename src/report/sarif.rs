use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::Reported;
use crate::optimize::Finding;
use crate::rules::Pass;
use crate::syntax::{LineIndex, Position, Span};

pub(super) fn print(files: &[Reported], out: &mut dyn Write) -> io::Result<()> {
    let mut rules: BTreeMap<&str, &str> = BTreeMap::new();
    let mut results = Vec::new();
    for file in files {
        let lines = LineIndex::new(&file.text);
        for finding in &file.findings {
            rules.insert(&finding.rule, &finding.message);
            results.push(result(finding, &lines));
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

fn result(finding: &Finding, lines: &LineIndex<'_>) -> Value {
    let uri = finding.path.to_string_lossy().replace('\\', "/");
    let location = json!({ "artifactLocation": { "uri": uri }, "region": region(finding.start, finding.end) });
    let replacements: Vec<Value> = finding
        .edits
        .iter()
        .map(|edit| json!({ "deletedRegion": span(edit.span, lines), "insertedContent": { "text": edit.text } }))
        .collect();
    json!({
        "ruleId": finding.rule,
        "level": if finding.claim.pass() == Pass::Fix { "warning" } else { "note" },
        "message": { "text": finding.message },
        "locations": [{ "physicalLocation": location }],
        "fixes": if finding.edits.is_empty() { json!([]) } else { json!([{
            "description": { "text": finding.message },
            "artifactChanges": [{ "artifactLocation": { "uri": uri }, "replacements": replacements }],
        }]) },
    })
}

fn span(span: Span, lines: &LineIndex<'_>) -> Value {
    region(lines.position(span.start), lines.position(span.end))
}

fn region(start: Position, end: Position) -> Value {
    json!({ "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column })
}
