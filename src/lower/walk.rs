mod rust;

use std::collections::{BTreeMap, BTreeSet};

use super::asked::Asked;
use super::building::{Building, Lowerer};
use super::environment::{Environment, Known, join};
use super::lengths;
use super::moves::{is_moved_whole, moved};
use super::occurrences::Occurrences;
use super::region::{Enclosing, Region, SiteKind};
use super::statement::{self, Statement};
use crate::dialect::{Form, Names};
use crate::facts::{Effects, Fact, FileFacts};
use crate::ir::{DType, Dim, Shape, Target, Type};
use crate::syntax::{Language, Node, Tree};

/// Passes over a loop's body until the types of what it binds no longer change; after that they are unknown.
const LOOP_PASSES: usize = 3;
/// Managers of `with` that swallow no error; `numpy.testing.assert_raises` is one that does.
const PASSING: [&str; 9] = [
    "builtins.open",
    "numpy.errstate",
    "numpy.printoptions",
    "torch.amp.autocast",
    "torch.autocast",
    "torch.enable_grad",
    "torch.inference_mode",
    "torch.no_grad",
    "warnings.catch_warnings",
];
/// Loops inside loops are typed anew in each pass over the outer one; deeper ones are not typed at all.
const LOOP_DEPTH: usize = 3;

pub(super) fn walk<'t>(tree: &'t Tree, facts: &FileFacts<'t>, target: Target, wanted: &dyn Fn(&str, &str) -> bool) -> Vec<Region<'t>> {
    let language = tree.language();
    let mut done = Vec::new();
    if language == Language::Python && statement::outside_functions(tree.root()).iter().any(|node| wanted(node.text(), node.text())) {
        Walker::new(language, target, facts, tree.root(), &mut done).run(tree.root());
    }
    for (function, body) in statement::functions(language, tree.root()) {
        let above = std::iter::successors(function.parent(), |node| node.parent());
        let outermost = above.filter(|node| node.kind() == function.kind()).last().unwrap_or(function);
        if !wanted(outermost.text(), body.text()) {
            continue;
        }
        Walker::new(language, target, facts, function, &mut done).run(body);
    }
    done.sort_by_key(|region| region.sites.first().map(|site| site.node.span().start));
    done
}

/// Walks the functions that hold expressions that are asked for.
pub(super) fn walk_asked<'t>(facts: &FileFacts<'t>, target: Target, functions: &[Node<'t>], asked: &mut Asked<'t>) {
    for &function in functions {
        let mut unwanted = Vec::new();
        let mut walker = Walker::new(function.language(), target, facts, function, &mut unwanted);
        walker.asked = Some(&mut *asked);
        walker.run(function.field("body").unwrap_or(function));
    }
}

/// Walks one function's body (or the module's statements).
struct Walker<'t, 'w> {
    language: Language,
    target: Target,
    facts: &'w FileFacts<'t>,
    function: Node<'t>,
    occurrences: Occurrences<'t>,
    current: Building<'t>,
    done: &'w mut Vec<Region<'t>>,
    /// What a recorded run saw in names that the function binds once.
    recorded: BTreeMap<String, Fact>,
    /// Above zero while a loop's body is walked for its types alone.
    typing: usize,
    /// Expressions of which it is asked what is known of them.
    asked: Option<&'w mut Asked<'t>>,
    /// The loops around the statement that is walked, the innermost last, with what they have been seen to do.
    loops: Vec<(Node<'t>, Effects)>,
}

impl<'t, 'w> Walker<'t, 'w> {
    fn new(language: Language, target: Target, facts: &'w FileFacts<'t>, function: Node<'t>, done: &'w mut Vec<Region<'t>>) -> Self {
        let occurrences = Occurrences::of(language, function);
        Walker {
            language,
            target,
            facts,
            function,
            occurrences,
            current: Building::new(target),
            done,
            recorded: facts.recorded_locals(function),
            typing: 0,
            asked: None,
            loops: Vec::new(),
        }
    }

    fn run(&mut self, body: Node<'t>) {
        if self.occurrences.reflective {
            return;
        }
        let mut environment: Environment = self
            .facts
            .entry(self.function)
            .iter()
            .filter(|(name, _)| !self.occurrences.elsewhere.contains(name.as_str()))
            .map(|(name, fact)| (name.clone(), Known::of_fact(fact)))
            .collect();
        if self.language == Language::Rust {
            for name in lengths::parameters(self.function) {
                environment.entry(name.to_owned()).or_insert_with(|| lengths::length(Dim::symbol(name)));
            }
        }
        for name in statement::exclusive_parameters(self.function) {
            environment.entry(name.to_owned()).and_modify(|known| known.form = Form::Exclusive);
        }
        self.block(body, &mut environment);
    }

    fn block(&mut self, block: Node<'t>, environment: &mut Environment) {
        let statements: Vec<_> = block.named_children().filter(|n| !n.kind().ends_with("comment")).collect();
        for statement in statements {
            self.statement(statement, environment);
        }
        self.cut();
    }

    fn statement(&mut self, node: Node<'t>, environment: &mut Environment) {
        let form = statement::classify(self.language, node);
        if matches!(form, Statement::Definition) {
            let effects = self.effects(node, environment);
            for name in &effects.binds {
                environment.remove(name);
            }
            // What is defined here may read and change anything when it is called.
            self.seen(&Effects { opaque: true, ..effects });
            self.cut();
            return;
        }
        let blocks = statement::blocks(self.language, node);
        if blocks.is_empty() {
            self.simple(node, form, environment);
        } else {
            self.compound(node, &blocks, environment);
        }
    }

    /// A statement without blocks: sites first, then what it may do to the outside, then what it binds.
    fn simple(&mut self, node: Node<'t>, form: Statement<'t>, environment: &mut Environment) {
        let effects = self.effects(node, environment);
        self.seen(&effects);
        let value = match form {
            Statement::Bind { value, .. } | Statement::Update { value, .. } | Statement::Unpack { value, .. } => value,
            _ => node,
        };
        self.answer(&[value], environment);
        let index = self.current.begin_statement(node);
        if self.language == Language::Rust && self.place_update(node, index, environment) {
            return;
        }
        let value = match form {
            Statement::Bind { value, .. } if !effects.opaque => self.lower(value, environment),
            _ => None,
        };
        let known = match form {
            Statement::Bind { name, value: expression, annotation } if value.is_none() => self
                .facts
                .known_value(expression)
                .or_else(|| annotation.and_then(|a| self.facts.annotation(a)))
                .or_else(|| self.recorded.get(name.text()).cloned()),
            _ => None,
        };
        match (form, value) {
            (Statement::Bind { name, value: expression, .. }, Some(term)) => {
                if self.current.is_op(term) {
                    self.current.site(expression, term, index, SiteKind::Binding { name: name.text() });
                }
            }
            _ => self.sites(node, index, environment),
        }
        if effects.opaque || !effects.mutates.is_empty() {
            self.cut();
        }
        for name in effects.binds.iter().chain(&effects.mutates) {
            self.current.rebind(name, index);
        }
        if self.language == Language::Rust {
            for name in moved(node).filter(|name| environment.get(*name).is_some_and(is_moved_whole)) {
                self.current.moved(name, index);
            }
        }
        let exclusive = matches!(form, Statement::Bind { annotation: Some(ty), .. } if statement::is_exclusive(ty));
        let known = known.as_ref().map(|fact| {
            let known = Known::of_fact(fact);
            Known { borrows: self.borrowed(form, environment), form: if exclusive { Form::Exclusive } else { known.form }, ..known }
        });
        let known = match form {
            Statement::Bind { value: expression, .. } if self.language == Language::Rust && value.is_none() => known
                .map(|known| self.constructed(form, known, environment))
                .or_else(|| lengths::number(expression, environment).map(lengths::scalar)),
            _ => known,
        };
        self.bind(form, value, known, &effects.binds, environment);
        if self.language == Language::Rust {
            let elements = statement::changed_elements(node);
            let mutates = elements.map_or(effects.mutates, |value| self.effects(value, environment).mutates);
            mutates.iter().for_each(|name| lengths::forget(environment, name));
            lengths::assume(node, environment);
        }
    }

    /// Updates the environment after a simple statement.
    fn bind(
        &mut self,
        form: Statement<'t>,
        term: Option<crate::ir::Id>,
        known: Option<Known>,
        binds: &BTreeSet<String>,
        environment: &mut Environment,
    ) {
        match form {
            Statement::Bind { name, value, .. } => {
                let name = name.text();
                let dim = self.dim(value, environment);
                let sized = dim.clone().filter(|_| self.language == Language::Rust).map(lengths::length);
                let new = term.map(|term| self.current.known(term, environment, self.target)).or(known);
                let new = new.map(|known| Known { dim, ..known }).or(sized);
                // A closure may bind other names anew when it is called.
                for bound in binds {
                    environment.remove(bound);
                }
                environment.remove(name);
                if self.occurrences.elsewhere.contains(name) {
                    return;
                }
                if let Some(new) = new {
                    environment.insert(name.to_owned(), new);
                    if let Some(term) = term.filter(|&term| !self.current.is_const(term)) {
                        self.current.bound.insert(name.to_owned(), term);
                    }
                }
            }
            Statement::Update { name, value } => self.update(name.text(), value, environment),
            Statement::Unpack { pattern, value } => self.unpack(pattern, value, binds, environment),
            _ => {
                for name in binds {
                    environment.remove(name);
                }
            }
        }
    }

    /// `x += value`: an array keeps its dtype; a number takes the result's; anything else is unknown after it.
    fn update(&mut self, name: &str, value: Node<'t>, environment: &mut Environment) {
        let operand = self.lower(value, environment).map(|term| self.current.known(term, environment, self.target));
        let keeps = match (environment.get(name), &operand) {
            (Some(_), _) if self.language == Language::Rust => true,
            (Some(known), Some(operand)) if known.ty.is_weak() => operand.ty.is_weak() && operand.ty.dtype() == known.ty.dtype(),
            (Some(known), _) => known.ty.rank() != Some(0),
            (None, _) => return,
        };
        match environment.get_mut(name) {
            Some(known) if keeps => known.dim = None,
            _ => {
                environment.remove(name);
            }
        }
    }

    /// `n, d = X.shape` names the lengths of X's axes.
    fn unpack(&mut self, pattern: Node<'t>, value: Node<'t>, binds: &BTreeSet<String>, environment: &mut Environment) {
        for name in binds {
            environment.remove(name);
            if let Some(fact) = self.recorded.get(name).filter(|_| !self.occurrences.elsewhere.contains(name.as_str())) {
                environment.insert(name.clone(), Known::of_fact(fact));
            }
        }
        let names: Vec<_> = pattern.named_children().collect();
        if let Some(dims) = lengths::unpacked(value, environment).filter(|dims| dims.len() == names.len()) {
            let sized = names.iter().zip(dims).filter(|(name, _)| name.kind() == "identifier");
            environment.extend(sized.map(|(name, dim)| (name.text().to_owned(), lengths::length(dim))));
            return;
        }
        if value.kind() != "attribute" || value.field("attribute").is_none_or(|a| a.text() != "shape") {
            return;
        }
        let Some(object) = value.field("object").filter(|o| o.kind() == "identifier") else { return };
        let Some(array) = environment.get(object.text()).filter(|known| known.ty.is_array() && !known.ty.is_weak()).cloned() else {
            return;
        };
        if names.iter().any(|n| n.kind() != "identifier") || array.ty.rank().is_some_and(|r| r != names.len()) {
            return;
        }
        let dims: Vec<Dim> = names
            .iter()
            .enumerate()
            .map(|(axis, name)| {
                let known = array.ty.shape().dims().map_or(&Dim::Unknown, |dims| &dims[axis]);
                let once = self.occurrences.stores_at_most_once(name.text());
                if *known == Dim::Unknown && once { Dim::symbol(name.text()) } else { known.clone() }
            })
            .collect();
        for (name, dim) in names.iter().zip(&dims) {
            if !self.occurrences.elsewhere.contains(name.text()) {
                let known = Known {
                    ty: Type::weak(DType::I64),
                    library: None,
                    ground: array.ground,
                    dim: Some(dim.clone()),
                    form: array.form,
                    borrows: BTreeSet::new(),
                };
                environment.insert(name.text().to_owned(), known);
            }
        }
        let ty = array.ty.with_shape(Shape::Ranked(dims));
        environment.insert(object.text().to_owned(), Known { ty, ..array });
        self.cut();
    }

    /// A statement with blocks: what stands outside them belongs to the region before it.
    fn compound(&mut self, node: Node<'t>, blocks: &[Node<'t>], environment: &mut Environment) {
        let effects = self.effects(node, environment);
        let control = statement::control(node);
        let loops = statement::is_loop(control);
        self.forget_lengths(control, environment);
        if loops {
            self.settle(control, blocks, &effects.binds, environment);
        }
        let index = self.current.begin_statement(node);
        self.sites(node, index, environment);
        self.cut();
        self.answer(&outside_blocks(node), environment);
        if !loops && !control.kind().starts_with("if") {
            for name in &effects.binds {
                environment.remove(name);
            }
        }
        self.loop_variable(control, environment);
        let first_inside = self.done.len();
        if loops {
            self.loops.push((node, Effects::default()));
        }
        self.head(node, environment);
        let outs = self.walk_blocks(blocks, environment);
        if loops {
            self.leave_loop(first_inside);
        }
        let swallows = node.kind() == "try_statement" || (node.kind() == "with_statement" && !self.passes_errors_on(node));
        let surely = (node.kind() == "with_statement" && !swallows) || (node.kind() == "if_statement" && has_else(node));
        let mut after = if surely && !outs.is_empty() { None } else { Some(environment.clone()) };
        for out in outs {
            after = Some(match after {
                Some(before) => join(&before, &out),
                None => out,
            });
        }
        *environment = after.unwrap_or_default();
        self.forget_lengths(control, environment);
        for name in &effects.binds {
            if swallows || (loops && !self.is_typed_by_order(name, control)) {
                environment.remove(name);
            }
        }
    }

    /// The managers of a `with` are known not to swallow an error, as `contextlib.suppress` does: what follows has seen the whole block.
    fn passes_errors_on(&self, node: Node<'t>) -> bool {
        let items = node.named_children().filter(|child| child.kind() == "with_clause").flat_map(Node::named_children);
        items.filter(|item| item.kind() == "with_item").all(|item| {
            let value = item
                .field("value")
                .map(|value| if value.kind() == "as_pattern" { value.named_children().next().unwrap_or(value) } else { value });
            let function = value.and_then(|value| value.field("function"));
            function.and_then(|function| self.facts.names(node).resolve(function)).is_some_and(|path| PASSING.contains(&path.as_str()))
        })
    }

    /// Adds to what the loops around have been seen to do.
    fn seen(&mut self, effects: &Effects) {
        if self.typing > 0 {
            return;
        }
        for (_, all) in &mut self.loops {
            all.add(effects);
        }
    }

    /// What stands outside the blocks of a statement: conditions, iterables, targets.
    fn head(&mut self, node: Node<'t>, environment: &Environment) {
        if node.kind() == "for_statement" {
            // The targets are bound by the statement and by nothing below it.
            let binds = self.effects(node, environment).binds;
            self.seen(&Effects { binds, ..Effects::default() });
        }
        for part in outside_blocks(node) {
            self.seen(&self.effects(part, environment));
        }
    }

    /// Tells the regions of the loop's own block what the whole loop does.
    fn leave_loop(&mut self, first_inside: usize) {
        let Some((statement, effects)) = self.loops.pop() else { return };
        if self.typing > 0 {
            return;
        }
        let inside = self.done[first_inside..].iter_mut().filter(|region| {
            let block = region.statements.first().and_then(|statement| statement.parent());
            region.enclosing.is_none() && block.is_some_and(|block| block.kind() == "block" && block.parent() == Some(statement))
        });
        let (fresh, given) = self.occurrences.once_bound(self.facts);
        for region in inside {
            region.enclosing = Some(Enclosing { statement, effects: effects.clone(), fresh: fresh.clone(), given: given.clone() });
        }
    }

    fn walk_blocks(&mut self, blocks: &[Node<'t>], environment: &Environment) -> Vec<Environment> {
        let mut outs = Vec::new();
        for &block in blocks {
            let mut inner = environment.clone();
            self.block(block, &mut inner);
            if !leaves(block) {
                if self.language == Language::Rust {
                    inner.retain(|name, _| environment.contains_key(name));
                }
                outs.push(inner);
            }
        }
        outs
    }

    /// What a name holds at the head of a loop is what its body leaves in it: it is bound but once, or no round ends halfway.
    fn is_typed_by_order(&self, name: &str, node: Node<'t>) -> bool {
        self.occurrences.stores_at_most_once_in(name, node) || !jumps(node)
    }

    /// Brings the environment to what holds at the head of a loop in every round.
    fn settle(&mut self, node: Node<'t>, blocks: &[Node<'t>], binds: &BTreeSet<String>, environment: &mut Environment) {
        for name in binds {
            if !self.is_typed_by_order(name, node) || self.typing >= LOOP_DEPTH {
                environment.remove(name);
            }
        }
        let waiting = std::mem::replace(&mut self.current, Building::new(self.target));
        self.typing += 1;
        for pass in 0..=LOOP_PASSES {
            if pass == LOOP_PASSES {
                environment.retain(|name, _| !binds.contains(name));
                break;
            }
            if binds.iter().all(|name| !environment.contains_key(name)) {
                break;
            }
            let mut head = environment.clone();
            self.loop_variable(node, &mut head);
            let merged = self.walk_blocks(blocks, &head).iter().fold(environment.clone(), |merged, out| join(&merged, out));
            if merged == *environment {
                break;
            }
            *environment = merged;
        }
        self.typing -= 1;
        self.current = waiting;
    }

    /// `for i in range(…)`: `i` is a Python int. What a Rust pattern binds is not known.
    fn loop_variable(&self, node: Node<'t>, environment: &mut Environment) {
        for name in statement::bound_by_head(node) {
            environment.remove(name);
        }
        if node.kind() != "for_statement" {
            return;
        }
        let (Some(left), Some(right)) = (node.field("left"), node.field("right")) else { return };
        let mut targets = vec![left];
        while let Some(target) = targets.pop() {
            environment.remove(target.text());
            targets.extend(target.named_children());
        }
        let is_range = right.kind() == "call" && right.field("function").is_some_and(|f| f.text() == "range");
        if left.kind() == "identifier" && is_range && !self.occurrences.elsewhere.contains(left.text()) {
            let ground = crate::facts::Ground::Inferred;
            environment.insert(
                left.text().to_owned(),
                Known { ty: Type::weak(DType::I64), library: None, ground, dim: None, form: Form::Value, borrows: BTreeSet::new() },
            );
        }
    }

    /// Records the largest lowered expressions of a statement, outside its blocks and nested definitions.
    fn sites(&mut self, statement: Node<'t>, index: usize, environment: &Environment) {
        if self.asked.is_some() {
            return;
        }
        let mut effects: Option<Vec<Node<'t>>> = None;
        let mut stack = vec![(statement, false)];
        while let Some((node, conditional)) = stack.pop() {
            if node.kind() == "block" || statement::is_definition(self.language, node) || statement::is_type(node) {
                continue;
            }
            if statement::is_expression(self.language, node) {
                if conditional
                    || effects.get_or_insert_with(|| self.effect_calls(statement, environment)).iter().any(|&call| precedes(call, node))
                {
                    if self.isolated(node, environment) {
                        continue;
                    }
                } else if let Some(term) = self.lower(node, environment).filter(|&t| self.current.is_op(t)) {
                    self.current.site(node, term, index, SiteKind::Expression);
                    continue;
                }
            }
            let conditional = conditional || statement::is_conditional(node);
            let read = node.named_children().filter(|child| !statement::is_written(*child));
            let children: Vec<_> = read.map(|child| (child, conditional)).collect();
            stack.extend(children.into_iter().rev());
        }
    }

    /// Notes what is known of the expressions that are asked for, in what a statement evaluates here.
    fn answer(&mut self, parts: &[Node<'t>], environment: &Environment) {
        if self.asked.is_none() || self.typing > 0 {
            return;
        }
        let binds: BTreeSet<String> = parts.iter().flat_map(|part| self.effects(*part, environment).binds).collect();
        let rebound = |node: Node<'t>| node.descendants().any(|inner| inner.kind() == "identifier" && binds.contains(inner.text()));
        let mut stack = parts.to_vec();
        while let Some(node) = stack.pop() {
            if node.kind() == "block" || statement::is_definition(self.language, node) {
                continue;
            }
            if self.asked.as_ref().is_some_and(|asked| asked.is_asked(node))
                && !rebound(node)
                && let Some(fact) = self.fact(node, environment)
            {
                self.asked.iter_mut().for_each(|asked| asked.note(node, fact.clone()));
            }
            stack.extend(node.named_children());
        }
    }

    /// What is known of an expression's value where the environment holds.
    fn fact(&mut self, node: Node<'t>, environment: &Environment) -> Option<Fact> {
        if matches!(node.kind(), "identifier" | "attribute")
            && let Some(known) = environment.get(node.text())
        {
            return Some(known.fact());
        }
        // A whole number that is given to the function is a length as good as any, where nothing is to be written.
        let mut environment = environment.clone();
        for (name, known) in environment.iter_mut().filter(|(_, known)| known.dim.is_none() && known.ty == Type::weak(DType::I64)) {
            known.dim = self.occurrences.is_only_given(name).then(|| Dim::symbol(name.as_str()));
        }
        let waiting = std::mem::replace(&mut self.current, Building::new(self.target));
        let known = self.lower(node, &environment).map(|term| self.current.known(term, &environment, self.target).fact());
        self.current = waiting;
        known.or_else(|| self.facts.known_value(node))
    }

    /// An expression whose value can not be shared with its neighbours': a region of its own. True if it lowers.
    fn isolated(&mut self, node: Node<'t>, environment: &Environment) -> bool {
        let waiting = std::mem::replace(&mut self.current, Building::new(self.target));
        let index = self.current.begin_statement(node);
        let term = self.lower(node, environment).filter(|&t| self.current.is_op(t));
        if let Some(term) = term {
            self.current.site(node, term, index, SiteKind::Expression);
        }
        self.cut();
        self.current = waiting;
        term.is_some()
    }

    /// What a statement or expression may do where the environment holds.
    fn effects(&self, node: Node<'t>, environment: &Environment) -> Effects {
        self.facts.effects_given(node, &|name| environment.get(name).and_then(Known::class))
    }

    /// The calls of a statement that may have an effect.
    fn effect_calls(&self, statement: Node<'t>, environment: &Environment) -> Vec<Node<'t>> {
        let mut found = Vec::new();
        let mut stack = vec![statement];
        while let Some(node) = stack.pop() {
            if node.kind() == "block" {
                continue;
            }
            if statement::is_call(node) {
                let effects = self.effects(node, environment);
                if !effects.opaque && effects.mutates.is_empty() {
                    continue;
                }
                found.push(node);
            }
            stack.extend(node.named_children());
        }
        found
    }

    fn lower(&mut self, node: Node<'t>, environment: &Environment) -> Option<crate::ir::Id> {
        let names = self.facts.names(node);
        Lowerer::new(&mut self.current, &names, environment, self.target).lower(node)
    }

    fn dim(&mut self, node: Node<'t>, environment: &Environment) -> Option<Dim> {
        let names = self.facts.names(node);
        Lowerer::new(&mut self.current, &names, environment, self.target).size(node)
    }

    /// Ends the region: what was read before must not be assumed after.
    fn cut(&mut self) {
        let building = std::mem::replace(&mut self.current, Building::new(self.target));
        if self.typing > 0 || building.is_empty() {
            return;
        }
        let module_level = self.function.parent().is_none();
        let occurrences = &self.occurrences;
        let live =
            |name: &str, consumed: usize| module_level || occurrences.elsewhere.contains(name) || occurrences.count(name) > consumed + 1;
        if let Some(region) = building.finish(self.function, occurrences.names(), &live) {
            self.done.push(region);
        }
    }
}

/// What a statement with blocks evaluates outside of them: conditions, iterables, targets.
fn outside_blocks(statement: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    let mut stack: Vec<_> = statement.named_children().collect();
    while let Some(part) = stack.pop() {
        match part.kind() {
            "block" => {}
            kind if kind.ends_with("_clause") => stack.extend(part.named_children()),
            _ => found.push(part),
        }
    }
    found
}

/// A call runs before an expression: it stands before it and does not contain it.
fn precedes(call: Node<'_>, expression: Node<'_>) -> bool {
    call.span().end <= expression.span().start
}

/// A block that control never leaves at its end.
fn leaves(block: Node<'_>) -> bool {
    block
        .named_children()
        .last()
        .is_some_and(|last| matches!(last.kind(), "return_statement" | "raise_statement" | "continue_statement" | "break_statement"))
}

/// Somewhere in a loop a round, or the loop, ends before its end.
fn jumps(node: Node<'_>) -> bool {
    let jump = |node: Node<'_>| {
        matches!(node.kind(), "break_statement" | "continue_statement" | "break_expression" | "continue_expression" | "else_clause")
    };
    node.descendants().any(jump)
}

fn has_else(node: Node<'_>) -> bool {
    node.named_children().any(|child| child.kind() == "else_clause")
}
