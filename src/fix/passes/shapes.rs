//! Shapes that do not fit, found by following the script.

use super::super::File;
use super::super::native::Native;
use super::super::walk::Found;
use super::stacks::{has_widths, layer_width_does_not_fit};
use crate::model::module::check;
use crate::syntax::{Edit, Span};

pub(super) const PASSES: &[Native] =
    &[Native { name: "shapes_do_not_fit", words: &[WORDS], around: &["nn.", "Module"], whole: true, run: shapes_do_not_fit }];

const WORDS: &[&str] =
    &["randn(", "rand(", "randint(", "zeros(", "ones(", "Linear(", "Conv1d(", "Conv2d(", "Conv3d(", "RNN(", "LSTM(", "GRU("];

/// Functions among the words that make tensors of a known shape; the others are layers.
const MAKERS: usize = 5;

/// Tells from the text alone whether a tensor of a known shape is made, or a layer with a width that is a number.
pub(super) fn may_be_in(text: &str) -> bool {
    WORDS[..MAKERS].iter().any(|maker| text.contains(maker)) || has_widths(text)
}

fn shapes_do_not_fit(file: File<'_, '_>) -> Vec<Found> {
    let neighbours = layer_width_does_not_fit(file);
    let found = check(file.tree).into_iter().filter(|misfit| !neighbours.iter().any(|other| in_one_class(file, misfit.span, other.span)));
    found
        .map(|misfit| {
            let edits = misfit.instead.into_iter().map(|(span, text)| Edit { span, text }).collect();
            Found::new(misfit.span, misfit.message, edits)
        })
        .collect()
}

/// True if a class has both: what its layers say of each other by their numbers alone needs no second finding.
fn in_one_class(file: File<'_, '_>, one: Span, other: Span) -> bool {
    let mut classes = file.tree.root().named_children().filter(|node| node.kind() == "class_definition");
    classes.any(|class| [one, other].iter().all(|span| class.span().start <= span.start && span.end <= class.span().end))
}
