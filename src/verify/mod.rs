//! Is the new code the old code?
