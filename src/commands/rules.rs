//! `cargo wright rules list | test | new`: the rules, whether they are true, and a page to start from.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use crate::config::PROJECT_RULES;
use crate::ir::Target;
use crate::rules::{CheckOptions, Math, Pass, Rule, RuleReport, RuleSet, RunExample, Selection, check};

/// What to do with the rules.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print every rule with its effect, the targets that it serves and its title
    List {
        /// Only rules that serve this target: numpy, torch, rust or model
        #[arg(long)]
        target: Option<String>,
        /// Only rules that this level of trust allows: strict, stable or relaxed
        #[arg(long)]
        math: Option<String>,
        /// Only rules with these names or prefixes of names
        names: Vec<String>,
    },
    /// Check every rewrite on random operands, and every example
    Test {
        /// Where the random numbers start
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// Only rules with these names or prefixes of names
        names: Vec<String>,
    },
    /// Write a page to start from into the project's own rules
    New {
        /// The rule's name, in lower case with hyphens
        name: String,
        /// A page that mends an error, not one that optimizes
        #[arg(long)]
        fix: bool,
    },
}

/// Runs the command for the project at `root`; `run_example` applies one rule to one source.
///
/// # Errors
/// A page that cannot be read, a name that no rule has, a file that cannot be written.
pub fn run(arguments: &Arguments, root: &Path, run_example: Option<RunExample>, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let set = RuleSet::load(&[&root.join(PROJECT_RULES)])?;
    match &arguments.action {
        Action::List { target, math, names } => list(&set, target.as_deref(), math.as_deref(), names, out),
        Action::Test { seed, names } => test(&set, *seed, names, run_example, out),
        Action::New { name, fix } => new(&set, name, if *fix { FIX_TEMPLATE } else { TEMPLATE }, root, out),
    }
}

fn list(set: &RuleSet, target: Option<&str>, math: Option<&str>, names: &[String], out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let math = math.map_or(Ok(Math::Relaxed), |name| {
        Math::from_name(name).with_context(|| format!("expected `strict`, `stable` or `relaxed`, found `{name}`"))
    })?;
    let known = || Target::ALL.into_iter().map(Target::name).chain(["model"]);
    if let Some(name) = target.filter(|name| !known().any(|known| known == *name)) {
        bail!("expected `numpy`, `torch`, `rust` or `model`, found `{name}`");
    }
    let chosen = set.filtered(&Selection { math, select: names.to_vec(), ignore: Vec::new() })?;
    let serves = |rule: &&Rule| target.is_none_or(|name| rule.serves().contains(&name));
    let rows: Vec<[String; 4]> = chosen
        .into_iter()
        .filter(serves)
        .map(|rule| [rule.name.clone(), rule.claim.name().to_owned(), rule.serves().join(", "), rule.title.clone()])
        .collect();
    print_table(["rule", "effect or safety", "targets", "title"], &rows, out)?;
    writeln!(out, "\n{} rules", rows.len())?;
    Ok(ExitCode::SUCCESS)
}

fn test(set: &RuleSet, seed: u64, names: &[String], run_example: Option<RunExample>, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let chosen = set.filtered(&Selection { math: Math::Relaxed, select: names.to_vec(), ignore: Vec::new() })?;
    let report = check(&chosen, &CheckOptions { seed, ..CheckOptions::default() }, run_example);
    let rows: Vec<[String; 6]> = report.rules.iter().map(row).collect();
    print_table(["rule", "claim", "samples", "worst", "examples", "result"], &rows, out)?;
    let mut failed = 0;
    for (rule, page) in report.rules.iter().zip(chosen).filter(|(rule, _)| !rule.passed()) {
        failed += 1;
        for (line, why) in rule.failures() {
            writeln!(out, "\n{}:{line}: {} ({}): {why}", page.path.display(), rule.rule, rule.claim.name())?;
        }
    }
    writeln!(out, "\n{} rules, {} passed, {failed} failed", rows.len(), rows.len() - failed)?;
    Ok(ExitCode::from(u8::from(failed > 0)))
}

fn row(rule: &RuleReport) -> [String; 6] {
    let worst = if rule.worst() == 0.0 { "0".to_owned() } else { format!("{:.1e}", rule.worst()) };
    let kept = rule.examples.iter().filter(|example| example.failure.is_none()).count();
    let examples = format!("{kept}/{}", rule.examples.len());
    let samples = if rule.claim.pass() == Pass::Fix {
        "-".to_owned()
    } else if rule.rewrites.is_empty() {
        "native".to_owned()
    } else {
        rule.samples().to_string()
    };
    [rule.rule.clone(), rule.claim.name().to_owned(), samples, worst, examples, if rule.passed() { "ok" } else { "FAILED" }.to_owned()]
}

fn new(set: &RuleSet, name: &str, template: &str, root: &Path, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    if let Some(taken) = set.get(name) {
        bail!("the name `{name}` is taken by {}", taken.path.display());
    }
    let path = root.join(PROJECT_RULES).join(format!("{name}.md"));
    let text = template.replace("NAME", name);
    RuleSet::default().with([(&path, Ok(text.clone()))])?;
    std::fs::create_dir_all(root.join(PROJECT_RULES)).with_context(|| format!("cannot make {}", root.join(PROJECT_RULES).display()))?;
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).open(&path).with_context(|| format!("cannot make {}", path.display()))?;
    file.write_all(text.as_bytes())?;
    writeln!(out, "{}: a page to start from; `cargo wright rules test {name}` checks it", path.display())?;
    Ok(ExitCode::SUCCESS)
}

/// Columns as wide as their widest cell, the last one as it comes.
fn print_table<const N: usize>(head: [&str; N], rows: &[[String; N]], out: &mut dyn Write) -> std::io::Result<()> {
    let head = head.map(str::to_owned);
    let widths: Vec<usize> = (0..N).map(|i| rows.iter().chain([&head]).map(|row| row[i].chars().count()).max().unwrap_or(0)).collect();
    for row in std::iter::once(&head).chain(rows) {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect::<Vec<_>>();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

const TEMPLATE: &str = "---
name: NAME
pass: optimize
effect: exact
---
# Negating twice changes nothing

Say in a few sentences why the two sides are equal, why the right one is better, what it keeps (errors, NaN), and when it does not apply.
`effect` is the promise that is checked: `exact` is bit for bit, `stabilizes` is equal over the reals and never less accurate,
`reassociates` is equal over the reals.

```rewrite
-(-x) => x
  where: float(x)
```

## Example
```python
def f(x: np.ndarray):
    y = np.exp(x)
    return np.sqrt(-(-y))
```
```python after
def f(x: np.ndarray):
    y = np.exp(x)
    return np.sqrt(y)
```
";

const FIX_TEMPLATE: &str = "---
name: NAME
pass: fix
safety: safe
targets: torch
---
# `torch.concat` is `torch.cat`

Say in a few sentences what is wrong, what it does to whoever has it, and where the fix does not apply. `safety` says who may apply it: `safe`
keeps what the program means, or mends what can only be a mistake; `unsafe` changes what is computed, mostly for the better; `display` is
only shown, and has no edit.

```fix
find: torch.concat($X, dim=$D)
where: not literal($X)
replace: torch.cat($X, dim=$D)
```

## Example
```python
def f(parts):
    return torch.concat(parts, dim=0)
```
```python after
def f(parts):
    return torch.cat(parts, dim=0)
```
```python unchanged
def f(parts):
    return torch.cat(parts, dim=0)
```
";
