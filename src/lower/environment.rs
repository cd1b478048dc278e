use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::Form;
use crate::facts::{Class, Fact, Ground};
use crate::ir::{Dim, Shape, Target, Type};

/// What each name holds at a point. A name that is absent holds anything.
pub(super) type Environment = BTreeMap<String, Known>;

/// What is known of a name's value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Known {
    pub ty: Type,
    /// Whose array it is; `None` for a Python number.
    pub library: Option<Target>,
    pub ground: Ground,
    /// The size that an integer stands for.
    pub dim: Option<Dim>,
    /// How the name is used in Rust.
    pub form: Form,
    /// Rust: the names of whose memory it may hold a view.
    pub borrows: BTreeSet<String>,
}

impl Known {
    /// What a fact says of a name with so many occurrences.
    pub fn of_fact(fact: &Fact) -> Known {
        let form = if fact.reference { Form::Reference } else { Form::Place };
        Known { ty: fact.ty.clone(), library: fact.library, ground: fact.ground, dim: None, form, borrows: BTreeSet::new() }
    }
}

impl Known {
    /// What sort of value it is.
    pub fn class(&self) -> Option<Class> {
        self.fact().class()
    }

    /// The same as a fact of a value.
    pub fn fact(&self) -> Fact {
        Fact { ty: self.ty.clone(), library: self.library, reference: false, ground: self.ground }
    }
}

/// What holds whichever of two ways control came.
pub(super) fn join(a: &Environment, b: &Environment) -> Environment {
    a.iter().filter_map(|(name, known)| Some((name.clone(), join_known(known, b.get(name)?)?))).collect()
}

fn join_known(a: &Known, b: &Known) -> Option<Known> {
    if a == b {
        return Some(a.clone());
    }
    let ty = join_types(&a.ty, &b.ty)?;
    let dim = if a.dim == b.dim { a.dim.clone() } else { None };
    (a.library == b.library && a.form == b.form).then(|| Known {
        ty,
        library: a.library,
        ground: a.ground.max(b.ground),
        dim,
        form: a.form,
        borrows: a.borrows.union(&b.borrows).cloned().collect(),
    })
}

fn join_types(a: &Type, b: &Type) -> Option<Type> {
    match (a, b) {
        (Type::Array { dtype: d, weak: v, shape: s }, Type::Array { dtype: e, weak: w, shape: t }) if v == w => {
            let dtype = if d == e { *d } else { None };
            (dtype.is_some() || !*v).then(|| Type::Array { dtype, weak: *v, shape: join_shapes(s, t) })
        }
        (Type::Tuple(x), Type::Tuple(y)) if x.len() == y.len() => {
            x.iter().zip(y).map(|(a, b)| join_types(a, b)).collect::<Option<_>>().map(Type::Tuple)
        }
        _ => None,
    }
}

fn join_shapes(a: &Shape, b: &Shape) -> Shape {
    match (a.dims(), b.dims()) {
        (Some(x), Some(y)) if x.len() == y.len() => {
            Shape::Ranked(x.iter().zip(y).map(|(a, b)| if a == b { a.clone() } else { Dim::Unknown }).collect())
        }
        _ => Shape::Unknown,
    }
}
