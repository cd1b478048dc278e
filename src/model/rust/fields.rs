//! The fields of a struct: weights, layers, inner structs; and the file that their values come from.

use std::collections::{BTreeMap, HashMap};

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::labels::Labels;
use super::names::Names;
use super::{Classes, integers, rust_type, scalar};
use crate::ir::{Attr, Id, Node};
use crate::model::structure::{Kind, Layer, SMALL, Structure, is_section, scope_base};
use crate::model::{Model, Weight};

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
enum Content {
    Weight(Id),
    Layer(Layer),
    /// The struct of a scope.
    Scope(usize),
    /// The structs of a chain of scopes.
    Scopes(Vec<usize>),
}

/// The fields that the functions of one struct read, in the order in which they do.
#[derive(Debug)]
pub(super) struct Fields<'m> {
    model: &'m Model,
    structure: &'m Structure,
    labels: Labels<'m>,
    names: Names,
    fields: Vec<(String, Content)>,
    /// For each scope of the class its nodes and weights by those of the first.
    members: Vec<HashMap<Id, Id>>,
}

impl<'m> Fields<'m> {
    pub fn new(model: &'m Model, structure: &'m Structure, class: usize) -> Fields<'m> {
        let labels = Labels::new(model, structure, structure.classes[class].scopes[0]);
        let members = structure.correspondences(model, class);
        Fields { model, structure, labels, names: Names::default(), fields: Vec::new(), members }
    }

    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The scopes' nodes and weights by those of the first.
    pub fn members(&self) -> &[HashMap<Id, Id>] {
        &self.members
    }

    /// The field of a weight.
    pub fn weight(&mut self, id: Id) -> Ident {
        let label = self.labels.weight(id);
        self.field(Content::Weight(id), &label)
    }

    /// The field of a layer, of which `result` is the result; layers of the same weights and attributes have one.
    pub fn layer(&mut self, layer: &Layer, result: Id) -> Ident {
        let same = |content: &Content| match content {
            Content::Layer(other) => {
                (other.kind, &other.weights) == (layer.kind, &layer.weights)
                    && other.operands(self.model).iter().zip(layer.operands(self.model)).skip(1).all(|(a, b)| a == b)
            }
            _ => false,
        };
        if let Some((name, _)) = self.fields.iter().find(|(_, content)| same(content)) {
            return format_ident!("{name}");
        }
        let label = self.labels.layer(layer, result);
        self.field(Content::Layer(layer.clone()), &label)
    }

    /// The field of an inner scope, whose struct is `ty`: named as the scope, or as the struct if that is no name.
    pub fn scope(&mut self, scope: usize, ty: &str) -> Ident {
        let name = &self.structure.scopes[scope].name;
        if is_section(name) {
            return self.field(Content::Scope(scope), scope_base(name));
        }
        let is_name = syn::parse_str::<Ident>(name).is_ok() || name.contains(|c: char| !c.is_ascii_alphanumeric());
        self.field(Content::Scope(scope), if is_name { name } else { ty })
    }

    /// The field of a chain of inner scopes.
    pub fn scopes(&mut self, scopes: &[usize]) -> Ident {
        let name = &self.structure.scopes[scopes[0]].name;
        let several = if is_section(name) { format!("{}s", scope_base(name)) } else { scope_base(name).to_owned() };
        self.field(Content::Scopes(scopes.to_vec()), &several)
    }

    fn field(&mut self, content: Content, label: &str) -> Ident {
        if let Some((name, _)) = self.fields.iter().find(|(_, other)| *other == content) {
            return format_ident!("{name}");
        }
        let name = self.names.unique(label);
        self.fields.push((name.clone(), content));
        format_ident!("{name}")
    }

    /// The fields as the struct declares them.
    pub fn declared(&self, classes: &Classes) -> Vec<TokenStream> {
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
        self.fields.iter().map(declare).collect()
    }

    /// The names of the layers' types.
    pub fn layer_types(&self) -> impl Iterator<Item = Ident> {
        self.fields.iter().filter_map(|(_, content)| if let Content::Layer(layer) = content { Some(layer_type(layer.kind)) } else { None })
    }

    /// True if a field's value is in the file of weights.
    pub fn is_loaded(&self, classes: &Classes) -> bool {
        self.fields.iter().any(|(_, content)| match content {
            Content::Weight(id) => self.literal(*id).is_none(),
            Content::Layer(_) => true,
            Content::Scope(scope) => classes.of(self.structure, *scope).is_loaded(),
            Content::Scopes(scopes) => classes.of(self.structure, scopes[0]).is_loaded(),
        })
    }

    /// The fields as `new` fills them.
    pub fn filled(&self, classes: &Classes) -> Result<Vec<TokenStream>, String> {
        let fill = |(name, content): &(String, Content)| {
            let value = match content {
                Content::Weight(id) => self.literal(*id).unwrap_or_else(|| quote!(weights.tensor(#name)?)),
                Content::Layer(layer) => self.made(name, layer)?,
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
        self.fields.iter().map(fill).collect()
    }

    /// A small weight that is the same in all scopes of the class, written out.
    fn literal(&self, id: Id) -> Option<TokenStream> {
        let weight = self.model.weight(id).filter(|weight| weight.len() <= SMALL)?;
        let same = |pairs: &HashMap<Id, Id>| {
            let own = self.model.weight(pairs.get(&id).copied().unwrap_or(id));
            own.is_some_and(|own| own.shape == weight.shape && own.bytes == weight.bytes)
        };
        if !self.members.iter().all(same) {
            return None;
        }
        let shape = integers(&weight.shape);
        let literals = scalar::literals(weight.dtype, &weight.to_value());
        Some(quote!(Tensor::new(#shape, vec![#(#literals),*])?))
    }

    /// A layer made of its weights and the attributes of its op.
    fn made(&self, name: &str, layer: &Layer) -> Result<TokenStream, String> {
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
        let attributes = layer.operands(self.model).iter().filter_map(|child| match &self.model.program.terms[*child] {
            Node::Attr(Attr::None) => None,
            Node::Attr(attr) => Some(attr),
            _ => None,
        });
        for attr in attributes {
            arguments.push(super::body::attribute(attr)?);
        }
        Ok(quote!(#ty::new(#(#arguments),*)?))
    }

    /// Puts the weights of the struct of one scope of the class into the file, under names that begin with `at`.
    pub fn stored(&self, classes: &Classes<'m>, scope: usize, at: &str, file: &mut BTreeMap<String, Weight>) {
        let own = self.structure.classes[self.structure.scopes[scope].class].scopes.iter().position(|other| *other == scope);
        let Some(pairs) = own.and_then(|own| self.members.get(own)) else { return };
        let corresponding = |id: Id| self.model.weight(pairs.get(&id).copied().unwrap_or(id));
        // Scopes of one class have the same scopes in the same order.
        let inner = |first: usize| {
            let (a, b) = (
                &self.structure.scopes[self.structure.classes[self.structure.scopes[scope].class].scopes[0]],
                &self.structure.scopes[scope],
            );
            a.children.iter().position(|child| *child == first).and_then(|i| b.children.get(i).copied())
        };
        for (name, content) in &self.fields {
            let path = format!("{at}{name}");
            match content {
                Content::Weight(id) if self.literal(*id).is_none() => file.extend(corresponding(*id).map(|weight| (path, weight.clone()))),
                Content::Weight(_) => {}
                Content::Layer(layer) => {
                    for (part, weight) in parts(layer).zip(&layer.weights) {
                        let Some(mut weight) = corresponding(*weight).cloned() else { continue };
                        if part == "bias" {
                            weight.shape = vec![weight.len()];
                        }
                        file.insert(format!("{path}.{part}"), weight);
                    }
                }
                Content::Scope(first) => {
                    if let Some(inner) = inner(*first) {
                        classes.of(self.structure, *first).stored(classes, inner, &format!("{path}."), file);
                    }
                }
                Content::Scopes(scopes) => {
                    for (i, inner) in scopes.iter().enumerate().filter_map(|(i, first)| Some((i, inner(*first)?))) {
                        classes.of(self.structure, inner).stored(classes, inner, &format!("{path}.{i}."), file);
                    }
                }
            }
        }
    }
}

/// The names that a layer's weights have in the file.
fn parts(layer: &Layer) -> impl Iterator<Item = &'static str> {
    let names: &[&str] = match layer.kind {
        Kind::Linear | Kind::Conv => &["weight", "bias"],
        Kind::Lstm | Kind::Gru => &["w", "r", "b"],
    };
    names.iter().copied().take(layer.weights.len())
}

fn layer_type(kind: Kind) -> Ident {
    format_ident!("{kind:?}")
}
