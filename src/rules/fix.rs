//! A `fix` or `rename` block of a page whose pass is `fix`.

use super::Safety;
use super::error::{PageError, Place};
use crate::syntax::Language;
use crate::syntax::pattern::{Pattern, PatternError, Source, metavariable};

/// What one block of a page finds, and what is done about it.
#[derive(Debug, Clone)]
pub struct Fix {
    /// What is found.
    pub find: Pattern,
    /// What must or must not stand around it.
    pub around: Vec<Around>,
    /// What must hold of what was found.
    pub conditions: Vec<Check>,
    /// What is changed; nothing, if it is only shown.
    pub edits: Vec<FixEdit>,
    /// What is said of it, if not the page's title.
    pub message: Option<String>,
    /// Less safe than the page says.
    pub safety: Option<Safety>,
    /// What a text must hold for it to be found there, any of these; empty if the pattern's own word says it.
    pub words: Vec<String>,
    /// It is about every mention of a path, its imports too.
    pub moved: Option<Moved>,
    /// The line of the page, from 1.
    pub line: usize,
}

/// A path that a library no longer has, or will not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// It.
    pub old: String,
    /// The path that means the same; `None` if none does, whatever the arguments.
    pub new: Option<String>,
}

/// A pattern that must match near what was found.
#[derive(Debug, Clone)]
pub struct Around {
    /// Where.
    pub relation: Relation,
    /// It must match nowhere there.
    pub negated: bool,
    /// What.
    pub pattern: Pattern,
}

/// Where a pattern must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relation {
    /// A node around what was found.
    Inside,
    /// A node below it.
    Has,
    /// A statement before it in the same block.
    Follows,
    /// A statement after it in the same block.
    Precedes,
    /// What a metavariable of this name surely holds, if it stands for a name: the value of its one assignment on the way.
    Is(String),
}

/// A condition of a fix: `lacks($A, dim)`, `not tensor($X)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// It must not be known to hold.
    pub negated: bool,
    /// Which.
    pub predicate: Predicate,
    /// The metavariables and words that it is about, `$` left out.
    pub arguments: Vec<String>,
}

macro_rules! predicates {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $arguments:expr;)+) => {
        /// What a condition of a fix may ask.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Predicate {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Predicate {
            /// Every predicate with its name and how many arguments it takes.
            pub const ALL: &[(Predicate, &str, std::ops::RangeInclusive<usize>)] = &[$((Predicate::$variant, $name, $arguments),)+];
        }
    };
}

predicates! {
    /// `array($X)`: it is known to be a NumPy array.
    Array = "array", 1..=1;
    /// `tensor($X)`: it is known to be a PyTorch tensor.
    Tensor = "tensor", 1..=1;
    /// `number($X)`: it is known to be a number.
    Number = "number", 1..=1;
    /// `literal($X)`: a number, a string, `True`, `False`, `None`, or a display of them.
    Literal = "literal", 1..=1;
    /// `name($X)`: a name alone.
    Name = "name", 1..=1;
    /// `parameter($X)`: a name alone, of a parameter of the function that it stands in: what it is annotated as is what it should be.
    Parameter = "parameter", 1..=1;
    /// `keyword($A, dim)`: the arguments have this keyword.
    Keyword = "keyword", 2..=2;
    /// `lacks($A, out)`, `lacks($A, dim, 1)`: the arguments surely do not give this parameter, which can only be a keyword, or neither by
    /// keyword nor as the positional argument of this number (from 0, among those that `$A` stands for).
    Lacks = "lacks", 2..=3;
    /// `discarded()`: what was found is a statement whose value nobody takes.
    Discarded = "discarded", 0..=0;
    /// `written()`: it, or a part of it, is assigned to or changed in place.
    Written = "written", 0..=0;
    /// `device($X)`: a place to compute on, such as `"cuda"` or `x.device`.
    Device = "device", 1..=1;
    /// `dtype($X)`: an element type.
    DType = "dtype", 1..=1;
    /// `rank($X, 2)`: it is known to have so many axes.
    Rank = "rank", 2..=2;
    /// `many($X)`: it is known to have more than one element.
    Many = "many", 1..=1;
    /// `integers($X)`: its elements, or it, are known to be integers.
    Integers = "integers", 1..=1;
    /// `text($X, a, b)`: it is written as one of these.
    Text = "text", 2..=32;
    /// `named($X, test, val)`: one of these is a word of the last name in it, as in `self.test_loader`.
    Named = "named", 2..=32;
    /// `fresh($X)`: its elements surely stand in memory in their order: it has just been made, or put in order.
    Fresh = "fresh", 1..=1;
    /// `numeral($X)`: a number as the text has it.
    Numeral = "numeral", 1..=1;
    /// `small($X)`: a number such as stands in a sum to keep a logarithm or a quotient finite, above zero and at most 0.001.
    Small = "small", 1..=1;
    /// `leaf($X)`: it is known to be a tensor that was made to have a gradient.
    Leaf = "leaf", 1..=1;
    /// `column($X)`: it is known to have two axes, the last of length one.
    Column = "column", 1..=1;
    /// `binds($B, $X)`: one of the statements `$B` may bind the name `$X`.
    Binds = "binds", 2..=2;
    /// `model($X)`, and so on: the role of a value in training code; `model()` is about what was found.
    Model = "model", 0..=1;
    /// An optimizer.
    Optimizer = "optimizer", 0..=1;
    /// A learning-rate scheduler.
    Scheduler = "scheduler", 0..=1;
    /// A loss module.
    Criterion = "criterion", 0..=1;
    /// A data loader.
    Loader = "loader", 0..=1;
    /// A gradient scaler.
    Scaler = "scaler", 0..=1;
}

/// One change of a fix.
#[derive(Debug, Clone)]
pub enum FixEdit {
    /// Another text in the place of what was found, or of what a metavariable stands for.
    Replace(Option<String>, Template),
    /// What a metavariable stands for goes: an argument with its comma, a statement with its line.
    Delete(Option<String>),
    /// Statements before the one that holds what was found.
    Before(Template),
    /// Statements after the one that holds what was found.
    After(Template),
    /// An argument at the end of the call that was found.
    Argument(Template),
    /// What was found becomes the body of this statement.
    Wrap(Template),
}

/// New text with metavariables and full paths.
#[derive(Debug, Clone)]
pub struct Template {
    /// It, parsed.
    pub source: Source,
}

/// Every fix of a ```` ```fix ```` block that starts at `start`. Blocks of several fixes separate them by empty lines.
pub(super) fn fixes(start: &Place, language: Language, block: &str) -> Result<Vec<Fix>, PageError> {
    let mut found = Vec::new();
    let mut entries: Vec<Entry> = Vec::new();
    for entry in read_entries(start, block)?.into_iter().map(Some).chain([None]) {
        let ends = entry.as_ref().is_none_or(|entry| entry.key == "find");
        if ends && !entries.is_empty() {
            found.push(fix(language, &std::mem::take(&mut entries))?);
        }
        entries.extend(entry);
    }
    if found.is_empty() {
        return Err(start.error("expected `find: PATTERN`, found an empty block"));
    }
    Ok(found)
}

/// Every line `old.path => new.path` of a ```` ```rename ```` block.
pub(super) fn renames(start: &Place, language: Language, block: &str) -> Result<Vec<Fix>, PageError> {
    let mut found = Vec::new();
    for (number, line) in block.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let place = Place { line: start.line + number, ..*start };
        let (old, new) = line.split_once("=>").ok_or_else(|| place.error(format!("expected `old.path => new.path`, found `{line}`")))?;
        let (old, new) = (old.trim(), new.trim());
        let find = pattern(&place, language, old)?;
        if !matches!(find.key(), Some(crate::syntax::pattern::Key::Path(_))) {
            return Err(place.error(format!("expected a full path, found `{old}`")));
        }
        let edits = vec![FixEdit::Replace(None, template(&place, language, new)?)];
        let moved = Some(Moved { old: old.to_owned(), new: Some(new.to_owned()) });
        let message = Some(format!("`{old}` is now `{}`", new.strip_prefix("builtins.").unwrap_or(new)));
        found.push(Fix { edits, message, moved, ..Fix::new(find, place.line) });
    }
    if found.is_empty() {
        return Err(start.error("expected `old.path => new.path`, found an empty block"));
    }
    Ok(found)
}

/// Every line `old.path: what to use instead` of a ```` ```deprecated ```` block.
pub(super) fn deprecations(start: &Place, language: Language, block: &str) -> Result<Vec<Fix>, PageError> {
    let mut found = Vec::new();
    for entry in read_entries(start, block)? {
        let find = pattern(&entry.place, language, entry.key)?;
        if !matches!(find.key(), Some(crate::syntax::pattern::Key::Path(_))) || entry.value.is_empty() {
            return Err(entry.place.error(format!("expected `old.path: what to use instead`, found `{}`", entry.key)));
        }
        let moved = Some(Moved { old: entry.key.to_owned(), new: None });
        let message = Some(format!("`{}`: {}", entry.key, entry.value));
        found.push(Fix { message, moved, ..Fix::new(find, entry.place.line) });
    }
    if found.is_empty() {
        return Err(start.error("expected `old.path: what to use instead`, found an empty block"));
    }
    Ok(found)
}

impl Fix {
    fn new(find: Pattern, line: usize) -> Fix {
        let (around, conditions, edits, words) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Fix { find, around, conditions, edits, message: None, safety: None, words, moved: None, line }
    }
}

/// `key: value`, where lines that are indented go on with the value.
struct Entry<'a> {
    key: &'a str,
    value: String,
    place: Place<'a>,
}

fn read_entries<'a>(start: &Place<'a>, block: &'a str) -> Result<Vec<Entry<'a>>, PageError> {
    let mut entries: Vec<Entry> = Vec::new();
    for (number, line) in block.lines().enumerate() {
        let place = Place { line: start.line + number, ..*start };
        let goes_on = line.starts_with([' ', '\t']) || line.is_empty();
        match entries.last_mut() {
            Some(entry) if goes_on => {
                entry.value.push_str(line);
                entry.value.push('\n');
            }
            _ if line.trim().is_empty() => {}
            _ => {
                let (key, value) = line.split_once(':').ok_or_else(|| place.error(format!("expected `key: value`, found `{line}`")))?;
                let mut value = value.trim().to_owned();
                if !value.is_empty() {
                    value.push('\n');
                }
                entries.push(Entry { key: key.trim(), value, place });
            }
        }
    }
    entries.iter_mut().for_each(|entry| entry.value = dedented(&entry.value));
    Ok(entries)
}

/// Without the indentation that all lines share.
fn dedented(text: &str) -> String {
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let shared = text.lines().filter(|line| !line.trim().is_empty()).map(indentation).min().unwrap_or(0);
    let lines: Vec<&str> = text.trim_end().lines().map(|line| line.get(shared..).unwrap_or("")).collect();
    lines.join("\n")
}

fn fix(language: Language, entries: &[Entry]) -> Result<Fix, PageError> {
    let head = &entries[0];
    if head.key != "find" {
        return Err(head.place.error(format!("expected `find: PATTERN` first, found `{}`", head.key)));
    }
    let find = pattern(&head.place, language, &head.value)?;
    let mut fix = Fix::new(find, head.place.line);
    for entry in &entries[1..] {
        let place = &entry.place;
        let template = || template(place, language, &entry.value);
        let (word, metavariable) = entry.key.split_once(" $").map_or((entry.key, None), |(word, name)| (word, Some(name.to_owned())));
        let relation = |negated, relation| Ok(Around { relation, negated, pattern: pattern(place, language, &entry.value)? });
        match word {
            "inside" => fix.around.push(relation(false, Relation::Inside)?),
            "not inside" => fix.around.push(relation(true, Relation::Inside)?),
            "has" => fix.around.push(relation(false, Relation::Has)?),
            "not has" => fix.around.push(relation(true, Relation::Has)?),
            "follows" => fix.around.push(relation(false, Relation::Follows)?),
            "not follows" => fix.around.push(relation(true, Relation::Follows)?),
            "precedes" => fix.around.push(relation(false, Relation::Precedes)?),
            "not precedes" => fix.around.push(relation(true, Relation::Precedes)?),
            "is" => {
                let name = metavariable.ok_or_else(|| place.error("expected `is $X: PATTERN`"))?;
                fix.around.push(relation(false, Relation::Is(name))?);
            }
            "where" => fix.conditions.extend(conditions(place, &entry.value)?),
            "replace" => fix.edits.push(FixEdit::Replace(metavariable, template()?)),
            "delete" => {
                let name = metavariable.or_else(|| entry.value.strip_prefix('$').map(str::to_owned));
                fix.edits.push(FixEdit::Delete(name));
            }
            "before" => fix.edits.push(FixEdit::Before(template()?)),
            "after" => fix.edits.push(FixEdit::After(template()?)),
            "argument" => fix.edits.push(FixEdit::Argument(argument(place, language, &entry.value)?)),
            "wrap" => fix.edits.push(FixEdit::Wrap(self::template(place, language, &format!("{}\n    pass", entry.value))?)),
            "message" => fix.message = Some(entry.value.clone()),
            "safety" => fix.safety = Some(super::page::safety_named(place, &entry.value)?),
            "word" => fix.words.push(entry.value.trim_matches('"').to_owned()),
            other => return Err(place.error(format!("expected {KEYS}, found `{other}`"))),
        }
    }
    bound(&fix, entries)?;
    Ok(fix)
}

const KEYS: &str = "`find`, `inside`, `has`, `follows`, `precedes` (each perhaps after `not`), `is $X`, `where`, `replace`, `replace $X`, `delete`, `before`, `after`, `argument`, `wrap`, `safety`, `word` or `message`";

/// Whatever an edit or a condition speaks of is bound by what is found.
fn bound(fix: &Fix, entries: &[Entry]) -> Result<(), PageError> {
    let mut known = fix.find.metavariables();
    known.extend(fix.around.iter().filter(|around| !around.negated).flat_map(|around| around.pattern.metavariables()));
    for entry in entries.iter().filter(|entry| !matches!(entry.key, "find") && !entry.key.starts_with("not ")) {
        for name in spoken_of(&format!("{} {}", entry.key, entry.value)) {
            if !known.contains(&name.as_str()) {
                return Err(entry.place.error(format!("`${name}` stands for nothing: no pattern of the fix binds it")));
            }
        }
    }
    Ok(())
}

/// The names of metavariables in a text.
fn spoken_of(text: &str) -> Vec<String> {
    let pieces = text.split('$').skip(1);
    let name = |piece: &str| piece.chars().take_while(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == '_').collect::<String>();
    pieces.map(name).filter(|name| !name.is_empty() && name != "_").collect()
}

fn conditions(place: &Place, text: &str) -> Result<Vec<Check>, PageError> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (negated, body) = rest.strip_prefix("not ").map_or((false, rest), |body| (true, body.trim_start()));
        let expected = || place.error(format!("expected `predicate(…)`, found `{rest}`"));
        let (name, after) = body.split_once('(').ok_or_else(expected)?;
        let (inside, after) = after.split_once(')').ok_or_else(expected)?;
        let arguments: Vec<String> =
            inside.split(',').map(|word| word.trim().trim_start_matches('$').to_owned()).filter(|word| !word.is_empty()).collect();
        let known = Predicate::ALL.iter().find(|(_, known, _)| *known == name.trim());
        let Some((predicate, name, count)) = known else {
            let all: Vec<&str> = Predicate::ALL.iter().map(|(_, name, _)| *name).collect();
            return Err(place.error(format!("expected one of {}, found `{}`", all.join(", "), name.trim())));
        };
        if !count.contains(&arguments.len()) {
            return Err(place.error(format!("`{name}` takes {} to {} arguments, found {}", count.start(), count.end(), arguments.len())));
        }
        found.push(Check { negated, predicate: *predicate, arguments });
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
    Ok(found)
}

fn pattern(place: &Place, language: Language, text: &str) -> Result<Pattern, PageError> {
    Pattern::parse(language, text).map_err(|error| wrong(place, &error))
}

fn template(place: &Place, language: Language, text: &str) -> Result<Template, PageError> {
    Ok(Template { source: Source::parse(language, text).map_err(|error| wrong(place, &error))? })
}

/// An argument stands in a call.
fn argument(place: &Place, language: Language, text: &str) -> Result<Template, PageError> {
    let template = template(place, language, &format!("f({text})"))?;
    let arguments = template.source.statements().first().and_then(|call| call.field("arguments")).map(|list| list.named_children().count());
    if arguments != Some(1) || template.source.statements().iter().any(|statement| metavariable(*statement).is_some()) {
        return Err(place.error(format!("expected one argument, found `{text}`")));
    }
    Ok(template)
}

fn wrong(place: &Place, error: &PatternError) -> PageError {
    place.error(error.to_string())
}
