use memchr::memmem::Finder;

use super::triggers::library_imports;
use crate::ir::Target;

/// Tells from a function's words whether any of its names could come to hold an array, without parsing it.
///
/// What is known of a name rests on a word of its library: an annotation, a docstring, a constructor, a call that takes it, a constant of
/// the module. A function without any holds nothing that a rule could be about.
pub(super) struct Evidence {
    /// `None` if a library's names are all imported at once: then anything may be one.
    words: Option<Vec<Finder<'static>>>,
}

impl Evidence {
    /// The words of one library in a file.
    pub fn of(text: &str, target: Target) -> Evidence {
        let (modules, known): (&[&str], &[&str]) = match target {
            Target::Numpy => (&["numpy", "scipy", "jaxtyping"], &["numpy", "array", "NDArray"]),
            Target::Torch => (&["torch", "jaxtyping"], &["torch", "ensor"]),
            Target::Rust => return Evidence { words: None },
        };
        let mut words: Vec<&str> = known.to_vec();
        for (module, name, alias) in library_imports(text) {
            if modules.iter().any(|library| module.unwrap_or(name).starts_with(library)) {
                words.push(alias.unwrap_or(name));
            }
        }
        if words.contains(&"*") {
            return Evidence { words: None };
        }
        words.sort_unstable();
        words.dedup();
        let mut evidence = Evidence { words: Some(words.iter().map(|word| Finder::new(word).into_owned()).collect()) };
        let constants: Vec<_> = evidence.constants(text).into_iter().map(|name| Finder::new(name).into_owned()).collect();
        evidence.words.iter_mut().for_each(|words| words.extend(constants.iter().cloned()));
        evidence
    }

    /// True if a text has one of the words.
    pub fn is_in(&self, text: &str) -> bool {
        self.words.as_ref().is_none_or(|words| words.iter().any(|word| stands(word, text)))
    }

    /// The names that the module's own statements bind to what may be an array.
    fn constants<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let mut found = Vec::new();
        let mut current = None;
        for line in text.lines() {
            if line.starts_with(|c: char| c.is_alphabetic() || c == '_') {
                let name = line.split(|c: char| !(c.is_alphanumeric() || c == '_')).next();
                current = name.filter(|name| line[name.len()..].trim_start().starts_with(['=', ':', ',']));
            }
            if let Some(name) = current.filter(|_| self.is_in(line)) {
                found.push(name);
                current = None;
            }
        }
        found
    }
}

/// True if the word is in the text and does not go on there: `np` is not in `input`, `Tensor` is in `LongTensor`.
fn stands(word: &Finder<'_>, text: &str) -> bool {
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let bytes = text.as_bytes();
    let short = word.needle().len() <= 3;
    word.find_iter(bytes).any(|at| {
        let after = bytes.get(at + word.needle().len());
        let before = bytes[..at].last();
        !short || !(after.is_some_and(in_name) || before.is_some_and(in_name))
    })
}

#[cfg(test)]
mod tests {
    use super::Evidence;
    use crate::ir::Target;

    #[test]
    fn a_function_has_evidence_if_it_has_a_word_of_the_library() {
        let text = "import numpy as np\nimport torch\nW = np.ones(3)\nSIZES = {\n    1: np.eye(2),\n}\n";
        let evidence = Evidence::of(text, Target::Numpy);
        for one in ["x = np.exp(y)", "def f(x: NDArray): return x", "y = W + 1", "y = SIZES[1]", "\"\"\"x : ndarray\"\"\""] {
            assert!(evidence.is_in(one), "{one}");
        }
        for none in ["x = y.sum()", "input(torch.exp(x))"] {
            assert!(!evidence.is_in(none), "{none}");
        }
        assert!(Evidence::of("from numpy import *\n", Target::Numpy).is_in("y = exp(x)"));
        assert!(Evidence::of("from torch.nn import functional as F\n", Target::Torch).is_in("y = F.relu(x)"));
        assert!(Evidence::of("from numpy import (\n    exp,\n    log,\n)\n", Target::Numpy).is_in("y = log(x)"));
    }
}
