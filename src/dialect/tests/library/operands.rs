//! Random operands and attributes for an op: every dtype, broadcasting, empty axes and axes of one place, edge values.

use ndarray::{ArrayD, IxDyn};

use super::super::rows::Draws;
use crate::ir::{Attr, AttrKind, DType, Dim, Group, OpDef, Target, Value};

/// What the elements of an op's operands may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elements {
    /// Anything: NaN, infinities, both zeros, subnormals, the largest and the smallest.
    Wild,
    /// Small numbers, now and then NaN or an infinity: what is added up in another order must not overflow on the way.
    Mild,
    /// Small numbers alone.
    Tame,
    /// Symmetric positive definite where square; all zeros now and then.
    Definite,
    /// Between 0 and 1.
    Unit,
    /// Indices, mostly in range.
    Index,
}

/// Which dtypes the libraries' operands have.
pub fn dtypes(target: Target) -> Vec<DType> {
    DType::ALL.into_iter().filter(|&d| spelled(target, d)).collect()
}

fn spelled(target: Target, dtype: DType) -> bool {
    match target {
        Target::Torch => !matches!(dtype, DType::U16 | DType::U32 | DType::U64),
        _ => dtype != DType::BF16,
    }
}

/// What is drawn for one case.
pub struct Operands<'d> {
    draws: &'d mut Draws,
    target: Target,
    def: &'static OpDef,
    lengths: Vec<(char, usize)>,
    dtype: DType,
    mixed: bool,
    special: bool,
}

impl<'d> Operands<'d> {
    pub fn new(draws: &'d mut Draws, target: Target, def: &'static OpDef) -> Operands<'d> {
        let all = dtypes(target);
        let floats = [DType::F64, DType::F32, DType::F64, DType::F16, DType::F32];
        let dtype = if draws.below(2) == 0 { draws.one(&floats) } else { draws.one(&all) };
        let (mixed, special) = (draws.below(4) == 0, draws.below(3) == 0);
        Operands { draws, target, def, lengths: Vec::new(), dtype, mixed, special }
    }

    /// Shapes for so many operands: by the op's own pattern, or such as broadcast.
    pub fn shapes(&mut self, count: usize, subscripts: Option<&str>) -> Vec<Vec<usize>> {
        let patterns = patterns(self.def.name);
        let mut shapes = if let Some(text) = subscripts {
            let inputs = text.split("->").next().unwrap_or(text).to_string();
            self.pattern(&inputs)
        } else if patterns.is_empty() {
            self.broadcasting(count)
        } else {
            let chosen = self.draws.one(patterns);
            self.pattern(chosen)
        };
        shapes.resize(count, shapes.last().cloned().unwrap_or_default());
        if self.draws.below(12) == 0 && count > 0 {
            let at = self.draws.below(count);
            shapes[at] = self.shape();
        }
        shapes
    }

    fn pattern(&mut self, text: &str) -> Vec<Vec<usize>> {
        text.split(',').map(|letters| letters.chars().map(|c| self.length(c)).collect()).collect()
    }

    fn length(&mut self, letter: char) -> usize {
        if let Some(digit) = letter.to_digit(10) {
            return digit as usize;
        }
        if let Some((_, n)) = self.lengths.iter().find(|(c, _)| *c == letter) {
            return *n;
        }
        let n = self.draws.one(&[0, 1, 1, 2, 2, 3, 3, 4, 5]);
        self.lengths.push((letter, n));
        n
    }

    fn shape(&mut self) -> Vec<usize> {
        let rank = self.draws.one(&[0, 1, 1, 2, 2, 3]);
        (0..rank).map(|_| self.draws.one(&[0, 1, 2, 3, 3, 4])).collect()
    }

    /// Shapes that broadcast to one: some axes are 1, some leading ones are missing.
    fn broadcasting(&mut self, count: usize) -> Vec<Vec<usize>> {
        let whole = self.shape();
        let alike = self.draws.below(3) == 0;
        let part = |draws: &mut Draws| {
            if alike {
                return whole.clone();
            }
            let skip = if draws.below(3) == 0 { draws.below(whole.len() + 1) } else { 0 };
            whole[skip..].iter().map(|&n| if draws.below(4) == 0 { 1 } else { n }).collect()
        };
        (0..count).map(|_| if count == 1 { whole.clone() } else { part(self.draws) }).collect()
    }

    /// True where the parts of an integer or singular matrix's factorization are not the only ones.
    fn unique(&self) -> bool {
        matches!(self.def.name, "svd" | "eigh" | "qr")
    }

    /// An operand of a shape for a parameter.
    pub fn operand(&mut self, name: &str, shape: &[usize], elements: Elements) -> Value {
        let all = dtypes(self.target);
        let dtype = match name {
            "indices" | "target" if self.draws.below(8) > 0 => DType::I64,
            "condition" | "mask" if self.draws.below(4) > 0 => DType::Bool,
            _ if self.unique() && self.draws.below(12) > 0 => self.draws.one(&[DType::F64, DType::F32]),
            _ if self.mixed => self.draws.one(&all),
            _ => self.dtype,
        };
        let elements = if matches!(name, "indices" | "target") { Elements::Index } else { elements };
        let weak = shape.is_empty() && self.draws.below(3) == 0;
        let dtype = match dtype {
            _ if !weak => dtype,
            d if d.is_float() => DType::F64,
            d if d.is_int() => DType::I64,
            d => d,
        };
        let value = self.array(dtype, shape, elements);
        match value {
            Value::Array { dtype, data, .. } => Value::Array { dtype, weak, data },
            tuple => tuple,
        }
    }

    fn array(&mut self, dtype: DType, shape: &[usize], elements: Elements) -> Value {
        let at = IxDyn(shape);
        if dtype == DType::Bool {
            return Value::bool(ArrayD::from_shape_simple_fn(at, || self.draws.below(2) == 1));
        }
        if dtype.is_int() {
            let mut data = ArrayD::from_shape_simple_fn(at, || self.integer(dtype, elements));
            if elements == Elements::Definite && shape.len() > 1 {
                let rank = shape.len();
                data.indexed_iter_mut().filter(|(at, _)| at[rank - 1] == at[rank - 2]).for_each(|(_, x)| *x += 20);
            }
            return Value::int(dtype, data);
        }
        let mut data = ArrayD::from_shape_simple_fn(at, || self.float(elements));
        if elements == Elements::Definite {
            data = self.definite(data);
        }
        if elements == Elements::Mild && self.special {
            let edge = self.draws.one(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0]);
            let place = self.draws.below(data.len().max(1));
            data.iter_mut().skip(place).take(1).for_each(|x| *x = edge);
        }
        Value::float(dtype, data)
    }

    fn integer(&mut self, dtype: DType, elements: Elements) -> i128 {
        let bits = dtype.size() as u32 * 8;
        let (low, high) =
            if dtype.is_signed_int() { (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1) } else { (0, (1i128 << bits) - 1) };
        let small = self.draws.below(9) as i128 - if dtype.is_signed_int() { 4 } else { 0 };
        match elements {
            Elements::Wild if self.special && self.draws.below(3) == 0 => self.draws.one(&[low, high, low + 1, high / 2, 64, 31]),
            Elements::Index => self.draws.one(&[0, 0, 1, 1, 0, -1]),
            Elements::Unit => small.rem_euclid(2),
            _ => small,
        }
    }

    fn float(&mut self, elements: Elements) -> f64 {
        const EDGES: [f64; 16] = [
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            0.0,
            -0.0,
            5e-324,
            -5e-324,
            1e-310,
            1e-45,
            6e-8,
            1e308,
            -1e308,
            3e38,
            65504.0,
            -1.0,
            1.0,
        ];
        let plain = match self.draws.below(4) {
            0 => self.draws.below(17) as f64 / 2.0 - 4.0,
            _ => self.draws.below(8001) as f64 / 1000.0 - 4.0,
        };
        match elements {
            Elements::Wild if self.special && self.draws.below(2) == 0 => self.draws.one(&EDGES),
            Elements::Unit => (plain + 4.0) / 8.0,
            _ => plain,
        }
    }

    /// Symmetric matrices with a heavy diagonal; now and then one that has no inverse.
    fn definite(&mut self, data: ArrayD<f64>) -> ArrayD<f64> {
        let rank = data.ndim();
        if rank < 2 || data.shape()[rank - 1] != data.shape()[rank - 2] {
            return data;
        }
        if !self.unique() && self.draws.below(6) == 0 {
            return data * 0.0;
        }
        let mut axes: Vec<usize> = (0..rank).collect();
        axes.swap(rank - 1, rank - 2);
        let mut data = (&data + &data.clone().permuted_axes(axes)) / 2.0;
        data.indexed_iter_mut().filter(|(at, _)| at[rank - 1] == at[rank - 2]).for_each(|(_, x)| *x += 20.0);
        data
    }

    /// An attribute that mostly fits the first operand's shape.
    pub fn attr(&mut self, name: &str, kind: AttrKind, shape: &[usize]) -> Attr {
        let rank = shape.len() as i64;
        match kind {
            AttrKind::Bool => Attr::Bool(self.draws.below(2) == 0),
            AttrKind::Int => Attr::Int(self.integer_attr(name, shape)),
            AttrKind::Float => Attr::float(self.float_attr(name)),
            AttrKind::OptAxis if self.draws.below(3) == 0 => Attr::None,
            AttrKind::OptAxis => Attr::Int(self.axis(rank)),
            AttrKind::Axes => match self.draws.below(4) {
                0 => Attr::None,
                1 if rank > 1 => Attr::Ints(vec![self.axis(rank), self.axis(rank)]),
                _ => Attr::Int(self.axis(rank)),
            },
            AttrKind::Ints => Attr::Ints(self.ints(name, shape)),
            AttrKind::Dims => Attr::Dims(self.dims(shape).into_iter().map(|n| Dim::known(n as i64)).collect()),
            AttrKind::Str => Attr::Str(self.word(name).to_string()),
            AttrKind::DType => Attr::DType(self.draws.one(&dtypes(self.target))),
        }
    }

    /// A subscript of an einsum, a reduction of a loss, a mode.
    pub fn word(&mut self, name: &str) -> &'static str {
        match name {
            "subscripts" => self.draws.one(&[
                "ij,jk->ik",
                "ij,j->i",
                "i,i->",
                "ij->ji",
                "ii->",
                "ii->i",
                "ij->",
                "ij->i",
                "i,j->ij",
                "bij,bjk->bik",
                "ij,ij->ij",
                "ij,jk",
                "i,ij,j->",
                "ij,kj->ik",
            ]),
            "mode" => self.draws.one(&["full", "same", "valid"]),
            _ => self.draws.one(&["mean", "sum", "none"]),
        }
    }

    fn axis(&mut self, rank: i64) -> i64 {
        let outside = usize::from(self.draws.below(10) == 0) as i64;
        let all = 2 * rank + 2 * outside;
        if all == 0 { 0 } else { self.draws.below(all as usize) as i64 - rank - outside }
    }

    fn integer_attr(&mut self, name: &str, shape: &[usize]) -> i64 {
        let n = shape.first().copied().unwrap_or(1) as i64;
        let around = |draws: &mut Draws, low: i64, high: i64| low + draws.below((high - low + 1) as usize) as i64;
        match (self.def.name, name) {
            (_, "axis" | "i" | "j") if !matches!((self.def.name, name), ("index", "i") | ("tuple_get", _)) => {
                let rank = shape.len() as i64 + i64::from(matches!(self.def.name, "expand_dims" | "stack"));
                self.axis(rank)
            }
            ("index", _) | ("slice", "start") => around(self.draws, -n - 1, n + 1),
            ("slice", "stop") => {
                if self.draws.below(3) == 0 {
                    i64::MAX
                } else {
                    around(self.draws, -n - 1, n + 1)
                }
            }
            ("slice", "step") => self.draws.one(&[1, 1, 2, 3, -1]),
            ("matrix_power", _) => around(self.draws, -2, 4),
            ("layer_norm" | "layer_norm_plain", _) => around(self.draws, 1, 2),
            (_, "shift") => around(self.draws, -4, 4),
            (_, "k") => around(self.draws, -2, 2),
            (_, "groups") => self.draws.one(&[1, 1, 2]),
            _ => around(self.draws, 0, 3),
        }
    }

    fn float_attr(&mut self, name: &str) -> f64 {
        match name {
            "eps" => self.draws.one(&[1e-5, 1e-3, 0.1]),
            "ddof" => self.draws.one(&[0.0, 1.0, 0.0, 2.0]),
            "lo" => self.draws.one(&[-1.0, 0.0]),
            "hi" => self.draws.one(&[1.0, 2.5]),
            "ord" => self.draws.one(&[1.0, 2.0, 3.0, 2.5]),
            _ => self.draws.one(&[0.01, 0.5, 1.0]),
        }
    }

    fn ints(&mut self, name: &str, shape: &[usize]) -> Vec<i64> {
        let spatial = if self.def.name.contains("2d") { 2 } else { 1 };
        if name == "stride" && self.def.name.contains("pool") && self.draws.below(2) == 0 {
            return Vec::new();
        }
        match name {
            "axes" => {
                let mut order: Vec<i64> = (0..shape.len() as i64).collect();
                for i in (1..order.len()).rev() {
                    order.swap(i, self.draws.below(i + 1));
                }
                order
            }
            "stride" | "dilation" => vec![self.draws.one(&[1, 1, 2]); spatial],
            "pad" => (0..2 * self.draws.one(&[1, 1, 2, 3])).map(|_| self.draws.below(3) as i64).collect(),
            "kernel" => (0..spatial).map(|_| self.draws.one(&[1, 2, 3])).collect(),
            "padding" => vec![self.draws.one(&[0, 0, 1]); spatial],
            _ => (0..self.draws.one(&[1, 2, 2, 3])).map(|_| self.draws.one(&[0, 1, 1, 2, 3])).collect(),
        }
    }

    fn dims(&mut self, shape: &[usize]) -> Vec<usize> {
        let size: usize = shape.iter().product();
        match self.def.name {
            "reshape" => match self.draws.below(4) {
                0 => vec![size],
                1 => vec![1, size],
                2 if size.is_multiple_of(2) => vec![2, size / 2],
                _ => shape.iter().rev().copied().collect(),
            },
            "broadcast_to" => {
                let mut wanted: Vec<usize> = shape.iter().map(|&n| if n == 1 { self.draws.below(4) } else { n }).collect();
                if self.draws.below(2) == 0 {
                    wanted.insert(0, self.draws.below(3));
                }
                wanted
            }
            "eye" => vec![self.draws.below(4)],
            _ => self.shape(),
        }
    }
}

/// The elements that tell an op's value without telling the order in which a library adds them up.
pub fn elements(def: &OpDef, draws: &mut Draws) -> Elements {
    match (def.name, def.group) {
        ("rem" | "floor_div" | "trunc_rem" | "trunc_div", _) => Elements::Mild,
        // What fused kernels make of NaN and infinities, and of zeros beside them, depends on the path they take.
        (
            "conv1d" | "conv1d_nobias" | "conv2d" | "conv2d_nobias" | "attention" | "attention_causal" | "attention_masked" | "gelu"
            | "gelu_tanh",
            _,
        ) => Elements::Tame,
        ("bce" | "kl_div" | "bce_with_logits", _) => Elements::Unit,
        ("cast" | "full" | "full_like" | "trace" | "cov" | "corrcoef" | "interp" | "arange" | "linspace", _) => Elements::Tame,
        ("any" | "all" | "argmax" | "argmin" | "max" | "min" | "count_nonzero", _) => Elements::Wild,
        (_, Group::LinearAlgebra | Group::Tuple) => Elements::Definite,
        (_, Group::Reduction | Group::Contraction | Group::Neural) => draws.one(&[Elements::Mild, Elements::Tame]),
        _ => Elements::Wild,
    }
}

/// Shapes that fit an op, a letter for each length; more than one to choose from. Ops without a pattern broadcast.
fn patterns(op: &str) -> &'static [&'static str] {
    match op {
        "matmul" => &["nk,km", "nk,km", "nk,k", "k,km", "k,k", "bnk,bkm", "bnk,km", "nk,bkm", "bnk,k", "nk,nk"],
        "inner" => &["k,k", "nk,mk", "nk,k", "bnk,mk"],
        "outer" => &["n,m", "n,m", "nm,k", "1,m"],
        "vdot" => &["n,n", "n,n", "nm,nm", "nm,mn", "n,m"],
        "kron" => &["n,m", "nm,kl", "nm,k", "k,nm"],
        "cross" => &["3,3", "n3,n3", "n3,3", "bn3,n3"],
        "linear" => &["nk,mk,m", "bnk,mk,m", "k,mk,m", "nk,mk,1"],
        "linear_nobias" => &["nk,mk", "bnk,mk", "k,mk"],
        "cdist" => &["nk,mk", "nk,mk", "bnk,bmk"],
        "addmm" => &["nm,nk,km", "m,nk,km", "1,nk,km", "n1,nk,km"],
        "baddbmm" => &["bnm,bnk,bkm", "1nm,bnk,bkm", "bn1,bnk,bkm"],
        "attention" | "attention_causal" => &["nk,mk,mv", "bnk,bmk,bmv", "bhnk,bhmk,bhmv"],
        "attention_masked" => &["nk,mk,mv,nm", "bnk,bmk,bmv,nm", "bhnk,bhmk,bhmv,nm"],
        "layer_norm" => &["nk,k,k", "bnk,k,k"],
        "layer_norm_plain" => &["nk", "bnk", "k"],
        "rms_norm" => &["nk,k", "bnk,k", "k,k"],
        "batch_norm" => &["nk,k,k,k,k", "nkl,k,k,k,k", "nkhw,k,k,k,k"],
        "group_norm" => &["n4,4,4", "n4l,4,4", "n2l,2,2"],
        "cross_entropy" | "nll_loss" => &["n2,n", "n3,n", "nk,n"],
        "embedding" => &["2m,n", "3m,nk", "km,n"],
        "conv1d" | "conv1d_nobias" => &["n25,o23,o", "n25,422,4", "n24,212,2", "25,o23,o", "ncl,ocd,o"],
        "conv2d" | "conv2d_nobias" => &["n244,o222,o", "n255,o233,o", "n235,4212,4", "245,2122,2", "nc44,occd,o"],
        "max_pool1d" | "avg_pool1d" => &["ncl", "nc5", "nc4"],
        "max_pool2d" | "avg_pool2d" => &["nc44", "nc54", "ncwh", "nc35"],
        "inv" | "det" | "slogdet" | "logdet" | "cholesky" | "eigh" | "eigvalsh" | "matrix_power" => &["nn", "nn", "bnn", "nm"],
        "solve" => &["nn,n", "nn,nm", "bnn,bnm", "nn,bnm"],
        "solve_triangular" | "cho_solve" => &["nn,n", "nn,nm"],
        "lstsq_solution" => &["54,5", "53,52", "33,3"],
        "svd" | "svdvals" | "qr" | "pinv" | "matrix_rank" | "trace" | "diagonal" | "tril" | "triu" | "transpose" | "fro_norm" => {
            &["nm", "nn", "bnm", "nm"]
        }
        "tuple_get" => &["nn", "33"],
        "full" => &[""],
        "arange" | "linspace" => &[","],
        "full_like" => &["nm,", "n,", ","],
        "clip_min" | "clip_max" => &["nm,", "n,", "nm,nm", "nm,m"],
        "diag" => &["n", "n", "nm"],
        "take" => &["nm,k", "n,k", "nm,kl", "n,"],
        "concat" | "stack" => &["nm", "n", "nm,nm", "nm,km", "n,m", "nm,nk"],
        "mse_loss" | "l1_loss" | "smooth_l1_loss" | "bce" | "bce_with_logits" | "kl_div" => &["nm,nm", "n,n", ",", "bnm,bnm"],
        "convolve" => &["n,m", "5,3", "3,3"],
        "pad_constant" => &["n", "nm", "bnm"],
        _ => &[],
    }
}
