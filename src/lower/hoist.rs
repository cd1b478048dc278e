use std::collections::BTreeSet;

use super::alias::exposes;
use super::emit::{Emission, Refusal};
use super::layout::{binding, named, on_its_own, statement_before, without_statement};
use super::naming::fresh_name;
use super::region::{Enclosing, Region, Site, SiteKind};
use super::reuse::worth_a_name;
use crate::ir::{DType, Group, Id, LeafId, Node as Term, Program, Type};
use crate::syntax::Node;

/// A value that a loop computes anew in each of its rounds though nothing changes what it is made of.
#[derive(Debug, Clone)]
pub struct Invariant<'t> {
    /// The value.
    pub term: Id,
    node: Node<'t>,
    /// The statement that does nothing but bind it to a name that is bound by nothing else.
    whole: Option<usize>,
}

/// The largest values of a loop's body that can be computed before the loop.
///
/// Nothing that the loop does may change their operands or come to hold the array itself; and if the loop might run no round at all, or
/// have done something before, computing them must not be able to fail.
pub fn invariants<'t>(region: &Region<'t>) -> Vec<Invariant<'t>> {
    let Some(enclosing) = region.enclosing.as_ref().filter(|enclosing| !enclosing.effects.opaque) else { return Vec::new() };
    if !matches!(enclosing.statement.kind(), "for_statement" | "while_statement") || leaves_before(enclosing, region) {
        return Vec::new();
    }
    let surely = runs_first(enclosing, region);
    let mut found: Vec<Invariant<'t>> = Vec::new();
    for site in &region.sites {
        let mut stack = vec![site.node];
        while let Some(node) = stack.pop() {
            let Some(origin) = region.origins.get(&node.id()) else { continue };
            let computes = !matches!(node.kind(), "identifier" | "parenthesized_expression");
            let sound = || stays(region, enclosing, node, origin.term) && (surely || cannot_fail(&region.program, origin.term));
            if computes
                && worth_a_name(region, origin.term)
                && sound()
                && let Some(invariant) = placed(region, enclosing, site, node, origin.term)
            {
                found.push(invariant);
                continue;
            }
            stack.extend(origin.operands.iter().rev().copied());
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|invariant| seen.insert(invariant.term));
    found
}

/// The edits that compute a value before its loop.
///
/// # Errors
/// A [`Refusal`] if the text can not be made to say it without loss.
pub fn hoist(region: &Region<'_>, text: &str, invariant: &Invariant<'_>) -> Result<Emission, Refusal> {
    let Some(enclosing) = &region.enclosing else { return Err(Refusal::Order) };
    let edits = match invariant.whole {
        Some(statement) => {
            let statement = region.statements[statement];
            if statement.text().contains('\n') || only_statement(statement) {
                return Err(Refusal::Layout);
            }
            vec![statement_before(enclosing.statement, text, statement.text())?, without_statement(statement, text)?]
        }
        None => {
            let name = fresh_name(&region.program, invariant.term, &region.taken);
            let line = binding(region.program.target, &name, &on_its_own(invariant.node));
            vec![statement_before(enclosing.statement, text, &line)?, named(invariant.node, text, &name)?]
        }
    };
    Ok(Emission { edits, imports: BTreeSet::new(), repeats: false })
}

/// How a value leaves the loop: with its statement, or as an expression of which nothing else holds the array.
fn placed<'t>(region: &Region<'t>, enclosing: &Enclosing<'t>, site: &Site<'t>, node: Node<'t>, term: Id) -> Option<Invariant<'t>> {
    if site.node != node {
        return (!exposes(&region.program, site.term, term)).then_some(Invariant { term, node, whole: None });
    }
    let SiteKind::Binding { name } = site.kind else { return None };
    let held = region.program.roots.iter().any(|root| exposes(&region.program, *root, term));
    let bound = enclosing.fresh.contains(name) && !enclosing.effects.mutates.contains(name) && site.root.is_none();
    (bound && !held).then_some(Invariant { term, node, whole: Some(site.statement) })
}

/// Nothing that the loop does changes what a value is made of.
fn stays(region: &Region<'_>, enclosing: &Enclosing<'_>, node: Node<'_>, term: Id) -> bool {
    let effects = &enclosing.effects;
    if node.descendants().any(|inner| inner.kind() == "identifier" && effects.binds.contains(inner.text())) {
        return false;
    }
    let leaves = leaves_below(&region.program, term);
    let arrays = effects.mutates.iter();
    let apart = arrays.clone().all(|name| enclosing.fresh.contains(name));
    !leaves.is_empty()
        && leaves.iter().all(|leaf| {
            let (name, version) = &region.leaf_versions[leaf.0 as usize];
            let still = *version == 0 && !effects.binds.contains(name) && !effects.mutates.contains(name);
            let number = region.program.leaves[leaf.0 as usize].ty.is_weak();
            let known = number || enclosing.fresh.contains(name) || enclosing.given.contains(name);
            still && (effects.mutates.is_empty() || (apart && known))
        })
}

fn leaves_below(program: &Program, term: Id) -> BTreeSet<LeafId> {
    let mut leaves = BTreeSet::new();
    let mut stack = vec![term];
    while let Some(id) = stack.pop() {
        match &program.terms[id] {
            Term::Leaf(leaf) => _ = leaves.insert(*leaf),
            Term::Op(_, args) => stack.extend(args.iter().copied()),
            Term::Const(_) | Term::Attr(_) => {}
        }
    }
    leaves
}

/// Control may have left the round before the region begins: it does not run in each of them.
fn leaves_before(enclosing: &Enclosing<'_>, region: &Region<'_>) -> bool {
    let Some(first) = region.statements.first() else { return true };
    earlier(enclosing, *first).iter().any(|statement| {
        statement
            .descendants()
            .any(|node| matches!(node.kind(), "break_statement" | "continue_statement" | "return_statement" | "raise_statement"))
    })
}

/// The loop surely runs a round, and nothing has been done in it before the region: an error comes as early as it did.
fn runs_first(enclosing: &Enclosing<'_>, region: &Region<'_>) -> bool {
    let statement = enclosing.statement;
    let once = match statement.kind() {
        "while_statement" => statement.field("condition").is_some_and(|condition| matches!(condition.text(), "True" | "1")),
        _ => statement.field("right").is_some_and(|iterable| {
            let arguments = iterable.field("arguments").filter(|_| iterable.field("function").is_some_and(|f| f.text() == "range"));
            let counts: Vec<_> = arguments.iter().flat_map(|arguments| arguments.named_children()).collect();
            matches!(&counts[..], [count] if count.text().parse::<u32>().is_ok_and(|count| count > 0))
        }),
    };
    once && region.statements.first().is_some_and(|first| earlier(enclosing, *first).is_empty())
}

/// The statements of the loop's body that stand before one of them.
fn earlier<'t>(enclosing: &Enclosing<'t>, first: Node<'t>) -> Vec<Node<'t>> {
    let body = enclosing.statement.field("body");
    let statements = body.iter().flat_map(|body| body.named_children());
    statements.filter(|statement| !statement.is_comment() && statement.span().end <= first.span().start).collect()
}

fn only_statement(statement: Node<'_>) -> bool {
    statement.parent().is_some_and(|block| block.named_children().filter(|child| !child.is_comment()).count() < 2)
}

/// Computing the value raises no error, whatever its operands hold.
fn cannot_fail(program: &Program, term: Id) -> bool {
    // An attribute may not have been assigned yet.
    if leaves_below(program, term).iter().any(|leaf| program.leaves[leaf.0 as usize].text.contains('.')) {
        return false;
    }
    let mut stack = vec![term];
    while let Some(id) = stack.pop() {
        let Term::Op(op, args) = &program.terms[id] else { continue };
        let types: Vec<&Type> =
            args.iter().filter(|arg| !matches!(program.terms[**arg], Term::Attr(_))).map(|arg| &program.types[usize::from(*arg)]).collect();
        let total = match op.def().group {
            Group::Elementwise => broadcasts(&types) && types.iter().all(|ty| ty.dtype().is_some_and(DType::is_float)),
            Group::Reduction => matches!(op.def().name, "sum" | "prod") && types[0].rank().is_some(),
            Group::Contraction => op.def().name == "matmul" && products_fit(&types),
            Group::Shape => matches!(op.def().name, "transpose"),
            _ => false,
        };
        if !total {
            return false;
        }
        stack.extend(args.iter().copied());
    }
    true
}

/// All shapes are known, and equal but for single numbers.
fn broadcasts(types: &[&Type]) -> bool {
    let mut shapes = types.iter().filter(|ty| ty.rank() != Some(0)).map(|ty| ty.shape());
    let Some(first) = shapes.next() else { return true };
    first.dims().is_some() && shapes.all(|shape| same_dims(first.dims(), shape.dims()))
}

fn same_dims(a: Option<&[crate::ir::Dim]>, b: Option<&[crate::ir::Dim]>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b)))
}

/// The inner lengths of a product of matrices or vectors are known to be equal.
fn products_fit(types: &[&Type]) -> bool {
    let [Some(a), Some(b)] = [types[0].shape().dims(), types[1].shape().dims()] else { return false };
    let ranks = (1..=2).contains(&a.len()) && (1..=2).contains(&b.len());
    ranks && a[a.len() - 1].same(&b[0])
}
