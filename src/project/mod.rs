//! Trees of files: walking, configuration, atomic writes.
