//! NumPy's `.npz`: a zip of `.npy` files.

use std::io::{Cursor, Read};

use prost::bytes::Bytes;
use zip::ZipArchive;

use crate::ir::DType;
use crate::model::StateDict;
use crate::model::Weight;

/// The arrays of an archive, by their names.
pub(super) fn read(bytes: &Bytes) -> Result<StateDict, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| format!("no .npz file: {e}"))?;
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

/// A `.npy` file: a magic number, the header's length, a header that is a dictionary of Python, the elements.
fn array(name: &str, content: Vec<u8>) -> Result<Weight, String> {
    let short = || "the file ends early".to_owned();
    if content.get(..6) != Some(b"\x93NUMPY") {
        return Err("no .npy file".to_owned());
    }
    let (length, start) = match content.get(6).ok_or_else(short)? {
        1 => (u16::from_le_bytes([*content.get(8).ok_or_else(short)?, *content.get(9).ok_or_else(short)?]) as usize, 10),
        _ => {
            let bytes = content.get(8..12).and_then(|bytes| bytes.try_into().ok()).ok_or_else(short)?;
            (u32::from_le_bytes(bytes) as usize, 12)
        }
    };
    let header = content.get(start..start + length).ok_or_else(short)?;
    let header = std::str::from_utf8(header).map_err(|_| "a header that is no text")?;
    let value = |key: &str| header.split_once(&format!("'{key}':")).map(|(_, rest)| rest.trim_start());
    let described = value("descr").and_then(|rest| rest.strip_prefix('\'')).and_then(|rest| rest.split_once('\''));
    let dtype = described.and_then(|(descr, _)| dtype(descr)).ok_or("elements of a type that is not supported")?;
    if value("fortran_order").is_none_or(|rest| rest.starts_with("True")) {
        return Err("an array in Fortran's order is not supported: save it by np.ascontiguousarray".to_owned());
    }
    let shape = value("shape").and_then(|rest| rest.strip_prefix('(')).and_then(|rest| rest.split_once(')')).ok_or("no shape")?.0;
    let shape: Option<Vec<usize>> = shape.split(',').map(str::trim).filter(|n| !n.is_empty()).map(|n| n.parse().ok()).collect();
    let shape = shape.ok_or("a shape that is no list of lengths")?;
    let elements = shape.iter().try_fold(dtype.size(), |n, length| n.checked_mul(*length)).ok_or("a shape that is too large")?;
    let bytes = Bytes::from(content).slice(start + length..);
    if bytes.len() != elements {
        return Err(format!("{} bytes of elements, and its shape needs {elements}", bytes.len()));
    }
    Ok(Weight { name: name.to_owned(), dtype, shape, bytes })
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
