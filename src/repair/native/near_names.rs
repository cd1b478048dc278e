use std::collections::BTreeMap;

use super::Proposal;
use crate::repair::scene::{Scene, replacement};
use crate::syntax::Node;

/// Names that are proposed.
const MOST: usize = 6;
const KINDS: [&str; 5] = ["identifier", "type_identifier", "field_identifier", "shorthand_field_identifier", "primitive_type"];

/// The names of the crate that are written almost like the marked one, the nearest first.
pub(super) fn proposals(scene: Scene) -> Vec<Proposal> {
    let Some(node) = scene.node().and_then(misspelt) else { return Vec::new() };
    let wrong = node.text();
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for (file, tree) in scene.trees.all() {
        let near_by = if file == scene.file() { 3 } else { 1 };
        for name in tree.root().descendants().filter(|node| KINDS.contains(&node.kind())) {
            let text = name.text();
            if text != wrong && text.len().abs_diff(wrong.len()) <= 2 {
                *uses.entry(text).or_default() += near_by;
            }
        }
    }
    let allowed = (wrong.chars().count() / 3).clamp(1, 2);
    let mut near: Vec<(usize, std::cmp::Reverse<usize>, &str)> = uses
        .into_iter()
        .map(|(name, uses)| (distance(name, wrong), std::cmp::Reverse(uses), name))
        .filter(|(distance, ..)| *distance <= allowed)
        .collect();
    near.sort();
    // In `Point { x }` it is the variable that is missing, not the field.
    let is_shorthand = node.parent().is_some_and(|parent| parent.kind() == "shorthand_field_initializer");
    let field = if is_shorthand && scene.problem.code.as_deref() == Some("E0425") { format!("{wrong}: ") } else { String::new() };
    let proposal = |(order, (distance, _, name)): (usize, (usize, _, &str))| Proposal {
        order: order as u32 * 2 + (distance as u32 - 1) * 10,
        ..Proposal::new(vec![replacement(scene.file(), node.span(), format!("{field}{name}"))])
            .say(format!("`{name}` is written almost like `{wrong}`"))
    };
    near.into_iter().take(MOST).enumerate().map(proposal).collect()
}

/// The name that is marked: the mark itself, or the last name in it.
fn misspelt(node: Node<'_>) -> Option<Node<'_>> {
    if KINDS.contains(&node.kind()) {
        return Some(node);
    }
    matches!(node.kind(), "scoped_identifier" | "scoped_type_identifier").then(|| node.field("name")).flatten()
}

/// Letters to put in, take out, change or swap with their neighbour to make one name the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn a_swap_is_one_step() {
        assert_eq!(distance("lenght", "length"), 1);
        assert_eq!(distance("len", "length"), 3);
        assert_eq!(distance("count", "coount"), 1);
        assert_eq!(distance("same", "same"), 0);
    }
}
