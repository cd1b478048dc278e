use std::collections::BTreeSet;

use super::Proposal;
use super::analogy::carried;
use crate::repair::HOLE;
use crate::repair::files::FileEdit;
use crate::repair::scene::{Scene, above};
use crate::syntax::{Edit, Node};

/// How much later than an arm that the others suggest one comes whose value is made up; the compiler's `todo!()` is between the two.
const MADE_UP: u32 = 10;

const MOST_SUGGESTED: usize = 6;

/// An arm that is there.
type Arm<'t> = (&'t str, &'t str);

/// A text in what the compiler offers, what comes in its place, how late, and what is said of it.
type Filling = (String, String, u32, String);

/// The arms that the compiler offers, with values that may be meant in the place of `todo!()`.
pub(super) fn proposals(scene: Scene) -> Vec<Proposal> {
    let Some(matching) = scene.node().and_then(|node| above(node, &["match_expression"])) else { return Vec::new() };
    let own: Vec<Arm> = matching.field("body").into_iter().flat_map(Node::named_children).filter_map(arm).collect();
    let elsewhere: Vec<Arm> = scene.trees.of(scene.file()).into_iter().flat_map(|tree| tree.root().descendants()).filter_map(arm).collect();
    let mut found: Vec<Proposal> = Vec::new();
    for offer in scene.problem.offers.iter().filter(|offer| offer.edits.iter().any(|edit| edit.edit.text.contains(HOLE))) {
        let short = shortened(&offer.edits, &own);
        let edits = short.as_ref().unwrap_or(&offer.edits);
        let patterns: Vec<&str> = edits.iter().flat_map(|edit| edit.edit.text.split(HOLE)).filter_map(pattern).collect();
        for (from, to, order, message) in fillings(&patterns, &own, &elsewhere) {
            let filled =
                |edit: &FileEdit| FileEdit { edit: Edit { text: edit.edit.text.replace(&from, &to), ..edit.edit.clone() }, ..edit.clone() };
            let proposal = Proposal::new(edits.iter().map(filled).collect()).say(message);
            found.push(Proposal { order: order + found.len() as u32, ..proposal });
        }
    }
    found
}

/// What may come in the place of the holes for these patterns.
fn fillings(patterns: &[&str], own: &[Arm], elsewhere: &[Arm]) -> Vec<Filling> {
    let mut found = Vec::new();
    let mut made_up = Vec::new();
    if let [wanted] = patterns {
        // The compiler writes `&` before a case of a reference, which most leave out.
        let signs =
            if own.iter().any(|(pattern, _)| pattern.starts_with('&')) { 0 } else { wanted.len() - wanted.trim_start_matches('&').len() };
        let written = &wanted[signs..];
        let hole = format!("{wanted} => {HOLE}");
        for (pattern, value) in suggested(written, own).into_iter().take(MOST_SUGGESTED) {
            found.push((hole.clone(), format!("{pattern} => {value}"), 0, format!("an arm like the others: `{pattern}`")));
        }
        made_up.push((hole.clone(), format!("_ => {HOLE}"), MADE_UP, "an arm for all that is not covered".to_owned()));
        for (pattern, value) in bound(written, own, elsewhere) {
            made_up.push((hole.clone(), format!("{pattern} => {value}"), MADE_UP, format!("an arm with the value `{value}`")));
        }
    }
    found.push((HOLE.to_owned(), HOLE.to_owned(), MADE_UP - 1, "an arm for what is not covered, with its value left open".to_owned()));
    found.extend(made_up);
    found.extend(
        values(own).into_iter().map(|value| (HOLE.to_owned(), value.to_owned(), MADE_UP, format!("an arm with the value `{value}`"))),
    );
    found
}

/// Pattern and value of an arm whose value stands in one line.
fn arm<'t>(node: Node<'t>) -> Option<Arm<'t>> {
    let value = Some(node).filter(|node| node.kind() == "match_arm")?.field("value")?.text();
    Some((node.field("pattern")?.text(), value)).filter(|_| !value.contains('\n'))
}

/// The edits with paths as the arms that are there write them: the compiler's may not be in scope.
fn shortened(edits: &[FileEdit], arms: &[Arm]) -> Option<Vec<FileEdit>> {
    let (path, _) = arms.iter().find_map(|(pattern, _)| pattern.split(['(', '{', ' ']).next()?.rsplit_once("::"))?;
    let short = |text: &str| {
        let longer = format!("::{path}::");
        let at = text.find(&longer)?;
        let start = text[..at].rfind(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').map_or(0, |space| space + 1);
        Some(format!("{}{path}::{}", &text[..start], &text[at + longer.len()..]))
    };
    let mut changed = edits.to_vec();
    let edit = changed.iter_mut().find(|edit| edit.edit.text.contains(HOLE))?;
    edit.edit.text = short(&edit.edit.text)?;
    Some(changed)
}

/// `, None => ` is about `None`.
fn pattern(before_value: &str) -> Option<&str> {
    let (pattern, _) = before_value.rsplit_once("=>")?;
    Some(pattern.trim_start_matches([',', ' ', '\n', '\t']).trim())
}

/// Arms as those that are there make them: what one does for its name, for the name that is wanted.
fn suggested(wanted: &str, arms: &[Arm]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (pattern, value) in arms {
        let wanted = with_binding_of(wanted, pattern);
        if let Some(value) = carried(pattern, &wanted, value) {
            found.push((wanted.clone(), value));
        }
        let (name, wanted_name) = (name(pattern), name(&wanted));
        for letters in [str::to_lowercase, str::to_uppercase] {
            let (name, wanted_name) = (letters(name), letters(wanted_name));
            if !name.is_empty() && name != wanted_name && value.contains(&name) {
                found.push((wanted.clone(), value.replace(&name, &wanted_name)));
            }
        }
    }
    found
}

/// Arms for the pattern with a name for what it holds: as other matches have it, with the value of an arm that is there, and the pattern itself.
fn bound(wanted: &str, own: &[Arm], elsewhere: &[Arm]) -> Vec<(String, String)> {
    let alike = elsewhere.iter().filter(|(pattern, _)| name(pattern) == name(wanted));
    let mut found: Vec<(String, String)> = alike.map(|(pattern, value)| ((*pattern).to_owned(), (*value).to_owned())).collect();
    found.extend(
        own.iter().map(|(pattern, value)| (with_binding_of(wanted, pattern), (*value).to_owned())).filter(|(pattern, _)| pattern != wanted),
    );
    let named = with_binding_of(wanted, "(value)");
    if !named.contains(['_', '|', '&', '.']) {
        found.push((named.clone(), named));
    }
    found
}

/// The last name of what a pattern is a case of.
fn name(pattern: &str) -> &str {
    let path = pattern.split(['(', '{', ' ', '|']).next().unwrap_or(pattern);
    path.rsplit("::").next().unwrap_or(path)
}

/// `Right(_)` as `Right(x)` if the other pattern is `Left(x)`.
fn with_binding_of(wanted: &str, other: &str) -> String {
    let inner = other.strip_suffix(')').and_then(|open| open.split_once('(')).map(|(_, inner)| inner);
    match (wanted.strip_suffix("(_)"), inner.filter(|inner| !inner.contains([',', '(']))) {
        (Some(head), Some(inner)) => format!("{head}({inner})"),
        _ => wanted.to_owned(),
    }
}

/// Values that are made up: those of the arms that are there, and some that many types have.
fn values<'t>(arms: &[Arm<'t>]) -> Vec<&'t str> {
    let mut seen = BTreeSet::new();
    let all = arms.iter().rev().map(|(_, value)| *value).chain(["None", "false", "true", "0", "{}"]);
    all.filter(|value| seen.insert(*value)).collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::syntax::Span;

    #[test]
    fn paths_are_written_as_other_arms_write_them() {
        let edit = |text: &str| vec![FileEdit { file: PathBuf::from("a.rs"), edit: Edit { span: Span::new(0, 0), text: text.to_owned() } }];
        let arms = [("Entry::Full(e)", "e.get()")];
        let long = edit(",\n    map::entry::Entry::Vacant(_) => todo!()");
        assert_eq!(shortened(&long, &arms), Some(edit(",\n    Entry::Vacant(_) => todo!()")));
        assert_eq!(shortened(&edit(", None => todo!()"), &arms), None);
    }

    #[test]
    fn arms_are_made_like_others() {
        let pair = |pattern: &str, value: &str| (pattern.to_owned(), value.to_owned());
        assert_eq!(suggested("Case::Lower", &[("Case::Upper", "to_upper(x)")])[0], pair("Case::Lower", "to_lower(x)"));
        assert_eq!(suggested("Kind::B(_)", &[("Kind::A(x)", "Other::A(x)")])[0], pair("Kind::B(x)", "Other::B(x)"));
        assert_eq!(suggested("None", &[("Some(x)", "x + 1")]), []);
        let found = bound("Cow::Owned(_)", &[("Cow::Borrowed(b)", "f(b)")], &[("Owned(o)", "o"), ("_", "1")]);
        assert_eq!(found, [pair("Owned(o)", "o"), pair("Cow::Owned(b)", "f(b)"), pair("Cow::Owned(value)", "Cow::Owned(value)")]);
    }
}
