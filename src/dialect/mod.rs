//! The tables in `grammars/`: concrete syntax to terms and back.
