//! A function for each operation.
