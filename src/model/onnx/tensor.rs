//! `TensorProto` as [`Weight`].

use std::path::{Component, Path, PathBuf};

use prost::bytes::Bytes;

use super::narrow;
use super::proto::{TensorProto, tensor_proto};
use crate::ir::{DType, Narrow};
use crate::model::Weight;

/// The element type of ONNX's number for it, and the narrow type of which it holds the values, if that is meant.
pub(super) fn element(code: i32) -> Result<(DType, Option<Narrow>), String> {
    match narrow::of(code) {
        Some(narrow) => Ok((narrow.held_by(), Some(narrow))),
        None => Ok((dtype(code)?, None)),
    }
}

/// The element type of ONNX's number for it.
pub(super) fn dtype(code: i32) -> Result<DType, String> {
    use tensor_proto::DataType as D;
    Ok(match D::try_from(code).map_err(|_| format!("an unknown element type {code}"))? {
        D::Bool => DType::Bool,
        D::Int8 => DType::I8,
        D::Int16 => DType::I16,
        D::Int32 => DType::I32,
        D::Int64 => DType::I64,
        D::Uint8 => DType::U8,
        D::Uint16 => DType::U16,
        D::Uint32 => DType::U32,
        D::Uint64 => DType::U64,
        D::Float16 => DType::F16,
        D::Bfloat16 => DType::BF16,
        D::Float => DType::F32,
        D::Double => DType::F64,
        other => return Err(format!("elements of type {} are not supported", other.as_str_name())),
    })
}

/// ONNX's number for an element type.
pub fn code(dtype: DType) -> i32 {
    use tensor_proto::DataType as D;
    let code = match dtype {
        DType::Bool => D::Bool,
        DType::I8 => D::Int8,
        DType::I16 => D::Int16,
        DType::I32 => D::Int32,
        DType::I64 => D::Int64,
        DType::U8 => D::Uint8,
        DType::U16 => D::Uint16,
        DType::U32 => D::Uint32,
        DType::U64 => D::Uint64,
        DType::F16 => D::Float16,
        DType::BF16 => D::Bfloat16,
        DType::F32 => D::Float,
        DType::F64 => D::Double,
    };
    code.into()
}

/// A weight as a tensor of a name.
pub(super) fn proto(name: &str, weight: &Weight) -> TensorProto {
    TensorProto {
        name: Some(name.to_owned()),
        data_type: Some(code(weight.dtype)),
        dims: weight.shape.iter().map(|n| *n as i64).collect(),
        raw_data: Some(weight.bytes.clone()),
        ..Default::default()
    }
}

/// A tensor as a weight; data outside of the file is read from `folder`.
pub(super) fn weight(tensor: &TensorProto, folder: &Path) -> Result<Weight, String> {
    let (dtype, narrow) = element(tensor.data_type())?;
    let shape = tensor.dims.iter().map(|d| usize::try_from(*d).map_err(|_| format!("a length of {d}"))).collect::<Result<Vec<_>, _>>()?;
    let elements = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
    let bits = narrow.map_or(8 * dtype.size(), Narrow::bits);
    let bits = elements.and_then(|elements| elements.checked_mul(bits)).ok_or_else(|| format!("a shape of {shape:?}"))?;
    let bytes = bits.div_ceil(8);
    let data = if tensor.data_location() == tensor_proto::DataLocation::External {
        external(tensor, folder, bytes)?
    } else if let Some(raw) = &tensor.raw_data {
        raw.clone()
    } else {
        // Narrow elements are packed into bytes there too.
        listed(tensor, if narrow.is_some() { DType::U8 } else { dtype })
    };
    if data.len() != bytes {
        return Err(format!("expected {bytes} bytes for {dtype} of shape {shape:?}, found {}", data.len()));
    }
    let data = match (narrow, elements) {
        (Some(narrow), Some(elements)) => narrow::unpacked(narrow, &data, elements).into(),
        _ => data,
    };
    Ok(Weight { name: tensor.name().to_owned(), dtype, shape, bytes: data })
}

/// The file in which a tensor has its data, if that is not the model's own.
pub(super) fn data_file(tensor: &TensorProto, folder: &Path) -> Option<PathBuf> {
    let location = tensor.external_data.iter().find(|entry| entry.key() == "location")?;
    (tensor.data_location() == tensor_proto::DataLocation::External).then(|| folder.join(location.value()))
}

/// The elements from the field that the format gives to their type.
fn listed(tensor: &TensorProto, dtype: DType) -> Bytes {
    let ints = &tensor.int32_data;
    let bytes: Vec<u8> = match dtype {
        DType::F32 => tensor.float_data.iter().flat_map(|x| x.to_le_bytes()).collect(),
        DType::F64 => tensor.double_data.iter().flat_map(|x| x.to_le_bytes()).collect(),
        DType::I64 => tensor.int64_data.iter().flat_map(|x| x.to_le_bytes()).collect(),
        DType::U64 => tensor.uint64_data.iter().flat_map(|x| x.to_le_bytes()).collect(),
        DType::U32 => tensor.uint64_data.iter().flat_map(|x| (*x as u32).to_le_bytes()).collect(),
        DType::I32 => ints.iter().flat_map(|x| x.to_le_bytes()).collect(),
        DType::I16 | DType::U16 | DType::F16 | DType::BF16 => ints.iter().flat_map(|x| (*x as u16).to_le_bytes()).collect(),
        DType::I8 | DType::U8 | DType::Bool => ints.iter().map(|x| *x as u8).collect(),
    };
    bytes.into()
}

/// Data in a file of its own, which must lie within the model's folder.
fn external(tensor: &TensorProto, folder: &Path, bytes: usize) -> Result<Bytes, String> {
    use std::io::{Read, Seek, SeekFrom};
    let entry = |key: &str| tensor.external_data.iter().find(|e| e.key() == key).map(|e| e.value());
    let number = |key: &str| entry(key).map(|v| v.parse::<u64>().map_err(|_| format!("external data's {key} is `{v}`"))).transpose();
    let location = entry("location").ok_or("external data without a location")?;
    let relative = Path::new(location);
    if !relative.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir)) {
        return Err(format!("external data at `{location}`, outside of the model's folder"));
    }
    let path = folder.join(relative);
    let real = path.canonicalize().map_err(|e| format!("external data at `{location}`: {e}"))?;
    if !folder.canonicalize().is_ok_and(|folder| real.starts_with(folder)) {
        return Err(format!("external data at `{location}`, a link out of the model's folder"));
    }
    let (offset, length) = (number("offset")?.unwrap_or(0), number("length")?.unwrap_or(bytes as u64));
    let mut file = std::fs::File::open(&real).map_err(|e| format!("external data at `{location}`: {e}"))?;
    let available = file.metadata().map_err(|e| e.to_string())?.len();
    if length != bytes as u64 || offset.checked_add(length).is_none_or(|end| end > available) {
        return Err(format!("external data of {length} bytes at {offset} in `{location}` of {available} bytes, expected {bytes}"));
    }
    file.seek(SeekFrom::Start(offset)).map_err(|e| e.to_string())?;
    let mut data = vec![0; bytes];
    file.read_exact(&mut data).map_err(|e| format!("external data at `{location}`: {e}"))?;
    Ok(data.into())
}
