//! `import torchvision.models as models`: a module imported under the name that it has.

use super::super::File;
use super::super::edits::{insert_beside, statement_of};
use super::super::native::Native;
use super::super::render::with_comma;
use super::super::walk::Found;
use crate::syntax::{Edit, Node};

pub(super) const PASSES: &[Native] = &[Native {
    name: "import_as_its_own_name",
    words: &[&["torchvision.models as models", "torchvision.datasets as datasets", "torchvision.transforms as transforms"]],
    around: &[],
    whole: false,
    run,
}];

fn run(file: File<'_, '_>) -> Vec<Found> {
    let statements = file.tree.root().descendants().filter(|node| node.kind() == "import_statement");
    statements.flat_map(|statement| statement.named_children().filter_map(move |item| in_statement(file, statement, item))).collect()
}

fn in_statement<'t>(file: File<'_, 't>, statement: Node<'t>, item: Node<'t>) -> Option<Found> {
    let (path, alias) = (item.field("name")?.text(), item.field("alias").filter(|_| item.kind() == "aliased_import")?.text());
    let (module, name) = path.rsplit_once('.')?;
    if module != "torchvision" || name != alias || !matches!(name, "models" | "datasets" | "transforms") {
        return None;
    }
    let new = format!("from {module} import {name}");
    let message = format!("`{}` is `{new}`", item.text());
    let alone = statement.named_children().filter(|child| !child.is_comment()).count() == 1;
    let edits = if alone {
        vec![Edit { span: statement.span(), text: new }]
    } else {
        let line = statement_of(statement).and_then(|statement| insert_beside(file, statement, &new, true).ok());
        line.map_or_else(Vec::new, |line| vec![Edit { span: with_comma(item), text: String::new() }, line])
    };
    Some(Found::new(item.span(), message, edits))
}
