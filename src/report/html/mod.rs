//! What was done as a page: one file that needs nothing from elsewhere.

mod bars;
mod change;
mod diff;

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::work_text::plural;
use super::{Generated, Reported, Work};
use crate::optimize::Finding;
use crate::rules::Pass;

const STYLE: &str = include_str!("style.css");
/// Of longer code only the beginning is shown.
const MOST_LINES: usize = 400;

/// The page of what was done.
pub fn work_page(work: &Work) -> String {
    let mut page = String::new();
    // A String takes all that is written to it.
    let _ = write_page(work, &mut page);
    page
}

fn write_page(work: &Work, page: &mut String) -> fmt::Result {
    let title = Escaped(&work.title);
    let (did, state) = match (work.written, work.is_nothing()) {
        (_, true) => ("did", "There was nothing to do."),
        (true, false) => ("did", "The changes below are written."),
        (false, false) => ("would do", "Nothing is written yet: <code>--write</code> writes what is below."),
    };
    write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Codewright: {title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header><h1>What <code>cargo wright auto</code> {did} in <code>{title}</code></h1>\n<p class=\"lead\">{state}</p></header>\n"
    )?;
    bars::write(work, page)?;
    problems(work, page)?;
    generated(work, page)?;
    let mut rules = BTreeMap::new();
    for (pass, title) in [(Pass::Fix, "Fixed"), (Pass::Optimize, "Optimized")] {
        changes(work, &work.changes, pass, (title, "change"), &mut rules, page)?;
    }
    left(work, &mut rules, page)?;
    timings(work, page)?;
    rule_list(&rules, page)?;
    writeln!(page, "<footer>cargo-wright {}</footer>\n</body>\n</html>", env!("CARGO_PKG_VERSION"))
}

/// Text in a page, with what would be markup written out.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.0.split_inclusive(['&', '<', '>', '"', '\'']) {
            let mut text = part.chars();
            let last = text.next_back();
            let escape = match last {
                Some('&') => "&amp;",
                Some('<') => "&lt;",
                Some('>') => "&gt;",
                Some('"') => "&quot;",
                Some('\'') => "&#39;",
                _ => {
                    f.write_str(part)?;
                    continue;
                }
            };
            f.write_str(text.as_str())?;
            f.write_str(escape)?;
        }
        Ok(())
    }
}

/// A sentence with its code between backticks.
fn prose(text: &str) -> String {
    let mut html = String::new();
    for (number, part) in text.split('`').enumerate() {
        let part = Escaped(part);
        let _ = if number % 2 == 0 { write!(html, "{part}") } else { write!(html, "<code>{part}</code>") };
    }
    html
}

fn problems(work: &Work, page: &mut String) -> fmt::Result {
    if work.failures.is_empty() && work.remarks.is_empty() {
        return Ok(());
    }
    writeln!(page, "<section><h2>Could not be done</h2>")?;
    for text in work.failures.iter().chain(&work.remarks) {
        writeln!(page, "<p class=\"problem\">{}</p>", Escaped(text))?;
    }
    writeln!(page, "</section>")
}

fn generated(work: &Work, page: &mut String) -> fmt::Result {
    if work.generated.is_empty() {
        return Ok(());
    }
    writeln!(page, "<section><h2>Generated <small>{}</small></h2>", plural(work.generated.len(), "file"))?;
    for made in &work.generated {
        let (out, input) = (made.out.display().to_string(), &made.input);
        writeln!(page, "<article class=\"change\"><header><h3><code>{}</code></h3>", Escaped(&out))?;
        writeln!(page, "<p>from <code>{}</code>: {}</p></header>", Escaped(input), prose(&made.reason))?;
        for (path, bytes) in &made.beside {
            let name = path.display().to_string();
            writeln!(page, "<p class=\"text\">with <code>{}</code>, {:.1} kB</p>", Escaped(&name), *bytes as f64 / 1e3)?;
        }
        if !made.doubts.is_empty() {
            writeln!(page, "<p class=\"text\">{}</p>", prose(made.doubts.trim()))?;
        }
        code(made, page)?;
        writeln!(page, "</article>")?;
    }
    writeln!(page, "</section>")
}

fn code(made: &Generated, page: &mut String) -> fmt::Result {
    let Some(new) = &made.code else { return writeln!(page, "<p class=\"text\">It is no text.</p>") };
    let lines = new.lines().count();
    let title = match &made.old {
        Some(_) => "What has changed".to_owned(),
        None if lines > MOST_LINES => format!("The first {MOST_LINES} of {lines} lines"),
        None => plural(lines, "line"),
    };
    let open = if made.old.is_some() { " open" } else { "" };
    writeln!(page, "<details{open}><summary>{title}</summary>")?;
    match &made.old {
        Some(old) => diff::write(old, new, page)?,
        None => diff::write("", &new.lines().take(MOST_LINES).fold(String::new(), |all, line| all + line + "\n"), page)?,
    }
    writeln!(page, "</details>")
}

/// The messages of rules by their names.
type Rules = BTreeMap<String, String>;

fn changes(work: &Work, files: &[Reported], pass: Pass, (title, what): (&str, &str), rules: &mut Rules, page: &mut String) -> fmt::Result {
    let of_pass = |finding: &&Finding| finding.claim.pass() == pass;
    let count = files.iter().flat_map(|file| &file.findings).filter(of_pass).count();
    if count == 0 {
        return Ok(());
    }
    writeln!(page, "<section><h2>{title} <small>{}</small></h2>", plural(count, what))?;
    for file in files {
        for finding in file.findings.iter().filter(of_pass) {
            rules.entry(finding.rule.clone()).or_insert_with(|| finding.message.clone());
            change::write(work, file, finding, page)?;
        }
    }
    writeln!(page, "</section>")
}

fn left(work: &Work, rules: &mut Rules, page: &mut String) -> fmt::Result {
    changes(work, &work.left, Pass::Fix, ("Errors that wait for a flag or a person", "finding"), rules, page)?;
    changes(work, &work.left, Pass::Optimize, ("Optimizations that wait for a flag", "finding"), rules, page)
}

fn timings(work: &Work, page: &mut String) -> fmt::Result {
    let Some(timings) = work.timings.as_ref().filter(|timings| !timings.is_empty()) else { return Ok(()) };
    writeln!(
        page,
        "<section><h2>Measured <small>{}</small></h2>\n<div class=\"scroll\"><table class=\"times\">",
        plural(timings.len(), "function")
    )?;
    writeln!(
        page,
        "<thead><tr><th>function</th><th>before</th><th>after</th><th>times as fast</th><th>results differ by</th></tr></thead>\n<tbody>"
    )?;
    for timing in timings {
        write!(page, "<tr><td><code>{}</code></td>", Escaped(&timing.function))?;
        match &timing.result {
            Ok(times) => {
                let duration = super::text::duration;
                let (before, after, ratio) = (duration(times.before), duration(times.after), times.ratio);
                writeln!(page, "<td>{before}</td><td>{after}</td><td>{ratio:.2}</td><td>{:.0e}</td></tr>", times.difference)?;
            }
            Err(why) => writeln!(page, "<td colspan=\"4\">not measured: {}</td></tr>", prose(why))?,
        }
    }
    writeln!(page, "</tbody></table></div></section>")
}

fn rule_list(rules: &Rules, page: &mut String) -> fmt::Result {
    if rules.is_empty() {
        return Ok(());
    }
    writeln!(page, "<section><h2>Rules</h2>\n<p class=\"lead\"><code>cargo wright explain NAME</code> prints the page of one.</p>\n<dl>")?;
    for (name, message) in rules {
        let name = Escaped(name);
        writeln!(page, "<dt id=\"rule-{name}\"><code>{name}</code></dt><dd>{}</dd>", prose(message))?;
    }
    writeln!(page, "</dl></section>")
}

#[cfg(test)]
mod tests {
    use super::{Escaped, prose};

    #[test]
    fn text_is_no_markup() {
        assert_eq!(Escaped("a<b>&\"c' d").to_string(), "a&lt;b&gt;&amp;&quot;c&#39; d");
        assert_eq!(Escaped("").to_string(), "");
        assert_eq!(prose("`<x>` is < `y`"), "<code>&lt;x&gt;</code> is &lt; <code>y</code>");
    }
}
