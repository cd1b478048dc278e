//! What a table asks to be learned.

use std::path::Path;

use super::column::Column;
use super::error::{Place, TaskError};
use super::table::Table;
use super::{Category, Columns, Goal, Inputs, Kind, Numeric, Request, Task, file_name};

/// Fewer examples cannot be split into three parts that say anything.
pub(super) const FEWEST: u64 = 20;
/// Fewer of one class cannot be in all three parts.
pub(super) const FEWEST_OF_CLASS: u64 = 3;
/// Whole numbers are classes if at most so many differ.
const MOST_NUMBERED_CLASSES: usize = 20;
/// The most classes.
pub(super) const MOST_CLASSES: usize = 1_000;
/// A column of texts of which more than this share differ is no category.
const UNIQUE: f64 = 0.5;
/// A column is meant to be of numbers if at least this share is.
const NUMERIC: f64 = 0.95;
/// Single precision cannot tell values apart that vary by less than this share.
const FLAT: f64 = 1e-6;

/// Recognizes the task that a table is.
///
/// # Errors
/// If nothing can be learned from it.
pub(super) fn table(path: &Path, table: Table, request: &Request) -> Result<Task, TaskError> {
    let target = target(path, &table, request)?;
    let mut notes = Vec::new();
    if target.missing > 0 {
        notes.push(format!("{} rows have no `{}` and are left out", target.missing, target.name));
    }
    check_count(path, target.present)?;
    let time = table.columns.iter().find(|column| column.name != target.name && column.is_date() && column.missing == 0 && column.rises);
    let series = match request.kind {
        Some(Kind::Forecast) => Some(time.ok_or_else(|| {
            TaskError::whole(
                path,
                "a forecast needs a column of dates, each later than that of the row before (2026-11-28 or 2026-11-28 05:20)",
            )
        })?),
        Some(Kind::Regression | Kind::Classification) => None,
        None => time.filter(|_| target.is_numeric() && target.distinct().is_none_or(|count| count > MOST_NUMBERED_CLASSES)),
    };
    let goal = match series {
        Some(_) => numeric_target(path, target)?,
        None => goal(path, target, request.kind, &mut notes)?,
    };
    let mut columns = Columns { format: table.format, target: target.name.clone(), numeric: Vec::new(), categories: Vec::new() };
    if series.is_some() {
        columns.numeric.push(Numeric { name: target.name.clone(), missing: false, logarithmic: false, date: false });
    }
    for column in &table.columns {
        let is_time = series.is_some_and(|time| time.name == column.name);
        if column.name != target.name && !is_time {
            feature(path, column, table.rows, series.is_some(), &mut columns, &mut notes)?;
        }
    }
    if columns.numeric.is_empty() && columns.categories.is_empty() {
        return Err(TaskError::whole(path, format!("no column is left to predict `{}` from: {}", target.name, notes.join("; "))));
    }
    let inputs = match series {
        None => Inputs::Table(columns),
        Some(time) => {
            if target.missing > 0 {
                return Err(TaskError::at(
                    path,
                    Place::Column(target.name.clone()),
                    "values are missing; a series has to be whole: fill them in",
                ));
            }
            notes.push(format!(
                "`{}` rises from row to row: a series, whose next value is predicted (--task regression takes rows by themselves)",
                time.name
            ));
            Inputs::Series { columns, time: time.name.clone(), window: (target.present / 20).clamp(4, 32) as usize }
        }
    };
    Ok(Task { source: file_name(path), examples: target.present, rows: table.rows, goal, inputs, notes })
}

/// Refuses what cannot be split.
pub(super) fn check_count(path: &Path, examples: u64) -> Result<(), TaskError> {
    match examples {
        FEWEST.. => Ok(()),
        _ => Err(TaskError::whole(path, format!("{examples} examples with a target; training, validation and test need {FEWEST} or more"))),
    }
}

fn target<'t>(path: &Path, table: &'t Table, request: &Request) -> Result<&'t Column, TaskError> {
    let names = || {
        let names: Vec<String> = table.columns.iter().take(12).map(|column| format!("`{}`", column.name)).collect();
        names.join(", ") + if table.columns.len() > 12 { ", …" } else { "" }
    };
    let Some(name) = &request.target else {
        return Err(TaskError::whole(path, format!("say with --target which column is to be predicted: {}", names())));
    };
    let found = table.columns.iter().find(|column| column.name == *name);
    let column = found.ok_or_else(|| TaskError::whole(path, format!("no column is named `{name}`; there are {}", names())))?;
    if table.rows == 0 {
        return Err(TaskError::whole(path, "there is a header and no row"));
    }
    if column.present == 0 {
        return Err(TaskError::at(path, Place::Column(name.clone()), "all values are missing; there is nothing to learn"));
    }
    Ok(column)
}

pub(super) fn goal(path: &Path, target: &Column, kind: Option<Kind>, notes: &mut Vec<String>) -> Result<Goal, TaskError> {
    let few = target.distinct().is_some_and(|distinct| distinct <= MOST_NUMBERED_CLASSES && distinct as u64 * 10 <= target.present);
    let whole = target.is_numeric() && target.wholes == target.numbers;
    match kind {
        Some(Kind::Regression) => numeric_target(path, target),
        Some(Kind::Classification) => classes(path, target),
        _ if target.is_numeric() && !(whole && few) => numeric_target(path, target),
        _ if target.is_numeric() => {
            let goal = classes(path, target)?;
            let distinct = target.distinct().unwrap_or_default();
            if distinct > 2 {
                notes.push(format!(
                    "`{}` has {distinct} whole numbers: they are taken as classes (--task regression if their order matters)",
                    target.name
                ));
            }
            Ok(goal)
        }
        _ => {
            check_text(path, target)?;
            classes(path, target)
        }
    }
}

fn numeric_target(path: &Path, target: &Column) -> Result<Goal, TaskError> {
    check_text(path, target)?;
    let refused = |why: &str| Err(TaskError::at(path, Place::Column(target.name.clone()), why));
    if let (Some((row, text)), false) = (&target.first_text, target.is_numeric()) {
        return Err(TaskError::at(path, Place::Field(*row, target.name.clone()), format!("expected a number, found `{text}`")));
    }
    if let Some(row) = target.first_huge {
        return Err(TaskError::at(
            path,
            Place::Field(row, target.name.clone()),
            "the number is infinite or too large for single precision",
        ));
    }
    if target.min == target.max {
        return refused("all values are the same; there is nothing to learn");
    }
    if target.deviation() < FLAT * target.min.abs().max(target.max.abs()) {
        return refused("the values vary by less than single precision tells apart; subtract a constant from them");
    }
    Ok(Goal::Regression)
}

fn classes(path: &Path, target: &Column) -> Result<Goal, TaskError> {
    let refused = |why: String| Err(TaskError::at(path, Place::Column(target.name.clone()), why));
    let Some(values) = target.values.as_ref().filter(|values| values.len() < MOST_CLASSES) else {
        return refused(format!("{MOST_CLASSES} or more values differ, or some are long; they are no classes"));
    };
    if target.is_numeric() {
        let mut numbers: Vec<f64> = values.keys().filter_map(|value| value.parse().ok()).collect();
        numbers.sort_by(f64::total_cmp);
        if let Some(pair) = numbers.windows(2).find(|pair| pair[0] == pair[1]) {
            return refused(format!("the class {} is written in two ways; write it in one", pair[0]));
        }
    }
    check_classes(path, &Place::Column(target.name.clone()), values.iter().map(|(name, count)| (name.as_str(), *count)))
}

/// Classes with how often they occur, if each can be in all parts of the data.
pub(super) fn check_classes<'v>(path: &Path, place: &Place, values: impl Iterator<Item = (&'v str, u64)>) -> Result<Goal, TaskError> {
    let values: Vec<(&str, u64)> = values.collect();
    if let [(only, _)] = values.as_slice() {
        return Err(TaskError::at(path, place.clone(), format!("all examples are of one class, `{only}`; there is nothing to learn")));
    }
    if let Some((name, count)) = values.iter().find(|(_, count)| *count < FEWEST_OF_CLASS) {
        let why = format!("class `{name}` has {count} of the {FEWEST_OF_CLASS} examples that training, validation and test need");
        return Err(TaskError::at(path, place.clone(), format!("{why}; add some, or take it out")));
    }
    let largest = values.iter().map(|(_, count)| *count).max().unwrap_or_default();
    let mut classes: Vec<String> = values.into_iter().map(|(name, _)| name.to_owned()).collect();
    if classes.iter().all(|class| class.parse::<f64>().is_ok()) {
        classes.sort_by(|a, b| a.parse().unwrap_or(f64::NAN).total_cmp(&b.parse().unwrap_or(f64::NAN)));
    }
    Ok(Goal::Classification { classes, largest })
}

/// Refuses a column of numbers in which some texts are no numbers: as categories they would be a wrong program.
fn check_text(path: &Path, column: &Column) -> Result<(), TaskError> {
    let at = |row: u64, why: String| Err(TaskError::at(path, Place::Field(row, column.name.clone()), why));
    if let Some((row, text)) = &column.first_comma
        && column.dates == 0
    {
        return at(*row, format!("`{text}` has a comma; write numbers with a decimal point and without marks of thousands"));
    }
    let Some((row, text)) = &column.first_text else { return Ok(()) };
    if !column.is_numeric() && column.numbers as f64 >= NUMERIC * column.present as f64 {
        let (texts, numbers) = (column.present - column.numbers, column.numbers);
        let why = format!("`{text}` is no number, as {texts} of the values are not and {numbers} are");
        return at(*row, format!("{why}; mend it, or leave the field empty if the value is missing"));
    }
    Ok(())
}

/// Adds a column as what it is, or says why not.
fn feature(path: &Path, column: &Column, rows: u64, series: bool, columns: &mut Columns, notes: &mut Vec<String>) -> Result<(), TaskError> {
    let name = &column.name;
    let mut leave_out = |why: &str| notes.push(format!("`{name}` is left out: {why}"));
    check_text(path, column)?;
    if let Some(row) = column.first_huge {
        return Err(TaskError::at(path, Place::Field(row, name.clone()), "the number is infinite or too large for single precision"));
    }
    if name.is_empty() {
        leave_out("it has no name and is taken for an index");
    } else if column.present == 0 {
        leave_out("all its values are missing");
    } else if column.distinct() == Some(1) && column.missing == 0 {
        leave_out("all its values are the same");
    } else if column.counts_rows || (is_named_index(name) && column.distinct().is_none_or(|count| count as u64 == rows)) {
        leave_out("it numbers the rows");
    } else if column.is_numeric() || column.is_date() {
        if column.is_numeric() && column.deviation() < FLAT * column.min.abs().max(column.max.abs()) && column.min < column.max {
            leave_out("it varies by less than single precision tells apart; subtract a constant from it to use it");
        } else {
            columns.numeric.push(Numeric {
                name: name.clone(),
                missing: column.missing > 0,
                logarithmic: column.is_numeric() && !series && column.is_skewed(),
                date: column.is_date(),
            });
        }
    } else if series {
        leave_out("only numbers are taken of a series");
    } else {
        match column.distinct() {
            Some(size) if size as f64 <= UNIQUE * column.present as f64 => {
                let missing = column.missing > 0;
                columns.categories.push(Category { name: name.clone(), size: size + usize::from(missing), missing });
            }
            _ => leave_out("nearly all its texts differ, or some are long"),
        }
    }
    Ok(())
}

fn is_named_index(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.as_str(), "id" | "index" | "uuid" | "key") || name.ends_with("_id")
}
