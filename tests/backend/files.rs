//! Files that tests write.

use std::fs;
use std::path::Path;

/// Writes a file and the folders around it. One that is as it should be stays, so that what is made of it need not be made again.
pub fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return;
    }
    fs::write(path, bytes).expect("a file is written");
}
