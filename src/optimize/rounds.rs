use std::collections::BTreeSet;
use std::path::Path;

use super::{Error, Finding, together};
use crate::syntax::{Language, Tree, apply};

/// A file is rewritten until nothing more is found, but not more often than this.
pub const MAX_ROUNDS: usize = 8;

/// The text with all that is found in it applied, then with what is found in that, and so on for some rounds. `find` gives what may be
/// applied to a text.
///
/// # Errors
/// If `find` fails, if the new text would not parse, or if the rules undo each other.
pub fn rewrite<E: From<Error>>(
    path: &Path,
    language: Language,
    original: &str,
    rounds: usize,
    find: &mut dyn FnMut(&str) -> Result<Vec<Finding>, E>,
) -> Result<String, E> {
    let mut text = original.to_owned();
    let mut seen: Vec<(String, BTreeSet<String>)> = Vec::new();
    for _ in 0..rounds {
        let (edits, rules) = together(find(&text)?);
        if edits.is_empty() {
            break;
        }
        let new = apply(&text, &edits).map_err(Error::from)?;
        if Tree::parse(language, new.as_str()).first_error().is_some() {
            return Err(Error::Broken { path: path.to_owned() }.into());
        }
        seen.push((text, rules));
        if let Some(from) = seen.iter().position(|(earlier, _)| *earlier == new) {
            let rules: BTreeSet<String> = seen.drain(from..).flat_map(|(_, rules)| rules).collect();
            return Err(Error::Circle { path: path.to_owned(), rules: rules.into_iter().collect() }.into());
        }
        text = new;
    }
    Ok(text)
}
