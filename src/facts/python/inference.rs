use std::cell::{Cell, RefCell};

use rustc_hash::FxHashMap;

use super::classes::Values;
use super::scopes::{ScopeId, Scopes, What};
use crate::facts::Class;
use crate::syntax::Node;

/// The classes of names that hold the same class wherever they are bound, so that no flow need be followed.
#[derive(Debug, Default)]
pub(in crate::facts) struct Classes<'t> {
    /// `None` while it is being worked out, and when it is not known.
    names: RefCell<FxHashMap<(ScopeId, &'t str), Option<Class>>>,
    depth: Cell<usize>,
}

/// How long a chain of names is followed; names further up are mostly asked for first and remembered.
const MAX_DEPTH: usize = 24;

impl<'t> Classes<'t> {
    /// The class of a name where it is read. `parameter` tells the class of a parameter of the scope's function.
    pub fn of(&self, scopes: &Scopes<'t>, name: Node<'t>, parameter: &dyn Fn(ScopeId, &str) -> Option<Class>) -> Option<Class> {
        let scope = scopes.owner(name.text(), scopes.scope_at(name.span().start))?;
        let key = (scope, name.text());
        if let Some(known) = self.names.borrow().get(&key) {
            return *known;
        }
        if self.depth.get() >= MAX_DEPTH {
            return None;
        }
        self.names.borrow_mut().insert(key, None);
        self.depth.set(self.depth.get() + 1);
        let class = self.work_out(scopes, scope, name, parameter);
        self.depth.set(self.depth.get() - 1);
        self.names.borrow_mut().insert(key, class);
        class
    }

    fn work_out(
        &self,
        scopes: &Scopes<'t>,
        scope: ScopeId,
        name: Node<'t>,
        parameter: &dyn Fn(ScopeId, &str) -> Option<Class>,
    ) -> Option<Class> {
        let known = |inner: Node<'t>| self.of(scopes, inner, parameter);
        let values = Values { scopes, known: &known };
        let mut class: Option<Class> = None;
        let mut updates = Vec::new();
        for binding in scopes.bindings_in(scope, name.text()) {
            let bound = match &binding.what {
                What::Parameter => parameter(scope, name.text()),
                What::Value(value) => values.class(*value),
                What::Update(value) => {
                    updates.push(*value);
                    continue;
                }
                _ => None,
            };
            if bound.is_none() || class.is_some_and(|class| Some(class) != bound) {
                return None;
            }
            class = bound;
        }
        let class = class?;
        for update in updates {
            let by = values.class(update)?;
            if by != Class::Number && by != class {
                return None;
            }
        }
        Some(class)
    }
}
