//! NumPy's `.npz`: a zip of `.npy` files.

use std::io::{Cursor, Read};

use prost::bytes::Bytes;

use super::npy::npy_head;
use crate::ir::DType;
use crate::model::StateDict;
use crate::model::Weight;

/// The arrays of an archive, by their names.
pub(super) fn read(bytes: &Bytes) -> Result<StateDict, String> {
    let mut archive = super::archive(Cursor::new(bytes)).map_err(|e| format!("no .npz file: {e}"))?;
    let mut state = StateDict::new();
    for i in 0..archive.len() {
        let mut file = archive.by_index(i).map_err(|e| e.to_string())?;
        let name = file.name().map_err(|e| e.to_string())?.into_owned();
        let name = name.strip_suffix(".npy").ok_or_else(|| format!("`{name}` is no .npy file"))?.to_owned();
        let mut content = Vec::new();
        file.read_to_end(&mut content).map_err(|e| format!("`{name}`: {e}"))?;
        let weight = array(&name, content).map_err(|why| format!("`{name}`: {why}"))?;
        state.insert(name, weight);
    }
    Ok(state)
}

/// A `.npy` file: its head, then the elements.
fn array(name: &str, content: Vec<u8>) -> Result<Weight, String> {
    let mut file = Cursor::new(&content);
    let head = npy_head(&mut file)?;
    let start = file.position() as usize;
    let dtype = dtype(&head.dtype).ok_or_else(|| format!("elements of type `{}` are not supported", head.dtype))?;
    if head.is_fortran {
        return Err("an array in Fortran's order is not supported: save it by np.ascontiguousarray".to_owned());
    }
    let elements = head.shape.iter().try_fold(dtype.size(), |n, length| n.checked_mul(*length)).ok_or("a shape that is too large")?;
    let bytes = Bytes::from(content).slice(start..);
    if bytes.len() != elements {
        return Err(format!("{} bytes of elements, and its shape needs {elements}", bytes.len()));
    }
    Ok(Weight { name: name.to_owned(), dtype, shape: head.shape, bytes })
}

fn dtype(descr: &str) -> Option<DType> {
    Some(match descr.strip_prefix(['<', '|', '='])? {
        "b1" => DType::Bool,
        "i1" => DType::I8,
        "i2" => DType::I16,
        "i4" => DType::I32,
        "i8" => DType::I64,
        "u1" => DType::U8,
        "u2" => DType::U16,
        "u4" => DType::U32,
        "u8" => DType::U64,
        "f2" => DType::F16,
        "f4" => DType::F32,
        "f8" => DType::F64,
        _ => return None,
    })
}
