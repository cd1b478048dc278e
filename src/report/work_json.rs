use serde_json::{Value, json};

use super::json::value;
use super::{Reported, Tally, Work};
use crate::syntax::LineIndex;

/// What was done as one object. Changes and what is left are findings as `check` prints them; places and edits are those of the text
/// that the file has in the change's round.
pub fn work_json(work: &Work) -> Value {
    let generated = work.generated.iter().map(|made| {
        let beside: Vec<_> = made.beside.iter().map(|(path, _)| path.to_string_lossy()).collect();
        json!({ "out": made.out.to_string_lossy(), "input": made.input, "reason": made.reason, "beside": beside, "doubts": made.doubts })
    });
    let timing = |timing: &super::Timing| {
        let (path, function) = (timing.path.to_string_lossy(), &timing.function);
        match &timing.result {
            Ok(times) => json!({
                "path": path, "function": function, "old_seconds": times.before, "new_seconds": times.after, "ratio": times.ratio,
                "difference": times.difference,
            }),
            Err(error) => json!({ "path": path, "function": function, "error": error }),
        }
    };
    json!({
        "written": work.written,
        "generated": generated.collect::<Vec<_>>(),
        "changes": findings(&work.changes),
        "left": findings(&work.left),
        "remarks": work.remarks,
        "failures": work.failures,
        "check": { "before": tally(work.before), "after": tally(work.after) },
        "measured": work.timings.as_ref().map(|timings| timings.iter().map(timing).collect::<Vec<_>>()),
        "seconds": work.took.iter().map(|(name, time)| ((*name).to_owned(), json!(time.as_secs_f64()))).collect::<serde_json::Map<_, _>>(),
    })
}

fn findings(files: &[Reported]) -> Vec<Value> {
    let of = |file: &Reported| {
        let lines = LineIndex::new(file.document.program());
        file.findings.iter().map(|finding| value(finding, &file.document, &lines)).collect::<Vec<_>>()
    };
    files.iter().flat_map(of).collect()
}

fn tally(tally: Tally) -> Value {
    json!({ "optimizations": tally.optimizations, "errors": tally.errors })
}
