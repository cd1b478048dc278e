use super::super::call::called;
use super::super::tensor;
use super::{Call, Entry, Lowered, Lowering, Part, apply, dtype, ints, known, one, places, scalar, whole};
use crate::ir::{Attr, DType, Dim, Id};
use crate::model::Weight;

pub(super) static OPS: &[Entry] = &[
    ("Constant", constant),
    ("ConstantOfShape", |l, call| {
        let shape = call.input(0)?;
        let value = match call.tensor("value") {
            Some(t) => tensor::weight(t, l.folder())?,
            None => Weight { name: String::new(), dtype: DType::F32, shape: vec![1], bytes: vec![0; 4].into() },
        };
        let dtype = value.dtype;
        let fill = l.constant(Weight { shape: Vec::new(), ..value });
        match known(l, shape) {
            Some(dims) => one(apply!(l, "full", Attr::Dims(dims), fill, Attr::DType(dtype))?),
            None => {
                let dims = l.dims(shape).unwrap_or_default();
                one(l.op_of_lengths("fill", [Part::from(shape), Part::from(fill)], &dims)?)
            }
        }
    }),
    ("Concat", |l, call| {
        let axis = l.axis(call.input(0)?, call.int("axis", 1))?;
        let operands = call.all()?;
        one(l.op("concat", std::iter::once(Part::from(Attr::Int(axis))).chain(operands.into_iter().map(Part::from)))?)
    }),
    ("Expand", expand),
    ("EyeLike", eye_like),
    ("Flatten", |l, call| {
        let x = call.input(0)?;
        let rank = l.rank(x)? as i64;
        let axis = call.int("axis", 1);
        let axis = (if axis < 0 { axis + rank } else { axis }).clamp(0, rank) as usize;
        let dims = l.ty(x).shape().dims().unwrap_or(&[]).to_vec();
        let product = |dims: &[Dim]| dims.iter().fold(Dim::known(1), |n, d| n.mul(d));
        one(apply!(l, "reshape", x, Attr::Dims(vec![product(&dims[..axis]), product(&dims[axis..])]))?)
    }),
    ("Range", |l, call| {
        let [start, stop, step] = [call.input(0)?, call.input(1)?, call.input(2)?];
        let (start, stop, step) = (scalar(l, start)?, scalar(l, stop)?, scalar(l, step)?);
        one(apply!(l, "arange", start, stop, step)?)
    }),
    ("DepthToSpace", depth_to_space),
    ("SpaceToDepth", space_to_depth),
    ("Reshape", reshape),
    ("Shape", |l, call| {
        let x = call.input(0)?;
        let rank = l.rank(x)? as i64;
        let held = |i: i64| (if i < 0 { i + rank } else { i }).clamp(0, rank);
        let (start, end) = (held(call.int("start", 0)), held(call.int("end", rank)));
        let mut parts = vec![Part::from(Attr::Int(0))];
        for axis in start..end {
            let length = apply!(l, "dim", x, Attr::Int(axis))?;
            parts.push(apply!(l, "cast", length, Attr::DType(DType::I64))?.into());
        }
        if parts.len() == 1 {
            let empty = Weight { name: String::new(), dtype: DType::I64, shape: vec![0], bytes: Vec::new().into() };
            return one(l.constant(empty));
        }
        one(l.op("stack", parts)?)
    }),
    ("Size", |l, call| {
        let n = apply!(l, "numel", call.input(0)?)?;
        one(apply!(l, "cast", n, Attr::DType(DType::I64))?)
    }),
    ("Squeeze", squeeze),
    ("Tile", |l, call| {
        let (x, reps) = (call.input(0)?, call.input(1)?);
        match l.ints(reps) {
            Some(reps) => one(apply!(l, "tile", x, ints(reps))?),
            None => one(apply!(l, "tile_by", x, reps)?),
        }
    }),
    ("Transpose", |l, call| {
        let x = call.input(0)?;
        let rank = l.rank(x)? as i64;
        let axes = call.ints("perm").unwrap_or_else(|| (0..rank).rev().collect());
        if axes.iter().copied().eq(0..rank) {
            return one(x);
        }
        one(apply!(l, "permute", x, ints(axes))?)
    }),
    ("Unsqueeze", unsqueeze),
];

fn constant<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let scalar = |dtype, bytes: Vec<u8>, n: Option<usize>| Weight {
        name: String::new(),
        dtype,
        shape: n.into_iter().collect(),
        bytes: bytes.into(),
    };
    let floats = |v: &[f32]| v.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let whole = |v: &[i64]| v.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let weight = if let Some(t) = call.tensor("value") {
        tensor::weight(t, l.folder())?
    } else if let Some(a) = call.attribute("value_float") {
        scalar(DType::F32, floats(&[a.f()]), None)
    } else if let Some(a) = call.attribute("value_floats") {
        scalar(DType::F32, floats(&a.floats), Some(a.floats.len()))
    } else if let Some(a) = call.attribute("value_int") {
        scalar(DType::I64, whole(&[a.i()]), None)
    } else if let Some(a) = call.attribute("value_ints") {
        scalar(DType::I64, whole(&a.ints), Some(a.ints.len()))
    } else {
        return Err("strings and sparse constants are not supported".to_owned());
    };
    one(l.constant(weight))
}

fn expand<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let (x, shape) = (call.input(0)?, call.input(1)?);
    let Some(wanted) = l.dims(shape) else { return one(apply!(l, "expand_to", x, shape)?) };
    let own = l.ty(x).shape().dims().ok_or("the number of axes of its operand is not known")?.to_vec();
    let rank = own.len().max(wanted.len());
    let at = |v: &[Dim], i: usize| (i + v.len()).checked_sub(rank).and_then(|i| v.get(i).cloned()).unwrap_or(Dim::known(1));
    let dims = (0..rank).map(|i| match (at(&own, i), at(&wanted, i)) {
        (own, wanted) if wanted.as_known() == Some(1) => own,
        (_, wanted) => wanted,
    });
    let dims: Vec<Dim> = dims.collect();
    if dims.contains(&Dim::Unknown) {
        let shape = whole(l, shape)?;
        // A length with a name may be 1, which leaves the operand's own.
        let sure = |(i, d): (usize, Dim)| if d.as_known().is_some() || at(&own, i).as_known() == Some(1) { d } else { Dim::Unknown };
        let lengths: Vec<Dim> = dims.into_iter().enumerate().map(sure).collect();
        return one(l.op_of_lengths("expand_to", [Part::from(x), Part::from(shape)], &lengths)?);
    }
    let same = dims.len() == own.len() && dims.iter().zip(&own).all(|(a, b)| a.same(b));
    one(if same { x } else { apply!(l, "broadcast_to", x, Attr::Dims(dims))? })
}

/// Ones on a diagonal: where the column's place is so many beyond the row's.
fn eye_like<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let x = call.input(0)?;
    let dtype = match call.int("dtype", 0) {
        0 => dtype(l, x)?,
        code => tensor::dtype(code as i32)?,
    };
    if l.rank(x)? != 2 {
        return Err("expected a matrix".to_owned());
    }
    let (rows, columns) = (places(l, x, 0)?, places(l, x, 1)?);
    let rows = apply!(l, "expand_dims", rows, Attr::Int(1))?;
    let k = l.scalar(DType::I64, call.int("k", 0) as f64);
    let beyond = apply!(l, "sub", columns, rows)?;
    let diagonal = apply!(l, "eq", beyond, k)?;
    one(if dtype == DType::Bool { diagonal } else { apply!(l, "cast", diagonal, Attr::DType(dtype))? })
}

fn squeeze<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let mut x = call.input(0)?;
    let mut axes: Vec<i64> = match (call.optional(1), call.ints("axes")) {
        (Some(id), _) => match l.ints(id) {
            Some(axes) => axes.into_iter().map(|axis| l.axis(x, axis)).collect::<Result<_, _>>()?,
            None => return one(apply!(l, "squeeze_at", x, id)?),
        },
        (None, Some(axes)) => axes.into_iter().map(|axis| l.axis(x, axis)).collect::<Result<_, _>>()?,
        (None, None) => {
            let dims = l.ty(x).shape().dims().ok_or("the number of axes of its operand is not known")?.to_vec();
            let (single, open): (Vec<usize>, Vec<usize>) =
                (0..dims.len()).filter(|i| !dims[*i].differs(&Dim::known(1))).partition(|i| dims[*i].as_known() == Some(1));
            for axis in open {
                x = longer(l, call, x, axis)?;
            }
            single.into_iter().map(|axis| axis as i64).collect()
        }
    };
    axes.sort_unstable();
    axes.dedup();
    for axis in axes.into_iter().rev() {
        x = apply!(l, "squeeze", x, Attr::Int(axis))?;
    }
    one(x)
}

/// A tensor of which an axis whose length is open must not have length 1 when the model runs: it would be taken away, and what follows is
/// for a tensor that has it.
fn longer<'a>(l: &mut Lowering<'a>, call: &Call<'a>, x: Id, axis: usize) -> Result<Id, String> {
    let (length, one) = (apply!(l, "dim", x, Attr::Int(axis as i64))?, l.scalar(DType::I64, 1.0));
    let holds = apply!(l, "ne", length, one)?;
    let name = called(call.node);
    let message = format!("`{name}` takes axes of length 1 away, and axis {axis} must be longer: --shape fixes it when the code is made");
    apply!(l, "require", holds, x, Attr::Str(message))
}

fn unsqueeze<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let mut x = call.input(0)?;
    let axes = match call.optional(1) {
        Some(id) => match l.ints(id) {
            Some(axes) => axes,
            None => return one(apply!(l, "expand_dims_at", x, id)?),
        },
        None => call.ints("axes").ok_or("its axes are missing")?,
    };
    let rank = l.rank(x)? as i64 + axes.len() as i64;
    let mut axes: Vec<i64> = axes.into_iter().map(|axis| if axis < 0 { axis + rank } else { axis }).collect();
    axes.sort_unstable();
    for axis in axes {
        x = apply!(l, "expand_dims", x, Attr::Int(axis))?;
    }
    one(x)
}

/// Batch, channels, height and width of an image.
fn image(l: &Lowering, x: Id) -> Result<[Dim; 4], String> {
    let dims = l.ty(x).shape().dims().ok_or("the number of axes of its operand is not known")?;
    dims.to_vec().try_into().map_err(|_| "expected four axes".to_owned())
}

fn depth_to_space<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let x = call.input(0)?;
    let [n, c, h, w] = image(l, x)?;
    let b = Dim::known(call.int("blocksize", 1));
    let depth = c.quotient(&b.mul(&b)).ok_or("the blocks do not divide the channels")?;
    let columns_first = call.string("mode").as_deref() == Some("CRD");
    let (split, order) = match columns_first {
        true => (vec![n.clone(), depth.clone(), b.clone(), b.clone(), h.clone(), w.clone()], [0, 1, 4, 2, 5, 3]),
        false => (vec![n.clone(), b.clone(), b.clone(), depth.clone(), h.clone(), w.clone()], [0, 3, 4, 1, 5, 2]),
    };
    let blocks = apply!(l, "reshape", x, Attr::Dims(split))?;
    let moved = apply!(l, "permute", blocks, ints(order))?;
    one(apply!(l, "reshape", moved, Attr::Dims(vec![n, depth, h.mul(&b), w.mul(&b)]))?)
}

fn space_to_depth<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let x = call.input(0)?;
    let [n, c, h, w] = image(l, x)?;
    let b = Dim::known(call.int("blocksize", 1));
    let (rows, columns) = h.quotient(&b).zip(w.quotient(&b)).ok_or("the blocks do not divide height and width")?;
    let split = vec![n.clone(), c.clone(), rows.clone(), b.clone(), columns.clone(), b.clone()];
    let blocks = apply!(l, "reshape", x, Attr::Dims(split))?;
    let moved = apply!(l, "permute", blocks, ints([0, 3, 5, 1, 2, 4]))?;
    one(apply!(l, "reshape", moved, Attr::Dims(vec![n, c.mul(&b).mul(&b), rows, columns]))?)
}

fn reshape<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let x = call.input(0)?;
    let allow_zero = Attr::Bool(call.int("allowzero", 0) != 0);
    let wanted = match call.optional(1) {
        Some(id) => match l.dims(id) {
            Some(dims) => dims,
            None => {
                let shape = whole(l, id)?;
                return one(apply!(l, "reshape_to", x, shape, allow_zero)?);
            }
        },
        None => call.ints("shape").ok_or("its shape is missing")?.into_iter().map(Dim::known).collect(),
    };
    let own = l.ty(x).shape().dims().unwrap_or(&[]).to_vec();
    let copies = allow_zero == Attr::Bool(false);
    let mut dims = Vec::new();
    for (i, dim) in wanted.iter().enumerate() {
        dims.push(match dim.as_known() {
            Some(0) if copies => own.get(i).cloned().ok_or("it keeps an axis that its operand does not have")?,
            _ => dim.clone(),
        });
    }
    if let Some(left) = dims.iter().position(|d| d.as_known() == Some(-1)) {
        let others = dims.iter().enumerate().filter(|(i, _)| *i != left).fold(Dim::known(1), |n, (_, d)| n.mul(d));
        if let Some(length) = l.ty(x).shape().size().quotient(&others) {
            dims[left] = length;
        }
    }
    if let (true, Some(id)) = (dims.contains(&Dim::Unknown), call.optional(1)) {
        let shape = whole(l, id)?;
        let lengths: Vec<Dim> = dims.into_iter().map(|d| if d.as_known() == Some(-1) { Dim::Unknown } else { d }).collect();
        return one(l.op_of_lengths("reshape_to", [Part::from(x), Part::from(shape), Part::from(allow_zero)], &lengths)?);
    }
    let same = dims.len() == own.len() && dims.iter().zip(&own).all(|(a, b)| a.same(b));
    one(if same { x } else { apply!(l, "reshape", x, Attr::Dims(dims))? })
}
