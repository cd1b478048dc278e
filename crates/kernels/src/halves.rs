//! Half floats from and to single precision without branches, so that a loop over them becomes vector instructions.
//!
//! The crate `half` asks the processor for each element what it can do.

use half::f16;

/// The lowest exponent of a normal half, as single precision has it.
const NORMAL: u32 = 113 << 23;
/// One more than the highest.
const INFINITE: u32 = 143 << 23;

/// The number in single precision, which has all halves.
#[inline(always)]
pub(crate) fn widened(x: f16) -> f32 {
    let bits = u32::from(x.to_bits());
    let (sign, rest) = ((bits & 0x8000) << 16, (bits & 0x7fff) << 13);
    // Without its leading one a subnormal is its distance from the lowest normal.
    let subnormal = f32::from_bits(rest + NORMAL) - f32::from_bits(NORMAL);
    let normal = rest + (112 << 23);
    let magnitude = if rest < 1 << 23 { subnormal.to_bits() } else { normal };
    // The highest exponent of a half is that of what is no finite number.
    let magnitude = if rest >= 31 << 23 { rest + (224 << 23) } else { magnitude };
    f32::from_bits(sign | magnitude)
}

/// The nearest half, of two the even one.
#[inline(always)]
pub(crate) fn rounded(x: f32) -> f16 {
    let bits = x.to_bits();
    let (sign, rest) = (bits >> 16 & 0x8000, bits & 0x7fff_ffff);
    // What is rounded up from the last half becomes infinite by itself.
    let normal = rest.wrapping_sub(112 << 23).wrapping_add(0xfff + (rest >> 13 & 1)) >> 13;
    // The last place of 0.5 is that of subnormal halves.
    let subnormal = (f32::from_bits(rest) + 0.5).to_bits().wrapping_sub(0.5f32.to_bits());
    let magnitude = if rest < NORMAL { subnormal } else { normal };
    let beyond = if rest > f32::INFINITY.to_bits() { 0x7e00 } else { 0x7c00 };
    let magnitude = if rest >= INFINITE { beyond } else { magnitude };
    f16::from_bits((sign | magnitude) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_halves_are_widened() {
        for bits in 0..=u16::MAX {
            let (x, found) = (f16::from_bits(bits), widened(f16::from_bits(bits)));
            assert!(found.to_bits() == x.to_f32().to_bits() || (found.is_nan() && x.is_nan()), "{bits:#x}: {found}");
            assert!(rounded(found) == x || x.is_nan() && rounded(found).is_nan(), "{bits:#x}");
        }
    }

    #[test]
    fn numbers_between_halves_are_rounded() {
        for bits in 0..0x7c00u16 {
            let (low, high) = (f64::from(f16::from_bits(bits)), f64::from(f16::from_bits(bits + 1).to_f32().min(65536.0)));
            let middle = ((low + high) / 2.0) as f32;
            for x in [middle.next_down(), middle, middle.next_up()] {
                for x in [x, -x] {
                    assert_eq!(rounded(x).to_bits(), f16::from_f32(x).to_bits(), "{x}");
                }
            }
        }
        for x in [f32::INFINITY, f32::NEG_INFINITY, f32::MAX, 1e-40, -1e-40, 0.0, -0.0] {
            assert_eq!(rounded(x).to_bits(), f16::from_f32(x).to_bits(), "{x}");
        }
        assert!(rounded(f32::NAN).is_nan());
    }
}
