//! What a person does at a terminal: `--interactive` asks, `--watch` looks again.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

/// Runs a command in a pseudo terminal, answers each question with the next key, and prints what was shown.
const PSEUDO_TERMINAL: &str = r#"
import os, pty, sys
keys, command = sys.argv[1], sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(command[0], command)
shown, asked = b"", 0
while True:
    try:
        read = os.read(terminal, 4096)
    except OSError:
        break
    if not read:
        break
    shown += read
    while shown.count(b"apply? [") > asked and asked < len(keys) and shown.rstrip().endswith(b"]"):
        os.write(terminal, keys[asked].encode())
        asked += 1
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;

const TEXT: &str = "import numpy as np\nimport torch\na = np.Inf\nb = np.NaN\n\n\ndef f(x: torch.Tensor, path):\n    return torch.tensor(x), torch.load(path)\n";

/// What is left of the text after the keys were pressed, and what was shown.
fn asked(keys: &str) -> (String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.py");
    fs::write(&path, TEXT).expect("a file");
    let output = Command::new("python3")
        .args(["-c", PSEUDO_TERMINAL, keys, env!("CARGO_BIN_EXE_cargo-wright"), "fix", "--interactive", "a.py"])
        .current_dir(folder.path())
        .output()
        .expect("python3 runs");
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{shown}{}", String::from_utf8_lossy(&output.stderr));
    (fs::read_to_string(&path).expect("the file"), shown)
}

#[test]
fn each_finding_is_asked_for() {
    let (text, shown) = asked("ny?nq");
    assert_eq!(text, TEXT.replace("np.NaN", "np.nan"));
    assert!(shown.contains("a  apply this and all of this rule"), "{shown}");
    assert_eq!(
        asked("a?ny").0,
        TEXT.replace("np.Inf", "np.inf").replace("np.NaN", "np.nan").replace("(path)", "(path, weights_only=True)")
    );
    assert_eq!(asked("syq").0, TEXT.replace("torch.tensor(x)", "x.detach().clone()"));
}

#[test]
fn without_a_terminal_nothing_is_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.py"), TEXT).expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-wright"))
        .args(["fix", "--interactive"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("at a terminal"));
}

/// Ends with the test.
struct Watcher(Child);

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn watching_looks_again_at_what_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.py"), "import numpy as np\n").expect("a file");
    let mut child = Command::new(env!("CARGO_BIN_EXE_cargo-wright"))
        .args(["check", "--watch"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let (sender, lines) = channel();
    let (out, err) = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
    for stream in [Box::new(out) as Box<dyn std::io::Read + Send>, Box::new(err)] {
        let sender = sender.clone();
        std::thread::spawn(move || BufReader::new(stream).lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    }
    let _watcher = Watcher(child);
    let wait_for = |what: &str| {
        let mut seen = Vec::new();
        while let Ok(line) = lines.recv_timeout(Duration::from_secs(60)) {
            if line.contains(what) {
                return;
            }
            seen.push(line);
        }
        panic!("`{what}` was not told: {seen:?}");
    };
    wait_for("watching for changes");
    let mut file = fs::File::create(folder.path().join("a.py")).expect("a file");
    file.write_all(TEXT.as_bytes()).expect("written");
    drop(file);
    wait_for("a.py:3:5: renamed-in-numpy-2");
    wait_for("4 findings in 1 file");
    fs::write(folder.path().join("b.py"), "import numpy as np\nx = np.NaN\n").expect("a file");
    wait_for("b.py:2:5: renamed-in-numpy-2");
}
