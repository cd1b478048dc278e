use super::super::File;
use super::Training;
use super::events::What;
use super::paths::{End, paths};
use crate::facts::{FileFacts, Outside};
use crate::syntax::{Language, Tree};

/// Every way through the body of the text's first loop, as words in order; `None` if they are too many.
fn ways(text: &str) -> Option<Vec<String>> {
    let tree = Tree::parse(Language::Python, text);
    assert!(tree.first_error().is_none(), "{text}");
    let (facts, training) = (FileFacts::new(&tree, &Outside::default()), Training::default());
    let file = File { tree: &tree, facts: &facts, training: &training };
    let is_loop = |kind: &str| matches!(kind, "for_statement" | "while_statement");
    let body = tree.root().descendants().find(|node| is_loop(node.kind()))?.field("body")?;
    let mut found: Vec<String> = paths(file, body)?
        .iter()
        .map(|path| {
            let mut words: Vec<String> =
                path.events.iter().filter(|event| event.what != What::Bind).map(|event| word(event.what, &event.subject)).collect();
            words.extend(match path.end {
                End::Through => None,
                end => Some(format!("{end:?}").to_lowercase()),
            });
            words.join(" ")
        })
        .collect();
    found.sort();
    found.dedup();
    Some(found)
}

fn word(what: What, subject: &str) -> String {
    let name = match what {
        What::ZeroGrad => "zero",
        What::Backward { scaled: true, .. } => "scaled-backward",
        What::Backward { .. } => "backward",
        What::Clip => "clip",
        What::Unscale => "unscale",
        What::Step => "step",
        What::ScalerStep => "scaler-step",
        What::Update => "update",
        What::SchedulerStep => "scheduler",
        What::Bind => "bind",
        What::Unknown => "unknown",
    };
    format!("{name}({subject})")
}

fn loop_of(body: &str) -> String {
    let body: String = body.lines().map(|line| format!("        {line}\n")).collect();
    format!("import torch\ndef train(model, batches, optimizer):\n    for i, x in enumerate(batches):\n{body}")
}

fn assert_ways(text: &str, expected: &[&str]) {
    assert_eq!(ways(text).unwrap(), expected, "{text}");
}

#[test]
fn statements_happen_in_order_and_calls_from_the_inside() {
    assert_ways(
        &loop_of("loss = model(x).mean()\noptimizer.zero_grad()\nloss.backward()\noptimizer.step()"),
        &["unknown(x) zero(optimizer) backward(loss) step(optimizer)"],
    );
    assert_ways(&loop_of("first().backward(), optimizer.step()"), &["backward(first()) step(optimizer)"]);
}

#[test]
fn a_condition_is_decided_the_same_way_again_until_it_changes() {
    let twice = "if i % 2:\n    loss.backward()\nif i % 2:\n    optimizer.step()";
    assert_ways(&loop_of(twice), &["", "backward(loss) step(optimizer)"]);
    let changed = "if i % 2:\n    loss.backward()\ni += 1\nif i % 2:\n    optimizer.step()";
    assert_ways(&loop_of(changed), &["", "backward(loss)", "backward(loss) step(optimizer)", "step(optimizer)"]);
    let chain = "if a:\n    loss.backward()\nelif b:\n    optimizer.zero_grad()\nelse:\n    optimizer.step()";
    assert_ways(&loop_of(chain), &["backward(loss)", "step(optimizer)", "zero(optimizer)"]);
}

#[test]
fn ways_that_lead_elsewhere_end_there() {
    let leaving =
        "if a:\n    continue\nloss.backward()\nif b:\n    break\nif c:\n    return loss\nif d:\n    raise ValueError\noptimizer.step()";
    assert_ways(
        &loop_of(leaving),
        &["backward(loss) break", "backward(loss) raise", "backward(loss) return", "backward(loss) step(optimizer)", "continue"],
    );
    assert_ways(&loop_of("loss.backward()\ncontinue\noptimizer.step()"), &["backward(loss) continue"]);
}

#[test]
fn an_inner_loop_is_gone_through_and_its_break_stays_in_it() {
    let inner =
        "for part in x:\n    loss.backward()\n    if part:\n        break\n    optimizer.zero_grad()\nelse:\n    pass\noptimizer.step()";
    assert_ways(&loop_of(inner), &["backward(loss) step(optimizer)", "backward(loss) zero(optimizer) step(optimizer)"]);
}

#[test]
fn blocks_of_with_and_try_are_gone_into() {
    assert_ways(&loop_of("with torch.autocast('cuda'):\n    loss.backward()\noptimizer.step()"), &["backward(loss) step(optimizer)"]);
    let tried = "try:\n    loss.backward()\nexcept RuntimeError:\n    continue\nfinally:\n    optimizer.zero_grad()\noptimizer.step()";
    assert_ways(&loop_of(tried), &["backward(loss) zero(optimizer) step(optimizer)", "continue"]);
}

#[test]
fn helpers_of_the_file_are_gone_into_under_the_callers_names() {
    let text = "
def learn(opt, loss):
    if loss is None:
        return
    opt.zero_grad()
    loss.backward()
    opt.step()
def train(batches, optimizer_a, value):
    for x in batches:
        learn(optimizer_a, value)
        value.backward()
";
    assert_ways(text, &["backward(value)", "zero(optimizer_a) backward(value) step(optimizer_a) backward(value)"]);
    let method = "
class Trainer:
    def learn(self, loss):
        self.optimizer.zero_grad()
        loss.backward()
    def train(self, batches):
        for x in batches:
            self.learn(x)
            self.optimizer.step()
";
    assert_ways(method, &["zero(self.optimizer) backward(x) step(self.optimizer)"]);
}

#[test]
fn a_function_that_calls_itself_is_left_at_some_depth() {
    let text = "def f(loss):\n    loss.backward()\n    f(loss)\nfor x in y:\n    f(x)\n";
    let found = ways(text).unwrap();
    assert!(found[0].starts_with("backward(x) backward(x)"), "{found:?}");
}

#[test]
fn a_closure_runs_before_its_step() {
    let text = loop_of(
        "def closure():\n    optimizer.zero_grad()\n    loss = model(x)\n    loss.backward()\n    return loss\noptimizer.step(closure)",
    );
    assert_ways(&text, &["zero(optimizer) unknown(x) backward(loss) step(optimizer)"]);
    assert_ways(&loop_of("optimizer.step(lambda: loss.backward())"), &["unknown(closure) step(optimizer)"]);
}

#[test]
fn what_is_not_known_may_do_anything() {
    assert_ways(&loop_of("finish(optimizer)"), &["unknown(optimizer)"]);
    assert_ways(&loop_of("print(optimizer)\ntorch.save(optimizer, 'x')"), &[""]);
    let decorated = "@wrapped\ndef learn(opt):\n    opt.step()\nfor x in y:\n    learn(opt)\n";
    assert_ways(decorated, &["unknown(opt)"]);
}

#[test]
fn scalers_and_schedulers_are_told_from_optimizers() {
    let text = "
import torch
from torch.amp import GradScaler
def train(model, batches, optimizer):
    scaler = GradScaler()
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    for x in batches:
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        scheduler.step()
        profiler.step()
        for p in model.parameters():
            p.grad = None
";
    assert_ways(
        text,
        &["scaled-backward(loss) unscale(optimizer) clip(model) scaler-step(scaler) update(scaler) scheduler(scheduler) zero()"],
    );
}

#[test]
fn too_many_ways_are_none() {
    let many: String = (0..12).map(|i| format!("if c{i}:\n    a{i}.backward()\n")).collect();
    assert_eq!(ways(&loop_of(&many)), None);
}
