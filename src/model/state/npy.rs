//! The head of a `.npy` file, as `numpy.lib.format` describes it.

use std::io::Read;

/// No array has a longer header.
const LONGEST_HEADER: usize = 1 << 16;

/// What stands before an array's elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NpyHead {
    /// NumPy's name of the element type: `<f4`; `a record` for a structured one.
    pub dtype: String,
    /// Lengths of the axes, of which the product is no overflow.
    pub shape: Vec<usize>,
    /// The first axis runs fastest.
    pub is_fortran: bool,
}

/// Reads a head: a magic number, the header's length, a header that is a dictionary of Python.
///
/// # Errors
/// If it is none.
pub fn npy_head(file: &mut impl Read) -> Result<NpyHead, String> {
    let failed = |e: std::io::Error| e.to_string();
    let mut start = [0; 8];
    file.read_exact(&mut start).map_err(failed)?;
    if !start.starts_with(b"\x93NUMPY") {
        return Err("not an .npy file".to_owned());
    }
    let mut length = [0; 4];
    let width = if start[6] == 1 { 2 } else { 4 };
    file.read_exact(&mut length[..width]).map_err(failed)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST_HEADER {
        return Err(format!("its header is said to have {length} bytes"));
    }
    let mut header = vec![0; length];
    file.read_exact(&mut header).map_err(failed)?;
    let header = String::from_utf8_lossy(&header);
    parsed(&header).ok_or_else(|| format!("its header cannot be read: {header}"))
}

/// The parts of `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`.
fn parsed(header: &str) -> Option<NpyHead> {
    let after = |key: &str| Some(header.split_once(key)?.1.trim_start_matches([':', ' ']));
    let dtype = after("'descr'")?.strip_prefix('\'').and_then(|rest| rest.split_once('\'')).map_or("a record", |(dtype, _)| dtype);
    let (shape, _) = after("'shape'")?.strip_prefix('(')?.split_once(')')?;
    let shape: Option<Vec<usize>> = shape.split(',').map(str::trim).filter(|part| !part.is_empty()).map(|part| part.parse().ok()).collect();
    let shape = shape?;
    shape.iter().try_fold(1usize, |size, &length| size.checked_mul(length))?;
    Some(NpyHead { dtype: dtype.to_owned(), shape, is_fortran: after("'fortran_order'")?.starts_with("True") })
}
