//! Convolutions, pools and padding.

use super::super::numbers::{each, list};
use super::{Body, Entry, Spelled, Term, spelled};

pub(super) static OPS: &[Entry] = &[("conv", conv)];

/// ONNX's padding, before each axis and then behind each, as `F.pad` takes it: in pairs from the last axis on.
pub(in super::super) fn pad_list(pads: &[i64]) -> String {
    let axes = pads.len() / 2;
    let pairs: Vec<i64> = (0..axes).rev().flat_map(|axis| [pads[axis], pads[axes + axis]]).collect();
    format!("({})", list(&pairs).trim_matches(['[', ']']))
}

/// A tensor that is padded where its window needs it in a way that the function cannot do itself, and what that is told of padding.
fn padded(x: String, pads: &[i64]) -> (String, Option<String>) {
    let (before, behind) = pads.split_at(pads.len() / 2);
    match before == behind {
        true if before.iter().all(|pad| *pad == 0) => (x, None),
        true => (x, Some(each(before))),
        false => (format!("F.pad({x}, {})", pad_list(pads)), None),
    }
}

fn conv(b: &mut Body, t: &Term) -> Spelled {
    let x = b.tensor(t.args[0])?;
    let (x, padding) = padded(x, t.ints(4)?);
    let mut text = format!("F.conv{}d({x}, {}", t.rank(0)? - 2, b.tensor(t.args[1])?);
    if t.dtype(2).is_ok() {
        text.push_str(&format!(", {}", b.tensor(t.args[2])?));
    }
    for (name, values) in [("stride", t.ints(3)?), ("dilation", t.ints(5)?)] {
        if values.iter().any(|value| *value != 1) {
            text.push_str(&format!(", {name}={}", each(values)));
        }
    }
    text.push_str(&padding.map_or(String::new(), |padding| format!(", padding={padding}")));
    if t.int(6)? != 1 {
        text.push_str(&format!(", groups={}", t.int(6)?));
    }
    spelled!("{text})")
}
