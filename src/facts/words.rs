use std::fmt::Debug;

/// What a text says that could mean a private name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Word<'a> {
    /// A word that begins with one underscore: a name, or the beginning of one in a text that is put together (`f"_fit_{kind}"`).
    Name(&'a str),
    /// The end of a text that is put together: `f"{kind}_loss"`.
    End(&'a str),
    /// An attribute is asked for by a name of which nothing but the underscore is said: `getattr(self, f"_{name}")`.
    Any,
}

/// What the rest of a tree says of one file's names.
pub trait Elsewhere: Debug + Send + Sync {
    /// Another file has the word.
    fn mentions(&self, word: Word<'_>) -> bool;
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
pub(super) fn occurrences<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let bytes = text.as_bytes();
    memchr::memmem::find_iter(bytes, word.as_bytes())
        .filter(move |&at| !bytes[..at].last().is_some_and(in_name) && !bytes.get(at + word.len()).is_some_and(in_name))
}

fn in_name(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80
}

/// A name that code outside of its project has no business with.
pub fn is_private(name: &str) -> bool {
    name.starts_with('_') && !name.starts_with("__") && name.len() > 1
}

#[cfg(test)]
mod tests {
    use super::{Word, could_mean, private_words};

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
    fn a_name_can_be_put_together_of_its_parts() {
        let says = |text: &'static str, name: &str| could_mean(&|word| private_words(text.as_bytes()).any(|said| said == word), name);
        assert!(says("f'_fit_{kind}'", "_fit_lasso"));
        assert!(says("f'{kind}_lasso'", "_fit_lasso"));
        assert!(!says("self._fit(_lasso)", "_fit_lasso"));
        assert!(!says("'_fit_lasso'", "_fit"));
    }
}
