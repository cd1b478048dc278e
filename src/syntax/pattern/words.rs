use super::Part;

/// A word that a text must have to hold a match of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// How it stands in the text.
    pub place: WordPlace,
    /// An opening parenthesis follows it.
    pub called: bool,
}

/// How a [`Word`] stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordPlace {
    /// Behind a dot; by itself, or by another name, where an import brings it.
    Path,
    /// Behind a dot.
    Member,
    /// By itself.
    Name,
    /// Within a string.
    Text,
}

/// The words of a pattern's parts; the language's own if there are no others.
pub(super) fn words_of(parts: &[Part]) -> Vec<Word> {
    let mut found = Found::default();
    parts.iter().for_each(|part| found.add(part, WordPlace::Name, false));
    let mut words = if found.words.is_empty() { found.keywords } else { found.words };
    let mut seen: Vec<Word> = Vec::with_capacity(words.len());
    words.retain(|word| {
        let new = !seen.contains(word);
        seen.extend(new.then(|| word.clone()));
        new
    });
    words
}

#[derive(Default)]
struct Found {
    words: Vec<Word>,
    keywords: Vec<Word>,
}

impl Found {
    fn add(&mut self, part: &Part, place: WordPlace, called: bool) {
        let word = |text: &str, place| Word { text: text.to_owned(), place, called };
        match part {
            Part::One(_) | Part::Many(_) => {}
            Part::Path(path) if path.contains("::") => self.words.extend(path.rsplit("::").next().map(|name| word(name, WordPlace::Name))),
            Part::Path(path) => self.words.extend(path.rsplit('.').next().map(|name| word(name, WordPlace::Path))),
            Part::Name(name) => self.words.push(word(name, place)),
            Part::Text(text) if text.is_empty() => {}
            Part::Text(text) => self.words.push(Word { text: text.clone(), place: WordPlace::Text, called: false }),
            Part::Token("identifier" | "field_identifier", name) => self.words.push(word(name, place)),
            // A single digit is everywhere.
            Part::Token("integer" | "float" | "integer_literal" | "float_literal", number) => {
                self.words.extend((number.len() > 1).then(|| word(number, WordPlace::Name)));
            }
            // `is not` is one token of two words.
            Part::Token(_, text) if text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == ' ') => {
                self.keywords.extend(text.split(' ').map(|text| word(text, WordPlace::Name)));
            }
            Part::Token(..) => {}
            Part::Node("call" | "call_expression", parts) => {
                for (at, part) in parts.iter().enumerate() {
                    self.add(part, WordPlace::Name, at == 0);
                }
            }
            Part::Node("attribute" | "field_expression", parts) => {
                for (at, part) in parts.iter().enumerate() {
                    let last = at + 1 == parts.len();
                    self.add(part, if last { WordPlace::Member } else { WordPlace::Name }, last && called);
                }
            }
            Part::Node(_, parts) | Part::Arguments(parts) => parts.iter().for_each(|part| self.add(part, WordPlace::Name, false)),
        }
    }
}
