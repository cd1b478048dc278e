//! Source text to terms, and chosen terms back to edits.
