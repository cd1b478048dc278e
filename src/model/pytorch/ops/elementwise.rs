//! Functions of each element, and normalizations.

use super::super::numbers::{dtype, float};
use super::{Body, Entry, Spelled, Term, spelled};
use crate::ir::{DType, Narrow, Node};

pub(super) static OPS: &[Entry] = &[
    ("shl", |b, t| spelled!("{} << {}", b.receiver(t.args[0])?, b.receiver(t.args[1])?)),
    ("shr", |b, t| spelled!("{} >> {}", b.receiver(t.args[0])?, b.receiver(t.args[1])?)),
    ("clip", |b, t| {
        let known = |i: usize| matches!(t.model.program.terms[t.args[i]], Node::Const(_));
        let (x, number) = (b.tensor(t.args[0])?, known(1) && known(2));
        let bound = |b: &mut Body, i: usize| if number { b.argument(t.args[i]) } else { b.tensor(t.args[i]) };
        spelled!("torch.clamp({x}, {}, {})", bound(b, 1)?, bound(b, 2)?)
    }),
    ("cast", |b, t| spelled!("{}.to({})", b.receiver(t.args[0])?, dtype(t.dtype_attr(1)?))),
    ("round_digits", |b, t| {
        let narrow = Narrow::with_digits(t.int(1)?, t.int(2)?).filter(|narrow| narrow.bits() == 8);
        let name = narrow.ok_or("PyTorch has no type of so many digits")?.name();
        spelled!("{}.to(torch.{name}).to({})", b.receiver(t.args[0])?, dtype(t.dtype(0)?))
    }),
    ("layer_norm", |b, t| normalized(b, t, 3)),
    ("layer_norm_plain", |b, t| normalized(b, t, 1)),
    ("pow", power),
    ("zeros", |b, t| filled(b, t, 0, "zeros", None)),
    ("ones", |b, t| filled(b, t, 0, "ones", None)),
    ("full", |b, t| filled(b, t, 0, "full", Some(1))),
    ("fill", |b, t| {
        let (shape, value) = (b.receiver(t.args[0])?, b.argument(t.args[1])?);
        spelled!("torch.full({shape}.tolist(), {value}, dtype={})", dtype(t.dtype(1)?))
    }),
    ("full_like", |b, t| spelled!("torch.full_like({}, {})", b.tensor(t.args[0])?, b.argument(t.args[1])?)),
    ("eye", |b, t| {
        let n = b.length(&t.dims(0)?[0])?;
        spelled!("torch.eye({n}, dtype={})", dtype(t.dtype_attr(1)?))
    }),
    ("arange", |b, t| {
        let mut operands = Vec::new();
        for id in t.args {
            operands.push(b.argument(*id)?);
        }
        let of = t.ty().dtype().ok_or("its element type is not known")?;
        spelled!("torch.arange({}, dtype={})", operands.join(", "), dtype(of))
    }),
];

/// Over the last axes, as many as an attribute says.
fn normalized(b: &mut Body, t: &Term, at: usize) -> Spelled {
    let (count, eps) = (t.int(at)?, float(t.float(at + 1)?, DType::F32));
    let (x, weights) = (b.receiver(t.args[0])?, b.tensors(&t.args[1..at])?);
    let weights = if weights.is_empty() { String::new() } else { format!(", {weights}") };
    spelled!("F.layer_norm({x}, {x}.shape[-{count}:]{weights}, eps={eps})")
}

fn filled(b: &mut Body, t: &Term, at: usize, function: &str, value: Option<usize>) -> Spelled {
    let mut lengths = Vec::new();
    for dim in t.dims(at)? {
        lengths.push(b.length(dim)?);
    }
    let value = match value {
        Some(value) => format!(", {}", b.argument(t.args[value])?),
        None => String::new(),
    };
    let of = t.ty().dtype().ok_or("its element type is not known")?;
    spelled!("torch.{function}([{}]{value}, dtype={})", lengths.join(", "), dtype(of))
}

/// As the table writes it, but with Black's spaces: none between simple operands.
fn power(b: &mut Body, t: &Term) -> Spelled {
    let text = b.by_dialect(t)?;
    let is_simple = |part: &str| part.trim_start_matches('-').chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.');
    Ok(Some(match text.split_once(" ** ") {
        Some((x, y)) if is_simple(x) && is_simple(y) => format!("{x}**{y}"),
        _ => text,
    }))
}
