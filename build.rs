//! Embedded directories are read by a macro, which does not see a file that is new; the build script does.

fn main() {
    println!("cargo:rerun-if-changed=rules");
    println!("cargo:rerun-if-changed=build.rs");
}
