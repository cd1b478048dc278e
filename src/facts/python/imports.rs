//! Adding an import to a Python file: what it may be, what name it binds, and where it stands.
//!
//! A new import never brings in a library that the file does not import yet, unless it is Python's own; it binds no name that the file
//! uses for anything else; and it is executed before the place that asks for it, whenever that place is reached.

use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};

use super::library;
use super::placing::{Block, Order};
use super::scopes::{MODULE, ScopeId, Scopes};
use crate::dialect::Import;
use crate::syntax::{Edit, Node, Span, Step};

/// What a file's names are used for, as far as a new import must know.
#[derive(Debug)]
pub(in crate::facts) struct Imports<'t> {
    root: Node<'t>,
    /// Names that are read somewhere.
    read: FxHashSet<&'t str>,
    /// Names that are bound somewhere, with the module that each is wherever it is bound.
    bound: FxHashMap<&'t str, Option<Box<str>>>,
    /// The names of the folders that the file is in, and its own: packages of which it may be a part.
    packages: Vec<String>,
}

/// A statement that imports, and what it binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form<'a> {
    /// `import module`, `import module as alias`.
    Module { module: &'a str, alias: Option<&'a str> },
    /// `from module import name`, on its own.
    Member { module: &'a str, name: &'a str },
    /// The same, by one name more in a statement that the file has. A function only beside others.
    Listed { module: &'a str, name: &'a str, function: bool },
}

impl<'a> Form<'a> {
    fn module(self) -> &'a str {
        match self {
            Form::Module { module, .. } | Form::Member { module, .. } | Form::Listed { module, .. } => module,
        }
    }

    /// The name that it binds.
    fn name(self) -> &'a str {
        match self {
            Form::Module { module, alias } => alias.unwrap_or(root_of(module)),
            Form::Member { name, .. } | Form::Listed { name, .. } => name,
        }
    }

    /// How a path is written by it.
    fn spelling(self, path: &str) -> String {
        let known = match self {
            Form::Module { module, alias: Some(_) } => module.len(),
            Form::Module { module, alias: None } => root_of(module).len(),
            Form::Member { module, name } | Form::Listed { module, name, .. } => module.len() + 1 + name.len(),
        };
        format!("{}{}", self.name(), &path[known..])
    }
}

impl<'t> Imports<'t> {
    /// Looks through a file once. `path` is where it is.
    pub fn new(root: Node<'t>, scopes: &Scopes<'t>, path: &Path) -> Self {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let packages = path.iter().map(|part| part.to_string_lossy().trim_end_matches(".py").to_owned()).collect();
        Imports { root, read: read_names(root), bound: scopes.all_bound(), packages }
    }

    /// The import by which a place can write a path, and how it then does; `None` if none may be added.
    pub fn import(&self, scopes: &Scopes<'t>, path: &str, usual: &str, at: usize) -> Option<Import> {
        if !scopes.may_import(path) {
            return None;
        }
        let blocks = self.blocks(scopes, at);
        forms(path, usual).into_iter().find_map(|form| {
            let (block, scope) = self.block_for(&blocks, form)?;
            let allowed = !self.is_circular(block, form) && self.is_free(scopes, form, *scope, at);
            let edit = if allowed { edit(block, form)? } else { return None };
            Some(Import { spelling: form.spelling(path), edit })
        })
    }

    /// The blocks around a place that could hold an import for it: the module's, then those of the functions, the outermost first.
    fn blocks(&self, scopes: &Scopes<'t>, at: usize) -> Vec<(Block<'t>, ScopeId)> {
        let innermost = self.root.tree().node_at(Span::new(at, at + 1));
        let mut bodies: Vec<(Node<'t>, ScopeId)> = std::iter::successors(innermost, |node| node.parent())
            .filter(|node| node.kind() == "function_definition")
            .filter_map(|function| Some((function.field("body")?, scopes.scope_of_function(function)?)))
            .filter(|(body, _)| body.span().start <= at)
            .collect();
        bodies.push((self.root, MODULE));
        bodies.into_iter().rev().map(|(body, scope)| (Block::before(body, at), scope)).collect()
    }

    /// The block in which a form stands: where the file imports the library, or anything at all if it is Python's own.
    fn block_for<'b>(&self, blocks: &'b [(Block<'t>, ScopeId)], form: Form<'_>) -> Option<&'b (Block<'t>, ScopeId)> {
        let root = root_of(form.module());
        let standard = library::is_standard(root);
        let belongs = |block: &Block<'t>| match form {
            Form::Listed { module, function, .. } => block.has_list(module, function),
            _ if standard => block.has_imports(),
            _ => block.imports(|module| root_of(module) == root),
        };
        let head = || blocks.first().filter(|(block, _)| standard && block.heads_module());
        blocks.iter().find(|(block, _)| belongs(block)).or_else(head)
    }

    /// The name is used for nothing else, and the place sees the binding that the import makes in `scope`.
    fn is_free(&self, scopes: &Scopes<'t>, form: Form<'_>, scope: ScopeId, at: usize) -> bool {
        let name = form.name();
        match (self.bound.get(name), form) {
            // Whatever binds it binds it to the same module.
            (Some(Some(bound)), Form::Module { module, alias }) if **bound == *alias.map_or(name, |_| module) => {
                scopes.owner(name, scopes.scope_at(at)).is_none_or(|owner| owner == scope)
            }
            (Some(_), _) => false,
            // A star may bring any name of a library, but none by which it is usually imported.
            (None, Form::Module { .. }) => !self.read.contains(name),
            (None, _) => !self.read.contains(name) && !scopes.has_stars() && !library::is_builtin(name),
        }
    }

    /// The file may be a part of the library: what it does not import already may itself import the file.
    fn is_circular(&self, block: &Block<'t>, form: Form<'_>) -> bool {
        let own = self.packages.iter().any(|package| package == root_of(form.module()));
        own && !matches!(form, Form::Module { module, .. } if block.imports(|imported| imported == module))
    }
}

fn edit(block: &Block<'_>, form: Form<'_>) -> Option<Edit> {
    match form {
        Form::Listed { module, name, .. } => block.listed(module, name),
        Form::Module { module, alias } => {
            let alias = alias.map_or(String::new(), |alias| format!(" as {alias}"));
            block.added(&format!("import {module}{alias}"), Order { from: false, module })
        }
        Form::Member { module, name } => block.added(&format!("from {module} import {name}"), Order { from: true, module }),
    }
}

/// The forms in which a path may be imported, those first that fit best what files have.
fn forms<'a>(path: &'a str, usual: &'a str) -> Vec<Form<'a>> {
    let Some(imported) = usual.strip_prefix("import ") else { return Vec::new() };
    let (module, alias) = imported.split_once(" as ").map_or((imported, None), |(module, alias)| (module, Some(alias)));
    let mut forms = Vec::new();
    forms.extend(path.rsplit_once('.').map(|(module, name)| Form::Listed { module, name, function: true }));
    let part = module.rsplit_once('.').filter(|_| alias.is_none());
    forms.extend(part.map(|(module, name)| Form::Listed { module, name, function: false }));
    forms.push(Form::Module { module, alias });
    forms.extend(alias.map(|_| Form::Module { module, alias: None }));
    let member = path.strip_prefix(module).and_then(|rest| rest.strip_prefix('.')).filter(|name| !name.contains('.'));
    forms.extend(member.map(|name| Form::Member { module, name }));
    forms
}

/// The names that a file reads, those of imports, attributes and keyword arguments left out.
fn read_names(root: Node<'_>) -> FxHashSet<&str> {
    let mut names = FxHashSet::default();
    let mut walk = root.walk();
    while let Some(step) = walk.next() {
        let Step::Enter(node) = step else { continue };
        if node.kind().starts_with("import_") {
            walk.skip_children();
        } else if node.kind() == "identifier" && !is_label(node) {
            names.insert(node.text());
        }
    }
    names
}

fn is_label(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| match parent.kind() {
        "attribute" => parent.field("attribute") == Some(node),
        "keyword_argument" => parent.field("name") == Some(node),
        _ => false,
    })
}

/// The library that a module is of.
pub(super) fn root_of(module: &str) -> &str {
    module.split('.').next().unwrap_or(module)
}
