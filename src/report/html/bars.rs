//! The four things by which the work is judged, as bars.

use std::fmt::{self, Write};
use std::time::Duration;

use super::{Escaped, prose};
use crate::report::text::{duration, times};
use crate::report::{Timing, Work};
use crate::rules::Pass;

/// More bars than this say no more than the mean.
const MOST: usize = 12;

/// The four cards.
struct Card<'a> {
    title: &'a str,
    big: &'a str,
    small: &'a str,
    bars: &'a [Bar],
    /// Lines below the bars.
    notes: &'a [String],
}

/// A bar with what it is of, and its length in words.
struct Bar {
    label: String,
    value: String,
    /// Of the longest.
    share: f64,
    class: &'static str,
}

pub(super) fn write(work: &Work, page: &mut String) -> fmt::Result {
    writeln!(page, "<section class=\"cards\" aria-label=\"Summary\">")?;
    quality(work, page)?;
    speed(work, page)?;
    errors(work, page)?;
    time(work, page)?;
    writeln!(page, "</section>")
}

fn card(Card { title, big, small, bars, notes }: Card, page: &mut String) -> fmt::Result {
    writeln!(page, "<div class=\"card\"><h2>{title}</h2>\n<p class=\"big\">{big} <small>{small}</small></p>\n<div class=\"bars\">")?;
    for Bar { label, value, share, class } in bars {
        let (label, width) = (Escaped(label), (share.clamp(0.0, 1.0) * 100.0).max(if *share > 0.0 { 1.0 } else { 0.0 }));
        writeln!(
            page,
            "<span>{label}</span><svg class=\"bar {class}\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" role=\"img\" \
             aria-label=\"{label}: {value}\"><rect class=\"track\" width=\"100\" height=\"10\"></rect>\
             <rect class=\"fill\" width=\"{width:.1}\" height=\"10\"></rect></svg><b>{value}</b>"
        )?;
    }
    notes.iter().try_for_each(|note| writeln!(page, "<p>{}</p>", prose(note)))?;
    writeln!(page, "</div></div>")
}

/// A bar of a count.
fn counted(label: &str, count: usize, most: usize, class: &'static str) -> Bar {
    Bar { label: label.to_owned(), value: count.to_string(), share: count as f64 / most.max(1) as f64, class }
}

/// What `check` says of the code, before and after.
fn quality(work: &Work, page: &mut String) -> fmt::Result {
    let (before, after) = (work.before, work.after);
    let most = before.errors.max(before.optimizations).max(after.errors).max(after.optimizations);
    let bars = [
        counted("errors before", before.errors, most, "was"),
        counted("errors after", after.errors, most, "good"),
        counted("could be better before", before.optimizations, most, "was"),
        counted("could be better after", after.optimizations, most, "good"),
    ];
    let big = format!("{} → {}", before.all(), after.all());
    card(Card { title: "Quality", big: &big, small: "findings of <code>check</code>", bars: &bars, notes: &[] }, page)
}

/// How often the old time holds the new one: measured if it was, else predicted.
fn speed(work: &Work, page: &mut String) -> fmt::Result {
    let measured: Vec<(&Timing, f64)> =
        work.timings.iter().flatten().filter_map(|timing| Some((timing, timing.result.as_ref().ok()?.ratio))).collect();
    let (mut ratios, kind): (Vec<(String, f64)>, &str) = match measured.is_empty() {
        false => (measured.iter().map(|(timing, ratio)| (timing.function.clone(), *ratio)).collect(), "measured"),
        true => {
            let changes = work.changes_of(Pass::Optimize);
            (changes.filter_map(|finding| Some((finding.rule.clone(), finding.gain?))).collect(), "predicted")
        }
    };
    ratios.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let most = ratios.first().map_or(1.0, |(_, ratio)| *ratio);
    let class = if kind == "measured" { "main" } else { "predicted" };
    // One that is much faster would leave no room for the others.
    let share = |ratio: f64| if most > 1.0 { ratio.ln() / most.ln() } else { 0.0 };
    let bar = |(label, ratio): &(String, f64)| Bar { label: label.clone(), value: format!("{ratio:.1}×"), share: share(*ratio), class };
    let bars: Vec<Bar> = ratios.iter().take(MOST).map(bar).collect();
    let mean = if kind == "measured" { work.measured() } else { work.predicted() };
    let small = match mean {
        Some(_) if ratios.len() > 1 => format!("as fast, {kind} (geometric mean)"),
        Some(_) => format!("as fast, {kind}"),
        None => "nothing was optimized".to_owned(),
    };
    let failed = work.timings.iter().flatten().filter_map(|timing| Some((&timing.function, timing.result.as_ref().err()?)));
    let mut notes: Vec<String> = failed.take(MOST).map(|(function, why)| format!("`{function}` is not measured: {why}")).collect();
    if ratios.len() > 1 {
        notes.push("Bars are logarithmic.".to_owned());
    }
    if work.timings.is_none() && !ratios.is_empty() {
        notes.push("Nothing was run: `--measure` does.".to_owned());
    }
    card(Card { title: "Speed", big: &mean.map_or("–".to_owned(), times), small: &small, bars: &bars, notes: &notes }, page)
}

/// Errors that were found, and how many of them are mended.
fn errors(work: &Work, page: &mut String) -> fmt::Result {
    let (fixed, left) = (work.changes_of(Pass::Fix).count(), work.after.errors);
    let verb = if work.written { "fixed" } else { "can be fixed" };
    let bars = [counted("found", fixed + left, fixed + left, "was"), counted(verb, fixed, fixed + left, "good")];
    let big = format!("{fixed} of {}", fixed + left);
    let notes = if left > 0 { vec![format!("{left} wait for a flag or a person.")] } else { Vec::new() };
    card(Card { title: "Errors", big: &big, small: verb, bars: &bars, notes: &notes }, page)
}

/// The time that each step took.
fn time(work: &Work, page: &mut String) -> fmt::Result {
    let most = work.took.iter().map(|(_, time)| *time).max().unwrap_or(Duration::ZERO).as_secs_f64();
    let bar = |(name, time): &(&'static str, Duration)| {
        let seconds = time.as_secs_f64();
        Bar { label: (*name).to_owned(), value: duration(seconds), share: seconds / most.max(1e-9), class: "main" }
    };
    let bars: Vec<Bar> = work.took.iter().map(bar).collect();
    let big = duration(work.total().as_secs_f64());
    card(Card { title: "Time taken", big: &big, small: "in all", bars: &bars, notes: &[] }, page)
}
