use super::tests::{near, numbers};
use super::*;
use crate::cpu::tests::each_level;
use crate::{Tensor, f16, map, map2, math, ops};

/// Compares a layer with the operation on doubles, for an image of this shape.
fn check(x: &[usize], w: &[usize], strides: &[usize], pads: &[usize], dilations: &[usize], groups: usize) {
    let (x, w, b) = (numbers(x), numbers(w), numbers(&w[..1]));
    let double = |x: &Tensor<f32>| map(x, f64::from);
    let operation = |b: Option<&Tensor<f64>>| {
        let result = ops::conv(&double(&x), &double(&w), b, strides, pads, dilations, groups).unwrap();
        map(&result, |y| y as f32)
    };
    let expected = operation(Some(&double(&b)));
    near(&ops::conv(&x, &w, Some(&b), strides, pads, dilations, groups).unwrap(), &expected);
    let layer = Conv::new(&w, Some(&b), strides, pads, dilations, groups).unwrap();
    near(&layer.run(&x).unwrap(), &expected);
    near(&layer.clone().run_then(&x, math::relu).unwrap(), &map(&expected, math::relu));
    let other = numbers(expected.shape());
    near(&layer.run_with(&x, &other, |y, o| y * o).unwrap(), &map2(&expected, &other, |y, o| y * o).unwrap());
    let bare = Conv::new(&w, None, strides, pads, dilations, groups).unwrap();
    near(&bare.run(&x).unwrap(), &operation(None));
}

#[test]
fn planes() {
    each_level(|| {
        for (side, other) in [(1, 1), (5, 7), (9, 16), (17, 33)] {
            for (kernel, stride, pad) in [(1, 1, 0), (1, 2, 0), (1, 1, 1), (3, 1, 1), (3, 2, 1), (3, 1, 2), (5, 2, 2), (5, 1, 4), (7, 3, 3)]
            {
                for (channels, filters) in [(1, 3), (3, 8), (8, 5), (40, 20)] {
                    let (x, w) = ([2, channels, side, other], [filters, channels, kernel, kernel]);
                    check(&x, &w, &[stride; 2], &[pad; 4], &[1; 2], 1);
                }
            }
        }
    });
}

#[test]
fn planes_that_would_leave_panels_empty() {
    each_level(|| {
        for (side, stride) in [(7, 1), (13, 2), (9, 1)] {
            for (channels, filters) in [(20, 16), (300, 70)] {
                check(&[2, channels, side, side], &[filters, channels, 1, 1], &[stride; 2], &[0; 4], &[1; 2], 1);
            }
        }
    });
}

#[test]
fn squares_of_results() {
    each_level(|| {
        for (height, width) in [(3, 3), (7, 7), (14, 15), (9, 70), (33, 34)] {
            for (channels, filters, pad) in [(16, 16, 1), (20, 33, 1), (17, 24, 0), (16, 40, 2)] {
                check(&[2, channels, height, width], &[filters, channels, 3, 3], &[1; 2], &[pad, 1, pad, 1], &[1; 2], 1);
            }
        }
    });
}

#[test]
fn groups_strides_pads_and_dilations_of_their_own() {
    each_level(|| {
        for (channels, filters, groups) in [(6, 6, 6), (6, 12, 6), (4, 8, 2), (16, 32, 2), (3, 18, 3), (4, 40, 4)] {
            let own = channels / groups;
            check(&[1, channels, 12, 19], &[filters, own, 3, 3], &[1, 1], &[1, 1, 1, 1], &[1, 1], groups);
            check(&[2, channels, 12, 19], &[filters, own, 3, 2], &[2, 3], &[0, 2, 3, 1], &[2, 1], groups);
            check(&[1, channels, 9, 8], &[filters, own, 1, 5], &[1, 2], &[0, 0, 0, 0], &[1, 1], groups);
            check(&[1, channels, 7, 7], &[filters, own, 5, 5], &[2, 2], &[2, 2, 2, 2], &[1, 1], groups);
            check(&[1, channels, 20, 20], &[filters, own, 3, 3], &[1, 1], &[6, 6, 6, 6], &[6, 6], groups);
        }
    });
}

#[test]
fn lines_and_volumes() {
    each_level(|| {
        for (length, kernel, stride, pad) in [(50, 3, 1, 1), (33, 2, 2, 0), (400, 80, 16, 40), (64, 10, 5, 0), (21, 21, 1, 0), (3, 1, 1, 0)]
        {
            check(&[2, 4, length], &[9, 4, kernel], &[stride], &[pad, pad], &[1], 1);
            check(&[1, 4, length], &[4, 1, kernel], &[stride], &[pad, 0], &[1], 4);
        }
        check(&[1, 3, 6, 7, 9], &[10, 3, 3, 3, 3], &[1, 2, 1], &[1, 1, 1, 1, 1, 1], &[1, 1, 2], 1);
        check(&[1, 4, 5, 6, 7], &[4, 1, 2, 3, 3], &[1, 1, 2], &[0, 1, 1, 1, 1, 0], &[1, 1, 1], 4);
    });
}

#[test]
fn images_of_one_place_and_of_none() {
    each_level(|| {
        check(&[3, 24, 1, 1], &[10, 24, 1, 1], &[1, 1], &[0; 4], &[1, 1], 1);
        check(&[2, 6, 5, 4], &[10, 6, 5, 4], &[1, 1], &[0; 4], &[1, 1], 1);
        check(&[0, 6, 5, 4], &[10, 6, 3, 3], &[1, 1], &[1; 4], &[1, 1], 1);
        check(&[1, 6, 5, 4], &[0, 6, 3, 3], &[1, 1], &[1; 4], &[1, 1], 1);
        check(&[1, 0, 5, 4], &[7, 0, 3, 3], &[1, 1], &[1; 4], &[1, 1], 1);
        check(&[1, 0, 5, 4], &[3, 0, 1, 1], &[1, 1], &[0; 4], &[1, 1], 1);
    });
}

#[test]
fn halves_are_summed_in_single_precision() {
    each_level(|| {
        let [x, w, b, other] =
            [&[2, 20, 9, 9][..], &[24, 20, 3, 3], &[24], &[2, 24, 9, 9]].map(|shape| map(&numbers(shape), f16::from_f32));
        let [wide_x, wide_w, wide_b] = [&x, &w, &b].map(|x| map(x, f16::to_f32));
        let layer = Conv::new(&w, Some(&b), &[1; 2], &[1; 4], &[1; 2], 1).unwrap();
        let expected = Conv::new(&wide_w, Some(&wide_b), &[1; 2], &[1; 4], &[1; 2], 1).unwrap().run(&wide_x).unwrap();
        let expected = map(&expected, f16::from_f32);
        assert_eq!(layer.run(&x).unwrap(), expected);
        assert_eq!(layer.run_then(&x, math::relu).unwrap(), map(&expected, math::relu));
        assert_eq!(layer.run_with(&x, &other, math::add).unwrap(), map2(&expected, &other, math::add).unwrap());
    });
}

#[test]
fn few_filters_of_many_places() {
    each_level(|| {
        for (filters, width) in [(1, 40), (2, 16), (3, 33), (5, 48), (6, 17), (7, 5), (8, 32), (9, 21), (13, 8)] {
            check(&[2, 6, 7, width], &[filters, 6, 3, 5], &[1; 2], &[1, 2, 1, 2], &[1; 2], 1);
            check(&[1, 6, 7, width], &[2 * filters, 3, 3, 5], &[1, 2], &[1, 2, 1, 2], &[1; 2], 2);
        }
        // Narrow rows of several bands, the last vectors of which are fewer than are summed at once.
        for filters in 1..=6 {
            check(&[1, 2, 150, 5], &[filters, 2, 3, 3], &[1; 2], &[1; 4], &[1; 2], 1);
            check(&[1, 2, 150, 13], &[2 * filters, 1, 3, 3], &[1; 2], &[1; 4], &[1; 2], 2);
        }
    });
}

#[test]
fn other_elements_have_layers_too() {
    let (x, w) = (Tensor::new(&[1, 1, 3], vec![1i32, 2, 3]).unwrap(), Tensor::new(&[1, 1, 2], vec![1i32, 10]).unwrap());
    let layer = Conv::new(&w, None, &[1], &[0, 0], &[1], 1).unwrap();
    assert_eq!(layer.run_then(&x, |y| -y).unwrap().elements(), [-21, -32]);
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let w = numbers(&[4, 2, 3, 3]);
    assert!(Conv::new(&w, None, &[1], &[0; 4], &[1, 1], 1).is_err());
    assert!(Conv::new(&w, None, &[1, 0], &[0; 4], &[1, 1], 1).is_err());
    assert!(Conv::new(&w, None, &[1, 1], &[0; 4], &[1, 1], 3).is_err());
    assert!(Conv::new(&w, None, &[1, 1], &[0; 4], &[1, 1], 0).is_err());
    assert!(Conv::new(&w, Some(&numbers(&[3])), &[1, 1], &[0; 4], &[1, 1], 1).is_err());
    assert!(Conv::new(&numbers(&[4]), None, &[], &[], &[], 1).is_err());
    let layer = Conv::new(&w, None, &[1, 1], &[0; 4], &[1, 1], 1).unwrap();
    assert!(layer.run(&numbers(&[1, 3, 5, 5])).is_err());
    assert!(layer.run(&numbers(&[1, 2, 2, 5])).is_err());
    assert!(layer.run(&numbers(&[2, 5, 5])).is_err());
    assert!(layer.run_with(&numbers(&[1, 2, 5, 5]), &numbers(&[1, 4, 3, 2]), |y, _| y).is_err());
}
