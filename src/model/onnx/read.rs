use std::path::Path;

use prost::Message;
use prost::bytes::Bytes;

use super::lower::Lowering;
use super::proto::{ModelProto, StringStringEntryProto, ValueInfoProto, tensor_shape_proto::dimension::Value as Length, type_proto};
use super::tensor::element;
use crate::ir::{Dim, Shape, Type};
use crate::model::{Input, Model, ModelError};

/// What is asked of an import.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Lengths of inputs that are fixed: the input's name and all of its lengths.
    pub shapes: Vec<(String, Vec<usize>)>,
    /// Inputs of one element that are always the same number, and so no inputs any more.
    pub values: Vec<(String, f64)>,
}

/// Reads a model from a file.
///
/// # Errors
/// If the file cannot be read, is no ONNX model, or has nodes that cannot be done.
pub fn read(path: &Path, options: &Options) -> Result<Model, ModelError> {
    let bytes = std::fs::read(path).map_err(|e| ModelError::file(path, e))?;
    let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut model = read_bytes(bytes.into(), &name, folder.unwrap_or(Path::new(".")), options)?;
    model.files.insert(0, path.to_owned());
    Ok(model)
}

/// Reads a model from a file's bytes. Data that the model keeps in other files is looked for in `folder`.
///
/// # Errors
/// If it is no ONNX model, or has nodes that cannot be done.
pub fn read_bytes(bytes: Bytes, name: &str, folder: &Path, options: &Options) -> Result<Model, ModelError> {
    let mut model = ModelProto::decode(bytes).map_err(|e| ModelError::Malformed(format!("no ONNX file: {e}")))?;
    super::functions::inline(&mut model)?;
    let graph = model.graph.as_ref().ok_or_else(|| ModelError::Malformed("no ONNX file: it has no graph".to_owned()))?;
    let asked = options.shapes.iter().map(|(name, _)| name).chain(options.values.iter().map(|(name, _)| name));
    if let Some(unknown) = asked.into_iter().find(|name| graph.input.iter().all(|input| input.name() != *name)) {
        let names: Vec<&str> = graph.input.iter().map(|input| input.name()).collect();
        return Err(ModelError::Malformed(format!("no input is named `{unknown}`; there are {}", names.join(", "))));
    }
    let mut lowering = Lowering::new(&model, folder);
    lowering.initializers(graph)?;
    let mut inputs = Vec::new();
    for value in &graph.input {
        // An initializer of the same name is its default.
        if !lowering.knows(value.name()) {
            let input = input(value, options)?;
            if let Some((_, number)) = options.values.iter().find(|(pinned, _)| *pinned == input.name) {
                lowering.pinned(value.name(), &input, *number)?;
                continue;
            }
            lowering.input(inputs.len(), value.name(), &input);
            inputs.push(input);
        }
    }
    lowering.nodes(graph);
    let entry = |entry: &StringStringEntryProto| (entry.key().to_owned(), entry.value().to_owned());
    let metadata = model.metadata_props.iter().map(entry).collect();
    Ok(Model { metadata, ..lowering.finish(name.to_owned(), inputs, graph)? })
}

/// An input's type; lengths without a name are named after the input and the axis.
fn input(value: &ValueInfoProto, options: &Options) -> Result<Input, ModelError> {
    let name = value.name().to_owned();
    let malformed = |why: String| ModelError::Malformed(format!("input `{name}`: {why}"));
    let tensor = match value.r#type.as_ref().and_then(|ty| ty.value.as_ref()) {
        Some(type_proto::Value::TensorType(tensor)) => tensor,
        Some(_) => return Err(malformed("it is no tensor, and other inputs are not supported".to_owned())),
        None => return Err(malformed("it has no type".to_owned())),
    };
    let (dtype, narrow) = element(tensor.elem_type()).map_err(malformed)?;
    if let Some((_, lengths)) = options.shapes.iter().find(|(pinned, _)| *pinned == name) {
        if tensor.shape.as_ref().is_some_and(|shape| shape.dim.len() != lengths.len()) {
            return Err(malformed(format!("it does not have {} axes", lengths.len())));
        }
        return Ok(Input { ty: Type::array(dtype, Shape::fixed(lengths)), name, narrow });
    }
    let Some(shape) = &tensor.shape else { return Err(malformed("its number of axes is unknown; fix it with --shape".to_owned())) };
    let mut dims = Vec::new();
    for (axis, dim) in shape.dim.iter().enumerate() {
        dims.push(match &dim.value {
            Some(Length::DimValue(n)) if *n > 0 => Dim::known(*n),
            Some(Length::DimValue(n)) if *n < -1 => return Err(malformed(format!("a length of {n}"))),
            Some(Length::DimParam(symbol)) if is_name(symbol) => Dim::symbol(symbol.as_str()),
            Some(Length::DimValue(0)) => Dim::known(0),
            _ => Dim::symbol(format!("{name}.{axis}")),
        });
    }
    Ok(Input { ty: Type::array(dtype, Shape::Ranked(dims)), name, narrow })
}

/// False for what exporters write where a length has no name, which they do for several lengths alike.
fn is_name(symbol: &str) -> bool {
    symbol.chars().any(char::is_alphabetic) && !symbol.starts_with("p2o.DynamicDimension")
}
