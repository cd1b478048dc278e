//! The attribute makes models of files that `data/mlp.py` and `data/tower.py` write.

use codewright::ndarray::{Array1, Array2, Axis, array, s};

#[codewright::model("data/mlp.onnx")]
#[derive(Clone)]
struct Mlp;

/// The model written by hand.
fn by_hand(x: &Array2<f32>) -> Array2<f32> {
    let hidden = Array2::from_shape_fn((4, 8), |(i, j)| ((i * 8 + j) as f32 - 16.0) / 16.0);
    let head = Array2::from_shape_fn((8, 3), |(i, j)| ((i * 3 + j) as f32 - 12.0) / 12.0);
    let logits = (x.dot(&hidden) + 0.5).mapv(|v| v.max(0.0)).dot(&head);
    let e = logits.mapv(f32::exp);
    let sums = e.sum_axis(codewright::ndarray::Axis(1)).insert_axis(codewright::ndarray::Axis(1));
    e / sums
}

#[test]
fn the_model_is_what_its_nodes_say() {
    let x = array![[1.0, -2.0, 3.0, 0.5], [0.0, 0.0, 0.0, 0.0], [-1.0, 4.0, -0.25, 2.0]];
    let model = Mlp::new().unwrap().clone();
    let y = model.run(&x).unwrap();
    let expected = by_hand(&x);
    assert_eq!(y.dim(), (3, 3));
    assert!((&y - &expected).iter().all(|d| d.abs() < 1e-6), "{y} is not {expected}");
    // A view whose rows are not next to each other.
    let y = model.run(&x.slice(s![..;2, ..])).unwrap();
    assert!((&y - &expected.slice(s![..;2, ..])).iter().all(|d| d.abs() < 1e-6));
}

#[test]
fn another_width_is_refused() {
    let error = Mlp::new().unwrap().run(&Array2::zeros((2, 5))).unwrap_err().to_string();
    assert_eq!(error, "input `x`: expected shape (n, 4), found [2, 5]");
}

#[codewright::model("data/tower.onnx")]
struct Tower;

/// The tower written by hand.
fn tower_by_hand(x: &Array2<f32>) -> Array2<f32> {
    let weight = |count: usize, step: usize| (0..count).map(move |i| (i * step % 17) as f32 / 8.5 - 1.0);
    let vector = |count: usize, step: usize| weight(count, step).collect::<Array1<f32>>();
    let matrix = |rows: usize, columns: usize, step: usize| {
        Array2::from_shape_vec((rows, columns), weight(rows * columns, step).collect()).expect("as many numbers as places")
    };
    let mut x = x.clone();
    for i in 0..3 {
        let centered = &x - &x.mean_axis(Axis(1)).expect("a mean").insert_axis(Axis(1));
        let spread = (&centered * &centered).mean_axis(Axis(1)).expect("a mean").insert_axis(Axis(1)).mapv(|v| (v + 1e-5).sqrt());
        let normal = centered / spread * vector(6, 3 + i) + vector(6, 5 + i);
        let up = (normal.dot(&matrix(6, 8, 7 + i)) + vector(8, 2 + i)).mapv(|v| v.max(0.0));
        x = up.dot(&matrix(8, 6, 4 + i)) + vector(6, 6 + i) + &x;
    }
    x.dot(&matrix(4, 6, 9).t())
}

#[test]
fn modules_that_are_alike_are_run_in_turn() {
    let x = array![[1.0, -2.0, 3.0, 0.5, 0.25, -1.0], [0.5, 4.0, -0.25, 2.0, 1.0, 0.0]];
    let y = Tower::new().unwrap().run(&x).unwrap();
    let expected = tower_by_hand(&x);
    assert!((&y - &expected).iter().all(|d| d.abs() < 1e-4), "{y} is not {expected}");
}
