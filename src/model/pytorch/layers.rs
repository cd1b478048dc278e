//! Ops with constant weights as modules of `torch.nn`: their calls, how they are made, and their weights as they are stored.

use super::body::Body;
use super::fields::Sizes;
use super::numbers::{boolean, dtype_argument, each, float};
use crate::ir::{Attr, DType, Id, Node};
use crate::model::structure::{Kind, Layer, operands};
use crate::model::term::Term;
use crate::model::{Model, Weight};

impl Body<'_, '_> {
    /// A call of the module that an op is, if it is one.
    pub(super) fn layer(&mut self, id: Id) -> Result<Option<String>, String> {
        let found = self.structure.layers.of(id).cloned().or_else(|| named(self.model, id));
        let Some(layer) = found.filter(|layer| layer.weights.iter().all(|weight| !self.is_parameter(*weight))) else { return Ok(None) };
        if matches!(layer.kind, Kind::Lstm | Kind::Gru) {
            return Ok(None);
        }
        let place = usize::from(layer.kind == Kind::Embedding);
        let x = self.tensor(self.children(layer.op)[place])?;
        let x = match pads(self.model, &layer) {
            Some(pads) if !is_symmetric(&pads) => format!("F.pad({x}, {})", super::ops::pad_list(&pads)),
            _ => x,
        };
        let field = self.fields.layer(&layer, id);
        Ok(Some(format!("self.{field}({x})")))
    }

    /// The statements of a recurrent layer, if it is one that PyTorch has.
    pub(super) fn recurrent(&mut self, id: Id, parts: &[Option<Id>], targets: &[String]) -> Result<bool, String> {
        let layers = &self.structure.layers;
        let Some(layer) = layers.of(id).filter(|layer| is_usual(self.model, layer)).cloned() else { return Ok(false) };
        let children = self.children(id);
        let states: Vec<Id> = children[5..if layer.kind == Kind::Lstm { 7 } else { 6 }].to_vec();
        let is_given = |id: &Id| !matches!(self.model.program.terms[*id], Node::Attr(_));
        let given = states.iter().filter(|id| is_given(id)).count();
        if given != 0 && given != states.len() {
            return Ok(false);
        }
        let mut arguments = vec![self.tensor(children[0])?];
        if given != 0 {
            let states = self.tensors(&states)?;
            arguments.push(if layer.kind == Kind::Lstm { format!("({states})") } else { states });
        }
        let field = self.fields.layer(&layer, id);
        let last = targets[1..].join(", ");
        let last = if layer.kind == Kind::Lstm { format!("({last})") } else { last };
        self.assign(id, format!("{}, {last}", targets[0]), format!("self.{field}({})", arguments.join(", ")));
        // ONNX has an axis for the directions before the batch.
        if let Some(whole) = parts[0] {
            let y = &targets[0];
            let turned = match Term::of(self.model, id).map(|t| t.word(direction(layer.kind))) {
                Some(Ok("bidirectional")) => format!("{y}.unflatten(-1, (2, -1)).transpose(1, 2)"),
                _ => format!("{y}.unsqueeze(1)"),
            };
            self.assign(whole, y.clone(), turned);
        }
        Ok(true)
    }
}

/// The place of the attribute that says the direction.
fn direction(kind: Kind) -> usize {
    if kind == Kind::Lstm { 8 } else { 6 }
}

/// A layer that the structure of models for all languages does not have.
fn named(model: &Model, id: Id) -> Option<Layer> {
    let term = Term::of(model, id)?;
    let is_float = |id: &Id| model.weight(*id).is_some_and(|weight| weight.dtype.is_float());
    match term.name {
        "layer_norm" => {
            let weights = vec![term.args[1], term.args[2]];
            let width = |id: &Id| model.weight(*id).map(|weight| weight.shape.clone()).filter(|shape| shape.len() == 1);
            let is_last = term.lengths(0).ok()?.last()?.as_known()? == width(&weights[0])?[0] as i64;
            let alike = width(&weights[0]) == width(&weights[1]) && term.dtype(0).ok() == model.weight(weights[0]).map(|w| w.dtype);
            let fits = weights.iter().all(is_float) && is_last && alike && term.int(3) == Ok(1);
            fits.then_some(Layer { kind: Kind::LayerNorm, op: id, weights, has_bias: true })
        }
        "take" | "embedding" => {
            let (table, indices) = (term.args[0], term.args[1]);
            let is_table = is_float(&table) && model.weight(table)?.shape.len() == 2 && model.weight(table)?.len() > 64;
            let is_rows = term.name == "embedding" || term.int(2) == Ok(0);
            let of_integers = matches!(term.dtype(1), Ok(DType::I32 | DType::I64)) && model.weight(indices).is_none();
            (is_table && is_rows && of_integers).then_some(Layer { kind: Kind::Embedding, op: id, weights: vec![table], has_bias: false })
        }
        _ => None,
    }
}

/// True for a recurrent layer with the functions that PyTorch's modules have.
fn is_usual(model: &Model, layer: &Layer) -> bool {
    let Some(t) = Term::of(model, layer.op) else { return false };
    let at = direction(layer.kind);
    let given = |i: usize| *t.attr(i) != Attr::None || operands(model, layer.op).any(|id| id == t.args[i]);
    let (functions, plain) = match layer.kind {
        Kind::Lstm => (vec!["sigmoid", "tanh", "tanh"], !given(4) && !given(7) && !t.flag(11)),
        Kind::Gru => (vec!["sigmoid", "tanh"], !given(4) && t.flag(9)),
        _ => return false,
    };
    let Ok(direction) = t.word(at) else { return false };
    let count = if direction == "bidirectional" { 2 } else { 1 };
    let usual = t.word(at + 1).is_ok_and(|words| words.split_whitespace().eq(functions.repeat(count)));
    direction != "reverse" && usual && plain && t.float(at + 2) == Ok(0.0)
}

/// The padding of a convolution: before each axis, then behind each.
fn pads(model: &Model, layer: &Layer) -> Option<Vec<i64>> {
    let term = Term::of(model, layer.op).filter(|_| layer.kind == Kind::Conv)?;
    term.ints(4).ok().map(<[i64]>::to_vec)
}

fn is_symmetric(pads: &[i64]) -> bool {
    let (before, behind) = pads.split_at(pads.len() / 2);
    before == behind
}

/// The expression that makes a layer's module.
pub(super) fn made(layer: &Layer, sizes: &mut Sizes) -> Result<String, String> {
    let model = sizes.model();
    let w = layer.weights[0];
    let term = Term::of(model, layer.op).ok_or("it is no operation")?;
    let dtype = dtype_argument(model.weight(w).map_or(DType::F32, |weight| weight.dtype));
    let bias = if layer.has_bias { "" } else { ", bias=False" };
    Ok(match layer.kind {
        Kind::Linear => {
            let (input, output) = (sizes.axis("in_features", w, 0), sizes.axis("out_features", w, 1));
            format!("nn.Linear({input}, {output}{bias}{dtype})")
        }
        Kind::Conv => {
            let groups = term.int(6)?;
            let input = sizes.of("in_channels", w, &|weight| weight.shape[1] * groups as usize);
            let output = sizes.axis("out_channels", w, 0);
            let rank = model.weight(w).map_or(4, |weight| weight.shape.len());
            let kernel: Vec<String> = (2..rank).map(|axis| sizes.axis("kernel_size", w, axis)).collect();
            let mut text = format!("nn.Conv{}d({input}, {output}, {}", rank - 2, each(&kernel));
            let pads = term.ints(4)?;
            let padding = if is_symmetric(pads) { &pads[..pads.len() / 2] } else { &[0] };
            for (name, values, usual) in [("stride", term.ints(3)?, 1), ("padding", padding, 0), ("dilation", term.ints(5)?, 1)] {
                if values.iter().any(|value| *value != usual) {
                    text.push_str(&format!(", {name}={}", each(values)));
                }
            }
            if groups != 1 {
                text.push_str(&format!(", groups={groups}"));
            }
            format!("{text}{bias}{dtype})")
        }
        Kind::LayerNorm => {
            let eps = term.float(4)?;
            let eps = if eps == 1e-5 || eps == f64::from(1e-5_f32) { String::new() } else { format!(", eps={}", float(eps, DType::F32)) };
            format!("nn.LayerNorm({}{eps}{dtype})", sizes.axis("features", w, 0))
        }
        Kind::Embedding => format!("nn.Embedding({}, {}{dtype})", sizes.axis("num_embeddings", w, 0), sizes.axis("embedding_dim", w, 1)),
        Kind::Lstm | Kind::Gru => {
            let name = if layer.kind == Kind::Lstm { "LSTM" } else { "GRU" };
            let (input, hidden) = (sizes.axis("input_size", w, 2), sizes.axis("hidden_size", layer.weights[1], 2));
            let both = term.word(direction(layer.kind))? == "bidirectional";
            let both = if both { format!(", bidirectional={}", boolean(true)) } else { String::new() };
            format!("nn.{name}({input}, {hidden}{bias}{both}{dtype})")
        }
    })
}

/// The weights of a layer under the names and in the order that its module has.
pub(super) fn stored(layer: &Layer, weights: &[&Weight]) -> Result<Vec<(String, Weight)>, String> {
    let names = ["weight", "bias"];
    match layer.kind {
        Kind::Linear => {
            let mut stored = vec![("weight".to_owned(), transposed(weights[0]))];
            stored.extend(weights.get(1).map(|bias| ("bias".to_owned(), flat(bias))));
            Ok(stored)
        }
        Kind::Conv | Kind::LayerNorm | Kind::Embedding => {
            Ok(names.iter().zip(weights).map(|(name, weight)| ((*name).to_owned(), (*weight).clone())).collect())
        }
        Kind::Lstm => recurrent(weights, &[0, 2, 3, 1]),
        Kind::Gru => recurrent(weights, &[1, 0, 2]),
    }
}

fn flat(weight: &Weight) -> Weight {
    Weight { shape: vec![weight.len()], ..weight.clone() }
}

/// A matrix with its axes exchanged.
fn transposed(weight: &Weight) -> Weight {
    let &[rows, columns] = &weight.shape[..] else { return weight.clone() };
    let size = weight.dtype.size();
    let mut bytes = Vec::with_capacity(weight.bytes.len());
    for column in 0..columns {
        for row in 0..rows {
            let at = (row * columns + column) * size;
            bytes.extend_from_slice(&weight.bytes[at..at + size]);
        }
    }
    Weight { shape: vec![columns, rows], bytes: bytes.into(), ..weight.clone() }
}

/// The weights of each direction, with the gates in the order that PyTorch has: `order` says where each is in ONNX.
fn recurrent(weights: &[&Weight], order: &[usize]) -> Result<Vec<(String, Weight)>, String> {
    let mut stored = Vec::new();
    for direction in 0..weights[0].shape[0] {
        let end = if direction == 0 { "l0" } else { "l0_reverse" };
        for (name, weight) in ["weight_ih", "weight_hh"].iter().zip(weights) {
            stored.push((format!("{name}_{end}"), gates(weight, direction, order, (0, 1))?));
        }
        if let Some(bias) = weights.get(2) {
            for (half, name) in ["bias_ih", "bias_hh"].iter().enumerate() {
                stored.push((format!("{name}_{end}"), gates(bias, direction, order, (half, 2))?));
            }
        }
    }
    Ok(stored)
}

/// One direction of a weight, or one of `parts` of it, with its gates in another order.
fn gates(weight: &Weight, direction: usize, order: &[usize], (part, parts): (usize, usize)) -> Result<Weight, String> {
    let length = weight.bytes.len() / weight.shape[0].max(1) / parts;
    let from = direction * length * parts + part * length;
    let own = weight.bytes.get(from..from + length).ok_or("the weights of a recurrent layer do not fit it")?;
    let gate = length / order.len();
    let bytes: Vec<u8> = order.iter().flat_map(|i| own[i * gate..(i + 1) * gate].iter().copied()).collect();
    let mut shape = weight.shape[1..].to_vec();
    shape[0] /= parts;
    Ok(Weight { shape, bytes: bytes.into(), ..weight.clone() })
}
