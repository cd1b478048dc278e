//! Calls of layers and of inner scopes.

use egg::Language;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{Body, Expression, Kind, Layer, Statement};
use crate::ir::{Attr, Dim, Id, Node};
use crate::model::structure::names::singular;
use crate::model::structure::{Block, scope_base};

impl Body<'_, '_> {
    /// A run of the layer whose result a node is. `then` is what its elements go through as they are stored: another tensor of the same
    /// shape if there is one, and the function.
    pub(super) fn layer(&mut self, result: Id, then: Option<(Option<TokenStream>, TokenStream)>) -> Result<Expression, String> {
        let layer = self.structure.layers.of(result).ok_or("it is no layer")?;
        let field = format_ident!("{}", self.fields.layer(layer, result));
        let x = self.reference(self.children(layer.op)[0]);
        Ok(Expression::fallible(match (layer.kind, then) {
            (_, Some((None, f))) => quote!(self.#field.run_then(#x, #f)),
            (_, Some((Some(other), f))) => quote!(self.#field.run_with(#x, #other, #f)),
            (Kind::Lstm | Kind::Gru, None) => {
                let states = self.states(layer);
                quote!(self.#field.run(#x, #(#states),*))
            }
            (_, None) => quote!(self.#field.run(#x)),
        }))
    }

    /// The operands of a recurrent layer that are given at each run.
    fn states(&mut self, layer: &Layer) -> Vec<TokenStream> {
        // After the sequence, both weights and the bias; attributes come last.
        let given = if layer.kind == Kind::Lstm { 4 } else { 2 };
        let operands = self.model.program.terms[layer.op].children().iter().skip(4).take(given);
        let print = |operand: &Id| match self.model.program.terms[*operand] {
            Node::Attr(Attr::None) => quote!(None),
            _ => {
                let reference = self.reference(*operand);
                quote!(Some(#reference))
            }
        };
        operands.map(print).collect()
    }

    /// A call of an inner scope's function.
    pub(super) fn inner(&mut self, scope: usize) -> Result<(), String> {
        let inner = &self.structure.scopes[scope];
        let arguments = self.arguments(scope, None)?;
        let called = self.classes.of(self.structure, scope);
        let (name, is_function) = (called.name(), called.is_function());
        let tokens = if is_function {
            quote!(#name(#(#arguments),*))
        } else {
            let field = format_ident!("{}", self.fields.scope(scope, &name.to_string()));
            quote!(self.#field.forward(#(#arguments),*))
        };
        let texts: Vec<String> = inner.outputs.iter().map(|output| self.lengths_text(*output)).collect();
        let outputs: Vec<Option<Id>> = inner.outputs.iter().copied().map(Some).collect();
        self.give(Block::Whole, &outputs, Expression::fallible(tokens), texts.join(", "));
        Ok(())
    }

    /// What an inner scope's function is given; a variable in place of the value that a chain carries.
    fn arguments(&mut self, scope: usize, carried: Option<(usize, &TokenStream)>) -> Result<Vec<TokenStream>, String> {
        let inner = &self.structure.scopes[scope];
        let mut arguments = Vec::new();
        for (i, input) in inner.inputs.iter().enumerate() {
            arguments.push(match carried {
                Some((at, variable)) if at == i => quote!(&#variable),
                _ => self.reference(*input),
            });
        }
        for symbol in self.classes.of(self.structure, scope).lengths() {
            arguments.push(self.length(&Dim::symbol(symbol.clone())).ok_or_else(|| format!("a length of {symbol} is not known"))?);
        }
        Ok(arguments)
    }

    /// A loop over scopes each of which takes the result of the one before.
    pub(super) fn chain(&mut self, scopes: &[usize], carried: usize) -> Result<(), String> {
        let (first, last) = (&self.structure.scopes[scopes[0]], &self.structure.scopes[scopes[scopes.len() - 1]]);
        let (input, output) = (first.inputs[carried], last.outputs[0]);
        let variable = self.variable(output).ok_or("its result has no variable")?;
        let before = (!self.plan.is_again(output)).then(|| self.place(input)).map(|place| quote!(let mut #variable = #place.clone();));
        let arguments = self.arguments(scopes[0], Some((carried, &quote!(#variable))))?;
        let called = self.classes.of(self.structure, scopes[0]);
        let (name, is_function) = (called.name(), called.is_function());
        let shape = self.lengths_text(output);
        let tokens = if is_function {
            let count = proc_macro2::Literal::usize_unsuffixed(scopes.len());
            quote!(for _ in 0..#count { #variable = #name(#(#arguments),*)?; comment!(#shape); })
        } else {
            let field = format_ident!("{}", self.fields.scopes(scopes));
            let each = format_ident!("{}", self.locals.unique(singular(scope_base(&first.name))));
            quote!(for #each in &self.#field { #variable = #each.forward(#(#arguments),*)?; comment!(#shape); })
        };
        self.statements.entry(Block::Whole).or_default().push(Statement::Loop(quote!(#before #tokens)));
        Ok(())
    }
}
