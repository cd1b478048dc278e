use std::path::PathBuf;

use super::import_lines::import_lines;
use super::words::{is_assigned, occurrences};

/// Another file of the tree, as far as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it holds.
    pub text: String,
    /// Where the file is for which it was asked.
    pub asking: PathBuf,
}

impl OtherFile {
    /// A module as it is written in an import may be the file that asks.
    pub(super) fn may_name_asking(&self, module: &str) -> bool {
        let names = module.trim_start_matches('.');
        let dots = module.len() - names.len();
        let relative: PathBuf = names.split('.').filter(|name| !name.is_empty()).collect();
        let mut asking = self.asking.with_extension("");
        if asking.ends_with("__init__") {
            asking.pop();
        }
        match dots {
            0 => !names.is_empty() && asking.ends_with(relative),
            _ => self.path.ancestors().nth(dots).is_some_and(|folder| folder.join(relative) == asking),
        }
    }

    /// False if the file surely does more with a private function of the file that asks than to import and to call it. Read from the
    /// characters around its name.
    pub(super) fn may_only_call(&self, name: &str) -> bool {
        let binds = |(imported, alias): &(&str, Option<&str>)| *imported == name || *alias == Some(name);
        let mut imports = import_lines(&self.text).filter(|import| import.names.iter().any(binds)).peekable();
        let imported = imports.peek().is_some();
        imports.all(|import| import.module.is_some_and(|module| self.may_name_asking(module)))
            && occurrences(&self.text, name).all(|at| {
                let before = self.text[..at].trim_end_matches([' ', '\t']);
                let after = self.text[at + name.len()..].trim_start_matches([' ', '\t']);
                let defined = ["def", "class"].iter().any(|word| before.ends_with(word));
                let quoted = before.ends_with(['"', '\'']) && after.starts_with(['"', '\'']);
                let found = imported || before.ends_with('.') || !after.starts_with('(');
                !defined && !quoted && !is_assigned(after) && found
            })
    }
}
