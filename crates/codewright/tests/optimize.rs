//! The attribute `optimize` changes what a function computes by, where that can be seen, and nothing else.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use ndarray::{Array1, Array2, array};

/// Below -37 the sum is 1 and its logarithm 0, unless the logarithm of one more than a number is taken.
#[codewright::optimize]
fn softplus(x: f64) -> f64 {
    (1.0 + x.exp()).ln()
}

#[codewright::optimize(math = "strict")]
fn strict_softplus(x: f64) -> f64 {
    (1.0 + x.exp()).ln()
}

#[test]
fn a_function_is_compiled_from_its_better_form() {
    let expected = (-40.0f64).exp();
    assert!((softplus(-40.0) / expected - 1.0).abs() < 1e-12);
    assert_eq!(strict_softplus(-40.0), 0.0);
    assert!((softplus(1.0) - strict_softplus(1.0)).abs() < 1e-15);
}

struct Layers {
    first: Array2<f64>,
}

impl Layers {
    /// A method with arguments that other names are made of.
    #[codewright::optimize]
    #[must_use]
    pub fn apply(&self, a: &Array2<f64>, b: &Array2<f64>, v: &Array1<f64>) -> Array1<f64> {
        let c = a.dot(b);
        let y = c.dot(v);
        y + self.first.column(0)
    }
}

macro_rules! made {
    ($name:ident) => {
        #[codewright::optimize]
        fn $name(x: f32) -> f32 {
            (x * 2.0).exp() * (x * 3.0).exp()
        }
    };
}
made!(product);

#[test]
fn values_are_those_of_the_text() {
    let layers = Layers { first: array![[1.0, 2.0], [3.0, 4.0]] };
    let (a, b, v) = (array![[1.0, 2.0], [0.5, -1.0]], array![[3.0, 0.0], [1.0, 1.0]], array![2.0, -1.0]);
    assert_eq!(layers.apply(&a, &b, &v), a.dot(&b).dot(&v) + array![1.0, 3.0]);
    assert!((product(0.5) - 2.5f32.exp()).abs() < 1e-5);
}

/// Where packages of tests are built.
const BUILT: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/packages");

const MAIN: &str = "\
#[codewright::optimize]
fn known(x: f64) -> f64 {
    (1.0 + x.exp()).ln()
}

#[codewright::optimize]
fn unknown(x: f64) -> f64 {
    known_elsewhere(x)
}

fn known_elsewhere(x: f64) -> f64 {
    x
}

#[codewright::optimize]
fn wrong(x: f64) -> f32 {
    x.sqrt() + 1.0
}

fn main() {
    println!(\"{}\", known(1.0) + unknown(1.0) + f64::from(wrong(1.0)));
}
";

/// What is said of a package with this manifest behind its dependencies, main file and other files, and whether it can be compiled.
fn checked(name: &str, metadata: &str, main: &str, files: &[(&str, &str)]) -> (bool, String) {
    let package = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(package.join("src")).expect("a folder");
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
        codewright = {{ path = {:?}, features = [\"optimize\"] }}\n{metadata}",
        env!("CARGO_MANIFEST_DIR")
    );
    for (file, text) in [("Cargo.toml", &manifest[..]), ("src/main.rs", main)].into_iter().chain(files.iter().copied()) {
        // What is not changed keeps its time.
        if fs::read_to_string(package.join(file)).ok().as_deref() != Some(text) {
            fs::write(package.join(file), text).expect("a file");
        }
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output =
        Command::new(cargo).args(["check", "--quiet"]).current_dir(&package).env("CARGO_TARGET_DIR", BUILT).output().expect("cargo runs");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_changed_configuration_is_read_again() {
    const FUNCTION: &str =
        "#[codewright::optimize]\nfn f(x: f64) -> f64 {\n    (1.0 + x.exp()).ln()\n}\n\nfn main() {\n    println!(\"{}\", f(1.0));\n}\n";
    let unknown = "expected strict, stable or relaxed";
    let table = |math: &str| format!("[package.metadata.wright]\nmath = {math:?}\n");
    let of_table = |table: &str| checked("configured", table, FUNCTION, &[]);
    let (is_good, said) = of_table("");
    assert!(is_good, "{said}");
    let (is_good, said) = of_table(&table("loose"));
    assert!(!is_good && said.contains(unknown), "a table that is new is not seen: {said}");
    let (is_good, said) = of_table(&table("strict"));
    assert!(is_good, "{said}");
    let of_file = |text: &str| checked("configured-by-file", "", FUNCTION, &[("wright.toml", text)]);
    let (is_good, said) = of_file("math = \"strict\"\n");
    assert!(is_good, "{said}");
    let (is_good, said) = of_file("math = \"loose\"\n");
    assert!(!is_good && said.contains(unknown), "a file that has changed is not seen: {said}");
}

#[test]
fn errors_name_what_is_not_known_and_stand_where_the_text_does() {
    let (is_good, said) = checked("refused", "", MAIN, &[]);
    assert!(!is_good);
    assert!(said.contains("due to 2 previous errors"), "{said}");
    assert!(said.contains("nothing in the function is understood; not known are the call `known_elsewhere(x)`"), "{said}");
    assert!(said.contains("src/main.rs:6:1") && said.contains("src/main.rs:17:5"), "{said}");
}
