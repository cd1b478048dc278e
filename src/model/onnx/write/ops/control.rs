//! Several results, branches and loops.

use super::attributes::{graph, int};
use super::{Entry, one, ty};
use crate::ir::{DType, Repeat, Type};

pub(super) static OPS: &[Entry] = &[
    ("tuple", |w, t| w.all(t.args)),
    ("tuple_get", |w, t| {
        let i = usize::try_from(t.int(1)?).map_err(|e| e.to_string())?;
        one(w.results(t.args[0])?.get(i).cloned().ok_or("there is no such result")?)
    }),
    ("if_else", |w, t| {
        let condition = w.value(t.args[0])?;
        let yes = w.subgraph("then", t.id, false, t.args[1])?;
        let no = w.subgraph("else", t.id, true, t.args[2])?;
        let Type::Tuple(types) = ty(t.model, t.id) else { return Err("its results are not known".to_owned()) };
        Ok(w.nodes("If", [condition], types.len(), [graph("then_branch", yes), graph("else_branch", no)]))
    }),
    ("require", |w, t| {
        // No operator refuses, but an index beyond the end of an axis does.
        let (condition, x) = (w.value(t.args[0])?, w.value(t.args[1])?);
        let (no_axes, first) = (w.list(&[]), w.list(&[0]));
        let condition = w.node("Reshape", [condition, no_axes], []);
        let refused = w.node("Not", [condition], []);
        let place = w.cast(refused, DType::I64);
        let wide = w.node("Unsqueeze", [x, first], []);
        one(w.node("Gather", [wide, place], [int("axis", 0)]))
    }),
    ("loop", |w, t| {
        let repeat = Repeat::of(&t.model.program, t.id).ok_or("its body is not known")?;
        let mut inputs = vec![w.optional(t.args[0])?, w.optional(t.args[1])?];
        inputs.extend(w.all(repeat.start)?);
        let body = w.body("body", t, &repeat)?;
        Ok(w.nodes("Loop", inputs, repeat.states.len() + repeat.collected.len(), [graph("body", body)]))
    }),
];
