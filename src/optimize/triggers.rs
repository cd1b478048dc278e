use aho_corasick::{AhoCorasick, MatchKind};
use egg::ENodeOrVar;

use crate::dialect::Dialect;
use crate::ir::{Node, OpId, Target};
use crate::rules::Rule;
use crate::syntax::Language;

/// Tells from the words of a text whether any rule could fire in it, without parsing it.
///
/// A rule needs a word for every op of its left-hand side. Signs such as `+` are everywhere and count for nothing: a rule made of them
/// alone is tried only where another rule brings the code to be looked at.
pub(super) struct Triggers {
    /// `None` if there are too many words for one scan; then everything fires.
    words: Option<AhoCorasick>,
    /// The ops that each word can mean.
    ops: Vec<Vec<OpId>>,
    /// For each rule, the ops that must all be meant.
    needs: Vec<Vec<OpId>>,
    language: Language,
}

impl Triggers {
    pub fn new<'r>(target: Target, rules: impl IntoIterator<Item = &'r Rule>) -> Triggers {
        let dialect = Dialect::of(target);
        let mut needs: Vec<Vec<OpId>> =
            rules.into_iter().flat_map(needed).map(|ops| rare(dialect, ops)).filter(|ops| !ops.is_empty()).collect();
        needs.sort();
        needs.dedup();
        let mut words: Vec<(String, Vec<OpId>)> = Vec::new();
        let mut all: Vec<OpId> = needs.iter().flatten().copied().collect();
        all.sort();
        all.dedup();
        for op in all {
            for word in dialect.words_of(op).into_iter().flat_map(|word| spellings(dialect.language(), word)) {
                match words.iter_mut().find(|(known, _)| *known == word) {
                    Some((_, ops)) => ops.push(op),
                    None => words.push((word, vec![op])),
                }
            }
        }
        let (words, ops): (Vec<String>, Vec<Vec<OpId>>) = words.into_iter().unzip();
        let words = AhoCorasick::builder().match_kind(MatchKind::Standard).build(words).ok();
        Triggers { words, ops, needs, language: dialect.language() }
    }

    /// True if some rule finds words for all its ops.
    pub fn fire(&self, text: &str) -> bool {
        let Some(words) = &self.words else { return true };
        let mut seen: Vec<OpId> = Vec::new();
        for found in words.find_overlapping_iter(text) {
            for op in &self.ops[found.pattern().as_usize()] {
                if !seen.contains(op) {
                    seen.push(*op);
                }
            }
        }
        self.needs.iter().any(|needs| needs.iter().all(|op| seen.contains(op)))
    }

    /// True if the file gives library functions names of its own, which no list of words knows.
    pub fn renamed(&self, text: &str) -> bool {
        self.language == Language::Python && text.contains(" as ") && library_imports(text).any(|names| self.renames(names))
    }

    /// True if a word of a rule is among the imported names that get another name.
    fn renames(&self, names: &str) -> bool {
        names.split(',').filter_map(|name| name.split_once(" as ")).any(|(name, _)| {
            let called = format!("{}(", name.trim().trim_start_matches('(').trim());
            self.words.as_ref().is_none_or(|words| words.find_iter(&called).any(|found| found.range() == (0..called.len())))
        })
    }
}

/// What is imported from the libraries: the text behind each `import`, up to its end.
fn library_imports(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.match_indices("from ").filter(|(at, _)| {
        let rest = text[at + "from ".len()..].trim_start();
        ["numpy", "torch", "scipy", "math"].iter().any(|library| rest.starts_with(library))
    });
    starts.filter_map(|(at, _)| {
        let statement = &text[at..];
        let names = &statement[statement.find(" import")? + " import".len()..];
        let end = if names.trim_start().starts_with('(') { names.find(')') } else { names.find('\n') };
        Some(&names[..end.unwrap_or(names.len())])
    })
}

/// The ops on each left-hand side of a rule.
fn needed(rule: &Rule) -> Vec<Vec<OpId>> {
    let named = |names: &[&str]| vec![names.iter().filter_map(|name| OpId::named(name)).collect()];
    match rule.native.as_deref() {
        Some("matrix_chain") => named(&["matmul"]),
        Some("kronecker_vector") => named(&["kron"]),
        Some(_) => Vec::new(),
        None => rule
            .rewrites
            .iter()
            .map(|rewrite| {
                let nodes = rewrite.lhs.as_ref().iter();
                nodes.filter_map(|node| if let ENodeOrVar::ENode(Node::Op(op, _)) = node { Some(*op) } else { None }).collect()
            })
            .collect(),
    }
}

/// Without the ops of which a sign is everywhere.
fn rare(dialect: &Dialect, mut ops: Vec<OpId>) -> Vec<OpId> {
    ops.retain(|op| !dialect.words_of(*op).iter().any(|word| is_common(word)));
    ops.sort();
    ops.dedup();
    ops
}

fn is_common(word: &str) -> bool {
    let sign = !word.is_empty() && word.chars().all(|c| c.is_ascii_punctuation());
    (sign && word != "@" && word != "**") || matches!(word, "" | "shape" | "len" | "not" | "and" | "or" | "as")
}

/// How a word stands in a text that means the op.
fn spellings(language: Language, word: &str) -> Vec<String> {
    match (word, language) {
        ("@", _) => vec![" @ ".to_owned()],
        ("**", _) => ["** ", "**2", "**3", "**4", "**0", "**.", "**-", "**("].map(str::to_owned).to_vec(),
        ("T" | "mT", _) => vec![format!(".{word}")],
        (_, Language::Rust) => vec![word.to_owned()],
        ("size" | "pi" | "e" | "inf" | "nan", _) => vec![format!(".{word}")],
        _ => vec![format!("{word}(")],
    }
}

#[cfg(test)]
mod tests {
    use super::Triggers;
    use crate::ir::Target;
    use crate::rules::RuleSet;

    fn triggers() -> Triggers {
        Triggers::new(Target::Numpy, RuleSet::builtin().iter())
    }

    #[test]
    fn fires_where_all_words_of_a_rule_stand() {
        assert!(triggers().fire("y = np.linalg.inv(A) @ b"));
        assert!(triggers().fire("return np.trace(np.dot(a, b))"));
        assert!(triggers().fire("r = x ** 3"));
    }

    #[test]
    fn rests_where_no_rule_could_do_anything() {
        assert!(!triggers().fire("def f(self, **kwargs):\n    return self.items[0] + 1\n"));
        assert!(!triggers().fire("@property\ndef expected(self):\n    return 1 * 2\n"));
    }

    #[test]
    fn sees_names_that_a_file_gives_itself() {
        assert!(triggers().renamed("import os\nfrom numpy import exp as e\n"));
        assert!(triggers().renamed("from numpy import (\n    cos,\n    exp as e,\n)\n"));
        assert!(!triggers().renamed("from os import path as p\nimport numpy as np\n"));
        assert!(!triggers().renamed("from torch.nn import functional as F\nfrom torch import Tensor as T\n"));
    }
}
