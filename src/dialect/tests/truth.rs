//! The templates of the Python tables against the libraries: a row's text, run, gives what the op's reference evaluation gives.

use std::collections::{BTreeSet, HashMap};
use std::io::Write;
use std::process::{Command, Stdio};

use ndarray::{ArrayD, IxDyn};
use serde_json::{Value as Json, json};

use super::fixture::Terms;
use super::rows::{Draws, build, changed, codes, concrete_world, text_by, values};
use crate::dialect::Printing;
use crate::dialect::engine::CodeId;
use crate::ir::{Attr, DType, Data, EvalArg, Id, Node, Target, Value};

/// A text to run and what the reference evaluation gives for its term.
struct Case {
    place: String,
    text: String,
    expected: Result<Value, String>,
}

#[test]
fn numpy_templates_give_what_the_ops_say() {
    hold_to_python(Target::Numpy);
}

#[test]
fn torch_templates_give_what_the_ops_say() {
    hold_to_python(Target::Torch);
}

#[test]
fn rust_templates_give_what_the_ops_say() {
    hold(Target::Rust, super::compiled::run);
}

fn hold_to_python(target: Target) {
    hold(target, run_python);
}

/// Runs texts over leaves and gives what `truth.py` gives.
type Run = fn(&Terms, &[Value], &[&str]) -> Vec<Json>;

fn hold(target: Target, run: Run) {
    let (mut terms, leaves) = concrete_world(target);
    let given = leaf_values(&terms);
    let cases: Vec<Case> = codes(terms.dialect).into_iter().flat_map(|code| cases(&mut terms, &leaves, &given, code)).collect();
    let texts: Vec<&str> = cases.iter().map(|case| case.text.as_str()).collect();
    let found = run(&terms, &given, &texts);
    assert_eq!(found.len(), cases.len());
    let wrong = wrong(&cases, &found);
    assert!(wrong.is_empty(), "{} of {} texts:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// What is wrong, case by case. A library that refuses operands which the op accepts is right if it takes others of the template: rules
/// keep types, so they print what could be written.
fn wrong(cases: &[Case], found: &[Json]) -> Vec<String> {
    let ran: BTreeSet<&str> =
        cases.iter().zip(found).filter(|(_, found)| found.get("error").is_none()).map(|(case, _)| case.place.as_str()).collect();
    let told = cases.iter().zip(found).filter(|(case, found)| found.get("error").is_none() || !ran.contains(case.place.as_str()));
    told.filter_map(|(case, found)| difference(case, found)).collect()
}

/// Up to six texts of a template whose terms the reference evaluation has a value for, or one that it refuses.
fn cases(terms: &mut Terms, leaves: &[Id], given: &[Value], id: CodeId) -> Vec<Case> {
    let (row, code) = terms.dialect.code(id);
    let mut draws = Draws::new(29);
    let mut found: Vec<Case> = Vec::new();
    for _ in 0..3000 {
        let drawn = values(terms, row, code, leaves, &mut draws);
        let Some(root) = build(terms, &row.term, &drawn) else { continue };
        let Some(text) = text_by(terms, id, root) else { continue };
        if found.iter().any(|case| case.text == text) || has_symbols(terms, root) {
            continue;
        }
        let Some(text) = evaluated(terms, root, text) else { continue };
        let place = format!("{} (template {})", row.place, id.code);
        match eval(terms, root, given) {
            // The parts of an integer matrix's factorization are seldom unique.
            Ok(Value::Tuple(_)) if !of_floats(terms, root) => continue,
            Ok(value) => found.push(Case { place, text, expected: Ok(value) }),
            Err(error) if found.is_empty() => found.push(Case { place, text, expected: Err(error) }),
            Err(_) => continue,
        }
        if found.iter().filter(|case| case.expected.is_ok()).count() == 6 || row.vars.is_empty() {
            break;
        }
    }
    found
}

/// An expression for what a statement makes of a copy of its place; a text that is no statement, as it is. `None` if the statement reads
/// what it changes, or changes something else than a name.
fn evaluated(terms: &Terms, root: Id, text: String) -> Option<String> {
    let Some(place) = changed(terms, root) else { return Some(text) };
    let name = terms.stop(place)?.text;
    let reads = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| *word == name).count();
    (reads == 1 && text.contains(&name)).then(|| format!("{{ let mut {name} = {name}.to_owned(); {text}; {name} }}"))
}

fn of_floats(terms: &Terms, root: Id) -> bool {
    let Node::Op(_, args) = &terms.nodes[root] else { return true };
    args.iter().filter_map(|arg| terms.types[usize::from(*arg)].dtype()).all(DType::is_float)
}

fn has_symbols(terms: &Terms, root: Id) -> bool {
    let Node::Op(_, args) = &terms.nodes[root] else { return false };
    args.iter().any(|&arg| match &terms.nodes[arg] {
        Node::Attr(Attr::Dims(dims)) => dims.iter().any(|dim| dim.as_known().is_none()),
        _ => has_symbols(terms, arg),
    })
}

/// The reference evaluation of a term.
pub fn eval(terms: &Terms, id: Id, given: &[Value]) -> Result<Value, String> {
    match &terms.nodes[id] {
        Node::Const(value) => Ok(Value::of_const(value)),
        Node::Leaf(leaf) => Ok(given[leaf.0 as usize].clone()),
        Node::Attr(_) => Err("an attribute has no value".to_string()),
        Node::Op(op, args) => {
            let mut operands = HashMap::new();
            for &arg in args.iter().filter(|&&arg| !matches!(terms.nodes[arg], Node::Attr(_))) {
                operands.insert(arg, eval(terms, arg, given)?);
            }
            let args: Vec<EvalArg> = args
                .iter()
                .map(|arg| match &terms.nodes[*arg] {
                    Node::Attr(attr) => EvalArg::Attr(attr),
                    _ => EvalArg::Value(&operands[arg]),
                })
                .collect();
            (op.def().eval)(terms.dialect.target(), &args).map_err(|error| error.to_string())
        }
    }
}

/// Values within (0, 1), with square matrices symmetric and positive definite; small indices; both truths.
fn leaf_values(terms: &Terms) -> Vec<Value> {
    let mut draws = Draws::new(5);
    let mut found = Vec::new();
    for (_, ty, _) in &terms.leaves {
        let shape: Vec<usize> = ty.shape().value(&|_| None).unwrap_or_default();
        let mut unit = |_: IxDyn| (1 + draws.below(97)) as f64 / 100.0;
        let mut data = ArrayD::from_shape_fn(IxDyn(&shape), &mut unit);
        if let [.., rows, columns] = shape[..]
            && rows == columns
        {
            data = (&data + &data.clone().permuted_axes(swapped(shape.len()))) / 2.0;
            data.indexed_iter_mut().filter(|(at, _)| at[shape.len() - 1] == at[shape.len() - 2]).for_each(|(_, x)| *x += 4.0);
        }
        let dtype = ty.dtype().unwrap_or(DType::F64);
        let value = match dtype {
            DType::Bool => Value::bool(data.mapv(|x| x > 0.5)),
            _ if dtype.is_int() => Value::int(dtype, data.mapv(|x| (x * 3.0) as i128)),
            _ => Value::float(dtype, data),
        };
        found.push(match value {
            Value::Array { dtype, data, .. } => Value::Array { dtype, weak: ty.is_weak(), data },
            other => other,
        });
    }
    found
}

/// The axes with the last two exchanged.
fn swapped(rank: usize) -> Vec<usize> {
    let mut axes: Vec<usize> = (0..rank).collect();
    axes.swap(rank - 1, rank - 2);
    axes
}

fn run_python(terms: &Terms, given: &[Value], texts: &[&str]) -> Vec<Json> {
    let leaf = |((name, ..), value): (&(String, _, _), &Value)| (name.clone(), leaf(value));
    let leaves: serde_json::Map<String, Json> = terms.leaves.iter().zip(given).map(leaf).collect();
    let cases: Vec<Json> = texts.iter().map(|text| json!({ "text": text })).collect();
    ask_python(&json!({ "target": terms.dialect.target().name(), "leaves": leaves, "cases": cases }))
}

/// A value as `truth.py` reads it.
pub fn leaf(value: &Value) -> Json {
    let Value::Array { dtype, weak, data } = value else { return Json::Null };
    let text: Vec<String> = match data {
        Data::Bool(data) => data.iter().map(|x| u8::from(*x).to_string()).collect(),
        Data::Int(data) => data.iter().map(i128::to_string).collect(),
        Data::Float(data) => data.iter().map(|x| format!("{x:?}")).collect(),
    };
    json!({ "dtype": numpy_name(*dtype), "weak": weak, "shape": value.shape(), "data": text })
}

/// What `truth.py` answers.
pub fn ask_python(request: &Json) -> Vec<Json> {
    let root = env!("CARGO_MANIFEST_DIR");
    let python = Command::new("sh").arg("tests/python.sh").current_dir(root).output().unwrap();
    let python = String::from_utf8(python.stdout).unwrap();
    let mut child = Command::new(python.trim())
        .arg("src/dialect/tests/truth.py")
        .current_dir(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What is wrong with a text's result, if anything.
fn difference(case: &Case, found: &Json) -> Option<String> {
    let told = |what: String| Some(format!("{}: `{}` {what}", case.place, case.text));
    match (&case.expected, found.get("error").and_then(Json::as_str)) {
        (Err(_), Some(_)) => None,
        (Err(error), None) => told(format!("has a value, but the op says: {error}")),
        (Ok(_), Some(error)) => told(format!("fails: {error}")),
        (Ok(value), None) => compare(value, found, false).and_then(told),
    }
}

/// Parts of a tuple are compared without signs, which a factorization may choose.
fn compare(value: &Value, found: &Json, part: bool) -> Option<String> {
    match value {
        Value::Tuple(items) => {
            let parts = found.get("tuple").and_then(Json::as_array).filter(|parts| parts.len() == items.len());
            let Some(parts) = parts else { return Some(format!("is no tuple of {}", items.len())) };
            items.iter().zip(parts).find_map(|(item, part)| compare(item, part, true))
        }
        Value::Array { dtype, weak, .. } => {
            let name = numpy_name(*dtype);
            if found["dtype"] != name || found["weak"] != *weak || found["shape"] != json!(value.shape()) {
                let (dtype, weak, shape) = (&found["dtype"], &found["weak"], &found["shape"]);
                return Some(format!("is {dtype} {shape} (Python number: {weak}), but the op says {}", value.ty()));
            }
            let numbers: Vec<f64> = found["data"].as_array()?.iter().filter_map(|x| x.as_str()?.parse().ok()).collect();
            let sign = |x: f64| if part { x.abs() } else { x };
            let tolerance = if *dtype == DType::F64 { 1e-9 } else { 2e-4 };
            let close = |a: f64, b: f64| a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance * (1.0 + b.abs());
            let far = value.to_f64().iter().zip(&numbers).find(|(a, b)| !close(sign(**a), sign(**b))).map(|(a, b)| (*a, *b));
            far.map(|(a, b)| format!("has an element {b:?} where the op has {a:?}"))
        }
    }
}

/// A dtype as NumPy calls it.
pub fn numpy_name(dtype: DType) -> String {
    let name = dtype.name();
    let (letter, bits) = name.split_at(1);
    match letter {
        _ if dtype == DType::BF16 => "bfloat16".to_string(),
        "f" => format!("float{bits}"),
        "i" => format!("int{bits}"),
        "u" => format!("uint{bits}"),
        _ => name.to_string(),
    }
}
