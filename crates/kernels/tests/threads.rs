//! Results are bit for bit the same on any number of threads.

use codewright_kernels::layers::{Conv, Linear};
use codewright_kernels::{Tensor, Threads, map, map2, map3, math, ops};

fn numbers(shape: &[usize]) -> Tensor<f32> {
    Tensor::build(shape, |out| out.iter_mut().enumerate().for_each(|(i, x)| *x = ((i * 7919 + 13) % 2003) as f32 / 1001.5 - 1.0))
}

fn alike(name: &str, f: impl Fn() -> Tensor<f32>) {
    let alone = f();
    for count in [2, 3, 7] {
        let shared = Threads::new(count).unwrap().run(&f);
        assert_eq!(alone.shape(), shared.shape(), "{name} on {count} threads");
        let differ = alone.elements().iter().zip(shared.elements()).position(|(a, b)| a.to_bits() != b.to_bits());
        assert_eq!(differ, None, "{name} on {count} threads");
    }
}

#[test]
fn convolutions() {
    // (channels, filters, side, kernel, stride, pad, groups): Winograd by twos and fours, one place, columns, depthwise, few filters.
    for (c, f, side, k, stride, pad, groups) in [
        (32, 24, 13, 3, 1, 1, 1),
        (16, 40, 31, 3, 1, 1, 1),
        (48, 50, 19, 1, 1, 0, 1),
        (48, 50, 37, 1, 2, 0, 1),
        (256, 200, 7, 1, 1, 0, 1),
        (12, 33, 37, 5, 2, 2, 1),
        (24, 24, 50, 3, 1, 1, 24),
        (3, 4, 80, 5, 1, 2, 1),
        (64, 64, 21, 3, 2, 1, 4),
        (80, 80, 28, 1, 1, 0, 5),
        (6, 7, 70, 5, 1, 2, 1),
        (5, 9, 6, 3, 1, 1, 1),
    ] {
        let (w, b) = (numbers(&[f, c / groups, k, k]), numbers(&[f]));
        let layer = Conv::new(&w, Some(&b), &[stride; 2], &[pad; 4], &[1; 2], groups).unwrap();
        for batch in [1, 3] {
            let x = numbers(&[batch, c, side, side]);
            let name = format!("{c} channels, {f} filters of {k} in {groups} groups, a batch of {batch}");
            alike(&name, || layer.run_then(&x, math::relu).unwrap());
            let other = layer.run(&x).unwrap();
            alike(&name, || layer.run_with(&x, &other, |y, o| y * o).unwrap());
        }
    }
}

#[test]
fn products() {
    let layer = Linear::new(&numbers(&[70, 130]), Some(&numbers(&[130]))).unwrap();
    for rows in [60, 200] {
        let x = numbers(&[rows, 70]);
        alike("a layer", || layer.run(&x).unwrap());
        let other = numbers(&[rows, 130]);
        alike("a layer with a residual", || layer.run_with(&x, &other, |y, o| y + o).unwrap());
        alike("a product", || ops::matmul(&x, &numbers(&[70, 200])).unwrap());
    }
    let (q, k) = (numbers(&[5, 70, 32]), numbers(&[5, 90, 32]));
    alike("attention", || ops::attention(&q, &k, &k, 0.2).unwrap());
    let (a, b) = (numbers(&[5, 40, 60]), numbers(&[5, 60, 70]));
    alike("products of a batch", || ops::matmul(&a, &b).unwrap());
}

#[test]
fn rows_and_elements() {
    let (x, w) = (numbers(&[300, 250]), numbers(&[250]));
    alike("softmax", || ops::softmax(&x, 1).unwrap());
    alike("softmax along the first axis", || ops::softmax(&x, 0).unwrap());
    alike("layer_norm", || ops::layer_norm(&x, &w, &w, 1, 1e-5).unwrap());
    alike("rms_norm", || ops::rms_norm(&x, &w, 1e-5).unwrap());
    alike("map", || map(&x, math::tanh));
    alike("map2", || map2(&x, &w, |x, w| x * w).unwrap());
    let (column, cube) = (numbers(&[300, 1]), numbers(&[2, 300, 250]));
    alike("map3", || map3(&cube, &column, &w, |x, y, z| x * y + z).unwrap());
    let image = numbers(&[2, 20, 60, 60]);
    let other = numbers(&[2, 31, 60, 60]);
    alike("concat", || ops::concat(1, &[&image, &other, &image]).unwrap());
    alike("concat along the last axis", || ops::concat(3, &[&image, &image]).unwrap());
    alike("permute", || ops::permute(&image, &[1, 0, 2, 3]).unwrap());
    alike("slice", || ops::slice(&other, 3, -1, -60, -2).unwrap());
    alike("max_pool", || ops::max_pool(&image, &[3, 3], &[2, 2], &[1; 4], &[1, 1], false).unwrap());
}
