//! Resampling of images.

use super::super::numbers::{boolean, float};
use super::{Body, Entry, Spelled, Term, spelled};
use crate::ir::DType;

pub(super) static OPS: &[Entry] = &[
    ("resize", resize),
    ("grid_sample", |b, t| {
        let mode = match t.word(2)? {
            "linear" => "bilinear",
            "cubic" => "bicubic",
            other => other,
        };
        let padding = t.word(3)?;
        let operands = b.tensors(&t.args[..2])?;
        spelled!("F.grid_sample({operands}, mode=\"{mode}\", padding_mode=\"{padding}\", align_corners={})", boolean(t.flag(4)))
    }),
    ("affine_grid", |b, t| {
        spelled!("F.affine_grid({}, {}.tolist(), align_corners={})", b.tensor(t.args[0])?, b.receiver(t.args[1])?, boolean(t.flag(2)))
    }),
];

/// By `F.interpolate` where that has the same coordinates, over the axes after batch and channels.
fn resize(b: &mut Body, t: &Term) -> Spelled {
    let refused = || Err("PyTorch has no resizing with these coordinates".to_owned());
    let (rank, axes) = (t.rank(0)?, t.ints(4)?);
    let constant = |i: usize| t.model.weight(t.args[i]).map(|weight| weight.to_f64());
    let spatial = |values: Vec<f64>, same: &dyn Fn(usize, f64) -> bool| -> Option<Vec<f64>> {
        let mut all = vec![None; rank];
        axes.iter().zip(values).for_each(|(axis, value)| all[*axis as usize] = Some(value));
        let rest = all.split_off(2);
        let kept = all.iter().enumerate().all(|(i, value)| value.is_none_or(|value| same(i, value)));
        rest.into_iter().collect::<Option<Vec<f64>>>().filter(|_| kept)
    };
    if !(3..=5).contains(&rank) || t.flag(9) || t.flag(10) || t.word(11)? != "stretch" || !t.dtype(0)?.is_float() {
        return refused();
    }
    let lengths = b.lengths(t, 0)?;
    let is_length = |i: usize, value: f64| lengths[i].as_known() == Some(value as i64);
    let list = |values: Vec<String>| if values.len() == 1 { values[0].clone() } else { format!("({})", values.join(", ")) };
    let to = if let Some(sizes) = constant(3).and_then(|sizes| spatial(sizes, &is_length)) {
        format!("size={}", list(sizes.iter().map(|size| (*size as i64).to_string()).collect()))
    } else if let Some(scales) = constant(2).and_then(|scales| spatial(scales, &|_, scale| scale == 1.0)) {
        format!("scale_factor={}", list(scales.iter().map(|scale| float(*scale, DType::F32)).collect()))
    } else {
        return refused();
    };
    let linear = ["linear", "bilinear", "trilinear"][rank - 3];
    let cubic = (t.float(8)? + 0.75).abs() < 1e-6 && rank == 4;
    let mode = match (t.word(5)?, t.word(6)?) {
        ("nearest", "asymmetric") if t.word(7)? == "floor" => "mode=\"nearest\"".to_owned(),
        ("linear", "half_pixel" | "pytorch_half_pixel") => format!("mode=\"{linear}\", align_corners=False"),
        ("linear", "align_corners") => format!("mode=\"{linear}\", align_corners=True"),
        ("cubic", "half_pixel") if cubic => "mode=\"bicubic\", align_corners=False".to_owned(),
        ("cubic", "align_corners") if cubic => "mode=\"bicubic\", align_corners=True".to_owned(),
        _ => return refused(),
    };
    spelled!("F.interpolate({}, {to}, {mode})", b.tensor(t.args[0])?)
}
