use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{Fact, join, join_calls};
use crate::ir::{Dim, Shape, Target, Type};
use crate::syntax::Node;

/// An attribute of the objects of a class, of which every assignment in the file is seen.
#[derive(Debug, Clone)]
pub struct Attribute<'t> {
    /// The class.
    pub class: Node<'t>,
    /// Its name.
    pub name: &'t str,
    /// What an annotation says of it.
    pub declared: Option<Fact>,
    /// The values that are assigned to it.
    pub values: Vec<Node<'t>>,
    /// An operator changes what it holds in place.
    pub(super) updated: bool,
    /// `__init__` assigns it, once, and nothing else does.
    pub(super) fixed: bool,
    /// The class is a PyTorch module: its tensors' dtype is changed from outside.
    pub(super) is_module: bool,
}

/// What attributes always hold, by class and name: what agrees with each of their assignments. `value` tells what is known of an assigned
/// value; `lax` passes over those that are not known, for a first guess.
pub fn join_attributes<'t>(
    attributes: &[Attribute<'t>],
    value: &dyn Fn(Node<'t>) -> Option<Fact>,
    lax: bool,
) -> FxHashMap<usize, BTreeMap<String, Fact>> {
    let mut facts: FxHashMap<usize, BTreeMap<String, Fact>> = FxHashMap::default();
    let mut fixed: BTreeMap<usize, Vec<(String, Vec<Fact>)>> = BTreeMap::new();
    for attribute in attributes {
        let Some(fact) = attribute.join(value, lax) else { continue };
        let once = attribute.values.first().filter(|_| attribute.fixed);
        if let Some(known) = once.and_then(|once| value(*once)) {
            fixed.entry(attribute.class.id()).or_default().push((attribute.name.to_owned(), vec![known]));
        }
        facts.entry(attribute.class.id()).or_default().insert(attribute.name.to_owned(), fact);
    }
    for (class, columns) in fixed {
        // What is assigned once has the same lengths as long as the object lives.
        let named: Vec<(String, Vec<Fact>)> = columns.iter().map(|(name, facts)| (format!("self.{name}"), facts.clone())).collect();
        let joined = join_calls(&named);
        for ((name, _), (key, _)) in columns.iter().zip(&named) {
            if let (Some(fact), Some(joined)) = (facts.get_mut(&class).and_then(|facts| facts.get_mut(name)), joined.get(key))
                && fact.ty.rank() == joined.ty.rank()
            {
                fact.ty = fact.ty.with_shape(joined.ty.shape().clone());
            }
        }
    }
    facts
}

impl<'t> Attribute<'t> {
    fn join(&self, value: &dyn Fn(Node<'t>) -> Option<Fact>, lax: bool) -> Option<Fact> {
        let known: Vec<Option<Fact>> = self.values.iter().map(|node| value(*node)).collect();
        let fact = match &self.declared {
            Some(declared) => {
                let fits = |fact: &Option<Fact>| fact.as_ref().is_none_or(|fact| join(&[declared.clone(), fact.clone()]).is_some());
                let nothing = self.values.iter().any(|node| matches!(node.kind(), "none" | "string" | "list" | "tuple" | "dictionary"));
                (!nothing && known.iter().all(fits)).then(|| self.own_lengths(declared))
            }
            None if lax => join(&known.into_iter().flatten().collect::<Vec<_>>()),
            None => join(&known.into_iter().collect::<Option<Vec<Fact>>>()?),
        }?;
        let fact = if self.is_module { without_dtype(fact) } else { fact };
        // A number takes the dtype of what is added to it.
        let changes = self.updated && fact.ty.rank().is_none_or(|rank| rank == 0);
        (!changes).then_some(fact)
    }
}

impl Attribute<'_> {
    /// Lengths that an annotation names are those of the object, not of its methods; if the attribute is assigned anew they may change.
    fn own_lengths(&self, declared: &Fact) -> Fact {
        let Some(dims) = declared.ty.shape().dims().filter(|_| !declared.ty.is_weak()) else { return declared.clone() };
        let own = |dim: &Dim| match dim.symbols().next() {
            Some(_) if !self.values.is_empty() => Dim::Unknown,
            _ => dim.substitute(&|symbol| Some(Dim::symbol(format!("self.{symbol}")))),
        };
        Fact { ty: declared.ty.with_shape(Shape::Ranked(dims.iter().map(own).collect())), ..declared.clone() }
    }
}

/// A tensor of a module: `model.half()` gives it another dtype.
fn without_dtype(fact: Fact) -> Fact {
    match &fact.ty {
        Type::Array { weak: false, shape, .. } if fact.library == Some(Target::Torch) => {
            Fact { ty: Type::any_array(shape.clone()), ..fact }
        }
        _ => fact,
    }
}
