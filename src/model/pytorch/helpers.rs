//! Functions that printed code has where no expression says what an op does.

use include_dir::{Dir, include_dir};

static FILES: Dir = include_dir!("$CARGO_MANIFEST_DIR/src/model/pytorch/helpers");

/// The name of a function, which is that of its file in `helpers/`.
pub(super) type Helper = &'static str;

/// The text of a function.
pub(super) fn text(helper: Helper) -> &'static str {
    FILES.get_file(format!("{helper}.py")).and_then(|file| file.contents_utf8()).unwrap_or_default()
}

/// The names of all functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FILES.files().filter_map(|file| file.path().file_stem()?.to_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_has_the_function_of_its_name() {
        for file in FILES.files() {
            let name = file.path().file_stem().and_then(|stem| stem.to_str()).expect("a name");
            assert!(file.contents_utf8().is_some_and(|text| text.contains(&format!("def {name}("))), "{name}");
        }
    }
}
