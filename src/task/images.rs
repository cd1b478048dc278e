//! A folder that has a folder of images for each class.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::error::{Place, TaskError};
use super::recognize::{check_classes, check_count};
use super::{Inputs, Kind, Request, Task, file_name};

/// Files of images, by their extensions. The generated script has the same.
pub(super) const EXTENSIONS: [&str; 6] = ["bmp", "gif", "jpeg", "jpg", "png", "webp"];
/// The script holds all images in memory.
const MOST_BYTES: u64 = 4 << 30;
/// Sides are multiples of this, which pooling halves.
const STEP: usize = 8;
/// The longest side that images are scaled to.
const LONGEST: usize = 64;

/// Recognizes the task that a folder is.
///
/// # Errors
/// If it holds no images by class, or a file is no image.
pub(super) fn read(path: &Path, request: &Request) -> Result<Task, TaskError> {
    if request.target.is_some() || request.kind.is_some_and(|kind| kind != Kind::Classification) {
        return Err(TaskError::whole(
            path,
            "of a folder of images the class, which is the folder's name, is predicted; it has no --target and no other --task",
        ));
    }
    let mut classes: Vec<(String, u64)> = Vec::new();
    let mut sides = Vec::new();
    let (mut gray, mut ignored) = (true, 0u64);
    for folder in listed(path)? {
        if !folder.is_dir() {
            refuse_image(path, &folder)?;
            ignored += 1;
            continue;
        }
        let mut count = 0;
        for file in listed(&folder)? {
            if file.is_dir() {
                return Err(TaskError::whole(
                    &file,
                    "a folder in the folder of a class; expected CLASS/IMAGE: name the folder that holds those of the classes",
                ));
            }
            if !is_image(&file) {
                ignored += 1;
                continue;
            }
            let size =
                imagesize::size(&file).map_err(|error| TaskError::whole(&file, format!("not a usable image: {error}; take it out")))?;
            if size.width == 0 || size.height == 0 {
                return Err(TaskError::whole(&file, "an image without pixels; take it out"));
            }
            sides.push(size.width.min(size.height));
            gray = gray && is_gray(&file);
            count += 1;
        }
        classes.push((file_name(&folder), count));
    }
    if classes.is_empty() {
        return Err(TaskError::whole(path, "no folders in it; expected one for each class, with its images"));
    }
    let goal = check_classes(path, &Place::Whole, classes.iter().map(|(name, count)| (name.as_str(), *count)))?;
    let examples = sides.len() as u64;
    check_count(path, examples)?;
    sides.sort_unstable();
    let size = (sides[sides.len() / 2] / STEP * STEP).clamp(STEP, LONGEST);
    let channels = if gray { 1 } else { 3 };
    let bytes = examples * (size * size * channels) as u64;
    if bytes > MOST_BYTES {
        return Err(TaskError::whole(
            path,
            format!("{examples} images of {size} x {size} are {bytes} bytes; at most {MOST_BYTES} are held in memory: take fewer"),
        ));
    }
    let mut notes = vec![format!("images are scaled to {size} x {size}")];
    if ignored > 0 {
        notes.push(format!("{ignored} files are no images ({}) and are left out", EXTENSIONS.join(", ")));
    }
    Ok(Task { source: file_name(path), examples, rows: examples, goal, inputs: Inputs::Folder { size, channels }, notes })
}

/// What is in a folder, sorted; nothing hidden.
fn listed(path: &Path) -> Result<Vec<PathBuf>, TaskError> {
    let unreadable = |error: std::io::Error| TaskError::whole(path, error);
    let mut entries = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if entry.file_name().to_str().is_none() {
            return Err(TaskError::whole(&entry.path(), "its name is not UTF-8; rename it"));
        }
        if !entry.file_name().to_string_lossy().starts_with('.') {
            entries.push(entry.path());
        }
    }
    entries.sort();
    Ok(entries)
}

fn is_image(path: &Path) -> bool {
    path.extension().is_some_and(|extension| EXTENSIONS.contains(&extension.to_string_lossy().to_ascii_lowercase().as_str()))
}

fn refuse_image(folder: &Path, file: &Path) -> Result<(), TaskError> {
    match is_image(file) {
        true => Err(TaskError::whole(folder, format!("`{}` lies beside the folders of the classes; put it into one", file_name(file)))),
        false => Ok(()),
    }
}

/// True for a PNG file without colors.
fn is_gray(path: &Path) -> bool {
    let mut head = [0; 26];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head.starts_with(b"\x89PNG") && matches!(head[25], 0 | 4)
}
