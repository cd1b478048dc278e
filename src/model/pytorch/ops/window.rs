//! Convolutions, pools and padding.

use super::super::numbers::{boolean, each, list};
use super::{Body, Entry, Spelled, Term, spelled};

pub(super) static OPS: &[Entry] = &[
    ("conv", conv),
    ("conv_transpose", conv_transpose),
    ("max_pool", |b, t| {
        let pads = t.ints(3)?;
        let fill = if t.dtype(0)?.is_float() { "-math.inf" } else { "0" };
        let (x, padding) = pooled(b, t, pads, fill)?;
        let options = options(&[("stride", t.ints(2)?, 1), ("padding", &padding, 0), ("dilation", t.ints(4)?, 1)]);
        spelled!("F.max_pool{}d({x}, {}, {}{})", t.rank(0)? - 2, each(t.ints(1)?), stride_first(t.ints(2)?, options), ceil(t, 5))
    }),
    ("max_pool_with_indices", |b, t| {
        let (before, behind) = t.ints(3)?.split_at(t.rank(0)? - 2);
        if t.flag(6) || before != behind || b.lengths(t, 0)?[..2].iter().any(|dim| dim.as_known() != Some(1)) {
            return Err("the places of a pool's elements are counted otherwise in PyTorch".to_owned());
        }
        let x = b.tensor(t.args[0])?;
        let options = options(&[("stride", t.ints(2)?, 1), ("padding", before, 0), ("dilation", t.ints(4)?, 1)]);
        let options = stride_first(t.ints(2)?, options);
        spelled!("F.max_pool{}d({x}, {}, {options}{}, return_indices=True)", t.rank(0)? - 2, each(t.ints(1)?), ceil(t, 5))
    }),
    ("average_pool", average_pool),
    ("lp_pool", |b, t| {
        if t.ints(5)?.iter().any(|dilation| *dilation != 1) {
            return Err("PyTorch has no norm of windows with gaps".to_owned());
        }
        let (pads, rank) = (t.ints(4)?, t.rank(0)? - 2);
        let sizes = format!("{}.abs()", b.receiver(t.args[0])?);
        let sizes = if pads.iter().all(|pad| *pad == 0) { sizes } else { format!("F.pad({sizes}, {})", pad_list(pads)) };
        spelled!("F.lp_pool{rank}d({sizes}, {}, {}, stride={}{})", t.int(1)?, each(t.ints(2)?), each(t.ints(3)?), ceil(t, 6))
    }),
    ("pad", pad),
    ("pad_by", |b, t| {
        b.helpers.insert("pad");
        b.helpers.insert("pad_by");
        let value = match t.number(1) {
            Some(_) => b.argument(t.args[1])?,
            None => format!("{}.item()", b.receiver(t.args[1])?),
        };
        spelled!("pad_by({}, {value}, {}, \"{}\")", b.tensor(t.args[0])?, b.tensors(&t.args[2..4])?, t.word(4)?)
    }),
];

/// ONNX's padding, before each axis and then behind each, as `F.pad` takes it: in pairs from the last axis on.
pub(in super::super) fn pad_list(pads: &[i64]) -> String {
    let axes = pads.len() / 2;
    let mut pairs: Vec<[i64; 2]> = (0..axes).rev().map(|axis| [pads[axis], pads[axes + axis]]).collect();
    while pairs.len() > 1 && pairs.last() == Some(&[0, 0]) {
        pairs.pop();
    }
    format!("({})", list(&pairs.concat()).trim_matches(['[', ']']))
}

/// Keyword arguments of those that are not as usual.
fn options(all: &[(&str, &[i64], i64)]) -> String {
    let unusual = all.iter().filter(|(_, values, usual)| values.iter().any(|value| value != usual));
    unusual.map(|(name, values, _)| format!(", {name}={}", each(values))).collect()
}

/// A pool's stride is its kernel where nothing is said.
fn stride_first(strides: &[i64], options: String) -> String {
    let options = options.trim_start_matches(", ").to_owned();
    if options.starts_with("stride=") {
        return options;
    }
    let rest = if options.is_empty() { String::new() } else { format!(", {options}") };
    format!("stride={}{rest}", each(strides))
}

fn ceil(t: &Term, at: usize) -> String {
    if t.flag(at) { format!(", ceil_mode={}", boolean(true)) } else { String::new() }
}

/// The tensor that a window slides over, padded where the function cannot do it itself, and the padding that is left to that.
fn pooled(b: &mut Body, t: &Term, pads: &[i64], fill: &str) -> Result<(String, Vec<i64>), String> {
    let x = b.tensor(t.args[0])?;
    let (before, behind) = pads.split_at(pads.len() / 2);
    let kernel = t.ints(1)?;
    if before == behind && before.iter().zip(kernel).all(|(pad, length)| pad * 2 <= *length) {
        return Ok((x, before.to_vec()));
    }
    let fill = if fill == "0" { String::new() } else { format!(", value={fill}") };
    Ok((format!("F.pad({x}, {}{fill})", pad_list(pads)), vec![0; before.len()]))
}

fn average_pool(b: &mut Body, t: &Term) -> Spelled {
    if t.ints(4)?.iter().any(|dilation| *dilation != 1) {
        return Err("PyTorch has no mean of windows with gaps".to_owned());
    }
    let (pads, counted, rank) = (t.ints(3)?, t.flag(6), t.rank(0)? - 2);
    let (x, padding) = pooled(b, t, pads, "0")?;
    let options = stride_first(t.ints(2)?, options(&[("stride", t.ints(2)?, 1), ("padding", &padding, 0)]));
    let is_padded = pads.iter().any(|pad| *pad != 0);
    let inside = padding.iter().any(|pad| *pad != 0);
    let counts = if inside && !counted { ", count_include_pad=False" } else { "" };
    let call = |x: &str| Ok::<_, String>(format!("F.avg_pool{rank}d({x}, {}, {options}{}{counts})", each(t.ints(1)?), ceil(t, 5)));
    if is_padded && !inside && !counted {
        let ones = format!("F.pad(torch.ones_like({}), {})", b.tensor(t.args[0])?, pad_list(pads));
        return spelled!("{} / {}", call(&x)?, call(&ones)?);
    }
    Ok(Some(call(&x)?))
}

fn conv(b: &mut Body, t: &Term) -> Spelled {
    let x = b.tensor(t.args[0])?;
    let pads = t.ints(4)?;
    let (front, behind) = pads.split_at(pads.len() / 2);
    let (x, padding) = if front == behind { (x, front.to_vec()) } else { (format!("F.pad({x}, {})", pad_list(pads)), vec![0]) };
    let mut text = format!("F.conv{}d({x}, {}", t.rank(0)? - 2, b.tensor(t.args[1])?);
    if t.dtype(2).is_ok() {
        text.push_str(&format!(", {}", b.tensor(t.args[2])?));
    }
    text.push_str(&options(&[
        ("stride", t.ints(3)?, 1),
        ("padding", &padding, 0),
        ("dilation", t.ints(5)?, 1),
        ("groups", &[t.int(6)?], 1),
    ]));
    spelled!("{text})")
}

/// What more than the padding of both ends is taken away is cut off.
fn conv_transpose(b: &mut Body, t: &Term) -> Spelled {
    let pads = t.ints(4)?;
    let (front, behind) = pads.split_at(pads.len() / 2);
    let same = front == behind && pads.iter().all(|pad| *pad >= 0);
    let mut text = format!("F.conv_transpose{}d({}, {}", t.rank(0)? - 2, b.tensor(t.args[0])?, b.tensor(t.args[1])?);
    if t.dtype(2).is_ok() {
        text.push_str(&format!(", {}", b.tensor(t.args[2])?));
    }
    let padding = if same { front } else { &[0][..] };
    let (more, groups) = (t.ints(7)?, [t.int(6)?]);
    let all = [("stride", t.ints(3)?, 1), ("padding", padding, 0), ("output_padding", more, 0), ("groups", &groups, 1)];
    text.push_str(&options(&all));
    text.push_str(&options(&[("dilation", t.ints(5)?, 1)]));
    text.push(')');
    if !same {
        let cut: Vec<i64> = pads.iter().map(|pad| -pad).collect();
        text = format!("F.pad({text}, {})", pad_list(&cut));
    }
    Ok(Some(text))
}

/// What is no constant is padded by `F.pad` on the last axes of few alone.
fn pad(b: &mut Body, t: &Term) -> Spelled {
    let (x, pads, mode) = (b.tensor(t.args[0])?, t.ints(2)?, t.word(3)?);
    let axes = pads.len() / 2;
    let padded: Vec<usize> = (0..axes).filter(|axis| pads[*axis] != 0 || pads[axes + axis] != 0).collect();
    if padded.is_empty() {
        return Ok(Some(x));
    }
    if mode == "constant" {
        let value = match t.number(1) {
            Some(0.0) => String::new(),
            Some(_) => format!(", value={}", b.argument(t.args[1])?),
            None => format!(", value={}.item()", b.receiver(t.args[1])?),
        };
        return spelled!("F.pad({x}, {}{value})", pad_list(pads));
    }
    let fits = padded == [axes - 1] && matches!(axes, 2 | 3) && pads.iter().all(|pad| *pad >= 0) && t.dtype(0)?.is_float();
    let shorter = b.lengths(t, 0)?[axes - 1].as_known().is_none_or(|n| n > pads[axes - 1].max(pads[2 * axes - 1]));
    match mode {
        "reflect" if fits && shorter => spelled!("F.pad({x}, {}, mode=\"reflect\")", pad_list(pads)),
        "edge" if fits => spelled!("F.pad({x}, {}, mode=\"replicate\")", pad_list(pads)),
        _ => {
            b.helpers.insert("pad");
            spelled!("pad({x}, {}, \"{mode}\")", list(pads))
        }
    }
}
