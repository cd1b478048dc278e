//! The words of the little language in which rules, their conditions and the tables' `ir` are written.

use super::DType;

/// A word and the byte at which it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Token<'s> {
    /// The word.
    pub kind: TokenKind<'s>,
    /// Its first byte in the text.
    pub at: usize,
}

/// What a word is.
#[derive(Debug, Clone, PartialEq)]
pub enum TokenKind<'s> {
    /// A name: letters, digits, `_`.
    Name(&'s str),
    /// An integer, with the dtype if it has a suffix (`1_i64`).
    Int(i64, Option<DType>),
    /// A float, with the dtype if it has a suffix (`1.0_f32`).
    Float(f64, Option<DType>),
    /// A string in double quotes.
    Str(String),
    /// An operator or bracket.
    Sign(&'static str),
}

/// What is wrong with a text of this language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// What was expected and what is there.
    pub message: String,
    /// The byte at which it is.
    pub at: usize,
}

impl SyntaxError {
    /// An error at a byte of the text.
    pub fn new(at: usize, message: impl Into<String>) -> SyntaxError {
        SyntaxError { message: message.into(), at }
    }
}

const SIGNS: [&str; 34] = [
    "<=>", "..=", "...", "=>", "==", "!=", "<=", ">=", "**", "//", "<<", ">>", "..", "(", ")", "[", "]", "{", "}", ",", ":", "=", "<", ">",
    "+", "-", "*", "/", "%", "@", "&", "|", "^", "~",
];

/// The words of a text; blanks and line breaks between them do not count.
pub fn tokens(text: &str) -> Result<Vec<Token<'_>>, SyntaxError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = token(&text[at..]).map_err(|message| SyntaxError::new(at, message))?;
        found.push(Token { kind, at });
        at += length;
    }
    Ok(found)
}

fn token(rest: &str) -> Result<(TokenKind<'_>, usize), String> {
    let first = rest.chars().next().unwrap_or(' ');
    if first.is_ascii_digit() {
        return number(rest);
    }
    if first.is_alphabetic() || first == '_' {
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        return Ok((TokenKind::Name(&rest[..length]), length));
    }
    if first == '"' {
        let end = rest[1..].find('"').ok_or("a string without its closing `\"`")?;
        return Ok((TokenKind::Str(rest[1..1 + end].to_string()), end + 2));
    }
    let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign)).ok_or_else(|| format!("`{first}` has no meaning here"))?;
    Ok((TokenKind::Sign(sign), sign.len()))
}

/// A number such as `3`, `1.5`, `1e-3`, `2.0_f32`. The dots of `1..=2` are not part of it.
fn number(rest: &str) -> Result<(TokenKind<'_>, usize), String> {
    let digits = |from: usize| from + rest[from..].bytes().take_while(u8::is_ascii_digit).count();
    let mut end = digits(0);
    let mut float = false;
    if rest[end..].starts_with('.') && !rest[end..].starts_with("..") {
        float = true;
        end = digits(end + 1);
    }
    if rest[end..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[end + 1..].starts_with(['+', '-']));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            float = true;
            end = exponent;
        }
    }
    let text = &rest[..end];
    let suffix = rest[end..].find(|c: char| !c.is_alphanumeric() && c != '_').map_or(&rest[end..], |n| &rest[end..end + n]);
    let dtype = match suffix {
        "" => None,
        _ => Some(DType::from_name(suffix.trim_start_matches('_')).ok_or_else(|| format!("`{suffix}` is no dtype (as in `{text}_f32`)"))?),
    };
    let length = end + suffix.len();
    if float || dtype.is_some_and(DType::is_float) {
        let value = text.parse().map_err(|_| format!("`{text}` is no number"))?;
        return Ok((TokenKind::Float(value, dtype), length));
    }
    let value = text.parse().map_err(|_| format!("`{text}` does not fit 64 bits"))?;
    Ok((TokenKind::Int(value, dtype), length))
}

/// A place among tokens, for parsers by recursive descent.
#[derive(Debug, Clone)]
pub struct Cursor<'s> {
    tokens: Vec<Token<'s>>,
    next: usize,
    end: usize,
}

impl<'s> Cursor<'s> {
    /// At the first word of a text.
    pub fn new(text: &'s str) -> Result<Self, SyntaxError> {
        Ok(Cursor { tokens: tokens(text)?, next: 0, end: text.len() })
    }

    /// The word here; `None` at the end.
    pub fn peek(&self) -> Option<&TokenKind<'s>> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    /// The word after the one here.
    pub fn peek_second(&self) -> Option<&TokenKind<'s>> {
        self.tokens.get(self.next + 1).map(|token| &token.kind)
    }

    /// The byte at which the word here stands; the text's length at the end.
    pub fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |token| token.at)
    }

    /// The word here, and goes on.
    pub fn advance(&mut self) -> Option<TokenKind<'s>> {
        let kind = self.peek().cloned();
        self.next += 1;
        kind
    }

    /// Goes on if this sign is here.
    pub fn take(&mut self, sign: &str) -> bool {
        let here = matches!(self.peek(), Some(TokenKind::Sign(s)) if *s == sign);
        self.next += usize::from(here);
        here
    }

    /// Goes on if this name is here.
    pub fn take_name(&mut self, name: &str) -> bool {
        let here = matches!(self.peek(), Some(TokenKind::Name(n)) if *n == name);
        self.next += usize::from(here);
        here
    }

    /// Goes on past this sign, which must be here.
    pub fn expect(&mut self, sign: &str) -> Result<(), SyntaxError> {
        if self.take(sign) { Ok(()) } else { Err(self.expected(&format!("`{sign}`"))) }
    }

    /// Goes on past a name, which must be here.
    pub fn expect_name(&mut self, what: &str) -> Result<&'s str, SyntaxError> {
        match self.peek() {
            Some(TokenKind::Name(name)) => {
                let name = *name;
                self.next += 1;
                Ok(name)
            }
            _ => Err(self.expected(what)),
        }
    }

    /// An error here: something else was expected.
    pub fn expected(&self, what: &str) -> SyntaxError {
        let found = match self.peek() {
            None => "the end".to_string(),
            Some(TokenKind::Name(n)) => format!("`{n}`"),
            Some(TokenKind::Sign(s)) => format!("`{s}`"),
            Some(TokenKind::Str(s)) => format!("{s:?}"),
            Some(TokenKind::Int(i, _)) => format!("`{i}`"),
            Some(TokenKind::Float(x, _)) => format!("`{x:?}`"),
        };
        SyntaxError::new(self.at(), format!("expected {what}, found {found}"))
    }

    /// Nothing may be left.
    pub fn finish(&self) -> Result<(), SyntaxError> {
        if self.peek().is_none() { Ok(()) } else { Err(self.expected("the end")) }
    }
}
