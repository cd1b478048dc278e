use super::Proposal;
use crate::repair::files::FileEdit;
use crate::repair::scene::{Scene, above};
use crate::syntax::{Edit, Node};

/// What stands for the value of an arm in what the compiler offers.
const HOLE: &str = "todo!()";

/// The arms that the compiler offers, with the value of an arm that is there in the place of `todo!()`.
pub(super) fn proposals(scene: Scene) -> Vec<Proposal> {
    let Some(matching) = scene.node().and_then(|node| above(node, &["match_expression"])) else { return Vec::new() };
    let arms: Vec<(&str, &str)> = matching
        .field("body")
        .into_iter()
        .flat_map(Node::named_children)
        .filter(|node| node.kind() == "match_arm")
        .filter_map(|arm| Some((arm.field("pattern")?.text(), arm.field("value")?.text())))
        .collect();
    let mut found: Vec<Proposal> = Vec::new();
    for offer in scene.problem.offers.iter().filter(|offer| offer.edits.iter().any(|edit| edit.edit.text.contains(HOLE))) {
        if let Some(edits) = shortened(&offer.edits, &arms) {
            found.push(Proposal {
                order: found.len() as u32,
                ..Proposal::new(edits).say("an arm for what is not covered, with its value left open")
            });
        }
        let patterns: Vec<&str> = offer.edits.iter().flat_map(|edit| edit.edit.text.split(HOLE)).filter_map(pattern).collect();
        for value in values(&patterns, &arms) {
            let filled = |edit: &FileEdit| FileEdit {
                edit: Edit { text: edit.edit.text.replace(HOLE, &value), ..edit.edit.clone() },
                ..edit.clone()
            };
            let edits: Vec<FileEdit> = offer.edits.iter().map(filled).collect();
            found.push(Proposal { order: found.len() as u32, ..Proposal::new(edits).say(format!("an arm with the value `{value}`")) });
        }
    }
    found
}

/// The edits with paths as the arms that are there write them: the compiler's may not be in scope.
fn shortened(edits: &[FileEdit], arms: &[(&str, &str)]) -> Option<Vec<FileEdit>> {
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

/// Values for arms of these patterns: as an arm of another name makes it, the pattern itself, and those of the arms that are there.
fn values(patterns: &[&str], arms: &[(&str, &str)]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    if let [wanted] = patterns {
        let wanted_name = wanted.rsplit("::").next().unwrap_or(wanted);
        for (pattern, value) in arms {
            let name = pattern.rsplit("::").next().unwrap_or(pattern);
            let plain = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
            if plain(name) && plain(wanted_name) {
                let pairs = [
                    (name.to_owned(), wanted_name.to_owned()),
                    (name.to_lowercase(), wanted_name.to_lowercase()),
                    (name.to_uppercase(), wanted_name.to_uppercase()),
                ];
                found.extend(
                    pairs.into_iter().filter(|(name, _)| value.contains(name.as_str())).map(|(name, wanted)| value.replace(&name, &wanted)),
                );
            }
        }
        if !wanted.contains(['_', '|', '&', '.']) {
            found.push((*wanted).to_owned());
        }
    }
    found.extend(arms.iter().rev().map(|(_, value)| (*value).to_owned()));
    found.extend(["None", "false", "true", "0", "{}"].map(str::to_owned));
    let mut unique: Vec<String> = Vec::new();
    found.into_iter().for_each(|value| {
        if !unique.contains(&value) && value.lines().count() == 1 {
            unique.push(value)
        }
    });
    unique
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
        assert_eq!(values(&["Case::Lower"], &[("Case::Upper", "to_upper(x)")])[0], "to_lower(x)");
    }
}
