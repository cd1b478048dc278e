//! What an example says a call gives, and whether a value is that.

use ndarray::ArrayD;

use crate::ir::{DType, DTypeKind, Value};

/// What sort of object an example shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An array or a number of the library: `array([1., 2.])`, `np.float64(0.5)`; in Rust any value.
    Library,
    /// A number of Python's: `0.5`.
    Number,
    /// A list of numbers.
    List,
    /// Only its elements are known: it stood in a comparison.
    Any,
}

/// The value that an example shows.
#[derive(Debug, Clone)]
pub struct Expected {
    /// What sort of object it is.
    pub kind: Kind,
    /// What sort of number its elements are; `None` if the example does not say.
    pub elements: Option<DTypeKind>,
    /// Its dtype, where the example names one.
    pub dtype: Option<DType>,
    /// The lengths of its axes.
    pub shape: Vec<usize>,
    /// Its elements.
    pub data: ArrayD<f64>,
    /// How far an element may be from what is shown.
    pub absolute: f64,
    /// The same, as a part of what is shown.
    pub relative: f64,
    /// All digits are shown, so that a value that differs in its last is printed in another way.
    pub full: bool,
}

impl Expected {
    /// A value that is shown in full.
    pub fn of(value: &Value, kind: Kind) -> Expected {
        let Value::Array { dtype, .. } = value else { return Expected::of_data(ArrayD::zeros(ndarray::IxDyn(&[0])), kind) };
        Expected { elements: Some(dtype.kind()), ..Expected::of_data(value.to_f64(), kind) }
    }

    fn of_data(data: ArrayD<f64>, kind: Kind) -> Expected {
        let shape = data.shape().to_vec();
        Expected { kind, elements: None, dtype: None, shape, data, absolute: 1e-12, relative: 1e-9, full: false }
    }

    /// True for an element that may be the one at this place.
    pub fn close(&self, found: f64, wanted: f64) -> bool {
        found == wanted || (found.is_nan() && wanted.is_nan()) || (found - wanted).abs() <= self.absolute + self.relative * wanted.abs()
    }

    /// True if a value of this dtype and shape may be it.
    pub fn fits(&self, dtype: DType, weak: bool, shape: &[usize]) -> bool {
        let kind = match self.kind {
            Kind::Library => !weak,
            Kind::Number | Kind::List | Kind::Any => true,
        };
        let elements = match (self.kind, self.elements) {
            (Kind::Any, _) | (_, None) => true,
            (_, Some(elements)) => elements == dtype.kind(),
        };
        kind && elements && self.dtype.is_none_or(|wanted| wanted == dtype) && shape == self.shape
    }

    /// True if a value is it.
    pub fn matches(&self, value: &Value) -> bool {
        let Value::Array { dtype, weak, .. } = value else { return false };
        self.fits(*dtype, *weak, value.shape()) && value.to_f64().iter().zip(&self.data).all(|(found, wanted)| self.close(*found, *wanted))
    }

    /// True if a value is printed as it is shown, as far as that can be told: zeros have their sign, and where all digits are shown
    /// none differs.
    pub fn is_exactly(&self, value: &Value) -> bool {
        let sign = |found: f64, wanted: f64| {
            wanted != 0.0 || self.kind == Kind::Any || found != 0.0 || found.is_sign_negative() == wanted.is_sign_negative()
        };
        let digits = |found: f64, wanted: f64| !self.full || found == wanted || (found.is_nan() && wanted.is_nan());
        value.to_f64().iter().zip(&self.data).all(|(found, wanted)| sign(*found, *wanted) && digits(*found, *wanted))
    }

    /// True if the two cannot both be what one call gives.
    pub fn contradicts(&self, other: &Expected) -> bool {
        let width = |a: f64, b: f64| self.absolute + other.absolute + self.relative.max(other.relative) * a.abs().max(b.abs());
        let same = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= width(*a, *b);
        self.shape != other.shape || !self.data.iter().zip(&other.data).all(same)
    }
}
