//! Logic of truth values and bits of integers, for [`math`](crate::math).

use crate::Integer;

/// True where both are.
#[inline(always)]
pub fn logical_and(a: bool, b: bool) -> bool {
    a & b
}

/// True where either is.
#[inline(always)]
pub fn logical_or(a: bool, b: bool) -> bool {
    a | b
}

/// True where exactly one is.
#[inline(always)]
pub fn logical_xor(a: bool, b: bool) -> bool {
    a ^ b
}

/// All bits flipped.
#[inline(always)]
pub fn bit_not<T: Integer>(a: T) -> T {
    !a
}

/// Bits of both.
#[inline(always)]
pub fn bit_and<T: Integer>(a: T, b: T) -> T {
    a & b
}

/// Bits of either.
#[inline(always)]
pub fn bit_or<T: Integer>(a: T, b: T) -> T {
    a | b
}

/// Bits of one but not both.
#[inline(always)]
pub fn bit_xor<T: Integer>(a: T, b: T) -> T {
    a ^ b
}

/// Bits moved up; 0 if they are moved by more than there are.
#[inline(always)]
pub fn shl<T: Integer>(a: T, b: T) -> T {
    a.moved_up(b)
}

/// Bits moved down, the sign kept; 0 or -1 if they are moved by more than there are.
#[inline(always)]
pub fn shr<T: Integer>(a: T, b: T) -> T {
    a.moved_down(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_beyond_the_ends_are_gone() {
        assert_eq!((shl(3u8, 7), shl(3u8, 8), shl(3u8, 200)), (128, 0, 0));
        assert_eq!((shr(200u8, 3), shr(200u8, 8), shr(-5i16, 1), shr(-5i16, 99), shr(5i16, -1)), (25, 0, -3, -1, 0));
    }

    #[test]
    fn logic_is_that_of_bits() {
        for a in [false, true] {
            for b in [false, true] {
                let bits = (u8::from(a), u8::from(b));
                assert_eq!(u8::from(logical_and(a, b)), bit_and(bits.0, bits.1));
                assert_eq!(u8::from(logical_or(a, b)), bit_or(bits.0, bits.1));
                assert_eq!(u8::from(logical_xor(a, b)), bit_xor(bits.0, bits.1));
            }
        }
        assert_eq!(bit_not(0b1010u8), 0b1111_0101);
    }
}
