//! The fields of a struct as Rust: what declares them, what fills them, and the file that their values come from.

use std::collections::BTreeMap;

use codewright_kernels::layers::PANEL;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{Classes, integers, rust_type, scalar};
use crate::ir::{Attr, DType, Id, Node};
use crate::model::Weight;
use crate::model::structure::fields::{Content, Fields};
use crate::model::structure::{Kind, Layer};

/// What the fields of a struct are in Rust.
pub(super) trait RustFields<'m> {
    /// The fields as the struct declares them.
    fn declared(&self, classes: &Classes) -> Vec<TokenStream>;

    /// The names of the layers' types.
    fn layer_types(&self) -> Vec<Ident>;

    /// True if a field's value is in the file of weights.
    fn is_loaded(&self, classes: &Classes) -> bool;

    /// The fields as `new` fills them.
    fn filled(&self, classes: &Classes) -> Result<Vec<TokenStream>, String>;
}

impl<'m> RustFields<'m> for Fields<'m> {
    fn declared(&self, classes: &Classes) -> Vec<TokenStream> {
        let declare = |(name, content): &(String, Content)| {
            let name = format_ident!("{name}");
            match content {
                Content::Weight(id) => {
                    let Some(weight) = self.model.weight(*id) else { return quote!() };
                    let dtype = rust_type(weight.dtype);
                    quote!(#name: Tensor<#dtype>)
                }
                Content::Layer(layer) => {
                    let (ty, dtype) = (layer_type(layer.kind), self.model.program.types[usize::from(layer.weights[0])].dtype());
                    let dtype = dtype.map(rust_type);
                    quote!(#name: #ty<#dtype>)
                }
                Content::Scope(scope) => {
                    let ty = classes.of(self.structure, *scope).name();
                    quote!(#name: #ty)
                }
                Content::Scopes(scopes) => {
                    let ty = classes.of(self.structure, scopes[0]).name();
                    quote!(#name: Vec<#ty>)
                }
            }
        };
        self.all().iter().map(declare).collect()
    }

    fn layer_types(&self) -> Vec<Ident> {
        let layer =
            |(_, content): &(String, Content)| if let Content::Layer(layer) = content { Some(layer_type(layer.kind)) } else { None };
        self.all().iter().filter_map(layer).collect()
    }

    fn is_loaded(&self, classes: &Classes) -> bool {
        self.all().iter().any(|(_, content)| match content {
            Content::Weight(id) => literal(self, *id).is_none(),
            Content::Layer(_) => true,
            Content::Scope(scope) => classes.of(self.structure, *scope).is_loaded(),
            Content::Scopes(scopes) => classes.of(self.structure, scopes[0]).is_loaded(),
        })
    }

    fn filled(&self, classes: &Classes) -> Result<Vec<TokenStream>, String> {
        let fill = |(name, content): &(String, Content)| {
            let value = match content {
                Content::Weight(id) => literal(self, *id).unwrap_or_else(|| quote!(weights.tensor(#name)?)),
                Content::Layer(layer) => made(self, name, layer)?,
                Content::Scope(scope) => {
                    let inner = classes.of(self.structure, *scope);
                    let ty = inner.name();
                    let weights = inner.is_loaded().then(|| quote!(&weights.within(#name)));
                    quote!(#ty::new(#weights)?)
                }
                Content::Scopes(scopes) => {
                    let inner = classes.of(self.structure, scopes[0]);
                    let (ty, count) = (inner.name(), proc_macro2::Literal::usize_unsuffixed(scopes.len()));
                    let part = format!("{name}.{{i}}");
                    match inner.is_loaded() {
                        true => quote!((0..#count).map(|i| #ty::new(&weights.within(&format!(#part)))).collect::<Result<_>>()?),
                        false => quote!((0..#count).map(|_| #ty::new()).collect::<Result<_>>()?),
                    }
                }
            };
            let name = format_ident!("{name}");
            Ok(quote!(#name: #value))
        };
        self.all().iter().map(fill).collect()
    }
}

/// A small weight that is the same in all scopes of the class, written out.
fn literal(fields: &Fields, id: Id) -> Option<TokenStream> {
    let weight = fields.literal(id)?;
    let shape = integers(&weight.shape);
    let literals = scalar::literals(weight.dtype, &weight.to_value());
    Some(quote!(Tensor::new(#shape, vec![#(#literals),*])?))
}

/// A layer made of its weights and the attributes of its op.
fn made(fields: &Fields, name: &str, layer: &Layer) -> Result<TokenStream, String> {
    let ty = layer_type(layer.kind);
    let mut arguments: Vec<TokenStream> = Vec::new();
    for (i, part) in parts(layer).enumerate() {
        let key = format!("{name}.{part}");
        let is_bias = layer.has_bias && i + 1 == layer.weights.len();
        arguments.push(if is_bias { quote!(Some(&weights.tensor(#key)?)) } else { quote!(&weights.tensor(#key)?) });
    }
    if !layer.has_bias {
        arguments.push(quote!(None));
    }
    let attributes = layer.operands(fields.model).iter().filter_map(|child| match &fields.model.program.terms[*child] {
        Node::Attr(Attr::None) => None,
        Node::Attr(attr) => Some(attr),
        _ => None,
    });
    for attr in attributes {
        arguments.push(super::body::attribute(attr)?);
    }
    Ok(quote!(#ty::new(#(#arguments),*)?))
}

/// Puts the weights of the whole model's struct into the file.
pub(super) fn stored(fields: &Fields, classes: &Classes, file: &mut BTreeMap<String, Weight>) {
    let structure = fields.structure;
    fields.stored(0, "", &|scope| classes.of(structure, scope).fields(), &mut |path, content, weights| match content {
        Content::Layer(layer) => {
            for (part, weight) in parts(layer).zip(weights) {
                let mut weight = weight.clone();
                if part == "bias" {
                    weight.shape = vec![weight.len()];
                }
                let weight = if layer.kind == Kind::Linear && part == "weight" { in_panels(weight) } else { weight };
                file.insert(format!("{path}.{part}"), narrow(weight));
            }
        }
        Content::Weight(_) => file.extend(weights.first().map(|weight| (path, narrow((*weight).clone())))),
        _ => {}
    });
}

/// A matrix in single precision of shape `(inputs, outputs)` as the layer reads it, which so need not copy it: of shape
/// `(outputs / PANEL, inputs, PANEL)` if that is a whole number.
fn in_panels(mut weight: Weight) -> Weight {
    let &[inputs, outputs] = &*weight.shape else { return weight };
    if weight.dtype != DType::F32 || outputs == 0 || outputs % PANEL != 0 {
        return weight;
    }
    let panel = PANEL * weight.dtype.size();
    let panels = outputs / PANEL;
    let mut bytes = Vec::with_capacity(weight.bytes.len());
    for own in 0..panels {
        bytes.extend(weight.bytes.chunks_exact(panels * panel).flat_map(|row| &row[own * panel..][..panel]));
    }
    (weight.shape, weight.bytes) = (vec![panels, inputs, PANEL], bytes.into());
    weight
}

/// The weight as it is stored: integers of quantized models, which are widened before they are multiplied, as the bytes that they are.
fn narrow(mut weight: Weight) -> Weight {
    let bytes = |ints: Vec<i128>| ints.into_iter().map(|i| i8::try_from(i).map(|i| i as u8).ok()).collect::<Option<Vec<u8>>>();
    if let Some(bytes) = Some(&weight).filter(|weight| weight.dtype == DType::I32).and_then(Weight::to_ints).and_then(bytes) {
        (weight.dtype, weight.bytes) = (DType::I8, bytes.into());
    }
    weight
}

/// The names that a layer's weights have in the file.
fn parts(layer: &Layer) -> impl Iterator<Item = &'static str> {
    let names: &[&str] = match layer.kind {
        Kind::Linear | Kind::Conv | Kind::LayerNorm | Kind::Embedding => &["weight", "bias"],
        Kind::Lstm | Kind::Gru => &["w", "r", "b"],
    };
    names.iter().copied().take(layer.weights.len())
}

fn layer_type(kind: Kind) -> Ident {
    format_ident!("{kind:?}")
}
