use super::DType;

/// An element type that no [`DType`] is. Its values are held by a wider one, which has all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Narrow {
    /// Signed 2-bit integer.
    I2,
    /// Unsigned 2-bit integer.
    U2,
    /// Signed 4-bit integer.
    I4,
    /// Unsigned 4-bit integer.
    U4,
    /// 2 bits of exponent and 1 of the fraction; neither infinities nor NaN.
    F4E2M1,
    /// 4 bits of exponent and 3 of the fraction; no infinities.
    F8E4M3FN,
    /// The same without a negative zero.
    F8E4M3FNUZ,
    /// 5 bits of exponent and 2 of the fraction.
    F8E5M2,
    /// The same without infinities and a negative zero.
    F8E5M2FNUZ,
}

/// Which numbers a narrow type has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Numbers {
    /// All integers between two.
    Integers(i8, i8),
    /// Floats.
    Floats(Floats),
}

/// The floats of a narrow type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Floats {
    /// Binary digits behind the first.
    pub digits: i64,
    /// The exponent of the smallest number above zero.
    pub lowest: i64,
    /// The largest number.
    pub most: f64,
    /// What a number beyond the largest is, if it does not become the largest.
    pub beyond: f64,
    /// Whether there is a negative zero.
    pub has_negative_zero: bool,
}

impl Narrow {
    /// Every narrow type.
    pub const ALL: [Narrow; 9] = [
        Narrow::I2,
        Narrow::U2,
        Narrow::I4,
        Narrow::U4,
        Narrow::F4E2M1,
        Narrow::F8E4M3FN,
        Narrow::F8E4M3FNUZ,
        Narrow::F8E5M2,
        Narrow::F8E5M2FNUZ,
    ];

    /// The name that libraries of Python have for it.
    pub fn name(self) -> &'static str {
        match self {
            Narrow::I2 => "int2",
            Narrow::U2 => "uint2",
            Narrow::I4 => "int4",
            Narrow::U4 => "uint4",
            Narrow::F4E2M1 => "float4_e2m1fn",
            Narrow::F8E4M3FN => "float8_e4m3fn",
            Narrow::F8E4M3FNUZ => "float8_e4m3fnuz",
            Narrow::F8E5M2 => "float8_e5m2",
            Narrow::F8E5M2FNUZ => "float8_e5m2fnuz",
        }
    }

    /// The type that holds its values.
    pub fn held_by(self) -> DType {
        match self.numbers() {
            Numbers::Integers(0, _) => DType::U8,
            Numbers::Integers(..) => DType::I8,
            Numbers::Floats(_) => DType::F32,
        }
    }

    /// Bits that an element takes in a file.
    pub fn bits(self) -> usize {
        match self {
            Narrow::I2 | Narrow::U2 => 2,
            Narrow::I4 | Narrow::U4 | Narrow::F4E2M1 => 4,
            _ => 8,
        }
    }

    /// Which numbers it has.
    pub fn numbers(self) -> Numbers {
        let floats =
            |digits, lowest, most, beyond, has_negative_zero| Numbers::Floats(Floats { digits, lowest, most, beyond, has_negative_zero });
        match self {
            Narrow::I2 => Numbers::Integers(-2, 1),
            Narrow::U2 => Numbers::Integers(0, 3),
            Narrow::I4 => Numbers::Integers(-8, 7),
            Narrow::U4 => Numbers::Integers(0, 15),
            Narrow::F4E2M1 => floats(1, -1, 6.0, 6.0, true),
            Narrow::F8E4M3FN => floats(3, -9, 448.0, f64::NAN, true),
            Narrow::F8E4M3FNUZ => floats(3, -10, 240.0, f64::NAN, false),
            Narrow::F8E5M2 => floats(2, -16, 57344.0, f64::INFINITY, true),
            Narrow::F8E5M2FNUZ => floats(2, -17, 57344.0, f64::NAN, false),
        }
    }

    /// The narrow type whose floats have so many digits and begin at such a number.
    pub fn with_digits(digits: i64, lowest: i64) -> Option<Narrow> {
        Narrow::ALL
            .into_iter()
            .find(|narrow| matches!(narrow.numbers(), Numbers::Floats(floats) if (floats.digits, floats.lowest) == (digits, lowest)))
    }

    /// The number that an element's bits are.
    pub fn number(self, bits: u8) -> f64 {
        let floats = match self.numbers() {
            Numbers::Integers(0, _) => return f64::from(bits),
            Numbers::Integers(low, _) => return f64::from(bits) + if bits >= low.unsigned_abs() { 2.0 * f64::from(low) } else { 0.0 },
            Numbers::Floats(floats) => floats,
        };
        let sign_bit = 1u8 << (self.bits() - 1);
        let (is_negative, magnitude) = (bits & sign_bit != 0, bits & (sign_bit - 1));
        let (exponent, fraction) = (i32::from(magnitude >> floats.digits), f64::from(magnitude & ((1 << floats.digits) - 1)));
        let first = if exponent == 0 { 0.0 } else { f64::from(1u32 << floats.digits) };
        let number = (first + fraction) * 2f64.powi(exponent.max(1) - 1 + floats.lowest as i32);
        let number = match number > floats.most {
            true if fraction == 0.0 => floats.beyond,
            true => f64::NAN,
            false => number,
        };
        match is_negative {
            true if magnitude == 0 && !floats.has_negative_zero => f64::NAN,
            true => -number,
            false => number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_the_numbers_of_the_formats() {
        let all = |narrow: Narrow| (0..1u32 << narrow.bits()).map(|bits| narrow.number(bits as u8)).collect::<Vec<f64>>();
        assert_eq!(all(Narrow::I2), [0.0, 1.0, -2.0, -1.0]);
        assert_eq!(all(Narrow::U4), (0..16).map(f64::from).collect::<Vec<_>>());
        assert_eq!(all(Narrow::I4)[7..10], [7.0, -8.0, -7.0]);
        assert_eq!(all(Narrow::F4E2M1)[..8], [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]);
        assert_eq!(all(Narrow::F4E2M1)[15], -6.0);
        let (fn_, fnuz, e5m2) = (all(Narrow::F8E4M3FN), all(Narrow::F8E4M3FNUZ), all(Narrow::F8E5M2));
        assert_eq!((fn_[1], fn_[8], fn_[0x7e], fn_[0xfe]), (1.0 / 512.0, 1.0 / 64.0, 448.0, -448.0));
        assert!(fn_[0x7f].is_nan() && fn_[0xff].is_nan() && fn_[0x80].is_sign_negative());
        assert!(fnuz[0x80].is_nan() && fnuz.iter().filter(|x| x.is_nan()).count() == 1);
        assert_eq!((fnuz[1], fnuz[0x7f]), (1.0 / 1024.0, 240.0));
        // It is the upper half of IEEE's half precision.
        for (bits, x) in e5m2.iter().enumerate() {
            let half = half::f16::from_bits((bits as u16) << 8).to_f64();
            assert!(half == *x || half.is_nan() && x.is_nan(), "{bits:x}: {x} for {half}");
        }
        assert_eq!((all(Narrow::F8E5M2FNUZ)[1], all(Narrow::F8E5M2FNUZ)[0x7f]), (2f64.powi(-17), 57344.0));
    }
}
