use lsp_types::{InitializeParams, Position, PositionEncodingKind, Range};

use crate::syntax::{LineIndex, Span};

/// What a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16,
}

impl Encoding {
    /// Bytes if the client can, else UTF-16 units, which all can.
    pub fn agreed(parameters: &InitializeParams) -> Encoding {
        let offered = parameters.capabilities.general.as_ref().and_then(|general| general.position_encodings.as_ref());
        let bytes = offered.is_some_and(|offered| offered.contains(&PositionEncodingKind::UTF8));
        if bytes { Encoding::Utf8 } else { Encoding::Utf16 }
    }

    /// The place of a byte of a text.
    pub fn position(self, text: &str, lines: &LineIndex<'_>, byte: usize) -> Position {
        let byte = text.floor_char_boundary(byte.min(text.len()));
        let line = lines.position(byte).line;
        let start = lines.start_of(line).unwrap_or(0);
        let column = match self {
            Encoding::Utf8 => byte - start,
            Encoding::Utf16 => text[start..byte].encode_utf16().count(),
        };
        Position::new((line - 1) as u32, column as u32)
    }

    /// The byte at a place; a place behind its line's end is that end.
    pub fn byte(self, text: &str, lines: &LineIndex<'_>, position: Position) -> usize {
        let Some(start) = lines.start_of(position.line as usize + 1) else { return text.len() };
        let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let column = position.character as usize;
        match self {
            Encoding::Utf8 => text.floor_char_boundary((start + column).min(end)),
            Encoding::Utf16 => {
                let mut units = 0;
                let past = text[start..end].char_indices().find(|(_, c)| {
                    let before = units;
                    units += c.len_utf16();
                    before >= column
                });
                past.map_or(end, |(at, _)| start + at)
            }
        }
    }

    /// The range of a span of a text.
    pub fn range(self, text: &str, lines: &LineIndex<'_>, span: Span) -> Range {
        Range::new(self.position(text, lines, span.start), self.position(text, lines, span.end))
    }
}

#[cfg(test)]
mod tests {
    use lsp_types::Position;

    use super::Encoding;
    use crate::syntax::LineIndex;

    #[test]
    fn places_go_there_and_back() {
        let text = "aé\r\n𝄞x\n";
        let lines = LineIndex::new(text);
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            for (byte, _) in text.char_indices().chain([(text.len(), ' ')]) {
                let position = encoding.position(text, &lines, byte);
                assert_eq!(encoding.byte(text, &lines, position), byte, "{encoding:?} {position:?}");
            }
        }
        assert_eq!(Encoding::Utf16.position(text, &lines, 9), Position::new(1, 2));
        assert_eq!(Encoding::Utf8.byte(text, &lines, Position::new(1, 99)), 10);
        assert_eq!(Encoding::Utf16.byte(text, &lines, Position::new(9, 0)), text.len());
    }
}
