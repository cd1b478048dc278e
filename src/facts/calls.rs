use std::collections::BTreeMap;

use super::python::{Arguments, Parameter, signature};
use super::{Fact, Ground, join};
use crate::ir::{Dim, Shape};
use crate::syntax::Node;

/// A function of which every use is a call that is seen.
#[derive(Debug, Clone)]
pub struct Called<'t> {
    /// The function.
    pub function: Node<'t>,
    /// Its calls in the file.
    pub calls: Vec<Node<'t>>,
    /// Its name, if other files have it: what they do with it is not yet seen.
    pub elsewhere: Option<&'t str>,
    /// Its calls in other files.
    pub other_calls: Vec<OtherCall>,
    parameters: Vec<Parameter<'t>>,
}

/// A call in another file: what is known there of what it passes.
#[derive(Debug, Clone)]
pub struct OtherCall {
    positional: Vec<Option<Fact>>,
    keywords: Vec<(String, Option<Fact>)>,
    splat: bool,
}

impl OtherCall {
    /// Of a call in a file, by what is known of its arguments.
    pub fn new(call: Node<'_>, known: &dyn Fn(Node<'_>) -> Option<Fact>) -> OtherCall {
        let Arguments { positional, keywords, splat } = Arguments::of(call);
        let keywords = keywords.into_iter().map(|(name, value)| (name.to_owned(), known(value))).collect();
        OtherCall { positional: positional.into_iter().map(known).collect(), keywords, splat }
    }
}

/// What a call gives for a parameter.
enum Given<'t, A> {
    Argument(A),
    Default(Node<'t>),
    Unknown,
}

/// The expressions that a call passes, by position and by name.
pub fn arguments<'t>(call: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    let arguments = Arguments::of(call);
    arguments.positional.into_iter().chain(arguments.keywords.into_iter().map(|(_, value)| value))
}

impl<'t> Called<'t> {
    /// `bound`: it is called on an object, which is its first parameter. `elsewhere`: its name, if other files have it.
    pub(super) fn new(function: Node<'t>, calls: Vec<Node<'t>>, bound: bool, elsewhere: Option<&'t str>) -> Self {
        let parameters = signature(function).into_iter().skip(usize::from(bound)).collect();
        Called { function, calls, elsewhere, other_calls: Vec::new(), parameters }
    }

    /// The expressions that its calls in the file pass.
    pub fn arguments(&self) -> impl Iterator<Item = Node<'t>> {
        self.calls.iter().flat_map(|&call| arguments(call))
    }

    /// What all calls agree on, by parameter. `argument` tells what is known of an argument where it is passed, `default` of the value
    /// of an expression anywhere.
    pub fn join(&self, argument: &dyn Fn(Node<'t>) -> Option<Fact>, default: &dyn Fn(Node<'t>) -> Option<Fact>) -> BTreeMap<String, Fact> {
        let own = |call: Node<'t>, index: usize| {
            let arguments = Arguments::of(call);
            let given = self.given(index, arguments.splat, &arguments.positional, &|name| arguments.keyword(name));
            given.fact(argument, default)
        };
        let column = |index: usize| {
            let own = self.calls.iter().map(|&call| own(call, index));
            own.chain(self.other_calls.iter().map(|call| self.given_by(call, index).fact(&|fact| fact, default)))
                .collect::<Option<Vec<Fact>>>()
        };
        let names = self.parameters.iter().enumerate().map(|(index, parameter)| (parameter.name, column(index).unwrap_or_default()));
        join_calls(&names.collect::<Vec<_>>())
    }

    /// False if no parameter is known in all calls in other files.
    pub fn may_be_known(&self) -> bool {
        let known = |call: &OtherCall, index: usize| !matches!(self.given_by(call, index), Given::Argument(None) | Given::Unknown);
        (0..self.parameters.len()).any(|index| self.other_calls.iter().all(|call| known(call, index)))
    }

    fn given_by(&self, call: &OtherCall, index: usize) -> Given<'t, Option<Fact>> {
        let keyword = |name: &str| call.keywords.iter().find(|(keyword, _)| keyword == name).map(|(_, fact)| fact.clone());
        self.given(index, call.splat, &call.positional, &keyword)
    }

    fn given<A: Clone>(&self, index: usize, splat: bool, positional: &[A], keyword: &dyn Fn(&str) -> Option<A>) -> Given<'t, A> {
        let parameter = &self.parameters[index];
        if splat {
            return Given::Unknown;
        }
        let positional = positional.get(index).filter(|_| parameter.by_position);
        let keyword = keyword(parameter.name).filter(|_| parameter.by_keyword);
        match (positional.cloned(), keyword, parameter.default) {
            (Some(argument), None, _) | (None, Some(argument), _) => Given::Argument(argument),
            (None, None, Some(default)) => Given::Default(default),
            _ => Given::Unknown,
        }
    }
}

impl<'t, A> Given<'t, A> {
    fn fact(self, argument: &dyn Fn(A) -> Option<Fact>, default: &dyn Fn(Node<'t>) -> Option<Fact>) -> Option<Fact> {
        match self {
            Given::Argument(given) => argument(given),
            Given::Default(node) => default(node),
            Given::Unknown => None,
        }
    }
}

/// What holds of each parameter in all calls: `columns` has one fact a call for each, or none if one is not known. Lengths that
/// are equal in every call are one symbol.
pub(super) fn join_calls<N: AsRef<str>>(columns: &[(N, Vec<Fact>)]) -> BTreeMap<String, Fact> {
    let mut lengths: Vec<(Vec<Dim>, Dim)> = Vec::new();
    let mut facts = BTreeMap::new();
    for (name, column) in columns.iter().map(|(name, column)| (name.as_ref(), column)) {
        let Some(mut fact) = join(column) else { continue };
        if let Some(dims) = fact.ty.shape().dims().filter(|dims| !dims.is_empty()) {
            let dims = dims.iter().enumerate().map(|(axis, dim)| {
                let own = Dim::symbol(format!("{name}.{axis}"));
                let seen: Option<Vec<Dim>> = column.iter().map(|fact| Some(fact.ty.shape().dims()?[axis].clone())).collect();
                match seen.filter(|seen| *dim == Dim::Unknown && !seen.contains(&Dim::Unknown)) {
                    Some(seen) => match lengths.iter().find(|(known, _)| *known == seen) {
                        Some((_, symbol)) => symbol.clone(),
                        None => {
                            lengths.push((seen, own.clone()));
                            own
                        }
                    },
                    None if *dim == Dim::Unknown => own,
                    None => dim.clone(),
                }
            });
            fact.ty = fact.ty.with_shape(Shape::Ranked(dims.collect()));
        }
        facts.insert(name.to_owned(), fact);
    }
    facts
}

/// What a function says of a parameter, and what its calls add to it where it says nothing.
pub(super) fn refine(said: &Fact, calls: &Fact) -> Fact {
    if said.library != calls.library || said.ty.is_weak() || calls.ty.is_weak() {
        // What is used as an array may be a number; what is passed is what it is.
        return if said.ground == Ground::Inferred { calls.clone() } else { said.clone() };
    }
    let dtype = said.ty.dtype().or(calls.ty.dtype());
    let shape = match (said.ty.shape().dims(), calls.ty.shape().dims()) {
        (None, _) => calls.ty.shape().clone(),
        (Some(own), Some(given)) if own.len() == given.len() => {
            let known = |(own, given): (&Dim, &Dim)| if *own == Dim::Unknown { given.clone() } else { own.clone() };
            Shape::Ranked(own.iter().zip(given).map(known).collect())
        }
        _ => return said.clone(),
    };
    let ty = said.ty.with_dtype(dtype).with_shape(shape);
    if ty == said.ty { said.clone() } else { Fact { ty, ground: said.ground.max(calls.ground), ..said.clone() } }
}
