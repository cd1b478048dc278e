//! How Python users get and run it: as a wheel, and from pre-commit in a git repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const ERROR: &str = "import numpy as np\nlimit = np.Inf\n";
const MENDED: &str = "import numpy as np\nlimit = np.inf\n";
const SLOW: &str = "import torch\n\n\ndef f(x: torch.Tensor):\n    return torch.log(torch.softmax(x, dim=-1))\n";

/// The environment with maturin and pre-commit.
fn tools() -> PathBuf {
    let output = Command::new("sh").args([&format!("{ROOT}/tests/python.sh"), "tools"]).output().expect("sh runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    PathBuf::from(text(&output.stdout).trim()).parent().expect("a bin folder").to_owned()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn ran(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}\n{}{}", text(&output.stdout), text(&output.stderr));
    output
}

#[test]
fn a_wheel_is_all_that_is_needed() {
    let (tools, folder) = (tools(), tempfile::tempdir().expect("a folder"));
    let wheels = folder.path().join("wheels");
    let maturin = tools.join("maturin");
    ran(Command::new(maturin)
        .args(["build", "--quiet", "--profile", "dev", "--auditwheel", "skip", "--strip", "true", "--out"])
        .arg(&wheels)
        .current_dir(ROOT)
        .env("VIRTUAL_ENV", tools.parent().expect("an environment")));
    let wheel = fs::read_dir(&wheels).expect("wheels").next().expect("one wheel").expect("readable").path();

    let empty = folder.path().join("empty");
    ran(Command::new(tools.join("python")).args(["-m", "venv"]).arg(&empty));
    ran(Command::new(empty.join("bin/python")).args(["-m", "pip", "install", "--quiet", "--no-index"]).arg(&wheel));
    fs::write(folder.path().join("a.py"), ERROR).expect("a file");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(empty.join("bin/cargo-wright"));
        command.args(arguments).current_dir(folder.path()).env_clear();
        command
    };
    assert_eq!(text(&ran(&mut run(&["--version"])).stdout), format!("cargo wright {}\n", env!("CARGO_PKG_VERSION")));
    ran(&mut run(&["fix", "--write", "a.py"]));
    assert_eq!(fs::read_to_string(folder.path().join("a.py")).expect("the file"), MENDED);
}

/// A git repository that uses one of the hooks.
struct Repository {
    folder: tempfile::TempDir,
    path: String,
}

impl Repository {
    /// The hooks are those of `.pre-commit-hooks.yaml`, but that the binary is there already and need not be built.
    fn new(hook: &str) -> Repository {
        let folder = tempfile::tempdir().expect("a folder");
        let binaries = Path::new(env!("CARGO_BIN_EXE_cargo-wright")).parent().expect("a folder");
        let path = format!("{}:{}:{}", binaries.display(), tools().display(), std::env::var("PATH").unwrap_or_default());
        let repository = Repository { folder, path };
        let hooks = fs::read_to_string(format!("{ROOT}/.pre-commit-hooks.yaml")).expect("the hooks");
        let ours = hooks.split("- id: ").find(|text| text.starts_with(&format!("{hook}\n"))).expect("the hook");
        let ours = format!("- id: {}", ours.trim_end()).replace("language: rust", "language: system").replace('\n', "\n      ");
        repository.write(".pre-commit-config.yaml", &format!("repos:\n  - repo: local\n    hooks:\n      {ours}\n"));
        repository.git(&["init", "--quiet"]);
        repository.git(&["config", "user.name", "A Name"]);
        repository.git(&["config", "user.email", "name@example.org"]);
        repository.git(&["add", "."]);
        repository.git(&["commit", "--quiet", "-m", "the configuration"]);
        ran(repository.command("pre-commit").args(["install"]));
        repository
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).env("PATH", &self.path).env("PRE_COMMIT_HOME", self.folder.path().join(".cache"));
        command.env_remove("GIT_DIR").env_remove("GIT_INDEX_FILE");
        command
    }

    fn git(&self, arguments: &[&str]) {
        ran(self.command("git").args(arguments));
    }

    /// Whether a commit of what is staged goes through, and what was said.
    fn commit(&self) -> (bool, String) {
        let output = self.command("git").args(["commit", "-m", "a change"]).output().expect("git runs");
        (output.status.success(), text(&output.stdout) + &text(&output.stderr))
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.folder.path().join(name), content).expect("a file");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).expect("a file")
    }
}

#[test]
fn a_hook_that_changes_files_fails_the_commit_until_they_are_staged() {
    let repository = Repository::new("wright-fix");
    repository.write("a.py", ERROR);
    repository.write("other.py", ERROR);
    repository.git(&["add", "a.py"]);
    let (committed, said) = repository.commit();
    assert!(!committed && said.contains("files were modified by this hook"), "{said}");
    assert_eq!(repository.read("a.py"), MENDED);
    assert_eq!(repository.read("other.py"), ERROR, "what is not staged is left alone");
    repository.git(&["add", "a.py"]);
    let (committed, said) = repository.commit();
    assert!(committed && said.contains("Passed"), "{said}");
}

#[test]
fn check_fails_the_commit_of_what_has_findings() {
    let repository = Repository::new("wright-check");
    repository.write("slow.py", SLOW);
    repository.write("fine.py", "x = 1\n");
    repository.git(&["add", "fine.py"]);
    assert!(repository.commit().0, "what is not staged is not looked at");
    repository.git(&["add", "slow.py"]);
    let (committed, said) = repository.commit();
    assert!(!committed && said.contains("slow.py:5:12: log-of-softmax"), "{said}");
    assert_eq!(repository.read("slow.py"), SLOW);
}

#[test]
fn optimize_rewrites_staged_files() {
    let repository = Repository::new("wright-optimize");
    repository.write("slow.py", SLOW);
    repository.git(&["add", "slow.py"]);
    assert!(!repository.commit().0);
    assert!(repository.read("slow.py").contains("torch.log_softmax(x, dim=-1)"));
    repository.git(&["add", "slow.py"]);
    assert!(repository.commit().0);
}
