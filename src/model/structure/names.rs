//! Names that printed code gives: identifiers, each once in its place.

use std::collections::{BTreeSet, HashSet};

use super::Structure;

/// The language of code whose names these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model) enum Words {
    Rust,
    #[cfg(feature = "command")]
    Python,
}

impl Words {
    /// True for a word that is no name in the language.
    fn is_keyword(self, word: &str) -> bool {
        match self {
            Words::Rust => syn::parse_str::<syn::Ident>(word).is_err(),
            #[cfg(feature = "command")]
            Words::Python => PYTHON_KEYWORDS.contains(&word),
        }
    }
}

/// What Python does not take as a name, and `self`, which its methods have.
#[cfg(feature = "command")]
const PYTHON_KEYWORDS: [&str; 36] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except",
    "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "self",
    "try", "while", "with", "yield",
];

/// Gives out identifiers, each once.
#[derive(Debug)]
pub(in crate::model) struct Names {
    language: Words,
    taken: HashSet<String>,
}

impl Names {
    /// Names none of which is taken yet.
    pub fn new(language: Words) -> Names {
        Names { language, taken: HashSet::new() }
    }

    /// Names of which some are taken already.
    pub fn without<S: AsRef<str>>(language: Words, taken: &[S]) -> Names {
        Names { language, taken: taken.iter().map(|name| name.as_ref().to_owned()).collect() }
    }

    /// True for a text that is an identifier as it stands.
    pub fn is_name(&self, text: &str) -> bool {
        let is_word = text.chars().all(|c| c.is_alphanumeric() || c == '_') && !text.starts_with(|c: char| c.is_numeric());
        is_word && !text.is_empty() && !self.language.is_keyword(text)
    }

    pub fn is_taken(&self, name: &str) -> bool {
        self.taken.contains(name)
    }

    /// An identifier like a text, numbered if it is taken.
    pub fn unique(&mut self, text: &str) -> String {
        let mut base = snake(text);
        if self.language.is_keyword(&base) {
            base.push('_');
        }
        let mut name = base.clone();
        let mut n = 1;
        while !self.taken.insert(name.clone()) {
            n += 1;
            name = format!("{base}_{n}");
        }
        name
    }
}

/// A text in snake case; `x` for one without letters.
pub(in crate::model) fn snake(text: &str) -> String {
    let mut name = String::new();
    let mut lower = false;
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            if c.is_ascii_uppercase() && lower {
                name.push('_');
            }
            lower = c.is_ascii_lowercase() || c.is_ascii_digit();
            name.push(c.to_ascii_lowercase());
        } else {
            lower = false;
            if !name.is_empty() && !name.ends_with('_') {
                name.push('_');
            }
        }
    }
    let name = name.trim_matches('_');
    match name.chars().next() {
        None => "x".to_owned(),
        Some(c) if c.is_ascii_digit() => format!("x{name}"),
        _ => name.to_owned(),
    }
}

/// A name for a value from its name in the file: for exporters' paths the last scope, nothing for numbers.
pub(in crate::model) fn hint(name: &str) -> String {
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty()).collect();
    let last = match parts[..] {
        [.., scope, _] => scope,
        [only] => only,
        [] => "",
    };
    let last = last.strip_suffix("_output_0").unwrap_or(last);
    if last.chars().all(|c| !c.is_ascii_alphabetic()) || last.len() > 32 || last.contains("::") { String::new() } else { snake(last) }
}

/// The name of one of several that a list's name means: `layer` of `layers`.
pub(in crate::model) fn singular(name: &str) -> &str {
    match name.strip_suffix('s') {
        Some(one) if one.len() > 2 && !one.ends_with(['s', 'u', 'i', 'a']) => one,
        _ => name,
    }
}

/// A text as the name of a type.
pub(in crate::model) fn camel(text: &str) -> String {
    let snake = snake(text);
    snake.split('_').filter(|part| !part.is_empty()).map(capital).collect()
}

fn capital(part: &str) -> String {
    let mut chars = part.chars();
    chars.next().map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}

/// The names of classes, as types and as functions.
pub(in crate::model) struct ClassNames {
    pub types: Vec<String>,
    pub functions: Vec<String>,
}

impl ClassNames {
    /// Names for the classes of a model that is called `name`; `functions` gives those for classes that are functions.
    pub fn new(structure: &Structure, name: &str, taken: &[&str], mut functions: Names) -> ClassNames {
        let outputs = format!("{name}Outputs");
        let mut taken: BTreeSet<String> = taken.iter().map(|name| (*name).to_owned()).chain([name.to_owned(), outputs]).collect();
        let (mut types, mut of_functions) = (vec![name.to_owned()], vec!["forward".to_owned()]);
        for class in &structure.classes[1..] {
            let parent = structure.scopes[class.scopes[0]].parent;
            let outer = parent
                .filter(|parent| *parent != 0)
                .map_or(String::new(), |parent| camel(&structure.classes[structure.scopes[parent].class].name));
            let base = match &class.source {
                Some(source) => source.clone(),
                None => camel(if class.scopes.len() > 1 { singular(&class.name) } else { &class.name }),
            };
            let numbered = (2..).map(|n| format!("{base}{n}"));
            let is_free = |name: &String| !taken.contains(name);
            let name = [base.clone(), format!("{outer}{base}")].into_iter().chain(numbered).find(is_free).unwrap_or_default();
            of_functions.push(functions.unique(&snake(&name)));
            taken.insert(name.clone());
            types.push(name);
        }
        ClassNames { types, functions: of_functions }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_identifiers() {
        for (text, name) in [
            ("encoder.layer.0.query.weight", "encoder_layer_0_query_weight"),
            ("onnx::Conv_12", "onnx_conv_12"),
            ("463", "x463"),
            ("HiddenState", "hidden_state"),
            ("", "x"),
            ("größe", "gr_e"),
        ] {
            assert_eq!(snake(text), name);
        }
        assert_eq!(camel("light-resnet50"), "LightResnet50");
        assert_eq!(["layers", "layer", "class", "bias", "blocks"].map(singular), ["layer", "layer", "class", "bias", "block"]);
    }

    #[test]
    fn a_name_is_given_once() {
        let mut names = Names::new(Words::Rust);
        assert_eq!(["a", "A", "a", "type"].map(|text| names.unique(text)), ["a", "a_2", "a_3", "type_"]);
    }
}
