use super::Span;

/// A replacement of some bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edit {
    /// What is replaced; an empty span inserts.
    pub span: Span,
    /// What it is replaced by.
    pub text: String,
}

/// Why edits cannot be made together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OverlapError {
    /// Two edits replace the same bytes.
    #[error("edits of bytes {}..{} and {}..{} overlap: apply them one after the other", first.start, first.end, second.start, second.end)]
    Overlap {
        /// The one that starts first.
        first: Span,
        /// The other.
        second: Span,
    },
    /// An edit lies outside the text or cuts a character.
    #[error("an edit of bytes {}..{} does not fit a text of {length} bytes: it was made for another text", span.start, span.end)]
    Outside {
        /// The edit's span.
        span: Span,
        /// Bytes of the text.
        length: usize,
    },
}

/// The text with all edits made. Every span refers to the old text; insertions at one place keep their order; all other
/// bytes are kept.
pub fn apply(text: &str, edits: &[Edit]) -> Result<String, OverlapError> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let grown: usize = edits.iter().map(|edit| edit.text.len()).sum();
    let mut out = String::with_capacity(text.len() + grown);
    let mut done = Span::new(0, 0);
    for edit in sorted {
        if edit.span.start < done.end {
            return Err(OverlapError::Overlap { first: done, second: edit.span });
        }
        let outside = OverlapError::Outside { span: edit.span, length: text.len() };
        text.get(edit.span.start..edit.span.end).ok_or(outside)?;
        out.push_str(text.get(done.end..edit.span.start).ok_or(outside)?);
        out.push_str(&edit.text);
        done = edit.span;
    }
    out.push_str(&text[done.end..]);
    Ok(out)
}
