//! Attention as ONNX Runtime has it: with the projections before it, or masks of several forms.

use super::quantization::{centered, stands_for};
use super::terms::Term;
use super::{Call, Entry, Lowered, Lowering, apply};
use crate::ir::{Attr, DType, Dim, Id};

pub(super) static OPS: &[Entry] = &[("Attention", attention), ("MultiHeadAttention", multi_head), ("QAttention", quantized)];

/// Queries, keys and values of shape `(batch, heads, places, size)`, and what hides places.
struct Attending {
    parts: [Id; 3],
    mask: Option<Id>,
    bias: Option<Id>,
}

fn attention<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let y = apply!(l, "matmul", call.input(0)?, call.input(1)?)?;
    let y = call.optional(2).map_or(Ok(y), |bias| l.add(y, bias))?;
    projected(l, call, y, call.ints("qkv_hidden_sizes"), [Some(3), Some(4), Some(5)])
}

fn quantized<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let (x, w) = (centered(l, call.input(0)?, call.optional(6))?, centered(l, call.input(1)?, call.optional(7))?);
    let y = apply!(l, "matmul", x, w)?;
    let scale = l.mul(call.input(3)?, call.input(4)?)?;
    let y = stands_for(l, y, scale, None)?;
    let y = l.add(y, call.input(2)?)?;
    projected(l, call, y, None, [Some(5), Some(8), None])
}

/// Attention over queries, keys and values that stand behind each other on the last axis; a mask, the past and a bias are other operands.
fn projected<'a>(l: &mut Lowering<'a>, call: &Call<'a>, x: Id, sizes: Option<Vec<i64>>, [mask, past, bias]: [Option<usize>; 3]) -> Lowered {
    for name in ["do_rotary", "past_present_share_buffer"] {
        if call.int(name, 0) != 0 {
            return Err(format!("{name} is not supported"));
        }
    }
    let width = l.length(x, 2)?;
    let sizes = sizes.unwrap_or_else(|| vec![width / 3; 3]);
    if sizes.len() != 3 || sizes.iter().any(|size| !(1..=width).contains(size)) || sizes.iter().sum::<i64>() != width {
        return Err(format!("{width} places are not the sizes {sizes:?} of queries, keys and values"));
    }
    let (mut parts, mut start) = (Vec::new(), 0);
    for size in sizes {
        let part = l.slice(x, 2, start, start + size, 1)?;
        parts.push(heads(l, call, part)?);
        start += size;
    }
    let operand = |i: Option<usize>| i.and_then(|i| call.optional(i));
    let mut parts: [Id; 3] = parts.try_into().map_err(|_| "expected queries, keys and values")?;
    if let Some(past) = operand(past) {
        for (i, part) in parts.iter_mut().skip(1).enumerate() {
            let place = l.scalar(DType::I64, i as f64);
            let before = apply!(l, "take", past, place, Attr::Int(0))?;
            *part = l.concat(2, before, *part)?;
        }
    }
    let present = match call.node.output.get(1).is_some_and(|name| !name.is_empty()) {
        true => Some(apply!(l, "stack", Attr::Int(0), parts[1], parts[2])?),
        false => None,
    };
    let y = attended(l, call, &Attending { parts, mask: operand(mask), bias: operand(bias) })?;
    Ok(vec![Some(y), present])
}

fn multi_head<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    if call.optional(8).is_some() || call.optional(9).is_some() || call.node.output.get(3).is_some_and(|name| !name.is_empty()) {
        return Err("buffers that the past shares with what follows, and the scores as a result, are not supported".to_owned());
    }
    let [Some(query), Some(key), Some(value)] = [0, 1, 2].map(|i| call.optional(i)) else {
        return Err("queries, keys and values in one operand are not supported".to_owned());
    };
    let mut given = [query, key, value];
    if let Some(bias) = call.optional(3) {
        let mut start = 0;
        for x in &mut given {
            if l.rank(*x)? != 3 {
                return Err("a bias of operands with heads is not supported".to_owned());
            }
            let size = l.length(*x, 2)?;
            let own = l.slice(bias, 0, start, start + size, 1)?;
            *x = l.add(*x, own)?;
            start += size;
        }
    }
    let mut parts = given;
    for x in &mut parts {
        *x = match l.rank(*x)? {
            3 => heads(l, call, *x)?,
            4 => *x,
            rank => return Err(format!("an operand with {rank} axes")),
        };
    }
    for (part, past) in [(1, 6), (2, 7)] {
        if let Some(before) = call.optional(past) {
            parts[part] = l.concat(2, before, parts[part])?;
        }
    }
    let y = attended(l, call, &Attending { parts, mask: call.optional(4), bias: call.optional(5) })?;
    Ok(vec![Some(y), Some(parts[1]), Some(parts[2])])
}

/// The last axis as heads, which stand before the places.
fn heads<'a>(l: &mut Lowering<'a>, call: &Call<'a>, x: Id) -> Term {
    let (width, count) = (l.length(x, 2)?, call.int("num_heads", 0));
    if count < 1 || width % count != 0 {
        return Err(format!("{width} places are not {count} heads"));
    }
    let mut dims = l.axes_of(x)?;
    dims.truncate(2);
    dims.extend([Dim::known(count), Dim::known(width / count)]);
    let apart = l.reshape(x, dims)?;
    l.permute(apart, &[0, 2, 1, 3])
}

/// What the places see, with the heads beside each other again.
fn attended<'a>(l: &mut Lowering<'a>, call: &Call<'a>, given: &Attending) -> Term {
    let [q, k, v] = given.parts;
    let dtype = l.dtype(q)?;
    let scale = match call.float("scale", 0.0) {
        0.0 => 1.0 / (l.length(q, 3)? as f64).sqrt(),
        scale => scale,
    };
    let (q, k) = (l.times(q, scale)?, l.permute(k, &[0, 1, 3, 2])?);
    let mut scores = apply!(l, "matmul", q, k)?;
    if let Some(bias) = given.bias {
        scores = l.add(scores, bias)?;
    }
    let hidden = l.scalar(dtype, call.float("mask_filter_value", -10_000.0));
    if let Some(mask) = given.mask {
        let seen = seen(l, mask, given)?;
        let zero = l.scalar(dtype, 0.0);
        let added = apply!(l, "select", seen, zero, hidden)?;
        scores = l.add(scores, added)?;
    }
    if call.int("unidirectional", 0) != 0 {
        let (rows, columns) = (l.counted(q, 2)?, l.counted(v, 2)?);
        let (places, total) = (super::length(l, q, 2)?, super::length(l, v, 2)?);
        let past = l.sub(total, places)?;
        let rows = l.add(rows, past)?;
        let rows = l.reshape(rows, vec![l.axes_of(q)?[2].clone(), Dim::known(1)])?;
        let seen = apply!(l, "le", columns, rows)?;
        let never = l.scalar(dtype, f64::NEG_INFINITY);
        scores = apply!(l, "select", seen, scores, never)?;
    }
    let weights = apply!(l, "softmax", scores, Attr::Int(3))?;
    let y = apply!(l, "matmul", weights, v)?;
    let together = l.permute(y, &[0, 2, 1, 3])?;
    let dims = l.axes_of(together)?;
    l.reshape(together, vec![dims[0].clone(), dims[1].clone(), dims[2].mul(&dims[3])])
}

/// Which keys are seen, as it broadcasts to the scores: a mask has the number of keys of each sequence, or a flag for each key.
fn seen(l: &mut Lowering, mask: Id, given: &Attending) -> Term {
    let (dims, keys) = (l.axes_of(mask)?, l.axes_of(given.parts[1])?);
    let flags = match &dims[..] {
        [batch] if batch.same(&keys[0]) => {
            let places = l.counted(given.parts[1], 2)?;
            let places = l.cast(places, DType::I64)?;
            let counts = l.cast(mask, DType::I64)?;
            let counts = l.along(counts, 0, 4)?;
            return apply!(l, "lt", places, counts);
        }
        [batch, total] => l.reshape(mask, vec![batch.clone(), Dim::known(1), Dim::known(1), total.clone()])?,
        [batch, rows, total] => l.reshape(mask, vec![batch.clone(), Dim::known(1), rows.clone(), total.clone()])?,
        _ => return Err(format!("a mask of shape {} is not supported", l.ty(mask).shape())),
    };
    let zero = l.dtype(flags).map(|dtype| l.scalar(dtype, 0.0))?;
    apply!(l, "gt", flags, zero)
}
