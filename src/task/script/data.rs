//! What of a script reads, splits and normalizes the data.

use super::template::{Values, assigned, quoted};
use crate::task::column::MISSING;
use crate::task::images::EXTENSIONS;
use crate::task::{Array, Axes, ChannelOrder, Columns, Format, Goal, Inputs, Task};

/// The share of the data that each of validation and test has.
pub(super) const HELD_OUT: f64 = 0.15;
/// The same for a text, of which there is much.
const HELD_OUT_OF_TEXT: f64 = 0.05;

const LIST: (char, char) = ('[', ']');
const SET: (char, char) = ('{', '}');

/// Fills in what the data decides.
pub(in crate::task) fn values(task: &Task, values: &mut Values) {
    values.flag("classes", matches!(task.goal, Goal::Classification { .. }));
    values.flag("regression", task.goal == Goal::Regression);
    values.flag("seeded", matches!(task.inputs, Inputs::Table(_) | Inputs::Array(_) | Inputs::Folder { .. }));
    values.set("parameters", "numbers: Tensor").set("arguments", "numbers").set("inputs", "(numbers,)");
    match &task.inputs {
        Inputs::Table(columns) => {
            table(columns, values);
            values.flag("target_missing", task.rows > task.examples);
        }
        Inputs::Series { columns, .. } => {
            table(columns, values);
            values.clear("vector");
            values.flag("series", true).flag("ordered", true).flag("dates", true).flag("fit", true);
        }
        Inputs::Array(array) => self::array(array, values),
        Inputs::Folder { channels, .. } => {
            values.flag("numeric", true).flag("image", true).flag("bytes", true).flag("gray", *channels == 1).flag("fit", true);
            values.set("normalized", format!("{channels}, 1, 1")).set("mode", if *channels == 1 { "\"L\"" } else { "\"RGB\"" });
        }
        Inputs::Text { .. } => {
            values.flag("text", true).flag("stored", true).set("parameters", "characters: Tensor").set("arguments", "characters");
        }
    }
}

fn table(columns: &Columns, values: &mut Values) {
    let incomplete = columns.numeric.iter().filter(|column| column.missing).count();
    let (numeric, categories) = (!columns.numeric.is_empty(), !columns.categories.is_empty());
    match columns.format {
        Format::Csv { delimiter } => values.flag("csv", true).set("delimiter", quoted(&delimiter.to_string())),
        Format::Parquet => values.flag("parquet", true),
    };
    values.flag("numeric", numeric).flag("categories", categories).flag("stored", categories);
    values.flag("unnamed", columns.categories.iter().any(|column| column.missing)).flag("fit", true);
    values.flag("missing", incomplete > 0).flag("parts", categories || incomplete > 0);
    values.flag("dates", columns.numeric.iter().any(|column| column.date));
    values.flag("logarithmic", columns.numeric.iter().any(|column| column.logarithmic));
    values.set("read", if incomplete == 0 { "float" } else { "number" });
    values.set("normalized", "len(NUMERIC)").set("features", columns.numeric.len() + incomplete);
    values.set("incomplete", "[..., INCOMPLETE]").flag("vector", true);
    let (parameters, arguments) = match (numeric, categories) {
        (true, true) => ("numbers: Tensor, codes: Tensor", "numbers, codes"),
        (false, _) => ("codes: Tensor", "codes"),
        _ => return,
    };
    values.set("parameters", parameters).set("arguments", arguments);
    values.set("inputs", if numeric { "(numbers, codes)" } else { "(codes,)" });
}

fn array(array: &Array, values: &mut Values) {
    values.flag("numeric", true).flag("fit", true).flag("missing", array.missing).flag("parts", array.missing).set("incomplete", "");
    match array.axes {
        Axes::Features(width) => values.flag("vector", true).set("normalized", width),
        Axes::Sequence(_, features) => values.flag("ordered", true).set("normalized", features),
        Axes::Image { channels, order, .. } => {
            values.flag("image", true).flag("absent", order == ChannelOrder::Absent).flag("last", order == ChannelOrder::Last);
            values.set("normalized", format!("{channels}, 1, 1"))
        }
    };
}

/// What the script says of the data once, at its head.
pub(super) fn constants(task: &Task) -> String {
    let names = |names: &[&str]| names.iter().map(|name| quoted(name)).collect::<Vec<_>>();
    let mut text = String::new();
    match &task.inputs {
        Inputs::Table(columns) => {
            text.push_str(&format!("TARGET = {}\n", quoted(&columns.target)));
            text.push_str(&classes(task, quoted));
            text.push_str(&columns_constants(columns));
            text.push_str(&assigned(
                "COLUMNS",
                &listed(&[("TARGET", true), ("NUMERIC", !columns.numeric.is_empty()), ("CATEGORIES", !columns.categories.is_empty())]),
                LIST,
            ));
            let is_missing =
                columns.numeric.iter().map(|column| column.missing).chain(columns.categories.iter().map(|column| column.missing));
            if task.rows > task.examples || is_missing.into_iter().any(|missing| missing) {
                text.push_str(&assigned("MISSING", &names(&MISSING), SET));
            }
        }
        Inputs::Series { columns, time, window } => {
            text.push_str(&format!("TIME = {}\n", quoted(time)));
            text.push_str(&columns_constants(columns));
            text.push_str("COLUMNS = [TIME, *NUMERIC]\n");
            if columns.numeric.iter().any(|column| column.missing) {
                text.push_str(&assigned("MISSING", &names(&MISSING), SET));
            }
            text.push_str(&format!("# Rows from which the next is predicted.\nWINDOW = {window}\n"));
        }
        Inputs::Array(array) => {
            text.push_str(&format!("INPUTS = {}\nTARGET = {}\n", quoted(&array.name), quoted(&array.target)));
            text.push_str(&classes(task, str::to_owned));
        }
        Inputs::Folder { size, .. } => {
            text.push_str(&classes(task, quoted));
            text.push_str(&format!("SIZE = {size}\n"));
            let extensions: Vec<String> = EXTENSIONS.iter().map(|extension| quoted(&format!(".{extension}"))).collect();
            text.push_str(&assigned("EXTENSIONS", &extensions, SET));
        }
        Inputs::Text { context } => text.push_str(&format!("# Characters from which the next is predicted.\nCONTEXT = {context}\n")),
    }
    let share = if matches!(task.inputs, Inputs::Text { .. }) { HELD_OUT_OF_TEXT } else { HELD_OUT };
    text.push_str(&format!("# The share of the data that each of validation and test has.\nHELD_OUT = {share}\n"));
    text + &format!("INPUT_NAMES = [{}]\n", input_names(task).iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", "))
}

/// The items that are there, `TARGET` by itself and lists with a star.
fn listed(items: &[(&str, bool)]) -> Vec<String> {
    items
        .iter()
        .filter(|(_, there)| *there)
        .map(|(name, _)| if *name == "TARGET" { (*name).to_owned() } else { format!("*{name}") })
        .collect()
}

fn classes(task: &Task, printed: impl Fn(&str) -> String) -> String {
    let Goal::Classification { classes, .. } = &task.goal else { return String::new() };
    assigned("CLASSES", &classes.iter().map(|class| printed(class)).collect::<Vec<_>>(), LIST)
}

fn columns_constants(columns: &Columns) -> String {
    let mut text = String::new();
    let mut push = |name: &str, items: Vec<String>| {
        if !items.is_empty() {
            text.push_str(&assigned(name, &items, LIST));
        }
    };
    push("NUMERIC", columns.numeric.iter().map(|column| quoted(&column.name)).collect());
    push("DATES", columns.numeric.iter().filter(|column| column.date).map(|column| quoted(&column.name)).collect());
    push("CATEGORIES", columns.categories.iter().map(|column| quoted(&column.name)).collect());
    let places = || columns.numeric.iter().enumerate();
    let incomplete: Vec<String> = places().filter(|(_, column)| column.missing).map(|(place, _)| place.to_string()).collect();
    if !incomplete.is_empty() {
        text.push_str("# Places in NUMERIC of those of which values are missing.\n");
        text.push_str(&assigned("INCOMPLETE", &incomplete, LIST));
    }
    if columns.numeric.iter().any(|column| column.logarithmic) {
        text.push_str("# Numbers that reach so far that their logarithms say more.\n");
        let flags: Vec<String> =
            columns.numeric.iter().map(|column| if column.logarithmic { "True" } else { "False" }.to_owned()).collect();
        text.push_str(&assigned("LOGARITHMIC", &flags, LIST));
    }
    text
}

/// The inputs of the exported model.
fn input_names(task: &Task) -> Vec<&'static str> {
    match &task.inputs {
        Inputs::Table(columns) => [("numbers", !columns.numeric.is_empty()), ("codes", !columns.categories.is_empty())]
            .into_iter()
            .filter(|(_, there)| *there)
            .map(|(name, _)| name)
            .collect(),
        Inputs::Text { .. } => vec!["characters"],
        _ => vec!["numbers"],
    }
}

/// Functions and classes from reading to normalizing.
pub(super) fn pieces(task: &Task, values: &Values) -> Vec<String> {
    let split = include_str!("pieces/split.py");
    let (columns, load) = (include_str!("pieces/columns.py"), include_str!("pieces/table.py"));
    let inputs = include_str!("pieces/inputs.py");
    let pieces: &[&str] = match &task.inputs {
        Inputs::Table(_) => &[split, columns, load, inputs],
        Inputs::Series { .. } => &[columns, include_str!("pieces/series.py"), inputs],
        Inputs::Array(_) => &[split, include_str!("pieces/array.py"), inputs],
        Inputs::Folder { .. } => &[split, include_str!("pieces/folder.py"), inputs],
        Inputs::Text { .. } => &[include_str!("pieces/text.py")],
    };
    pieces.iter().map(|piece| values.fill(piece)).collect()
}
