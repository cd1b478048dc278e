use std::collections::{BTreeMap, BTreeSet};

use super::Proposal;
use super::analogy::carried;
use crate::repair::HOLE;
use crate::repair::files::FileEdit;
use crate::repair::problem::Offer;
use crate::repair::scene::{Scene, above, replacement};
use crate::syntax::{Edit, Node, Span, Tree};

/// Known values that are proposed for a missing argument.
const MOST: usize = 10;
/// How much later the next place for the argument comes.
const NEXT_PLACE: u32 = 5;

/// A call that lacks an argument.
struct Call<'t> {
    /// The function's own name.
    function: &'t str,
    arguments: Vec<Node<'t>>,
    list: Node<'t>,
}

/// A parameter of a function, as it is declared.
struct Parameter<'t> {
    name: &'t str,
    ty: &'t str,
}

/// Values that are known at a call in the place of the argument that it lacks.
pub(super) fn proposals(scene: Scene) -> Vec<Proposal> {
    let Some(call) = scene.node().and_then(call) else { return Vec::new() };
    let known = known(scene);
    match parameters(scene, call.arguments.len() + 1) {
        Some(parameters) => inserted(scene, &call, &parameters, &known),
        None => offered(scene, &call, &known),
    }
}

fn call(node: Node<'_>) -> Option<Call<'_>> {
    let call = above(node, &["call_expression"])?;
    let function = call.field("function")?;
    let list = call.field("arguments")?;
    Some(Call { function: last_name(function), arguments: arguments(list), list })
}

fn arguments(list: Node<'_>) -> Vec<Node<'_>> {
    list.named_children().filter(|node| !node.is_comment()).collect()
}

fn last_name(function: Node<'_>) -> &str {
    let name = function.field("field").or_else(|| function.field("name")).unwrap_or(function);
    name.text()
}

/// The parameters of the function that the compiler shows, if they are this many.
fn parameters(scene: Scene<'_>, count: usize) -> Option<Vec<Parameter<'_>>> {
    let shown = scene.problem.notes.iter().flat_map(|note| &note.marks).filter_map(|mark| scene.trees.node(mark));
    let function = shown.filter_map(|node| above(node, &["function_item", "function_signature_item"])).next()?;
    let declared = function.field("parameters")?.named_children().filter(|node| node.kind() == "parameter");
    declared.map(parameter).collect::<Option<Vec<_>>>().filter(|parameters| parameters.len() == count)
}

fn parameter(node: Node<'_>) -> Option<Parameter<'_>> {
    Some(Parameter { name: node.field("pattern")?.text().trim_start_matches("mut "), ty: node.field("type")?.text() })
}

/// The argument at each place where it may be missing, the likeliest first: names say which parameters the other arguments are for.
fn inserted(scene: Scene, call: &Call, parameters: &[Parameter], known: &Known) -> Vec<Proposal> {
    let said = scene.problem.said().find_map(|said| said.split_once("argument #")?.1.split(' ').next()?.parse::<usize>().ok());
    let mut places: Vec<usize> = (0..parameters.len()).collect();
    places.sort_by_key(|place| (std::cmp::Reverse(fitness(call, parameters, *place, known)), Some(*place + 1) != said));
    let mut found = Vec::new();
    for (turn, place) in places.into_iter().enumerate() {
        let parameter = &parameters[place];
        for (order, value) in values(scene, call, place, &[parameter.name], parameter.ty, known).into_iter().enumerate() {
            let (at, text) = match (call.arguments.get(place), call.arguments.last()) {
                (Some(next), _) => (next.span().start, format!("{value}, ")),
                (None, Some(last)) => (last.span().end, format!(", {value}")),
                (None, None) => (call.list.span().start + 1, value.clone()),
            };
            let edits = vec![replacement(scene.file(), Span::new(at, at), text)];
            found.push(Proposal { order: order as u32 + turn as u32 * NEXT_PLACE, ..Proposal::new(edits).say(format!("pass `{value}`")) });
        }
    }
    found
}

/// How well the arguments that are there fit the other parameters.
fn fitness(call: &Call, parameters: &[Parameter], missing: usize, known: &Known) -> usize {
    let others = parameters.iter().enumerate().filter(|(place, _)| *place != missing).map(|(_, parameter)| parameter);
    let fits = |(argument, parameter): (&Node, &Parameter)| {
        let name = argument.text().rsplit(|c: char| !c.is_alphanumeric() && c != '_').find(|word| !word.is_empty()).unwrap_or("");
        let likeness = match name == parameter.name {
            true => 2,
            false => usize::from(!name.is_empty() && (parameter.name.starts_with(name) || name.starts_with(parameter.name))),
        };
        likeness + usize::from(known.get(argument.text()).is_some_and(|(_, ty)| ty.as_deref() == Some(parameter.ty)))
    };
    call.arguments.iter().zip(others).map(fits).sum()
}

/// What the compiler offers with a placeholder, with values in the placeholder's place.
fn offered(scene: Scene, call: &Call, known: &Known) -> Vec<Proposal> {
    let shown = scene.problem.notes.iter().flat_map(|note| &note.marks).filter_map(|mark| scene.trees.node(mark));
    let names: Vec<&str> =
        shown.filter(|node| node.kind() == "parameter").filter_map(|node| node.field("pattern")).map(Node::text).collect();
    let mut found = Vec::new();
    for offer in &scene.problem.offers {
        let holes = offer.edits.iter().enumerate().filter_map(|(index, edit)| Some((index, placeholder(&edit.edit.text)?)));
        if let Some((index, (before, ty, after))) = holes.take(1).next() {
            for (order, value) in values(scene, call, before.matches(',').count(), &names, ty, known).into_iter().enumerate() {
                let filled = with(offer, index, format!("{before}{value}{after}"));
                found.push(Proposal { order: order as u32, ..Proposal::new(filled).say(format!("pass `{value}`")) });
            }
        }
    }
    found
}

/// The text around the first `/* type */`, and the type.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("/* ")?;
    let (ty, after) = rest.split_once(" */")?;
    Some((before, ty, after))
}

/// The edits of an offer with another text for one of them.
fn with(offer: &Offer, index: usize, text: String) -> Vec<FileEdit> {
    let mut edits = offer.edits.clone();
    edits[index].edit = Edit { span: edits[index].edit.span, text };
    edits
}

/// Values that may be meant, the likeliest first: what other calls pass there, what bears the parameter's name, what is known near by. Then a
/// hole, which compiles and panics, before a value that is made up.
fn values(scene: Scene, call: &Call, place: usize, names: &[&str], ty: &str, known: &Known) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    if let Some(tree) = scene.trees.of(scene.file()) {
        found.extend(passed(tree, call, place).into_iter().filter(|value| is_known(value, known)));
    }
    for name in names {
        if known.contains_key("self") {
            found.push(format!("self.{name}"));
        }
        if known.contains_key(*name) {
            found.push((*name).to_owned());
        }
    }
    let of_type = |wanted: bool| {
        let mut names: Vec<(&String, &(usize, Option<String>))> =
            known.iter().filter(|(_, (_, declared))| (declared.as_deref() == Some(ty)) == wanted).collect();
        names.sort_by_key(|(_, (at, _))| std::cmp::Reverse(*at));
        names.into_iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    found.extend(of_type(true));
    found.extend(of_type(false));
    let mut seen = BTreeSet::from(["self".to_owned()]);
    found.retain(|value| seen.insert(value.clone()));
    found.truncate(MOST);
    found.extend([HOLE, neutral(ty)].map(str::to_owned));
    found
}

/// A literal, a constant, or something made of a variable that is known.
fn is_known(value: &str, known: &Known) -> bool {
    let word = value.split(|c: char| !c.is_alphanumeric() && c != '_').find(|word| !word.is_empty());
    word.is_none_or(|word| known.contains_key(word) || !word.starts_with(char::is_lowercase) || matches!(word, "true" | "false"))
}

/// A value that types of this name have; only tests can say whether it is right.
fn neutral(ty: &str) -> &'static str {
    match ty {
        "bool" => "false",
        "&str" => "\"\"",
        "f32" | "f64" => "0.0",
        _ if crate::rules::is_number(ty) => "0",
        _ if ty.starts_with("Option<") => "None",
        _ => "Default::default()",
    }
}

/// What other calls of the function pass at a place; first as it would be here by the arguments that are there.
fn passed(tree: &Tree, call: &Call, place: usize) -> Vec<String> {
    let text = |nodes: &[Node]| nodes.iter().map(|node| node.text()).collect::<Vec<_>>().join(", ");
    let here = text(&call.arguments);
    let (mut alike, mut others) = (Vec::new(), Vec::new());
    for other in tree.root().descendants().filter(|node| node.kind() == "call_expression") {
        if other.field("function").is_none_or(|callee| last_name(callee) != call.function) {
            continue;
        }
        let Some(mut rest) = other.field("arguments").map(arguments).filter(|rest| place < rest.len()) else { continue };
        let value = rest.remove(place).text();
        alike.extend(carried(&text(&rest), &here, value));
        others.push(value.to_owned());
    }
    alike.extend(others);
    alike
}

/// The parameters and variables of the function around the error that are known at it: where each is bound, and its type if it is written.
type Known = BTreeMap<String, (usize, Option<String>)>;

fn known(scene: Scene) -> Known {
    let mut found = Known::new();
    let Some(function) = scene.function() else { return found };
    let at = scene.problem.mark.span.start;
    for node in function.descendants().take_while(|node| node.span().start < at) {
        let (names, ty) = match node.kind() {
            "self_parameter" => {
                found.insert("self".to_owned(), (node.span().start, None));
                continue;
            }
            "parameter" | "let_declaration" if node.span().end <= at => {
                (node.field("pattern"), node.field("type").map(|ty| ty.text().to_owned()))
            }
            "for_expression" | "match_pattern" | "let_condition" | "closure_parameters" => {
                (Some(node.field("pattern").unwrap_or(node)), None)
            }
            _ => continue,
        };
        for name in names.into_iter().flat_map(Node::descendants).filter(|name| name.kind() == "identifier") {
            found.insert(name.text().to_owned(), (node.span().start, ty.clone()));
        }
    }
    found
}
