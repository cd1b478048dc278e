//! What the optimizer may make of a model, though no operator of ONNX means it: such terms are written, and ONNX Runtime gives what the
//! reference evaluation does. With them lengths that have symbols.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use prost::Message;
use wright::ir::{Attr, DType, Dim, Id, Leaf, Node, OpId, ProgramBuilder, Shape, Target, Type, Value};
use wright::model::onnx::proto::TensorProto;
use wright::model::{Input, Model, Output, Source, Weight, onnx};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What an operand of a term is.
#[derive(Clone)]
enum Part {
    /// An input of these lengths.
    Floats(&'static [usize]),
    /// An input of integers from 0 to a number.
    Ints(&'static [usize], i64),
    /// An input of truth values.
    Bools(&'static [usize]),
    Attr(Attr),
}

use Part::{Bools, Floats, Ints};

fn int(i: i64) -> Part {
    Part::Attr(Attr::Int(i))
}

fn float(x: f64) -> Part {
    Part::Attr(Attr::float(x))
}

fn flag(on: bool) -> Part {
    Part::Attr(Attr::Bool(on))
}

fn ints(v: &[i64]) -> Part {
    Part::Attr(Attr::Ints(v.to_vec()))
}

fn none() -> Part {
    Part::Attr(Attr::None)
}

fn dims(v: &[i64]) -> Part {
    Part::Attr(Attr::Dims(v.iter().map(|n| Dim::known(*n)).collect()))
}

fn word(text: &str) -> Part {
    Part::Attr(Attr::Str(text.to_owned()))
}

fn f32s() -> Part {
    Part::Attr(Attr::DType(DType::F32))
}

/// Ops and operands. Each stands for a model of its own.
fn terms() -> Vec<(&'static str, Vec<Part>)> {
    let x = Floats(&[3, 4]);
    let mut terms: Vec<(&'static str, Vec<Part>)> = [
        "copy",
        "erfc",
        "exp2",
        "expm1",
        "fract",
        "hardsigmoid",
        "is_finite",
        "log_sigmoid",
        "relu6",
        "rsqrt",
        "cbrt",
        "round_half_away",
        "selu",
        "silu",
        "tanhshrink",
        "to_bool",
        "to_degrees",
        "to_radians",
        "trunc",
        "ones_like",
        "zeros_like",
        "transpose",
        "diag_embed",
        "ravel",
        "log2",
        "log10",
        "log1p",
    ]
    .into_iter()
    .map(|name| (name, vec![x.clone()]))
    .collect();
    let square = Floats(&[2, 3, 3]);
    let heads = Floats(&[2, 2, 3, 4]);
    terms.extend([
        ("hardtanh", vec![x.clone(), float(-0.5), float(0.75)]),
        ("round_digits", vec![x.clone(), int(3), int(-9)]),
        ("floor_div", vec![x.clone(), x.clone()]),
        ("floor_div", vec![Ints(&[5], 9), Ints(&[5], 3)]),
        ("rem", vec![x.clone(), x.clone()]),
        ("trunc_div", vec![x.clone(), x.clone()]),
        ("fma", vec![x.clone(), x.clone(), Floats(&[4])]),
        ("lerp", vec![x.clone(), x.clone(), Floats(&[])]),
        ("clip", vec![x.clone(), Floats(&[4]), Floats(&[3, 1])]),
        ("hypot", vec![x.clone(), x.clone()]),
        ("logaddexp", vec![x.clone(), x.clone()]),
        ("fmax", vec![x.clone(), x.clone()]),
        ("fmin", vec![Ints(&[4], 9), Ints(&[4], 9)]),
        ("is_close", vec![x.clone(), x.clone(), float(0.25), float(0.1)]),
        ("count_nonzero", vec![Bools(&[3, 4]), int(0), flag(false)]),
        ("max_norm", vec![x.clone(), int(0), flag(false)]),
        ("ptp", vec![x.clone(), int(1), flag(true)]),
        ("addmm", vec![Floats(&[5]), x.clone(), Floats(&[4, 5])]),
        ("baddbmm", vec![Floats(&[2, 3, 3]), square.clone(), square.clone()]),
        ("roll", vec![x.clone(), int(-3), int(1)]),
        ("mse_loss", vec![x.clone(), x.clone(), word("mean")]),
        ("l1_loss", vec![x.clone(), x.clone(), word("sum")]),
        ("bce_with_logits", vec![x.clone(), x.clone(), word("none")]),
        ("any", vec![Bools(&[3, 4]), Part::Attr(Attr::Int(1)), flag(false)]),
        ("all", vec![Bools(&[3, 4]), none(), flag(true)]),
        ("l1_norm", vec![x.clone(), ints(&[1]), flag(false)]),
        ("l2_norm", vec![x.clone(), none(), flag(true)]),
        ("fro_norm", vec![x.clone()]),
        ("var", vec![x.clone(), int(1), float(1.0), flag(false)]),
        ("std", vec![x.clone(), none(), float(0.0), flag(true)]),
        ("argmax", vec![x.clone(), none(), flag(true)]),
        ("argmin", vec![x.clone(), none(), flag(false)]),
        ("cumsum", vec![x.clone(), none()]),
        ("swap_axes", vec![square.clone(), int(0), int(-1)]),
        ("index", vec![square.clone(), int(1), int(-1)]),
        ("stack", vec![int(1), x.clone(), x.clone()]),
        ("take", vec![x.clone(), Ints(&[2, 2], 11), none()]),
        ("tile", vec![x.clone(), ints(&[2, 1, 3])]),
        ("sort", vec![x.clone(), int(0)]),
        ("argsort", vec![x.clone(), int(1)]),
        ("one_hot", vec![Ints(&[3], 4), int(5)]),
        ("diff", vec![x.clone(), int(1)]),
        ("diagonal", vec![square.clone()]),
        ("trace", vec![square]),
        ("inner", vec![x.clone(), Floats(&[2, 4])]),
        ("outer", vec![Floats(&[2]), Floats(&[3])]),
        ("vdot", vec![x.clone(), x.clone()]),
        ("linear", vec![x.clone(), Floats(&[5, 4]), Floats(&[5])]),
        ("linear_nobias", vec![x.clone(), Floats(&[5, 4])]),
        ("embedding", vec![Floats(&[6, 2]), Ints(&[4], 5)]),
        ("zeros", vec![dims(&[2, 3]), f32s()]),
        ("ones", vec![dims(&[2]), Part::Attr(Attr::DType(DType::I32))]),
        ("eye", vec![dims(&[3]), f32s()]),
        ("full_like", vec![x.clone(), Floats(&[])]),
        ("glu", vec![x.clone(), int(1)]),
        ("l2_normalize", vec![x.clone(), int(1), float(1e-12)]),
        ("layer_norm_plain", vec![x.clone(), int(2), float(1e-5)]),
        ("layer_norm_plain", vec![Floats(&[2, 3, 4]), int(1), float(1e-5)]),
        ("rms_norm", vec![x.clone(), Floats(&[4]), float(1e-5)]),
        ("pad_constant", vec![x.clone(), ints(&[1, 0, 2, 1]), float(0.5)]),
        ("nll_loss", vec![x.clone(), Ints(&[3], 3), word("mean")]),
        ("cross_entropy", vec![x, Ints(&[3], 3), word("sum")]),
        ("attention", vec![Floats(&[2, 3, 4]), Floats(&[2, 5, 4]), Floats(&[2, 5, 4]), float(0.5)]),
        ("attention", vec![heads.clone(), heads.clone(), heads.clone(), float(0.5)]),
        ("attention_causal", vec![heads.clone(), heads.clone(), heads.clone(), float(0.5)]),
        ("attention_masked", vec![heads.clone(), heads.clone(), heads, Bools(&[3, 3]), float(0.5)]),
        ("attention_masked", vec![Floats(&[2, 3, 4]), Floats(&[2, 5, 4]), Floats(&[2, 5, 4]), Floats(&[3, 5]), float(0.5)]),
    ]);
    terms
}

/// Numbers that repeat from run to run.
fn random(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) as f64 / f64::from(1u32 << 31)
}

fn operand(part: &Part, seed: &mut u64) -> Option<Value> {
    let array = |lengths: &[usize], seed: &mut u64, f: &dyn Fn(f64) -> f64| {
        ndarray::ArrayD::from_shape_simple_fn(ndarray::IxDyn(lengths), || f(random(seed)))
    };
    Some(match part {
        // Above zero, where all functions have a value.
        Floats(lengths) => Value::float(DType::F32, array(lengths, seed, &|x| 0.125 + x)),
        Ints(lengths, most) => Value::int(DType::I64, array(lengths, seed, &|x| 1.0 + x * *most as f64).mapv(|x| x as i128)),
        Bools(lengths) => Value::bool(array(lengths, seed, &|x| x).mapv(|x| x < 0.6)),
        Part::Attr(_) => return None,
    })
}

/// A model that is put together.
struct Made {
    builder: ProgramBuilder,
    inputs: Vec<Input>,
}

impl Made {
    fn new() -> Made {
        Made { builder: ProgramBuilder::new(Target::Rust), inputs: Vec::new() }
    }

    fn input(&mut self, ty: Type) -> Id {
        let name = format!("x{}", self.inputs.len());
        self.inputs.push(Input { name: name.clone(), ty: ty.clone(), narrow: None });
        self.builder.leaf(Leaf { text: name, ty })
    }

    fn op(&mut self, name: &str, args: impl IntoIterator<Item = Id>) -> Id {
        self.builder.add(Node::op(OpId::get(name), args)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    fn attr(&mut self, attr: Attr) -> Id {
        self.builder.add(Node::Attr(attr)).expect("an attribute")
    }

    fn finish(self, roots: &[Id]) -> Model {
        let mut program = self.builder.program().clone();
        program.roots = roots.to_vec();
        Model {
            name: "made".to_owned(),
            leaves: (0..self.inputs.len()).map(Source::Input).collect(),
            inputs: self.inputs,
            outputs: (0..roots.len()).map(|i| Output { name: format!("y{i}"), narrow: None }).collect(),
            weights: Vec::new(),
            names: HashMap::new(),
            modules: HashMap::new(),
            program,
            classes: HashMap::new(),
            cache: None,
            metadata: Vec::new(),
            files: Vec::new(),
        }
    }
}

fn of_term(name: &str, parts: &[Part], values: &[Value]) -> Model {
    let mut made = Made::new();
    let mut values = values.iter();
    let args: Vec<Id> = parts
        .iter()
        .map(|part| match part {
            Part::Attr(attr) => made.attr(attr.clone()),
            _ => made.input(values.next().expect("a value").ty()),
        })
        .collect();
    let y = made.op(name, args);
    made.finish(&[y])
}

/// Lengths that are sums and products of the inputs' lengths.
fn of_symbols() -> (Model, Vec<Value>) {
    let mut made = Made::new();
    let (n, m) = (Dim::symbol("n"), Dim::symbol("m"));
    let x = made.input(Type::array(DType::F32, Shape::Ranked(vec![n.clone(), m.clone(), Dim::known(4)])));
    let y = made.input(Type::array(DType::F32, Shape::Ranked(vec![Dim::known(1), Dim::known(1)])));
    let merged = made.attr(Attr::Dims(vec![n.clone(), m.mul(&Dim::known(4))]));
    let apart = made.attr(Attr::Dims(vec![m.clone(), n.mul(&Dim::known(2)), Dim::known(2)]));
    let wide = made.attr(Attr::Dims(vec![n.mul(&m).add(&Dim::known(1)), m.mul(&Dim::known(3)).sub(&n)]));
    let (start, stop, axis) = (Attr::Dims(vec![Dim::known(1)]), Attr::Dims(vec![m]), Attr::Int(1));
    let [start, stop, axis] = [start, stop, axis].map(|attr| made.attr(attr));
    let roots = [
        made.op("reshape", [x, merged]),
        made.op("reshape", [x, apart]),
        made.op("broadcast_to", [y, wide]),
        made.op("slice_within", [x, axis, start, stop]),
    ];
    let mut seed = 7;
    let values = [Floats(&[2, 3, 4]), Floats(&[1, 1])].map(|part| operand(&part, &mut seed).expect("an operand"));
    (made.finish(&roots), values.to_vec())
}

/// A branch within a branch, values that several of them need, results that are nobody's own, and a length that is computed inside and outside.
fn of_branches() -> Model {
    let mut made = Made::new();
    let (outer, inner) = (made.input(Type::scalar(DType::Bool)), made.input(Type::scalar(DType::Bool)));
    let x = made.input(Type::array(DType::F32, Shape::Ranked(vec![Dim::symbol("n")])));
    let one = made.input(Type::array(DType::F32, Shape::fixed(&[1])));
    let longer = Dim::symbol("n").add(&Dim::known(1));
    let [line, column] = [vec![longer.clone()], vec![longer, Dim::known(1)]].map(|dims| made.attr(Attr::Dims(dims)));
    let [first, second] = [0, 1].map(|i| made.attr(Attr::Int(i)));
    let shared = made.op("exp", [x]);
    let (sine, wide) = (made.op("sin", [shared]), made.op("broadcast_to", [one, line]));
    let then = made.op("tuple", [sine, wide]);
    let (cosine, tangent) = (made.op("cos", [shared]), made.op("tan", [x]));
    let (yes, no) = (made.op("tuple", [cosine]), made.op("tuple", [tangent]));
    let within = made.op("if_else", [inner, yes, no]);
    let chosen = made.op("tuple_get", [within, first]);
    let otherwise = made.op("tuple", [chosen, one]);
    let whole = made.op("if_else", [outer, then, otherwise]);
    let column = made.op("broadcast_to", [one, column]);
    let roots = [made.op("tuple_get", [whole, first]), made.op("tuple_get", [whole, second]), shared, column];
    made.finish(&roots)
}

/// The tensor of a value as the backend tests keep it.
fn recorded(value: &Value) -> Vec<u8> {
    let weight = Weight::of_value(String::new(), value).expect("an array");
    let code = match weight.dtype {
        DType::F32 => 1,
        DType::I32 => 6,
        DType::I64 => 7,
        DType::Bool => 9,
        other => panic!("{other} is not recorded"),
    };
    let dims = weight.shape.iter().map(|n| *n as i64).collect();
    TensorProto { dims, data_type: Some(code), raw_data: Some(weight.bytes), ..Default::default() }.encode_to_vec()
}

/// Writes a model, and what its reference evaluation gives.
fn write_case(data: &Path, written: &Path, name: &str, model: &Model, values: &[Value]) {
    let bytes = onnx::write(model).unwrap_or_else(|e| panic!("{name}: {e}"));
    fs::write(written.join(format!("{name}.onnx")), bytes).expect("a model is written");
    let set = data.join(name).join("test_data_set_0");
    fs::create_dir_all(&set).expect("a folder is made");
    let results = model.program.eval(values).unwrap_or_else(|e| panic!("{name}: {e}"));
    for (what, values) in [("input", values), ("output", &results)] {
        for (i, value) in values.iter().enumerate() {
            fs::write(set.join(format!("{what}_{i}.pb")), recorded(value)).expect("a value is written");
        }
    }
}

#[test]
fn terms_that_no_operator_means_are_written() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("onnx-terms");
    let _ = fs::remove_dir_all(&folder);
    let (data, written) = (folder.join("data"), folder.join("written"));
    fs::create_dir_all(&written).expect("a folder is made");
    let mut names = Vec::new();
    for (i, (op, parts)) in terms().into_iter().enumerate() {
        let name = format!("{op}_{i}");
        let mut seed = i as u64;
        let values: Vec<Value> = parts.iter().filter_map(|part| operand(part, &mut seed)).collect();
        write_case(&data, &written, &name, &of_term(op, &parts, &values), &values);
        names.push(name);
    }
    let (model, values) = of_symbols();
    let bytes = onnx::write(&model).expect("it is written");
    // The evaluation takes numbers: the symbols are the lengths of the values.
    write_case(&data, &written, "symbols", &fixed(model, &[("n", 2), ("m", 3)]), &values);
    fs::write(written.join("symbols.onnx"), bytes).expect("a model is written");
    names.push("symbols".to_owned());
    let x = [Floats(&[3]), Floats(&[1])].map(|part| operand(&part, &mut 3).expect("an operand"));
    for (outer, inner) in [(true, true), (false, true), (false, false)] {
        let truth = |t: bool| Value::bool(ndarray::ArrayD::from_elem(ndarray::IxDyn(&[]), t));
        let (model, name) = (of_branches(), format!("branches_{outer}_{inner}"));
        let values = [truth(outer), truth(inner), x[0].clone(), x[1].clone()];
        write_case(&data, &written, &name, &fixed(model.clone(), &[("n", 3)]), &values);
        fs::write(written.join(format!("{name}.onnx")), onnx::write(&model).expect("it is written")).expect("a model is written");
        names.push(name);
    }
    let list = folder.join("names.txt");
    fs::write(&list, names.join("\n")).expect("the names are written");
    let python = Command::new("sh").arg(format!("{ROOT}/tests/python.sh")).output().expect("sh runs");
    let python = String::from_utf8_lossy(&python.stdout).trim().to_owned();
    let output =
        Command::new(python).arg(format!("{ROOT}/tests/onnx/written.py")).args([&data, &written, &list]).output().expect("python runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong: Vec<&str> = said.lines().filter(|line| line.split('\t').next_back() != Some("runtime")).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(said.lines().count(), names.len(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A model whose lengths are numbers.
fn fixed(mut model: Model, symbols: &[(&str, i64)]) -> Model {
    let value = |d: &Dim| d.substitute(&|s| symbols.iter().find(|(name, _)| **name == **s).map(|(_, n)| Dim::known(*n)));
    let mut terms = wright::ir::RecExpr::default();
    for node in model.program.terms.as_ref() {
        terms.add(match node {
            Node::Attr(Attr::Dims(dims)) => Node::Attr(Attr::Dims(dims.iter().map(value).collect())),
            other => other.clone(),
        });
    }
    model.program.terms = terms;
    model
}

#[test]
fn all_that_has_no_form_is_named() {
    let mut made = Made::new();
    let x = made.input(Type::array(DType::F32, Shape::fixed(&[3, 3])));
    let roots = [made.op("inv", [x]), made.op("eigvalsh", [x])];
    let error = onnx::write(&made.finish(&roots)).expect_err("no form").to_string();
    assert!(error.contains("2 of the model's nodes") && error.contains("(inv)") && error.contains("(eigvalsh)"), "{error}");
}

#[test]
fn a_length_that_no_input_has_is_refused() {
    let mut made = Made::new();
    let x = made.input(Type::array(DType::F32, Shape::fixed(&[1])));
    let wide = made.attr(Attr::Dims(vec![Dim::symbol("k")]));
    let roots = [made.op("broadcast_to", [x, wide])];
    let error = onnx::write(&made.finish(&roots)).expect_err("an unknown length").to_string();
    assert!(error.contains("no input has the length `k`"), "{error}");
}
