use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Generate;
use crate::rules::{Math, Selection};

/// Where a project keeps its own rules, below its root.
pub const PROJECT_RULES: &str = ".wright/rules";

/// What a project sets once for all runs. The nearest of `wright.toml`, `pyproject.toml` (`[tool.wright]`) and `Cargo.toml`
/// (`[package.metadata.wright]`, `[workspace.metadata.wright]`) counts; a flag counts more.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// `strict`, `stable` or `relaxed`.
    pub math: Option<String>,
    /// Rules to use.
    #[serde(default)]
    pub select: Vec<String>,
    /// Rules not to use.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// The ONNX file that ranks, or one of the rankings that need no learning.
    pub scorer: Option<String>,
    /// What a scorer in a file runs on: `cpu` or `cuda`.
    pub device: Option<String>,
    /// The library of ONNX Runtime.
    pub onnxruntime: Option<PathBuf>,
    /// The models of which code is kept.
    #[serde(default)]
    pub generate: Vec<Generate>,
    /// The file that says so.
    #[serde(skip)]
    pub path: Option<PathBuf>,
    /// The files that were looked into for it, nearest first: it is what they say now.
    #[serde(skip)]
    pub asked: Vec<PathBuf>,
}

/// A word for what may be relied on that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a level; expected strict, stable or relaxed")]
pub struct UnknownMath(String);

/// A configuration that can not be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {message}", path = path.display())]
pub struct ConfigError {
    path: PathBuf,
    message: String,
}

impl Config {
    /// The configuration for a folder.
    ///
    /// # Errors
    /// If the nearest one has an unknown key or a value of the wrong type; the message names the line.
    pub fn nearest(folder: &Path) -> Result<Config, ConfigError> {
        let start = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let mut asked = Vec::new();
        for folder in start.ancestors() {
            for (name, tables) in PLACES {
                let path = folder.join(name);
                let Ok(text) = std::fs::read_to_string(&path) else { continue };
                asked.push(path.clone());
                if let Some(config) = read(&path, &text, tables)? {
                    return Ok(Config { path: Some(path), asked, ..config });
                }
            }
        }
        Ok(Config { asked, ..Config::default() })
    }

    /// The rules that it asks for.
    ///
    /// # Errors
    /// If `math` is none of its three words.
    pub fn selection(self) -> Result<Selection, UnknownMath> {
        let math = match self.math {
            Some(name) => Math::from_name(&name).ok_or(UnknownMath(name))?,
            None => Math::default(),
        };
        Ok(Selection { math, select: self.select, ignore: self.ignore })
    }
}

/// The names of files that may have a configuration.
pub fn config_names() -> impl Iterator<Item = &'static str> {
    PLACES.iter().map(|(name, _)| *name)
}

/// Files, nearest first, and the tables in them.
const PLACES: [(&str, &[&[&str]]); 3] = [
    ("wright.toml", &[&[]]),
    ("pyproject.toml", &[&["tool", "wright"]]),
    ("Cargo.toml", &[&["package", "metadata", "wright"], &["workspace", "metadata", "wright"]]),
];

fn read(path: &Path, text: &str, tables: &[&[&str]]) -> Result<Option<Config>, ConfigError> {
    let error = |message: String| ConfigError { path: path.to_owned(), message };
    if !tables.iter().any(|t| t.is_empty()) && !text.contains("wright") {
        return Ok(None);
    }
    let document: toml::Table = toml::from_str(text).map_err(|e| error(e.to_string()))?;
    for keys in tables {
        let mut value = Some(toml::Value::Table(document.clone()));
        for key in *keys {
            value = value.and_then(|v| v.get(key).cloned());
        }
        let Some(value) = value else { continue };
        return value.try_into().map(Some).map_err(|e: toml::de::Error| {
            let what = e.message().to_owned();
            let unknown = what.split('`').nth(1).unwrap_or_default();
            let missing = what.starts_with("missing field");
            let line = text.lines().position(|l| !missing && l.trim_start().starts_with(unknown)).map_or(1, |at| at + 1);
            error(if missing { what } else { format!("line {line}: {what}") })
        });
    }
    Ok(None)
}
