//! Layers that do not go well, or not at all, behind each other.

use super::super::File;
use super::super::conditions::lacks;
use super::super::edits::append_argument;
use super::super::native::Native;
use super::super::render::with_comma;
use super::super::training::calls::{argument, arguments, has_splat};
use super::super::training::layers::{Chain, Layer, integer};
use super::super::walk::Found;
use crate::dialect::Names;
use crate::syntax::{Edit, Node, Span};

pub(super) const PASSES: &[Native] = &[
    Native { name: "bias_before_batch_norm", words: &[NORMS, BIASED], around: &[], whole: true, run: bias_before_batch_norm },
    Native {
        name: "dropout_before_batch_norm",
        words: &[NORMS, &["Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout"]],
        around: &[],
        whole: true,
        run: dropout_before_batch_norm,
    },
    Native { name: "missing_flatten", words: &[&["Linear"], SPATIAL], around: &[], whole: true, run: missing_flatten },
    Native { name: "activation_twice", words: &[&["ReLU", "Sigmoid"]], around: &[], whole: false, run: activation_twice },
    Native { name: "layer_width_does_not_fit", words: &[LAYERS], around: &[], whole: true, run: layer_width_does_not_fit },
];

const NORMS: &[&str] = &["BatchNorm1d", "BatchNorm2d", "BatchNorm3d"];
const BIASED: &[&str] = &["Linear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"];
const LAYERS: &[&str] = &["Linear", "Conv1d", "Conv2d", "Conv3d"];
const SPATIAL: &[&str] =
    &["Conv1d", "Conv2d", "Conv3d", "MaxPool2d", "MaxPool3d", "AvgPool2d", "AdaptiveAvgPool2d", "AdaptiveMaxPool2d", "BatchNorm2d"];

/// Tells from the text alone whether a layer is made with a width that is a number: others are not compared.
pub(super) fn has_widths(text: &str) -> bool {
    let width = |rest: &str| rest.trim_start().trim_start_matches("in_features=").starts_with(|c: char| c.is_ascii_digit());
    LAYERS.iter().any(|layer| {
        let made = memchr::memmem::find_iter(text.as_bytes(), layer.as_bytes()).map(|at| &text[at + layer.len()..]);
        made.filter_map(|rest| rest.strip_prefix('(')).any(width)
    })
}

/// Neighbours of the file's chains.
fn pairs<'a, 't>(file: File<'a, 't>) -> impl Iterator<Item = (&'a Chain<'t>, &'a Layer<'t>, &'a Layer<'t>)> {
    file.training.chains(file).iter().flat_map(|chain| chain.layers.windows(2).map(move |pair| (chain, &pair[0], &pair[1])))
}

fn is_convolution(layer: &Layer<'_>) -> bool {
    matches!(layer.name.as_str(), "Conv1d" | "Conv2d" | "Conv3d" | "ConvTranspose1d" | "ConvTranspose2d" | "ConvTranspose3d")
}

fn is_batch_norm(layer: &Layer<'_>) -> bool {
    layer.name.starts_with("BatchNorm")
}

fn bias_before_batch_norm(file: File<'_, '_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (chain, layer, norm) in pairs(file) {
        let position = if layer.name == "Linear" { 2 } else { 7 };
        if !(layer.name == "Linear" || is_convolution(layer)) || !is_batch_norm(norm) {
            continue;
        }
        let given: Vec<Node<'_>> = arguments(layer.call).collect();
        let explicit = argument(layer.call, position, "bias").filter(|bias| bias.text() == "True");
        if explicit.is_none() && (!lacks(&given, "bias", Some(position)) || has_splat(layer.call)) {
            continue;
        }
        let text = chain.class.map_or(file.text(), Node::text);
        let touched = text.contains(".bias") && !text.contains("bias is not None") && !text.contains("bias != None");
        let edits = match (explicit, layer.call.field("arguments")) {
            _ if touched || loads_weights(file) => Vec::new(),
            (Some(bias), _) => vec![Edit { span: bias.span(), text: "False".to_owned() }],
            (None, Some(list)) => append_argument(file, list, "bias=False").unwrap_or_default(),
            (None, None) => Vec::new(),
        };
        let message = format!("the bias of `{}` is taken away again by the `{}` behind it", layer.name, norm.name);
        found.push(Found::new(layer.call.span(), message, edits));
    }
    found
}

/// Weights that were trained elsewhere have the bias, and running means that fit it.
fn loads_weights(file: File<'_, '_>) -> bool {
    ["pretrained", "PreTrained", "checkpoint", "state_dict"].iter().any(|word| file.text().contains(word))
}

fn dropout_before_batch_norm(file: File<'_, '_>) -> Vec<Found> {
    let wrong = pairs(file).filter(|(_, layer, norm)| layer.name.starts_with("Dropout") && is_batch_norm(norm));
    let say = |layer: &Layer<'_>, norm: &Layer<'_>| {
        format!(
            "`{}` before `{}`: the running variance is that of values which dropout has scaled, and does not fit when it is off",
            layer.name, norm.name
        )
    };
    wrong.map(|(_, layer, norm)| Found::new(layer.call.span(), say(layer, norm), Vec::new())).collect()
}

/// A pooling or convolution whose output has spatial axes goes into a linear layer, which wants features last.
fn missing_flatten(file: File<'_, '_>) -> Vec<Found> {
    let mut found = Vec::new();
    for chain in file.training.chains(file) {
        for (at, linear) in chain.layers.iter().enumerate().filter(|(_, layer)| layer.name == "Linear") {
            let before = chain.layers[..at].iter().rev().skip_while(|layer| is_elementwise(layer)).collect::<Vec<_>>();
            let (Some(last), Some((width, _))) = (before.first(), linear.size(0, "in_features")) else { continue };
            let spatial =
                is_convolution(last) || last.name.ends_with("Pool2d") || last.name.ends_with("Pool3d") || last.name == "BatchNorm2d";
            if !spatial || !wants_all_features(last, &before, width) {
                continue;
            }
            let edits = if chain.sequential { flatten_before(file, linear) } else { linear.input.and_then(flattened) };
            let message = format!("what `{}` gives has its features on an axis before the last; `Linear` wants them last", last.name);
            found.push(Found::new(linear.call.span(), message, edits.into_iter().collect()));
        }
    }
    found
}

/// `nn.Flatten()` as an element before a layer of an `nn.Sequential`.
fn flatten_before<'t>(file: File<'_, 't>, layer: &Layer<'t>) -> Option<Edit> {
    let name = file.names(layer.call).spell("torch.nn.Flatten").filter(|_| layer.element.kind() != "tuple")?;
    let at = layer.element.span().start;
    Some(Edit { span: Span::new(at, at), text: separated(file, layer.element, &format!("{name}()")) })
}

/// What a `forward` gives to a layer, flattened.
fn flattened(input: Node<'_>) -> Option<Edit> {
    let end = input.span().end;
    matches!(input.kind(), "identifier" | "call" | "attribute").then(|| Edit { span: Span::new(end, end), text: ".flatten(1)".to_owned() })
}

/// The last axis is not what the linear layer wants: by the size that a pooling says, or because the width is that of all channels.
fn wants_all_features(last: &Layer<'_>, before: &[&Layer<'_>], width: i64) -> bool {
    let convolution = before.iter().find(|layer| is_convolution(layer));
    let channels = convolution.and_then(|layer| layer.size(1, "out_channels")).map(|(channels, _)| channels);
    match last_axis(last) {
        Some(size) => size != width,
        None => channels.is_some_and(|channels| channels > 1 && width % channels == 0),
    }
}

/// Another element before one of a list, on a line of its own if that has one.
fn separated<'t>(file: File<'_, 't>, element: Node<'t>, new: &str) -> String {
    let text = file.text();
    let line = text[..element.span().start].rfind('\n').map_or(0, |at| at + 1);
    let indentation = &text[line..element.span().start];
    if indentation.trim().is_empty() { format!("{new},\n{indentation}") } else { format!("{new}, ") }
}

/// The size of the last axis, where a pooling says it.
fn last_axis(layer: &Layer<'_>) -> Option<i64> {
    if !layer.name.starts_with("Adaptive") {
        return None;
    }
    let size = argument(layer.call, 0, "output_size")?;
    if size.kind() == "tuple" { integer(size.named_children().last()?) } else { integer(size) }
}

/// It changes no shape.
fn is_elementwise(layer: &Layer<'_>) -> bool {
    const NAMES: [&str; 16] = [
        "ReLU",
        "ReLU6",
        "LeakyReLU",
        "PReLU",
        "ELU",
        "SELU",
        "GELU",
        "SiLU",
        "Mish",
        "Tanh",
        "Sigmoid",
        "Hardswish",
        "Softplus",
        "Dropout",
        "Dropout2d",
        "Identity",
    ];
    NAMES.contains(&layer.name.as_str())
}

/// An activation that does nothing to its own output.
fn activation_twice(file: File<'_, '_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (chain, layer, next) in pairs(file) {
        let same = layer.name == next.name && matches!(layer.name.as_str(), "ReLU" | "ReLU6");
        if !same {
            continue;
        }
        let span = with_comma(next.element);
        let around = file.tree.node_at(span).into_iter().flat_map(Node::descendants);
        let commented = around.into_iter().any(|node| node.is_comment() && span.contains(node.span()));
        let plain = chain.sequential && next.element == next.call && !commented;
        let edits = if plain { vec![Edit { span, text: String::new() }] } else { Vec::new() };
        found.push(Found::new(next.call.span(), format!("a `{}` of a `{}` is the same `{}`", next.name, layer.name, layer.name), edits));
    }
    found
}

/// A layer that is given another number of features than it wants.
struct Misfit<'a, 't> {
    before: &'a Layer<'t>,
    gives: (i64, Node<'t>),
    layer: &'a Layer<'t>,
    wants: (i64, Node<'t>),
}

/// One number is wrong: what a layer wants, or what the one before gives if all behind it agree on another. Where more is wrong, the layers
/// are there for something else than to be called.
pub(super) fn layer_width_does_not_fit(file: File<'_, '_>) -> Vec<Found> {
    let mut found = Vec::new();
    for chain in file.training.chains(file) {
        let misfits = misfits(chain);
        match &misfits[..] {
            [] => {}
            [only] => {
                let message =
                    format!("`{}` gives {} features, `{}` wants {}", only.before.name, only.gives.0, only.layer.name, only.wants.0);
                let edit = Edit { span: only.wants.1.span(), text: only.gives.0.to_string() };
                found.push(Found::new(only.layer.call.span(), message, vec![edit]));
            }
            [first, rest @ ..] if rest.iter().all(|other| other.gives == first.gives && other.wants.0 == first.wants.0) => {
                let message =
                    format!("`{}` gives {} features, the layers behind it want {}", first.before.name, first.gives.0, first.wants.0);
                let edit = Edit { span: first.gives.1.span(), text: first.wants.0.to_string() };
                found.push(Found::new(first.before.call.span(), message, vec![edit]));
            }
            _ => {}
        }
    }
    found
}

fn misfits<'a, 't>(chain: &'a Chain<'t>) -> Vec<Misfit<'a, 't>> {
    let mut found = Vec::new();
    let mut given: Option<(&'a Layer<'t>, (i64, Node<'t>))> = None;
    for layer in &chain.layers {
        let convolution = is_convolution(layer);
        let comparable = |before: &Layer<'_>| is_batch_norm(layer) || is_convolution(before) == convolution;
        if let (Some((before, gives)), Some(wants)) = (given, wanted(layer))
            && gives.0 != wants.0
            && comparable(before)
        {
            found.push(Misfit { before, gives, layer, wants });
        }
        let gives = match layer.name.as_str() {
            "Linear" => layer.size(1, "out_features"),
            _ if convolution => layer.size(1, "out_channels"),
            _ => None,
        };
        let keeps =
            |(before, _): &(&Layer<'_>, _)| is_batch_norm(layer) || is_elementwise(layer) || keeps_channels(layer, is_convolution(before));
        given = gives.map(|gives| (layer, gives)).or_else(|| given.filter(keeps).filter(|_| layer.name != "Linear" && !convolution));
    }
    found
}

/// The number of features that a layer is made for.
fn wanted<'t>(layer: &Layer<'t>) -> Option<(i64, Node<'t>)> {
    match layer.name.as_str() {
        "Linear" => layer.size(0, "in_features"),
        _ if is_convolution(layer) => layer.size(0, "in_channels"),
        _ if is_batch_norm(layer) => layer.size(0, "num_features"),
        _ => None,
    }
}

fn keeps_channels(layer: &Layer<'_>, of_convolution: bool) -> bool {
    of_convolution && (layer.name.contains("Pool") && !layer.name.contains("Unpool"))
}
