//! The files of `torch.save`: a zip with a pickle that describes tensors, and a file of elements for each storage.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use prost::bytes::Bytes;
use zip::ZipArchive;

use super::pickle::{self, Item};
use crate::ir::DType;
use crate::model::StateDict;
use crate::model::Weight;

/// Keys under which training scripts keep the weights beside what else they save.
const KEYS: &[&str] = &["state_dict", "model_state_dict", "model", "net", "params"];

/// The weights in a file.
pub(super) fn read(bytes: &Bytes) -> Result<StateDict, String> {
    let mut archive = super::archive(Cursor::new(bytes))
        .map_err(|e| format!("no file of torch.save in the format that it has had since PyTorch 1.6 ({e}); load and save it again"))?;
    let pickle = archive
        .file_names()
        .flatten()
        .map(|name| name.into_owned())
        .find(|name| name.ends_with("/data.pkl"))
        .ok_or("it has no data.pkl")?;
    let folder = pickle.trim_end_matches("data.pkl").to_owned();
    let mut text = Vec::new();
    archive.by_name(&pickle).map_err(|e| e.to_string())?.read_to_end(&mut text).map_err(|e| e.to_string())?;
    let item = pickle::read(&text)?;
    let entries = dictionary(&item).ok_or("it holds no dictionary of weights: save the state_dict()")?;
    let inner = entries.iter().find(|(key, value)| KEYS.iter().any(|known| named(key) == Some(known)) && dictionary(value).is_some());
    let entries = match inner.and_then(|(_, value)| dictionary(value)) {
        Some(inner) => inner,
        None => entries,
    };
    let mut storages = Storages { archive, folder, read: HashMap::new() };
    let mut state = StateDict::new();
    for (key, value) in entries {
        let name = named(&key).ok_or("a weight without a name")?.to_owned();
        let weight = storages.tensor(&name, &value).map_err(|why| format!("`{name}`: {why}"))?;
        state.insert(name, weight);
    }
    Ok(state)
}

fn dictionary(item: &Item) -> Option<Vec<(Item, Item)>> {
    if let Item::Dict(entries) = item { Some(entries.borrow().clone()) } else { None }
}

fn named(item: &Item) -> Option<&str> {
    if let Item::Text(text) = item { Some(text) } else { None }
}

fn lengths(item: &Item) -> Option<Vec<usize>> {
    let Item::Tuple(items) = item else { return None };
    items.iter().map(|item| if let Item::Int(n) = item { usize::try_from(*n).ok() } else { None }).collect()
}

struct Storages<'a> {
    archive: ZipArchive<Cursor<&'a Bytes>>,
    folder: String,
    read: HashMap<String, Bytes>,
}

impl Storages<'_> {
    fn tensor(&mut self, name: &str, item: &Item) -> Result<Weight, String> {
        let Item::Call(call) = item else { return Err("it is no tensor".to_owned()) };
        let (path, arguments) = &**call;
        let Item::Tuple(arguments) = arguments else { return Err("a call without arguments".to_owned()) };
        if &**path == "torch._utils._rebuild_parameter" {
            return self.tensor(name, arguments.first().ok_or("a parameter of nothing")?);
        }
        let [Item::Kept(kept), Item::Int(offset), shape, strides, ..] = &arguments[..] else { return Err("it is no tensor".to_owned()) };
        let Item::Tuple(kept) = &**kept else { return Err("a storage without description".to_owned()) };
        let [_, Item::Global(class), Item::Text(key), ..] = &kept[..] else { return Err("a storage without description".to_owned()) };
        let dtype = class.rsplit('.').next().and_then(dtype).ok_or_else(|| format!("elements of `{class}` are not supported"))?;
        let (shape, strides) = lengths(shape).zip(lengths(strides)).ok_or("a shape that is no list of lengths")?;
        if shape.len() != strides.len() {
            return Err("its shape and strides differ in number".to_owned());
        }
        let storage = self.storage(key)?;
        let bytes = gathered(&storage, dtype.size(), usize::try_from(*offset).map_err(|_| "a negative offset")?, &shape, &strides)?;
        Ok(Weight { name: name.to_owned(), dtype, shape, bytes })
    }

    fn storage(&mut self, key: &str) -> Result<Bytes, String> {
        if let Some(known) = self.read.get(key) {
            return Ok(known.clone());
        }
        let mut content = Vec::new();
        let mut file = self.archive.by_name(&format!("{}data/{key}", self.folder)).map_err(|e| e.to_string())?;
        file.read_to_end(&mut content).map_err(|e| e.to_string())?;
        let content = Bytes::from(content);
        self.read.insert(key.to_owned(), content.clone());
        Ok(content)
    }
}

/// The elements of a view of a storage in row-major order.
fn gathered(storage: &Bytes, size: usize, offset: usize, shape: &[usize], strides: &[usize]) -> Result<Bytes, String> {
    let outside = || "it reaches beyond its storage".to_owned();
    let count = shape.iter().try_fold(1usize, |n, length| n.checked_mul(*length)).ok_or_else(outside)?;
    let mut usual = 1;
    let mut is_usual = true;
    for (length, stride) in shape.iter().zip(strides).rev() {
        is_usual &= *length == 1 || *stride == usual;
        usual *= length;
    }
    let start = offset.checked_mul(size).ok_or_else(outside)?;
    if is_usual || count == 0 {
        let end = count.checked_mul(size).and_then(|bytes| bytes.checked_add(start)).filter(|end| *end <= storage.len());
        return Ok(storage.slice(start..end.ok_or_else(outside)?));
    }
    // A view may read an element often, but no model has more elements than its file.
    if count > storage.len() {
        return Err(outside());
    }
    let mut out = Vec::with_capacity(count * size);
    let mut place = vec![0usize; shape.len()];
    for _ in 0..count {
        let at =
            place.iter().zip(strides).try_fold(offset, |at, (i, stride)| i.checked_mul(*stride)?.checked_add(at)).ok_or_else(outside)?;
        let at = at.checked_mul(size).ok_or_else(outside)?;
        out.extend_from_slice(storage.get(at..at + size).ok_or_else(outside)?);
        for axis in (0..shape.len()).rev() {
            place[axis] += 1;
            if place[axis] < shape[axis] {
                break;
            }
            place[axis] = 0;
        }
    }
    Ok(out.into())
}

fn dtype(class: &str) -> Option<DType> {
    Some(match class {
        "BoolStorage" => DType::Bool,
        "CharStorage" => DType::I8,
        "ShortStorage" => DType::I16,
        "IntStorage" => DType::I32,
        "LongStorage" => DType::I64,
        "ByteStorage" => DType::U8,
        "HalfStorage" => DType::F16,
        "BFloat16Storage" => DType::BF16,
        "FloatStorage" => DType::F32,
        "DoubleStorage" => DType::F64,
        _ => return None,
    })
}
