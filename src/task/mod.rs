//! Data as input: what a table, arrays, a text or a folder of images asks to be learned, and a PyTorch script that learns it.
//!
//! [`Task::read`] looks at the data once and says what the task is; [`candidates`] are the models that may do it, with what they cost
//! and what is to be expected of them; [`script`] writes the program that trains the chosen one.

mod candidates;
mod column;
mod csv;
mod error;
mod explain;
mod images;
mod inference;
mod npz;
mod parquet;
mod recognize;
mod script;
mod table;
mod text;

use std::path::Path;

pub use candidates::{Architecture, Candidate, Cell, candidates};
pub use error::{Place, TaskError};
pub use explain::explanation;
pub use inference::{folder, package};
pub use script::{Options, script};
pub use table::Format;

/// What is asked of the data.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The column or array that is to be predicted.
    pub target: Option<String>,
    /// What the task is, if it is not to be recognized.
    pub kind: Option<Kind>,
}

/// A kind of task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// A number for each row
    Regression,
    /// One of some classes for each row
    Classification,
    /// The next number of a series, from those before
    Forecast,
}

/// What is to be learned, and from what.
#[derive(Debug, Clone)]
pub struct Task {
    /// The name of the file or folder.
    pub source: String,
    /// Examples, or characters of a text.
    pub examples: u64,
    /// Rows of a table, those without a target too; else the examples.
    pub rows: u64,
    /// What is predicted.
    pub goal: Goal,
    /// From what.
    pub inputs: Inputs,
    /// What a person should know: why this task, what is left out.
    pub notes: Vec<String>,
}

/// What is predicted.
#[derive(Debug, Clone, PartialEq)]
pub enum Goal {
    /// A number.
    Regression,
    /// One of these classes.
    Classification {
        /// Their names as they stand in the data, sorted.
        classes: Vec<String>,
        /// The examples of the most frequent one.
        largest: u64,
    },
    /// The next character, one of so many.
    Language {
        /// Characters that differ.
        symbols: usize,
    },
}

/// From what it is predicted.
#[derive(Debug, Clone, PartialEq)]
pub enum Inputs {
    /// The columns of a table.
    Table(Columns),
    /// The rows of a table before, in the order of time.
    Series {
        /// The columns.
        columns: Columns,
        /// The column that says when.
        time: String,
        /// How many rows before.
        window: usize,
    },
    /// An array of an .npz file, an entry of its first axis for each example.
    Array(Array),
    /// Images in a folder for each class.
    Folder {
        /// To which height and width they are scaled.
        size: usize,
        /// 1 or 3.
        channels: usize,
    },
    /// The characters before, so many.
    Text {
        /// How many.
        context: usize,
    },
}

/// The columns of a table that are used.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    /// What the file is.
    pub format: Format,
    /// The column that is predicted.
    pub target: String,
    /// Columns of numbers and dates.
    pub numeric: Vec<Numeric>,
    /// Columns of categories.
    pub categories: Vec<Category>,
}

/// A column of numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numeric {
    /// Its name.
    pub name: String,
    /// True if values are missing.
    pub missing: bool,
    /// True if its logarithm says more.
    pub logarithmic: bool,
    /// True if its values are dates.
    pub date: bool,
}

/// A column of categories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its name.
    pub name: String,
    /// How many there are; what is missing is one of them.
    pub size: usize,
    /// True if values are missing.
    pub missing: bool,
}

/// An array of an .npz file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Array {
    /// Its name.
    pub name: String,
    /// The name of that which is predicted.
    pub target: String,
    /// What its axes are.
    pub axes: Axes,
    /// True if there are NaNs.
    pub missing: bool,
}

/// What the axes of an array after the first are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axes {
    /// Features.
    Features(usize),
    /// Places in time, and features at each.
    Sequence(usize, usize),
    /// Channels, height and width.
    Image {
        /// How many; 1 if there is no axis for them.
        channels: usize,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
        /// Where the axis of channels is.
        order: ChannelOrder,
    },
}

/// Where the channels of an image are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelOrder {
    /// There is no axis for them.
    Absent,
    /// Before height and width.
    First,
    /// After height and width.
    Last,
}

impl Task {
    /// Looks at data, a file or a folder, and recognizes what is to be learned.
    ///
    /// # Errors
    /// If nothing can be learned from it: where, why, and what to do.
    pub fn read(path: &Path, request: &Request) -> Result<Task, TaskError> {
        if path.is_dir() {
            return images::read(path, request);
        }
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        match extension.as_deref() {
            Some("csv" | "tsv" | "tab") => recognize::table(path, csv::read(path)?, request),
            Some("parquet") => recognize::table(path, parquet::read(path)?, request),
            Some("npz") => npz::read(path, request),
            Some("txt" | "text") => text::read(path, request),
            _ => {
                Err(TaskError::whole(path, "expected a table (.csv, .tsv, .parquet), arrays (.npz), a text (.txt), or a folder of images"))
            }
        }
    }

    /// True if a path names data that [`Task::read`] reads.
    pub fn is_data(path: &Path) -> bool {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        path.is_dir() || matches!(extension.as_deref(), Some("csv" | "tsv" | "tab" | "parquet" | "npz" | "txt" | "text"))
    }

    /// How many numbers a model gives for each prediction.
    pub fn outputs(&self) -> usize {
        match &self.goal {
            Goal::Regression => 1,
            Goal::Classification { classes, .. } => classes.len(),
            // One is for all characters that the training part does not have.
            Goal::Language { symbols } => symbols + 1,
        }
    }
}

/// The last part of a path.
fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
