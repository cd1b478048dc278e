//! Dense linear algebra in `f64` for the reference evaluation: plain textbook algorithms (Golub and Van Loan, *Matrix
//! Computations*), row-major `n × n` or `m × n` slices.

/// A matrix in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matrix {
    pub rows: usize,
    pub columns: usize,
    pub data: Vec<f64>,
}

impl Matrix {
    pub fn new(rows: usize, columns: usize, data: Vec<f64>) -> Matrix {
        Matrix { rows, columns, data }
    }

    pub fn zeros(rows: usize, columns: usize) -> Matrix {
        Matrix::new(rows, columns, vec![0.0; rows * columns])
    }

    pub fn identity(n: usize) -> Matrix {
        let mut m = Matrix::zeros(n, n);
        for i in 0..n {
            m.set(i, i, 1.0);
        }
        m
    }

    pub fn at(&self, i: usize, j: usize) -> f64 {
        self.data[i * self.columns + j]
    }

    pub fn set(&mut self, i: usize, j: usize, x: f64) {
        self.data[i * self.columns + j] = x;
    }

    pub fn transposed(&self) -> Matrix {
        let mut t = Matrix::zeros(self.columns, self.rows);
        for i in 0..self.rows {
            for j in 0..self.columns {
                t.set(j, i, self.at(i, j));
            }
        }
        t
    }

    pub fn times(&self, other: &Matrix) -> Matrix {
        let mut p = Matrix::zeros(self.rows, other.columns);
        for i in 0..self.rows {
            for k in 0..self.columns {
                let x = self.at(i, k);
                for j in 0..other.columns {
                    p.data[i * other.columns + j] += x * other.at(k, j);
                }
            }
        }
        p
    }
}

/// LU with partial pivoting: the packed factors, the row order and the permutation's sign. `None` in the first place of a zero
/// pivot is left to the caller to judge.
pub(super) struct Lu {
    pub packed: Matrix,
    pub order: Vec<usize>,
    pub sign: f64,
}

pub(super) fn lu(a: &Matrix) -> Lu {
    let n = a.rows;
    let mut m = a.clone();
    let mut order: Vec<usize> = (0..n).collect();
    let mut sign = 1.0;
    for k in 0..n {
        let pivot = (k..n).max_by(|&i, &j| m.at(i, k).abs().total_cmp(&m.at(j, k).abs())).unwrap_or(k);
        if pivot != k {
            for j in 0..n {
                m.data.swap(k * n + j, pivot * n + j);
            }
            order.swap(k, pivot);
            sign = -sign;
        }
        if m.at(k, k) == 0.0 {
            continue;
        }
        for i in k + 1..n {
            let factor = m.at(i, k) / m.at(k, k);
            m.set(i, k, factor);
            for j in k + 1..n {
                let x = m.at(i, j) - factor * m.at(k, j);
                m.set(i, j, x);
            }
        }
    }
    Lu { packed: m, order, sign }
}

impl Lu {
    pub fn singular(&self) -> bool {
        (0..self.packed.rows).any(|i| self.packed.at(i, i) == 0.0)
    }

    pub fn solve(&self, b: &Matrix) -> Matrix {
        let n = self.packed.rows;
        let mut x = Matrix::zeros(n, b.columns);
        for c in 0..b.columns {
            for i in 0..n {
                let sum: f64 = (0..i).map(|j| self.packed.at(i, j) * x.at(j, c)).sum();
                x.set(i, c, b.at(self.order[i], c) - sum);
            }
            for i in (0..n).rev() {
                let sum: f64 = (i + 1..n).map(|j| self.packed.at(i, j) * x.at(j, c)).sum();
                x.set(i, c, (x.at(i, c) - sum) / self.packed.at(i, i));
            }
        }
        x
    }

    pub fn determinant(&self) -> f64 {
        (0..self.packed.rows).fold(self.sign, |d, i| d * self.packed.at(i, i))
    }

    /// Sign and logarithm of the magnitude of the determinant.
    pub fn sign_log(&self) -> (f64, f64) {
        (0..self.packed.rows).fold((self.sign, 0.0), |(sign, log), i| {
            let x = self.packed.at(i, i);
            (sign * if x == 0.0 { 0.0 } else { x.signum() }, log + x.abs().ln())
        })
    }
}

/// The lower Cholesky factor; `None` if the matrix is not positive definite. Reads the lower triangle alone.
pub(super) fn cholesky(a: &Matrix) -> Option<Matrix> {
    let n = a.rows;
    let mut l = Matrix::zeros(n, n);
    for j in 0..n {
        for i in j..n {
            let sum: f64 = (0..j).map(|k| l.at(i, k) * l.at(j, k)).sum();
            let x = a.at(i, j) - sum;
            if i == j {
                if x.is_nan() || x <= 0.0 {
                    return None;
                }
                l.set(i, j, x.sqrt());
            } else {
                l.set(i, j, x / l.at(j, j));
            }
        }
    }
    Some(l)
}

/// Solves with a triangular matrix.
pub(super) fn triangular(a: &Matrix, b: &Matrix, lower: bool) -> Matrix {
    let n = a.rows;
    let mut x = b.clone();
    for c in 0..b.columns {
        for step in 0..n {
            let i = if lower { step } else { n - 1 - step };
            let others = if lower { 0..i } else { i + 1..n };
            let sum: f64 = others.map(|j| a.at(i, j) * x.at(j, c)).sum();
            x.set(i, c, (x.at(i, c) - sum) / a.at(i, i));
        }
    }
    x
}

/// Eigenvalues in ascending order and eigenvectors as columns of a symmetric matrix, of which the lower triangle is read. By
/// cyclic Jacobi rotations.
pub(super) fn symmetric_eigen(a: &Matrix) -> (Vec<f64>, Matrix) {
    let n = a.rows;
    let mut m = a.clone();
    for i in 0..n {
        for j in i + 1..n {
            m.set(i, j, a.at(j, i));
        }
    }
    let mut v = Matrix::identity(n);
    for _ in 0..60 {
        let off: f64 = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| m.at(i, j).powi(2)).sum();
        if off < 1e-300 {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut m, &mut v, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| m.at(i, i).total_cmp(&m.at(j, j)));
    let values = order.iter().map(|&i| m.at(i, i)).collect();
    let mut vectors = Matrix::zeros(n, n);
    for (to, &from) in order.iter().enumerate() {
        for i in 0..n {
            vectors.set(i, to, v.at(i, from));
        }
    }
    (values, vectors)
}

fn rotate(m: &mut Matrix, v: &mut Matrix, p: usize, q: usize) {
    let n = m.rows;
    if m.at(p, q) == 0.0 {
        return;
    }
    let theta = (m.at(q, q) - m.at(p, p)) / (2.0 * m.at(p, q));
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let t = if theta == 0.0 { 1.0 } else { t };
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    for k in 0..n {
        let (x, y) = (m.at(k, p), m.at(k, q));
        m.set(k, p, c * x - s * y);
        m.set(k, q, s * x + c * y);
    }
    for k in 0..n {
        let (x, y) = (m.at(p, k), m.at(q, k));
        m.set(p, k, c * x - s * y);
        m.set(q, k, s * x + c * y);
    }
    for k in 0..n {
        let (x, y) = (v.at(k, p), v.at(k, q));
        v.set(k, p, c * x - s * y);
        v.set(k, q, s * x + c * y);
    }
}

/// The thin singular value decomposition `u, s, vᵀ`, singular values descending, by one-sided Jacobi rotations.
pub(super) fn svd(a: &Matrix) -> (Matrix, Vec<f64>, Matrix) {
    if a.rows < a.columns {
        let (u, s, vt) = svd(&a.transposed());
        return (vt.transposed(), s, u.transposed());
    }
    let (m, n) = (a.rows, a.columns);
    let mut u = a.clone();
    let mut v = Matrix::identity(n);
    for _ in 0..60 {
        let mut turned = false;
        for p in 0..n {
            for q in p + 1..n {
                turned |= orthogonalize(&mut u, &mut v, p, q);
            }
        }
        if !turned {
            break;
        }
    }
    let length = |j: usize| (0..m).map(|i| u.at(i, j).powi(2)).sum::<f64>().sqrt();
    let lengths: Vec<f64> = (0..n).map(length).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| lengths[j].total_cmp(&lengths[i]));
    let (mut left, mut right) = (Matrix::zeros(m, n), Matrix::zeros(n, n));
    for (to, &from) in order.iter().enumerate() {
        for i in 0..m {
            left.set(i, to, if lengths[from] > 0.0 { u.at(i, from) / lengths[from] } else { 0.0 });
        }
        for i in 0..n {
            right.set(to, i, v.at(i, from));
        }
    }
    (left, order.iter().map(|&i| lengths[i]).collect(), right)
}

fn orthogonalize(u: &mut Matrix, v: &mut Matrix, p: usize, q: usize) -> bool {
    let dot = |u: &Matrix, i: usize, j: usize| (0..u.rows).map(|k| u.at(k, i) * u.at(k, j)).sum::<f64>();
    let (a, b, c) = (dot(u, p, p), dot(u, q, q), dot(u, p, q));
    if c == 0.0 || c.abs() <= 1e-15 * (a * b).sqrt() {
        return false;
    }
    let theta = (b - a) / (2.0 * c);
    let t = if theta == 0.0 { 1.0 } else { theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt()) };
    let cos = 1.0 / (t * t + 1.0).sqrt();
    let sin = t * cos;
    for m in [u, v] {
        for k in 0..m.rows {
            let (x, y) = (m.at(k, p), m.at(k, q));
            m.set(k, p, cos * x - sin * y);
            m.set(k, q, sin * x + cos * y);
        }
    }
    true
}

/// The thin QR decomposition by Householder reflections, signs as LAPACK leaves them.
pub(super) fn qr(a: &Matrix) -> (Matrix, Matrix) {
    let (m, n) = (a.rows, a.columns);
    let k = m.min(n);
    let mut r = a.clone();
    let mut q = Matrix::identity(m);
    for j in 0..k {
        let norm = (j..m).map(|i| r.at(i, j).powi(2)).sum::<f64>().sqrt();
        let below = (j + 1..m).any(|i| r.at(i, j) != 0.0);
        if norm == 0.0 || !below {
            continue;
        }
        let alpha = if r.at(j, j) >= 0.0 { -norm } else { norm };
        let mut w: Vec<f64> = (0..m).map(|i| if i < j { 0.0 } else { r.at(i, j) }).collect();
        w[j] -= alpha;
        let scale: f64 = 2.0 / w.iter().map(|x| x * x).sum::<f64>();
        for c in 0..n {
            let s: f64 = (j..m).map(|i| w[i] * r.at(i, c)).sum::<f64>() * scale;
            for (i, x) in w.iter().enumerate().skip(j) {
                r.set(i, c, r.at(i, c) - s * x);
            }
        }
        for row in 0..m {
            let s: f64 = (j..m).map(|i| q.at(row, i) * w[i]).sum::<f64>() * scale;
            for (i, x) in w.iter().enumerate().skip(j) {
                q.set(row, i, q.at(row, i) - s * x);
            }
        }
    }
    let mut thin = Matrix::zeros(m, k);
    let mut upper = Matrix::zeros(k, n);
    for i in 0..m {
        for j in 0..k {
            thin.set(i, j, q.at(i, j));
        }
    }
    for i in 0..k {
        for j in i..n {
            upper.set(i, j, r.at(i, j));
        }
    }
    (thin, upper)
}

/// The Moore–Penrose inverse; singular values below `cutoff` times the largest count as zero.
pub(super) fn pseudo_inverse(a: &Matrix, cutoff: f64) -> Matrix {
    let (u, s, vt) = svd(a);
    let top = s.first().copied().unwrap_or(0.0);
    let mut scaled = vt.transposed();
    for (j, &value) in s.iter().enumerate() {
        let factor = if value > cutoff * top { 1.0 / value } else { 0.0 };
        for i in 0..scaled.rows {
            scaled.set(i, j, scaled.at(i, j) * factor);
        }
    }
    scaled.times(&u.transposed())
}
