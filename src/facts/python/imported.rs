use super::called::{is_docstring, reflects};
use super::scopes::{MODULE, ScopeId, Scopes};
use crate::facts::OtherFile;
use crate::facts::words::{is_private, occurrences};
use crate::syntax::Node;

/// The calls of another file's function in a file that does nothing else with it.
#[derive(Debug, Clone, Default)]
pub struct ImportedCalls<'t> {
    /// The calls.
    pub calls: Vec<Node<'t>>,
    /// Other private names that the file's module has for the function.
    pub aliases: Vec<&'t str>,
}

/// The calls in a file of a private function of the file that asks for it, if every occurrence of its name there is an import of it or a
/// call. A call of what only looks like it does no harm: facts of more calls than there are hold of fewer values.
pub(in crate::facts) fn imported_calls<'t>(scopes: &Scopes<'t>, root: Node<'t>, name: &str, file: &OtherFile) -> Option<ImportedCalls<'t>> {
    let text = root.tree().text();
    if scopes.has_stars() || reflects(text) {
        return None;
    }
    let mut importer = Importer { scopes, name, file, functions: Vec::new(), modules: Vec::new(), accounted: 0 };
    for node in root.descendants().filter(|node| node.kind() == "import_from_statement") {
        importer.import(node)?;
    }
    let mut found = ImportedCalls { calls: Vec::new(), aliases: importer.aliases()? };
    for node in root.descendants() {
        match node.kind() {
            "identifier" => found.calls.extend(importer.identifier(node)?),
            // What is said of a function does nothing with it; an example in a docstring is run by `doctest`.
            "comment" => importer.accounted += occurrences(node.text(), name).count(),
            "string" if is_docstring(node) && !node.text().contains(">>>") => importer.accounted += occurrences(node.text(), name).count(),
            _ => {}
        }
    }
    (occurrences(text, name).count() == importer.accounted).then_some(found)
}

/// A name that an import binds, with its scope.
type Bound<'t> = (ScopeId, &'t str);

struct Importer<'a, 't> {
    scopes: &'a Scopes<'t>,
    name: &'a str,
    file: &'a OtherFile,
    /// What imports of the function bind.
    functions: Vec<Bound<'t>>,
    /// What relative imports of its module bind.
    modules: Vec<Bound<'t>>,
    /// Occurrences of the name that are understood.
    accounted: usize,
}

impl<'t> Importer<'_, 't> {
    /// Notes what an import binds of the function or its module; `None` if it takes the name from somewhere else.
    fn import(&mut self, statement: Node<'t>) -> Option<()> {
        let Some(module) = statement.field("module_name") else { return Some(()) };
        for child in statement.named_children().filter(|child| *child != module) {
            let (name, bound) = match child.kind() {
                "aliased_import" => (child.field("name")?, child.field("alias")?),
                _ => (child, child),
            };
            let owner = || {
                let owner = self.scopes.owner(bound.text(), self.scopes.scope_at(statement.span().start))?;
                (owner == MODULE || self.scopes.function_of(owner).is_some()).then_some((owner, bound.text()))
            };
            if name.text() == self.name {
                let owned = owner().filter(|_| self.file.may_name_asking(module.text()))?;
                self.functions.push(owned);
                self.accounted += occurrences(child.text(), self.name).count();
                continue;
            }
            let dot = if module.text().ends_with('.') { "" } else { "." };
            if self.file.may_name_asking(&format!("{}{dot}{}", module.text(), name.text())) {
                self.modules.extend(owner());
            }
        }
        Some(())
    }

    /// The names of the function that other files could take from this one's module, but for its own; `None` if one is not private, or
    /// something else is bound to a name.
    fn aliases(&self) -> Option<Vec<&'t str>> {
        let others = |bound: &&Bound<'t>| bound.0 == MODULE && bound.1 != self.name;
        let aliases: Vec<&'t str> = self.functions.iter().filter(others).map(|bound| bound.1).collect();
        let known = self.functions.iter().all(|bound| self.is_bound_by(&self.functions, *bound));
        (known && aliases.iter().all(|alias| is_private(alias))).then_some(aliases)
    }

    /// Nothing but these imports binds a name.
    fn is_bound_by(&self, imports: &[Bound<'t>], bound: Bound<'t>) -> bool {
        let times = imports.iter().filter(|import| **import == bound).count();
        times > 0 && self.scopes.bindings_in(bound.0, bound.1).len() == times
    }

    /// The call that a name is the function of, if the name means the one that is asked for; `None` if it is used in another way.
    fn identifier(&mut self, node: Node<'t>) -> Option<Option<Node<'t>>> {
        let owner = self.scopes.owner(node.text(), self.scopes.scope_at(node.span().start));
        let bound = owner.is_some_and(|owner| self.functions.contains(&(owner, node.text())));
        let parent = node.parent()?;
        let attribute = parent.kind() == "attribute" && parent.field("attribute") == Some(node);
        if node.text() != self.name && (attribute || !bound) || is_imported(node) {
            return Some(None);
        }
        self.accounted += usize::from(node.text() == self.name);
        let callee = if attribute { parent } else { node };
        let known = if attribute { self.names_module(parent.field("object")?) } else { bound };
        let call = callee.parent().filter(|call| known && call.kind() == "call" && call.field("function") == Some(callee))?;
        Some(Some(call))
    }

    /// An expression is the module of the file that is asked for.
    fn names_module(&self, object: Node<'t>) -> bool {
        if let Some(path) = self.scopes.resolve(object) {
            return self.file.may_name_asking(&path);
        }
        let owner = self.scopes.owner(object.text(), self.scopes.scope_at(object.span().start));
        object.kind() == "identifier" && owner.is_some_and(|owner| self.is_bound_by(&self.modules, (owner, object.text())))
    }
}

/// The name stands in an import, which was looked at.
fn is_imported(node: Node<'_>) -> bool {
    let statement = std::iter::successors(node.parent(), |node| node.parent())
        .find(|around| !matches!(around.kind(), "dotted_name" | "aliased_import"));
    statement.is_some_and(|statement| statement.kind() == "import_from_statement")
}
