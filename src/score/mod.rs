//! What a candidate costs, and which one is taken.
