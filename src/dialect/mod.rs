//! A library's concrete syntax and the IR, both ways, from one table: parse any of `code`, print the first that fits.
//!
//! # The tables: `grammars/*.toml`
//!
//! ```toml
//! language = "python"                   # or "rust"
//! library  = "numpy"                    # the first segment of the library's paths
//!
//! [imports]                             # written when a path has no spelling in the file; the longest prefix wins
//! "numpy" = "import numpy as np"
//!
//! [dtypes]                              # the first is printed; quoted with '…' are strings; the others are paths
//! f64 = ["numpy.float64", "numpy.double", "float", "'float64'"]
//!
//! [[op]]
//! ir   = "sum(a, axis, keepdims)"
//! code = ["numpy.sum({a}, axis={axis=None}, *, keepdims={keepdims=False})", "{a}.sum(axis={axis=None}, *, keepdims={keepdims=False})"]
//!
//! [[op]]
//! ir   = "matmul(a, b)"
//! code = ["{a} @ {b}", "numpy.matmul({a}, {b})", "numpy.dot({a}, {b})"]
//! when = { 2 = "rank(a) >= 1 and rank(b) in 1..=2" }
//! ```
//!
//! **`ir`** is a term: an op applied to names, nested terms (`mul(a, reciprocal(b))`), numbers (`add(a, 1)`, weak in Python, of the
//! operands' dtype in Rust, or with a suffix: `1.0_f64`), and attribute literals (`none true false 3 [0, 1] 1e-5 "mean" f32`; `open` is
//! the largest `i64`, a slice's open end). Operators may be written infix as in a rule. A lone number is a constant's row:
//! `ir = "3.141592653589793"`, `code = ["numpy.pi", "math.pi"]`; `inf` and `nan` are numbers (`inf_f64` in Rust). An op may have many rows; to print, rows are
//! tried in the file's order, and within a row `code` in order.
//!
//! **`code`** is one template or several, each an expression of the language in which `{…}` is a hole:
//!
//! Braces of the language itself are doubled: `if {c} {{ {a} }} else {{ {b} }}`.
//!
//! | hole | meaning |
//! | --- | --- |
//! | `{a}` | the operand or attribute `a` of `ir`, by the op's parameter |
//! | `{axis=None}` | may be left out; then it is the default, which is written as in `ir` or as in Python; not printed if equal |
//! | `{xs...}` | the rest of the elements of a call or list: a variadic operand, or an `Ints`, `Dims` or `Axes` attribute spread over arguments (`{a}.reshape({shape...})`). In `[{xs...}.view()]` the whole element repeats |
//! | `{a\|input}` | in a Python call: may also be given by the keyword `input` (several: `{a\|input\|self}`) |
//! | `{b:i32}` | Rust: the operand has this dtype, and a literal without suffix is read so |
//! | `{axis:axis(a)}` | a non-negative axis; a negative one is printed counted from `a`'s rank |
//! | `{&a}` | Rust: by reference unless it is a temporary (`&a + &b`, `(x + 1.0) + &b`): what arithmetic on arrays wants |
//! | `&{a}` | Rust: always by reference (`a.dot(&b)`); nothing is added to what is a reference already |
//! | `{type(a)}` | Rust: the name of `a`'s dtype, as in `{type(a)}::max({a}, {b})` |
//!
//! A Rust template may have closures: `{a}.mapv(|v| v.exp())` is read whatever the source calls `v`, and not printed where an operand's
//! text has that name.
//!
//! A macro in a template is matched token by token: `{a}.slice(ndarray::s![{start}..{stop}, ..])`.
//!
//! A Python call's arguments: `{a}` is positional and is printed so, and a keyword of the hole's own name is read as well;
//! `axis={axis}` is read by position or by keyword and printed by keyword; after `*,` by keyword alone, so where
//! a template skips an argument of the function, `*,` must stand before the next. An argument that the template does not have makes the
//! row not match. A list in an argument's place is also read as a tuple and the other way round.
//! A slice's missing parts are their holes' defaults: `{a}[{start=0}:{stop=open}:{step=1}]`.
//!
//! Names: a chain that does not start at a hole (`numpy.linalg.inv`, `ndarray::Axis`, `std::f64::consts::PI`) is a path, resolved through
//! the file's imports. A single name is a builtin: `len({a})`, `abs({a})`. A chain that starts at a hole is a method or attribute:
//! `{a}.sum()`, `{a}.T`.
//!
//! Attributes are read from literals: `Int` from `1` and `-1`, `Bool`, `Float` from any number, `Str` from a plain string, `Ints` and `Axes`
//! from tuples and lists (a lone `2` is `Ints` of one element, and is printed so), `Dims` from tuples and lists of sizes or one size
//! (printed as a tuple; where the function wants one size alone, write `{n...}`), `DType` by the `[dtypes]`
//! of the table. What is not a literal does not match.
//!
//! The row of an op of [`Group::Update`](crate::ir::Group::Update) writes a whole statement without its semicolon, which changes the op's first
//! operand in place: `{y} += &{x}`, `{y}.scaled_add({alpha}, &{x})`, `…(…, &mut {y})`. Such rows are read and written by
//! [`Dialect::lower_update`] and [`Dialect::print_update`] alone.
//!
//! **`when`** gives a template by its number (from 0) a condition in the language of [`crate::ir::condition`] over the names of `ir`; a string
//! instead of a table holds for all. **`only = { 1 = "parse" }`** (or `"print"`) restricts a template to one direction.
//!
//! What need not be written, because it always holds:
//! - the op's own type rule accepts the operands (so `rank(a) == 2` is not needed where the op demands it);
//! - Python: a receiver of a method or attribute is not a Python number; a call of the library (`numpy.…`, `torch.…`, `scipy.…`) that has
//!   operands has one that is not a Python number, unless the `when` says of one that it is (`weak(value)`); `math.…` has Python numbers alone;
//! - Rust: `operands = "scalar"` at the head of a table means that every operand of every row is a scalar, `operands = "array"` that one is not;
//! - parentheses and references around operands; a negative literal is a constant.

mod context;
mod engine;
mod hole;
mod literal;
mod lower;
mod matching;
mod precedence;
mod print;
mod render;
mod table;
mod template;
mod term;

pub use context::{Form, Given, Import, Lowering, Names, Printing, UsualNames};
pub use engine::{Dialect, Unwritable};
pub use precedence::Precedence;
pub use print::{Printed, Unprintable};
pub use table::TableError;
pub use template::{Word, WordForm};

#[cfg(test)]
mod tests;
