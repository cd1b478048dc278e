//! The op tables, a file a family. A new op is a new entry in one of them.

mod computed;
mod constructor;
mod contraction;
mod control;
mod elementwise;
mod eval;
mod float_functions;
mod indexing;
mod infer;
mod kernels;
mod linalg;
mod matrix;
mod network;
mod neural;
mod operands;
mod pairwise;
mod recurrent;
mod reduction;
mod select;
mod shape;
mod signal;
mod spatial;
mod structure;
mod training;
mod tuple;
mod update;
mod window;
mod work;

use super::OpDef;

/// Every table.
pub static TABLES: &[&[OpDef]] = &[
    float_functions::OPS,
    elementwise::OPS,
    pairwise::OPS,
    select::OPS,
    reduction::OPS,
    contraction::OPS,
    window::OPS,
    network::OPS,
    computed::OPS,
    indexing::OPS,
    shape::OPS,
    constructor::OPS,
    structure::OPS,
    linalg::OPS,
    neural::OPS,
    training::OPS,
    recurrent::OPS,
    spatial::OPS,
    signal::OPS,
    tuple::OPS,
    control::OPS,
    update::OPS,
];

/// An entry of a table.
macro_rules! op {
    ($name:literal, $group:ident, [$($param:expr),* $(,)?], $doc:literal, $infer:expr, $eval:expr, $work:expr $(,)?) => {
        $crate::ir::OpDef {
            name: $name,
            group: $crate::ir::Group::$group,
            params: &[$($param),*],
            doc: $doc,
            infer: $infer,
            eval: $eval,
            work: $work,
        }
    };
}
use op;
