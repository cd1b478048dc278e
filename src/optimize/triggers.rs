use aho_corasick::{AhoCorasick, MatchKind};
use egg::ENodeOrVar;

use crate::dialect::{Dialect, Word, WordForm};
use crate::facts::import_lines;
use crate::ir::condition::{Clause, Comparison, Condition, Expr};
use crate::ir::{Node, OpId, Target};
use crate::rules::{Rewrite, Rule};
use crate::syntax::Language;

/// Tells from the words of a text whether any rule could fire in it, without parsing it.
///
/// A rule needs a word for every op of its left-hand side, as often as the op stands below itself. Signs such as `+` are everywhere and
/// count for nothing: a rule made of them alone is tried only where another rule brings the code to be looked at.
pub(super) struct Triggers {
    /// The words as they stand behind a dot, or by themselves in Rust and for Python's builtins.
    words: Scan,
    /// The same for a file that imports functions of the library by their names.
    imported: Scan,
    /// For each rule, the meanings that must all be there, and how often.
    needs: Vec<Vec<(usize, u8)>>,
    language: Language,
}

/// What a word can mean.
#[derive(Debug, Clone, PartialEq)]
struct Meaning {
    op: OpId,
    /// The literal to the right of a `**`, if a rule is about one alone.
    exponent: Option<String>,
}

impl Triggers {
    pub fn new<'r>(target: Target, rules: impl IntoIterator<Item = &'r Rule>) -> Triggers {
        let dialect = Dialect::of(target);
        let mut meanings: Vec<Meaning> = Vec::new();
        let mut needs = Vec::new();
        for (wanted, times) in
            rules.into_iter().flat_map(needed).map(|wanted| rare(dialect, wanted)).filter(|(wanted, _)| !wanted.is_empty())
        {
            let mut number = |meaning: Meaning| {
                meanings.iter().position(|known| *known == meaning).unwrap_or_else(|| {
                    meanings.push(meaning);
                    meanings.len() - 1
                })
            };
            let mut need: Vec<(usize, u8)> = wanted.into_iter().map(&mut number).zip(times).collect();
            need.sort_unstable();
            needs.push(need);
        }
        needs.sort();
        needs.dedup();
        let language = dialect.language();
        let scan = |imported| Scan::new(dialect, &meanings, imported);
        Triggers { words: scan(false), imported: scan(true), needs, language }
    }

    /// True if some rule finds words for all its ops. `imported` says whether the file has functions of the library by their own names.
    pub fn fire(&self, text: &str, imported: bool) -> bool {
        let Some(seen) = if imported { &self.imported } else { &self.words }.count(text) else { return true };
        self.needs.iter().any(|needs| needs.iter().all(|&(meaning, times)| seen[meaning] >= times))
    }

    /// How a file names the functions of libraries that rules are about.
    pub fn names(&self, text: &str) -> Naming {
        if self.language == Language::Rust {
            return Naming::Qualified;
        }
        let mut naming = Naming::Qualified;
        for (_, name, alias) in library_imports(text) {
            if name == "*" || self.imported.is_word(name) {
                naming = naming.max(if alias.is_some() { Naming::Renamed } else { Naming::Imported });
            }
        }
        naming
    }
}

/// How a file names a library's functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Naming {
    /// `np.exp`
    Qualified,
    /// `exp`
    Imported,
    /// By names of its own, which no list of words knows.
    Renamed,
}

/// What is imported from the numerical libraries: the module, and the name with its alias.
pub(super) fn library_imports(text: &str) -> impl Iterator<Item = (Option<&str>, &str, Option<&str>)> {
    const LIBRARIES: [&str; 5] = ["numpy", "torch", "scipy", "math", "jaxtyping"];
    let of_library = |path: &str| LIBRARIES.iter().any(|library| path.starts_with(library));
    let names = import_lines(text).flat_map(|import| import.names.into_iter().map(move |(name, alias)| (import.module, name, alias)));
    names.filter(move |(module, name, _)| of_library(module.unwrap_or(name)))
}

/// Words, found in one scan.
struct Scan {
    /// `None` if there are too many; then everything fires.
    automaton: Option<AhoCorasick>,
    patterns: Vec<Pattern>,
    meanings: usize,
}

struct Pattern {
    word: String,
    kind: PatternKind,
    meanings: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq)]
enum PatternKind {
    /// A name that is called.
    Call,
    /// A name that is not called.
    Member,
    /// `@`
    Product,
    /// The `=` of Rust behind a name at the beginning of a line.
    Assignment,
    /// `**`, perhaps of this literal alone.
    Power(Option<String>),
    /// Anything that holds the text.
    Text,
}

impl Scan {
    fn new(dialect: &Dialect, meanings: &[Meaning], imported: bool) -> Scan {
        let mut patterns: Vec<Pattern> = Vec::new();
        for (number, meaning) in meanings.iter().enumerate() {
            for word in dialect.words_of(meaning.op) {
                let (word, kind) = pattern(dialect.language(), &word, meaning, imported);
                match patterns.iter_mut().find(|known| known.word == word && known.kind == kind) {
                    Some(known) => known.meanings.push(number),
                    None => patterns.push(Pattern { word, kind, meanings: vec![number] }),
                }
            }
        }
        let words = patterns.iter().map(|pattern| &pattern.word);
        Scan { automaton: AhoCorasick::builder().match_kind(MatchKind::Standard).build(words).ok(), patterns, meanings: meanings.len() }
    }

    /// How often each meaning is there.
    fn count(&self, text: &str) -> Option<Vec<u8>> {
        let mut seen = vec![0u8; self.meanings];
        for found in self.automaton.as_ref()?.find_overlapping_iter(text) {
            let pattern = &self.patterns[found.pattern().as_usize()];
            if pattern.stands(text.as_bytes(), found.start(), found.end()) {
                for &meaning in &pattern.meanings {
                    seen[meaning] = seen[meaning].saturating_add(1);
                }
            }
        }
        Some(seen)
    }

    fn is_word(&self, name: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.word == name)
    }
}

impl Pattern {
    /// True if the word, found here, is a whole one.
    fn stands(&self, text: &[u8], start: usize, end: usize) -> bool {
        let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
        let after = |at: usize| text[at..].iter().position(|byte| *byte != b' ').map(|gap| at + gap);
        let before = text[..start].iter().rposition(|byte| !byte.is_ascii_whitespace()).map(|at| text[at]);
        let line = |at: usize| text[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let whole = || !text.get(end).is_some_and(in_name) && (text[start] == b'.' || !text[..start].last().is_some_and(in_name));
        match &self.kind {
            PatternKind::Text => true,
            PatternKind::Member => whole(),
            PatternKind::Call => whole() && after(end).is_some_and(|at| text[at] == b'('),
            PatternKind::Assignment => {
                let name = text[line(start)..start].trim_ascii();
                !name.is_empty() && name.iter().all(in_name) && text.get(end) == Some(&b' ')
            }
            PatternKind::Product => {
                let line = line(start);
                let first = text[line..start].iter().all(u8::is_ascii_whitespace);
                !(first && text.get(end).is_some_and(in_name))
            }
            PatternKind::Power(exponent) => {
                let splat = before.is_none_or(|byte| b"(,{[*".contains(&byte));
                let fits = |literal: &String| {
                    after(end).is_some_and(|at| {
                        let rest = &text[at..];
                        rest.starts_with(b"(")
                            || rest.starts_with(literal.as_bytes())
                            || rest.starts_with(literal.replacen("0.", ".", 1).as_bytes())
                    })
                };
                !splat && exponent.as_ref().is_none_or(fits)
            }
        }
    }
}

/// How a word stands in a text that means the op.
fn pattern(language: Language, word: &Word, meaning: &Meaning, imported: bool) -> (String, PatternKind) {
    let text = word.text.to_owned();
    let dotted = language == Language::Python && !word.builtin && !imported;
    let name = || if dotted { format!(".{text}") } else { text.clone() };
    match (word.form, word.text) {
        (WordForm::Sign, "@") => (text, PatternKind::Product),
        (WordForm::Sign, "=") => (text, PatternKind::Assignment),
        (WordForm::Sign, "**") => (text, PatternKind::Power(meaning.exponent.clone())),
        (WordForm::Sign, _) => (text, PatternKind::Text),
        (WordForm::Call, _) => (name(), PatternKind::Call),
        (WordForm::Member, _) => (name(), PatternKind::Member),
    }
}

/// The ops on each left-hand side of a rule, with how often each stands below itself.
fn needed(rule: &Rule) -> Vec<Vec<(Meaning, u8)>> {
    let named = |name: &str| OpId::named(name).map(|op| (Meaning { op, exponent: None }, 1)).into_iter().collect();
    match rule.native.as_deref() {
        Some("matrix_chain") => vec![named("matmul")],
        Some("kronecker_vector") => vec![named("kron")],
        Some(_) => Vec::new(),
        None => rule.rewrites.iter().map(meanings_of).collect(),
    }
}

fn meanings_of(rewrite: &Rewrite) -> Vec<(Meaning, u8)> {
    let nodes = rewrite.lhs.as_ref();
    // For each node, the meanings at and below it: a pattern's children stand before it.
    let mut below: Vec<Vec<(Meaning, u8)>> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let mut here: Vec<(Meaning, u8)> = Vec::new();
        if let ENodeOrVar::ENode(Node::Op(op, args)) = node {
            for (meaning, times) in args.iter().flat_map(|arg| below[usize::from(*arg)].clone()) {
                match here.iter_mut().find(|(known, _)| *known == meaning) {
                    Some((_, known)) => *known = (*known).max(times),
                    None => here.push((meaning, times)),
                }
            }
            let exponent = args.get(1).filter(|_| op.def().name == "pow").and_then(|arg| literal(rewrite, &nodes[usize::from(*arg)]));
            let own = Meaning { op: *op, exponent };
            match here.iter_mut().find(|(known, _)| *known == own) {
                Some((_, times)) => *times += 1,
                None => here.push((own, 1)),
            }
        }
        below.push(here);
    }
    below.pop().unwrap_or_default()
}

/// The number that a variable of a left-hand side must be.
fn literal(rewrite: &Rewrite, node: &ENodeOrVar<Node>) -> Option<String> {
    let ENodeOrVar::Var(var) = node else { return None };
    let value = |condition: &Condition| match condition {
        Condition::Compare(Comparison::Eq, Expr::Var(of), Expr::Literal(value)) if of == var => {
            value.as_f64().map(|value| value.to_string())
        }
        _ => None,
    };
    rewrite.conditions.0.iter().find_map(|clause| match clause {
        Clause::Holds(Condition::All(all)) => all.iter().find_map(value),
        Clause::Holds(condition) => value(condition),
        Clause::Let(..) => None,
    })
}

/// Without the ops of which a sign is everywhere.
fn rare(dialect: &Dialect, mut wanted: Vec<(Meaning, u8)>) -> (Vec<Meaning>, Vec<u8>) {
    wanted.retain(|(meaning, _)| !dialect.words_of(meaning.op).iter().any(is_common));
    wanted.into_iter().unzip()
}

fn is_common(word: &Word) -> bool {
    let sign = word.form == WordForm::Sign && !matches!(word.text, "@" | "**" | "+=" | "-=" | "*=" | "/=" | "=");
    sign || matches!(word.text, "" | "shape" | "len")
}

#[cfg(test)]
mod tests {
    use super::{Naming, Triggers};
    use crate::ir::Target;
    use crate::rules::RuleSet;

    fn triggers() -> Triggers {
        Triggers::new(Target::Numpy, RuleSet::builtin().iter())
    }

    fn fires(text: &str) -> bool {
        triggers().fire(text, false)
    }

    #[test]
    fn fires_where_all_words_of_a_rule_stand() {
        assert!(fires("y = np.linalg.inv(A) @ b"));
        assert!(fires("return np.trace(np.dot(a, b))"));
        assert!(fires("r = x ** 3"));
        assert!(fires("r = x**3"));
        assert!(fires("r = np.power(x, 3)"));
        assert!(fires("y = A@B"));
        assert!(fires("y = (A\n    @ B)"));
        assert!(fires("y = x.T.T"));
    }

    #[test]
    fn rests_where_no_rule_could_do_anything() {
        assert!(!fires("def f(self, **kwargs):\n    return self.items[0] + 1\n"));
        assert!(!fires("@property\ndef expected(self):\n    return 1 * 2\n"));
        assert!(!fires("y = x.Tensor + logging.logs(x)"));
        assert!(!fires("y = np.concatenate([a, b])"), "a concatenation of a concatenation takes two");
        assert!(!fires("max(len(a), min(b))"));
    }

    #[test]
    fn sees_names_that_a_file_gives_itself() {
        assert_eq!(triggers().names("import os\nfrom numpy import exp as e\n"), Naming::Renamed);
        assert_eq!(triggers().names("from numpy import (\n    cos,\n    exp as e,\n)\n"), Naming::Renamed);
        assert_eq!(triggers().names("from numpy.linalg import norm, inv\n"), Naming::Imported);
        assert_eq!(triggers().names("from os import path as p\nimport numpy as np\n"), Naming::Qualified);
        assert_eq!(triggers().names("from torch.nn import functional as F\nfrom torch import Tensor as T\n"), Naming::Qualified);
        assert!(triggers().fire("y = inv(A) @ b", true));
        assert!(!triggers().fire("y = inv(A) + b", false));
    }
}
