//! Every template of every built-in table, and random terms: what is printed is read as the same term.

use proptest::prelude::*;
use smallvec::SmallVec;

use super::fixture::Terms;

use crate::dialect::engine::{CodeId, Value, operands};
use crate::dialect::hole::HoleKind;
use crate::dialect::print::Printer;
use crate::dialect::table::{Code, Default, Row};
use crate::dialect::template::Pattern;
use crate::dialect::term::{Role, Term};
use crate::dialect::{Dialect, Form, Lowering, Printing};
use crate::ir::{Attr, AttrKind, Const, DType, Dim, Group, Id, Node, Shape, Target, Type};
use crate::syntax::Tree;

/// A linear congruential generator: the tests want the same draws on every machine.
pub struct Draws(u64);

impl Draws {
    pub fn new(seed: u64) -> Draws {
        Draws(seed)
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % n
    }

    pub fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}

fn shape(lengths: &[i64]) -> Shape {
    Shape::Ranked(lengths.iter().map(|&n| Dim::known(n)).collect())
}

fn types(target: Target) -> Vec<Type> {
    let (shapes, dtypes): (&[&[i64]], &[DType]) = match target {
        Target::Rust => (&[&[], &[3], &[3, 3], &[2, 3]], &[DType::F64, DType::F32, DType::I32, DType::U64, DType::I64, DType::Bool]),
        _ => (
            &[&[], &[3], &[3, 3], &[2, 3], &[4], &[2, 3, 3], &[2, 4, 6, 6], &[4, 4, 3, 3], &[2, 4, 6], &[4, 4, 3]],
            &[DType::F64, DType::F32, DType::I64, DType::Bool],
        ),
    };
    let of_shape = |dtype: &DType| shapes.iter().map(|s| Type::array(*dtype, shape(s))).collect::<Vec<_>>();
    let mut found: Vec<Type> = dtypes.iter().flat_map(of_shape).collect();
    found.extend(dtypes.iter().take(3).map(|dtype| Type::array(*dtype, Shape::Unknown)));
    if target != Target::Rust {
        found.extend([DType::F64, DType::I64, DType::Bool].map(Type::weak));
    }
    found
}

/// A world of leaves of all types, some of them references or temporaries in Rust.
fn world(target: Target) -> (Terms, Vec<Id>) {
    let mut terms = Terms::new(target);
    let mut leaves = Vec::new();
    for (i, ty) in types(target).into_iter().enumerate() {
        leaves.push(terms.leaf(&format!("x{i}"), ty.clone(), Form::Place));
        if target == Target::Rust {
            leaves.push(terms.leaf(&format!("r{i}"), ty.clone(), Form::Reference));
            leaves.push(terms.leaf(&format!("t{i}()"), ty, Form::Value));
        }
    }
    let tuple = Type::Tuple(vec![Type::scalar(DType::F64), Type::scalar(DType::F64)]);
    leaves.push(terms.leaf("pair", tuple, Form::Place));
    (terms, leaves)
}

/// The leaves whose shapes are known, without tuples.
pub fn concrete_world(target: Target) -> (Terms, Vec<Id>) {
    let mut terms = Terms::new(target);
    let mut leaves = Vec::new();
    for (i, ty) in types(target).into_iter().filter(|ty| *ty.shape() != Shape::Unknown).enumerate() {
        leaves.push(terms.leaf(&format!("x{i}"), ty.clone(), Form::Place));
        if target == Target::Rust {
            leaves.push(terms.leaf(&format!("r{i}"), ty, Form::Reference));
        }
    }
    (terms, leaves)
}

fn constants(target: Target) -> Vec<Const> {
    match target {
        Target::Rust => vec![
            Const::typed_float(DType::F64, 2.0),
            Const::typed_float(DType::F64, -0.5),
            Const::typed_float(DType::F32, 2.5),
            Const::typed_float(DType::F64, std::f64::consts::PI),
            Const::typed_int(DType::I32, 3),
            Const::typed_int(DType::I32, -2),
            Const::typed_int(DType::U32, 2),
        ],
        _ => vec![Const::float(2.0), Const::float(-0.5), Const::int(3), Const::int(-2), Const::float(f64::INFINITY), Const::float(1e-9)],
    }
}

fn attrs(kind: AttrKind) -> Vec<Attr> {
    let ints = |list: &[i64]| Attr::Ints(list.to_vec());
    match kind {
        AttrKind::Bool => vec![Attr::Bool(false), Attr::Bool(true)],
        AttrKind::Int => [0, 1, -1, 2, -2, 3].map(Attr::Int).to_vec(),
        AttrKind::Float => [1.0, 0.5, 2.0, 0.0, 1e-5, -1.0].map(Attr::float).to_vec(),
        AttrKind::Axes => vec![Attr::None, Attr::Int(0), Attr::Int(-1), Attr::Int(1), ints(&[0, 1]), ints(&[-2, -1])],
        AttrKind::OptAxis => vec![Attr::None, Attr::Int(0), Attr::Int(-1)],
        AttrKind::Ints => {
            vec![ints(&[1, 0]), ints(&[0]), ints(&[1, 1]), ints(&[2]), ints(&[0, 2, 1]), ints(&[1]), ints(&[0, 0]), ints(&[2, 2])]
        }
        AttrKind::Dims => {
            let (three, n) = (Dim::known(3), Dim::symbol("n"));
            vec![
                Attr::Dims(vec![three.clone()]),
                Attr::Dims(vec![n.clone(), three.clone()]),
                Attr::Dims(vec![three.clone(), three.clone()]),
                Attr::Dims(vec![Dim::known(1), three]),
                Attr::Dims(vec![Dim::known(-1)]),
                Attr::Dims(vec![n]),
            ]
        }
        AttrKind::Str => ["mean", "ij,jk->ik", "sum", "none", "ij->ji", "full", "same", "valid"].map(|s| Attr::Str(s.to_string())).to_vec(),
        AttrKind::DType => [DType::F64, DType::F32, DType::I64, DType::Bool, DType::I32].map(Attr::DType).to_vec(),
    }
}

/// Draws something for each name of a row.
pub fn values(terms: &mut Terms, row: &Row, code: &Code, pool: &[Id], draws: &mut Draws) -> Vec<Value> {
    let likely = likely(terms, pool, draws);
    let mut values = Vec::new();
    for (var, name) in row.vars.iter().enumerate() {
        let mut operand = |draws: &mut Draws| match draws.below(10) {
            0 => terms.constant(draws.one(&constants(terms.dialect.target()))),
            1 => draws.one(pool),
            _ => draws.one(&likely),
        };
        values.push(match name.role {
            Role::Operand => match default_of(code, var) {
                Some(Default::Const(value)) if draws.below(2) == 0 => Value::Operand(terms.constant(value)),
                _ => Value::Operand(operand(draws)),
            },
            Role::Variadic => Value::Many((0..=draws.below(3)).map(|_| operand(draws)).collect()),
            Role::Attr(kind) => match default_of(code, var) {
                Some(Default::Attr(attr)) if draws.below(2) == 0 => Value::Attr(attr),
                // A negative axis is printed counted from the front, which is an equal term but another one.
                _ if code.holes_of(var).any(|hole| matches!(code.template.holes[hole].kind, HoleKind::AxisOf(_))) => {
                    Value::Attr(Attr::Int(draws.below(2) as i64))
                }
                _ => Value::Attr(draws.one(&attrs(kind))),
            },
        });
    }
    values
}

/// Most ops want operands of one type, or of one dtype; those of unknown shape fit each other.
fn likely(terms: &Terms, pool: &[Id], draws: &mut Draws) -> Vec<Id> {
    let first = terms.ty(draws.one(pool)).clone();
    let mode = draws.below(6);
    let fits = |ty: &Type| match mode {
        0 | 1 => *ty == first,
        2 | 3 => ty.dtype() == first.dtype() && ty.is_weak() == first.is_weak(),
        4 => *ty.shape() == Shape::Unknown,
        _ => true,
    };
    let found: Vec<Id> = pool.iter().copied().filter(|id| fits(terms.ty(*id))).collect();
    if found.is_empty() { pool.to_vec() } else { found }
}

fn default_of(code: &Code, var: usize) -> Option<Default> {
    code.holes_of(var).find_map(|hole| code.defaults[hole].clone())
}

/// The row's term with its names so bound.
pub fn build(terms: &mut Terms, term: &Term, values: &[Value]) -> Option<Id> {
    match term {
        Term::Var(i) => match &values[*i] {
            Value::Operand(id) => Some(*id),
            Value::Attr(attr) => terms.add(Node::Attr(attr.clone())),
            _ => None,
        },
        Term::Const { value, typed } => {
            let dtype = operands(values).find_map(|id| terms.ty(id).dtype());
            let value = match dtype {
                Some(dtype) if !typed && terms.dialect.target() == Target::Rust && dtype.is_float() => {
                    Const::typed_float(dtype, value.as_f64())
                }
                Some(dtype) if !typed && terms.dialect.target() == Target::Rust => Const::typed_int(dtype, value.as_i64()?),
                _ => *value,
            };
            terms.add(Node::Const(value))
        }
        Term::Attr(attr) => terms.add(Node::Attr(attr.clone())),
        Term::Op(op, args) => {
            let mut ids: SmallVec<[Id; 4]> = SmallVec::new();
            for arg in args {
                match arg {
                    Term::Var(i) if matches!(values[*i], Value::Many(_)) => ids.extend(operands(&values[*i..=*i])),
                    _ => ids.push(build(terms, arg, values)?),
                }
            }
            // `-2.0` is read as a constant.
            let folds = op.def().name == "neg" && matches!(terms.nodes[ids[0]], Node::Const(_));
            if folds { None } else { terms.add(Node::Op(*op, ids)) }
        }
    }
}

/// The text of a term by one template, if that fits.
pub fn text_by(terms: &Terms, id: CodeId, root: Id) -> Option<String> {
    let (_, code) = terms.dialect.code(id);
    if let (Node::Const(_), Pattern::Path(path)) = (&terms.nodes[root], &code.template.pattern) {
        return crate::dialect::Names::spell(&terms.scope, path).or_else(|| Some(path.clone()));
    }
    let mut printer = Printer::new(terms.dialect, &terms.nodes, &terms.types, terms);
    let place = changed(terms, root).and_then(|place| terms.stop(place));
    match &place {
        Some(place) => printer.prepare_update(root, place),
        None => printer.prepare(root),
    }
    printer.code(id, root).map(|printed| printed.text)
}

/// The operand that an update changes.
pub fn changed(terms: &Terms, root: Id) -> Option<Id> {
    match &terms.nodes[root] {
        Node::Op(op, args) if op.def().group == Group::Update => args.first().copied(),
        _ => None,
    }
}

/// All templates of a dialect.
pub fn codes(dialect: &Dialect) -> Vec<CodeId> {
    let codes = |(r, row): (usize, &Row)| (0..row.codes.len()).map(move |c| CodeId { row: r as u32, code: c as u32 }).collect::<Vec<_>>();
    dialect.rows.iter().enumerate().flat_map(codes).collect()
}

/// Draws operands until the template fits some of them, and reads its text back. The error says what is wrong.
fn exercise(target: Target, id: CodeId) -> Result<(), String> {
    let (mut terms, leaves) = world(target);
    let (row, code) = terms.dialect.code(id);
    let place = || format!("{} (template {})", row.place, id.code);
    let mut draws = Draws::new(17);
    let mut met = 0;
    for _ in 0..6000 {
        let drawn = values(&mut terms, row, code, &leaves, &mut draws);
        let Some(root) = build(&mut terms, &row.term, &drawn) else { continue };
        let text = text_by(&terms, id, root);
        let Some(text) = text else { continue };
        if code.parse {
            let read =
                if changed(&terms, root).is_some() { terms.read_update(&text) } else { terms.read_as(&text, terms.ty(root).dtype()) };
            if read != Some(root) {
                let found = read.map_or("nothing".to_string(), |read| terms.show(read));
                return Err(format!("{}: `{text}` should be {}, and is read as {found}", place(), terms.show(root)));
            }
        }
        met += 1;
        if met == 5 {
            return Ok(());
        }
    }
    if met > 0 { Ok(()) } else { Err(format!("{}: no operands were found that it fits", place())) }
}

fn exercise_all(target: Target) {
    let codes = codes(Dialect::of(target));
    assert!(codes.len() > 4);
    let wrong: Vec<String> = codes.iter().filter_map(|&code| exercise(target, code).err()).collect();
    assert!(wrong.is_empty(), "{} of {} templates:\n{}", wrong.len(), codes.len(), wrong.join("\n"));
}

#[test]
fn every_numpy_template_reads_what_it_writes() {
    exercise_all(Target::Numpy);
}

#[test]
fn every_torch_template_reads_what_it_writes() {
    exercise_all(Target::Torch);
}

#[test]
fn every_rust_template_reads_what_it_writes() {
    exercise_all(Target::Rust);
}

/// A random term: rows applied to leaves, constants and earlier results, the latest first.
fn grow(terms: &mut Terms, leaves: &[Id], seed: u64, steps: usize) -> Option<Id> {
    let mut draws = Draws::new(seed);
    let mut pool = leaves.to_vec();
    let mut latest = None;
    for _ in 0..steps * 40 {
        let dialect = terms.dialect;
        let row = &dialect.rows[draws.below(dialect.rows.len())];
        let code = &row.codes[draws.below(row.codes.len())];
        let recent = pool.len().saturating_sub(4);
        let from = if latest.is_some() && draws.below(3) > 0 { &pool[recent..] } else { &pool[..] };
        let drawn = values(terms, row, code, from, &mut draws);
        let Some(id) = build(terms, &row.term, &drawn) else { continue };
        if terms.print(id).is_err() || matches!(terms.nodes[id], Node::Const(_)) {
            continue;
        }
        pool.push(id);
        latest = Some(id);
        if pool.len() - leaves.len() >= steps {
            break;
        }
    }
    latest
}

fn print_then_read(target: Target, seed: u64, steps: usize) -> Result<(), TestCaseError> {
    let (mut terms, leaves) = world(target);
    let Some(id) = grow(&mut terms, &leaves, seed, steps) else { return Err(TestCaseError::reject("no term")) };
    let text = terms.print(id).map_err(|error| TestCaseError::fail(error.to_string()))?.text;
    let read = terms.read(&text);
    prop_assert_eq!(
        read,
        Some(id),
        "{} should be {} and is {}",
        text,
        terms.show(id),
        read.map_or("nothing".to_string(), |read| terms.show(read))
    );
    prop_assert_eq!(terms.print(id).map(|printed| printed.text), Ok(text));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_numpy_terms_are_read_as_they_were_printed(seed: u64, steps in 1usize..12) {
        print_then_read(Target::Numpy, seed, steps)?;
    }

    #[test]
    fn random_torch_terms_are_read_as_they_were_printed(seed: u64, steps in 1usize..12) {
        print_then_read(Target::Torch, seed, steps)?;
    }

    #[test]
    fn random_rust_terms_are_read_as_they_were_printed(seed: u64, steps in 1usize..12) {
        print_then_read(Target::Rust, seed, steps)?;
    }
}

/// Calls the dialect on every node of a text, whatever it holds.
fn lower_everything(target: Target, words: &[&str], picks: &[usize]) {
    let (mut terms, _) = world(target);
    let text: Vec<&str> = picks.iter().map(|&pick| words[pick % words.len()]).collect();
    let tree = Tree::parse(terms.dialect.language(), text.join(" "));
    for node in tree.root().descendants() {
        let _ = terms.dialect.lower(node, Some(DType::F32), &mut terms);
        let _ = terms.dialect.lower_update(node, &mut terms);
    }
}

const PYTHON_WORDS: [&str; 46] = [
    "x1",
    "x2",
    "np",
    ".",
    "sum",
    "exp",
    "T",
    "(",
    ")",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    "+",
    "-",
    "*",
    "**",
    "@",
    "/",
    "<",
    "not",
    "and",
    "if",
    "else",
    "1",
    "2.5",
    "0x",
    "1j",
    "None",
    "axis",
    "=",
    "'f'",
    "f'{'",
    "lambda",
    "x3",
    ".T",
    "np.sum(x3)",
    "#",
    "\n",
    "\\",
    "torch.softmax(",
    "dim=",
    "é",
    "...",
];

const RUST_WORDS: [&str; 44] = [
    "fn f() {",
    "}",
    "x1",
    "r2",
    ".",
    "max",
    "powi",
    "(",
    ")",
    "(",
    ")",
    "[",
    "]",
    "&",
    "*",
    "-",
    "+",
    "<",
    "as",
    "f64",
    "::",
    "1",
    "2.5",
    "0x",
    "1f32",
    "0b1u8",
    "|v|",
    "!",
    "s![",
    "if",
    "else",
    "{",
    "let",
    "=",
    ";",
    "'a",
    "\"s\"",
    "//",
    "\n",
    "mut",
    "Axis(0)",
    "std::f64::consts::PI",
    "é",
    "..",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_dialects_panic(picks in proptest::collection::vec(0usize..1000, 0..60)) {
        lower_everything(Target::Numpy, &PYTHON_WORDS, &picks);
        lower_everything(Target::Torch, &PYTHON_WORDS, &picks);
        lower_everything(Target::Rust, &RUST_WORDS, &picks);
    }
}

#[test]
fn an_if_that_ends_a_block_is_its_value() {
    let (mut terms, _) = world(Target::Rust);
    let nested = terms.read("if *r16 == t16() { *r16 == t16() } else { if *r16 == t16() { *r16 == t16() } else { *r16 == t16() } }");
    assert!(nested.is_some());
}

#[test]
fn what_the_grammar_parses_wrongly_is_not_read() {
    let (mut terms, _) = world(Target::Torch);
    assert_eq!(terms.read("-2 & -2 ^ 3 & -2"), None);
    assert!(terms.read("(-2 & -2) ^ (3 & -2)").is_some());
}
