//! Where among a block's imports a new one stands: in sorted position where they are sorted, as isort and Ruff sort them.

use super::imports::root_of;
use super::library;
use crate::syntax::{Edit, Node, Span};

/// A longer list of imported names is not made longer still.
const LIST_WIDTH: usize = 88;

/// The statements of a block of code that come before a place, as far as they are imports.
#[derive(Debug)]
pub(super) struct Block<'t> {
    body: Node<'t>,
    /// Imports that follow each other, with nothing but comments in between.
    runs: Vec<Vec<Node<'t>>>,
    /// The statement that holds the place begins here.
    end: usize,
}

/// By what imports are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order<'a> {
    /// `from module import …` rather than `import module`.
    pub from: bool,
    pub module: &'a str,
}

impl Order<'_> {
    /// `import` goes before `from`.
    fn by_form(self) -> (bool, String, bool) {
        (self.from, self.module.to_lowercase(), self.from)
    }

    /// Modules by their names alone.
    fn by_name(self) -> (bool, String, bool) {
        (false, self.module.to_lowercase(), self.from)
    }
}

impl<'t> Block<'t> {
    /// The imports of a function's body or of the module that are surely executed before a place in it.
    pub fn before(body: Node<'t>, at: usize) -> Self {
        let end = body.named_children().find(|child| child.span().end > at && !child.is_comment()).map_or(at, |child| child.span().start);
        let mut runs: Vec<Vec<Node<'t>>> = Vec::new();
        let mut open = false;
        for statement in body.named_children().filter(|child| !child.is_comment() && child.span().end <= end) {
            let imports = matches!(statement.kind(), "import_statement" | "import_from_statement");
            match runs.last_mut().filter(|_| open && imports) {
                Some(run) => run.push(statement),
                None if imports => runs.push(vec![statement]),
                None => {}
            }
            open = imports;
        }
        Block { body, runs, end }
    }

    /// True if anything is imported.
    pub fn has_imports(&self) -> bool {
        !self.runs.is_empty()
    }

    /// True of a module that imports nothing, but has a docstring or `from __future__` that an import may follow.
    pub fn heads_module(&self) -> bool {
        self.prologue().is_some()
    }

    /// True if a module is imported, or something from it, of which this holds.
    pub fn imports(&self, wanted: impl Fn(&str) -> bool) -> bool {
        self.runs.iter().flatten().flat_map(|statement| modules_of(*statement)).any(wanted)
    }

    /// True if a name can be added to a statement `from module import …`; with `functions`, one that already names a function.
    pub fn has_list(&self, module: &str, functions: bool) -> bool {
        let is_function = |name: &Node<'_>| library::effect(&format!("{module}.{}", name.field("name").unwrap_or(*name).text())).is_some();
        self.list_of(module).is_some_and(|list| !functions || names_of(list).iter().any(is_function))
    }

    fn list_of(&self, module: &str) -> Option<Node<'t>> {
        let found = self.runs.iter().flatten().find(|statement| is_from(**statement) && first_module(**statement) == module)?;
        let plain = found.descendants().all(|part| !part.is_comment() && part.kind() != "wildcard_import");
        (plain && !names_of(*found).is_empty()).then_some(*found)
    }

    /// Adds a name to the statement `from module import …`.
    pub fn listed(&self, module: &str, name: &str) -> Option<Edit> {
        let statement = self.list_of(module)?;
        let names = names_of(statement);
        let sorted = names.windows(2).all(|pair| name_order(pair[0].text()) <= name_order(pair[1].text()));
        let next = names.iter().find(|other| sorted && name_order(other.text()) > name_order(name));
        let last = names.last()?.span().end;
        if !statement.text().contains('\n') {
            let fits = self.line(statement.span().start)?.len() + name.len() + 2 <= LIST_WIDTH;
            let edit = match next {
                Some(next) => insertion(next.span().start, format!("{name}, ")),
                None => insertion(last, format!(", {name}")),
            };
            return fits.then_some(edit);
        }
        // One name a line.
        let indents: Option<Vec<&str>> = names.iter().map(|name| self.indent(*name)).collect();
        let indent = *indents?.first()?;
        let eol = self.line_end(statement);
        match next {
            Some(next) => Some(insertion(self.line_start(next.span().start), format!("{indent}{name},{eol}"))),
            None => Some(insertion(last, format!(",{eol}{indent}{name}"))),
        }
    }

    /// Adds a statement.
    pub fn added(&self, statement: &str, order: Order<'_>) -> Option<Edit> {
        let standard = library::is_standard(root_of(order.module));
        let kin = |other: &Node<'t>| {
            let mut roots = modules_of(*other).into_iter().map(root_of);
            roots.any(|root| if standard { library::is_standard(root) } else { root == root_of(order.module) })
        };
        let sections = || self.runs.iter().flat_map(|run| self.sections(run));
        // Python's own go with the first imports of all: what stands between those and later ones may use them already.
        let near = sections().find(|section| section.iter().any(kin)).filter(|section| !standard || self.runs[0].contains(&section[0]));
        let edit = match (near, self.runs.first()) {
            (Some(section), _) => self.in_section(&section, statement, order, kin),
            (None, Some(run)) if standard => self.before_statement(run[0], statement, true),
            _ => self.after_prologue(statement),
        }?;
        let cuts = self.body.named_children().any(|other| other.span().start < edit.span.start && edit.span.start < other.span().end);
        (!cuts && edit.span.start <= self.line_start(self.end)).then_some(edit)
    }

    /// The parts of a run that empty lines hold apart.
    fn sections(&self, run: &[Node<'t>]) -> Vec<Vec<Node<'t>>> {
        let mut sections: Vec<Vec<Node<'t>>> = Vec::new();
        for statement in run {
            let apart = sections.last().and_then(|section| section.last()).is_none_or(|before| {
                let between = &self.text()[before.span().end..statement.span().start];
                between.lines().skip(1).filter(|line| line.trim().is_empty()).count() > usize::from(!between.ends_with('\n'))
            });
            match sections.last_mut().filter(|_| !apart) {
                Some(section) => section.push(*statement),
                None => sections.push(vec![*statement]),
            }
        }
        sections
    }

    fn in_section(&self, section: &[Node<'t>], statement: &str, order: Order<'_>, kin: impl Fn(&Node<'t>) -> bool) -> Option<Edit> {
        type Key<'a> = fn(Order<'a>) -> (bool, String, bool);
        let keys: [Key<'_>; 2] = [Order::by_form, Order::by_name];
        let orders: Vec<Order<'_>> = section.iter().map(|other| Order { from: is_from(*other), module: first_module(*other) }).collect();
        let sorted_by = keys.into_iter().find(|key| orders.is_sorted_by_key(|order| key(*order)));
        let next = sorted_by.and_then(|key| orders.iter().position(|other| key(*other) > key(order)));
        if let Some(next) = next {
            return self.before_statement(section[next], statement, false);
        }
        let last = section.iter().rfind(|other| sorted_by.is_some() || kin(other))?;
        self.after_statement(*last, statement)
    }

    /// A line before a statement and the comments that belong to it; with `apart`, an empty line follows.
    fn before_statement(&self, next: Node<'t>, statement: &str, apart: bool) -> Option<Edit> {
        let indent = self.indent(next)?;
        let mut start = self.line_start(next.span().start);
        let mut above = start;
        while above > 0 {
            let line = self.line_start(above - 1);
            let comment = self.text()[line..above].trim_start();
            // A notebook's cell begins with `# %%`.
            if !comment.starts_with('#') || comment.starts_with("# %%") {
                start = above;
                break;
            }
            // Comments at the very head of the file are the file's own.
            above = line;
        }
        let eol = self.line_end(next);
        Some(insertion(start, format!("{indent}{statement}{eol}{}", if apart { eol } else { "" })))
    }

    fn after_statement(&self, last: Node<'t>, statement: &str) -> Option<Edit> {
        let indent = self.indent(last)?;
        let eol = self.line_end(last);
        Some(insertion(self.after_line(last)?, format!("{indent}{statement}{eol}")))
    }

    /// After the docstring or the last `from __future__` of a module without other imports.
    fn after_prologue(&self, statement: &str) -> Option<Edit> {
        let last = self.prologue()?;
        let eol = self.line_end(last);
        Some(insertion(self.after_line(last)?, format!("{eol}{statement}{eol}")))
    }

    fn prologue(&self) -> Option<Node<'t>> {
        let is_text = |node: Node<'_>| {
            node.kind() == "expression_statement" && node.named_children().next().is_some_and(|value| value.kind() == "string")
        };
        let statements = self.body.named_children().filter(|child| !child.is_comment() && child.span().end <= self.end);
        let head = statements.enumerate().take_while(|(i, node)| node.kind() == "future_import_statement" || (*i == 0 && is_text(*node)));
        head.last().map(|(_, node)| node).filter(|_| self.body.parent().is_none())
    }

    fn text(&self) -> &'t str {
        self.body.tree().text()
    }

    /// What stands before a node on its line, if that is nothing.
    fn indent(&self, node: Node<'_>) -> Option<&'t str> {
        let start = node.span().start;
        Some(&self.text()[self.line_start(start)..start]).filter(|before| before.trim().is_empty())
    }

    fn line_start(&self, at: usize) -> usize {
        self.text()[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    fn line(&self, at: usize) -> Option<&'t str> {
        self.text()[self.line_start(at)..].lines().next()
    }

    /// Where the line after a node begins.
    fn after_line(&self, node: Node<'_>) -> Option<usize> {
        let end = node.span().end;
        self.text()[end..].find('\n').map(|newline| end + newline + 1)
    }

    /// How the line ends on which a node does.
    fn line_end(&self, node: Node<'_>) -> &'static str {
        let end = self.after_line(node).unwrap_or(self.text().len());
        if self.text()[..end].ends_with("\r\n") { "\r\n" } else { "\n" }
    }
}

fn insertion(at: usize, text: String) -> Edit {
    Edit { span: Span::new(at, at), text }
}

fn is_from(statement: Node<'_>) -> bool {
    statement.kind() == "import_from_statement"
}

/// The modules that a statement imports, or the one that it imports from.
fn modules_of(statement: Node<'_>) -> Vec<&str> {
    if is_from(statement) {
        return statement.field("module_name").map(Node::text).into_iter().collect();
    }
    names_of(statement).into_iter().map(|name| name.field("name").unwrap_or(name).text()).collect()
}

fn first_module(statement: Node<'_>) -> &str {
    modules_of(statement).first().copied().unwrap_or("")
}

fn names_of(statement: Node<'_>) -> Vec<Node<'_>> {
    statement.children_with_fields().filter(|(role, _)| *role == Some("name")).map(|(_, name)| name).collect()
}

/// Constants go before classes, and these before the rest.
fn name_order(name: &str) -> (u8, String) {
    let upper = name.len() > 1 && !name.contains(char::is_lowercase);
    let rank = if upper { 0 } else { 1 + u8::from(!name.starts_with(char::is_uppercase)) };
    (rank, name.to_lowercase())
}
