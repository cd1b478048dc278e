//! Facts that flow through a file: a function takes what holds at all its calls, where all are seen, and an attribute of `self` what
//! agrees with all its assignments.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::callers::add_other_calls;
use super::leads::attributes;
use super::outlook::Plan;
use crate::facts::{Attribute, Called, Fact, FileFacts, Outside, join_attributes};
use crate::ir::Target;
use crate::lower::expression_facts;
use crate::syntax::Node;

/// How many calls deep facts flow: those of a function make its own calls known. And how often attributes are made of each other.
const ROUNDS: usize = 4;

/// The facts of a file with what flowed, and the texts of outermost functions that hold something by it.
pub(super) type Flowed<'t> = (FileFacts<'t>, FxHashSet<&'t str>);

/// What flows, and from where.
pub(super) struct Flow<'a> {
    pub targets: &'a [Target],
    pub plan: &'a Plan,
    pub outside: &'a Outside,
    /// It is only asked whether something may be found.
    pub glance: bool,
}

/// Adds to a file's facts what attributes and calls tell of the functions that `fires` finds worth it.
pub(super) fn flow<'t>(mut facts: FileFacts<'t>, root: Node<'t>, flow: &Flow<'_>, fires: &dyn Fn(Node<'t>) -> bool) -> Flowed<'t> {
    let mut given = FxHashSet::default();
    if flow.plan.attributes {
        (facts, given) = attributes_flow(facts, root, flow.targets, fires);
    }
    if flow.plan.calls {
        let (with_calls, more) = calls_flow(facts, root, flow, fires);
        facts = with_calls;
        given.extend(more);
    }
    (facts, given)
}

/// What attributes always hold: a guess from what is known of some of their assignments, taken back where another does not agree with
/// it. What is left agrees with every assignment, as long as it held before.
fn attributes_flow<'t>(facts: FileFacts<'t>, root: Node<'t>, targets: &[Target], fires: &dyn Fn(Node<'t>) -> bool) -> Flowed<'t> {
    let nothing = |facts| (facts, FxHashSet::default());
    let methods: Vec<Node<'t>> = root.descendants().filter(|node| node.kind() == "function_definition").collect();
    let reading = |method: &&Node<'t>| attributes(method.text()).next().is_some();
    let mut wanted: FxHashSet<&str> =
        methods.iter().filter(reading).filter(|method| fires(**method)).flat_map(|method| attributes(method.text())).collect();
    if wanted.is_empty() {
        return nothing(facts);
    }
    let all = facts.attributes(root, &|_| true);
    loop {
        let read = all.iter().filter(|attribute| wanted.contains(attribute.name)).flat_map(|attribute| &attribute.values);
        let new: Vec<&str> = read.flat_map(|value| attributes(value.text())).filter(|name| !wanted.contains(name)).collect();
        if new.is_empty() {
            break;
        }
        wanted.extend(new);
    }
    let all: Vec<Attribute<'t>> = all.into_iter().filter(|attribute| wanted.contains(attribute.name)).collect();
    let values: FxHashSet<Node<'t>> = all.iter().flat_map(|attribute| attribute.values.iter().copied()).collect();
    let places = around(values.iter().copied(), root);
    let evaluate = |facts: &FileFacts<'t>| {
        let mut known = known_at(facts, targets, &values, &places);
        known.extend(
            values
                .iter()
                .filter(|value| !known.contains_key(value))
                .filter_map(|value| Some((*value, facts.known_value(*value)?)))
                .collect::<Vec<_>>(),
        );
        known
    };
    let join = |known: &FxHashMap<Node<'t>, Fact>, lax: bool| join_attributes(&all, &|value| known.get(&value).cloned(), lax);
    let mut guess = join(&evaluate(&facts), true);
    let mut facts = facts.with_attributes(guess.clone());
    let mut lax = true;
    for round in 1..=2 * ROUNDS {
        if guess.is_empty() {
            return nothing(facts);
        }
        let agreed = join(&evaluate(&facts), lax);
        if agreed == guess && !lax {
            let held = |method: &&Node<'t>| facts.entry(**method).keys().any(|name| name.contains('.'));
            let given = methods.iter().filter(held).map(|method| outermost(*method).text()).collect();
            return (facts, given);
        }
        lax &= agreed != guess && round < ROUNDS;
        guess = agreed;
        facts = facts.with_attributes(guess.clone());
    }
    nothing(facts.with_attributes(FxHashMap::default()))
}

type ByName = BTreeMap<String, Fact>;

/// What is known of expressions where they are evaluated, by whichever of the targets knows it.
pub(super) fn known_at<'t>(
    facts: &FileFacts<'t>,
    targets: &[Target],
    expressions: &FxHashSet<Node<'t>>,
    places: &[Node<'t>],
) -> FxHashMap<Node<'t>, Fact> {
    let mut known: FxHashMap<Node<'t>, Fact> = FxHashMap::default();
    for &target in targets {
        for (expression, fact) in expression_facts(facts, target, expressions.clone(), places) {
            known.entry(expression).or_insert(fact);
        }
    }
    known
}

/// What calls tell: of a function's calls more is known once more is known of the function that they stand in.
fn calls_flow<'t>(mut facts: FileFacts<'t>, root: Node<'t>, flow: &Flow<'_>, fires: &dyn Fn(Node<'t>) -> bool) -> Flowed<'t> {
    if facts.called(root, fires).is_empty() {
        return (facts, FxHashSet::default());
    }
    let mut called = towards(facts.called(root, &|_| true), fires);
    add_other_calls(&mut called, root.tree().text(), flow);
    let arguments: FxHashSet<Node<'t>> = called.iter().flat_map(Called::arguments).collect();
    let mut known: FxHashMap<Node<'t>, Fact> = FxHashMap::default();
    let mut joined: FxHashMap<usize, ByName> = FxHashMap::default();
    let mut places = around(arguments.iter().copied(), root);
    for _ in 0..ROUNDS {
        known.extend(known_at(&facts, flow.targets, &arguments, &places));
        let mut changed = Vec::new();
        for function in &called {
            let agreed = function.join(&|argument| known.get(&argument).cloned(), &|default| facts.known_value(default));
            if !agreed.is_empty() && joined.get(&function.function.id()) != Some(&agreed) {
                joined.insert(function.function.id(), agreed);
                changed.push(function.function);
            }
        }
        if changed.is_empty() {
            break;
        }
        facts = facts.with_calls(joined.clone());
        places.retain(|place| changed.contains(place));
    }
    let held = called.iter().filter(|called| joined.contains_key(&called.function.id()));
    let given = held.map(|called| outermost(called.function).text()).collect();
    (facts, given)
}

/// The functions, or the root, that expressions stand in.
pub(super) fn around<'t>(expressions: impl Iterator<Item = Node<'t>>, root: Node<'t>) -> Vec<Node<'t>> {
    let mut places: Vec<Node<'t>> = expressions.map(|node| enclosing_function(node).unwrap_or(root)).collect();
    places.sort_by_key(|place| place.id());
    places.dedup();
    places
}

/// Those functions that are worth it, and those that call them, and so on.
fn towards<'t>(all: Vec<Called<'t>>, fires: &dyn Fn(Node<'t>) -> bool) -> Vec<Called<'t>> {
    let mut wanted: FxHashSet<usize> = all.iter().filter(|called| fires(called.function)).map(|called| called.function.id()).collect();
    loop {
        let before = wanted.len();
        for called in all.iter().filter(|called| wanted.contains(&called.function.id())).collect::<Vec<_>>() {
            wanted.extend(called.calls.iter().filter_map(|call| enclosing_function(*call)).map(|function| function.id()));
        }
        if wanted.len() == before {
            break;
        }
    }
    all.into_iter().filter(|called| wanted.contains(&called.function.id())).collect()
}

fn enclosing_function(node: Node<'_>) -> Option<Node<'_>> {
    std::iter::successors(node.parent(), |node| node.parent()).find(|node| node.kind() == "function_definition")
}

fn outermost(function: Node<'_>) -> Node<'_> {
    std::iter::successors(Some(function), |node| enclosing_function(*node)).last().unwrap_or(function)
}
