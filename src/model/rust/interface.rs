//! The struct of the whole model: `new`, and `run`, which takes and gives arrays.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::class::Class;
use super::{dims, element, rank};
use crate::ir::{Dim, LeafId, Node, Symbol};
use crate::model::structure::Structure;
use crate::model::structure::names::{Names, Words};
use crate::model::{Input, Model, Source};

/// The struct, that of its outputs if there are several, and its functions. `opened` is the expression that reads the file of weights.
pub(super) fn public(
    model: &Model,
    structure: &Structure,
    class: &Class,
    attributes: &TokenStream,
    opened: Option<TokenStream>,
) -> TokenStream {
    let name = class.name();
    let (doc, declared) = class.declaration();
    let outputs = Outputs::new(model, &format_ident!("{name}Outputs"));
    let (made, forward) = (class.made(), class.forward());
    let constructors = constructors(name, opened, &made);
    let (parameters, checks, arguments) = entry(model, structure, class);
    let metadata = metadata(model);
    let (outputs_struct, output, returned) = (&outputs.declared, &outputs.ty, outputs.returned(&quote!(self.forward(#(#arguments),*))));
    quote! {
        #[doc = #doc]
        #attributes
        #[derive(Debug)]
        pub struct #name { #(#declared),* }

        #outputs_struct

        impl #name {
            #metadata

            #constructors

            /// The outputs for given inputs.
            ///
            /// # Errors
            /// If an input has another shape than the model takes, or holds what an operation has no result for.
            pub fn run(&self, #(#parameters),*) -> Result<#output> {
                #checks
                #returned
            }

            #forward
        }
    }
}

/// What the file says of itself besides.
fn metadata(model: &Model) -> Option<TokenStream> {
    let entries = model.metadata.iter().map(|(key, value)| quote!((#key, #value)));
    (!model.metadata.is_empty()).then(|| {
        quote! {
            /// What the model's file says of itself.
            pub const METADATA: &[(&str, &str)] = &[#(#entries),*];
        }
    })
}

/// What makes a model: of the weights that are part of the program, or of others if there are any.
fn constructors(name: &Ident, opened: Option<TokenStream>, made: &TokenStream) -> TokenStream {
    let Some(open) = opened else {
        return quote! {
            /// The model with its weights.
            ///
            /// # Errors
            /// None that can happen.
            pub fn new() -> Result<#name> {
                Ok(#made)
            }
        };
    };
    quote! {
        /// The model with its weights, which are part of the program.
        ///
        /// # Errors
        /// If the file of weights is not the one that belongs to this code.
        pub fn new() -> Result<#name> {
            #name::load(&#open?)
        }

        /// The model with weights from elsewhere, such as a file that is mapped into memory (`Weights::open`).
        ///
        /// # Errors
        /// If one is missing, or is of another type or shape.
        pub fn load(weights: &Weights) -> Result<#name> {
            Ok(#made)
        }
    }
}

/// The parameters of `run`, the statements that check them, and what `forward` is given.
fn entry(model: &Model, structure: &Structure, class: &Class) -> (Vec<TokenStream>, TokenStream, Vec<TokenStream>) {
    let mut names = Names::new(Words::Rust);
    let parameters: Vec<Ident> = model.inputs.iter().map(|input| format_ident!("{}", names.unique(&input.name))).collect();
    let mut checks = TokenStream::new();
    let mut lengths: BTreeMap<Symbol, Ident> = BTreeMap::new();
    for (input, name) in model.inputs.iter().zip(&parameters) {
        let dims = input.ty.shape().dims().unwrap_or(&[]);
        let fixed = limits(dims, &lengths);
        let mut bound = Vec::new();
        for dim in dims {
            let fresh = dim.as_symbol().filter(|symbol| !lengths.contains_key(*symbol));
            bound.push(match fresh {
                Some(symbol) if class.lengths().contains(symbol) || is_read_again(model, symbol) => {
                    let ident = format_ident!("{}", names.unique(symbol));
                    lengths.insert(symbol.clone(), ident.clone());
                    quote!(#ident)
                }
                _ => quote!(_),
            });
        }
        let (text, shape) = (&input.name, input.ty.shape().to_string());
        let repeated = |(i, dim): (usize, &Dim)| dim.as_symbol().is_some_and(|s| lengths.contains_key(s)) && dims[..i].contains(dim);
        let again = dims.iter().enumerate().any(repeated).then(|| limits(dims, &lengths));
        let is_bound = bound.iter().any(|b| lengths.values().any(|name| *name == b.to_string()));
        let bound = is_bound.then(|| quote!(let [#(#bound),*] =));
        // A path, for an input may be called `input` itself.
        checks.extend(quote!(#bound codewright::input(#text, #shape, #name.shape(), [#(#fixed),*])?;));
        // A length that stands in the same shape twice is known only now.
        if let Some(again) = again {
            checks.extend(quote!(codewright::input(#text, #shape, #name.shape(), [#(#again),*])?;));
        }
    }
    let needed = structure.scopes[0].inputs.iter().filter_map(|id| match model.program.terms[*id] {
        Node::Leaf(LeafId(leaf)) => match model.leaves.get(leaf as usize) {
            Some(Source::Input(index)) => parameters.get(*index),
            _ => None,
        },
        _ => None,
    });
    let tensors = needed.map(|name| quote!(&Tensor::from_array(#name)));
    let arguments = tensors.chain(class.lengths().iter().filter_map(|symbol| lengths.get(symbol)).map(|name| quote!(#name))).collect();
    let declare = |(input, name): (&Input, &Ident)| {
        let (dtype, rank) = (element(&input.ty), rank(&input.ty));
        quote!(#name: &ArrayRef<#dtype, #rank>)
    };
    (model.inputs.iter().zip(&parameters).map(declare).collect(), checks, arguments)
}

/// What each axis of a shape must be, as far as it is made of known lengths.
fn limits(dims: &[Dim], lengths: &BTreeMap<Symbol, Ident>) -> Vec<TokenStream> {
    dims.iter().map(|dim| dims::length(dim, lengths).map_or(quote!(None), |n| quote!(Some(#n)))).collect()
}

/// True if a length stands in the inputs' shapes twice.
fn is_read_again(model: &Model, symbol: &Symbol) -> bool {
    let dims = model.inputs.iter().flat_map(|input| input.ty.shape().dims().unwrap_or(&[]));
    dims.filter(|dim: &&Dim| dim.symbols().any(|s| s == symbol)).count() > 1
}

/// What `run` gives.
struct Outputs {
    ty: TokenStream,
    declared: TokenStream,
    /// The struct and its fields, if there is one.
    fields: Option<(Ident, Vec<Ident>)>,
}

impl Outputs {
    fn new(model: &Model, name: &Ident) -> Outputs {
        let types = model.program.roots.iter().map(|root| {
            let ty = &model.program.types[usize::from(*root)];
            let (dtype, rank) = (element(ty), rank(ty));
            quote!(Array<#dtype, #rank>)
        });
        let types: Vec<TokenStream> = types.collect();
        if let [ty] = &types[..] {
            return Outputs { ty: ty.clone(), declared: TokenStream::new(), fields: None };
        }
        let mut names = Names::new(Words::Rust);
        let fields: Vec<Ident> = model.outputs.iter().map(|output| format_ident!("{}", names.unique(&output.name))).collect();
        let roots = model.outputs.iter().zip(&model.program.roots);
        let docs = roots.map(|(output, root)| format!(" `{}`: {}.", output.name, model.program.types[usize::from(*root)]));
        let declared = quote! {
            /// The outputs.
            #[derive(Debug)]
            pub struct #name { #(#[doc = #docs] pub #fields: #types),* }
        };
        Outputs { ty: quote!(#name), declared, fields: Some((name.clone(), fields)) }
    }

    /// The end of `run`, with a call that gives the outputs as tensors.
    fn returned(&self, call: &TokenStream) -> TokenStream {
        match &self.fields {
            None => quote!(#call?.into_array()),
            Some((name, fields)) => quote! {
                let (#(#fields),*) = #call?;
                Ok(#name { #(#fields: #fields.into_array()?),* })
            },
        }
    }
}
