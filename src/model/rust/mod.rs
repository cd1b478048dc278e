//! A model as Rust: a struct of its weights with a `run` that reads as a person would write it.

mod body;
mod dims;
mod names;
mod package;
mod scalar;

use std::collections::BTreeMap;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use safetensors::tensor::TensorView;

use super::{Model, ModelError, Weight};
use crate::ir::{DType, Type};
use body::Body;
use names::{Names, camel};

pub use package::{Files, Tolerance, package, test};

/// A weight of at most so many elements is written in the code; larger ones are in a file beside it.
const LITERAL: usize = 16;

/// What is asked of the code.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The name of the file of weights, as the code names it.
    pub weights_file: String,
    /// Where the model comes from, for the documentation.
    pub source: String,
}

/// A model's code.
#[derive(Debug, Clone)]
pub struct Generated {
    /// The text of a Rust module.
    pub code: String,
    /// The contents of the file of weights, in the format of safetensors; `None` if the code holds them all.
    pub weights: Option<Vec<u8>>,
}

/// Prints a model as a Rust file.
///
/// # Errors
/// If it has what the printer cannot print; all such nodes are named.
pub fn generate(model: &Model, options: &Options) -> Result<Generated, ModelError> {
    let file = &options.weights_file;
    let items = items(model, &camel(&model.name), &TokenStream::new(), true, |_| quote!(codewright::include_weights!(#file)))?;
    let doc = documentation(model, options);
    let doc = doc.iter().map(|line| quote!(#![doc = #line]));
    let code = items.code;
    Ok(Generated { code: printed(quote!(#(#doc)* #code))?, weights: items.weights })
}

/// Prints a model as items in place of a struct of this name, its weights among them. `attributes` are those of the struct.
///
/// # Errors
/// If it has what the printer cannot print; all such nodes are named.
pub fn inline(model: &Model, name: &str, attributes: &TokenStream) -> Result<TokenStream, ModelError> {
    let bytes = |weights: &[u8]| {
        let bytes = Literal::byte_string(weights);
        quote!(codewright::static_weights!(*#bytes))
    };
    Ok(items(model, name, attributes, false, bytes)?.code)
}

/// The names of the types that [`inline`] makes for a model.
pub fn type_names(model: &Model, name: &str) -> Vec<String> {
    let outputs = (model.outputs.len() > 1).then(|| format!("{name}Outputs"));
    std::iter::once(name.to_owned()).chain(outputs).collect()
}

struct Items {
    code: TokenStream,
    weights: Option<Vec<u8>>,
}

/// The struct, that of its outputs, and its functions, with marks for comments or without. `open` makes the expression that reads the
/// file of weights.
fn items(
    model: &Model,
    name: &str,
    attributes: &TokenStream,
    comments: bool,
    open: impl FnOnce(&[u8]) -> TokenStream,
) -> Result<Items, ModelError> {
    let mut fields = Names::default();
    let mut body = Body::new(model, &mut fields);
    let results = body.run();
    if !body.errors.is_empty() {
        return Err(ModelError::Nodes(body.errors));
    }
    let (name, outputs) = (format_ident!("{name}"), format_ident!("{name}Outputs"));
    let (signature, outputs_struct, returned) = interface(model, &outputs, &body.parameters, &results);
    let used = body.used_weights();
    let declared = used.iter().map(|(field, weight)| {
        let (field, dtype, shape) = (format_ident!("{field}"), rust_type(weight.dtype), format!(" `{}`, {:?}.", weight.name, weight.shape));
        quote!(#[doc = #shape] #field: Tensor<#dtype>)
    });
    let (entry, imports) = (body.entry(), body.imports());
    let statements = body.statements(comments);
    let weights = if used.values().any(|weight| weight.len() > LITERAL) { Some(file_of(&used)?) } else { None };
    let opened = weights.as_deref().map(open).map(|open| quote!(let weights = #open?;));
    let loaded = used.iter().map(|(field, weight)| loaded(field, weight));
    let made = match opened {
        Some(_) => quote!(weights.all(#name { #(#loaded),* })),
        None => quote!(Ok(#name { #(#loaded),* })),
    };
    let struct_doc = format!(" The weights of `{}`.", model.name);
    let code = quote! {
        use codewright::ndarray::{Array, ArrayRef};
        use codewright::{#(#imports),*};

        #[doc = #struct_doc]
        #attributes
        #[derive(Debug)]
        pub struct #name { #(#declared),* }

        #outputs_struct

        impl #name {
            /// The model with its weights.
            ///
            /// # Errors
            /// If the file of weights is not the one that belongs to this code.
            pub fn new() -> Result<#name> {
                #opened
                #made
            }

            /// The outputs for given inputs.
            ///
            /// # Errors
            /// If an input has another shape than the model takes, or holds what an operation has no result for.
            pub fn run #signature {
                #entry
                #statements
                #returned
            }
        }
    };
    Ok(Items { code, weights })
}

/// Parameters and result of `run`, a struct for several outputs, and what `run` ends with.
fn interface(model: &Model, outputs: &Ident, inputs: &[Ident], results: &[TokenStream]) -> (TokenStream, TokenStream, TokenStream) {
    let parameters = model.inputs.iter().zip(inputs).map(|(input, name)| {
        let (dtype, rank) = (element(&input.ty), rank(&input.ty));
        quote!(#name: &ArrayRef<#dtype, #rank>)
    });
    let parameters: Vec<TokenStream> = parameters.collect();
    let types: Vec<TokenStream> = model
        .program
        .roots
        .iter()
        .map(|root| {
            let ty = &model.program.types[usize::from(*root)];
            let (dtype, rank) = (element(ty), rank(ty));
            quote!(Array<#dtype, #rank>)
        })
        .collect();
    if let ([ty], [result]) = (&types[..], results) {
        return (quote!((&self, #(#parameters),*) -> Result<#ty>), quote!(), quote!(#result.into_array()));
    }
    let mut names = Names::default();
    let fields: Vec<Ident> = model.outputs.iter().map(|output| format_ident!("{}", names.unique(&output.name))).collect();
    let docs = model
        .outputs
        .iter()
        .zip(&model.program.roots)
        .map(|(output, root)| format!(" `{}`: {}.", output.name, model.program.types[usize::from(*root)]));
    let declared = quote! {
        /// The outputs.
        #[derive(Debug)]
        pub struct #outputs { #(#[doc = #docs] pub #fields: #types),* }
    };
    (quote!((&self, #(#parameters),*) -> Result<#outputs>), declared, quote!(Ok(#outputs { #(#fields: #results.into_array()?),* })))
}

fn documentation(model: &Model, options: &Options) -> Vec<String> {
    let mut lines =
        vec![format!(" The model `{}`, generated by `cargo wright generate` from {}.", model.name, options.source), String::new()];
    lines.extend(model.inputs.iter().map(|input| format!(" - input `{}`: {}", input.name, input.ty)));
    let outputs = model.outputs.iter().zip(&model.program.roots);
    lines.extend(outputs.map(|(output, root)| format!(" - output `{}`: {}", output.name, model.program.types[usize::from(*root)])));
    lines
}

/// A field of the struct as `new` fills it.
fn loaded(field: &str, weight: &Weight) -> TokenStream {
    let ident = format_ident!("{field}");
    if weight.len() > LITERAL {
        return quote!(#ident: weights.get(#field));
    }
    let (shape, value) = (&weight.shape, weight.to_value());
    let literals = scalar::literals(weight.dtype, &value);
    quote!(#ident: Tensor::new(&[#(#shape),*], vec![#(#literals),*])?)
}

/// The file of weights.
fn file_of(used: &BTreeMap<String, &Weight>) -> Result<Vec<u8>, ModelError> {
    serialized(used.iter().filter(|(_, weight)| weight.len() > LITERAL).map(|(field, weight)| (field.clone(), *weight)).collect())
}

/// Tensors in the format of safetensors.
pub(super) fn serialized(tensors: Vec<(String, &Weight)>) -> Result<Vec<u8>, ModelError> {
    let failed = |e: safetensors::SafeTensorError| ModelError::Malformed(format!("the weights cannot be written: {e}"));
    let mut views: Vec<(String, TensorView)> = Vec::new();
    for (name, weight) in tensors {
        views.push((name, TensorView::new(stored_type(weight.dtype), weight.shape.clone(), &weight.bytes).map_err(failed)?));
    }
    safetensors::serialize(views, None).map_err(failed)
}

fn stored_type(dtype: DType) -> safetensors::Dtype {
    use safetensors::Dtype as D;
    match dtype {
        DType::Bool => D::BOOL,
        DType::I8 => D::I8,
        DType::I16 => D::I16,
        DType::I32 => D::I32,
        DType::I64 => D::I64,
        DType::U8 => D::U8,
        DType::U16 => D::U16,
        DType::U32 => D::U32,
        DType::U64 => D::U64,
        DType::F16 => D::F16,
        DType::BF16 => D::BF16,
        DType::F32 => D::F32,
        DType::F64 => D::F64,
    }
}

/// A model's name as the name of a module.
pub fn identifier(name: &str) -> String {
    names::snake(name)
}

fn element(ty: &Type) -> TokenStream {
    rust_type(ty.dtype().unwrap_or(DType::F32))
}

/// The Rust type of an element.
fn rust_type(dtype: DType) -> TokenStream {
    let ident = format_ident!("{}", dtype.name());
    match dtype {
        DType::F16 | DType::BF16 => quote!(codewright::#ident),
        _ => quote!(#ident),
    }
}

fn rank(ty: &Type) -> TokenStream {
    match ty.rank() {
        Some(n @ 0..=6) => {
            let ident = format_ident!("Ix{n}");
            quote!(codewright::ndarray::#ident)
        }
        _ => quote!(codewright::ndarray::IxDyn),
    }
}

/// The text of the code, with the statements' comments in their places and a blank line between items.
fn printed(code: TokenStream) -> Result<String, ModelError> {
    let file = syn::parse2::<syn::File>(code).map_err(|e| ModelError::Malformed(format!("the code for it does not parse: {e}")))?;
    let text = prettyplease::unparse(&file);
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match line.trim().strip_prefix(concat!("comment", "!(\"")).and_then(|rest| rest.strip_suffix("\");")) {
            Some(comment) => {
                if let Some(last) = lines.last_mut() {
                    last.push_str(&format!(" // {comment}"));
                }
            }
            None => {
                if lines.last().is_some_and(|last| begins_item(last, line)) {
                    lines.push(String::new());
                }
                lines.push(line.to_owned());
            }
        }
    }
    Ok(lines.join("\n") + "\n")
}

/// True between the end of an item and the beginning of the next, in a file or an `impl`.
fn begins_item(last: &str, line: &str) -> bool {
    let indent = line.len() - line.trim_start().len();
    let ended = last == "}" || last == "    }" || (last.ends_with(';') && indent == 0 && !line.starts_with("use "));
    let module_docs = last.starts_with("//!") && !line.starts_with("//!");
    module_docs || (ended && indent <= 4 && !line.trim().starts_with('}'))
}
