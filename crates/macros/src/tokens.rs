//! Tokens as a flat list, and back with the places that they were written at.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// A token: its text, and where it stands. A group is what opens it and what closes it.
pub struct Token {
    text: String,
    span: Span,
}

/// All tokens of a stream, in order.
pub fn flat(stream: TokenStream) -> Vec<Token> {
    let mut tokens = Vec::new();
    push(stream, &mut tokens);
    tokens
}

/// The same tokens, wherever they stand.
pub fn same(a: &[Token], b: &[Token]) -> bool {
    a.iter().map(|token| &token.text).eq(b.iter().map(|token| &token.text))
}

/// A stream that was made of `old`: what is the same in both stands where it stood, the rest where that stood which it replaces.
pub fn placed(stream: TokenStream, old: &[Token]) -> TokenStream {
    let new = flat(stream.clone());
    let words = |tokens: &[Token]| tokens.iter().map(|token| token.text.clone()).collect::<Vec<_>>();
    let mut spans = Vec::with_capacity(new.len());
    for op in capture_diff_slices(Algorithm::Myers, &words(old), &words(&new)) {
        let near = |at: usize| old.get(at.min(old.len().saturating_sub(1))).map_or_else(Span::call_site, |token| token.span);
        match op {
            DiffOp::Equal { old_index, len, .. } => spans.extend(old[old_index..old_index + len].iter().map(|token| token.span)),
            DiffOp::Delete { .. } => {}
            DiffOp::Insert { old_index, new_len, .. } | DiffOp::Replace { old_index, new_len, .. } => {
                spans.extend((0..new_len).map(|_| Span::call_site().located_at(near(old_index))));
            }
        }
    }
    build(stream, &mut spans.into_iter())
}

fn push(stream: TokenStream, tokens: &mut Vec<Token>) {
    for tree in stream {
        let span = tree.span();
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = delimiters(group.delimiter());
                tokens.push(Token { text: open.to_owned(), span });
                push(group.stream(), tokens);
                tokens.push(Token { text: close.to_owned(), span });
            }
            other => tokens.push(Token { text: other.to_string(), span }),
        }
    }
}

fn delimiters(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

/// The stream with these places for its tokens, in order.
fn build(stream: TokenStream, spans: &mut impl Iterator<Item = Span>) -> TokenStream {
    let mut placed = Vec::new();
    for mut tree in stream {
        let span = spans.next().unwrap_or_else(Span::call_site);
        if let TokenTree::Group(group) = &tree {
            tree = Group::new(group.delimiter(), build(group.stream(), spans)).into();
            spans.next();
        }
        tree.set_span(span);
        placed.push(tree);
    }
    placed.into_iter().collect()
}
