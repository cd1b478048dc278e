//! A recorded run: a Python program runs unchanged under a small recorder, and what its functions saw becomes `.wright/facts.json`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use serde::Deserialize;

use crate::facts::{FileFacts, Outside, Place, Record, RecordedValue, Recording, RecordingError};
use crate::syntax::{Language, Node, Tree};

/// The recorder, which Python imports at its start.
const RECORDER: &str = include_str!("recorder/sitecustomize.py");

/// What a run came to.
#[derive(Debug)]
pub struct Recorded {
    /// How the program ended.
    pub status: ExitStatus,
    /// Functions of the tree of which something was noted.
    pub functions: usize,
    /// Their calls.
    pub calls: u64,
    /// Functions in the facts file, those of earlier runs that still hold among them.
    pub total: usize,
}

/// Why nothing was recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The program could not be started.
    #[error("cannot run {}: {source}; expected a program such as `python train.py`", .program.to_string_lossy())]
    Start {
        /// The program.
        program: OsString,
        /// Why.
        source: std::io::Error,
    },
    /// No Python came to its end under the recorder.
    #[error("no Python program was seen to run; it has to honour PYTHONPATH (not `python -I` or `-E`) and to end by itself; its {0}")]
    NotSeen(ExitStatus),
    /// The system refused to read or write.
    #[error("{}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file that the facts are to be added to is not one of ours.
    #[error(transparent)]
    Format(#[from] RecordingError),
}

/// Runs a program, notes what the functions below `root` see, and adds it to the facts in `out`.
///
/// Facts of functions whose text has changed since are dropped.
///
/// # Errors
/// If the program cannot be started, or no Python process was seen in it.
pub fn record(command: &[OsString], root: &Path, out: &Path) -> Result<Recorded, RecordError> {
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| RecordError::File { path, source }
    };
    let root = root.canonicalize().map_err(file(root))?;
    let mut facts = read_facts(out)?;
    let scratch = tempfile::tempdir().map_err(file(Path::new("a temporary folder")))?;
    let (home, parts) = (scratch.path().join("recorder"), scratch.path().join("parts"));
    for folder in [&home, &parts] {
        std::fs::create_dir(folder).map_err(file(folder))?;
    }
    let module = home.join("sitecustomize.py");
    std::fs::write(&module, RECORDER).map_err(file(&module))?;
    let status = run(command, &root, &home, &parts)?;
    let rows = read_parts(&parts).map_err(file(&parts))?;
    if rows.is_empty() {
        return Err(RecordError::NotSeen(status));
    }
    let (noted, calls) = noted(&root, rows.into_iter().flatten());
    facts.functions.retain(|key, old| noted.contains_key(key) || still_there(&root, key, &old.hash));
    let functions = noted.len();
    for (key, new) in noted {
        match facts.functions.get_mut(&key).filter(|old| old.hash == new.hash) {
            Some(old) => old.add(new),
            None => _ = facts.functions.insert(key, new),
        }
    }
    write_facts(out, &facts).map_err(file(out))?;
    Ok(Recorded { status, functions, calls, total: facts.functions.len() })
}

fn run(command: &[OsString], root: &Path, home: &Path, parts: &Path) -> Result<ExitStatus, RecordError> {
    let (program, arguments) = command.split_first().expect("the command line asks for a command");
    let own = std::env::var_os("PYTHONPATH").unwrap_or_default();
    let others = std::env::split_paths(&own).filter(|path| !path.as_os_str().is_empty());
    let path = std::env::join_paths(std::iter::once(home.to_owned()).chain(others)).unwrap_or_else(|_| home.as_os_str().to_owned());
    Command::new(program)
        .args(arguments)
        .env("PYTHONPATH", path)
        .env("WRIGHT_RECORD_ROOT", root)
        .env("WRIGHT_RECORD_OUT", parts)
        .status()
        .map_err(|source| RecordError::Start { program: program.clone(), source })
}

/// One function as one process saw it.
#[derive(Debug, Deserialize)]
struct Row {
    path: String,
    line: usize,
    name: String,
    calls: u64,
    names: Vec<Noted>,
}

#[derive(Debug, Deserialize)]
struct Noted {
    name: String,
    #[serde(flatten)]
    value: RecordedValue,
}

/// The rows of each process; a part that was cut off is left out.
fn read_parts(folder: &Path) -> std::io::Result<Vec<Vec<Row>>> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    Ok(paths.iter().filter_map(|path| serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()).collect())
}

/// The functions by the key that the facts are found by, and how many calls were counted.
fn noted(root: &Path, rows: impl Iterator<Item = Row>) -> (BTreeMap<String, Record>, u64) {
    let mut by_path: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows {
        by_path.entry(row.path.clone()).or_default().push(row);
    }
    let (mut functions, mut calls) = (BTreeMap::<String, Record>::new(), 0);
    for (path, rows) in by_path {
        let Ok(text) = std::fs::read_to_string(root.join(&path)) else { continue };
        let tree = Tree::parse(Language::Python, text.as_str());
        let (places, facts) = (places(&tree), FileFacts::new(&tree, &Outside::default()));
        for row in rows {
            let function = places.get(&(row.line, row.name.as_str()));
            let Some(known) = function.and_then(|function| facts.recorded_function(*function)) else { continue };
            let usable = |noted: &Noted| {
                noted.value.at == Place::Argument || noted.value.at == Place::Local && known.bound_once.contains(&noted.name)
            };
            let names = row.names.into_iter().filter(usable).map(|noted| (noted.name, noted.value)).collect();
            calls += row.calls;
            let new = Record { hash: known.hash, calls: row.calls, names };
            match functions.get_mut(&format!("{path}::{}", known.name)) {
                Some(old) => old.add(new),
                None => _ = functions.insert(format!("{path}::{}", known.name), new),
            }
        }
    }
    (functions, calls)
}

/// The functions of a file by what Python knows of them: the line of `def` or of the first decorator, and the name.
fn places(tree: &Tree) -> BTreeMap<(usize, &str), Node<'_>> {
    let lines = crate::syntax::LineIndex::new(tree.text());
    let functions = tree.root().descendants().filter(|node| node.kind() == "function_definition");
    functions
        .filter_map(|function| {
            let decorated = function.parent().filter(|parent| parent.kind() == "decorated_definition");
            let line = lines.position(decorated.unwrap_or(function).span().start).line;
            Some(((line, function.field("name")?.text()), function))
        })
        .collect()
}

/// An earlier fact's function is in the tree, and unchanged.
fn still_there(root: &Path, key: &str, hash: &str) -> bool {
    let Some((path, name)) = key.split_once("::") else { return false };
    let Ok(text) = std::fs::read_to_string(root.join(path)) else { return false };
    let tree = Tree::parse(Language::Python, text.as_str());
    let mut functions = tree.root().descendants().filter(|node| node.kind() == "function_definition");
    let facts = FileFacts::new(&tree, &Outside::default());
    functions.any(|function| facts.recorded_function(function).is_some_and(|known| known.name == name && known.hash == hash))
}

fn read_facts(path: &Path) -> Result<Recording, RecordError> {
    if path.exists() { Ok(Recording::read(path)?) } else { Ok(Recording::default()) }
}

fn write_facts(path: &Path, facts: &Recording) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(".facts-").tempfile_in(folder)?;
    serde_json::to_writer_pretty(&mut file, facts)?;
    std::io::Write::write_all(&mut file, b"\n")?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
