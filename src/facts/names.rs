use super::python;
use super::{FileFacts, FileScopes};
use crate::dialect::{Import, Names};
use crate::syntax::Node;

/// The meaning of names at one place of a file.
#[derive(Debug, Clone, Copy)]
pub struct ScopedNames<'a, 't> {
    facts: &'a FileFacts<'t>,
    at: usize,
}

impl<'a, 't> ScopedNames<'a, 't> {
    pub(super) fn new(facts: &'a FileFacts<'t>, at: usize) -> Self {
        ScopedNames { facts, at }
    }
}

impl Names for ScopedNames<'_, '_> {
    fn resolve(&self, node: Node<'_>) -> Option<String> {
        match &self.facts.scopes {
            FileScopes::Python(scopes, _) => scopes.resolve(node),
            FileScopes::Rust(scopes) => scopes.resolve(node),
        }
    }

    fn spell(&self, path: &str) -> Option<String> {
        match &self.facts.scopes {
            FileScopes::Python(scopes, _) => scopes.spell(path, self.at),
            FileScopes::Rust(scopes) => scopes.spell(path, self.at),
        }
    }

    fn import(&self, path: &str, usual: &str) -> Option<Import> {
        let FileScopes::Python(scopes, _) = &self.facts.scopes else { return None };
        let imports = self.facts.imports.get_or_init(|| python::Imports::new(self.facts.root, scopes, &self.facts.path));
        imports.import(scopes, path, usual, self.at)
    }
}
