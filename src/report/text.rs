use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style as Color};
use similar::{ChangeTag, TextDiff};

use super::{Reported, Style, ground_text};
use crate::dialect::{Dialect, Given, Names, Printing, UsualNames};
use crate::explore::{Proof, drawn_lengths};
use crate::ir::{Dim, Id, Node as Term, Program};
use crate::optimize::Finding;
use crate::score::Ranked;
use crate::syntax::apply;

const HEAD: Color = Color::new().bold();
const RULE: Color = AnsiColor::Cyan.on_default().bold();
const OLD: Color = AnsiColor::Red.on_default();
const NEW: Color = AnsiColor::Green.on_default();
const DIM: Color = Color::new().dimmed();

/// True if standard output is a terminal and `NO_COLOR` is not set.
pub fn colored() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

pub(super) fn print(files: &[Reported], style: Style, out: &mut dyn Write) -> io::Result<()> {
    for file in files {
        for finding in &file.findings {
            print_finding(file, finding, style, out)?;
        }
    }
    Ok(())
}

fn print_finding(file: &Reported, finding: &Finding, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let at = file.document.place(finding.start);
    let cell = at.cell.map_or(String::new(), |cell| format!("cell {cell}:"));
    let place = format!("{}:{cell}{}:{}", finding.path.display(), at.position.line, at.position.column);
    let gain = finding.gain.map_or(String::new(), |gain| match gain {
        gain if gain < 0.95 => format!(", takes about {} as long", times(1.0 / gain)),
        gain => format!(", about {} as fast", times(gain)),
    });
    let ground = finding.ground.map_or(String::new(), |ground| format!(", {}", ground_text(ground)));
    writeln!(
        out,
        "{}: {} {}",
        painted(&place, HEAD, style.color),
        painted(&finding.rule, RULE, style.color),
        painted(&format!("[{}{ground}{gain}]", finding.claim.name()), DIM, style.color),
    )?;
    writeln!(out, "  {}", finding.message.replace('`', ""))?;
    if let Some(error) = &finding.error {
        writeln!(out, "  mends {}", error.replace('`', ""))?;
    }
    if finding.rules.len() > 1 {
        writeln!(out, "  by {}", finding.rules.join(", "))?;
    }
    if style.diff && !finding.edits.is_empty() {
        let old = file.document.program();
        match apply(old, &finding.edits) {
            Ok(new) => write!(out, "{}", diff(file.document.around(old, at), file.document.around(&new, at), style.color))?,
            Err(error) => writeln!(out, "  {error}")?,
        }
    }
    writeln!(out)
}

/// `1.4 times`, `22 times`.
pub(super) fn times(gain: f64) -> String {
    if gain < 10.0 { format!("{gain:.1} times") } else { format!("{gain:.0} times") }
}

/// The changed lines of a text with one line around them.
pub fn diff(old: &str, new: &str, color: bool) -> String {
    let diff = TextDiff::from_lines(old, new);
    let mut text = String::new();
    for group in diff.grouped_ops(1) {
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, paint, line) = match change.tag() {
                ChangeTag::Delete => ("-", OLD, change.old_index()),
                ChangeTag::Insert => ("+", NEW, change.new_index()),
                ChangeTag::Equal => (" ", Color::new(), change.old_index()),
            };
            let line = line.map_or(String::new(), |line| (line + 1).to_string());
            let body = format!("{sign} {}", change.value().trim_end_matches(['\n', '\r']));
            let _ = writeln!(text, "{} {}", painted(&format!("{line:>6}"), DIM, color), painted(&body, paint, color));
        }
    }
    text
}

/// A proof, step by step, in the language of the file.
pub fn proof(proof: &Proof) -> String {
    let mut text = String::new();
    match proof {
        Proof::Steps(steps) => {
            for (number, step) in steps.iter().enumerate() {
                let _ = writeln!(text, "  {}. {} ({})", number + 1, step.rule, step.effect.name());
                let _ = writeln!(text, "       {}\n     = {}", source_of(&step.before), source_of(&step.after));
                if !step.conditions.is_empty() {
                    let _ = writeln!(text, "     where {}", step.conditions.join(", "));
                }
            }
        }
        Proof::TooLong { rules } => {
            let names: Vec<&str> = rules.keys().map(String::as_str).collect();
            let _ = writeln!(text, "  the proof is too long to print; rules that take part: {}", names.join(", "));
        }
    }
    text
}

/// Candidates with their predicted times, the fastest first. What was there is marked.
pub fn candidates(ranked: &[Ranked]) -> String {
    let mut text = String::new();
    let Some(original) = ranked.iter().find(|candidate| candidate.original).map(|candidate| &candidate.program) else { return text };
    let _ = match drawn_lengths(original) {
        Some(lengths) => writeln!(text, "  predicted for lengths {lengths}, geometric mean:"),
        None => writeln!(text, "  predicted:"),
    };
    for candidate in ranked {
        let as_it_is = if candidate.original { "  (as it is)" } else { "" };
        let percent = (candidate.uncertainty.exp() - 1.0) * 100.0;
        let _ = writeln!(text, "    {:>10} ± {percent:.0}%{as_it_is}", duration(candidate.seconds));
        for (&root, &old) in candidate.program.roots.iter().zip(&original.roots) {
            let (new, old) = (term(&candidate.program, root), term(original, old));
            if new != old || candidate.original {
                let _ = writeln!(text, "       {new}");
            }
        }
    }
    text
}

/// `1.9 µs`.
pub(super) fn duration(seconds: f64) -> String {
    let units = [("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)];
    let (name, unit) = units.into_iter().find(|(_, unit)| seconds >= *unit).unwrap_or(("ns", 1e-9));
    let scaled = seconds / unit;
    if scaled < 10.0 { format!("{scaled:.1} {name}") } else { format!("{scaled:.0} {name}") }
}

/// A term in the language of its target, or in that of the rules if the tables have no words for it.
fn source_of(program: &Program) -> String {
    program.roots.first().map_or(String::new(), |&root| term(program, root))
}

fn term(program: &Program, root: Id) -> String {
    let dialect = Dialect::of(program.target);
    dialect
        .print(&program.terms, &program.types, root, &Anywhere(program))
        .map_or_else(|_| program.part(vec![root]).to_string(), |printed| printed.text)
}

/// No place: leaves are as they were written.
struct Anywhere<'a>(&'a Program);

impl Printing for Anywhere<'_> {
    fn names(&self) -> &dyn Names {
        &UsualNames
    }

    fn stop(&self, id: Id) -> Option<Given> {
        match &self.0.terms[id] {
            Term::Leaf(leaf) => self.0.leaves.get(leaf.0 as usize).map(|leaf| Given::value(leaf.text.clone())),
            _ => None,
        }
    }

    fn dim(&self, dim: &Dim) -> Option<String> {
        Some(dim.to_string())
    }
}

fn painted(text: &str, paint: Color, color: bool) -> String {
    if color { format!("{paint}{text}{paint:#}") } else { text.to_owned() }
}
