use std::collections::{BTreeMap, BTreeSet};

use super::alias::exposes;
use super::emit::{Emission, Refusal};
use super::layout::{binding, named, on_its_own, statement_before};
use super::naming::{fresh_name, is_cheap};
use super::region::{Region, Site, SiteKind};
use crate::ir::{Id, Node as Term, Target};
use crate::syntax::Node;

/// A value that the text of a region computes in several places.
#[derive(Debug, Clone)]
pub struct Repeated<'t> {
    /// The value.
    pub term: Id,
    /// The statement that computes it first and the name it binds, if it binds one that can be read at the places.
    first: Option<&'t str>,
    places: Vec<Place<'t>>,
}

#[derive(Debug, Clone, Copy)]
struct Place<'t> {
    node: Node<'t>,
    statement: usize,
    /// The name that it is bound to as a whole.
    bound: Option<&'t str>,
    /// Something outside may come to hold this very array: it must stay one of its own.
    exposed: bool,
}

impl Repeated<'_> {
    /// How often it is computed.
    pub fn count(&self) -> usize {
        self.places.len() + usize::from(self.first.is_some())
    }
}

/// The largest values that are computed more than once; no place of one lies within a place of another.
pub fn repeated<'t>(region: &Region<'t>) -> Vec<Repeated<'t>> {
    let mut found: Vec<Repeated<'t>> = Vec::new();
    for (term, places) in places(region).into_iter().rev() {
        let apart = |place: &Place<'t>| {
            let claimed = found.iter().flat_map(|repeated| &repeated.places);
            claimed.into_iter().all(|other| !other.node.span().contains(place.node.span()))
        };
        let places: Vec<Place<'t>> = places.into_iter().filter(apart).collect();
        found.extend(of_places(region, term, places));
    }
    found
}

fn of_places<'t>(region: &Region<'t>, term: Id, mut places: Vec<Place<'t>>) -> Option<Repeated<'t>> {
    let first = *places.first()?;
    let name = first.bound.filter(|name| {
        places[1..].iter().all(|place| {
            place.statement > first.statement && region.version(name, first.statement + 1) == region.version(name, place.statement)
        })
    });
    let rust = region.program.target == Target::Rust;
    places.retain(|place| place.bound.is_none() && !place.exposed && (!rust || read(place.node).is_some()));
    let enough = if name.is_some() { 1 } else { 2 };
    (places.len() >= enough).then_some(Repeated { term, first: name, places })
}

/// Where each value is computed, in the order of the text.
fn places<'t>(region: &Region<'t>) -> BTreeMap<Id, Vec<Place<'t>>> {
    let mut places: BTreeMap<Id, Vec<Place<'t>>> = BTreeMap::new();
    for site in &region.sites {
        let mut stack = vec![site.node];
        while let Some(node) = stack.pop() {
            let Some(origin) = region.origins.get(&node.id()) else { continue };
            let computes = !matches!(node.kind(), "identifier" | "parenthesized_expression" | "reference_expression");
            if computes && worth_a_name(region, origin.term) {
                let exposed = exposes(&region.program, site.term, origin.term);
                let place = Place { node, statement: site.statement, bound: bound_whole(site, node), exposed };
                places.entry(origin.term).or_default().push(place);
            }
            stack.extend(origin.operands.iter().rev().copied());
        }
    }
    places.retain(|_, places| places.len() > 1);
    places
}

fn bound_whole<'t>(site: &Site<'t>, node: Node<'t>) -> Option<&'t str> {
    match site.kind {
        SiteKind::Binding { name } if site.node == node => Some(name),
        _ => None,
    }
}

/// Python's own numbers cost less than a reader's look at one more name; those of Rust are the compiler's to share.
pub(super) fn worth_a_name(region: &Region<'_>, term: Id) -> bool {
    let (program, ty) = (&region.program, &region.program.types[usize::from(term)]);
    let array = program.target != Target::Rust || ty.rank().is_some_and(|rank| rank > 0);
    matches!(program.terms[term], Term::Op(..)) && !is_cheap(program, term) && !ty.is_weak() && array
}

/// Rust: what stands before a name in the place of an expression that is only read there.
fn read(expression: Node<'_>) -> Option<&'static str> {
    match expression.parent()?.kind() {
        "reference_expression" | "field_expression" => Some(""),
        "binary_expression" => Some("&"),
        _ => None,
    }
}

/// The edits that compute a repeated value once.
///
/// # Errors
/// A [`Refusal`] if the text can not be made to say it without loss.
pub fn reuse(region: &Region<'_>, text: &str, repeated: &Repeated<'_>) -> Result<Emission, Refusal> {
    let first = repeated.places[0];
    let mut edits = Vec::new();
    let name = match repeated.first {
        Some(name) => name.to_owned(),
        None => {
            let name = fresh_name(&region.program, repeated.term, &region.taken);
            let line = binding(region.program.target, &name, &on_its_own(first.node));
            edits.push(statement_before(region.statements[first.statement], text, &line)?);
            name
        }
    };
    for place in &repeated.places {
        let lent = if region.program.target == Target::Rust { read(place.node).unwrap_or_default() } else { "" };
        edits.push(named(place.node, text, &format!("{lent}{name}"))?);
    }
    Ok(Emission { edits, imports: BTreeSet::new(), repeats: false })
}
