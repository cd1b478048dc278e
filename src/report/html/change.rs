//! One change: where, by which rule, what it makes of the code, why it may.

use std::fmt::{self, Write};

use super::{Escaped, diff, prose};
use crate::optimize::Finding;
use crate::project::language_of;
use crate::report::text::times;
use crate::report::{Reported, Timing, Work, ground_text, proof};
use crate::syntax::{Tree, apply};

pub(super) fn write(work: &Work, file: &Reported, finding: &Finding, page: &mut String) -> fmt::Result {
    let at = file.document.place(finding.start);
    let cell = at.cell.map_or(String::new(), |cell| format!("cell {cell}:"));
    let place = format!("{}:{cell}{}:{}", finding.path.display(), at.position.line, at.position.column);
    writeln!(page, "<article class=\"change\"><header><h3><code>{}</code></h3>", Escaped(&place))?;
    writeln!(page, "<p>{}</p>", prose(&finding.message))?;
    if let Some(error) = &finding.error {
        writeln!(page, "<p>Mends {}</p>", prose(error))?;
    }
    tags(work, file, finding, page)?;
    writeln!(page, "</header>")?;
    if !finding.edits.is_empty() {
        let old = file.document.program();
        match apply(old, &finding.edits) {
            Ok(new) => diff::write(file.document.around(old, at), file.document.around(&new, at), page)?,
            Err(error) => writeln!(page, "<p class=\"text\">{}</p>", Escaped(&error.to_string()))?,
        }
    }
    if let Some(steps) = &finding.proof {
        writeln!(page, "<div class=\"proof\"><b>Proof</b>\n<pre>{}</pre></div>", Escaped(proof(steps).trim_end()))?;
    }
    writeln!(page, "</article>")
}

/// The rules, what they promise, on what the change rests and what it gains.
fn tags(work: &Work, file: &Reported, finding: &Finding, page: &mut String) -> fmt::Result {
    writeln!(page, "<div class=\"tags\"><a class=\"tag\" href=\"#rule-{0}\">{0}</a>", Escaped(&finding.rule))?;
    for rule in finding.rules.iter().filter(|rule| **rule != finding.rule) {
        writeln!(page, "<span class=\"tag\">{}</span>", Escaped(rule))?;
    }
    let claim = finding.claim.name();
    writeln!(page, "<span class=\"tag {claim}\">{claim}</span>")?;
    if let Some(ground) = finding.ground {
        writeln!(page, "<span class=\"tag\">{}</span>", ground_text(ground))?;
    }
    if let Some(gain) = finding.gain {
        writeln!(page, "<span class=\"tag\">predicted {} as fast</span>", times(gain))?;
    }
    if finding.proof.is_some() && work.timings.is_some() {
        match timing(work, file, finding).map(|timing| &timing.result) {
            Some(Ok(measured)) => writeln!(page, "<span class=\"tag\">measured {} as fast</span>", times(measured.ratio))?,
            Some(Err(why)) => writeln!(page, "<span class=\"tag\">not measured: {}</span>", prose(why))?,
            None => writeln!(page, "<span class=\"tag\">not measured</span>")?,
        }
    }
    writeln!(page, "</div>")
}

/// The times of the function that a change is in.
fn timing<'w>(work: &'w Work, file: &Reported, finding: &Finding) -> Option<&'w Timing> {
    let timings = work.timings.as_ref()?;
    let tree = Tree::parse(language_of(&file.path)?, file.document.program());
    let line = finding.start.line;
    let around = tree.root().named_children().find(|node| {
        let above = |at: usize| file.document.program().as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        (above(node.span().start)..=above(node.span().end)).contains(&line)
    })?;
    let name = around.field("definition").unwrap_or(around).field("name")?.text();
    timings.iter().find(|timing| timing.path == file.path && timing.function == name)
}
