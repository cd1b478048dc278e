//! What only Rust has: arrays that are changed in place by their one owner, and lengths that are said by constructors and heads.

use std::collections::BTreeSet;

use super::super::building::Lowerer;
use super::super::environment::{Environment, Known};
use super::super::lengths;
use super::super::moves::{is_moved_whole, moved};
use super::super::region::SiteKind;
use super::super::statement::{self, Statement};
use super::Walker;
use crate::dialect::Form;
use crate::ir::Shape;
use crate::syntax::{Language, Node};

impl<'t> Walker<'t, '_> {
    /// Rust: the lengths that a constructor is given are those of the array.
    pub(super) fn constructed(&mut self, form: Statement<'t>, known: Known, environment: &Environment) -> Known {
        let Statement::Bind { value, .. } = form else { return known };
        let names = self.facts.names(value);
        let dims = lengths::constructed(value, &names, environment, &mut |node| {
            Lowerer::new(&mut self.current, &names, environment, self.target).size(node)
        });
        match dims {
            Some(dims) if known.ty.rank() == Some(dims.len()) => Known { ty: known.ty.with_shape(Shape::Ranked(dims)), ..known },
            _ => known,
        }
    }

    /// Rust: the names of whose memory the value of a `let` may be a view, where it is no term that tells by itself.
    pub(super) fn borrowed(&self, form: Statement<'t>, environment: &Environment) -> BTreeSet<String> {
        let Statement::Bind { value, .. } = form else { return BTreeSet::new() };
        if self.language != Language::Rust {
            return BTreeSet::new();
        }
        let mut names = self.facts.alias_sources(value, &|name| environment.get(name).and_then(Known::class)).names;
        let further: Vec<String> = names.iter().filter_map(|name| environment.get(name)).flat_map(|known| known.borrows.clone()).collect();
        names.extend(further);
        names
    }

    /// A statement that changes an array in place and does nothing else: its new value is a term like any other. Nobody else holds
    /// the array's memory, or Rust would not let it be changed.
    pub(super) fn place_update(&mut self, node: Node<'t>, index: usize, environment: &mut Environment) -> bool {
        let Some((expression, place)) = statement::change(node) else { return false };
        let name = place.text();
        let Some(known) = environment.get(name).filter(|known| known.ty.is_array() && known.ty.rank() != Some(0)).cloned() else {
            return false;
        };
        let names = self.facts.names(expression);
        let Some(term) = Lowerer::new(&mut self.current, &names, environment, self.target).lower_update(expression) else { return false };
        if expression.kind() == "assignment_expression" && !(known.form == Form::Place && self.replaces(term)) {
            return false;
        }
        self.current.site(expression, term, index, SiteKind::Update { name, form: known.form });
        for consumed in moved(node).filter(|other| *other != name && environment.get(*other).is_some_and(is_moved_whole)) {
            self.current.moved(consumed, index);
        }
        self.current.update(name, term, index);
        let Known { ty, ground, .. } = self.current.known(term, environment, self.target);
        environment.insert(name.to_owned(), Known { ty, ground, dim: None, ..known });
        true
    }

    /// `y = value`: the value is a new array, made of the old one, so that `y` surely holds it.
    fn replaces(&self, update: crate::ir::Id) -> bool {
        self.current.replacement(update).is_some_and(|(old, value)| self.current.is_fresh(value) && self.current.reads(value, old))
    }

    /// Rust: what the heads of a statement with blocks may change.
    pub(super) fn forget_lengths(&self, control: Node<'t>, environment: &mut Environment) {
        if self.language != Language::Rust {
            return;
        }
        let heads = statement::heads(control).into_iter();
        let changed: BTreeSet<String> = heads.flat_map(|head| self.effects(head, environment).mutates).collect();
        changed.iter().for_each(|name| lengths::forget(environment, name));
    }
}
