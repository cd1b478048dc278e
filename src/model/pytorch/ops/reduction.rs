//! Sums and the like over axes, where PyTorch's functions differ from each other.

use super::super::numbers::dtype;
use super::{Body, Entry, Spelled, Term, spelled};
use crate::ir::{Attr, DType};

macro_rules! over {
    ($($ir:literal => $torch:literal),* ; $($other:tt)*) => {
        &[$(($ir, |b, t| over(b, t, $torch)),)* $($other)*]
    };
}

pub(super) static OPS: &[Entry] = over! {
    "sum_over" => "torch.sum", "max_over" => "torch.amax", "min_over" => "torch.amin", "mean_over" => "torch.mean",
    "logsumexp_over" => "torch.logsumexp";

    ("sum", |b, t| whole(b, t, "torch.sum", true)),
    ("mean", |b, t| whole(b, t, "torch.mean", false)),
    ("max", |b, t| whole(b, t, "torch.amax", false)),
    ("min", |b, t| whole(b, t, "torch.amin", false)),
    ("logsumexp", |b, t| whole(b, t, "torch.logsumexp", false)),
    ("any", |b, t| truth(b, t, "torch.any")),
    ("all", |b, t| truth(b, t, "torch.all")),
    ("count_nonzero", |b, t| spelled!("torch.count_nonzero({}, dim={})", b.tensor(t.args[0])?, tuple(&t.axes(1)?))),
    ("prod", |b, t| {
        // One axis at a time, the last first.
        let mut axes = t.axes(1)?;
        axes.sort_unstable();
        let (mut text, typed) = (b.receiver(t.args[0])?, kept(t)?);
        for axis in axes.iter().rev() {
            text = format!("{text}.prod(dim={axis}{}{typed})", keepdim(t.flag(2)));
        }
        Ok(Some(text))
    }),
    ("cumsum", |b, t| running(b, t, "torch.cumsum")),
    ("cumprod", |b, t| running(b, t, "torch.cumprod")),
    ("cumsum_along", |b, t| along(b, t, "cumsum")),
    ("cumprod_along", |b, t| along(b, t, "cumprod")),
};

fn keepdim(keep: bool) -> &'static str {
    if keep { ", keepdim=True" } else { "" }
}

fn tuple(axes: &[i64]) -> String {
    match axes {
        [one] => one.to_string(),
        several => format!("({})", several.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// Sums of short integers are long in PyTorch unless it is told.
fn kept(t: &Term) -> Result<String, String> {
    let of = t.dtype(0)?;
    Ok(if of.is_float() || of == DType::I64 { String::new() } else { format!(", dtype={}", dtype(of)) })
}

/// All axes are named where they are kept; one is a number.
fn whole(b: &mut Body, t: &Term, function: &str, is_typed: bool) -> Spelled {
    let typed = if is_typed { kept(t)? } else { String::new() };
    let axes = t.axes(1)?;
    let x = b.tensor(t.args[0])?;
    if axes.is_empty() {
        return Ok(Some(x));
    }
    if *t.attr(1) == Attr::None && !t.flag(2) && function != "torch.logsumexp" {
        return spelled!("{function}({x}{typed})");
    }
    spelled!("{function}({x}, dim={}{}{typed})", tuple(&axes), keepdim(t.flag(2)))
}

fn truth(b: &mut Body, t: &Term, function: &str) -> Spelled {
    if *t.attr(1) == Attr::None && !t.flag(2) {
        return Ok(None);
    }
    whole(b, t, function, false)
}

fn over(b: &mut Body, t: &Term, function: &str) -> Spelled {
    let typed = if function == "torch.sum" { kept(t)? } else { String::new() };
    let (x, axes) = (b.tensor(t.args[0])?, b.receiver(t.args[1])?);
    spelled!("{function}({x}, dim={axes}.tolist(){}{typed})", keepdim(t.flag(2)))
}

fn running(b: &mut Body, t: &Term, function: &str) -> Spelled {
    if *t.attr(1) == Attr::None {
        return Ok(None);
    }
    spelled!("{function}({}, dim={}{})", b.tensor(t.args[0])?, t.axis(1, 0)?, kept(t)?)
}

fn along(b: &mut Body, t: &Term, function: &'static str) -> Spelled {
    let (x, axis) = (b.tensor(t.args[0])?, b.tensor(t.args[1])?);
    if t.flag(2) {
        return Err("a running sum that is without an element's own share".to_owned());
    }
    if t.flag(3) {
        let x = super::receiver(x);
        return spelled!("{x}.flip(int({axis})).{function}(int({axis}){}).flip(int({axis}))", kept(t)?);
    }
    spelled!("torch.{function}({x}, int({axis}){})", kept(t)?)
}
