//! The pages in `rules/`: read, check, index.
