use smallvec::SmallVec;

use super::computed::{axes_of, lengths};
use super::reserved;
use crate::{Element, Error, Integer, Result, Shape, Tensor};

/// Places before each axis and behind each, which `pads` lists in this order; below zero so many go. They hold `value`
/// (`constant`), the nearest element (`edge`), those mirrored at the end (`reflect`) or those from the other end (`wrap`).
///
/// # Errors
/// If there are not two lengths for each axis, more goes than is there, there is nothing to repeat or the mode is another.
pub fn pad<T: Element>(a: &Tensor<T>, value: &Tensor<T>, pads: &[i64], mode: &str) -> Result<Tensor<T>> {
    if pads.len() != 2 * a.rank() {
        return Err(Error::operand("pad", format!("expected {} lengths, found {}", 2 * a.rank(), pads.len())));
    }
    let fill = value.item()?;
    let (before, behind) = pads.split_at(a.rank());
    if mode == "constant"
        && let Some(padded) = constant(a, fill, before, behind)
    {
        return Ok(padded);
    }
    let mut out = a.clone();
    for (axis, (&before, &behind)) in before.iter().zip(behind).enumerate().filter(|(_, pads)| *pads != (&0, &0)) {
        let sources = sources(a.shape()[axis], before, behind, mode)?;
        out = chosen(&out, axis, &sources, fill)?;
    }
    Ok(out)
}

/// Places of one value around all axes at once; nothing if some are taken away or there would be too many.
fn constant<T: Element>(a: &Tensor<T>, fill: T, before: &[i64], behind: &[i64]) -> Option<Tensor<T>> {
    let mut shape = Shape::new();
    for ((length, before), behind) in a.shape().iter().zip(before).zip(behind) {
        let (before, behind) = (usize::try_from(*before).ok()?, usize::try_from(*behind).ok()?);
        shape.push(length.checked_add(before)?.checked_add(behind)?);
    }
    reserved::<T>("pad", &shape).ok()?;
    let Some((length, outer)) = a.shape().split_last() else { return Some(a.clone()) };
    Some(Tensor::build(&shape, |out| {
        out.fill(fill);
        for (i, row) in a.elements().chunks_exact((*length).max(1)).enumerate() {
            let (mut rest, mut at, mut stride) = (i, before[outer.len()] as usize, shape[outer.len()]);
            for axis in (0..outer.len()).rev() {
                at += (rest % outer[axis] + before[axis] as usize) * stride;
                rest /= outer[axis];
                stride *= shape[axis];
            }
            out[at..at + length].copy_from_slice(row);
        }
    }))
}

/// As [`pad`] on some axes.
///
/// # Errors
/// As for [`pad`].
pub fn pad_by<T: Element, I: Integer, J: Integer>(
    a: &Tensor<T>,
    value: &Tensor<T>,
    pads: &Tensor<I>,
    axes: &Tensor<J>,
    mode: &str,
) -> Result<Tensor<T>> {
    let axes = axes_of("pad_by", axes, a.rank())?;
    if pads.len() != 2 * axes.len() {
        return Err(Error::operand("pad_by", format!("expected {} lengths, found {}", 2 * axes.len(), pads.len())));
    }
    let mut all: SmallVec<[i64; 12]> = SmallVec::from_elem(0, 2 * a.rank());
    for (i, axis) in axes.iter().enumerate() {
        all[*axis] = pads.elements()[i].to_i64();
        all[a.rank() + axis] = pads.elements()[axes.len() + i].to_i64();
    }
    pad(a, value, &all, mode)
}

/// The middle of a length on each of some axes: of a longer axis the middle, a shorter one between zeros.
///
/// # Errors
/// If there is not a length for each axis, or one is negative.
pub fn center_crop_pad<T: Element, I: Integer>(a: &Tensor<T>, shape: &Tensor<I>, axes: &[usize]) -> Result<Tensor<T>> {
    let wanted = lengths("center_crop_pad", shape)?;
    if wanted.len() != axes.len() || axes.iter().any(|axis| *axis >= a.rank()) {
        return Err(Error::shapes("center_crop_pad", a.shape(), &wanted));
    }
    let mut pads: SmallVec<[i64; 12]> = SmallVec::from_elem(0, 2 * a.rank());
    for (&axis, &wanted) in axes.iter().zip(&wanted) {
        let more = wanted as i64 - a.shape()[axis] as i64;
        pads[axis] = more / 2;
        pads[a.rank() + axis] = more - more / 2;
    }
    pad(a, &Tensor::scalar(T::default()), &pads, "constant")
}

/// Which place of an axis each place of the padded one has its element from; none for the value to fill with.
fn sources(length: usize, before: i64, behind: i64, mode: &str) -> Result<Vec<Option<usize>>> {
    let n = length as i64;
    let misfit = || Error::operand("pad", format!("{before} and {behind} places around a length of {length} ({mode})"));
    let total = n.checked_add(before).and_then(|t| t.checked_add(behind)).filter(|t| *t >= 0).ok_or_else(misfit)?;
    reserved::<Option<usize>>("pad", &[total as usize])?;
    let outside = before > 0 || behind > 0;
    if mode != "constant" && n == 0 && outside {
        return Err(misfit());
    }
    let period = (2 * (n - 1)).max(1);
    let source: &dyn Fn(i64) -> i64 = match mode {
        "constant" => &|p| p,
        "edge" => &|p| p.clamp(0, n - 1),
        "reflect" => &|p| (n - 1) - ((n - 1) - p.rem_euclid(period)).abs(),
        "wrap" => &|p| p.rem_euclid(n),
        _ => return Err(Error::operand("pad", format!("no mode is named `{mode}`"))),
    };
    let place = |p: i64| usize::try_from(source(p)).ok().filter(|p| *p < length);
    Ok((0..total).map(|i| place(i - before)).collect())
}

/// The places of an axis in a new order, or a value.
fn chosen<T: Element>(a: &Tensor<T>, axis: usize, sources: &[Option<usize>], fill: T) -> Result<Tensor<T>> {
    let mut shape = Shape::from_slice(a.shape());
    let length = std::mem::replace(&mut shape[axis], sources.len());
    reserved::<T>("pad", &shape)?;
    let inner: usize = shape[axis + 1..].iter().product();
    Ok(Tensor::build(&shape, |out| {
        if out.is_empty() {
            return;
        }
        for (block, out) in out.chunks_exact_mut(sources.len() * inner).enumerate() {
            for (out, source) in out.chunks_exact_mut(inner).zip(sources) {
                match source.map(|place| (block * length + place) * inner) {
                    Some(begin) => out.copy_from_slice(&a.elements()[begin..begin + inner]),
                    None => out.fill(fill),
                }
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(elements: &[i32]) -> Tensor<i32> {
        Tensor::new(&[elements.len()], elements.to_vec()).unwrap()
    }

    #[test]
    fn modes_differ_in_what_is_outside() {
        let (a, zero) = (line(&[1, 2, 3]), Tensor::scalar(0));
        for (mode, expected) in [
            ("constant", [0, 0, 1, 2, 3, 0, 0, 0]),
            ("edge", [1, 1, 1, 2, 3, 3, 3, 3]),
            ("reflect", [3, 2, 1, 2, 3, 2, 1, 2]),
            ("wrap", [2, 3, 1, 2, 3, 1, 2, 3]),
        ] {
            assert_eq!(pad(&a, &zero, &[2, 3], mode).unwrap().elements(), expected, "{mode}");
        }
        assert_eq!(pad(&line(&[7]), &zero, &[1, 1], "reflect").unwrap().elements(), [7, 7, 7]);
        assert_eq!(pad(&a, &zero, &[-1, 1], "constant").unwrap().elements(), [2, 3, 0]);
        assert_eq!(pad(&a, &zero, &[-1, 1], "edge").unwrap().elements(), [2, 3, 3]);
    }

    #[test]
    fn axes_are_padded_one_by_one() {
        let a = Tensor::new(&[2, 2], vec![1, 2, 3, 4]).unwrap();
        let padded = pad(&a, &Tensor::scalar(9), &[0, 1, 1, 0], "constant").unwrap();
        assert_eq!((padded.shape(), padded.elements()), (&[3, 3][..], &[9, 1, 2, 9, 3, 4, 9, 9, 9][..]));
        let by = pad_by(&a, &Tensor::scalar(0), &line(&[1, 0]), &line(&[-1]), "constant").unwrap();
        assert_eq!(by.elements(), [0, 1, 2, 0, 3, 4]);
        let middle = center_crop_pad(&a, &line(&[1, 4]), &[0, 1]).unwrap();
        assert_eq!((middle.shape(), middle.elements()), (&[1, 4][..], &[0, 1, 2, 0][..]));
    }

    #[test]
    fn what_cannot_be_padded_is_refused() {
        let (a, zero) = (line(&[1, 2]), Tensor::scalar(0));
        assert!(pad(&a, &zero, &[1], "constant").is_err() && pad(&a, &zero, &[-3, 0], "constant").is_err());
        assert!(pad(&line(&[]), &zero, &[1, 0], "wrap").is_err() && pad(&a, &zero, &[1, 1], "mirror").is_err());
        assert!(pad(&a, &zero, &[i64::MAX, 1], "constant").is_err() && pad(&a, &zero, &[i64::MAX / 2, 1], "edge").is_err());
        assert!(pad_by(&a, &zero, &line(&[1, 0]), &line(&[1]), "constant").is_err());
        assert!(center_crop_pad(&a, &line(&[-1]), &[0]).is_err() && center_crop_pad(&a, &line(&[1]), &[1]).is_err());
    }
}
