//! All stages for one file.
