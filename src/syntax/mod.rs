//! Lossless syntax trees, spans and edits. No other module knows tree-sitter.
