//! Python that is followed gives what Python gives.

use std::path::Path;
use std::rc::Rc;

use wright::interpret::{Followed, Host, Interpreter, Object, Sources, Stop, Tensor, Value, on_large_stack};

#[path = "backend/python.rs"]
mod python;

use python::{ROOT, printed, python};

/// A host without tensors.
struct NoTensors;

impl<'t> Host<'t> for NoTensors {
    fn call(&mut self, path: &str, _: &[Value<'t>], _: &[(Rc<str>, Value<'t>)]) -> Followed<Value<'t>> {
        Err(Stop::undecided(format!("no `{path}`")))
    }

    fn lengths(&self, _: &Tensor) -> Option<String> {
        None
    }

    fn enter(&mut self, _: &Rc<Object<'t>>) {}

    fn leave(&mut self) {}

    fn name(&mut self, _: &Tensor, _: &str) {}
}

/// The texts in the list that a function of a file returns.
fn followed(file: &str, function: &str) -> Result<Vec<String>, String> {
    on_large_stack(|| results(file, function)).expect("a thread")
}

fn results(file: &str, function: &str) -> Result<Vec<String>, String> {
    let (sources, file) = (Sources::default(), Path::new(ROOT).join(file));
    let mut interpreter = Interpreter::new(&sources, NoTensors);
    let module = Value::Module(interpreter.load(&file)?);
    let function = interpreter.attribute_named(&module, function).map_err(|stop| stop.to_string())?.ok_or("no such function")?;
    let result = interpreter.call(&function, Vec::new(), Vec::new()).map_err(|stop| stop.to_string())?;
    let items = interpreter.iterated(&result).map_err(|stop| stop.to_string())?;
    items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(|| format!("a {}", item.type_name()))).collect()
}

#[test]
fn programs_give_what_python_gives() {
    let script =
        format!("import sys; sys.path.insert(0, '{ROOT}/tests/interpret'); import programs; print('\\n'.join(programs.results()))");
    let expected = printed(&python(), &["-c", &script]);
    let found = followed("tests/interpret/programs.py", "results").expect("the programs can be followed");
    assert_eq!(found.join("\n"), expected);
}

#[test]
fn what_cannot_be_decided_says_where_and_why() {
    for (function, places) in [
        ("reads_a_file", &["`open` is not supported", "refused.py:"][..]),
        ("runs_text", &["`exec` is not followed"]),
        ("never_ends", &["steps"]),
        ("calls_itself", &["nested deeper"]),
        ("needs_a_package", &["no_such_package", "was not found"]),
        ("raises", &["ValueError: seven is too many", "refused.py:29:5"]),
        ("has_a_metaclass", &["metaclass"]),
        ("makes_itself", &["__new__"]),
        ("repeats_without_end", &["too long"]),
        ("waits", &["async"]),
        ("reads_every_attribute", &["__getattribute__"]),
        ("has_a_descriptor", &["`four` is a descriptor"]),
        ("has_no_setter", &["AttributeError", "no setter"]),
    ] {
        let why = followed("tests/interpret/refused.py", function).expect_err(function);
        for place in places {
            assert!(why.contains(place), "{function}: expected `{place}` in: {why}");
        }
    }
}
