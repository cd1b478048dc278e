//! A text, from which the next character is learned.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::error::{Place, TaskError};
use super::{Goal, Inputs, Request, Task, file_name};

/// Shorter texts say too little.
const FEWEST: u64 = 10_000;
/// More characters that differ are no alphabet.
const MOST_SYMBOLS: usize = 20_000;
/// What is read at once.
const CHUNK: usize = 1 << 16;

/// Recognizes the task that a text is.
///
/// # Errors
/// If it is none, too short, or not UTF-8.
pub(super) fn read(path: &Path, request: &Request) -> Result<Task, TaskError> {
    if request.target.is_some() || request.kind.is_some() {
        return Err(TaskError::whole(path, "of a text the next character is predicted; it has no --target and no other --task"));
    }
    let mut file = File::open(path).map_err(|error| TaskError::whole(path, error))?;
    let mut buffer = vec![0; CHUNK];
    let (mut kept, mut at, mut characters) = (0, 0u64, 0u64);
    let mut symbols = HashSet::new();
    loop {
        let read = file.read(&mut buffer[kept..]).map_err(|error| TaskError::whole(path, error))?;
        let end = kept + read;
        let valid = valid_length(&buffer[..end], read == 0).map_err(|bad| {
            let is_utf16 = at == 0 && (buffer.starts_with(&[0xff, 0xfe]) || buffer.starts_with(&[0xfe, 0xff]));
            let encoding = if is_utf16 { "utf-16" } else { "latin1" };
            let why =
                format!("{:#04x} is not UTF-8; convert the file: `iconv -f {encoding} -t utf-8`, if that is its encoding", buffer[bad]);
            TaskError::at(path, Place::Byte(at + bad as u64), why)
        })?;
        let text = std::str::from_utf8(&buffer[..valid]).map_err(|error| TaskError::at(path, Place::Byte(at), error.to_string()))?;
        if let Some(zero) = text.find('\0') {
            return Err(TaskError::at(path, Place::Byte(at + zero as u64), "a zero byte: this is no text in UTF-8"));
        }
        characters += text.chars().count() as u64;
        symbols.extend(text.chars());
        if symbols.len() > MOST_SYMBOLS {
            return Err(TaskError::whole(path, format!("more than {MOST_SYMBOLS} characters differ; this is no text")));
        }
        if read == 0 {
            break;
        }
        at += valid as u64;
        buffer.copy_within(valid..end, 0);
        kept = end - valid;
    }
    if characters < FEWEST {
        return Err(TaskError::whole(path, format!("{characters} characters; a language model needs {FEWEST} or more")));
    }
    if symbols.len() < 2 {
        return Err(TaskError::whole(path, "all characters are the same; there is nothing to learn"));
    }
    let inputs = Inputs::Text { context: if characters < 100_000 { 64 } else { 128 } };
    Ok(Task {
        source: file_name(path),
        examples: characters,
        rows: characters,
        goal: Goal::Language { symbols: symbols.len() },
        inputs,
        notes: Vec::new(),
    })
}

/// How many bytes are whole characters; what may go on in the next chunk is left. The place of what is none is an error.
fn valid_length(bytes: &[u8], last: bool) -> Result<usize, usize> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.len()),
        Err(error) if error.error_len().is_none() && !last => Ok(error.valid_up_to()),
        Err(error) => Err(error.valid_up_to()),
    }
}
