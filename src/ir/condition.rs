//! Side conditions of rules and of table rows: `rank(a) == 2 and float(a)`.
