//! The transformations of squares for [`winograd`](super::winograd), sixteen squares at once.

use crate::tiles::{Line, WIDTH};

/// Squares of `A` by `A` places of an image for `M` by `M` results.
pub(super) trait Scheme<const A: usize, const M: usize> {
    /// What the places of a filter are multiplied with.
    const FILTER: [[f64; 3]; A];
    /// A line of an image's square.
    fn input<L: Lanes>(d: [L; A]) -> [L; A];
    /// A line of results.
    fn output<L: Lanes>(m: [L; A]) -> [L; M];
}

/// Squares of four by four places for two by two results.
pub(super) struct Two;

impl Scheme<4, 2> for Two {
    const FILTER: [[f64; 3]; 4] = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.0, 0.0, 1.0]];

    #[inline(always)]
    fn input<L: Lanes>([a, b, c, d]: [L; 4]) -> [L; 4] {
        [a.minus(c), b.plus(c), c.minus(b), b.minus(d)]
    }

    #[inline(always)]
    fn output<L: Lanes>([a, b, c, d]: [L; 4]) -> [L; 2] {
        [a.plus(b).plus(c), b.minus(c).minus(d)]
    }
}

/// Squares of six by six places for four by four results.
pub(super) struct Four;

impl Scheme<6, 4> for Four {
    const FILTER: [[f64; 3]; 6] = [
        [0.25, 0.0, 0.0],
        [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
        [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
        [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
        [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
        [0.0, 0.0, 1.0],
    ];

    #[inline(always)]
    fn input<L: Lanes>([a, b, c, d, e, f]: [L; 6]) -> [L; 6] {
        let (even, odd) = (c.fused(-4.0, e), b.fused(-4.0, d));
        let (near, far) = (e.minus(c), d.minus(b));
        [
            a.fused(4.0, c.fused(-5.0, e)),
            even.plus(odd),
            even.minus(odd),
            far.fused(2.0, near),
            far.fused(-2.0, near),
            b.fused(4.0, d.fused(-5.0, f)),
        ]
    }

    #[inline(always)]
    fn output<L: Lanes>([a, b, c, d, e, f]: [L; 6]) -> [L; 4] {
        let (sum, difference) = (b.plus(c), b.minus(c));
        let (far_sum, far_difference) = (d.plus(e), d.minus(e));
        [
            a.plus(sum).plus(far_sum),
            far_difference.fused(2.0, difference),
            far_sum.fused(4.0, sum),
            far_difference.fused(8.0, difference).plus(f),
        ]
    }
}

/// Numbers that are computed with at once.
pub(super) trait Lanes: Copy {
    const COUNT: usize;
    const ZERO: Self;
    fn load(from: &[f32]) -> Self;
    fn store(self, to: &mut [f32]);
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    /// `self * times + plus`.
    fn fused(self, times: f32, plus: Self) -> Self;
}

impl Lanes for f32 {
    const COUNT: usize = 1;
    const ZERO: f32 = 0.0;
    #[inline(always)]
    fn load(from: &[f32]) -> f32 {
        from[0]
    }
    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        to[0] = self;
    }
    #[inline(always)]
    fn plus(self, other: f32) -> f32 {
        self + other
    }
    #[inline(always)]
    fn minus(self, other: f32) -> f32 {
        self - other
    }
    #[inline(always)]
    fn fused(self, times: f32, plus: f32) -> f32 {
        self * times + plus
    }
}

/// Makes lanes of a vector type, and the two transformations by them.
#[cfg(target_arch = "x86_64")]
macro_rules! vectors {
    ($(#[$doc:meta])* $name:ident: $vector:ident of $count:literal, $features:literal,
     $load:ident, $store:ident, $add:ident, $sub:ident, $fused:ident, $set:ident, $to:ident, $from:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        struct $name(std::arch::x86_64::$vector);

        impl Lanes for $name {
            const COUNT: usize = $count;
            // SAFETY: all bits zero are so many zeros.
            const ZERO: $name = $name(unsafe { std::mem::zeroed() });
            #[inline(always)]
            fn load(from: &[f32]) -> $name {
                let from = &from[..$count];
                // SAFETY: the slice holds so many elements, and the type is used only where the processor has the instruction.
                $name(unsafe { std::arch::x86_64::$load(from.as_ptr()) })
            }
            #[inline(always)]
            fn store(self, to: &mut [f32]) {
                let to = &mut to[..$count];
                // SAFETY: as for `load`.
                unsafe { std::arch::x86_64::$store(to.as_mut_ptr(), self.0) }
            }
            #[inline(always)]
            fn plus(self, other: $name) -> $name {
                // SAFETY: the type is used only where the processor has the instruction.
                $name(unsafe { std::arch::x86_64::$add(self.0, other.0) })
            }
            #[inline(always)]
            fn minus(self, other: $name) -> $name {
                // SAFETY: the type is used only where the processor has the instruction.
                $name(unsafe { std::arch::x86_64::$sub(self.0, other.0) })
            }
            #[inline(always)]
            fn fused(self, times: f32, plus: $name) -> $name {
                // SAFETY: the type is used only where the processor has the instructions.
                $name(unsafe { std::arch::x86_64::$fused(self.0, std::arch::x86_64::$set(times), plus.0) })
            }
        }

        #[target_feature(enable = $features)]
        fn $to<S: Scheme<A, M>, const A: usize, const M: usize>(square: &[Line], out: &mut [Line], stride: usize) {
            to_places_by::<S, $name, A, M>(square, out, stride);
        }

        #[target_feature(enable = $features)]
        fn $from<S: Scheme<A, M>, const A: usize, const M: usize>(
            products: &[f32],
            stride: usize,
            bias: f32,
            rows: &mut [[f32; 4 * WIDTH]; 4],
        ) {
            from_places_by::<S, $name, A, M>(products, stride, bias, rows);
        }
    };
}
#[cfg(target_arch = "x86_64")]
vectors! {
    /// Eight lanes of AVX2. Made only in functions that are compiled for it, and called only where the processor has it.
    Eight: __m256 of 8, "avx2,fma",
    _mm256_loadu_ps, _mm256_storeu_ps, _mm256_add_ps, _mm256_sub_ps, _mm256_fmadd_ps, _mm256_set1_ps, to_places_eight, from_places_eight
}
#[cfg(target_arch = "x86_64")]
vectors! {
    /// Sixteen lanes of AVX-512. Made only in functions that are compiled for it, and called only where the processor has it.
    Sixteen: __m512 of 16, "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma",
    _mm512_loadu_ps, _mm512_storeu_ps, _mm512_add_ps, _mm512_sub_ps, _mm512_fmadd_ps, _mm512_set1_ps, to_places_sixteen,
    from_places_sixteen
}

/// Squares whose places are lines, transformed: the line of each place is stored `stride` behind the one before.
pub(super) fn to_places<S: Scheme<A, M>, const A: usize, const M: usize>(square: &[Line], out: &mut [Line], stride: usize) {
    #[cfg(target_arch = "x86_64")]
    if crate::cpu::avx512() {
        // SAFETY: the processor has the features that the function is compiled for.
        return unsafe { to_places_sixteen::<S, A, M>(square, out, stride) };
    } else if crate::cpu::avx2() {
        // SAFETY: the processor has the features that the function is compiled for.
        return unsafe { to_places_eight::<S, A, M>(square, out, stride) };
    }
    to_places_by::<S, f32, A, M>(square, out, stride);
}

// A closure would not be compiled for the processor that the lanes need, so the loops are without.
#[inline(always)]
fn to_places_by<S: Scheme<A, M>, L: Lanes, const A: usize, const M: usize>(square: &[Line], out: &mut [Line], stride: usize) {
    let (square, out) = (&square[..A * A], &mut out[..(A * A - 1) * stride + 1]);
    for lane in (0..WIDTH).step_by(L::COUNT) {
        let mut columns = [[L::ZERO; A]; A];
        for x in 0..A {
            let mut column = [L::ZERO; A];
            for y in 0..A {
                column[y] = L::load(&square[y * A + x].0[lane..]);
            }
            columns[x] = S::input(column);
        }
        for y in 0..A {
            let mut row = [L::ZERO; A];
            for x in 0..A {
                row[x] = columns[x][y];
            }
            let row = S::input(row);
            for x in 0..A {
                row[x].store(&mut out[(y * A + x) * stride].0[lane..]);
            }
        }
    }
}

/// Rows of the results of squares beside each other, from what was multiplied place by place, and a bias. Each place has [`WIDTH`]
/// products, `stride` behind those of the one before.
pub(super) fn from_places<S: Scheme<A, M>, const A: usize, const M: usize>(
    products: &[f32],
    stride: usize,
    bias: f32,
    rows: &mut [[f32; 4 * WIDTH]; 4],
) {
    #[cfg(target_arch = "x86_64")]
    if crate::cpu::avx512() {
        // SAFETY: the processor has the features that the function is compiled for.
        return unsafe { from_places_sixteen::<S, A, M>(products, stride, bias, rows) };
    } else if crate::cpu::avx2() {
        // SAFETY: the processor has the features that the function is compiled for.
        return unsafe { from_places_eight::<S, A, M>(products, stride, bias, rows) };
    }
    from_places_by::<S, f32, A, M>(products, stride, bias, rows);
}

#[inline(always)]
fn from_places_by<S: Scheme<A, M>, L: Lanes, const A: usize, const M: usize>(
    products: &[f32],
    stride: usize,
    bias: f32,
    rows: &mut [[f32; 4 * WIDTH]; 4],
) {
    let products = &products[..(A * A - 1) * stride + WIDTH];
    let mut results = [[Line::ZERO; M]; M];
    for lane in (0..WIDTH).step_by(L::COUNT) {
        let mut columns = [[L::ZERO; M]; A];
        for x in 0..A {
            let mut column = [L::ZERO; A];
            for y in 0..A {
                column[y] = L::load(&products[(y * A + x) * stride + lane..]);
            }
            columns[x] = S::output(column);
        }
        for y in 0..M {
            let mut row = [L::ZERO; A];
            for x in 0..A {
                row[x] = columns[x][y];
            }
            let row = S::output(row);
            for x in 0..M {
                row[x].store(&mut results[y][x].0[lane..]);
            }
        }
    }
    for (row, results) in rows.iter_mut().zip(&results) {
        for (c, squares) in row.as_chunks_mut::<M>().0.iter_mut().take(WIDTH).enumerate() {
            for (x, result) in squares.iter_mut().enumerate() {
                *result = results[x].0[c] + bias;
            }
        }
    }
}
