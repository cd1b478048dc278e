//! Prints how many billion operations a second the matrix products and convolutions reach on one thread, beside the `gemm` crate.

use std::hint::black_box;
use std::time::Instant;

use codewright_kernels::Tensor;
use codewright_kernels::gemm::{Matrix, Product};
use codewright_kernels::layers::{Conv, Linear};

/// The shortest time of a run in seconds.
fn shortest(mut f: impl FnMut()) -> f64 {
    let (begin, mut shortest) = (Instant::now(), f64::INFINITY);
    let mut runs = 0;
    while runs < 5 || begin.elapsed().as_secs_f64() < 0.3 {
        // Short runs are timed together.
        let (one, mut count) = (Instant::now(), 0);
        while count == 0 || one.elapsed().as_micros() < 200 {
            f();
            count += 1;
        }
        shortest = shortest.min(one.elapsed().as_secs_f64() / f64::from(count));
        runs += 1;
    }
    shortest
}

fn numbers(shape: &[usize]) -> Tensor<f32> {
    Tensor::build(shape, |out| out.iter_mut().enumerate().for_each(|(i, x)| *x = ((i * 7919 + 13) % 1009) as f32 / 504.5 - 1.0))
}

fn line(name: &str, operations: f64, times: &[(&str, f64)]) {
    print!("{name:44}");
    for (who, time) in times {
        print!("  {who} {:8.4} ms {:6.1} GFLOP/s", time * 1e3, operations / time / 1e9);
    }
    println!();
}

fn library((m, k, n): (usize, usize, usize), a: &[f32], b: &[f32], out: &mut [f32]) {
    assert!(a.len() >= m * k && b.len() >= k * n && out.len() >= m * n);
    let (r, s) = (n as isize, k as isize);
    // SAFETY: the assertion holds, and all three matrices are row-major.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            r,
            false,
            a.as_ptr(),
            1,
            s,
            b.as_ptr(),
            1,
            r,
            0.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

fn main() {
    let sizes = [
        (512, 512, 512),
        (1, 512, 512),
        (8, 512, 512),
        (64, 384, 1536),
        (1, 64, 64),
        (1, 2048, 1000),
        (128, 768, 3072),
        (128, 3072, 768),
        (64, 64, 64),
        (128, 64, 128),
        (128, 128, 64),
        (4, 16, 32),
        (1, 10, 64),
    ];
    for (m, k, n) in sizes {
        let (x, w) = (numbers(&[m, k]), numbers(&[k, n]));
        let mut out = vec![0.0; m * n];
        let theirs = shortest(|| library((m, k, n), x.elements(), w.elements(), black_box(&mut out)));
        let dynamic =
            shortest(|| f32::product((m, k, n), Matrix::rows(x.elements(), k), Matrix::rows(w.elements(), n), black_box(&mut out), false));
        let Ok(layer) = Linear::new(&w, None) else { continue };
        let ours = shortest(|| drop(black_box(layer.run(&x))));
        line(&format!("product {m} x {k} x {n}"), 2.0 * (m * k * n) as f64, &[("gemm", theirs), ("product", dynamic), ("Linear", ours)]);
    }
    // Channels, length of a side, filters, length of the kernel, stride, groups.
    let convolutions = [
        (64, 56, 256, 1, 1, 1),
        (256, 56, 64, 1, 1, 1),
        (512, 28, 1024, 1, 2, 1),
        (64, 56, 64, 3, 1, 1),
        (128, 28, 128, 3, 1, 1),
        (256, 14, 256, 3, 1, 1),
        (512, 7, 512, 3, 1, 1),
        (3, 224, 64, 7, 2, 1),
        (3, 224, 32, 3, 2, 1),
        (1, 28, 8, 5, 1, 1),
        (96, 56, 96, 3, 1, 96),
        (96, 112, 96, 3, 2, 96),
        (480, 14, 480, 5, 1, 480),
        (128, 56, 128, 3, 2, 1),
    ];
    for (channels, side, filters, kernel, stride, groups) in convolutions {
        let (x, w) = (numbers(&[1, channels, side, side]), numbers(&[filters, channels / groups, kernel, kernel]));
        let Ok(layer) = Conv::new(&w, None, &[stride; 2], &[kernel / 2; 4], &[1; 2], groups) else { continue };
        let Ok(y) = layer.run(&x) else { continue };
        let time = shortest(|| drop(black_box(layer.run(&x))));
        let operations = 2.0 * (y.len() * (channels / groups) * kernel * kernel) as f64;
        line(
            &format!("conv {channels}x{side}x{side} {kernel}x{kernel} /{stride} -> {filters}, {groups} groups"),
            operations,
            &[("Conv", time)],
        );
    }
}
