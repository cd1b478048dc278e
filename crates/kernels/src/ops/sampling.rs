//! Tensors read at places between their elements.

use smallvec::SmallVec;

use crate::{Error, Float, Result, Shape, Tensor};

/// How coordinates outside of an axis are taken.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Outside {
    Zeros,
    Border,
    Reflection,
}

/// Places of an axis and their weights.
type Taps = SmallVec<[(usize, f64); 4]>;

/// One axis of what is read.
struct Axis {
    length: usize,
    outside: Outside,
    align_corners: bool,
}

impl Axis {
    /// What -1..1 is in places.
    fn place(&self, x: f64) -> f64 {
        let n = self.length as f64;
        if self.align_corners { (x + 1.0) / 2.0 * (n - 1.0) } else { ((x + 1.0) * n - 1.0) / 2.0 }
    }

    /// The first and last coordinate that lie within.
    fn borders(&self) -> (f64, f64) {
        let n = self.length as f64;
        if self.align_corners { (0.0, n - 1.0) } else { (-0.5, n - 0.5) }
    }

    fn within(&self, x: f64) -> f64 {
        let (low, high) = self.borders();
        match self.outside {
            _ if (low..=high).contains(&x) => x,
            Outside::Zeros => x,
            Outside::Border => x.clamp(0.0, self.length as f64 - 1.0),
            Outside::Reflection => reflected(x, low, high),
        }
    }

    /// A tap at an index, which may lie outside.
    fn tap(&self, index: i64, weight: f64, taps: &mut Taps) {
        let last = self.length as i64 - 1;
        let inside = match self.outside {
            _ if (0..=last).contains(&index) => index,
            Outside::Zeros => return,
            Outside::Border => index.clamp(0, last),
            Outside::Reflection => {
                let (low, high) = self.borders();
                (reflected(index as f64, low, high) as i64).clamp(0, last)
            }
        };
        taps.push((inside as usize, weight));
    }

    fn taps(&self, x: f64, mode: &str) -> Taps {
        let mut taps = Taps::new();
        let place = self.place(x);
        if mode == "nearest" {
            let (index, _) = floor(self.within(place.round_ties_even()));
            self.tap(index, 1.0, &mut taps);
            return taps;
        }
        let (index, t) = floor(self.within(place));
        if mode == "linear" {
            self.tap(index, 1.0 - t, &mut taps);
            self.tap(index + 1, t, &mut taps);
        } else {
            for (i, weight) in cubic(t, -0.75).into_iter().enumerate() {
                self.tap(index - 1 + i as i64, weight, &mut taps);
            }
        }
        taps
    }
}

/// The next integer below, and the rest. Coordinates that no tensor has are held far outside, NaN at 0.
pub(super) fn floor(x: f64) -> (i64, f64) {
    let x = if x.is_nan() { 0.0 } else { x.clamp(-1e12, 1e12) };
    (x.floor() as i64, x - x.floor())
}

/// Keys' cubic weights of the four places around `t` in 0..1.
pub(super) fn cubic(t: f64, a: f64) -> [f64; 4] {
    let near = |x: f64| ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    let far = |x: f64| ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a;
    [far(t + 1.0), near(t), near(1.0 - t), far(2.0 - t)]
}

/// Reflected at the borders until it lies between them.
fn reflected(x: f64, low: f64, high: f64) -> f64 {
    let range = high - low;
    if range <= 0.0 || !x.is_finite() {
        return low;
    }
    let far = (x - low).rem_euclid(2.0 * range);
    low + if far > range { 2.0 * range - far } else { far }
}

/// `x` of shape `(batch, channels, …)` at the coordinates in `grid` of shape `(batch, …, axes)`, in which -1 and 1 are the ends of
/// an axis: the middles of its first and last element if `align_corners`, else their outer edges; coordinates name the last axis
/// first. `mode` is `"nearest"`, `"linear"` or `"cubic"`; outside of `x` is what `padding` says: `"zeros"`, `"border"` or
/// `"reflection"`.
///
/// # Errors
/// If the shapes do not fit, or a word is unknown.
pub fn grid_sample<T: Float, G: Float>(
    x: &Tensor<T>,
    grid: &Tensor<G>,
    mode: &str,
    padding: &str,
    align_corners: bool,
) -> Result<Tensor<T>> {
    const OP: &str = "grid_sample";
    let misfit = || Error::shapes(OP, x.shape(), grid.shape());
    let ([batch, channels, lengths @ ..], [first, places @ .., axes]) = (x.shape(), grid.shape()) else { return Err(misfit()) };
    if batch != first || *axes != lengths.len() || *axes == 0 || places.len() != *axes || lengths.contains(&0) {
        return Err(misfit());
    }
    let outside = match padding {
        "zeros" => Outside::Zeros,
        "border" => Outside::Border,
        "reflection" => Outside::Reflection,
        other => return Err(Error::operand(OP, format!("no padding `{other}`"))),
    };
    if !matches!(mode, "nearest" | "linear" | "cubic") {
        return Err(Error::operand(OP, format!("no mode `{mode}`")));
    }
    let shape: Shape = [*batch, *channels].into_iter().chain(places.iter().copied()).collect();
    let (plane, count): (usize, usize) = (lengths.iter().product(), places.iter().product());
    let sides: Vec<Axis> = lengths.iter().map(|length| Axis { length: *length, outside, align_corners }).collect();
    Tensor::try_build(OP, &shape, |out| {
        let mut taps: Vec<(usize, f64)> = Vec::new();
        for (i, point) in grid.elements().chunks_exact(*axes).enumerate() {
            let (n, o) = (i / count, i % count);
            taps.clear();
            taps.push((0, 1.0));
            for (side, coordinate) in sides.iter().zip(point.iter().rev()) {
                let own = side.taps(coordinate.to_f64(), mode);
                let all = taps.iter().flat_map(|(at, w)| own.iter().map(move |(i, v)| (at * side.length + i, w * v)));
                taps = all.collect();
            }
            for c in 0..*channels {
                let x = &x.elements()[(n * channels + c) * plane..][..plane];
                let value: f64 = taps.iter().map(|(at, w)| x[*at].to_f64() * w).sum();
                out[(n * channels + c) * count + o] = T::of_f64(value);
            }
        }
    })
}

/// The coordinates for [`grid_sample`] at which an affine map of shape `(batch, axes, axes + 1)` finds each place of a result of
/// `size`, whose first two lengths are those of batch and channels.
///
/// # Errors
/// If the shapes do not fit, or there is no memory for the result.
pub fn affine_grid<T: Float>(theta: &Tensor<T>, size: &Tensor<i64>, align_corners: bool) -> Result<Tensor<T>> {
    const OP: &str = "affine_grid";
    let misfit = || Error::operand(OP, format!("maps of shape {:?} for a result of {:?}", theta.shape(), size.elements()));
    let lengths: Option<Shape> = size.elements().iter().map(|n| usize::try_from(*n).ok()).collect();
    let lengths = lengths.ok_or_else(misfit)?;
    let [batch, _, places @ ..] = &lengths[..] else { return Err(misfit()) };
    let axes = places.len();
    if axes == 0 || theta.shape() != [*batch, axes, axes + 1] {
        return Err(misfit());
    }
    let shape: Shape = [*batch].into_iter().chain(places.iter().copied()).chain([axes]).collect();
    let coordinate = |n: usize, i: usize| match (align_corners, n) {
        (true, 1) => 0.0,
        (true, _) => 2.0 * i as f64 / (n - 1) as f64 - 1.0,
        (false, _) => (2.0 * i as f64 + 1.0) / n as f64 - 1.0,
    };
    Tensor::try_build(OP, &shape, |out| {
        let count: usize = places.iter().product();
        let mut point = vec![1.0; axes + 1];
        for (i, out) in out.chunks_exact_mut(axes).enumerate() {
            let (n, mut rest) = (i / count, i % count);
            // The last axis is the first coordinate.
            for (coordinate_, length) in point.iter_mut().zip(places.iter().rev()) {
                *coordinate_ = coordinate(*length, rest % length);
                rest /= length;
            }
            let rows = theta.elements()[n * axes * (axes + 1)..].chunks_exact(axes + 1);
            for (o, row) in out.iter_mut().zip(rows) {
                *o = T::of_f64(row.iter().zip(&point).map(|(a, x)| a.to_f64() * x).sum());
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_of_no_tensor_are_outside() {
        let x = Tensor::new(&[1, 1, 2], vec![1.0f32, 2.0]).unwrap();
        let grid = Tensor::new(&[1, 4, 1], vec![f32::NAN, f32::INFINITY, -1e30, 0.5]).unwrap();
        for mode in ["nearest", "linear", "cubic"] {
            for (padding, far) in [("zeros", 0.0), ("border", 2.0)] {
                let found = grid_sample(&x, &grid, mode, padding, false).unwrap();
                assert_eq!(found.elements()[1], far);
            }
            assert!(grid_sample(&x, &grid, mode, "reflection", true).is_ok());
        }
        assert!(grid_sample(&x, &grid, "area", "zeros", true).is_err());
    }

    #[test]
    fn the_identity_finds_every_place() {
        let theta = Tensor::new(&[1, 2, 3], vec![1.0f64, 0.0, 0.0, 0.0, 1.0, 0.0]).unwrap();
        let x = Tensor::new(&[1, 1, 2, 3], (0..6).map(f64::from).collect()).unwrap();
        for align in [false, true] {
            let grid = affine_grid(&theta, &Tensor::new(&[4], vec![1, 1, 2, 3]).unwrap(), align).unwrap();
            let found = grid_sample(&x, &grid, "linear", "border", align).unwrap();
            assert!(found.elements().iter().zip(x.elements()).all(|(a, b)| (a - b).abs() < 1e-9));
        }
        assert!(affine_grid(&theta, &Tensor::new(&[4], vec![1, 1, i64::MAX, i64::MAX]).unwrap(), false).is_err());
    }
}
