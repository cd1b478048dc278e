use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::RepairError;
use super::files::Files;
use super::problem::{Message, Names, Problem};
use super::shadow::Shadow;
use super::workspace::{Workspace, cargo};

/// What judges a state of the files.
pub(super) trait Compiler {
    /// The errors, each once, in the compiler's order.
    fn check(&mut self, files: &Files) -> Result<Vec<Problem>, RepairError>;

    /// How bad files are that compile: errors in tests and examples and, if asked for, tests that fail.
    fn score(&mut self, files: &Files, tests: bool) -> usize;
}

/// Cargo, in the shadow of a workspace.
pub(super) struct Cargo {
    workspace: Workspace,
    shadow: Shadow,
    /// Tests and examples too.
    pub all_targets: bool,
}

/// A test run that takes longer hangs.
const TEST_LIMIT: Duration = Duration::from_secs(300);
/// A test run that does not end counts as this many tests that fail.
const CRASHED: usize = 10_000;

/// A line of cargo's output.
#[derive(Deserialize)]
struct Line<'a> {
    reason: &'a str,
    #[serde(default)]
    manifest_path: Option<PathBuf>,
    #[serde(default)]
    target: Option<Target>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
}

/// What a message is about.
#[derive(Deserialize)]
struct Target {
    name: String,
    src_path: PathBuf,
}

impl Line<'_> {
    /// The library, program or test that was compiled.
    fn unit(&self) -> String {
        self.target.as_ref().map_or_else(String::new, |target| format!("{} {}", target.name, target.src_path.display()))
    }
}

impl Cargo {
    pub fn new(workspace: Workspace) -> Result<(Cargo, Files), RepairError> {
        let (shadow, files) = Shadow::new(&workspace)?;
        Ok((Cargo { workspace, shadow, all_targets: false }, files))
    }

    /// Where a file is in the tree.
    pub fn original(&self, file: &Path) -> PathBuf {
        self.shadow.original(file)
    }

    fn command(&self, name: &str) -> Command {
        let mut command = cargo();
        let folder = match self.workspace.packages.as_slice() {
            [only] => &only.folder,
            _ => &self.workspace.root,
        };
        // The configuration and the toolchain are those of the tree, not of the copy.
        command.arg(name).current_dir(&self.workspace.root);
        command.arg("--manifest-path").arg(self.shadow.of(folder).join("Cargo.toml")).arg("--target-dir").arg(&self.workspace.target);
        match self.workspace.packages.as_slice() {
            [] => _ = command.arg("--workspace"),
            [_] => {}
            packages => {
                for package in packages {
                    let folder = self.shadow.of(&package.folder);
                    command.arg("--package").arg(format!("path+file://{}#{}@{}", folder.display(), package.name, package.version));
                }
            }
        }
        command
    }

    /// How many tests fail; `None` if they can not be run to their end.
    fn failing_tests(&mut self, files: &Files) -> Option<usize> {
        self.shadow.write(files).ok()?;
        let mut command = self.command("test");
        command.args(["--no-fail-fast", "--quiet"]);
        let (success, stdout) = run_limited(command, TEST_LIMIT).ok()??;
        failing(success, &stdout)
    }

    /// The error for a run that failed without an error in any source: cargo's own words.
    fn failed(&self, stderr: &str) -> RepairError {
        let folder = self.workspace.packages.first().map_or(&self.workspace.root, |package| &package.folder);
        let from = stderr.find("error:").unwrap_or(0);
        RepairError::Cargo { manifest: folder.join("Cargo.toml"), message: self.shadow.told(stderr[from..].trim()) }
    }
}

impl Compiler for Cargo {
    fn check(&mut self, files: &Files) -> Result<Vec<Problem>, RepairError> {
        self.shadow.write(files)?;
        let mut command = self.command("check");
        command.args(["--message-format=json", "--keep-going"]);
        if self.all_targets {
            // Benchmarks often ask for a compiler that is not this one.
            command.args(["--bins", "--tests", "--examples"]);
        }
        let output = command.output().map_err(RepairError::Start)?;
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let copied_root = self.shadow.of(&self.workspace.root);
        let names = Names { folder: &copied_root, base: &self.shadow.copy, files };
        let mut problems: Vec<Problem> = Vec::new();
        let (mut elsewhere, mut unplaced) = (None, None);
        for line in stdout.lines() {
            let Ok(line) = serde_json::from_str::<Line>(line) else { continue };
            let Some(json) = line.message.filter(|_| line.reason == "compiler-message").map(RawValue::get) else { continue };
            let Some(message) = serde_json::from_str::<Message>(json).ok().filter(Message::is_error) else { continue };
            if let Some((path, at)) = self.shadow.broken.iter().find(|_| message.text().contains("valid UTF-8")) {
                return Err(RepairError::NotUtf8 { path: path.clone(), at: *at });
            }
            let is_own = line.manifest_path.as_ref().is_none_or(|manifest| manifest.starts_with(&copied_root));
            match message.problem(json, line.unit(), &names).filter(|_| is_own) {
                Some(problem) if problems.iter().any(|known| same(known, &problem)) => {}
                Some(problem) => problems.push(problem),
                None if is_own => _ = unplaced.get_or_insert_with(|| message.text().to_owned()),
                None => _ = elsewhere.get_or_insert((line.manifest_path.unwrap_or_default(), message)),
            }
        }
        if let Some((manifest, message)) = elsewhere {
            let folder = manifest.parent().unwrap_or(&manifest);
            let place = message.place().map_or_else(|| folder.display().to_string(), |place| folder.join(place).display().to_string());
            return Err(RepairError::Dependency { place: self.shadow.told(&place), message: message.text().to_owned() });
        }
        if problems.is_empty() && !output.status.success() {
            return Err(self.failed(unplaced.as_deref().unwrap_or(&stderr)));
        }
        Ok(problems)
    }

    fn score(&mut self, files: &Files, tests: bool) -> usize {
        let all_targets = std::mem::replace(&mut self.all_targets, true);
        let checked = self.check(files);
        self.all_targets = all_targets;
        match checked {
            Ok(problems) if problems.is_empty() && tests => self.failing_tests(files).unwrap_or(CRASHED),
            Ok(problems) => problems.len() * CRASHED,
            Err(_) => 0,
        }
    }
}

/// The same error, reported for another target.
fn same(a: &Problem, b: &Problem) -> bool {
    a.code == b.code && a.message == b.message && a.mark == b.mark
}

/// How many tests failed, by the lines that end each binary's run.
fn failing(success: bool, stdout: &str) -> Option<usize> {
    if success {
        return Some(0);
    }
    let counts = stdout.lines().filter_map(|line| line.strip_prefix("test result: "));
    let failed: Vec<usize> = counts
        .filter_map(|line| line.split(';').find_map(|part| part.trim().strip_suffix(" failed")))
        .filter_map(|count| count.parse().ok())
        .collect();
    // A run that ended badly without a failed test has crashed.
    if failed.is_empty() { None } else { Some(failed.iter().sum::<usize>().max(1)) }
}

/// Runs a command and all that it starts, but no longer than this; `None` if it was ended.
fn run_limited(mut command: Command, limit: Duration) -> Result<Option<(bool, String)>, RepairError> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(RepairError::Start)?;
    let mut out = child.stdout.take().map(BufReader::new);
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(out) = &mut out {
            let _ = out.fill_buf();
            let _ = out.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(RepairError::Start)? {
            let stdout = reader.join().unwrap_or_default();
            return Ok(Some((status.success(), stdout)));
        }
        if start.elapsed() > limit {
            end(&mut child);
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Ends a process with the group that it leads.
fn end(child: &mut Child) {
    if cfg!(unix) {
        let _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).status();
    }
    let _ = child.kill();
    let _ = child.wait();
}
