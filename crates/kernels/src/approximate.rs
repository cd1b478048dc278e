//! Functions of single-precision numbers without branches, so that a loop over them becomes vector instructions.
//!
//! The polynomials are minimax fits (Lawson's iteration). The stated errors are the largest over all floats against a function of
//! doubles, and are held by the tests. One ulp is the distance to the next float.
#![expect(clippy::excessive_precision, reason = "coefficients are written as they were found")]

/// `log2(e)`.
const LOG2_E: f32 = std::f32::consts::LOG2_E;
/// The upper part of `ln(2)`, exact in products with exponents.
const LN_2_HIGH: f32 = 0.693_359_375;
/// What remains of `ln(2)`.
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// Adding this rounds a small float to an integer in its low bits.
const ROUNDING: f32 = 12_582_912.0;

/// A polynomial by Horner's scheme, the highest power's coefficient first. Each step is rounded once, which takes one instruction
/// in the copies of a loop that [`dispatched`](crate::cpu::dispatched) makes, and a call where the processor has none.
macro_rules! polynomial {
    ($x:expr, $first:expr, $($next:expr),+) => {{
        let (x, p) = ($x, $first);
        $(let p = f32::mul_add(p, x, $next);)+
        p
    }};
}

/// `exp(x)`, within 2 ulp; subnormal results within 2 of the smallest float.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    let held = if x > 89.0 { 89.0 } else { x };
    let held = if held < -104.0 { -104.0 } else { held };
    let shifted = held.mul_add(LOG2_E, ROUNDING);
    let n = shifted - ROUNDING;
    let r = n.mul_add(-LN_2_LOW, n.mul_add(-LN_2_HIGH, held));
    let p = polynomial!(r, 1.395_047_6e-3, 8.368_882_4e-3, 4.166_620_6e-2, 1.666_651_8e-1, 0.5);
    let y = (p * r).mul_add(r, r) + 1.0;
    // Two factors, for 2^n itself may be too large or too small for a float.
    let n = (shifted.to_bits() as i32).wrapping_sub(ROUNDING.to_bits() as i32);
    let half = n >> 1;
    let power = |n: i32| f32::from_bits((n.wrapping_add(127) as u32) << 23);
    // What is not a number stays so, whatever the factors.
    y * power(half) * power(n.wrapping_sub(half))
}

/// The natural logarithm, within 2 ulp; NaN below zero.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    let tiny = x < f32::MIN_POSITIVE;
    let scaled = if tiny { x * 8_388_608.0 } else { x };
    let bits = scaled.to_bits() as i32;
    // The mantissa is brought to between sqrt(1/2) and sqrt(2).
    let offset = bits.wrapping_sub(0x3f35_04f3);
    let exponent = offset >> 23;
    let f = f32::from_bits((bits.wrapping_sub(exponent << 23)) as u32) - 1.0;
    let e = exponent as f32 - if tiny { 23.0 } else { 0.0 };
    let p = polynomial!(
        f,
        6.915_370_4e-2,
        -1.178_979_8e-1,
        1.187_296_96e-1,
        -1.238_435e-1,
        1.421_866e-1,
        -1.666_925_1e-1,
        2.000_222_7e-1,
        -2.499_998_7e-1,
        3.333_331e-1
    );
    let z = f * f;
    let y = z.mul_add(-0.5, (p * z).mul_add(f, e * LN_2_LOW)) + f;
    let y = e.mul_add(LN_2_HIGH, y);
    let y = if x == f32::INFINITY { x } else { y };
    let y = if x == 0.0 { f32::NEG_INFINITY } else { y };
    if x < 0.0 || x.is_nan() { f32::NAN } else { y }
}

/// The hyperbolic tangent, within 6 ulp: a quotient of polynomials, with the coefficients of Eigen's `ptanh`.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    let held = held(x, 7.998_811_7);
    let z = held * held;
    let p = polynomial!(z, -2.760_768_5e-16, 2.000_187_9e-13, -8.604_672e-11, 5.122_297e-8, 1.485_722_4e-5, 6.372_619_3e-4, 4.893_524_6e-3);
    let q = polynomial!(z, 1.198_258_4e-6, 1.185_347_1e-4, 2.268_434_6e-3, 4.893_525_2e-3);
    self::held(held * (p / q), 1.0)
}

/// `1 / (1 + exp(-x))`, within 3 ulp.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    let e = exp(-x.abs());
    (if x < 0.0 { e } else { 1.0 }) / (1.0 + e)
}

/// The error function, within 7 ulp: a quotient of polynomials, with the coefficients of Eigen's `perf`.
#[inline(always)]
pub fn erf(x: f32) -> f32 {
    let held = held(x, 4.0);
    let z = held * held;
    let p =
        polynomial!(z, -2.726_142_3e-10, 2.770_681_4e-8, -2.101_024e-6, -5.692_506_4e-5, -7.349_906_3e-4, -2.954_599_8e-3, -1.609_603_3e-2);
    let q = polynomial!(z, -1.456_607_2e-5, -2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_473_9e-2);
    self::held(held * (p / q), 1.0)
}

/// The number no further from zero than a limit; NaN stays.
#[inline(always)]
fn held(x: f32, limit: f32) -> f32 {
    let x = if x > limit { limit } else { x };
    if x < -limit { -limit } else { x }
}

/// The error function of a double.
pub fn erf_f64(x: f64) -> f64 {
    libm::erf(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every 97th float, and the neighbourhood of zero, one and the ends.
    fn floats() -> impl Iterator<Item = f32> {
        (0..=u32::MAX / 97).map(|i| f32::from_bits(i * 97)).chain([0.0, -0.0, 1.0, -1.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN])
    }

    fn worst(f: fn(f32) -> f32, exact: fn(f64) -> f64) -> (f64, f32) {
        let mut worst = (0.0, 0.0);
        for x in floats() {
            let (y, e) = (f(x), exact(f64::from(x)));
            if e.is_nan() {
                assert!(y.is_nan(), "{x:?}: {y:?}");
                continue;
            }
            let e32 = e as f32;
            if y == e32 {
                continue;
            }
            assert!(y.is_finite() && e32.is_finite(), "{x:?}: {y:?} for {e:?}");
            let spacing = (f64::from(f32::from_bits(e32.abs().to_bits() + 1)) - f64::from(e32.abs())).max(f64::from(f32::from_bits(1)));
            let ulp = (f64::from(y) - e).abs() / spacing;
            if ulp > worst.0 {
                worst = (ulp, x);
            }
        }
        worst
    }

    #[test]
    fn errors_are_as_stated() {
        for (name, f, exact, ulp) in [
            ("exp", exp as fn(f32) -> f32, f64::exp as fn(f64) -> f64, 2.0),
            ("ln", ln, f64::ln, 2.0),
            ("tanh", tanh, f64::tanh, 6.0),
            ("sigmoid", sigmoid, |x| 1.0 / (1.0 + (-x).exp()), 3.0),
            ("erf", erf, libm::erf, 7.0),
        ] {
            let (found, x) = worst(f, exact);
            assert!(found <= ulp, "{name}({x:?}) is {found} ulp away");
        }
    }
}
