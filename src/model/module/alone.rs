//! Modules that refuse what they themselves made, whatever they are given: each class of a file is made with what its constructor has by
//! default and called with inputs whose lengths are symbols.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use typed_arena::Arena;

use super::arguments::tensor;
use super::host::Modeller;
use super::made::{Parameter, parameters};
use super::misfit::{Misfit, SCRIPT, narrow, refusal};
use crate::interpret::{Cause, Interpreter, Sources, Stop, Value, is_module};
use crate::ir::{DType, Dim, Shape, Symbol, Type};
use crate::model::StateDict;
use crate::syntax::Tree;

/// The types that an input is tried with. Which one is right is not known: what is said holds for all that a module takes at all.
const GUESSES: &[(DType, &[&str])] = &[
    (DType::F32, &["n", "c"]),
    (DType::F32, &["n", "l", "c"]),
    (DType::F32, &["n", "c", "h", "w"]),
    (DType::F32, &["n", "c", "d", "h", "w"]),
    (DType::I64, &["n"]),
    (DType::I64, &["n", "l"]),
];

/// More inputs than these are all tried with the same type.
const MIXED: usize = 2;

/// The classes of a file that refuse what they made.
pub(super) fn misfits(tree: &Tree) -> Vec<Misfit> {
    let classes = tree.root().named_children().filter(|node| node.kind() == "class_definition");
    let steps = Rc::default();
    classes.filter_map(|class| misfit(tree, class.field("name")?.text(), &steps)).collect()
}

/// What became of a call.
enum Outcome {
    /// The number of inputs that it has to be given, if it is given none.
    Takes(usize),
    /// The result is there, or what it is depends on what is not known.
    Open,
    /// The module does not take inputs of these types.
    NotTaken,
    /// A layer is given a number of features or channels that it does not take.
    Refused(Misfit),
}

fn misfit(tree: &Tree, class: &str, steps: &Rc<Cell<u64>>) -> Option<Misfit> {
    let mut found: Option<Misfit> = None;
    let mut guesses = vec![Vec::new()];
    while let Some(guess) = guesses.pop() {
        match outcome(tree, class, &guess, steps)? {
            Outcome::Takes(inputs) => guesses = guesses_for(inputs),
            Outcome::Open => return None,
            Outcome::NotTaken => {}
            Outcome::Refused(misfit) if found.as_ref().is_some_and(|found| found.span != misfit.span) => return None,
            Outcome::Refused(misfit) => {
                found.get_or_insert(misfit);
            }
        }
    }
    let Misfit { message, .. } = found.as_ref()?;
    let message = format!("`{class}`, made with its defaults, takes no input: {message}");
    found.map(|misfit| Misfit { message, ..misfit })
}

/// Calls a module, again with each length that its layers ask for.
fn outcome(tree: &Tree, class: &str, guess: &[usize], steps: &Rc<Cell<u64>>) -> Option<Outcome> {
    let mut lengths = HashMap::new();
    loop {
        let (outcome, assumed) = called(tree, class, guess, &lengths, steps)?;
        let before = lengths.len();
        for (symbol, number) in assumed {
            lengths.entry(symbol).or_insert(number);
        }
        if lengths.len() == before {
            return Some(outcome);
        }
    }
}

/// The combinations of types, the likeliest last.
fn guesses_for(inputs: usize) -> Vec<Vec<usize>> {
    let each = 0..GUESSES.len();
    let mut all: Vec<Vec<usize>> = match inputs {
        0 => Vec::new(),
        1..=MIXED => (0..inputs).fold(vec![Vec::new()], |before, _| {
            before.iter().flat_map(|guess| each.clone().map(|one| [&guess[..], &[one]].concat())).collect()
        }),
        _ => each.map(|one| vec![one; inputs]).collect(),
    };
    all.reverse();
    all
}

/// Lengths that are known by then.
type Lengths = HashMap<Symbol, i64>;

/// Makes a module and calls it with inputs of these types; and the lengths that were asked for. `None` if it is no module, or cannot be made.
fn called(tree: &Tree, class: &str, guess: &[usize], lengths: &Lengths, steps: &Rc<Cell<u64>>) -> Option<(Outcome, Vec<(Symbol, i64)>)> {
    let (sources, nodes) = (Sources::default(), Arena::new());
    let mut interpreter = Interpreter::new(&sources, Modeller::new(&nodes, StateDict::new())).after(steps);
    interpreter.host.has_weights = false;
    let file = Value::Module(interpreter.module_of(tree, SCRIPT));
    let class = interpreter.attribute_named(&file, class).ok()??;
    if !matches!(&class, Value::Class(class) if is_module(class)) {
        return None;
    }
    let settings = settings(&parameters(&mut interpreter, &class).ok()?, lengths)?;
    let module = interpreter.call(&class, Vec::new(), settings).ok()?;
    let Some(Value::Method(forward)) = interpreter.attribute_named(&module, "forward").ok()? else { return None };
    let taken: Vec<_> = parameters(&mut interpreter, &forward.1).ok()?.into_iter().skip(1).filter(|one| one.is_needed()).collect();
    if guess.is_empty() {
        return Some((Outcome::Takes(taken.len()), Vec::new()));
    }
    let mut inputs = Vec::new();
    for (number, (parameter, guess)) in taken.iter().zip(guess).enumerate() {
        let input = interpreter.host.input(&parameter.name, guessed(*guess, number, lengths));
        inputs.push((Rc::from(parameter.name.as_str()), tensor(input)));
    }
    let outcome = match interpreter.call(&module, Vec::new(), inputs) {
        Ok(_) => Outcome::Open,
        Err(stop) if stop.cause == Cause::Undecided => Outcome::Open,
        Err(stop) => refused(&interpreter, tree, &stop).map_or(Outcome::NotTaken, Outcome::Refused),
    };
    Some((outcome, interpreter.host.assumed))
}

/// The type of an input by its number. The first axis is that of examples, which all have in common.
fn guessed(guess: usize, number: usize, lengths: &Lengths) -> Type {
    let (dtype, names) = GUESSES[guess];
    let name = |(axis, name): (usize, &&str)| if axis == 0 || number == 0 { (*name).to_owned() } else { format!("{name}{}", number + 1) };
    Type::array(dtype, Shape::Ranked(names.iter().enumerate().map(|axis| length(&name(axis), lengths)).collect()))
}

/// A length by its name: a number once it is known.
fn length(name: &str, lengths: &Lengths) -> Dim {
    lengths.get(name).map_or_else(|| Dim::symbol(name), |number| Dim::known(*number))
}

/// Whole numbers that are symbols for what a constructor needs; `None` if it needs something else.
fn settings<'t>(parameters: &[Parameter<'t>], lengths: &Lengths) -> Option<Vec<(Rc<str>, Value<'t>)>> {
    let needed = parameters.iter().filter(|parameter| parameter.is_needed());
    let taken = |name: &str| GUESSES.iter().any(|(_, names)| names.contains(&name));
    needed
        .map(|one| {
            (one.may_be_whole() && !taken(&one.name)).then(|| (Rc::from(one.name.as_str()), Value::length(length(&one.name, lengths))))
        })
        .collect()
}

/// A layer that is given another number of features or channels than it takes, where both are known.
fn refused<'t>(interpreter: &Interpreter<'t, Modeller<'_, 't>>, tree: &'t Tree, stop: &Stop) -> Option<Misfit> {
    let (_, _, [Value::Tensor(given), ..]) = interpreter.refused()? else { return None };
    // An input of integers is refused for its type.
    if interpreter.host.ty(given).ok()?.dtype() != Some(DType::F32) {
        return None;
    }
    narrow(interpreter)?.as_known()?;
    refusal(interpreter, tree, stop)
}
