//! What a library refuses, as a finding in the script that led to it.

use super::host::Modeller;
use crate::interpret::{Interpreter, Stop, Value};
use crate::ir::{DType, Dim};
use crate::syntax::{Span, Tree};

/// A call of a library that the program makes with what it refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The call, or what led to it, in the script.
    pub span: Span,
    /// What the library says.
    pub message: String,
    /// A part of the program, and what would do in its place.
    pub instead: Option<(Span, String)>,
}

/// The name of a script that is checked, which has no file then.
pub(super) const SCRIPT: &str = "script";

/// The exception of a library as a finding, if the script led to it.
pub(super) fn refusal<'t>(interpreter: &Interpreter<'t, Modeller<'_, 't>>, tree: &'t Tree, stop: &Stop) -> Option<Misfit> {
    let place = stop.places.iter().find(|place| &*place.file == SCRIPT)?;
    let instead = width(interpreter, tree).or_else(|| target(interpreter, tree, place.span));
    Some(Misfit { span: place.span, message: interpreter.with_passed(&stop.why), instead })
}

/// The number of features or channels that a layer which refused its input was given.
pub(super) fn narrow<'t>(interpreter: &Interpreter<'t, Modeller<'_, 't>>) -> Option<Dim> {
    let (class, _, [Value::Tensor(given), ..]) = interpreter.refused()? else { return None };
    let dims = interpreter.host.dims(given).ok()?;
    let dim = match class {
        "Linear" | "RNN" | "LSTM" | "GRU" => dims.last(),
        "Conv1d" | "Conv2d" | "Conv3d" | "BatchNorm1d" | "BatchNorm2d" | "BatchNorm3d" => dims.get(1),
        _ => None,
    };
    dim.cloned()
}

/// The first argument of the call that made a layer, if it is the number of features or channels that the layer takes and another than it is
/// given, and that.
fn width<'t>(interpreter: &Interpreter<'t, Modeller<'_, 't>>, tree: &'t Tree) -> Option<(Span, String)> {
    let number = narrow(interpreter)?.as_known()?;
    let (_, made, _) = interpreter.refused()?;
    let first = made?.field("arguments")?.named_children().find(|child| !child.is_comment())?;
    let argument = if first.kind() == "keyword_argument" { first.field("value")? } else { first };
    // Only a number that is written out: a name may have other users.
    let is_number = argument
        .descendants()
        .filter(|node| node.is_named())
        .all(|node| matches!(node.kind(), "integer" | "binary_operator" | "parenthesized_expression"));
    let own = tree.text().get(argument.span().start..argument.span().end) == Some(argument.text());
    (is_number && own).then(|| (argument.span(), number.to_string()))
}

/// The target in the call of a loss that refuses its element type, and the same as the type that it takes.
fn target<'t>(interpreter: &Interpreter<'t, Modeller<'_, 't>>, tree: &'t Tree, call: Span) -> Option<(Span, String)> {
    let (class, _, [Value::Tensor(input), Value::Tensor(target)]) = interpreter.refused()? else { return None };
    let rank = |tensor| interpreter.host.dims(tensor).ok().map(|dims| dims.len());
    let same_rank = rank(input)? == rank(target)?;
    let dtype = interpreter.host.ty(target).ok()?.dtype()?;
    let cast = match class {
        "CrossEntropyLoss" | "NLLLoss" if !same_rank && !matches!(dtype, DType::I64 | DType::U8) => "long",
        "CrossEntropyLoss" | "BCELoss" | "BCEWithLogitsLoss" if same_rank && !dtype.is_float() => "float",
        _ => return None,
    };
    let call = tree.root().descendants().find(|node| node.kind() == "call" && node.span() == call)?;
    let argument = call.field("arguments")?.named_children().filter(|child| !child.is_comment()).nth(1)?;
    let is_primary = matches!(argument.kind(), "identifier" | "attribute" | "subscript" | "call");
    is_primary.then(|| (argument.span(), format!("{}.{cast}()", argument.text())))
}
