use super::environment::Known;
use super::occurrences::is_load;
use crate::dialect::Form;
use crate::syntax::Node;

/// Rust: a value of the type is moved where its name is used as it is.
pub(super) fn is_moved_whole(known: &Known) -> bool {
    known.form == Form::Place && !(known.ty.rank() == Some(0) && known.ty.dtype().is_some())
}

/// The names that a Rust statement uses as they are: not by reference, for a part, or as a receiver that is only lent.
pub(super) fn moved<'t>(statement: Node<'t>) -> impl Iterator<Item = &'t str> {
    let lends = |parent: Node<'t>| match parent.kind() {
        "reference_expression" | "index_expression" | "macro_invocation" | "token_tree" => true,
        "field_expression" => !parent.field("field").is_some_and(|method| consumes(method.text())),
        _ => false,
    };
    let moves = move |node: &Node<'t>| node.kind() == "identifier" && is_load(*node) && !node.parent().is_some_and(lends);
    statement.descendants().filter(moves).map(|node| node.text())
}

/// A method of ndarray's that takes its receiver whole.
fn consumes(method: &str) -> bool {
    method.starts_with("into_")
        || method.ends_with("_into")
        || matches!(method, "reversed_axes" | "permuted_axes" | "insert_axis" | "remove_axis" | "index_axis_move" | "slice_move")
}
