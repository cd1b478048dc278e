//! Findings as diff, text, JSON, SARIF and GitHub annotations.
