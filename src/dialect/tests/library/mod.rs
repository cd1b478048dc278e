//! Every op that a Python dialect spells, on random operands, against the library itself: value, dtype, shape, refusal.

mod operands;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::fixture::Terms;
use super::rows::{Draws, build, text_by};
use super::truth::{ask_python, eval, leaf};
use crate::dialect::engine::{CodeId, Value as Bound};
use crate::dialect::table::Row;
use crate::dialect::term::{Role, Term};
use crate::dialect::{Dialect, Form, Lowering};
use crate::ir::{Attr, Id, Node, OpDef, OpId, Param, Target, Type, Value};
use operands::{Operands, elements};

/// So many values, and so many refusals, of every row.
const VALUES: usize = 60;
const REFUSALS: usize = 60;
const ATTEMPTS: usize = 1500;
const SEED: u64 = 71;

/// Ops that no row of the Python tables spells: other languages, or imported graphs alone, have them.
const NOT_SPELLED: &[&str] = &[
    "round_half_away",
    "round_digits",
    "fma",
    "to_bool",
    "conv",
    "max_pool",
    "average_pool",
    "reshape_to",
    "expand_to",
    "fill",
    "tile_by",
    "slice_by",
    "expand_dims_at",
    "squeeze_at",
    "sum_over",
    "prod_over",
    "max_over",
    "min_over",
    "mean_over",
    "logsumexp_over",
    "cumsum_along",
    "cumprod_along",
    "pad",
    "pad_by",
    "center_crop_pad",
    "col2im",
    "reverse_sequence",
    "take_along_axis",
    "gather_nd",
    "scatter",
    "scatter_reduce",
    "scatter_nd",
    "scatter_nd_reduce",
    "tensor_scatter",
    "nonzero",
    "part",
    "compress",
    "unique",
    "top_k",
    "non_max_suppression",
    "slice_within",
    "nll_loss_weighted",
    "dropout",
    "rnn",
    "gru",
    "lstm",
    "conv_transpose",
    "deform_conv",
    "lp_pool",
    "max_pool_with_indices",
    "max_unpool",
    "resize",
    "grid_sample",
    "affine_grid",
    "roi_align",
    "max_roi_pool",
    "dft",
    "stft",
    "mel_weight_matrix",
    "tf_idf_vectorizer",
    "tuple",
    "if_else",
    "loop",
    "require",
    "add_assign",
    "sub_assign",
    "mul_assign",
    "div_assign",
    "assign",
    "replace",
    "scaled_add",
    "general_mat_mul",
];

/// A text to run and what the reference evaluation gives for its term.
struct Case {
    def: &'static OpDef,
    place: String,
    text: String,
    leaves: Vec<(String, Value)>,
    ty: Type,
    expected: Result<Value, String>,
}

#[test]
fn numpy_does_to_random_operands_what_the_ops_say() {
    hold(Target::Numpy);
}

#[test]
fn torch_does_to_random_operands_what_the_ops_say() {
    hold(Target::Torch);
}

#[test]
fn all_ops_but_these_are_held_to_a_library() {
    let spelled = |op: &OpId| [Target::Numpy, Target::Torch].iter().any(|&target| rows(target).iter().any(|(_, _, root)| root == op));
    let missing: Vec<&str> = OpId::all().filter(|op| !spelled(op)).map(|op| op.def().name).collect();
    assert_eq!(missing, NOT_SPELLED);
}

/// The rows that write an op, and which op.
fn rows(target: Target) -> Vec<(usize, &'static Row, OpId)> {
    let root = |row: &Row| if let Term::Op(op, _) = &row.term { Some(*op) } else { None };
    Dialect::of(target).rows.iter().enumerate().filter_map(|(i, row)| Some((i, row, root(row)?))).collect()
}

fn hold(target: Target) {
    let mut cases = Vec::new();
    for (i, row, op) in rows(target) {
        cases.extend(cases_of(target, i, row, op));
    }
    let mut met: BTreeMap<&str, usize> = rows(target).iter().map(|(_, _, op)| (op.def().name, 0)).collect();
    for case in &cases {
        *met.entry(case.def.name).or_default() += usize::from(case.expected.is_ok());
    }
    let unmet: Vec<_> = met.into_iter().filter(|(_, n)| *n < 8).collect();
    assert!(unmet.is_empty(), "too few values: {unmet:?}");
    let found = ask_python(&json!({ "target": target.name(), "leaves": {}, "cases": cases.iter().map(asked).collect::<Vec<_>>() }));
    assert_eq!(found.len(), cases.len());
    let wrong: Vec<String> = cases.iter().zip(&found).filter_map(|(case, found)| wrong(target, case, found)).collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    let met: BTreeSet<&str> =
        cases.iter().zip(&found).filter(|(case, found)| verdict::is_stricter(case, found)).map(|(case, _)| case.def.name).collect();
    let stale: Vec<&str> = verdict::stricter(target).filter(|op| !met.contains(op)).collect();
    assert!(stale.is_empty(), "the libraries take nothing more here: {stale:?}");
}

fn asked(case: &Case) -> Json {
    let leaves: serde_json::Map<String, Json> = case.leaves.iter().map(|(name, value)| (name.clone(), leaf(value))).collect();
    json!({ "text": case.text, "leaves": leaves })
}

fn wrong(target: Target, case: &Case, found: &Json) -> Option<String> {
    let what = verdict::difference(target, case, found)?;
    let leaves: Vec<String> = case.leaves.iter().map(|(name, value)| format!("{name} = {} {}", value.ty(), leaf(value)["data"])).collect();
    Some(format!("{} {}: `{}` {what}\n        {}", case.def.name, case.place, case.text, leaves.join("; ").replace('"', "")))
}

/// Random cases of one row, its templates in turn.
fn cases_of(target: Target, index: usize, row: &Row, op: OpId) -> Vec<Case> {
    // The draws hang on the row's term alone, so that a new row changes no other row's cases.
    let seed = row
        .place
        .split_once(": ")
        .map_or("", |(_, term)| term)
        .bytes()
        .fold(SEED, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let mut draws = Draws::new(seed);
    let (mut values, mut refusals, mut found) = (0, 0, Vec::new());
    for _ in 0..ATTEMPTS {
        if values >= VALUES && refusals >= REFUSALS {
            break;
        }
        let code = CodeId { row: index as u32, code: draws.below(row.codes.len()) as u32 };
        let Some(case) = case(target, row, op, code, &mut draws) else { continue };
        let count = if case.expected.is_ok() { &mut values } else { &mut refusals };
        *count += 1;
        if *count <= if case.expected.is_ok() { VALUES } else { REFUSALS } {
            found.push(case);
        }
    }
    found
}

fn case(target: Target, row: &Row, op: OpId, code: CodeId, draws: &mut Draws) -> Option<Case> {
    let mut terms = Terms::new(target);
    let mut leaves = Vec::new();
    let bound = bind(&mut terms, &mut leaves, row, op.def(), draws)?;
    let root = root_of(&mut terms, &row.term, &bound)?;
    let text = text_by(&terms, code, root)?;
    let given: Vec<Value> = leaves.iter().map(|(_, value)| Value::clone(value)).collect();
    let ty = terms.ty(root).clone();
    // The parts of an integer matrix's factorization are seldom unique.
    if matches!(ty, Type::Tuple(_)) && leaves.iter().any(|(_, leaf)| leaf.ty().dtype().is_some_and(|d| !d.is_float())) {
        return None;
    }
    let expected = if ty == Type::Unknown { Err("its type rule refuses".to_string()) } else { eval(&terms, root, &given) };
    Some(Case { def: op.def(), place: row.place.clone(), text, leaves, ty, expected })
}

/// The row's term over what its names are bound to; of unknown type if the op's rule refuses.
fn root_of(terms: &mut Terms, term: &Term, bound: &[Bound]) -> Option<Id> {
    if let Some(root) = build(terms, term, bound) {
        return Some(root);
    }
    let Term::Op(op, args) = term else { return None };
    let mut ids = smallvec::SmallVec::new();
    for arg in args {
        match arg {
            Term::Var(i) if matches!(bound[*i], Bound::Many(_)) => ids.extend(crate::dialect::engine::operands(&bound[*i..=*i])),
            _ => ids.push(build(terms, arg, bound)?),
        }
    }
    let root = terms.nodes.add(Node::Op(*op, ids));
    terms.types.push(Type::Unknown);
    Some(root)
}

/// Operands and attributes for the names of a row; the operands are leaves.
fn bind(terms: &mut Terms, leaves: &mut Vec<(String, Value)>, row: &Row, def: &'static OpDef, draws: &mut Draws) -> Option<Vec<Bound>> {
    let kinds = elements(def, draws);
    let counts: Vec<usize> = row
        .vars
        .iter()
        .map(|var| match var.role {
            Role::Operand => 1,
            Role::Variadic => 1 + draws.below(3),
            Role::Attr(_) => 0,
        })
        .collect();
    let mut drawn = Operands::new(draws, terms.dialect.target(), def);
    let subscripts = (def.name == "einsum").then(|| drawn.word("subscripts"));
    let total = subscripts.map_or(counts.iter().sum(), |text| 1 + text.matches(',').count());
    let shapes = drawn.shapes(total, subscripts);
    let mut next = shapes.iter();
    let mut bound = Vec::new();
    for (i, (var, count)) in row.vars.iter().zip(&counts).enumerate() {
        let name = parameter(row, def, i);
        let mut operand = |terms: &mut Terms, drawn: &mut Operands| {
            let value = drawn.operand(name, next.next().map_or(&[][..], Vec::as_slice), kinds);
            let id = terms.leaf(&format!("x{}", leaves.len()), value.ty(), Form::Place);
            leaves.push((format!("x{}", leaves.len()), value));
            id
        };
        bound.push(match var.role {
            // A tuple has no text of its own: one is computed.
            Role::Operand if def.name == "tuple_get" => {
                let matrix = operand(terms, &mut drawn);
                Bound::Operand(terms.add(Node::op(OpId::get("slogdet"), [matrix]))?)
            }
            Role::Operand => Bound::Operand(operand(terms, &mut drawn)),
            Role::Variadic => {
                let count = if subscripts.is_some() { total } else { *count };
                Bound::Many((0..count).map(|_| operand(terms, &mut drawn)).collect())
            }
            Role::Attr(_) if subscripts.is_some() => Bound::Attr(Attr::Str(subscripts.unwrap_or_default().to_string())),
            Role::Attr(kind) => Bound::Attr(drawn.attr(name, kind, shapes.first().map_or(&[][..], Vec::as_slice))),
        });
    }
    Some(bound)
}

/// The op's name for what a row's variable stands for.
fn parameter(row: &Row, def: &OpDef, var: usize) -> &'static str {
    let Term::Op(_, args) = &row.term else { return "" };
    let at = args.iter().position(|arg| matches!(arg, Term::Var(i) if *i == var));
    at.and_then(|at| def.params.get(at)).map_or("", Param::name)
}
