use super::super::File;
use super::calls::{argument_for, arguments, called_name, parameters, plain_function};
use super::events::{Event, Frame, VOCABULARY, What, event, spelled, unknown};
use crate::syntax::{Node, Step};

/// One way through statements, with what happens on it in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fix) struct Path<'t> {
    pub events: Vec<Event<'t>>,
    pub end: End,
    /// The conditions that were decided on the way, by their text: the same condition is decided the same way again.
    choices: Vec<(String, bool)>,
}

impl Path<'_> {
    /// The conditions that were decided on the way.
    pub fn decided(&self) -> impl Iterator<Item = &str> {
        self.choices.iter().map(|(condition, _)| condition.as_str())
    }
}

/// Where a way ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fix) enum End {
    /// Behind the last statement.
    Through,
    Continue,
    Break,
    Return,
    Raise,
}

/// More ways than this are not followed.
const MAX_PATHS: usize = 160;
/// Helpers that helpers call.
const MAX_DEPTH: usize = 3;
/// Code that is nested deeper is not followed.
const MAX_NESTING: usize = 64;

/// Every way through a block; `None` if there are too many. A loop within it is gone through once.
pub(in crate::fix) fn paths<'t>(file: File<'_, 't>, block: Node<'t>) -> Option<Vec<Path<'t>>> {
    let start = Path { events: Vec::new(), end: End::Through, choices: Vec::new() };
    Walker { file, frame: Frame::default(), depth: MAX_DEPTH }.block(block, vec![start])
}

/// Blocks stand in each other deeper than a stack may have to go.
pub(super) fn is_nested_deep(file: File<'_, '_>) -> bool {
    let mut depth = 0usize;
    file.tree.root().walk().any(|step| {
        match step {
            Step::Enter(node) if node.kind() == "block" => depth += 1,
            Step::Leave(node) if node.kind() == "block" => depth -= 1,
            _ => {}
        }
        depth > MAX_NESTING
    })
}

struct Walker<'a, 't> {
    file: File<'a, 't>,
    frame: Frame<'t>,
    /// How many more helpers may be gone into.
    depth: usize,
}

type Ways<'t> = Option<Vec<Path<'t>>>;

impl<'t> Walker<'_, 't> {
    fn block(&self, block: Node<'t>, mut ways: Vec<Path<'t>>) -> Ways<'t> {
        for statement in block.named_children().filter(|statement| !statement.is_comment()) {
            let (open, mut done): (Vec<_>, Vec<_>) = ways.into_iter().partition(|way| way.end == End::Through);
            if open.is_empty() {
                return Some(done);
            }
            done.extend(self.statement(statement, open)?);
            ways = merged(done)?;
        }
        Some(ways)
    }

    fn statement(&self, statement: Node<'t>, ways: Vec<Path<'t>>) -> Ways<'t> {
        match statement.kind() {
            "if_statement" => self.branches(statement, ways),
            "for_statement" | "while_statement" => self.repeated(statement, ways),
            "with_statement" => {
                let items = statement.named_children().find(|child| child.kind() == "with_clause");
                let ways = items.map_or(Some(ways.clone()), |items| self.expression(items, ways))?;
                self.block(statement.field("body")?, ways)
            }
            "try_statement" => self.tried(statement, ways),
            "match_statement" => self.cases(statement, ways),
            "function_definition" | "class_definition" | "decorated_definition" => Some(ways),
            "return_statement" => Some(ended(self.expression(statement, ways)?, End::Return)),
            "raise_statement" => Some(ended(ways, End::Raise)),
            "continue_statement" => Some(ended(ways, End::Continue)),
            "break_statement" => Some(ended(ways, End::Break)),
            _ => self.simple(statement, ways),
        }
    }

    /// A statement of one expression or assignment.
    fn simple(&self, statement: Node<'t>, ways: Vec<Path<'t>>) -> Ways<'t> {
        let mut ways = self.expression(statement, ways)?;
        let bound =
            statement.descendants().filter(|node| matches!(node.kind(), "assignment" | "augmented_assignment" | "named_expression"));
        for target in bound.filter_map(|node| node.field("left").or_else(|| node.field("name"))) {
            for name in target.descendants().filter(|node| matches!(node.kind(), "identifier" | "attribute")) {
                let gradient = name.kind() == "attribute" && name.text().ends_with(".grad");
                let what = if gradient { What::ZeroGrad } else { What::Bind };
                let subject = if gradient { String::new() } else { spelled(name, &self.frame) };
                let event = Event { what, subject, node: name, inlined: self.frame.inlined };
                for way in &mut ways {
                    way.choices.retain(|(condition, _)| !mentions(condition, name.text()));
                    way.events.push(event.clone());
                }
            }
        }
        Some(ways)
    }

    /// The calls of an expression, innermost first.
    fn expression(&self, expression: Node<'t>, mut ways: Vec<Path<'t>>) -> Ways<'t> {
        let deferred = |node: &Node<'t>| {
            let above = std::iter::successors(node.parent(), |node| node.parent());
            above.take_while(|node| expression.span().contains(node.span())).any(|node| node.kind() == "lambda")
        };
        let mut calls: Vec<Node<'t>> = expression.descendants().filter(|node| node.kind() == "call" && !deferred(node)).collect();
        calls.sort_by_key(|call| call.span().end);
        for call in calls {
            ways = self.call(call, ways)?;
        }
        Some(ways)
    }

    fn call(&self, call: Node<'t>, ways: Vec<Path<'t>>) -> Ways<'t> {
        match event(self.file, call, &self.frame) {
            Some(event) => {
                let ways = if event.what == What::Step { self.closure(call, ways)? } else { ways };
                Some(with_event(ways, &event))
            }
            None => match self.helper(call) {
                Some(function) => self.within(function, call, ways),
                None => Some(unknown(self.file, call, &self.frame).iter().fold(ways, with_event)),
            },
        }
    }

    /// `optimizer.step(closure)` runs the closure first.
    fn closure(&self, step: Node<'t>, ways: Vec<Path<'t>>) -> Ways<'t> {
        let Some(given) = arguments(step).next() else { return Some(ways) };
        let given = if given.kind() == "keyword_argument" { given.field("value")? } else { given };
        let function = (given.kind() == "identifier").then(|| self.file.facts.function_named(given)).flatten();
        match function.and_then(|function| function.field("body")).filter(|_| self.depth > 0) {
            Some(body) => {
                let inner = Walker { file: self.file, frame: self.frame.clone(), depth: self.depth - 1 };
                Some(reopened(inner.block(body, ways)?))
            }
            None if given.kind() == "none" => Some(ways),
            None => {
                let event = Event { what: What::Unknown, subject: "closure".to_owned(), node: step, inlined: self.frame.inlined };
                Some(with_event(ways, &event))
            }
        }
    }

    /// A function of the file that has to do with training and can be gone into.
    fn helper(&self, call: Node<'t>) -> Option<Node<'t>> {
        let function = plain_function(self.file, call).filter(|_| self.depth > 0)?;
        let yields = function.descendants().any(|node| node.kind() == "yield");
        (!yields).then_some(function)
    }

    fn within(&self, function: Node<'t>, call: Node<'t>, ways: Vec<Path<'t>>) -> Ways<'t> {
        if !self.speaks_of_training(function, self.depth) {
            return Some(ways);
        }
        let mut frame = Frame { inlined: true, ..Frame::default() };
        // What is the helper's own is told from what has the same name outside.
        let assigned = function.descendants().filter(|node| matches!(node.kind(), "assignment" | "for_statement"));
        for left in assigned.filter_map(|node| node.field("left")) {
            for name in left.descendants().filter(|node| node.kind() == "identifier") {
                frame.names.insert(name.text(), format!("{}.{}", function.field("name").map_or("", Node::text), name.text()));
            }
        }
        for name in parameters(function) {
            let given = argument_for(function, call, name).map(|node| spelled(node, &self.frame));
            let own = || format!("{}.{name}", function.field("name").map_or("", Node::text));
            frame.names.insert(name, given.unwrap_or_else(|| if name == "self" { name.to_owned() } else { own() }));
        }
        let inner = Walker { file: self.file, frame, depth: self.depth - 1 };
        Some(reopened(inner.block(function.field("body")?, ways)?))
    }

    /// It has a word of training, or calls a function of the file that has one.
    fn speaks_of_training(&self, function: Node<'t>, depth: usize) -> bool {
        let mut calls = function.descendants().filter(|node| node.kind() == "call");
        calls.any(|call| {
            called_name(call).is_some_and(|name| VOCABULARY.contains(&name))
                || depth > 0
                    && plain_function(self.file, call).is_some_and(|inner| inner != function && self.speaks_of_training(inner, depth - 1))
        }) || function.text().contains(".grad")
    }

    fn branches(&self, statement: Node<'t>, ways: Vec<Path<'t>>) -> Ways<'t> {
        if !self.matters(statement) {
            return Some(ways);
        }
        let mut open = ways;
        let mut done = Vec::new();
        let clauses = statement.named_children().filter(|child| matches!(child.kind(), "elif_clause" | "else_clause"));
        for clause in std::iter::once(statement).chain(clauses) {
            if clause.kind() == "else_clause" {
                done.extend(self.block(clause.field("body")?, std::mem::take(&mut open))?);
                continue;
            }
            let condition = clause.field("condition")?;
            open = self.expression(condition, open)?;
            let taken = decided(&open, condition, true);
            done.extend(self.block(clause.field("consequence")?, taken)?);
            open = decided(&open, condition, false);
        }
        done.extend(open);
        merged(done)
    }

    /// An `if` in which nothing happens and from which no way leads elsewhere need not be told apart.
    fn matters(&self, statement: Node<'t>) -> bool {
        statement.descendants().any(|node| match node.kind() {
            "continue_statement" | "break_statement" | "return_statement" | "raise_statement" | "assignment" | "augmented_assignment" => {
                true
            }
            "call" => {
                event(self.file, node, &self.frame).is_some()
                    || match self.helper(node) {
                        Some(function) => self.speaks_of_training(function, self.depth),
                        None => !unknown(self.file, node, &self.frame).is_empty(),
                    }
            }
            _ => false,
        })
    }

    fn repeated(&self, statement: Node<'t>, ways: Vec<Path<'t>>) -> Ways<'t> {
        let head = statement.field("right").or_else(|| statement.field("condition"));
        let mut ways = head.map_or(Some(ways.clone()), |head| self.expression(head, ways))?;
        if let Some(target) = statement.field("left") {
            for name in target.descendants().filter(|node| node.kind() == "identifier") {
                ways.iter_mut().for_each(|way| way.choices.retain(|(condition, _)| !mentions(condition, name.text())));
            }
        }
        let ways = self.block(statement.field("body")?, ways)?;
        let ends = |way: Path<'t>| match way.end {
            End::Continue | End::Break => Path { end: End::Through, ..way },
            _ => way,
        };
        merged(ways.into_iter().map(ends).collect())
    }

    /// The body, or what handles an error at its start.
    fn tried(&self, statement: Node<'t>, ways: Vec<Path<'t>>) -> Ways<'t> {
        let mut all = self.block(statement.field("body")?, ways.clone())?;
        for clause in statement.named_children() {
            let Some(body) = clause.named_children().filter(|child| child.kind() == "block").last() else { continue };
            match clause.kind() {
                "except_clause" | "except_group_clause" => all.extend(self.block(body, ways.clone())?),
                "else_clause" | "finally_clause" => all = self.block(body, all)?,
                _ => {}
            }
        }
        merged(all)
    }

    fn cases(&self, statement: Node<'t>, ways: Vec<Path<'t>>) -> Ways<'t> {
        let clauses = statement.field("body").into_iter().flat_map(Node::named_children).filter(|child| child.kind() == "case_clause");
        let mut all = ways.clone();
        for body in clauses.filter_map(|clause| clause.field("consequence")) {
            all.extend(self.block(body, ways.clone())?);
        }
        merged(all)
    }
}

/// The ways that decide a condition so, or have not decided it.
fn decided<'t>(ways: &[Path<'t>], condition: Node<'t>, outcome: bool) -> Vec<Path<'t>> {
    let text = condition.text();
    let fits = |way: &&Path<'t>| way.choices.iter().all(|(known, chosen)| known != text || *chosen == outcome);
    ways.iter()
        .filter(fits)
        .map(|way| {
            let mut way = way.clone();
            if way.choices.iter().all(|(known, _)| known != text) {
                way.choices.push((text.to_owned(), outcome));
            }
            way
        })
        .collect()
}

/// A condition speaks of a name.
fn mentions(condition: &str, name: &str) -> bool {
    let in_name = |c: char| c.is_alphanumeric() || c == '_';
    condition.match_indices(name).any(|(at, _)| !condition[..at].ends_with(in_name) && !condition[at + name.len()..].starts_with(in_name))
}

fn with_event<'t>(mut ways: Vec<Path<'t>>, event: &Event<'t>) -> Vec<Path<'t>> {
    ways.iter_mut().for_each(|way| way.events.push(event.clone()));
    ways
}

fn ended(ways: Vec<Path<'_>>, end: End) -> Vec<Path<'_>> {
    ways.into_iter().map(|way| Path { end, ..way }).collect()
}

/// Where a function returned, its caller goes on.
fn reopened(ways: Vec<Path<'_>>) -> Vec<Path<'_>> {
    ways.into_iter().map(|way| if way.end == End::Return { Path { end: End::Through, ..way } } else { way }).collect()
}

/// Each way once; `None` if there are too many.
fn merged(ways: Vec<Path<'_>>) -> Ways<'_> {
    let mut kept: Vec<Path<'_>> = Vec::with_capacity(ways.len());
    for way in ways {
        if !kept.contains(&way) {
            kept.push(way);
        }
    }
    (kept.len() <= MAX_PATHS).then_some(kept)
}
