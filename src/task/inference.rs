//! The crate that runs a trained model: `#[codewright::model]` on what the script exports.

use std::path::Path;

use super::column::MISSING;
use super::script::template::Values;
use super::script::{data, summary};
use super::{Axes, Columns, Format, Goal, Inputs, Task, TaskError};

/// The folder that a script puts its results into, and that the crate is.
pub fn folder(task: &Task) -> String {
    let stem = task.source.rsplit_once('.').map_or(task.source.as_str(), |(stem, _)| stem);
    format!("{stem}-model")
}

/// The files of the crate, by their names in its folder. `runtime` is the folder of a local copy of the crate `codewright`, for which the one
/// from the registry is taken otherwise.
///
/// # Errors
/// If `runtime` is no folder.
pub fn package(task: &Task, script: &str, runtime: Option<&Path>) -> Result<Vec<(&'static str, String)>, TaskError> {
    let mut values = Values::default();
    data::values(task, &mut values);
    let module = module(&folder(task));
    let codewright = match runtime {
        Some(path) => {
            let path = path.canonicalize().map_err(|error| TaskError::whole(path, error))?;
            format!("{{ path = {} }}", rust_quoted(&path.display().to_string()))
        }
        None => format!("\"{}\"", env!("CARGO_PKG_VERSION")),
    };
    values.set("package", module.replace('_', "-")).set("module", &module).set("codewright", codewright);
    values.set("summary", summary(task).replace('\n', " ")).set("script", script);
    let main = kind(task, &mut values);
    Ok(vec![
        ("Cargo.toml", values.fill(include_str!("script/pieces/rust/Cargo.toml"))),
        ("src/lib.rs", tidy(&values.fill(include_str!("script/pieces/rust/lib.rs")))),
        ("src/main.rs", tidy(&values.fill(main))),
    ])
}

/// Fills in what the inputs and the goal decide; the piece that is the program.
fn kind(task: &Task, values: &mut Values) -> &'static str {
    let mut names = vec!["Model"];
    if let Goal::Classification { classes, .. } = &task.goal {
        names.push("CLASSES");
        values.set("class_count", classes.len()).set("classes", listed(classes.iter().map(String::as_str)));
    }
    let missing: Vec<String> = MISSING.iter().map(|word| rust_quoted(word)).collect();
    values.set("missing", missing.join(" | "));
    let main = match &task.inputs {
        Inputs::Table(columns) => {
            rows(columns, false, &mut names, values);
            include_str!("script/pieces/rust/rows.rs")
        }
        Inputs::Series { columns, window, .. } => {
            values.set("window", window);
            names.push("WINDOW");
            rows(columns, true, &mut names, values);
            include_str!("script/pieces/rust/rows.rs")
        }
        Inputs::Array(array) => {
            let shape = match array.axes {
                Axes::Features(width) => vec![width],
                Axes::Sequence(places, features) => vec![places, features],
                Axes::Image { channels, height, width, .. } => vec![channels, height, width],
            };
            let lengths: Vec<String> = shape.iter().map(ToString::to_string).collect();
            let places: Vec<String> = (0..shape.len()).map(|axis| format!("SHAPE[{axis}]")).collect();
            values.flag("shaped", true).set("rank", shape.len()).set("shape", lengths.join(", ")).set("lengths", places.join(", "));
            values.set("run", "&numbers");
            names.push("SHAPE");
            include_str!("script/pieces/rust/shaped.rs")
        }
        Inputs::Folder { size, .. } => {
            values.set("size", size).set("run", "&pixels");
            include_str!("script/pieces/rust/images.rs")
        }
        Inputs::Text { context } => {
            values.flag("stored", true).set("context", context).set("run", "&codes");
            include_str!("script/pieces/rust/writer.rs")
        }
    };
    names.sort_by_key(|name| (name.starts_with(|c: char| c.is_lowercase()), *name));
    values.set("names", format!("{{{}}}", names.join(", ")));
    main
}

fn rows(columns: &Columns, series: bool, names: &mut Vec<&'static str>, values: &mut Values) {
    let dates: Vec<&str> = columns.numeric.iter().filter(|column| column.date).map(|column| column.name.as_str()).collect();
    let (numeric, categories) = (!columns.numeric.is_empty(), !columns.categories.is_empty());
    values.flag("rows", true).flag("stored", categories);
    values.flag("only_time", dates.is_empty()).flag("only_plain", numeric && dates.is_empty());
    values.set("numeric_count", columns.numeric.len()).set("numeric", listed(columns.numeric.iter().map(|column| column.name.as_str())));
    values.set("date_count", dates.len()).set("dates", listed(dates.iter().copied()));
    values.set("category_count", columns.categories.len());
    values.set("categories", listed(columns.categories.iter().map(|column| column.name.as_str())));
    let delimiter = match columns.format {
        Format::Csv { delimiter: '\t' } => "\\t".to_owned(),
        Format::Csv { delimiter } => delimiter.to_string(),
        Format::Parquet => ",".to_owned(),
    };
    values.set("delimiter", delimiter);
    values.set(
        "run",
        match (numeric, categories) {
            (true, true) => "&numbers, &codes",
            (false, _) => "&codes",
            _ => "&numbers",
        },
    );
    let unnamed = columns.categories.iter().any(|column| column.missing);
    let used = [
        ("NUMERIC", numeric),
        ("number", numeric || unnamed),
        ("CATEGORIES", categories),
        ("DATES", !dates.is_empty()),
        ("days", !dates.is_empty()),
    ];
    names.extend(used.iter().filter(|(_, used)| *used).map(|(name, _)| *name));
    if series {
        values.set("run", "&numbers");
    }
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let items: Vec<String> = names.map(rust_quoted).collect();
    let line = items.join(", ");
    match line.chars().count() {
        ..=60 => line,
        _ => format!("\n{}", items.iter().map(|item| format!("    {item},\n")).collect::<String>()),
    }
}

/// Without empty lines at the end.
fn tidy(code: &str) -> String {
    format!("{}\n", code.trim_end())
}

/// A text as a literal of Rust.
fn rust_quoted(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|c| if c == '"' || c == '\\' || c.is_control() { c.escape_default().to_string() } else { c.to_string() })
        .collect();
    format!("\"{escaped}\"")
}

/// The name of a crate that a folder is.
fn module(folder: &str) -> String {
    let words = folder.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("_");
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("model_{name}") }
}
