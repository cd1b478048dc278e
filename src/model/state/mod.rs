//! Files of weights by name: what PyTorch calls a `state_dict`.
//!
//! `.safetensors`, the `.pt` and `.pth` of `torch.save` (read by a subset of pickle that makes tensors and nothing else: no code of the
//! file ever runs) and NumPy's `.npz`.

mod npy;
mod npz;
mod pickle;
mod pytorch;

use std::io::{Read, Seek};
use std::path::Path;

use prost::bytes::Bytes;
use zip::ZipArchive;
use zip::read::{ArchiveOffset, Config};
use zip::result::ZipResult;

use super::weight::dtype_of;
use super::{ModelError, StateDict, Weight};
pub use npy::{NpyHead, npy_head};

/// The archive that a file of weights or arrays is. Nothing stands before it: where one begins is not looked for, which goes wrong with some
/// that `torch.save` writes.
///
/// # Errors
/// If it is no zip.
pub fn archive<R: Read + Seek>(reader: R) -> ZipResult<ZipArchive<R>> {
    ZipArchive::with_config(Config { archive_offset: ArchiveOffset::Known(0) }, reader)
}

/// Reads the weights in a file.
///
/// # Errors
/// If the file cannot be read, is none of these, or holds anything besides arrays by name.
pub fn read(path: &Path) -> Result<StateDict, ModelError> {
    let failed = |why: String| ModelError::file(path, why);
    let bytes: Bytes = std::fs::read(path).map_err(|e| failed(e.to_string()))?.into();
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("safetensors") => safetensors(&bytes),
        Some("npz") => npz::read(&bytes),
        Some("pt" | "pth" | "bin" | "ckpt") => pytorch::read(&bytes),
        _ => Err("expected .safetensors, .pt, .pth or .npz".to_owned()),
    }
    .map_err(failed)
}

fn safetensors(bytes: &Bytes) -> Result<StateDict, String> {
    let tensors = safetensors::SafeTensors::deserialize(bytes).map_err(|e| format!("no file of safetensors: {e}"))?;
    let mut found: Vec<(usize, Weight)> = Vec::new();
    for (name, view) in tensors.tensors() {
        let dtype = dtype_of(view.dtype()).ok_or_else(|| format!("`{name}`: elements of type {:?} are not supported", view.dtype()))?;
        let data = bytes.slice_ref(view.data());
        let at = view.data().as_ptr() as usize - bytes.as_ptr() as usize;
        found.push((at, Weight { name, dtype, shape: view.shape().to_vec(), bytes: data }));
    }
    found.sort_by_key(|(at, _)| *at);
    Ok(found.into_iter().map(|(_, weight)| (weight.name.clone(), weight)).collect())
}
