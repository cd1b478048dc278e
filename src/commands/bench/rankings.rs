//! What several rankings make of the same functions, side by side.

use std::collections::BTreeSet;
use std::io::Write;

use super::{Arguments, Row};
use crate::config::Config;
use crate::optimize::Options;
use crate::rules::Pass;

/// From this ratio on a function counts as slower: below it no two measurements agree.
const SLOWER: f64 = 0.98;

/// A scorer that functions are rewritten by.
pub(super) struct Ranking {
    /// As `--scorer` takes it.
    pub(super) name: String,
    pub(super) options: Options,
    tally: Tally,
}

/// Sums over functions.
#[derive(Default)]
struct Tally {
    /// Times as fast, 1 for a function that does not change.
    ratios: Vec<f64>,
    changed: usize,
    slower: Vec<String>,
}

impl Ranking {
    /// The scorer that is asked for, and those to measure beside it.
    ///
    /// # Errors
    /// If one of them cannot be used.
    pub(super) fn all(arguments: &Arguments) -> anyhow::Result<Vec<Ranking>> {
        let config = Config::nearest(".".as_ref())?;
        let ranking = |name: &str| -> anyhow::Result<Ranking> {
            let options = arguments.rules.options(&[Pass::Optimize], &arguments.scoring)?;
            Ok(Ranking { name: name.to_owned(), options, tally: Tally::default() })
        };
        let mut all = vec![ranking(arguments.scoring.name())?];
        for name in &arguments.beside {
            if all.iter().any(|known| known.name == *name) {
                continue;
            }
            let mut other = ranking(name)?;
            other.options.other_scorer = arguments.scoring.named(Some(name), &config)?;
            all.push(other);
        }
        Ok(all)
    }

    /// Counts the functions of a file: those of `all` that are not among the rows did not change.
    pub(super) fn count(&mut self, rows: &[Row], all: &BTreeSet<String>) {
        let tally = &mut self.tally;
        for row in rows {
            tally.changed += 1;
            let Ok(measured) = &row.result else { continue };
            tally.ratios.push(measured.ratio);
            if measured.ratio < SLOWER {
                tally.slower.push(format!("`{}` ({:.2})", row.function, measured.ratio));
            }
        }
        let unchanged = all.iter().filter(|name| rows.iter().all(|row| row.function != **name)).count();
        tally.ratios.extend(std::iter::repeat_n(1.0, unchanged));
    }
}

/// The sums of all rankings as a table.
pub(super) fn print_table(rankings: &[Ranking], out: &mut impl Write) -> std::io::Result<()> {
    let count = rankings.iter().map(|ranking| ranking.tally.ratios.len()).max().unwrap_or(0);
    writeln!(out, "\n| ranking | functions that change | geometric mean over all {count} | slower by more than 2% |")?;
    writeln!(out, "| --- | --- | --- | --- |")?;
    for Ranking { name, tally, .. } in rankings {
        let mean = super::geometric_mean(&tally.ratios);
        let slower = if tally.slower.is_empty() { "none".to_owned() } else { tally.slower.join(", ") };
        writeln!(out, "| {name} | {} | {mean:.2} | {slower} |", tally.changed)?;
    }
    Ok(())
}
