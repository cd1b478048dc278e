//! What a statement that changes a place in memory may read beside it.

use super::alias::bases;
use super::region::{Region, Site, SiteKind};
use super::statement;
use crate::ir::{LeafId, Node as Term};
use crate::syntax::Node;

/// The expression stands for the place that a site changes.
pub(super) fn is_place(region: &Region<'_>, site: &Site<'_>, node: Node<'_>) -> bool {
    let changed = || statement::change(region.statements[site.statement]).is_some_and(|(_, place)| node.span().contains(place.span()));
    matches!(site.kind, SiteKind::Update { .. }) && node != site.node && changed()
}

/// A new text for a part of a statement that changes a place reads the place or a view of it: Rust might not have it. What comes to stand
/// in an array's place is computed before that goes.
pub(super) fn part_touches(region: &Region<'_>, site: &Site<'_>, text: &str) -> bool {
    let replaces = matches!(&region.program.terms[site.term], Term::Op(op, _) if op.def().name == "replace");
    !replaces && touches(region, site, text, 0)
}

/// A text that is read while the place is lent to be changed reads it, or a view of it.
pub(super) fn reads(region: &Region<'_>, site: &Site<'_>, text: &str) -> bool {
    touches(region, site, text, 0)
}

/// The text of a whole statement that changes a place reads it once more, or a view of it.
pub(super) fn whole_touches(region: &Region<'_>, site: &Site<'_>, text: &str) -> bool {
    touches(region, site, text, 1)
}

fn touches(region: &Region<'_>, site: &Site<'_>, text: &str, times: usize) -> bool {
    let SiteKind::Update { name, .. } = site.kind else { return false };
    let words = || text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words().filter(|word| *word == name).count() > times || words().any(|word| word != name && is_view(region, site, name, word))
}

/// What a word names may lie in the memory of the place that a site changes.
fn is_view(region: &Region<'_>, site: &Site<'_>, place: &str, word: &str) -> bool {
    let Term::Op(_, args) = &region.program.terms[site.term] else { return true };
    let own = bases(&region.program, args[0]);
    let bound = region.sites.iter().filter(|site| Region::binding_name(site) == Some(word)).map(|site| site.term);
    let read = region.leaf_versions.iter().enumerate().filter(|(_, (name, _))| name == word);
    let borrowed = read.clone().any(|(leaf, _)| region.leaf_borrows[leaf].contains(place));
    let leaves = read.filter_map(|(leaf, _)| {
        let node = Term::Leaf(LeafId(leaf as u32));
        region.program.terms.as_ref().iter().position(|term| *term == node).map(Into::into)
    });
    let shared = |base: &crate::ir::Id| {
        let borrows = |leaf: LeafId| region.leaf_borrows[leaf.0 as usize].contains(place);
        own.contains_key(base) || matches!(region.program.terms[*base], Term::Leaf(leaf) if borrows(leaf))
    };
    borrowed || bound.chain(leaves).any(|term| bases(&region.program, term).keys().any(shared))
}
