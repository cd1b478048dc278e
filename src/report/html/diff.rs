//! Two texts side by side, line by line.

use std::fmt::{self, Write};

use similar::{ChangeTag, TextDiff};

use super::Escaped;

/// Lines around a change.
const AROUND: usize = 2;

/// The lines that differ, with the numbers of both texts and a sign beside the color.
pub(super) fn write(old: &str, new: &str, page: &mut String) -> fmt::Result {
    let diff = TextDiff::from_lines(old, new);
    writeln!(page, "<div class=\"scroll\"><table class=\"diff\"><tbody>")?;
    for (number, group) in diff.grouped_ops(AROUND).iter().enumerate() {
        if number > 0 {
            writeln!(page, "<tr class=\"gap\"><td></td><td></td><td></td><td>…</td></tr>")?;
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (class, sign) = match change.tag() {
                ChangeTag::Delete => ("old", "−"),
                ChangeTag::Insert => ("new", "+"),
                ChangeTag::Equal => ("same", ""),
            };
            let at = |index: Option<usize>| index.map_or(String::new(), |index| (index + 1).to_string());
            let (before, after) = (at(change.old_index()), at(change.new_index()));
            let text = Escaped(change.value().trim_end_matches(['\n', '\r'])).to_string();
            writeln!(page, "<tr class=\"{class}\"><td>{before}</td><td>{after}</td><td>{sign}</td><td>{text}</td></tr>")?;
        }
    }
    writeln!(page, "</tbody></table></div>")
}
