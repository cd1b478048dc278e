use crate::{Error, Float, Result, Tensor};

/// In training each element is 0 with probability `ratio` and divided by `1 - ratio` otherwise; else all stay. The second result
/// is true where an element stays. What is dropped hangs on `seed` alone: it is what NumPy's `RandomState` draws.
///
/// # Errors
/// If the ratio is not in `0..1`, or `ratio` or `training` has several elements.
pub fn dropout<T: Float, R: Float>(
    x: &Tensor<T>,
    ratio: &Tensor<R>,
    training: &Tensor<bool>,
    seed: i64,
) -> Result<(Tensor<T>, Tensor<bool>)> {
    let (ratio, training) = (ratio.item()?.to_f64(), training.item()?);
    if !(0.0..1.0).contains(&ratio) {
        return Err(Error::operand("dropout", format!("a ratio of {ratio}")));
    }
    if !training || ratio == 0.0 {
        return Ok((x.clone(), Tensor::build(x.shape(), |mask| mask.fill(true))));
    }
    let mut draws = MersenneTwister::new(seed as u32);
    let mask = Tensor::build(x.shape(), |mask| mask.iter_mut().for_each(|m| *m = draws.uniform() >= ratio));
    let scale = T::of_f64(1.0 / (1.0 - ratio));
    let y = Tensor::build(x.shape(), |out| {
        for ((o, x), kept) in out.iter_mut().zip(x.elements()).zip(mask.elements()) {
            *o = if *kept { x.times(scale) } else { T::ZERO };
        }
    });
    Ok((y, mask))
}

/// The generator MT19937.
struct MersenneTwister {
    state: [u32; 624],
    at: usize,
}

impl MersenneTwister {
    fn new(seed: u32) -> MersenneTwister {
        let mut state = [seed; 624];
        for i in 1..624 {
            let last = state[i - 1];
            state[i] = (last ^ (last >> 30)).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        MersenneTwister { state, at: 624 }
    }

    fn next(&mut self) -> u32 {
        if self.at == 624 {
            self.at = 0;
            for i in 0..624 {
                let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % 624] & 0x7fff_ffff);
                let twist = if y & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[i] = self.state[(i + 397) % 624] ^ (y >> 1) ^ twist;
            }
        }
        let mut y = self.state[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// A number from 0 to 1 of 53 bits.
    fn uniform(&mut self) -> f64 {
        let (high, low) = (self.next() >> 5, self.next() >> 6);
        (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_draws_are_those_of_numpy() {
        let mut draws = MersenneTwister::new(0);
        assert_eq!([draws.uniform(), draws.uniform()], [0.548_813_503_927_324_8, 0.715_189_366_372_419_5]);
    }

    #[test]
    fn a_ratio_of_all_is_refused() {
        let x = Tensor::scalar(1.0f32);
        assert!(dropout(&x, &Tensor::scalar(1.0f32), &Tensor::scalar(true), 0).is_err());
    }
}
