use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::syntax::{Edit, LineIndex, Span, apply, python_foreign_lines};

/// A Jupyter notebook, whose code cells are one program in their order.
///
/// In the program a line header stands before each cell. Magics and shell lines are held out of it by placeholders, and cells in other
/// languages altogether.
#[derive(Debug, Clone)]
pub struct Notebook {
    file: String,
    program: String,
    cells: Vec<Cell>,
    /// For each placeholder, the line that it stands for.
    foreign: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
struct Cell {
    /// Among all cells of the notebook, from 1.
    number: usize,
    source: CellSource,
    /// The line of the program at which its text begins, from 1.
    first_line: usize,
}

/// Where a cell's text stands in the file.
#[derive(Debug, Clone)]
enum CellSource {
    /// One string.
    Text(Span),
    /// A list of strings, one a line.
    Lines(Vec<(Span, String)>),
}

/// Why a file can not be read as a notebook.
#[derive(Debug, thiserror::Error)]
#[error("{}:{line}: {message}", path.display())]
pub struct NotebookError {
    /// The file.
    pub path: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// What was expected.
    pub message: String,
}

#[derive(Deserialize)]
struct RawNotebook<'a> {
    #[serde(borrow)]
    cells: Option<Vec<RawCell<'a>>>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize)]
struct RawCell<'a> {
    cell_type: String,
    #[serde(borrow)]
    source: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata {
    kernelspec: LanguageName,
    language_info: LanguageName,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct LanguageName {
    language: Option<String>,
    name: Option<String>,
}

impl Notebook {
    /// Reads a notebook. One of another language has no cells.
    ///
    /// # Errors
    /// If it is not JSON, or not a notebook of format 4.
    pub fn read(path: &Path, file: String) -> Result<Notebook, NotebookError> {
        let error = |line, message| NotebookError { path: path.to_owned(), line, message };
        let json = file.trim_start_matches('\u{feff}');
        let raw: RawNotebook<'_> =
            serde_json::from_str(json).map_err(|e| error(e.line().max(1), format!("expected a notebook in JSON: {e}")))?;
        let Some(raw_cells) = &raw.cells else {
            return Err(error(
                1,
                "expected `cells`: a notebook of format 4; `jupyter nbconvert --to notebook` makes one of an older file".into(),
            ));
        };
        let language = raw.metadata.kernelspec.language.as_deref().or(raw.metadata.language_info.name.as_deref()).unwrap_or("python");
        let mut notebook = Notebook { file: String::new(), program: String::new(), cells: Vec::new(), foreign: Vec::new() };
        let code = raw_cells.iter().enumerate().filter(|(_, cell)| cell.cell_type == "code" && language.eq_ignore_ascii_case("python"));
        for (index, cell) in code {
            if let Some(source) = cell.source {
                let wrong = |e: serde_json::Error| error(1, format!("cell {}: expected lines of text: {e}", index + 1));
                notebook.add(index + 1, &file, source).map_err(wrong)?;
            }
        }
        notebook.file = file;
        Ok(notebook)
    }

    /// Code cells whose texts are given, by their numbers among all cells, without a file.
    pub fn of_cells<'a>(cells: impl IntoIterator<Item = (usize, &'a str)>) -> Notebook {
        let mut notebook = Notebook { file: String::new(), program: String::new(), cells: Vec::new(), foreign: Vec::new() };
        for (number, text) in cells {
            notebook.push(number, CellSource::Lines(Vec::new()), text);
        }
        notebook
    }

    /// The file as it was read.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Its code cells as one program.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// The cell that a line of the program is in, and its line there; both from 1.
    pub fn place(&self, line: usize) -> (usize, usize) {
        let after = self.cells.partition_point(|cell| cell.first_line <= line);
        let cell = &self.cells[after.saturating_sub(1).min(self.cells.len().saturating_sub(1))];
        (cell.number, (line + 1).saturating_sub(cell.first_line).max(1))
    }

    /// The line of the program at which a line of a cell is; `None` if the cell is not in it.
    pub fn line_of(&self, number: usize, line: usize) -> Option<usize> {
        self.cells.iter().find(|cell| cell.number == number).map(|cell| cell.first_line + line - 1)
    }

    /// The lines of the program that are of cells, each with the line of the file in which it stands.
    pub fn lines_in_file(&self) -> Vec<(usize, usize)> {
        let index = LineIndex::new(&self.file);
        let mut lines = Vec::new();
        for cell in &self.cells {
            let text = text_of_cell(&self.program, cell.number).unwrap_or("");
            let starts: Vec<usize> = match &cell.source {
                CellSource::Text(span) => vec![span.start; text.lines().count()],
                // A string that holds several lines stands in one of the file.
                CellSource::Lines(parts) => {
                    parts.iter().flat_map(|(span, part)| vec![span.start; part.matches('\n').count().max(1)]).collect()
                }
            };
            lines.extend(starts.into_iter().enumerate().map(|(at, start)| (cell.first_line + at, index.position(start).line)));
        }
        lines
    }

    /// The file with the program changed to another: cells that are the same keep their bytes, and in the others the lines that are the
    /// same. `None` if the new program has other cells.
    pub fn with_program(&self, program: &str) -> Option<String> {
        let mut edits = Vec::new();
        for cell in &self.cells {
            let (old, new) = (self.cell_text(&self.program, cell.number)?, self.cell_text(program, cell.number)?);
            if old != new {
                edits.extend(self.cell_edits(cell, &new));
            }
        }
        apply(&self.file, &edits).ok()
    }

    fn add(&mut self, number: usize, file: &str, raw: &RawValue) -> Result<(), serde_json::Error> {
        let at = |raw: &RawValue| {
            let start = raw.get().as_ptr() as usize - file.as_ptr() as usize;
            Span::new(start, start + raw.get().len())
        };
        let (source, text) = if raw.get().starts_with('[') {
            let elements: Vec<&RawValue> = serde_json::from_str(raw.get())?;
            let lines =
                elements.into_iter().map(|raw| Ok((at(raw), serde_json::from_str::<String>(raw.get())?))).collect::<Result<Vec<_>, _>>()?;
            let text: String = lines.iter().map(|(_, line)| line.as_str()).collect();
            (CellSource::Lines(lines), text)
        } else {
            (CellSource::Text(at(raw)), serde_json::from_str::<String>(raw.get())?)
        };
        self.push(number, source, &text);
        Ok(())
    }

    fn push(&mut self, number: usize, source: CellSource, text: &str) {
        // A cell that looks like the border of one would be taken for it.
        let Some(masked) = self.masked(text).filter(|text| !text.contains(HEADER)) else { return };
        let _ = writeln!(self.program, "{}", header(number));
        self.cells.push(Cell { number, source, first_line: self.program.matches('\n').count() + 1 });
        self.program.push_str(&masked);
        self.program.push('\n');
    }

    /// A cell's text with placeholders for what is no Python; `None` if nothing of it is.
    fn masked(&mut self, text: &str) -> Option<String> {
        const PYTHON_CELLS: [&str; 5] = ["%%time", "%%timeit", "%%capture", "%%prun", "%%memit"];
        if text.trim_start().starts_with("%%") && !PYTHON_CELLS.iter().any(|magic| text.trim_start().starts_with(magic)) {
            return None;
        }
        let mut edits = Vec::new();
        for span in python_foreign_lines(text, &|line| foreign_at(line).is_some()) {
            let line = &text[span.start..span.end];
            let at = foreign_at(line).unwrap_or(0);
            let placeholder = format!("{}0  # magic {}", &line[..at], self.foreign.len() + 1);
            self.foreign.push((placeholder.clone(), line.to_owned()));
            edits.push(Edit { span, text: placeholder });
        }
        apply(text, &edits).ok()
    }

    /// The text of a cell in a program, placeholders resolved; `None` if the program has no such cell.
    pub fn cell_text(&self, program: &str, number: usize) -> Option<String> {
        let text = text_of_cell(program, number)?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let lines = text.split_inclusive('\n').map(|line| {
            let bare = line.trim_start().trim_end_matches(['\n', '\r']);
            match self.foreign.iter().find(|(placeholder, _)| placeholder == bare) {
                Some((placeholder, foreign)) => line.replacen(placeholder, foreign, 1),
                None => line.to_owned(),
            }
        });
        Some(lines.collect())
    }

    fn cell_edits(&self, cell: &Cell, new: &str) -> Vec<Edit> {
        let quoted = |text: &str| quoted(text, self.file.is_ascii());
        let old = match &cell.source {
            CellSource::Text(span) => return vec![Edit { span: *span, text: quoted(new) }],
            CellSource::Lines(lines) => lines,
        };
        let new: Vec<&str> = new.split_inclusive('\n').collect();
        let same = |a: &(Span, String), b: &&str| a.1 == *b;
        let start = old.iter().zip(&new).take_while(|(a, b)| same(a, b)).count();
        let end = old[start..].iter().rev().zip(new[start..].iter().rev()).take_while(|(a, b)| same(a, b)).count();
        let (gone, come) = (&old[start..old.len() - end], &new[start..new.len() - end]);
        let between = match &old[..] {
            [a, b, ..] => &self.file[a.0.end..b.0.start],
            _ => ",\n    ",
        };
        let text = come.iter().map(|line| quoted(line)).collect::<Vec<_>>().join(between);
        let edit = |start: usize, end: usize, text: String| vec![Edit { span: Span::new(start, end), text }];
        match (gone, come) {
            ([first, ..], [_, ..]) => edit(first.0.start, gone[gone.len() - 1].0.end, text),
            ([first, ..], []) if start > 0 => edit(old[start - 1].0.end, gone[gone.len() - 1].0.end.max(first.0.end), String::new()),
            ([first, ..], []) => edit(first.0.start, old.get(gone.len()).map_or(first.0.end, |next| next.0.start), String::new()),
            ([], _) => match old.get(start) {
                Some(next) => edit(next.0.start, next.0.start, text + between),
                None => old.last().map_or_else(Vec::new, |last| edit(last.0.end, last.0.end, between.to_owned() + &text)),
            },
        }
    }
}

const HEADER: &str = "# %% wright cell";

/// The line that stands before a cell in a notebook's program.
fn header(number: usize) -> String {
    format!("{HEADER} {number}")
}

/// What stands below a cell's header in a notebook's program.
pub(super) fn text_of_cell(program: &str, number: usize) -> Option<&str> {
    let header = header(number) + "\n";
    let start = if program.starts_with(&header) { 0 } else { program.find(&format!("\n{header}"))? + 1 } + header.len();
    let end = program[start..].find(&format!("\n{HEADER} ")).map_or(program.len(), |at| start + at + 1);
    Some(&program[start..end])
}

/// Where in a line something begins that only IPython understands.
fn foreign_at(line: &str) -> Option<usize> {
    if line.starts_with(['%', '!', '?']) {
        return Some(0);
    }
    let bare = line.trim_end();
    let name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '*' | '?' | '%');
    if bare.ends_with('?') && bare.chars().all(name) {
        return Some(0);
    }
    let (target, value) = line.split_once('=')?;
    let names = target.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ',' | ' '));
    (names && value.trim_start().starts_with(['%', '!'])).then(|| line.len() - value.trim_start().len())
}

/// A string of JSON as Jupyter writes it.
fn quoted(text: &str, ascii: bool) -> String {
    let json = serde_json::to_string(text).unwrap_or_default();
    if !ascii || json.is_ascii() {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0u16; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Notebook, foreign_at};

    const FILE: &str = r##"{
 "cells": [
  {
   "cell_type": "markdown",
   "source": ["# A title\n"]
  },
  {
   "cell_type": "code",
   "outputs": [{"text": ["x = 1\n"]}],
   "source": [
    "%matplotlib inline\n",
    "import numpy as np\n",
    "files = !ls 'a\n",
    "x = (7\n",
    "  % 2)\n",
    "np.exp?"
   ]
  },
  {
   "cell_type": "code",
   "source": ["%%bash\n", "ls (\n"]
  },
  {
   "cell_type": "code",
   "source": "if x:\n    !echo \"y\"\ny = 'é'"
  }
 ],
 "nbformat": 4
}
"##;

    fn notebook() -> Notebook {
        Notebook::read(Path::new("a.ipynb"), FILE.to_owned()).unwrap()
    }

    #[test]
    fn code_cells_are_one_program_without_magics() {
        let notebook = notebook();
        let program = "# %% wright cell 2\n0  # magic 1\nimport numpy as np\nfiles = 0  # magic 2\nx = (7\n  % 2)\n0  # magic 3\n# %% wright cell 4\nif x:\n    0  # magic 4\ny = 'é'\n";
        assert_eq!(notebook.program(), program);
        assert_eq!(notebook.place(3), (2, 2));
        assert_eq!(notebook.place(11), (4, 3));
        assert_eq!(notebook.with_program(program).as_deref(), Some(FILE));
    }

    #[test]
    fn only_lines_that_change_are_written() {
        let notebook = notebook();
        let change = |old: &str, new: &str| notebook.with_program(&notebook.program().replace(old, new)).unwrap();
        assert_eq!(change("np\n", "numpy\n"), FILE.replace("numpy as np\\n", "numpy as numpy\\n"));
        assert_eq!(change("import numpy as np\n", ""), FILE.replace("    \"import numpy as np\\n\",\n", ""));
        let added = change("import numpy as np\n", "import math\nimport numpy as np\n");
        assert_eq!(added, FILE.replace("    \"import numpy", "    \"import math\\n\",\n    \"import numpy"));
        assert_eq!(change("y = 'é'", "y = \"é\""), FILE.replace("y = 'é'\"", "y = \\\"é\\\"\""));
        assert_eq!(change("0  # magic 3\n", "0  # magic 3\nz = 1\n"), FILE.replace("\"np.exp?\"", "\"np.exp?\\n\",\n    \"z = 1\""));
    }

    #[test]
    fn an_ascii_file_stays_one() {
        let file = FILE.replace('é', "\\u00e9");
        let notebook = Notebook::read(Path::new("a.ipynb"), file.clone()).unwrap();
        let new = notebook.with_program(&notebook.program().replace("y =", "z =")).unwrap();
        assert_eq!(new, file.replace("\\ny = ", "\\nz = "));
    }

    #[test]
    fn what_is_no_notebook_says_so() {
        let error = |text: &str| Notebook::read(Path::new("a.ipynb"), text.to_owned()).unwrap_err().to_string();
        assert!(error("{").starts_with("a.ipynb:1: expected a notebook"), "{}", error("{"));
        assert!(error("{\"worksheets\": []}").contains("nbconvert"));
        assert!(error("{\"cells\": [{\"cell_type\": \"code\", \"source\": [3]}]}").contains("cell 1"));
        let julia =
            "{\"cells\": [{\"cell_type\": \"code\", \"source\": [\"x = 1\"]}], \"metadata\": {\"kernelspec\": {\"language\": \"julia\"}}}";
        assert_eq!(Notebook::read(Path::new("a.ipynb"), julia.to_owned()).unwrap().program(), "");
    }

    #[test]
    fn magics_are_told_from_python() {
        for line in ["%time f()", "!ls", "?f", "f.g?", "f??", "x = %magic", "a, b = !ls"] {
            assert!(foreign_at(line).is_some(), "{line}");
        }
        for line in ["x = 1", "x != y", "x == y", "x = a % b", "f('?')", "x[0] = 1"] {
            assert!(foreign_at(line).is_none(), "{line}");
        }
    }
}
