use std::fmt::Debug;

use super::OtherFile;

/// What a text says that could mean a private name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Word<'a> {
    /// A word that begins with one underscore: a name, or the beginning of one in a text that is put together (`f"_fit_{kind}"`).
    Name(&'a str),
    /// The end of a text that is put together: `f"{kind}_loss"`.
    End(&'a str),
    /// An attribute is asked for by a name of which nothing but the underscore is said: `getattr(self, f"_{name}")`.
    Any,
    /// The attribute of that name of some object other than `self` is assigned to.
    Stored(&'a str),
}

/// What the rest of a tree says of one file's names.
pub trait Elsewhere: Debug + Send + Sync {
    /// Another file has the word.
    fn mentions(&self, word: Word<'_>) -> bool;

    /// The other files that have a private name, in order; `None` if they are not to be read, or one of them is no Python source.
    fn files_with(&self, _name: &str) -> Option<Vec<OtherFile>> {
        None
    }
}

/// The words of a text by which a private name could be meant, in order. One scan, without parsing.
pub fn private_words(bytes: &[u8]) -> impl Iterator<Item = Word<'_>> {
    let mut end = 0;
    memchr::memchr_iter(b'_', bytes).filter_map(move |start| {
        if start < end || bytes[..start].last().is_some_and(in_name) {
            return None;
        }
        end = start + bytes[start..].iter().position(|byte| !in_name(byte)).unwrap_or(bytes.len() - start);
        let (word, after) = (std::str::from_utf8(&bytes[start..end]).ok()?, bytes.get(end));
        let quote = |byte: Option<&u8>| matches!(byte, Some(b'"' | b'\''));
        let before = bytes[..start].last();
        match word {
            "_" => (quote(before) && (matches!(after, Some(b'{' | b'%')) || is_added(&bytes[end..])) && in_getattr(&bytes[..start]))
                .then_some(Word::Any),
            _ if word.starts_with("__") => None,
            _ if quote(after) && (quote(before) || before == Some(&b'}')) => Some(Word::End(word)),
            _ => Some(Word::Name(word)),
        }
    })
}

/// The names of attributes to which a text assigns, those of `self` left out. One scan, without parsing.
pub fn stored_words(bytes: &[u8]) -> impl Iterator<Item = Word<'_>> {
    memchr::memchr_iter(b'=', bytes).filter_map(|at| {
        let before = bytes[..at].trim_ascii_end();
        let compared = bytes.get(at + 1) == Some(&b'=') || matches!(bytes[..at].last(), Some(b'=' | b'!' | b'<' | b'>' | b':'));
        let operators = before.iter().rev().take_while(|byte| b"+-*/@%&|^".contains(byte)).count();
        let target = before[..before.len() - operators].trim_ascii_end();
        let start = target.iter().rposition(|byte| !in_name(byte))?;
        let object = &target[..start];
        let own = object.ends_with(b"self") && !object[..object.len() - 4].last().is_some_and(|byte| in_name(byte) || *byte == b'.');
        let name = std::str::from_utf8(&target[start + 1..]).ok()?;
        (target[start] == b'.' && !name.is_empty() && !compared && !own).then_some(Word::Stored(name))
    })
}

/// `"_" + name`
fn is_added(rest: &[u8]) -> bool {
    matches!(rest, [b'"' | b'\'', more @ ..] if more.trim_ascii_start().starts_with(b"+"))
}

/// The line that ends here asks for an attribute.
fn in_getattr(before: &[u8]) -> bool {
    let line = &before[memchr::memrchr(b'\n', before).map_or(0, |end| end + 1)..];
    memchr::memmem::find(line, b"getattr").is_some()
}

/// True if something that a text says could mean the name, other than the name itself.
pub(super) fn could_mean(has: &dyn Fn(Word<'_>) -> bool, name: &str) -> bool {
    let cuts = || name.match_indices('_').map(|(at, _)| at).filter(|&at| at > 0);
    has(Word::Any) || cuts().any(|at| has(Word::Name(&name[..=at])) || has(Word::End(&name[at..])))
}

/// Where a word stands by itself in a text.
pub fn occurrences<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let bytes = text.as_bytes();
    memchr::memmem::find_iter(bytes, word.as_bytes())
        .filter(move |&at| !bytes[..at].last().is_some_and(in_name) && !bytes.get(at + word.len()).is_some_and(in_name))
}

fn in_name(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80
}

/// Words by which attributes are read or written behind the text's back.
pub const ATTRIBUTE_TRICKS: [&str; 9] =
    ["__getattr__", "__getattribute__", "__setattr__", "__delattr__", "__dict__", "__slots__", "setattr", "delattr", "vars"];
/// Words behind a dot that give an array another shape or dtype when they are assigned.
const RESHAPING: [&str; 6] = ["shape", "dtype", "data", "strides", "real", "imag"];

/// True if the text, where a word stands in it, may give the attribute of that name of some object another value. Read from the
/// characters around it: it may take what only reads for what writes, but not the other way round.
pub fn may_be_stored(text: &str, at: usize, name: &str) -> bool {
    let line_start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let line_end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    let (before, after) = (&text[line_start..at], &text[at + name.len()..]);
    let Some(object) = before.strip_suffix('.') else {
        // `register_buffer("name", …)`
        return before.ends_with(['"', '\'']) && after.starts_with(['"', '\'']) && text[line_start..line_end].contains("register_");
    };
    let head = object.trim_start();
    let owner = head.rfind(|c: char| !(c.is_alphanumeric() || "_.".contains(c))).map_or(0, |end| end + 1);
    let around = head[..owner].trim_end();
    let loops = ["for ", "async for "].iter().any(|word| head.starts_with(word)) && !head[..owner].contains(" in ");
    if loops || head.starts_with("del ") || around.ends_with(" as") || around.ends_with(" for") {
        return true;
    }
    let rest = after.trim_start_matches([' ', '\t']);
    match rest.chars().next() {
        Some('\\') => true,
        Some(':') => owner == 0,
        Some('.') => {
            let word = rest[1..].split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
            let behind = rest[1 + word.len()..].trim_start_matches([' ', '\t']);
            (RESHAPING.contains(&word) && is_assigned(behind)) || (behind.starts_with('(') && super::python::changes_type(word))
        }
        Some(',' | ')' | ']') | Some('\n' | '\r' | '#') | None => is_target_list(around) && is_list_assigned(rest),
        _ => is_assigned(rest),
    }
}

/// `= …`, `+= …`, but not `== …`.
pub(super) fn is_assigned(rest: &str) -> bool {
    let sign = rest.find(|c: char| !"+-*/@%&|^<>".contains(c)).map_or("", |end| &rest[..end]);
    let behind = &rest[sign.len()..];
    behind.starts_with('=') && !behind.starts_with("==") && !matches!(sign, "<" | ">")
}

/// What stands before a name in a line could be the beginning of a list of targets: names, dots, commas and brackets, but no call.
fn is_target_list(before: &str) -> bool {
    let mut last = ' ';
    before.chars().all(|c| {
        let calls = "([".contains(c) && (last.is_alphanumeric() || last == '_');
        last = c;
        !calls && (c.is_alphanumeric() || "_., ([*".contains(c))
    })
}

/// The list of targets that goes on here is assigned to, on this line or where the brackets around it are closed.
fn is_list_assigned(rest: &str) -> bool {
    let mut lines = rest.lines();
    let first = lines.next().unwrap_or("");
    let assigned =
        |line: &str| line.match_indices('=').any(|(at, _)| is_assigned(&line[at..]) && !line[..at].ends_with(['=', '!', '<', '>']));
    let closes = |line: &&str| line.trim_start().starts_with([')', ']']);
    assigned(first) || (first.trim_start_matches(',').trim().is_empty() || first.contains('#')) && lines.find(closes).is_some_and(assigned)
}

/// A name that code outside of its project has no business with.
pub fn is_private(name: &str) -> bool {
    name.starts_with('_') && !name.starts_with("__") && name.len() > 1
}

#[cfg(test)]
mod tests {
    use super::{Word, could_mean, may_be_stored, private_words, stored_words};

    #[test]
    fn what_may_store_an_attribute_is_known_by_the_characters_around_it() {
        let stored = |text: &str| text.match_indices("W").any(|(at, _)| may_be_stored(text, at, "W"));
        for text in [
            "self.W = 1",
            "x.y.W=1",
            "self.W += 1",
            "self.W **= 2",
            "self.W >>= 2",
            "self.W: int = 1",
            "a, self.W = 1, 2",
            "self.W, b = f(x)",
            "(self.a,\n  self.W,\n) = f()",
            "for self.W in x:",
            "for i, self.W in x:",
            "with f() as self.W:",
            "del self.W",
            "self.W.shape = 3",
            "self.W.data = x",
            "self.W.resize_(3)",
            "self.W \\\n = 3",
            "self.register_buffer('W', x)",
            "[i for self.W in x]",
        ] {
            assert!(stored(text), "{text}");
        }
        for text in [
            "y = self.W",
            "self.W == 1",
            "if x >= self.W:",
            "if self.W <= 3:",
            "self.W[0] = 1",
            "f(self.W, axis=0)",
            "y = (self.W, 1)",
            "self.W(x)",
            "return self.W",
            "x = f(\n    self.W,\n    axis=1,\n)",
            "self.W.sum(axis=0)",
            "y = self.W.shape == 3",
            "x[self.W] = 3",
            "W = 3",
            "for i in self.W:",
            "getattr(self, 'W')",
            "lambda: self.W",
        ] {
            assert!(!stored(text), "{text}");
        }
    }

    #[test]
    fn words_are_names_and_what_names_are_put_together_of() {
        let text = "a_b = self._x(__init__)\n_y = f'{kind}_loss' + \"_tail\"\ngetattr(self, f\"_fit_{k}\")\nf'_{k}'\n_, _é = z\n";
        let expected = [Word::Name("_x"), Word::Name("_y"), Word::End("_loss"), Word::End("_tail"), Word::Name("_fit_"), Word::Name("_é")];
        assert_eq!(private_words(text.as_bytes()).collect::<Vec<_>>(), expected);
        for text in ["getattr(o, f'_{k}')", "getattr(o, '_' + k)", "getattr(o, \"_%s\" % k)"] {
            assert_eq!(private_words(text.as_bytes()).next(), Some(Word::Any), "{text}");
        }
    }

    #[test]
    fn stores_to_attributes_of_other_objects_are_found() {
        let text = "a.x = 1\nself.y = 2\nb.self.z += 3\nself.c.w=4\nif a.u == 5 or a.v <= 6: f(k=7)\nmyself.t = 8\n";
        let expected = ["x", "z", "w", "t"].map(Word::Stored);
        assert_eq!(stored_words(text.as_bytes()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_name_can_be_put_together_of_its_parts() {
        let says = |text: &'static str, name: &str| could_mean(&|word| private_words(text.as_bytes()).any(|said| said == word), name);
        assert!(says("f'_fit_{kind}'", "_fit_lasso"));
        assert!(says("f'{kind}_lasso'", "_fit_lasso"));
        assert!(!says("self._fit(_lasso)", "_fit_lasso"));
        assert!(!says("'_fit_lasso'", "_fit"));
    }
}
