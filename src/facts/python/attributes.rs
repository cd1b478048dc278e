use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::annotations::{annotation, string_text};
use super::called::receiver;
use super::classes::attribute_name;
use super::effects::Arguments;
use super::library;
use super::scopes::{Scopes, What};
use crate::facts::words::occurrences;
use crate::facts::{Attribute, Fact, may_be_stored};
use crate::syntax::Node;

/// Words by which attributes are read or written behind the text's back.
const TRICKS: [&str; 9] =
    ["__getattr__", "__getattribute__", "__setattr__", "__delattr__", "__dict__", "__slots__", "setattr", "delattr", "vars"];
/// Classes of which it is known that reading an attribute of theirs does nothing else.
const PLAIN_BASES: [&str; 8] = [
    "builtins.object",
    "abc.ABC",
    "typing.Generic",
    "typing.Protocol",
    "typing_extensions.Protocol",
    "torch.nn.Module",
    "torch.nn.modules.Module",
    "torch.nn.modules.module.Module",
];

/// The attributes of `self`, in the classes of a file, of which every assignment is seen and reading is nothing but that.
pub(in crate::facts) fn attributes<'t>(scopes: &Scopes<'t>, root: Node<'t>, wanted: &dyn Fn(&str) -> bool) -> Vec<Attribute<'t>> {
    let text = root.text();
    if TRICKS.iter().any(|word| occurrences(text, word).next().is_some()) {
        return Vec::new();
    }
    let classes: Vec<Node<'t>> = root.descendants().filter(|node| node.kind() == "class_definition").collect();
    let reader = Reader { scopes, root, classes: &classes, stores: stores(scopes, root), seen: seen(root), wanted };
    classes.iter().flat_map(|class| reader.of_class(*class)).collect()
}

/// The class of whose methods a name is the object: it is the first parameter of one, and bound by nothing else.
pub(in crate::facts) fn class_of_receiver<'t>(scopes: &Scopes<'t>, name: &str, at: usize) -> Option<Node<'t>> {
    let owner = scopes.owner(name, scopes.scope_at(at))?;
    let method =
        scopes.function_of(owner).filter(|_| matches!(scopes.bindings_in(owner, name), [binding] if binding.what == What::Parameter))?;
    let first = receiver(method).filter(|first| first.text() == name);
    first.and_then(|_| method.parent()?.parent()).filter(|class| class.kind() == "class_definition")
}

/// What happens to an attribute of some object.
struct Store<'t> {
    /// The class of whose methods it is the object; `None` if it is any object.
    class: Option<Node<'t>>,
    kind: StoreKind<'t>,
}

#[derive(Clone, Copy)]
enum StoreKind<'t> {
    Value {
        value: Node<'t>,
        declared: Option<Node<'t>>,
    },
    /// An annotation alone.
    Declared(Node<'t>),
    /// `self.x += …`
    Update,
    Unknown,
}

/// Every store to an attribute in the parsed text, by the attribute's name.
fn stores<'t>(scopes: &Scopes<'t>, root: Node<'t>) -> BTreeMap<&'t str, Vec<Store<'t>>> {
    let mut found: BTreeMap<&'t str, Vec<Store<'t>>> = BTreeMap::new();
    for node in root.descendants() {
        let (object, name, kind) = match node.kind() {
            "attribute" => {
                let (Some(object), Some(name)) = (node.field("object"), attribute_name(node)) else { continue };
                let Some(kind) = store(node) else { continue };
                // Another shape or dtype for the array that the attribute holds.
                if let (Some(inner), "shape" | "dtype" | "data" | "strides" | "real" | "imag") = (attribute_name(object), name) {
                    found.entry(inner).or_default().push(Store { class: None, kind: StoreKind::Unknown });
                }
                (object, name, kind)
            }
            "call" => match stored_by_call(node) {
                Some(found) => found,
                None => continue,
            },
            _ => continue,
        };
        let class = if object.kind() == "identifier" { class_of_receiver(scopes, object.text(), object.span().start) } else { None };
        found.entry(name).or_default().push(Store { class, kind });
    }
    found
}

/// What a store to an attribute puts there; `None` if it is only read.
fn store<'t>(node: Node<'t>) -> Option<StoreKind<'t>> {
    let (mut inner, mut depth) = (node, 0);
    let mut parent = node.parent()?;
    while matches!(
        parent.kind(),
        "pattern_list"
            | "tuple_pattern"
            | "list_pattern"
            | "tuple"
            | "list"
            | "parenthesized_expression"
            | "list_splat_pattern"
            | "expression_list"
    ) {
        (inner, parent, depth) = (parent, parent.parent()?, depth + 1);
    }
    let left = parent.field("left") == Some(inner);
    match parent.kind() {
        "assignment" if left && depth == 0 => Some(match (parent.field("right"), parent.field("type")) {
            (Some(right), declared) => StoreKind::Value { value: last_value(right), declared },
            (None, Some(declared)) => StoreKind::Declared(declared),
            (None, None) => StoreKind::Unknown,
        }),
        "assignment" if left && depth == 1 => Some(element(inner, node, last_value(parent.field("right")?))),
        "augmented_assignment" if left => Some(StoreKind::Update),
        "assignment" | "for_statement" | "for_in_clause" if left => Some(StoreKind::Unknown),
        "as_pattern_target" | "delete_statement" => Some(StoreKind::Unknown),
        _ => None,
    }
}

/// The value behind a chain of assignments, without the wrapper that makes a parameter of a tensor.
fn last_value(mut value: Node<'_>) -> Node<'_> {
    while let Some(right) = value.field("right").filter(|_| value.kind() == "assignment") {
        value = right;
    }
    value
}

/// `self.a, self.b = x, y`
fn element<'t>(targets: Node<'t>, target: Node<'t>, value: Node<'t>) -> StoreKind<'t> {
    let (targets, values): (Vec<_>, Vec<_>) = (targets.named_children().collect(), value.named_children().collect());
    let listed = matches!(value.kind(), "expression_list" | "tuple") && targets.len() == values.len();
    let splat = targets.iter().chain(&values).any(|node| node.kind().contains("splat") || node.is_comment());
    match targets.iter().position(|node| *node == target).filter(|_| listed && !splat) {
        Some(index) => StoreKind::Value { value: values[index], declared: None },
        None => StoreKind::Unknown,
    }
}

/// `self.register_buffer("x", value)`; a method that gives the array in an attribute another shape.
fn stored_by_call<'t>(call: Node<'t>) -> Option<(Node<'t>, &'t str, StoreKind<'t>)> {
    let function = call.field("function")?;
    let (object, method) = (function.field("object")?, attribute_name(function)?);
    if library::changes_type(method) {
        return Some((object.field("object")?, attribute_name(object)?, StoreKind::Unknown));
    }
    if !matches!(method, "register_buffer" | "register_parameter" | "add_module" | "register_module") {
        return None;
    }
    let arguments = Arguments::of(call);
    let name = string_text(*arguments.positional.first()?)?;
    let value = arguments.positional.get(1).or(arguments.keyword("tensor").as_ref()).copied();
    let kind = match value {
        Some(value) if matches!(method, "register_buffer" | "register_parameter") => StoreKind::Value { value, declared: None },
        _ => StoreKind::Unknown,
    };
    Some((object, name, kind))
}

/// Where the parsed text has each name, and each text that may be one.
fn seen(root: Node<'_>) -> FxHashMap<&str, FxHashSet<usize>> {
    let mut seen: FxHashMap<&str, FxHashSet<usize>> = FxHashMap::default();
    for node in root.descendants().filter(|node| matches!(node.kind(), "identifier" | "string_content")) {
        seen.entry(node.text()).or_default().insert(node.span().start);
    }
    seen
}

struct Reader<'a, 't> {
    scopes: &'a Scopes<'t>,
    root: Node<'t>,
    classes: &'a [Node<'t>],
    stores: BTreeMap<&'t str, Vec<Store<'t>>>,
    /// Where the parsed text has each word.
    seen: FxHashMap<&'t str, FxHashSet<usize>>,
    wanted: &'a dyn Fn(&str) -> bool,
}

impl<'t> Reader<'_, 't> {
    fn of_class(&self, class: Node<'t>) -> Vec<Attribute<'t>> {
        let mut family = vec![class];
        let mut is_module = false;
        if !self.add_bases(class, &mut family, &mut is_module) {
            return Vec::new();
        }
        self.add_derived(&mut family);
        let members: Vec<(Node<'t>, Member<'t>)> = family.iter().flat_map(|class| members(*class)).collect();
        let mut names: BTreeSet<&'t str> = self
            .stores
            .iter()
            .filter(|(_, stores)| stores.iter().any(|store| store.class.is_some_and(|class| family.contains(&class))))
            .map(|(name, _)| *name)
            .collect();
        names.extend(members.iter().filter(|(_, member)| !matches!(member, Member::Other)).map(|(name, _)| name.text()));
        names
            .into_iter()
            .filter(|name| (self.wanted)(name))
            .filter_map(|name| self.attribute(class, &family, &members, name, is_module))
            .collect()
    }

    /// Adds the classes of the file that a class derives from. False if one of its bases is not known.
    fn add_bases(&self, class: Node<'t>, family: &mut Vec<Node<'t>>, is_module: &mut bool) -> bool {
        if let Some(decorated) = class.parent().filter(|parent| parent.kind() == "decorated_definition") {
            let known = |decorator: Node<'t>| {
                let inner = decorator.named_children().next();
                let function = inner.map(|inner| inner.field("function").unwrap_or(inner));
                function.and_then(|function| self.scopes.resolve(function)).is_some_and(|path| path == "dataclasses.dataclass")
            };
            if !decorated.named_children().filter(|child| child.kind() == "decorator").all(known) {
                return false;
            }
        }
        for base in class.field("superclasses").into_iter().flat_map(|bases| bases.named_children()).filter(|base| !base.is_comment()) {
            if base.kind() == "keyword_argument" {
                let metaclass = base.field("value").and_then(|value| self.scopes.resolve(value));
                if metaclass.as_deref() != Some("abc.ABCMeta") {
                    return false;
                }
                continue;
            }
            let head = if base.kind() == "subscript" { base.field("value").unwrap_or(base) } else { base };
            if let Some(path) = self.scopes.resolve(head) {
                *is_module |= path.starts_with("torch.nn.");
                if !PLAIN_BASES.contains(&path.as_str()) {
                    return false;
                }
                continue;
            }
            let Some(own) = self.class_named(head) else { return false };
            if !family.contains(&own) {
                family.push(own);
                if !self.add_bases(own, family, is_module) {
                    return false;
                }
            }
        }
        true
    }

    /// The class of the file's module level that a name means.
    fn class_named(&self, name: Node<'t>) -> Option<Node<'t>> {
        let mut named = self.classes.iter().filter(|class| class.field("name").is_some_and(|own| own.text() == name.text()));
        let (class, others) = (named.next()?, named.next());
        let once = matches!(self.scopes.bindings_in(0, name.text()), [binding] if binding.what == What::Other);
        (name.kind() == "identifier" && others.is_none() && once).then_some(*class)
    }

    /// Adds the classes of the file that derive from one of the family.
    fn add_derived(&self, family: &mut Vec<Node<'t>>) {
        loop {
            let names: FxHashSet<&str> = family.iter().filter_map(|class| Some(class.field("name")?.text())).collect();
            let derives = |class: &&Node<'t>| {
                let bases = class.field("superclasses").into_iter().flat_map(|bases| bases.descendants());
                !family.contains(class) && bases.into_iter().any(|base| base.kind() == "identifier" && names.contains(base.text()))
            };
            let new: Vec<Node<'t>> = self.classes.iter().filter(derives).copied().collect();
            if new.is_empty() {
                break;
            }
            family.extend(new);
        }
    }

    fn attribute(
        &self,
        class: Node<'t>,
        family: &[Node<'t>],
        members: &[(Node<'t>, Member<'t>)],
        name: &'t str,
        is_module: bool,
    ) -> Option<Attribute<'t>> {
        let mut attribute = Attribute { class, name, declared: None, values: Vec::new(), updated: false, fixed: false, is_module };
        let mut declared: Option<Fact> = None;
        let mut declare = |node: Node<'t>| {
            let fact = annotation(self.scopes, node)?;
            let same = declared.as_ref().is_none_or(|before| before.ty == fact.ty && before.library == fact.library);
            declared = Some(fact);
            same.then_some(())
        };
        for (_, member) in members.iter().filter(|(member, _)| member.text() == name) {
            match *member {
                Member::Field { declared, value } => {
                    declared.map_or(Some(()), &mut declare)?;
                    // What makes a field's default is a function of its own.
                    let made = value.filter(|value| declared.is_some() && value.kind() == "call");
                    if made.is_some_and(|call| call.descendants().any(|node| node.kind() == "none")) {
                        return None;
                    }
                    attribute.values.extend(value.filter(|_| made.is_none()));
                }
                Member::Other => return None,
            }
        }
        let own = |store: &&Store<'t>| store.class.is_none_or(|class| family.contains(&class));
        for store in self.stores.get(name).into_iter().flatten().filter(own) {
            match store.kind {
                _ if store.class.is_none() => return None,
                StoreKind::Value { value, declared } => {
                    declared.map_or(Some(()), &mut declare)?;
                    attribute.values.push(value);
                }
                StoreKind::Declared(node) => declare(node)?,
                StoreKind::Update => attribute.updated = true,
                StoreKind::Unknown => return None,
            }
        }
        if self.is_stored_unseen(name) {
            return None;
        }
        attribute.declared = declared;
        attribute.values = attribute.values.into_iter().map(|value| self.unwrapped(value)).collect();
        attribute.fixed = matches!(&attribute.values[..], [value] if is_in_init(*value)) && !self.root.text().contains("self.__init__");
        Some(attribute)
    }

    /// Text that was not parsed may give the attribute of some object another value.
    fn is_stored_unseen(&self, name: &str) -> bool {
        let text = self.root.text();
        let seen = |at: usize| self.seen.get(name).is_some_and(|seen| seen.contains(&at));
        occurrences(text, name).any(|at| !seen(at) && may_be_stored(text, at, name))
    }

    /// `nn.Parameter(x)` is `x` as far as its type goes.
    fn unwrapped(&self, value: Node<'t>) -> Node<'t> {
        let path = value.field("function").filter(|_| value.kind() == "call").and_then(|function| self.scopes.resolve(function));
        let wraps =
            path.is_some_and(|path| matches!(path.as_str(), "torch.nn.Parameter" | "torch.nn.parameter.Parameter" | "torch.nn.Buffer"));
        let arguments = Arguments::of(value);
        match arguments.positional.first() {
            Some(inner) if wraps && !arguments.splat => *inner,
            _ => value,
        }
    }
}

/// The value stands in `__init__` itself, outside of loops.
fn is_in_init(value: Node<'_>) -> bool {
    for node in std::iter::successors(value.parent(), |node| node.parent()) {
        match node.kind() {
            "for_statement" | "while_statement" | "lambda" | "class_definition" => return false,
            "function_definition" => {
                return node.field("name").is_some_and(|name| name.text() == "__init__") && receiver(node).is_some();
            }
            _ => {}
        }
    }
    false
}

/// What the body of a class binds a name to.
#[derive(Clone, Copy)]
enum Member<'t> {
    Field { declared: Option<Node<'t>>, value: Option<Node<'t>> },
    Other,
}

/// The names that a class's body binds itself.
fn members<'t>(class: Node<'t>) -> Vec<(Node<'t>, Member<'t>)> {
    let mut found = Vec::new();
    let mut stack: Vec<Node<'t>> = class.field("body").into_iter().collect();
    while let Some(node) = stack.pop() {
        match node.kind() {
            "function_definition" | "class_definition" => found.extend(node.field("name").map(|name| (name, Member::Other))),
            "assignment" => {
                let Some(left) = node.field("left") else { continue };
                let direct = left.kind() == "identifier" && node.parent().and_then(|parent| parent.parent()) == class.field("body");
                let field = Member::Field { declared: node.field("type"), value: node.field("right") };
                let names = left.descendants().filter(|name| name.kind() == "identifier");
                found.extend(names.map(|name| (name, if direct { field } else { Member::Other })));
                stack.extend(node.field("right").filter(|right| right.kind() == "assignment"));
            }
            "lambda" => {}
            "identifier" => {
                let read = node.parent().is_some_and(|parent| matches!(parent.kind(), "call" | "attribute" | "argument_list" | "type"));
                found.extend((!read).then_some((node, Member::Other)));
            }
            _ => stack.extend(node.named_children()),
        }
    }
    found
}
