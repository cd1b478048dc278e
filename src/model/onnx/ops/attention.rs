//! Attention and rotary embeddings.

use super::terms::Term;
use super::{Call, Entry, Lowered, Lowering, apply};
use crate::ir::{Attr, DType, Dim, Id};

pub(super) static OPS: &[Entry] = &[("Attention", attention), ("RotaryEmbedding", rotary)];

/// Queries, keys and values of shape `(batch, heads, places, size)`.
struct Heads {
    q: Id,
    k: Id,
    v: Id,
}

fn attention<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let heads = heads(l, call)?;
    let dtype = l.dtype(heads.q)?;
    let dims = l.axes_of(heads.q)?;
    let scale = match call.attribute("scale") {
        Some(_) => call.float("scale", 1.0),
        None => 1.0 / (l.length(heads.q, 3)? as f64).sqrt(),
    };
    // Half floats overflow later if both factors share the scale.
    let half = matches!(dtype, DType::F16 | DType::BF16);
    let (of_q, of_k) = if half { (scale.sqrt(), scale.sqrt()) } else { (scale, 1.0) };
    let (q, k) = (l.times(heads.q, of_q)?, l.times(heads.k, of_k)?);
    // The query heads that share a key head are rows of one matrix.
    let shared = l.axes_of(heads.k)?[1].clone();
    let (Some(many), Some(few)) = (dims[1].as_known(), shared.as_known()) else {
        return Err("its number of heads is not known".to_owned());
    };
    if few < 1 || many % few != 0 {
        return Err(format!("{many} heads of queries do not share {few} heads of keys"));
    }
    let rows = dims[2].mul(&Dim::known(many / few));
    let grouped = |last: &Dim| vec![dims[0].clone(), shared.clone(), rows.clone(), last.clone()];
    let q = l.reshape(q, grouped(&dims[3]))?;
    let k = l.permute(k, &[0, 1, 3, 2])?;
    let scores = apply!(l, "matmul", q, k)?;
    let total = l.axes_of(k)?[3].clone();
    let scores = l.reshape(scores, vec![dims[0].clone(), dims[1].clone(), dims[2].clone(), total.clone()])?;
    let mut stages = vec![scores];
    let masked = masked(l, call, scores, &heads, &total)?;
    stages.push(masked);
    stages.push(capped(l, masked, call.float("softcap", 0.0))?);
    let precise = match call.int("softmax_precision", 0) {
        0 => dtype,
        code => super::super::tensor::dtype(code as i32)?,
    };
    let exact = l.cast(stages[2], precise)?;
    let weights = apply!(l, "softmax", exact, Attr::Int(3))?;
    stages.push(l.cast(weights, dtype)?);
    let weights = l.reshape(stages[3], grouped(&total))?;
    let y = apply!(l, "matmul", weights, heads.v)?;
    let width = l.axes_of(heads.v)?[3].clone();
    let mut y = l.reshape(y, vec![dims[0].clone(), dims[1].clone(), dims[2].clone(), width.clone()])?;
    if l.rank(call.input(0)?)? == 3 {
        y = l.permute(y, &[0, 2, 1, 3])?;
        y = l.reshape(y, vec![dims[0].clone(), dims[2].clone(), dims[1].mul(&width)])?;
    }
    let stage = usize::try_from(call.int("qk_matmul_output_mode", 0)).ok().and_then(|mode| stages.get(mode).copied());
    Ok(vec![Some(y), Some(heads.k), Some(heads.v), Some(stage.ok_or("an unknown qk_matmul_output_mode")?)])
}

/// The operands with an axis of heads, the past before the keys and values.
fn heads<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Result<Heads, String> {
    let mut parts = Vec::new();
    for (i, name) in ["q_num_heads", "kv_num_heads", "kv_num_heads"].into_iter().enumerate() {
        let x = call.input(i)?;
        parts.push(match l.rank(x)? {
            4 => x,
            3 => {
                let apart = apart(l, x, call.int(name, 0))?;
                l.permute(apart, &[0, 2, 1, 3])?
            }
            rank => return Err(format!("an operand with {rank} axes")),
        });
    }
    for (part, given) in [(1, 4), (2, 5)] {
        if let Some(before) = call.optional(given) {
            parts[part] = l.concat(2, before, parts[part])?;
        }
    }
    Ok(Heads { q: parts[0], k: parts[1], v: parts[2] })
}

/// The last axis as `count` heads.
fn apart(l: &mut Lowering, x: Id, count: i64) -> Term {
    let mut dims = l.axes_of(x)?;
    let width = dims.pop().and_then(|d| d.as_known()).ok_or("the length of its last axis is not known")?;
    if count < 1 || width % count != 0 {
        return Err(format!("{width} places are not {count} heads"));
    }
    dims.extend([Dim::known(count), Dim::known(width / count)]);
    l.reshape(x, dims)
}

/// The scores, minus infinity where a place is not seen.
fn masked<'a>(l: &mut Lowering<'a>, call: &Call<'a>, mut scores: Id, heads: &Heads, total: &Dim) -> Term {
    let dtype = l.dtype(scores)?;
    let hidden = l.scalar(dtype, f64::NEG_INFINITY);
    if let Some(mask) = call.optional(3) {
        let mask = widened(l, mask, total)?;
        scores = match l.dtype(mask)? {
            DType::Bool => apply!(l, "select", mask, scores, hidden)?,
            _ => l.add(scores, mask)?,
        };
    }
    if call.int("is_causal", 0) != 0 {
        let columns = l.counted(heads.k, 2)?;
        let places = l.axes_of(heads.q)?[2].clone();
        let rows = l.counted(heads.q, 2)?;
        let rows = l.reshape(rows, vec![places, Dim::known(1)])?;
        let rows = match call.optional(4) {
            Some(before) => {
                let past = super::length(l, before, 2)?;
                l.add(rows, past)?
            }
            None => rows,
        };
        let seen = apply!(l, "le", columns, rows)?;
        scores = apply!(l, "select", seen, scores, hidden)?;
    }
    if let Some(lengths) = call.optional(6) {
        let columns = l.counted(heads.k, 2)?;
        let lengths = l.along(lengths, 0, 4)?;
        let seen = apply!(l, "lt", columns, lengths)?;
        scores = apply!(l, "select", seen, scores, hidden)?;
    }
    Ok(scores)
}

/// A mask that is shorter than the keys, with what it does not reach hidden.
fn widened(l: &mut Lowering, mask: Id, total: &Dim) -> Term {
    let mut dims = l.axes_of(mask)?;
    let own = dims.last().cloned().ok_or("expected a mask with axes")?;
    let (Some(own), Some(total)) = (own.as_known(), total.as_known()) else { return Ok(mask) };
    if own >= total || own == 1 {
        return Ok(mask);
    }
    let (axis, dtype) = (dims.len() - 1, l.dtype(mask)?);
    dims[axis] = Dim::known(total - own);
    let fill = l.scalar(dtype, if dtype == DType::Bool { 0.0 } else { f64::NEG_INFINITY });
    let rest = apply!(l, "full", Attr::Dims(dims), fill, Attr::DType(dtype))?;
    l.concat(axis as i64, mask, rest)
}

/// Held smoothly between plus and minus a number; 0 for no bound.
fn capped(l: &mut Lowering, scores: Id, cap: f64) -> Term {
    if cap == 0.0 {
        return Ok(scores);
    }
    let dtype = l.dtype(scores)?;
    let by = l.scalar(dtype, cap);
    let scaled = l.div(scores, by)?;
    let held = l.unary("tanh", scaled)?;
    l.mul(held, by)
}

/// Pairs of places of each head turned by an angle that the position gives.
fn rotary<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let given = call.input(0)?;
    let rank = l.rank(given)?;
    // Heads stand before the positions if they have an axis, else behind.
    let (x, heads_axis) = match rank {
        4 => (given, 1),
        3 => (apart(l, given, call.int("num_heads", 0))?, 2),
        _ => return Err(format!("an operand with {rank} axes")),
    };
    let size = l.length(x, 3)?;
    let turned = match call.int("rotary_embedding_dim", 0) {
        0 => size,
        n if (2..=size).contains(&n) && n % 2 == 0 => n,
        n => return Err(format!("{n} places of heads of {size}")),
    };
    let mut angles = Vec::new();
    for i in [1, 2] {
        let mut cache = call.input(i)?;
        if let Some(positions) = call.optional(3) {
            cache = apply!(l, "take", cache, positions, Attr::Int(0))?;
        }
        angles.push(apply!(l, "expand_dims", cache, Attr::Int(heads_axis))?);
    }
    let part = l.slice(x, 3, 0, turned, 1)?;
    let interleaved = call.int("interleaved", 0) != 0;
    let (a, b) = match interleaved {
        true => (l.slice(part, 3, 0, turned, 2)?, l.slice(part, 3, 1, turned, 2)?),
        false => (l.slice(part, 3, 0, turned / 2, 1)?, l.slice(part, 3, turned / 2, turned, 1)?),
    };
    let product = |l: &mut Lowering, i: usize, x: Id| l.mul(angles[i], x);
    let (p, q, r, s) = (product(l, 0, a)?, product(l, 1, b)?, product(l, 1, a)?, product(l, 0, b)?);
    let (real, imaginary) = (l.sub(p, q)?, l.add(r, s)?);
    let mut y = if interleaved {
        let dims = l.axes_of(part)?;
        let (real, imaginary) = (apply!(l, "expand_dims", real, Attr::Int(4))?, apply!(l, "expand_dims", imaginary, Attr::Int(4))?);
        let pairs = l.concat(4, real, imaginary)?;
        l.reshape(pairs, dims)?
    } else {
        l.concat(3, real, imaginary)?
    };
    if turned < size {
        let rest = l.slice(x, 3, turned, size, 1)?;
        y = l.concat(3, y, rest)?;
    }
    let dims = l.axes_of(given)?;
    super::one(l.reshape(y, dims)?)
}
