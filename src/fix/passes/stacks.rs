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
    Native { name: "bias_before_batch_norm", words: NORMS, whole: NORMS, run: bias_before_batch_norm },
    Native { name: "dropout_before_batch_norm", words: NORMS, whole: NORMS, run: dropout_before_batch_norm },
    Native { name: "missing_flatten", words: LAYERS, whole: &[], run: missing_flatten },
    Native { name: "activation_twice", words: &["ReLU", "Sigmoid"], whole: &[], run: activation_twice },
    Native { name: "layer_width_does_not_fit", words: LAYERS, whole: &[], run: layer_width_does_not_fit },
];

const NORMS: &[&str] = &["BatchNorm1d", "BatchNorm2d", "BatchNorm3d"];
const LAYERS: &[&str] = &["Linear", "Conv1d", "Conv2d", "Conv3d"];

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
    for chain in file.training.chains(file).iter().filter(|chain| chain.sequential) {
        for (at, linear) in chain.layers.iter().enumerate().filter(|(_, layer)| layer.name == "Linear") {
            let before = chain.layers[..at].iter().rev().skip_while(|layer| is_elementwise(layer)).collect::<Vec<_>>();
            let (Some(last), Some((width, _))) = (before.first(), linear.size(0, "in_features")) else { continue };
            let spatial =
                is_convolution(last) || last.name.ends_with("Pool2d") || last.name.ends_with("Pool3d") || last.name == "BatchNorm2d";
            if !spatial || last_axis(last) == Some(width) {
                continue;
            }
            let flatten = file.names(linear.call).spell("torch.nn.Flatten");
            let in_pair = linear.element.kind() == "tuple";
            let text = flatten.filter(|_| !in_pair).map(|name| separated(file, linear.element, &format!("{name}()")));
            let edits = text.map(|text| Edit { span: Span::new(linear.element.span().start, linear.element.span().start), text });
            let message = format!("what `{}` gives has its features on an axis before the last; `Linear` wants them last", last.name);
            found.push(Found::new(linear.call.span(), message, edits.into_iter().collect()));
        }
    }
    found
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
        let edits = if chain.sequential && next.element == next.call { vec![Edit { span, text: String::new() }] } else { Vec::new() };
        found.push(Found::new(next.call.span(), format!("a `{}` of a `{}` is the same `{}`", next.name, layer.name, layer.name), edits));
    }
    found
}

/// The features that a layer wants or gives.
fn layer_width_does_not_fit(file: File<'_, '_>) -> Vec<Found> {
    let mut found = Vec::new();
    for chain in file.training.chains(file) {
        let mut given: Option<(i64, bool, &Layer<'_>)> = None;
        for layer in &chain.layers {
            let convolution = is_convolution(layer);
            let wants = match layer.name.as_str() {
                "Linear" => layer.size(0, "in_features"),
                _ if convolution => layer.size(0, "in_channels"),
                name if name.starts_with("BatchNorm") => layer.size(0, "num_features"),
                _ => None,
            };
            let comparable = layer.name == "Linear" || convolution || is_batch_norm(layer);
            if let (Some((width, of_convolution, before)), Some((wanted, node))) = (given, wants)
                && width != wanted
                && (is_batch_norm(layer) || of_convolution == convolution)
            {
                let message = format!("`{}` gives {width} features, `{}` wants {wanted}", before.name, layer.name);
                found.push(Found::new(layer.call.span(), message, vec![Edit { span: node.span(), text: width.to_string() }]));
            }
            let gives = match layer.name.as_str() {
                "Linear" => layer.size(1, "out_features"),
                _ if convolution => layer.size(1, "out_channels"),
                _ => None,
            };
            given = match (gives, comparable) {
                (Some((width, _)), _) => Some((width, convolution, layer)),
                (None, true) if is_batch_norm(layer) => given,
                (None, true) => None,
                (None, false)
                    if is_elementwise(layer) || keeps_channels(layer, given.is_some_and(|(_, of_convolution, _)| of_convolution)) =>
                {
                    given
                }
                (None, false) => None,
            };
        }
    }
    found
}

fn keeps_channels(layer: &Layer<'_>, of_convolution: bool) -> bool {
    of_convolution && (layer.name.contains("Pool") && !layer.name.contains("Unpool"))
}
