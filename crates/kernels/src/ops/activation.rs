//! Activations of recurrent cells, by their names.

use crate::cpu::dispatched;
use crate::{Error, Float, Result, math};

/// A function of each element.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Activation {
    Relu,
    Tanh,
    Sigmoid,
    Softsign,
    Softplus,
    Affine(f64, f64),
    LeakyRelu(f64),
    ThresholdedRelu(f64),
    ScaledTanh(f64, f64),
    HardSigmoid(f64, f64),
    Elu(f64),
}

impl Activation {
    /// The activations that a text names, such as `"sigmoid leaky_relu:0.1 tanh"`.
    pub fn parse(op: &'static str, text: &str) -> Result<Vec<Activation>> {
        text.split_whitespace()
            .map(|word| Activation::named(word).ok_or_else(|| Error::operand(op, format!("no activation `{word}`"))))
            .collect()
    }

    fn named(word: &str) -> Option<Activation> {
        let mut parts = word.split(':');
        let name = parts.next()?;
        let numbers = parts.map(|n| n.parse().ok()).collect::<Option<Vec<f64>>>()?;
        let number = |i: usize, default: f64| numbers.get(i).copied().unwrap_or(default);
        Some(match name {
            "relu" => Activation::Relu,
            "tanh" => Activation::Tanh,
            "sigmoid" => Activation::Sigmoid,
            "softsign" => Activation::Softsign,
            "softplus" => Activation::Softplus,
            "affine" => Activation::Affine(number(0, 1.0), number(1, 0.0)),
            "leaky_relu" => Activation::LeakyRelu(number(0, 0.01)),
            "thresholded_relu" => Activation::ThresholdedRelu(number(0, 1.0)),
            "scaled_tanh" => Activation::ScaledTanh(number(0, 1.0), number(1, 1.0)),
            "hard_sigmoid" => Activation::HardSigmoid(number(0, 0.2), number(1, 0.5)),
            "elu" => Activation::Elu(number(0, 1.0)),
            _ => return None,
        })
    }

    /// The function of each element, after the elements are held between `-clip` and `clip` if that is above zero.
    pub fn apply<T: Float>(self, x: &mut [T], clip: f64) {
        if clip > 0.0 {
            let (low, high) = (T::of_f64(-clip), T::of_f64(clip));
            each(x, |x| math::clip(x, low, high));
        }
        let of = T::of_f64;
        match self {
            Activation::Relu => each(x, math::relu),
            Activation::Tanh => each(x, T::tanh),
            Activation::Sigmoid => each(x, T::sigmoid),
            Activation::Softsign => each(x, math::softsign),
            Activation::Softplus => each(x, math::softplus),
            Activation::Affine(a, b) => each(x, |x| x.fused(of(a), of(b))),
            Activation::LeakyRelu(a) => each(x, |x| math::leaky_relu(x, a)),
            Activation::ThresholdedRelu(a) => each(x, |x| if x > of(a) { x } else { T::ZERO }),
            Activation::ScaledTanh(a, b) => each(x, |x| of(a).times(of(b).times(x).tanh())),
            Activation::HardSigmoid(a, b) => each(x, |x| math::clip(x.fused(of(a), of(b)), T::ZERO, T::ONE)),
            Activation::Elu(a) => each(x, |x| math::elu(x, a)),
        }
    }
}

dispatched! {
    fn each[T: Float, F: Fn(T) -> T](x: &mut [T], f: F) {
        for x in x.iter_mut() {
            *x = f(*x);
        }
    }
}
