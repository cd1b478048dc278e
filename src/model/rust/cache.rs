//! What a model has that is given its sequence in parts: the cache, and the functions that fill it.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::class::Class;
use super::{element, rank, rust_type};
use crate::ir::{DType, Dim, LeafId, Node, Symbol};
use crate::model::structure::Structure;
use crate::model::structure::names::{Names, Words};
use crate::model::{Cache, Model, Source};

/// The struct of the cache, and the functions of the model's struct that take it; nothing for a model without one.
pub(super) fn cache(model: &Model, structure: &Structure, class: &Class) -> TokenStream {
    let Some(kept) = model.cache else { return TokenStream::new() };
    let (name, ty) = (class.name(), format_ident!("{}Cache", class.name()));
    let dtype = rust_type(model.inputs[kept.inputs].ty.dtype().unwrap_or(DType::F32));
    let (parameter, made) = empty(model, kept);
    let next = next(model, structure, class, kept, &ty);
    let generate = generate(model, kept, parameter.is_some());
    let axis = proc_macro2::Literal::usize_unsuffixed(places(model, kept));
    quote! {
        /// The keys and values of the places that a model has seen.
        #[derive(Debug, Clone)]
        pub struct #ty { kept: Vec<Tensor<#dtype>> }

        impl #ty {
            /// The number of places.
            pub fn len(&self) -> usize { self.kept[0].shape()[#axis] }

            /// True before the first place.
            pub fn is_empty(&self) -> bool { self.len() == 0 }
        }

        impl #name {
            /// A cache without places.
            ///
            /// # Errors
            /// None that can happen.
            pub fn cache(&self, #parameter) -> Result<#ty> {
                Ok(#ty { kept: vec![#(#made),*] })
            }

            #next

            #generate
        }
    }
}

/// The axis of a kept array that is its places.
fn places(model: &Model, kept: Cache) -> usize {
    model.inputs[kept.inputs].ty.rank().map_or(0, |rank| rank - 2)
}

/// The parameter of what makes an empty cache, if there is one, and the arrays in it.
fn empty(model: &Model, kept: Cache) -> (Option<TokenStream>, Vec<TokenStream>) {
    let mut is_open = false;
    let mut arrays = Vec::new();
    for input in &model.inputs[kept.inputs..] {
        let dims = input.ty.shape().dims().unwrap_or(&[]);
        let lengths = dims.iter().enumerate().map(|(axis, dim)| match dim.as_known() {
            Some(n) => {
                let n = proc_macro2::Literal::i64_unsuffixed(n);
                quote!(#n)
            }
            None if axis + 2 == dims.len() => quote!(0),
            None => {
                is_open = true;
                quote!(batch)
            }
        });
        let lengths: Vec<TokenStream> = lengths.collect();
        arrays.push(quote!(Tensor::new(&[#(#lengths),*], Vec::new())?));
    }
    (is_open.then(|| quote!(batch: usize)), arrays)
}

/// The function that gives the outputs for the next places.
fn next(model: &Model, structure: &Structure, class: &Class, kept: Cache, cache: &Ident) -> TokenStream {
    let mut names = Names::without(Words::Rust, &["cache"]);
    let inputs: Vec<Ident> = model.inputs[..kept.inputs].iter().map(|input| format_ident!("{}", names.unique(&input.name))).collect();
    let parameters = model.inputs.iter().zip(&inputs).map(|(input, name)| {
        let (dtype, rank) = (element(&input.ty), rank(&input.ty));
        quote!(#name: &ArrayRef<#dtype, #rank>)
    });
    let tensors = structure.scopes[0].inputs.iter().filter_map(|id| match model.program.terms[*id] {
        Node::Leaf(LeafId(leaf)) => match model.leaves.get(leaf as usize) {
            Some(Source::Input(index)) => Some(match inputs.get(*index) {
                Some(name) => quote!(&Tensor::from_array(#name)),
                None => {
                    let place = proc_macro2::Literal::usize_unsuffixed(*index - kept.inputs);
                    quote!(&cache.kept[#place])
                }
            }),
            _ => None,
        },
        _ => None,
    });
    let lengths = class.lengths().iter().map(|symbol| length(model, kept, &inputs, symbol));
    let arguments: Vec<TokenStream> = tensors.chain(lengths).collect();
    let checks = model.inputs.iter().zip(&inputs).map(|(input, name)| {
        let (text, shape) = (&input.name, input.ty.shape().to_string());
        let fixed = input.ty.shape().dims().unwrap_or(&[]).iter().map(|dim| match dim.as_known() {
            Some(n) => {
                let n = proc_macro2::Literal::i64_unsuffixed(n);
                quote!(Some(#n))
            }
            None => quote!(None),
        });
        quote!(codewright::input(#text, #shape, #name.shape(), [#(#fixed),*])?;)
    });
    let outputs: Vec<Ident> = model.outputs.iter().map(|output| format_ident!("{}", names.unique(&output.name))).collect();
    let (own, after) = outputs.split_at(kept.outputs);
    let types: Vec<TokenStream> = model.program.roots[..kept.outputs]
        .iter()
        .map(|root| {
            let ty = &model.program.types[usize::from(*root)];
            let (dtype, rank) = (element(ty), rank(ty));
            quote!(Array<#dtype, #rank>)
        })
        .collect();
    let (ty, result) = match (&types[..], own) {
        ([ty], [own]) => (ty.clone(), quote!(#own.into_array())),
        _ => (quote!((#(#types),*)), quote!(Ok((#(#own.into_array()?),*)))),
    };
    quote! {
        /// The outputs for the places that follow those in the cache, which has them too from then on.
        ///
        /// # Errors
        /// If an input has another shape than the model takes, or the sequence becomes longer than the model can be given.
        pub fn next(&self, #(#parameters,)* cache: &mut #cache) -> Result<#ty> {
            #(#checks)*
            let (#(#outputs),*) = self.forward(#(#arguments),*)?;
            cache.kept = vec![#(#after),*];
            #result
        }
    }
}

/// The expression of a length that `forward` takes.
fn length(model: &Model, kept: Cache, inputs: &[Ident], symbol: &Symbol) -> TokenStream {
    for (i, input) in model.inputs.iter().enumerate() {
        let Some(axis) = input.ty.shape().dims().unwrap_or(&[]).iter().position(|dim: &Dim| dim.as_symbol() == Some(symbol)) else {
            continue;
        };
        let axis = proc_macro2::Literal::usize_unsuffixed(axis);
        return match inputs.get(i) {
            Some(name) => quote!(#name.shape()[#axis]),
            None => {
                let place = proc_macro2::Literal::usize_unsuffixed(i - kept.inputs);
                quote!(cache.kept[#place].shape()[#axis])
            }
        };
    }
    quote!(0)
}

/// The function that lets a model of tokens go on from a prompt, if it is one.
fn generate(model: &Model, kept: Cache, has_batch: bool) -> Option<TokenStream> {
    let ([input], [root]) = (&model.inputs[..kept.inputs], &model.program.roots[..kept.outputs]) else { return None };
    let output = &model.program.types[usize::from(*root)];
    let logits = rust_type(output.dtype().filter(|dtype| dtype.is_float())?);
    let is_batch = |dim: &Dim| has_batch || dim.as_known() == Some(1);
    if input.ty.dtype() != Some(DType::I64) || !matches!(input.ty.shape().dims(), Some([batch, _]) if is_batch(batch)) {
        return None;
    }
    let batch = has_batch.then(|| quote!(1));
    Some(quote! {
        /// A prompt and so many tokens behind it: `pick` chooses each from the numbers that the model gives for all tokens.
        ///
        /// # Errors
        /// If the prompt is empty, a token is none that the model knows, or the sequence becomes longer than the model can be given.
        pub fn generate(&self, prompt: &[i64], count: usize, mut pick: impl FnMut(&[#logits]) -> i64) -> Result<Vec<i64>> {
            let (mut cache, mut tokens, mut part) = (self.cache(#batch)?, prompt.to_vec(), prompt.to_vec());
            for _ in 0..count {
                let given = Tensor::new(&[1, part.len()], part)?.into_array::<codewright::ndarray::Ix2>()?;
                let logits = Tensor::from_array(&self.next(&given, &mut cache)?);
                let all = logits.shape().last().copied().unwrap_or(0);
                let token = pick(&logits.elements()[logits.elements().len() - all..]);
                tokens.push(token);
                part = vec![token];
            }
            Ok(tokens)
        }
    })
}
