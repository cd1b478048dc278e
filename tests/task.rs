//! Data becomes a training script: what is recognized, what is refused, what is printed, and that the scripts do what they say.

#[path = "backend/python.rs"]
mod environment;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use environment::{ROOT, python};
use wright::task::{Axes, Goal, Inputs, Kind, Request, Task, candidates};

fn wright(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cargo-wright")).args(arguments).current_dir(folder).output().expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs Python in a folder on one core; what it prints.
fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(python()).args(arguments).current_dir(folder).env("OMP_NUM_THREADS", "1").output().expect("Python runs");
    assert!(output.status.success(), "{arguments:?}\n{}\n{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout).trim().to_owned()
}

/// A folder with some of the data sets of `tests/task/data.py`.
fn data(folder: &str, names: &[&str]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("task").join(folder);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    let script = format!("{ROOT}/tests/task/data.py");
    run(&folder, &[&[script.as_str(), "."], names].concat());
    folder
}

fn judge(folder: &Path, command: &str, script: &str, data: &str) -> String {
    run(folder, &[&format!("{ROOT}/tests/task/judge.py"), command, script, data])
}

/// Lines of a table: a header and `rows` lines.
fn table(header: &str, rows: usize, row: impl Fn(usize) -> String) -> String {
    let lines: String = (0..rows).map(|i| row(i) + "\n").collect();
    format!("{header}\n{lines}")
}

fn asked(target: &str) -> Request {
    Request { target: Some(target.to_owned()), kind: None }
}

fn recognized(contents: &str, request: &Request) -> Task {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("data.csv");
    fs::write(&path, contents).expect("written");
    Task::read(&path, request).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn tasks_are_recognized_by_their_target() {
    let classes = |names: &[&str], largest| Goal::Classification { classes: names.iter().map(|n| (*n).to_owned()).collect(), largest };
    let numbers = table("a,y", 40, |i| format!("{},{}", i * 7 % 11, i as f64 * 0.37));
    assert_eq!(recognized(&numbers, &asked("y")).goal, Goal::Regression);
    let words = table("a,y", 40, |i| format!("{},{}", i * 7 % 11, ["no", "yes"][i % 2]));
    assert_eq!(recognized(&words, &asked("y")).goal, classes(&["no", "yes"], 20));
    let few = table("a,y", 60, |i| format!("{},{}", i * 7 % 11, [2, 10, 1][i % 3]));
    assert_eq!(recognized(&few, &asked("y")).goal, classes(&["1", "2", "10"], 20));
    let forced = Request { kind: Some(Kind::Regression), ..asked("y") };
    assert_eq!(recognized(&few, &forced).goal, Goal::Regression);
    let dates = table("day,y", 60, |i| format!("2026-{:02}-{:02},{}", i / 28 + 1, i % 28 + 1, (i as f64).sin()));
    assert!(matches!(recognized(&dates, &asked("y")).inputs, Inputs::Series { window: 4, .. }));
    let forced = Request { kind: Some(Kind::Regression), ..asked("y") };
    assert!(matches!(recognized(&dates, &forced).inputs, Inputs::Table(_)));
}

#[test]
fn columns_are_what_they_hold() {
    let row = |i: usize| {
        let missing = if i.is_multiple_of(9) { "N/A".to_owned() } else { format!("{}", i as f64 * 0.5) };
        let far = if i == 50 { 1_000_000 } else { i * 37 % 11 };
        format!("{i};{missing};{};2026-01-{:02};{far};8;note {i};;{}", ["red", "\"a;b\""][i % 2], i % 28 + 1, i as f64 * 0.37)
    };
    let task = recognized(&format!("\u{feff}{}", table("n;part;color;day;far;same;text;none;y", 200, row)), &asked("y"));
    let Inputs::Table(columns) = &task.inputs else { panic!("{:?}", task.inputs) };
    let numeric: Vec<_> = columns.numeric.iter().map(|c| (c.name.as_str(), c.missing, c.logarithmic, c.date)).collect();
    assert_eq!(numeric, [("part", true, false, false), ("day", false, false, true), ("far", false, true, false)]);
    assert_eq!(columns.categories.iter().map(|c| (c.name.as_str(), c.size)).collect::<Vec<_>>(), [("color", 2)]);
    let notes = task.notes.join("\n");
    for left_out in ["`n` is left out: it numbers", "`same` is left out", "`text` is left out", "`none` is left out"] {
        assert!(notes.contains(left_out), "{notes}");
    }
}

#[test]
fn bad_input_is_refused_with_its_place() {
    let good = |i: usize| format!("{},{}", i * 7 % 11, i as f64 * 0.37);
    let but = |at: usize, row: &str| table("a,y", 60, |i| if i == at { row.to_owned() } else { good(i) }).into_bytes();
    let wide: Vec<String> = (0..1_000_000).map(|i| format!("c{i}")).collect();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("csv", Vec::new(), "it is empty"),
        ("csv", b"a,y\n".to_vec(), "there is a header and no row"),
        ("csv", b"y\n1\n2\n".to_vec(), "row 1: expected names of two or more columns"),
        ("csv", but(7, "1"), "row 9: expected 2 fields as in the header, found 1"),
        ("csv", but(7, "1,\"2"), "row 9: a quotation mark begins here and none ends it"),
        ("csv", but(7, "\"1,2"), "row 9: expected 2 fields as in the header, found 1; is a quotation mark missing?"),
        ("csv", but(7, "1,2.5x"), "row 9, column `y`: `2.5x` is no number, as 1 of the values are not and 59 are"),
        ("csv", but(7, "x,2.5"), "row 9, column `a`: `x` is no number"),
        ("csv", but(7, "1,inf"), "row 9, column `y`: the number is infinite"),
        ("csv", but(7, "1,1e300"), "row 9, column `y`: the number is infinite or too large"),
        ("csv", table("a,y", 9, good).into_bytes(), "9 examples with a target"),
        ("csv", table("a,y", 60, |i| format!("{i}.5,")).into_bytes(), "column `y`: all values are missing"),
        ("csv", table("a,y", 60, |i| format!("{i}.5,x")).into_bytes(), "column `y`: all examples are of one class, `x`"),
        ("csv", table("a,y", 60, |i| format!("{i}.5,{}", ["x", "y"][i / 59])).into_bytes(), "class `y` has 1 of the 3 examples"),
        ("csv", table("a,y", 60, |i| format!("{i}.5,{}", ["1", "1.0", "0"][i % 3])).into_bytes(), "class 1 is written in two ways"),
        ("csv", table("a,y", 60, |i| format!(",{i}.5")).into_bytes(), "no column is left to predict `y` from"),
        ("csv", table("a;y", 60, |i| format!("{i};{i},5")).into_bytes(), "row 2, column `y`: `0,5` has a comma"),
        ("csv", table("a,a,y", 60, |i| format!("1,{}", good(i))).into_bytes(), "row 1: two columns are named `a`"),
        ("csv", table("1,2", 60, good).into_bytes(), "row 1: all fields are numbers"),
        ("csv", table("a,z", 60, good).into_bytes(), "no column is named `y`; there are `a`, `z`"),
        ("csv", b"name,y\nK\xf6ln,1\n".to_vec(), "row 2, column `name`: byte 1 of the field, 0xf6, is not UTF-8"),
        ("csv", b"\xff\xfea\0,\0y\0".to_vec(), "it is UTF-16"),
        ("csv", b"a,y\n1,\x002\n".to_vec(), "byte 6: a zero byte"),
        ("csv", format!("{},y\n{}1\n", wide.join(","), "1,".repeat(1_000_000)).into_bytes(), "row 1: 1000001 columns; at most 10000"),
        ("npz", b"PK\x03\x04".to_vec(), "not a usable .npz file"),
        ("parquet", b"PAR1....PAR1".to_vec(), "not a usable Parquet file"),
        ("txt", b"short".to_vec(), "has no --target"),
        ("xyz", b"?".to_vec(), "expected a table"),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    for (extension, bytes, said) in cases {
        let path = folder.path().join(format!("data.{extension}"));
        fs::write(&path, bytes).expect("written");
        let error = Task::read(&path, &asked("y")).expect_err(said).to_string();
        assert!(error.contains(said) && error.contains(&format!("data.{extension}")), "expected {said}, found {error}");
        fs::remove_file(path).expect("it is there");
    }
    for (contents, said) in [("short", "5 characters"), (&*"a".repeat(20_000), "all characters are the same")] {
        let path = folder.path().join("data.txt");
        fs::write(&path, contents).expect("written");
        assert!(Task::read(&path, &Request::default()).expect_err(said).to_string().contains(said));
    }
}

#[test]
fn what_a_command_cannot_do_is_refused_and_writes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("data.csv"), table("a,y", 60, |i| format!("{},{}", i * 7 % 11, i as f64 * 0.37))).expect("written");
    for (arguments, said) in [
        (&["generate", "data.csv", "-o", "t.py"][..], "say with --target which column is to be predicted: `a`, `y`"),
        (&["generate", "data.csv", "--target", "y", "-o", "t.py", "--model", "gru"], "for this data there are linear, mlp, deep-mlp"),
        (&["generate", "data.csv", "--target", "y", "-o", "t.py", "--to", "onnx"], "it exports ONNX when it has trained"),
        (&["generate", "data.csv", "--target", "y", "-o", "t.py", "--task", "forecast"], "a forecast needs a column of dates"),
        (&["generate", "data.csv", "--target", "y"], "--out"),
        (&["generate", "model.onnx", "--target", "y", "-o", "t.py"], "--target is for data"),
    ] {
        let output = wright(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(said), "{arguments:?}: {}", text(&output.stderr));
        assert!(!folder.path().join("t.py").exists());
    }
}

#[test]
fn scripts_read_as_a_person_would_write_them() {
    let folder = data("printed", &["flats.csv", "power.csv", "short.txt", "digits.npz"]);
    for (name, arguments) in [
        ("table", &["flats.csv", "--target", "price", "--tune", "--explain"][..]),
        ("series", &["power.csv", "--target", "load", "--explain"]),
        ("text", &["short.txt", "--model", "transformer"]),
        ("images", &["digits.npz"]),
    ] {
        let output = wright(&folder, &[&["generate", "-o", "train.py"], arguments].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        let printed = text(&output.stdout) + &fs::read_to_string(folder.join("train.py")).expect("the script");
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("task_{name}"), printed);
        });
    }
}

/// Data, what is asked of it, and the models that it is written for.
const KINDS: [(&str, &[&str], &[&str]); 8] = [
    ("iris.csv", &["--target", "target"], &["linear", "mlp", "deep-mlp"]),
    ("flats.csv", &["--target", "price"], &["linear", "mlp"]),
    ("flats.parquet", &["--target", "price"], &["mlp"]),
    ("power.csv", &["--target", "load"], &["linear", "gru"]),
    ("waves.npz", &[], &["mlp", "cnn", "rnn", "lstm", "transformer"]),
    ("digits.npz", &[], &["cnn"]),
    ("pictures", &[], &["cnn", "linear"]),
    ("short.txt", &[], &["gru", "lstm", "transformer"]),
];

#[test]
fn every_script_is_sound_and_as_large_as_its_terms_say() {
    let names: Vec<&str> = KINDS.iter().map(|(name, ..)| *name).collect();
    let folder = data("kinds", &names);
    let (mut judged, mut expected) = (Vec::new(), Vec::new());
    for (name, arguments, models) in KINDS {
        let target = arguments.get(1).map(|target| (*target).to_owned());
        let task = Task::read(&folder.join(name), &Request { target, kind: None }).unwrap_or_else(|error| panic!("{error}"));
        let candidates = candidates(&task);
        for model in models {
            let file = format!("train_{model}_{}.py", name.replace('.', "_"));
            let output = wright(&folder, &[&["generate", name, "-o", &file, "--model", model], arguments].concat());
            assert!(output.status.success(), "{file}: {}", text(&output.stderr));
            let script = fs::read_to_string(folder.join(&file)).expect("the script");
            assert!(!script.contains("{{") && !script.contains("#?") && !script.contains(" \n"), "{file}: {script}");
            let long = script.lines().find(|line| line.chars().count() > 100);
            assert_eq!(long, None, "{file}");
            let checked = wright(&folder, &["check", &file]);
            assert_eq!(checked.status.code(), Some(0), "{file}: {}", text(&checked.stdout));
            let candidate = candidates.iter().find(|candidate| candidate.architecture.name() == *model).expect("a candidate");
            expected.push(format!("{file}: {}", candidate.parameters));
            judged.extend([file, name.to_owned()]);
        }
    }
    let judge = format!("{ROOT}/tests/task/judge.py");
    let arguments: Vec<&str> = [judge.as_str(), "parameters"].into_iter().chain(judged.iter().map(String::as_str)).collect();
    let counted = run(&folder, &arguments);
    let counted: Vec<String> = counted.lines().zip(judged.iter().step_by(2)).map(|(count, file)| format!("{file}: {count}")).collect();
    assert_eq!(counted, expected);
}

#[test]
fn candidates_share_one_program_and_are_ranked() {
    let folder = data("ranked", &["waves.npz"]);
    let task = Task::read(&folder.join("waves.npz"), &Request::default()).expect("a task");
    assert!(matches!(&task.inputs, Inputs::Array(array) if array.axes == Axes::Sequence(30, 2)));
    let candidates = candidates(&task);
    assert_eq!(candidates.len(), 8);
    assert!((candidates.iter().map(|candidate| candidate.prior).sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(candidates.windows(2).all(|pair| pair[0].score >= pair[1].score));
    for candidate in &candidates {
        assert!(candidate.seconds.is_finite() && candidate.seconds > 0.0, "{}", candidate.architecture.name());
        assert_eq!(candidate.program.roots.len(), 1);
    }
}

#[test]
fn iris_is_learned_at_least_as_well_as_by_logistic_regression() {
    let folder = data("iris", &["iris.csv"]);
    let output = wright(&folder, &["generate", "iris.csv", "--target", "target", "-o", "train.py", "--to", "rust"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = run(&folder, &["train.py"]);
    let metrics = metrics(&folder.join("iris-model"));
    let (accuracy, usual) = (number(&metrics["model"]["accuracy"]), number(&metrics["most frequent class"]["accuracy"]));
    let logistic: f64 = judge(&folder, "linear", "train.py", "iris.csv").parse().expect("a number");
    assert!(accuracy >= logistic && accuracy > usual + 0.3, "{accuracy} {logistic} {usual}\n{said}");
    judge(&folder, "export", "train.py", "iris.csv");
    // The export is what the crate beside it is made of.
    let model = wright(&folder, &["generate", "iris-model/model.onnx", "-o", "model.rs"]);
    assert!(model.status.success(), "{}", text(&model.stderr));
    for file in ["Cargo.toml", "src/lib.rs", "src/main.rs"] {
        assert!(folder.join("iris-model").join(file).exists(), "{file}");
    }
    // It goes on from where it was, and ends at once if there are no more epochs.
    run(&folder, &["train.py", "--resume", "--epochs", "1"]);
}

#[test]
fn a_text_is_learned_better_than_by_a_3_gram() {
    let folder = data("text", &["short.txt"]);
    let output = wright(&folder, &["generate", "short.txt", "-o", "train.py"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = run(&folder, &["train.py"]);
    let metrics = metrics(&folder.join("short-model"));
    let (bits, trigram) = (number(&metrics["model"]["bits per character"]), number(&metrics["3-gram"]["bits per character"]));
    assert!(bits < trigram, "{bits} {trigram}\n{said}");
    judge(&folder, "export", "train.py", "short.txt");
}

/// Runs the crate beside a script, as it is made but for its own optimization, which would build all that it depends on once more.
fn crate_says(folder: &Path, name: &str, arguments: &[String]) -> String {
    let built = concat!(env!("CARGO_TARGET_TMPDIR"), "/packages");
    // Its folder lies within that of this package, which it is no part of.
    let manifest = folder.join(name).join("Cargo.toml");
    let own = fs::read_to_string(&manifest).expect("a manifest");
    fs::write(&manifest, format!("{own}\n[workspace]\n")).expect("the folder can be written to");
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--config", "profile.dev.opt-level=0", "--manifest-path", &format!("{name}/Cargo.toml"), "--"])
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", built)
        .output()
        .expect("cargo runs");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
    text(&output.stdout).trim_end().to_owned()
}

#[test]
fn the_crate_of_images_takes_them_for_what_pytorch_does() {
    let folder = data("images", &["pictures"]);
    let runtime = format!("{ROOT}/crates/codewright");
    let output = wright(&folder, &["generate", "pictures", "-o", "train.py", "--to", "rust", "--runtime", &runtime]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    run(&folder, &["train.py", "--epochs", "2"]);
    let expected = judge(&folder, "classes", "train.py", "pictures");
    let files: Vec<String> = expected.lines().filter_map(|line| Some(line.split_once(": ")?.0.to_owned())).step_by(9).collect();
    let found = crate_says(&folder, "pictures-model", &files);
    assert!(found.lines().count() > 20 && found.lines().all(|line| expected.lines().any(|other| other == line)), "{found}\n{expected}");
}

#[test]
fn the_crate_of_a_text_goes_on_as_pytorch_does() {
    let folder = data("writer", &["short.txt"]);
    let runtime = format!("{ROOT}/crates/codewright");
    let asked = ["generate", "short.txt", "--model", "rnn", "-o", "train.py", "--to", "rust", "--runtime", &runtime];
    let output = wright(&folder, &asked);
    assert!(output.status.success(), "{}", text(&output.stderr));
    run(&folder, &["train.py", "--epochs", "1", "--sample", "1"]);
    let prompt = "def read(file, \u{4f60}";
    let expected = run(&folder, &[&format!("{ROOT}/tests/task/judge.py"), "continued", "train.py", "short.txt", prompt]);
    assert_eq!(crate_says(&folder, "short-model", &[prompt.to_owned()]).trim_end(), expected);
}

fn metrics(folder: &Path) -> serde_json::Value {
    let text = fs::read_to_string(folder.join("metrics.json")).expect("the metrics");
    serde_json::from_str(&text).expect("JSON")
}

fn number(value: &serde_json::Value) -> f64 {
    value.as_f64().expect("a number")
}
