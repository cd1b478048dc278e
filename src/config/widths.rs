use std::path::Path;

use crate::lower::LineWidths;

/// How long the formatters of a folder let lines be: what the nearest files that say it say.
pub fn line_widths(folder: &Path) -> LineWidths {
    let start = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let usual = LineWidths::default();
    let nearest = |places: &[(&str, &[&str])]| {
        start.ancestors().find_map(|folder| places.iter().find_map(|(file, keys)| number(&folder.join(file), keys)))
    };
    LineWidths { python: nearest(&PYTHON).unwrap_or(usual.python), rust: nearest(&RUST).unwrap_or(usual.rust) }
}

/// Files, and where in them the number is.
const PYTHON: [(&str, &[&str]); 4] = [
    ("pyproject.toml", &["tool", "black", "line-length"]),
    ("ruff.toml", &["line-length"]),
    (".ruff.toml", &["line-length"]),
    ("pyproject.toml", &["tool", "ruff", "line-length"]),
];
const RUST: [(&str, &[&str]); 2] = [("rustfmt.toml", &["max_width"]), (".rustfmt.toml", &["max_width"])];

/// A number of a file; `None` if it is not there, whatever the reason: what is wrong with the file its own tool says.
fn number(path: &Path, keys: &[&str]) -> Option<usize> {
    let text = std::fs::read_to_string(path).ok()?;
    let document: toml::Value = toml::Value::Table(toml::from_str(&text).ok()?);
    let value = keys.iter().try_fold(&document, |value, key| value.get(key))?;
    value.as_integer().and_then(|number| usize::try_from(number).ok())
}
