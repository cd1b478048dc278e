//! Why a program could not be followed.

use std::fmt;
use std::rc::Rc;

use crate::syntax::Span;

/// A place in a source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file as messages name it.
    pub file: Rc<str>,
    /// From 1.
    pub line: usize,
    /// From 1, in bytes.
    pub column: usize,
    /// The expression's first line.
    pub text: String,
    /// The expression's bytes.
    pub span: Span,
}

/// Where following a program ended, and why.
#[derive(Debug, Clone)]
pub struct Stop {
    /// What kind it is.
    pub cause: Cause,
    /// What could not be done, or the message of the exception.
    pub why: String,
    /// True for an exception that a library raises, of what it is given.
    pub from_library: bool,
    /// Where: the innermost place first, then the calls that led to it.
    pub places: Vec<Place>,
}

/// What ended following a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The program raises an exception of this class: a program that runs ends there too.
    Raised(Rc<str>),
    /// The program depends on what is not known before it runs, or on what is not supported.
    Undecided,
}

/// What following a part of a program gives.
pub type Followed<T> = Result<T, Box<Stop>>;

impl Stop {
    /// What is not known or not supported.
    pub fn undecided(why: impl Into<String>) -> Box<Stop> {
        Box::new(Stop { cause: Cause::Undecided, why: why.into(), from_library: false, places: Vec::new() })
    }

    /// What an import did not bring.
    pub fn lacking(path: &str) -> Box<Stop> {
        let is_package = path.split('.').next().is_some_and(|top| !top.contains(' ') && !super::import::is_known(top));
        let places = if is_package { ": packages are looked for beside the file, in PYTHONPATH and in VIRTUAL_ENV" } else { "" };
        Stop::undecided(format!("it needs `{path}`, which was not found{places}"))
    }

    /// An exception that a library raises.
    pub fn of_library(class: &str, why: impl Into<String>) -> Box<Stop> {
        Box::new(Stop { from_library: true, ..*Stop::raised(class, why) })
    }

    /// An exception.
    pub fn raised(class: &str, why: impl Into<String>) -> Box<Stop> {
        Box::new(Stop { cause: Cause::Raised(Rc::from(class)), why: why.into(), from_library: false, places: Vec::new() })
    }
}

impl From<String> for Box<Stop> {
    fn from(why: String) -> Box<Stop> {
        Stop::undecided(why)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: `{}`", self.file, self.line, self.column, self.text)
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Cause::Raised(class) = &self.cause {
            write!(f, "{class}: ")?;
        }
        write!(f, "{}", self.why)?;
        for (i, place) in self.places.iter().enumerate() {
            write!(f, "\n  {} {place}", if i == 0 { "at" } else { "in" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Stop {}
