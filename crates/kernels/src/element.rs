//! The element types and what is asked of them.

use std::convert::identity;
use std::fmt::Debug;
use std::ops::{BitAnd, BitOr, BitXor, Not};
use std::thread::LocalKey;

use half::{bf16, f16};

use crate::pool::Pool;
use crate::{Result, Tensor, approximate, halves, map};

/// Whatever a tensor can hold.
pub trait Element: Copy + Debug + Default + PartialEq + Send + Sync + 'static {
    /// The buffers of this type that wait on the current thread.
    #[doc(hidden)]
    fn pool() -> &'static LocalKey<Pool<Self>>;
}

/// Integers and floats. Integer arithmetic wraps around.
pub trait Number: Element + PartialOrd {
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// The smallest value: negative infinity for floats.
    const LOWEST: Self;
    /// The largest value: infinity for floats.
    const HIGHEST: Self;
    /// Sum.
    fn plus(self, other: Self) -> Self;
    /// Difference.
    fn minus(self, other: Self) -> Self;
    /// Product.
    fn times(self, other: Self) -> Self;
    /// Quotient; of integers, towards zero, and 0 where the divisor is 0.
    fn over(self, other: Self) -> Self;
    /// The remainder with the sign of the dividend; of integers 0 where the divisor is 0.
    fn remainder(self, other: Self) -> Self;
    /// The nearest value to a double.
    fn of_f64(x: f64) -> Self;
    /// As a double.
    fn to_f64(self) -> f64;
    /// True for a float that is not a number.
    fn nan(self) -> bool;
    /// The larger one; NaN if one is.
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        if self > other || self.nan() { self } else { other }
    }
    /// The smaller one; NaN if one is.
    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        if self < other || self.nan() { self } else { other }
    }
}

/// Integers.
pub trait Integer: Number + Ord + BitAnd<Output = Self> + BitOr<Output = Self> + BitXor<Output = Self> + Not<Output = Self> {
    /// As a 64-bit integer; wraps around for the largest `u64`.
    fn to_i64(self) -> i64;
    /// From a 64-bit integer, wrapping around.
    fn of_i64(i: i64) -> Self;
    /// Bits moved up; 0 where they are moved by more than there are.
    fn moved_up(self, bits: Self) -> Self;
    /// Bits moved down, the sign kept.
    fn moved_down(self, bits: Self) -> Self;
}

/// Floats. Half precisions compute in single precision and round once.
pub trait Float: Number {
    /// As single precision.
    fn to_f32(self) -> f32;
    /// From single precision.
    fn of_f32(x: f32) -> Self;
    /// `exp`.
    fn exp(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// `1 / (1 + exp(-x))`.
    fn sigmoid(self) -> Self;
    /// The error function.
    fn erf(self) -> Self;
    /// A function of doubles, for what is rare enough not to need its own approximation.
    fn through(self, f: impl Fn(f64) -> f64) -> Self;
    /// Product of two and sum with a third; of single precision rounded once, which takes a call where the processor cannot.
    fn fused(self, times: Self, plus: Self) -> Self;
}

/// Whether a type's sums are to be taken in a wider one.
pub(crate) const fn is_half<T: Float>() -> bool {
    size_of::<T>() == 2
}

/// A function of tensors in single precision, for those of half floats.
pub(crate) fn in_singles<T: Float, const N: usize>(
    operands: [&Tensor<T>; N],
    f: impl FnOnce([&Tensor<f32>; N]) -> Result<Tensor<f32>>,
) -> Result<Tensor<T>> {
    let operands = operands.map(|x| map(x, T::to_f32));
    Ok(map(&f(operands.each_ref())?, T::of_f32))
}

macro_rules! element {
    ($($t:ty),*) => {$(
        impl Element for $t {
            fn pool() -> &'static LocalKey<Pool<Self>> {
                thread_local!(static POOL: Pool<$t> = const { Pool::new() });
                &POOL
            }
        }
    )*};
}
element!(bool, i8, i16, i32, i64, u8, u16, u32, u64, f16, bf16, f32, f64);

macro_rules! integer {
    ($($t:ty),*) => {$(
        impl Number for $t {
            const ZERO: Self = 0;
            const ONE: Self = 1;
            const LOWEST: Self = <$t>::MIN;
            const HIGHEST: Self = <$t>::MAX;
            #[inline(always)]
            fn plus(self, other: Self) -> Self { self.wrapping_add(other) }
            #[inline(always)]
            fn minus(self, other: Self) -> Self { self.wrapping_sub(other) }
            #[inline(always)]
            fn times(self, other: Self) -> Self { self.wrapping_mul(other) }
            #[inline(always)]
            fn over(self, other: Self) -> Self { if other == 0 { 0 } else { self.wrapping_div(other) } }
            #[inline(always)]
            fn remainder(self, other: Self) -> Self { if other == 0 { 0 } else { self.wrapping_rem(other) } }
            #[inline(always)]
            fn of_f64(x: f64) -> Self { x as $t }
            #[inline(always)]
            fn to_f64(self) -> f64 { self as f64 }
            #[inline(always)]
            fn nan(self) -> bool { false }
        }
        impl Integer for $t {
            #[inline(always)]
            fn to_i64(self) -> i64 { self as i64 }
            #[inline(always)]
            fn of_i64(i: i64) -> Self { i as $t }
            #[inline(always)]
            fn moved_up(self, bits: Self) -> Self { u32::try_from(bits).ok().and_then(|bits| self.checked_shl(bits)).unwrap_or(0) }
            #[inline(always)]
            fn moved_down(self, bits: Self) -> Self {
                let all = (self >> (<$t>::BITS - 1)) >> 1;
                u32::try_from(bits).ok().and_then(|bits| self.checked_shr(bits)).unwrap_or(all)
            }
        }
    )*};
}
integer!(i8, i16, i32, i64, u8, u16, u32, u64);

/// Floats, which compute in a type that may be wider.
macro_rules! number {
    ($t:ty, $zero:expr, $one:expr, $to:expr, $of:expr, $wide:expr, $narrow:expr) => {
        impl Number for $t {
            const ZERO: Self = $zero;
            const ONE: Self = $one;
            const LOWEST: Self = <$t>::NEG_INFINITY;
            const HIGHEST: Self = <$t>::INFINITY;
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                $narrow($wide(self) + $wide(other))
            }
            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                $narrow($wide(self) - $wide(other))
            }
            #[inline(always)]
            fn times(self, other: Self) -> Self {
                $narrow($wide(self) * $wide(other))
            }
            #[inline(always)]
            fn over(self, other: Self) -> Self {
                $narrow($wide(self) / $wide(other))
            }
            #[inline(always)]
            fn remainder(self, other: Self) -> Self {
                $narrow($wide(self) % $wide(other))
            }
            #[inline(always)]
            fn of_f64(x: f64) -> Self {
                $of(x)
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                $to(self)
            }
            #[inline(always)]
            fn nan(self) -> bool {
                $wide(self).is_nan()
            }
            #[inline(always)]
            fn larger(self, other: Self) -> Self {
                let (a, b) = ($wide(self), $wide(other));
                if a > b || a.is_nan() { self } else { other }
            }
            #[inline(always)]
            fn smaller(self, other: Self) -> Self {
                let (a, b) = ($wide(self), $wide(other));
                if a < b || a.is_nan() { self } else { other }
            }
        }
    };
}
number!(f32, 0.0, 1.0, f64::from, |x| x as f32, identity, identity);
number!(f64, 0.0, 1.0, |x| x, |x| x, identity, identity);
number!(f16, f16::ZERO, f16::ONE, |x| f64::from(halves::widened(x)), f16::from_f64, halves::widened, halves::rounded);
number!(bf16, bf16::ZERO, bf16::ONE, bf16::to_f64, bf16::from_f64, bf16::to_f32, bf16::from_f32);

impl Float for f32 {
    #[inline(always)]
    fn to_f32(self) -> f32 {
        self
    }
    #[inline(always)]
    fn of_f32(x: f32) -> f32 {
        x
    }
    #[inline(always)]
    fn exp(self) -> f32 {
        approximate::exp(self)
    }
    #[inline(always)]
    fn ln(self) -> f32 {
        approximate::ln(self)
    }
    #[inline(always)]
    fn sqrt(self) -> f32 {
        f32::sqrt(self)
    }
    #[inline(always)]
    fn tanh(self) -> f32 {
        approximate::tanh(self)
    }
    #[inline(always)]
    fn sigmoid(self) -> f32 {
        approximate::sigmoid(self)
    }
    #[inline(always)]
    fn erf(self) -> f32 {
        approximate::erf(self)
    }
    #[inline(always)]
    fn through(self, f: impl Fn(f64) -> f64) -> f32 {
        f(f64::from(self)) as f32
    }
    #[inline(always)]
    fn fused(self, times: f32, plus: f32) -> f32 {
        self.mul_add(times, plus)
    }
}

impl Float for f64 {
    #[inline(always)]
    fn to_f32(self) -> f32 {
        self as f32
    }
    #[inline(always)]
    fn of_f32(x: f32) -> f64 {
        f64::from(x)
    }
    #[inline(always)]
    fn exp(self) -> f64 {
        f64::exp(self)
    }
    #[inline(always)]
    fn ln(self) -> f64 {
        f64::ln(self)
    }
    #[inline(always)]
    fn sqrt(self) -> f64 {
        f64::sqrt(self)
    }
    #[inline(always)]
    fn tanh(self) -> f64 {
        f64::tanh(self)
    }
    #[inline(always)]
    fn sigmoid(self) -> f64 {
        1.0 / (1.0 + f64::exp(-self))
    }
    #[inline(always)]
    fn erf(self) -> f64 {
        approximate::erf_f64(self)
    }
    #[inline(always)]
    fn through(self, f: impl Fn(f64) -> f64) -> f64 {
        f(self)
    }
    #[inline(always)]
    fn fused(self, times: f64, plus: f64) -> f64 {
        self * times + plus
    }
}

macro_rules! half_float {
    ($($t:ty: $to:expr, $of:expr;)*) => {$(
        impl Float for $t {
            #[inline(always)]
            fn to_f32(self) -> f32 { $to(self) }
            #[inline(always)]
            fn of_f32(x: f32) -> $t { $of(x) }
            #[inline(always)]
            fn exp(self) -> $t { $of(Float::exp($to(self))) }
            #[inline(always)]
            fn ln(self) -> $t { $of(Float::ln($to(self))) }
            #[inline(always)]
            fn sqrt(self) -> $t { $of($to(self).sqrt()) }
            #[inline(always)]
            fn tanh(self) -> $t { $of(Float::tanh($to(self))) }
            #[inline(always)]
            fn sigmoid(self) -> $t { $of(Float::sigmoid($to(self))) }
            #[inline(always)]
            fn erf(self) -> $t { $of(Float::erf($to(self))) }
            #[inline(always)]
            fn through(self, f: impl Fn(f64) -> f64) -> $t { <$t>::from_f64(f(<$t>::to_f64(self))) }
            #[inline(always)]
            fn fused(self, times: $t, plus: $t) -> $t { $of($to(self) * $to(times) + $to(plus)) }
        }
    )*};
}
half_float! {
    f16: halves::widened, halves::rounded;
    bf16: bf16::to_f32, bf16::from_f32;
}
