//! The language every stage speaks: typed, pure, hash-consed terms over numbers and arrays.
//!
//! An operation is one [`OpDef`] in one of the tables under [`ops`]; its name, operands, type rule, reference
//! evaluation and cost live there and nowhere else.

mod attr;
mod binding;
pub mod condition;
mod dtype;
mod evaluate;
mod language;
mod narrow;
mod node;
mod op;
pub mod ops;
mod program;
mod shape;
pub mod token;
mod types;
mod value;

pub use attr::{Attr, AttrKind};
pub use binding::{Binding, Repeat};
pub use dtype::{Const, DType, DTypeKind};
pub use language::Language;
pub use narrow::{Floats, Narrow, Numbers};
pub use node::{Id, LeafId, Node, RecExpr};
pub use op::{Arg, EvalArg, EvalError, Group, OpDef, OpId, Param, TypeError, Work, WorkKind};
pub use program::{Leaf, Program, ProgramBuilder, Target};
pub use shape::{Dim, Shape, Symbol, recorded_length};
pub use types::{Type, promote};
pub use value::{Data, Value};
