//! Shapes that do not fit, found by following the script.

use super::super::File;
use super::super::native::Native;
use super::super::walk::Found;
use crate::model::module::check;
use crate::syntax::Edit;

pub(super) const PASSES: &[Native] =
    &[Native { name: "shapes_do_not_fit", words: &[MAKERS], around: &["nn.", "Module"], whole: true, run: shapes_do_not_fit }];

/// Functions that make tensors of a known shape.
const MAKERS: &[&str] = &["randn(", "rand(", "randint(", "zeros(", "ones("];

fn shapes_do_not_fit(file: File<'_, '_>) -> Vec<Found> {
    let found = check(file.tree).into_iter();
    found
        .map(|misfit| {
            let edits = misfit.instead.into_iter().map(|(span, number)| Edit { span, text: number.to_string() }).collect();
            Found::new(misfit.span, format!("the program ends here: {}", misfit.message), edits)
        })
        .collect()
}
