//! Functions of one element or several, named as in Codewright's intermediate representation. Generated code calls them in the
//! closures that it passes to [`map`](crate::map()).

pub use crate::bits::{bit_and, bit_not, bit_or, bit_xor, logical_and, logical_or, logical_xor, shl, shr};
use crate::{Element, Float, Integer, Number, halves};

/// Functions of a float that go through the one of doubles: rare enough not to need an approximation of their own.
macro_rules! through {
    ($($(#[$doc:meta])* $name:ident: $f:expr;)*) => {$(
        $(#[$doc])*
        #[inline(always)]
        pub fn $name<T: Float>(x: T) -> T {
            x.through($f)
        }
    )*};
}

through! {
    /// Cube root.
    cbrt: f64::cbrt;
    /// 2 to the power of `x`.
    exp2: f64::exp2;
    /// `exp(x) - 1`, accurate near zero.
    expm1: f64::exp_m1;
    /// Logarithm to base 2.
    log2: f64::log2;
    /// Logarithm to base 10.
    log10: f64::log10;
    /// `log(1 + x)`, accurate near zero.
    log1p: f64::ln_1p;
    /// Sine.
    sin: f64::sin;
    /// Cosine.
    cos: f64::cos;
    /// Tangent.
    tan: f64::tan;
    /// Inverse sine.
    asin: f64::asin;
    /// Inverse cosine.
    acos: f64::acos;
    /// Inverse tangent.
    atan: f64::atan;
    /// Hyperbolic sine.
    sinh: f64::sinh;
    /// Hyperbolic cosine.
    cosh: f64::cosh;
    /// Inverse hyperbolic sine.
    asinh: f64::asinh;
    /// Inverse hyperbolic cosine.
    acosh: f64::acosh;
    /// Inverse hyperbolic tangent.
    atanh: f64::atanh;
    /// `1 - erf(x)`, accurate for large `x`.
    erfc: libm::erfc;
    /// The next integer below.
    floor: f64::floor;
    /// The next integer above.
    ceil: f64::ceil;
    /// The next integer towards zero.
    trunc: f64::trunc;
    /// The nearest integer, halves to even.
    round: f64::round_ties_even;
}

/// `e` to the power of `x`.
#[inline(always)]
pub fn exp<T: Float>(x: T) -> T {
    x.exp()
}

/// Natural logarithm.
#[inline(always)]
pub fn log<T: Float>(x: T) -> T {
    x.ln()
}

/// Square root.
#[inline(always)]
pub fn sqrt<T: Float>(x: T) -> T {
    x.sqrt()
}

/// One over the square root.
#[inline(always)]
pub fn rsqrt<T: Float>(x: T) -> T {
    T::ONE.over(x.sqrt())
}

/// Hyperbolic tangent.
#[inline(always)]
pub fn tanh<T: Float>(x: T) -> T {
    x.tanh()
}

/// `1 / (1 + exp(-x))`.
#[inline(always)]
pub fn sigmoid<T: Float>(x: T) -> T {
    x.sigmoid()
}

/// The error function.
#[inline(always)]
pub fn erf<T: Float>(x: T) -> T {
    x.erf()
}

/// `log(1 + exp(x))`, without overflow.
#[inline(always)]
pub fn softplus<T: Float>(x: T) -> T {
    let e = T::ZERO.minus(abs(x)).exp();
    relu(x).plus(log1p(e))
}

/// `log(sigmoid(x))`, without underflow.
#[inline(always)]
pub fn log_sigmoid<T: Float>(x: T) -> T {
    T::ZERO.minus(softplus(T::ZERO.minus(x)))
}

/// `x` times the normal distribution function.
#[inline(always)]
pub fn gelu<T: Float>(x: T) -> T {
    let half = T::of_f64(0.5);
    x.times(half.times(T::ONE.plus(x.times(T::of_f64(std::f64::consts::FRAC_1_SQRT_2)).erf())))
}

/// GELU by its `tanh` approximation.
#[inline(always)]
pub fn gelu_tanh<T: Float>(x: T) -> T {
    let cubed = x.times(x).times(x).times(T::of_f64(0.044_715)).plus(x);
    let t = cubed.times(T::of_f64(0.797_884_560_802_865_4)).tanh();
    x.times(T::of_f64(0.5).times(T::ONE.plus(t)))
}

/// `x * sigmoid(x)`.
#[inline(always)]
pub fn silu<T: Float>(x: T) -> T {
    x.times(x.sigmoid())
}

/// `x * tanh(softplus(x))`.
#[inline(always)]
pub fn mish<T: Float>(x: T) -> T {
    x.times(softplus(x).tanh())
}

/// Scaled exponential linear unit.
#[inline(always)]
pub fn selu<T: Float>(x: T) -> T {
    T::of_f64(1.050_700_987_355_480_5).times(elu(x, 1.673_263_242_354_377_2))
}

/// `x` above zero, `alpha * expm1(x)` below.
#[inline(always)]
pub fn elu<T: Float>(x: T, alpha: f64) -> T {
    if x > T::ZERO { x } else { T::of_f64(alpha).times(expm1(x)) }
}

/// `x` above zero, `slope * x` below.
#[inline(always)]
pub fn leaky_relu<T: Float>(x: T, slope: f64) -> T {
    if x < T::ZERO { x.times(T::of_f64(slope)) } else { x }
}

/// `clip(x + 3, 0, 6) / 6`.
#[inline(always)]
pub fn hardsigmoid<T: Float>(x: T) -> T {
    clip(x.plus(T::of_f64(3.0)), T::ZERO, T::of_f64(6.0)).over(T::of_f64(6.0))
}

/// `x * clip(x + 3, 0, 6) / 6`.
#[inline(always)]
pub fn hardswish<T: Float>(x: T) -> T {
    x.times(hardsigmoid(x))
}

/// The nearest number with so many binary digits behind the first that is a multiple of 2 to the power of `lowest`, halves to even.
#[inline(always)]
pub fn round_digits<T: Float>(x: T, digits: i64, lowest: i64) -> T {
    x.through(|x| {
        // Doubles have their exponent in bits 52 to 62.
        let exponent = ((x.to_bits() >> 52) & 0x7ff) as i64 - 1023;
        let step = exponent.saturating_sub(digits).max(lowest);
        let power = |exponent: i64| f64::from_bits(((exponent.clamp(-1022, 1023) + 1023) as u64) << 52);
        if x.is_finite() { (x * power(step.saturating_neg())).round_ties_even() * power(step) } else { x }
    })
}

/// Clipped to two constants.
#[inline(always)]
pub fn hardtanh<T: Float>(x: T, low: f64, high: f64) -> T {
    clip(x, T::of_f64(low), T::of_f64(high))
}

/// `x / (1 + |x|)`.
#[inline(always)]
pub fn softsign<T: Float>(x: T) -> T {
    x.over(T::ONE.plus(abs(x)))
}

/// `x - tanh(x)`.
#[inline(always)]
pub fn tanhshrink<T: Float>(x: T) -> T {
    x.minus(x.tanh())
}

/// Sum.
#[inline(always)]
pub fn add<T: Number>(a: T, b: T) -> T {
    a.plus(b)
}

/// Difference.
#[inline(always)]
pub fn sub<T: Number>(a: T, b: T) -> T {
    a.minus(b)
}

/// Product.
#[inline(always)]
pub fn mul<T: Number>(a: T, b: T) -> T {
    a.times(b)
}

/// Quotient.
#[inline(always)]
pub fn div<T: Float>(a: T, b: T) -> T {
    a.over(b)
}

/// `1 / x`.
#[inline(always)]
pub fn reciprocal<T: Number>(x: T) -> T {
    T::ONE.over(x)
}

/// The magnitude.
#[inline(always)]
pub fn abs<T: Number>(x: T) -> T {
    if x < T::ZERO { T::ZERO.minus(x) } else { x.plus(T::ZERO) }
}

/// The negative.
#[inline(always)]
pub fn neg<T: Number>(x: T) -> T {
    T::ZERO.minus(x)
}

/// -1, 0 or 1; of NaN NaN.
#[inline(always)]
pub fn sign<T: Number>(x: T) -> T {
    if x > T::ZERO {
        T::ONE
    } else if x < T::ZERO {
        T::ZERO.minus(T::ONE)
    } else {
        x
    }
}

/// `x * x`.
#[inline(always)]
pub fn square<T: Number>(x: T) -> T {
    x.times(x)
}

/// The positive part; NaN stays.
#[inline(always)]
pub fn relu<T: Number>(x: T) -> T {
    if x < T::ZERO { T::ZERO } else { x }
}

/// Clipped to 0 and 6.
#[inline(always)]
pub fn relu6<T: Float>(x: T) -> T {
    clip(x, T::ZERO, T::of_f64(6.0))
}

/// The larger; NaN if either is.
#[inline(always)]
pub fn maximum<T: Number>(a: T, b: T) -> T {
    a.larger(b)
}

/// The smaller; NaN if either is.
#[inline(always)]
pub fn minimum<T: Number>(a: T, b: T) -> T {
    a.smaller(b)
}

/// The larger of `x` and `low` and then the smaller of that and `high`; NaN stays.
#[inline(always)]
pub fn clip<T: Number>(x: T, low: T, high: T) -> T {
    clip_max(clip_min(x, low), high)
}

/// The larger of `x` and `low`; NaN stays.
#[inline(always)]
pub fn clip_min<T: Number>(x: T, low: T) -> T {
    if x < low { low } else { x }
}

/// The smaller of `x` and `high`; NaN stays.
#[inline(always)]
pub fn clip_max<T: Number>(x: T, high: T) -> T {
    if x > high { high } else { x }
}

/// `a` to the power of `b`; whole powers of integers wrap around, and negative ones are 0 unless the base is 1 or -1.
#[inline(always)]
pub fn pow<T: Number>(a: T, b: T) -> T {
    T::of_f64(a.to_f64().powf(b.to_f64()))
}

/// The quotient rounded towards zero.
#[inline(always)]
pub fn trunc_div<T: Integer>(a: T, b: T) -> T {
    a.over(b)
}

/// The remainder with the sign of the divisor; 0 where an integer's divisor is 0.
#[inline(always)]
pub fn rem<T: Number>(a: T, b: T) -> T {
    let r = trunc_rem(a, b);
    if r != T::ZERO && (r < T::ZERO) != (b < T::ZERO) { r.plus(b) } else { r }
}

/// The remainder with the sign of the dividend; 0 where an integer's divisor is 0.
#[inline(always)]
pub fn trunc_rem<T: Number>(a: T, b: T) -> T {
    T::remainder(a, b)
}

/// `a` where the condition holds, `b` elsewhere.
#[inline(always)]
pub fn select<T: Element>(condition: bool, a: T, b: T) -> T {
    if condition { a } else { b }
}

/// True where the element is NaN.
#[inline(always)]
pub fn is_nan<T: Number>(x: T) -> bool {
    x.nan()
}

/// True where the element is infinite.
#[inline(always)]
pub fn is_inf<T: Float>(x: T) -> bool {
    x == T::LOWEST || x == T::HIGHEST
}

/// True where the element is neither infinite nor NaN.
#[inline(always)]
pub fn is_finite<T: Float>(x: T) -> bool {
    !is_inf(x) && !x.nan()
}

/// The element in another type: floats are cut off towards zero, integers wrap around.
#[inline(always)]
pub fn cast<T: Cast<U>, U: Element>(x: T) -> U {
    x.cast()
}

/// The byte of a quantized model for a number of steps: rounded to the nearest, halves to even, moved by a zero point, and held in the
/// range of `u8`.
#[inline(always)]
pub fn quantize_u8<T: Float + Cast<u8>>(x: T, zero: T) -> u8 {
    cast(clip(round(x).plus(zero), T::ZERO, T::of_f64(255.0)))
}

/// As [`quantize_u8`], held in the range of `i8`.
#[inline(always)]
pub fn quantize_i8<T: Float + Cast<i8>>(x: T, zero: T) -> i8 {
    cast(clip(round(x).plus(zero), T::of_f64(-128.0), T::of_f64(127.0)))
}

/// How far a byte of a quantized model is from the zero point.
#[inline(always)]
pub fn distance<Q: Cast<i32>>(x: Q, zero: i32) -> i32 {
    cast::<Q, i32>(x).wrapping_sub(zero)
}

/// Conversions between all element types.
pub trait Cast<U> {
    /// The element as `U`.
    fn cast(self) -> U;
}

macro_rules! casts {
    ($($from:ty: [$($to:ty),*], $half:expr, $float:expr, $truth:expr;)*) => {$(
        $(impl Cast<$to> for $from {
            #[inline(always)]
            fn cast(self) -> $to { self as $to }
        })*
        impl Cast<half::f16> for $from {
            #[inline(always)]
            fn cast(self) -> half::f16 { $half(self) }
        }
        impl Cast<half::bf16> for $from {
            #[inline(always)]
            fn cast(self) -> half::bf16 { half::bf16::from_f64($float(self)) }
        }
        impl Cast<bool> for $from {
            #[inline(always)]
            fn cast(self) -> bool { $truth(self) }
        }
    )*};
}
casts! {
    i8: [i8, i16, i32, i64, u8, u16, u32, u64, f32, f64], |x| half::f16::from_f64(x as f64), |x| x as f64, |x| x != 0;
    i16: [i8, i16, i32, i64, u8, u16, u32, u64, f32, f64], |x| half::f16::from_f64(x as f64), |x| x as f64, |x| x != 0;
    i32: [i8, i16, i32, i64, u8, u16, u32, u64, f32, f64], |x| half::f16::from_f64(x as f64), |x| x as f64, |x| x != 0;
    i64: [i8, i16, i32, i64, u8, u16, u32, u64, f32, f64], |x| half::f16::from_f64(x as f64), |x| x as f64, |x| x != 0;
    u8: [i8, i16, i32, i64, u8, u16, u32, u64, f32, f64], |x| half::f16::from_f64(x as f64), |x| x as f64, |x| x != 0;
    u16: [i8, i16, i32, i64, u8, u16, u32, u64, f32, f64], |x| half::f16::from_f64(x as f64), |x| x as f64, |x| x != 0;
    u32: [i8, i16, i32, i64, u8, u16, u32, u64, f32, f64], |x| half::f16::from_f64(x as f64), |x| x as f64, |x| x != 0;
    u64: [i8, i16, i32, i64, u8, u16, u32, u64, f32, f64], |x| half::f16::from_f64(x as f64), |x| x as f64, |x| x != 0;
    f32: [i8, i16, i32, i64, u8, u16, u32, u64, f32, f64], halves::rounded, |x| x as f64, |x| x != 0.0;
    f64: [i8, i16, i32, i64, u8, u16, u32, u64, f32, f64], half::f16::from_f64, |x| x, |x| x != 0.0;
}

impl<U: Number> Cast<U> for bool {
    #[inline(always)]
    fn cast(self) -> U {
        if self { U::ONE } else { U::ZERO }
    }
}

macro_rules! half_casts {
    ($($from:ty),*) => {$(
        impl<U> Cast<U> for $from
        where
            f64: Cast<U>,
        {
            #[inline(always)]
            fn cast(self) -> U { Number::to_f64(self).cast() }
        }
    )*};
}
half_casts!(half::f16, half::bf16);
