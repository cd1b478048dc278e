//! Changes of a model's messages: what stands in them stays well formed, and says something else.

use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::{IndexedMutRandom, IndexedRandom};
use rand::{RngExt, SeedableRng};
use wright::model::onnx::proto::tensor_shape_proto::{Dimension, dimension};
use wright::model::onnx::proto::{AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, type_proto};

type Random = Xoshiro256PlusPlus;

/// Lengths, axes and counts that are on an edge of something.
const NUMBERS: [i64; 22] =
    [-1, 0, 1, 2, 3, 4, 5, 7, 8, 16, 64, 255, 256, 1 << 16, 1 << 24, 1 << 31, 1 << 32, 1 << 40, i64::MAX, i64::MIN, -2, -3];
const FLOATS: [f32; 9] = [0.0, -0.0, 1.0, -1.0, 0.5, 1e-45, 1e38, f32::INFINITY, f32::NAN];
const OPERATORS: &str = "Add Sub Mul Div Pow Mod MatMul Gemm Conv ConvTranspose MaxPool AveragePool GlobalAveragePool BatchNormalization \
    LayerNormalization InstanceNormalization Softmax LogSoftmax Relu Gelu Erf Sqrt Exp Log Tanh Sigmoid Clip Cast Reshape Transpose Flatten \
    Squeeze Unsqueeze Concat Split Slice Gather GatherElements GatherND ScatterND ScatterElements Expand Tile Pad Where Range Shape Size \
    ConstantOfShape NonZero OneHot TopK ArgMax ReduceSum ReduceMean ReduceMax ReduceL2 CumSum Resize Einsum LSTM GRU RNN Loop If Scan DFT \
    QuantizeLinear DequantizeLinear DynamicQuantizeLinear QLinearMatMul Attention LpNormalization GridSample DepthToSpace Trilu Identity \
    Dropout RoiAlign NonMaxSuppression EyeLike BitShift Equal Greater And Not CastLike";
const MICROSOFT: &str = "FusedMatMul FusedGemm FusedConv Gelu BiasGelu FastGelu QuickGelu SkipLayerNormalization EmbedLayerNormalization Attention \
    MultiHeadAttention QAttention DynamicQuantizeMatMul MatMulIntegerToFloat DynamicQuantizeLSTM QLinearAdd QLinearConcat QGemm";

/// Changes one thing.
pub fn change(model: &mut ModelProto, seed: u64) {
    let random = &mut Random::seed_from_u64(seed);
    if random.random_ratio(1, 20)
        && let Some(opset) = model.opset_import.choose_mut(random)
    {
        opset.version = Some(random.random_range(0..28));
        return;
    }
    if random.random_ratio(1, 10)
        && let Some(function) = model.functions.choose_mut(random)
    {
        let names = Vec::from_iter(function.node.iter().flat_map(|node| node.output.iter().chain(&node.input)).cloned());
        if let Some(changed) = function.node.choose_mut(random) {
            node(changed, &names, random);
        }
        return;
    }
    if let Some(changed) = &mut model.graph {
        graph(changed, random);
    }
}

fn graph(graph: &mut GraphProto, random: &mut Random) {
    let names: Vec<String> = graph
        .node
        .iter()
        .flat_map(|node| node.output.iter())
        .chain(graph.input.iter().filter_map(|value| value.name.as_ref()))
        .chain(graph.initializer.iter().filter_map(|tensor| tensor.name.as_ref()))
        .cloned()
        .collect();
    match random.random_range(0..10) {
        0 => {
            if let Some(changed) = graph.input.choose_mut(random) {
                input(changed, random);
            }
        }
        1 | 2 => {
            if let Some(changed) = graph.initializer.choose_mut(random) {
                tensor(changed, random);
            }
        }
        3 => {
            if let (Some(output), Some(name)) = (graph.output.choose_mut(random), names.choose(random)) {
                output.name = Some(name.clone());
            }
        }
        4 => {
            // One operation more, of the last one's result.
            let mut added = graph.node.choose(random).cloned().unwrap_or_default();
            added.input = (0..random.random_range(1..4)).filter_map(|_| names.choose(random).cloned()).collect();
            added.output = vec![format!("added{}", graph.node.len())];
            operator(&mut added, random);
            if let Some(output) = graph.output.choose_mut(random) {
                output.name = added.output.first().cloned();
            }
            graph.node.push(added);
        }
        _ => {
            if let Some(changed) = graph.node.choose_mut(random) {
                node(changed, &names, random);
            }
        }
    }
}

/// Makes a node another operator.
fn operator(node: &mut NodeProto, random: &mut Random) {
    let (domain, names) = if random.random_ratio(1, 5) { ("com.microsoft", MICROSOFT) } else { ("", OPERATORS) };
    node.domain = Some(domain.to_owned());
    node.op_type = names.split_whitespace().collect::<Vec<_>>().choose(random).map(|name| (*name).to_owned());
}

fn node(node: &mut NodeProto, names: &[String], random: &mut Random) {
    match random.random_range(0..8) {
        0 => operator(node, random),
        1 => {
            if let (Some(input), Some(name)) = (node.input.choose_mut(random), names.choose(random)) {
                input.clone_from(name);
            }
        }
        2 => node.input.extend(names.choose(random).cloned()),
        3 => drop(node.input.pop()),
        4 if !node.attribute.is_empty() => drop(node.attribute.swap_remove(random.random_range(0..node.attribute.len()))),
        _ => {
            if let Some(changed) = node.attribute.choose_mut(random) {
                attribute(changed, random);
            }
        }
    }
}

fn attribute(attribute: &mut AttributeProto, random: &mut Random) {
    if let Some(inner) = &mut attribute.g {
        return graph(inner, random);
    }
    if let Some(inner) = &mut attribute.t {
        return tensor(inner, random);
    }
    if !attribute.ints.is_empty() {
        return numbers(&mut attribute.ints, random);
    }
    if attribute.i.is_some() {
        attribute.i = NUMBERS.choose(random).copied();
    }
    if attribute.f.is_some() {
        attribute.f = FLOATS.choose(random).copied();
    }
    if let Some(word) = &attribute.s {
        let words = ["", "SAME_UPPER", "VALID", "linear", "cubic", "nearest", "ij,jk->ik", "...i,ij->...j", "NOTSET", "bidirectional"];
        attribute.s = words.choose(random).map(|new| new.as_bytes().to_vec().into()).or(Some(word.clone()));
    }
}

fn numbers(numbers: &mut Vec<i64>, random: &mut Random) {
    match random.random_range(0..5) {
        0 => drop(numbers.pop()),
        1 => numbers.extend(NUMBERS.choose(random)),
        _ => {
            if let (Some(number), Some(new)) = (numbers.choose_mut(random), NUMBERS.choose(random)) {
                *number = *new;
            }
        }
    }
}

fn tensor(tensor: &mut TensorProto, random: &mut Random) {
    match random.random_range(0..4) {
        0 => tensor.data_type = Some(random.random_range(0..27)),
        1 => numbers(&mut tensor.dims, random),
        2 if !tensor.int64_data.is_empty() => numbers(&mut tensor.int64_data, random),
        _ => {
            let Some(raw) = &tensor.raw_data else { return };
            let mut bytes = raw.to_vec();
            match tensor.data_type {
                // Mostly shapes and axes.
                Some(7) if bytes.len() >= 8 => {
                    let at = random.random_range(0..bytes.len() / 8) * 8;
                    bytes[at..at + 8].copy_from_slice(&NUMBERS.choose(random).expect("some").to_le_bytes());
                }
                Some(1) if bytes.len() >= 4 => {
                    let at = random.random_range(0..bytes.len() / 4) * 4;
                    bytes[at..at + 4].copy_from_slice(&FLOATS.choose(random).expect("some").to_le_bytes());
                }
                _ => bytes.truncate(random.random_range(0..bytes.len() + 1)),
            }
            tensor.raw_data = Some(bytes.into());
        }
    }
}

fn input(value: &mut ValueInfoProto, random: &mut Random) {
    let Some(type_proto::Value::TensorType(tensor)) = value.r#type.as_mut().and_then(|ty| ty.value.as_mut()) else { return };
    if random.random_ratio(1, 4) {
        tensor.elem_type = Some(random.random_range(0..27));
        return;
    }
    let Some(shape) = &mut tensor.shape else { return };
    let length = match random.random_range(0..3) {
        0 => Some(dimension::Value::DimParam("n".to_owned())),
        _ => NUMBERS.choose(random).map(|number| dimension::Value::DimValue(*number)),
    };
    let length = Dimension { denotation: None, value: length };
    match random.random_range(0..4) {
        0 => drop(shape.dim.pop()),
        1 => shape.dim.push(length),
        _ => {
            if let Some(old) = shape.dim.choose_mut(random) {
                *old = length;
            }
        }
    }
}
