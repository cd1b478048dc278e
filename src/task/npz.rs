//! Arrays that NumPy's `savez` wrote: a zip archive of .npy files, each read once from front to back.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use zip::ZipArchive;
use zip::read::ZipFile;

use super::column::Column;
use super::error::{Place, TaskError};
use super::recognize::{check_count, goal};
use super::{Array, Axes, ChannelOrder, Inputs, Kind, Request, Task, file_name};
use crate::model::state::{self, NpyHead, npy_head};

/// Names of what is predicted.
const TARGETS: [&str; 5] = ["y", "target", "targets", "labels", "label"];
/// Names of what it is predicted from, if there are several arrays.
const SOURCES: [&str; 6] = ["x", "data", "inputs", "features", "images", "sequences"];
/// Shorter sides are no images.
const SHORTEST_SIDE: usize = 8;

/// The head of an array.
#[derive(Debug, Clone)]
struct Head {
    name: String,
    dtype: String,
    shape: Vec<usize>,
}

/// Recognizes the task that arrays are.
///
/// # Errors
/// If there is none.
pub(super) fn read(path: &Path, request: &Request) -> Result<Task, TaskError> {
    if request.kind == Some(Kind::Forecast) {
        return Err(TaskError::whole(path, "a forecast is made from a table with a column of dates, not from arrays"));
    }
    let file = File::open(path).map_err(|error| TaskError::whole(path, error))?;
    let mut archive =
        state::archive(BufReader::new(file)).map_err(|error| TaskError::whole(path, format!("not a usable .npz file: {error}")))?;
    let mut heads = Vec::new();
    for index in 0..archive.len() {
        heads.push(open(path, &mut archive, index)?.0);
    }
    let target = target(path, &heads, request)?;
    let source = source(path, &heads, target)?;
    let mut column = Column::new(&heads[target].name);
    values(path, &mut archive, target, |index, value| {
        column.add(&value.to_string(), index + 1);
        Ok(())
    })?;
    check_count(path, column.present)?;
    if column.missing > 0 {
        return Err(TaskError::at(
            path,
            Place::Array(column.name),
            format!("{} values are missing; take these examples out", column.missing),
        ));
    }
    let mut notes = Vec::new();
    let goal = goal(path, &column, request.kind, &mut notes)?;
    let axes = axes(path, &heads[source], &mut notes)?;
    let name = heads[source].name.clone();
    let width: usize = heads[source].shape[1..].iter().product();
    let mut missing = false;
    values(path, &mut archive, source, |index, value| {
        missing |= value.is_nan();
        match axes {
            _ if value.is_infinite() => Err(format!("infinite in example {} (from 0)", index / width as u64)),
            Axes::Sequence(..) | Axes::Image { .. } if value.is_nan() => {
                Err(format!("missing in example {} (from 0); fill it in", index / width as u64))
            }
            _ => Ok(()),
        }
    })?;
    let array = Array { name, target: column.name, axes, missing };
    Ok(Task { source: file_name(path), examples: column.present, rows: column.present, goal, inputs: Inputs::Array(array), notes })
}

fn target(path: &Path, heads: &[Head], request: &Request) -> Result<usize, TaskError> {
    let names = || heads.iter().map(|head| format!("`{}` {:?}", head.name, head.shape)).collect::<Vec<_>>().join(", ");
    let found = match &request.target {
        Some(name) => heads.iter().position(|head| head.name == *name),
        None => TARGETS.iter().find_map(|name| heads.iter().position(|head| head.name.eq_ignore_ascii_case(name))),
    };
    let found = found.ok_or_else(|| match &request.target {
        Some(name) => TaskError::whole(path, format!("no array is named `{name}`; there are {}", names())),
        None => TaskError::whole(path, format!("say with --target which array is to be predicted: {}", names())),
    })?;
    match heads[found].shape.len() {
        1 => Ok(found),
        rank => Err(TaskError::at(
            path,
            Place::Array(heads[found].name.clone()),
            format!("expected one axis, a value for each example; it has {rank}"),
        )),
    }
}

fn source(path: &Path, heads: &[Head], target: usize) -> Result<usize, TaskError> {
    let length = heads[target].shape[0];
    let fits: Vec<usize> = (0..heads.len()).filter(|&i| i != target && heads[i].shape.len() > 1 && heads[i].shape[0] == length).collect();
    if let [only] = fits.as_slice() {
        return Ok(*only);
    }
    let named = SOURCES.iter().find_map(|name| fits.iter().find(|&&i| heads[i].name.eq_ignore_ascii_case(name)));
    named.copied().ok_or_else(|| {
        let name = &heads[target].name;
        let why =
            format!("expected one array with {length} entries on its first axis, as `{name}` has, and further axes; {} fit", fits.len());
        TaskError::whole(path, format!("{why}: name the one that is meant `X`"))
    })
}

/// What the axes are: of a shape that may be two things, the notes say which it is taken for.
fn axes(path: &Path, head: &Head, notes: &mut Vec<String>) -> Result<Axes, TaskError> {
    let refused = |why: String| Err(TaskError::at(path, Place::Array(head.name.clone()), why));
    if head.shape.contains(&0) {
        return refused(format!("its shape {:?} has an empty axis", head.shape));
    }
    let image = |channels, height, width, order| match height >= SHORTEST_SIDE && width >= SHORTEST_SIDE {
        true => Ok(Axes::Image { channels, height, width, order }),
        false => refused(format!("images of {height} x {width}; a convolution needs {SHORTEST_SIDE} or more a side")),
    };
    match head.shape[1..] {
        [features] => Ok(Axes::Features(features)),
        [height, width] if height >= SHORTEST_SIDE && (height == width || head.dtype.ends_with("u1")) => {
            notes.push(format!("`{}` is taken for images of {height} x {width}, for it is square or holds bytes", head.name));
            image(1, height, width, ChannelOrder::Absent)
        }
        [places, features] => {
            notes.push(format!("`{}` is taken for sequences of {places} places with {features} features", head.name));
            Ok(Axes::Sequence(places, features))
        }
        [channels @ (1 | 3 | 4), height, width] => image(channels, height, width, ChannelOrder::First),
        [height, width, channels @ (1 | 3 | 4)] => image(channels, height, width, ChannelOrder::Last),
        _ => refused(format!("its shape {:?} is none of features, sequences or images with 1, 3 or 4 channels", head.shape)),
    }
}

/// An array of an archive: its head, and what follows.
fn open<'a>(
    path: &Path,
    archive: &'a mut ZipArchive<BufReader<File>>,
    index: usize,
) -> Result<(Head, ZipFile<'a, BufReader<File>>), TaskError> {
    let mut entry = archive.by_index(index).map_err(|error| TaskError::whole(path, format!("not a usable .npz file: {error}")))?;
    let name = entry.name().map_err(|error| TaskError::whole(path, format!("not a usable .npz file: {error}")))?;
    let name = name.trim_end_matches(".npy").to_owned();
    let refused = |why: String| TaskError::at(path, Place::Array(name.clone()), why);
    let NpyHead { dtype, shape, .. } = npy_head(&mut entry).map_err(&refused)?;
    if element(&dtype).is_none() {
        return Err(refused(format!("its dtype is `{dtype}`; expected numbers or truth values: store classes as whole numbers")));
    }
    Ok((Head { name, dtype, shape }, entry))
}

/// The bytes of an element and what they mean.
type Element = (usize, fn([u8; 8], bool) -> f64);

fn element(dtype: &str) -> Option<Element> {
    macro_rules! of {
        ($ty:ty) => {
            Some((size_of::<$ty>(), |bytes, big| {
                let mut own = [0; size_of::<$ty>()];
                own.copy_from_slice(&bytes[..size_of::<$ty>()]);
                (if big { <$ty>::from_be_bytes(own) } else { <$ty>::from_le_bytes(own) }) as f64
            }))
        };
    }
    match dtype.get(1..)? {
        "f4" => of!(f32),
        "f8" => of!(f64),
        "i1" => of!(i8),
        "i2" => of!(i16),
        "i4" => of!(i32),
        "i8" => of!(i64),
        "b1" | "u1" => of!(u8),
        "u2" => of!(u16),
        "u4" => of!(u32),
        "u8" => of!(u64),
        "f2" => Some((2, |bytes, big| {
            let own = [bytes[0], bytes[1]];
            f64::from(if big { half::f16::from_be_bytes(own) } else { half::f16::from_le_bytes(own) })
        })),
        _ => None,
    }
}

/// Shows every value of an array, with its place, in the order of the file.
fn values(
    path: &Path,
    archive: &mut ZipArchive<BufReader<File>>,
    index: usize,
    mut see: impl FnMut(u64, f64) -> Result<(), String>,
) -> Result<(), TaskError> {
    let (head, entry) = open(path, archive, index)?;
    let refused = |why: String| TaskError::at(path, Place::Array(head.name.clone()), why);
    let Some((size, convert)) = element(&head.dtype) else { return Ok(()) };
    let count: usize = head.shape.iter().product();
    let mut entry = BufReader::new(entry);
    let mut bytes = [0; 8];
    for at in 0..count as u64 {
        entry.read_exact(&mut bytes[..size]).map_err(|error| refused(format!("it ends after {at} of {count} values: {error}")))?;
        see(at, convert(bytes, head.dtype.starts_with('>'))).map_err(&refused)?;
    }
    Ok(())
}
