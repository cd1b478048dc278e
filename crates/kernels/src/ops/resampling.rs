use super::sampling::cubic;
use crate::cpu::dispatched;
use crate::{Error, Number, Result, Shape, Tensor, map};

const OP: &str = "resize";

/// How an axis is resampled.
struct Axis<'a> {
    length: usize,
    out: usize,
    /// How much longer the axis becomes, before its length is rounded.
    scale: f64,
    /// The part of the axis that is taken, from 0 to 1.
    part: (f64, f64),
    coordinates: &'a str,
}

/// How places between elements are read.
struct Reading<'a> {
    mode: &'a str,
    rounding: &'a str,
    /// Keys' parameter.
    cubic: f64,
    exclude_outside: bool,
    antialias: bool,
}

/// For each place of the result `count` places of the axis and their weights, and whether it lies outside.
struct Taps {
    count: usize,
    places: Vec<usize>,
    weights: Vec<f64>,
    outside: Vec<bool>,
}

impl Axis<'_> {
    /// Where a place of the result lies on the axis.
    fn coordinate(&self, i: usize) -> Result<f64> {
        let (x, n, whole) = (i as f64, self.length as f64, self.scale * self.length as f64);
        let half = (x + 0.5) / self.scale - 0.5;
        Ok(match self.coordinates {
            "half_pixel" => half,
            "asymmetric" => x / self.scale,
            "align_corners" if whole == 1.0 => 0.0,
            "align_corners" => x * (n - 1.0) / (whole - 1.0),
            "pytorch_half_pixel" => {
                if self.out > 1 {
                    half
                } else {
                    0.0
                }
            }
            "half_pixel_symmetric" => n / 2.0 * (1.0 - self.out as f64 / whole) + half,
            "tf_half_pixel_for_nn" => (x + 0.5) / self.scale,
            "tf_crop_and_resize" => {
                let (start, end) = self.part;
                let within = if whole == 1.0 { (end - start) * (n - 1.0) / 2.0 } else { x * (end - start) * (n - 1.0) / (whole - 1.0) };
                start * (n - 1.0) + within
            }
            other => return Err(Error::operand(OP, format!("no transformation of coordinates `{other}`"))),
        })
    }

    fn taps(&self, reading: &Reading) -> Result<Taps> {
        let span = reading.span(self.scale)?;
        let count = (span.end - span.start) as usize;
        let total = self.out.checked_mul(count).filter(|_| self.length > 0 || self.out == 0);
        let refused = || Error::operand(OP, format!("an axis of {} places from {}", self.out, self.length));
        let total = total.ok_or_else(refused)?;
        let mut taps = Taps { count, places: Vec::new(), weights: Vec::new(), outside: Vec::new() };
        taps.places.try_reserve_exact(total).map_err(|_| refused())?;
        taps.weights.try_reserve_exact(total).map_err(|_| refused())?;
        let last = self.length as i64 - 1;
        for i in 0..self.out {
            let x = self.coordinate(i)?;
            let (base, t) = super::sampling::floor(x);
            let from = taps.weights.len();
            for k in span.clone() {
                let place = base + k;
                let kept = !reading.exclude_outside || (0..=last).contains(&place);
                taps.places.push(place.clamp(0, last.max(0)) as usize);
                taps.weights.push(if kept { reading.weight(k, t, self.scale) } else { 0.0 });
            }
            let own = &mut taps.weights[from..];
            if reading.exclude_outside || reading.antialias {
                let sum: f64 = own.iter().sum();
                own.iter_mut().for_each(|w| *w /= sum);
            }
            taps.outside.push(self.coordinates == "tf_crop_and_resize" && !(0.0..=last as f64).contains(&x));
        }
        Ok(taps.copies())
    }
}

impl Taps {
    /// Without the places that have no weight, if each place of the result is a copy of one place.
    fn copies(self) -> Taps {
        let own = |o: usize| o * self.count..(o + 1) * self.count;
        let copy = |o: usize| {
            let mut weighed = own(o).filter(|i| self.weights[*i] != 0.0);
            let place = weighed.next().filter(|i| self.weights[*i] == 1.0).map(|i| self.places[i]);
            place.filter(|_| weighed.next().is_none())
        };
        match (0..self.outside.len()).map(copy).collect::<Option<Vec<usize>>>() {
            Some(places) => Taps { count: 1, weights: vec![1.0; places.len()], places, outside: self.outside },
            None => self,
        }
    }
}

impl Reading<'_> {
    /// Which places around one count, from the next below on.
    fn span(&self, scale: f64) -> Result<std::ops::Range<i64>> {
        // A result with a place has no smaller scale than one over the axis.
        let shrunk = if self.antialias { scale.clamp(1e-12, 1.0) } else { 1.0 };
        let reach = match self.mode {
            "nearest" => return Ok(0..2),
            "linear" => 1.0,
            "cubic" => 2.0,
            other => return Err(Error::operand(OP, format!("no mode `{other}`"))),
        };
        let first = (-reach / shrunk).floor() as i64 + 1;
        Ok(first..2 - first)
    }

    /// The weight of the `k`-th place for a point `t` behind the next place below.
    fn weight(&self, k: i64, t: f64, scale: f64) -> f64 {
        if self.mode == "nearest" {
            let above = match self.rounding {
                "round_prefer_floor" => t > 0.5,
                "round_prefer_ceil" => t >= 0.5,
                "ceil" => t > 0.0,
                _ => false,
            };
            return f64::from(above == (k == 1));
        }
        let shrunk = if self.antialias { scale.min(1.0) } else { 1.0 };
        let distance = ((k as f64 - t) * shrunk).abs();
        match self.mode {
            "linear" => (1.0 - distance).max(0.0),
            // The first two of the weights around 0 are those of distances 1 to 2 and 0 to 1.
            _ if distance >= 2.0 => 0.0,
            _ if distance >= 1.0 => cubic(distance - 1.0, self.cubic)[0],
            _ => cubic(distance, self.cubic)[1],
        }
    }
}

/// `x` with some axes longer or shorter, by `scales` or to `sizes`, of which one is given for each of `axes`.
///
/// `coordinates` says which place of `x` a place of the result is: `"half_pixel"`, `"half_pixel_symmetric"`,
/// `"pytorch_half_pixel"`, `"align_corners"`, `"asymmetric"`, `"tf_half_pixel_for_nn"` or `"tf_crop_and_resize"`, which takes the
/// part of `x` that `region` has the beginnings and then the ends of, and `extrapolation` outside. `mode` says how places between
/// elements are read: `"nearest"`, as `rounding` says, `"linear"` or `"cubic"` with the parameter `a`. With `antialias` the weights
/// reach over as many places as become one, and with `exclude_outside` not beyond the ends. `policy` is `"stretch"`, or
/// `"not_larger"` or `"not_smaller"` than `sizes` in all axes alike.
///
/// # Errors
/// If the operands do not fit, a word is unknown, or there is no memory for the result.
#[expect(clippy::too_many_arguments, reason = "the operands and attributes of the operation")]
pub fn resize<T: Number>(
    x: &Tensor<T>,
    region: Option<&Tensor<f32>>,
    scales: Option<&Tensor<f32>>,
    sizes: Option<&Tensor<i64>>,
    axes: &[usize],
    mode: &str,
    coordinates: &str,
    rounding: &str,
    a: f64,
    exclude_outside: bool,
    antialias: bool,
    policy: &str,
    extrapolation: f64,
) -> Result<Tensor<T>> {
    if axes.iter().any(|axis| *axis >= x.rank()) {
        return Err(Error::operand(OP, format!("axes {axes:?} of {:?}", x.shape())));
    }
    let lengths = lengths(x.shape(), axes, scales, sizes, policy)?;
    let reading = Reading { mode, rounding, cubic: a, exclude_outside, antialias };
    let part = |i: usize| match region {
        Some(region) if region.shape() == [2 * axes.len()] => {
            Ok((f64::from(region.elements()[i]), f64::from(region.elements()[i + axes.len()])))
        }
        Some(region) => Err(Error::shapes(OP, x.shape(), region.shape())),
        None => Ok((0.0, 1.0)),
    };
    let mut stages = Vec::new();
    for (i, (axis, (out, scale))) in axes.iter().zip(lengths).enumerate() {
        let length = x.shape()[*axis];
        let side = Axis { length, out, scale, part: part(i)?, coordinates };
        if out != length || scale != 1.0 || coordinates == "tf_crop_and_resize" {
            stages.push((*axis, side.taps(&reading)?));
        }
    }
    if stages.iter().all(|(axis, taps)| taps.outside.len() >= x.shape()[*axis]) {
        // The last axis first: there is less of it before the others are longer, which then are made of whole rows.
        stages.reverse();
    }
    if mode == "nearest" {
        return resampled(x.clone(), &stages, extrapolation);
    }
    let whole = T::of_f64(0.5) == T::ZERO;
    let narrow = |x: f64| T::of_f64(if whole { x.round_ties_even() } else { x });
    // Single precision is enough between the axes if the elements have no more.
    if size_of::<T>() <= 2 || (size_of::<T>() == 4 && !whole) {
        let values = resampled(map(x, |x| x.to_f64() as f32), &stages, extrapolation)?;
        Ok(map(&values, |x| narrow(f64::from(x))))
    } else {
        Ok(map(&resampled(map(x, T::to_f64), &stages, extrapolation)?, narrow))
    }
}

/// For each of the axes its length in the result, and the scale.
fn lengths(
    shape: &[usize],
    axes: &[usize],
    scales: Option<&Tensor<f32>>,
    sizes: Option<&Tensor<i64>>,
    policy: &str,
) -> Result<Vec<(usize, f64)>> {
    let refused = || Error::operand(OP, "expected a scale above zero, or a size, for each axis");
    let n = |i: usize| shape[axes[i]] as f64;
    match (scales, sizes) {
        (Some(scales), None) if scales.len() == axes.len() => {
            let each = scales.elements().iter().map(|s| f64::from(*s)).enumerate();
            each.map(|(i, s)| if s > 0.0 && s.is_finite() { Ok(((s * n(i)) as usize, s)) } else { Err(refused()) }).collect()
        }
        (None, Some(sizes)) if sizes.len() == axes.len() => {
            let sizes: Option<Vec<usize>> = sizes.elements().iter().map(|s| usize::try_from(*s).ok()).collect();
            let sizes = sizes.ok_or_else(refused)?;
            let each = sizes.iter().enumerate().map(|(i, size)| (*size, *size as f64 / n(i).max(1.0)));
            let scale = each.clone().map(|(_, scale)| scale);
            let common = match policy {
                "stretch" => return Ok(each.collect()),
                "not_larger" => scale.reduce(f64::min),
                "not_smaller" => scale.reduce(f64::max),
                other => return Err(Error::operand(OP, format!("no policy `{other}`"))),
            };
            let common = common.unwrap_or(1.0);
            Ok((0..axes.len()).map(|i| ((common * n(i) + 0.5) as usize, common)).collect())
        }
        _ => Err(refused()),
    }
}

/// All axes in turn.
fn resampled<W: Number>(mut values: Tensor<W>, stages: &[(usize, Taps)], extrapolation: f64) -> Result<Tensor<W>> {
    let mut shape = Shape::from_slice(values.shape());
    for (axis, taps) in stages {
        let (n, inner) = (shape[*axis], shape[axis + 1..].iter().product::<usize>());
        shape[*axis] = taps.outside.len();
        let weights: Vec<W> = taps.weights.iter().map(|weight| W::of_f64(*weight)).collect();
        values = Tensor::try_build(OP, &shape, |out| {
            if !out.is_empty() {
                along(taps, &weights, (n, inner), values.elements(), out);
            }
        })?;
    }
    for (axis, taps) in stages.iter().filter(|(_, taps)| taps.outside.contains(&true)) {
        let inner = shape[axis + 1..].iter().product::<usize>();
        for (i, out) in values.elements_mut().chunks_exact_mut(inner.max(1)).enumerate() {
            if taps.outside[i % taps.outside.len()] {
                out.fill(W::of_f64(extrapolation));
            }
        }
    }
    Ok(values)
}

dispatched! {
    /// Each place of an axis of length `n` as a sum of others; `inner` elements lie side by side.
    fn along[W: Number](taps: &Taps, weights: &[W], size: (usize, usize), x: &[W], out: &mut [W]) {
        let (n, inner) = size;
        let length = taps.outside.len();
        let once = taps.count == 1 && weights.iter().all(|w| *w == W::ONE);
        let doubled = once && length == 2 * n && taps.places.iter().enumerate().all(|(o, place)| *place == o / 2);
        if inner == 1 && doubled {
            // All rows end to end.
            let whole = x.len() / 8 * 8;
            for (out, x) in out.as_chunks_mut::<16>().0.iter_mut().zip(x.as_chunks::<8>().0) {
                for (i, x) in x.iter().enumerate() {
                    out[2 * i] = *x;
                    out[2 * i + 1] = *x;
                }
            }
            for (out, x) in out[2 * whole..].as_chunks_mut::<2>().0.iter_mut().zip(&x[whole..]) {
                *out = [*x; 2];
            }
            return;
        }
        for (out, x) in out.chunks_exact_mut(length * inner).zip(x.chunks_exact(n * inner)) {
            if inner == 1 && once {
                out.iter_mut().zip(&taps.places).for_each(|(o, place)| *o = x[*place]);
            } else if once {
                let rows = out.chunks_exact_mut(inner).zip(&taps.places);
                rows.for_each(|(out, place)| out.copy_from_slice(&x[place * inner..][..inner]));
            } else {
                sums(taps, weights, inner, x, out);
            }
        }
    }
}

/// Sums of the places of an axis.
#[inline(always)]
fn sums<W: Number>(taps: &Taps, weights: &[W], inner: usize, x: &[W], out: &mut [W]) {
    if taps.count == 0 {
        return out.fill(W::ZERO);
    }
    let own = taps.places.chunks_exact(taps.count).zip(weights.chunks_exact(taps.count));
    if inner == 1 && taps.count == 2 {
        let term = |place: usize, weight: W| if weight == W::ZERO { W::ZERO } else { weight.times(x[place]) };
        let (places, weights) = (taps.places.as_chunks::<2>().0, weights.as_chunks::<2>().0);
        for (out, ([a, b], [v, w])) in out.iter_mut().zip(places.iter().zip(weights)) {
            *out = term(*a, *v).plus(term(*b, *w));
        }
        return;
    }
    if inner == 1 {
        for (out, (places, weights)) in out.iter_mut().zip(own) {
            let terms = places.iter().zip(weights).filter(|(_, weight)| **weight != W::ZERO);
            *out = terms.fold(W::ZERO, |sum, (place, weight)| sum.plus(weight.times(x[*place])));
        }
        return;
    }
    for (out, (places, weights)) in out.chunks_exact_mut(inner).zip(own) {
        out.fill(W::ZERO);
        for (place, weight) in places.iter().zip(weights).filter(|(_, weight)| **weight != W::ZERO) {
            for (o, x) in out.iter_mut().zip(&x[place * inner..][..inner]) {
                *o = o.plus(weight.times(*x));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resized(x: &Tensor<u8>, scale: f32, mode: &str) -> Result<Tensor<u8>> {
        let scales = Tensor::new(&[1], vec![scale]).unwrap();
        resize(x, None, Some(&scales), None, &[0], mode, "half_pixel", "floor", -0.75, false, false, "stretch", 0.0)
    }

    #[test]
    fn integers_are_rounded_and_held() {
        let x = Tensor::new(&[3], vec![0u8, 255, 255]).unwrap();
        assert_eq!(resized(&x, 2.0, "linear").unwrap().elements(), [0, 64, 191, 255, 255, 255]);
        assert_eq!(resized(&x, 2.0, "cubic").unwrap().elements()[3], 255);
    }

    #[test]
    fn scales_that_are_none_are_refused() {
        let x = Tensor::new(&[3], vec![0u8, 1, 2]).unwrap();
        for scale in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e30] {
            assert!(resized(&x, scale, "linear").is_err());
        }
        assert!(resized(&x, 2.0, "area").is_err());
        assert_eq!(resized(&x, 0.1, "linear").unwrap().shape(), [0]);
    }
}
