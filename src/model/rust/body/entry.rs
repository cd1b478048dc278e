//! What `run` begins with: its inputs.

use quote::{format_ident, quote};

use super::{Body, dims, is_reshape, snake};
use crate::ir::{Attr, Id, LeafId, Node, Symbol};
use crate::model::Source;

impl Body<'_, '_> {
    /// Variables for the inputs, and names for the lengths that they bring.
    pub(super) fn inputs(&mut self) {
        self.parameters = self.model.inputs.iter().map(|input| format_ident!("{}", self.locals.unique(&input.name))).collect();
        for (index, input) in self.model.inputs.iter().enumerate() {
            let name = self.parameters[index].clone();
            let dims = input.ty.shape().dims().unwrap_or(&[]);
            let (mut bound, mut fixed) = (Vec::new(), Vec::new());
            for dim in dims {
                let known = dims::length(dim, &self.symbols);
                let fresh = dim.as_symbol().filter(|_| known.is_none()).cloned();
                fixed.push(known.map_or(quote!(None), |n| quote!(Some(#n))));
                bound.push(match fresh {
                    Some(symbol) => {
                        let read = self.reads(&symbol);
                        let text = if read { self.locals.unique(&symbol) } else { format!("_{}", snake(&symbol)) };
                        let ident = format_ident!("{text}");
                        self.symbols.insert(symbol, ident.clone());
                        quote!(#ident)
                    }
                    None => quote!(_),
                });
            }
            let (text, shape) = (&input.name, input.ty.shape().to_string());
            let bound = if bound.iter().all(|b| b.to_string() == "_") { quote!(_) } else { quote!([#(#bound),*]) };
            // A path, for an input may be called `input` itself.
            self.entry.push(quote!(let #bound = codewright::input(#text, #shape, #name.shape(), [#(#fixed),*])?;));
            let leaf = self.model.leaves.iter().position(|source| *source == Source::Input(index));
            let id = leaf.and_then(|leaf| self.find(&Node::Leaf(LeafId(leaf as u32))));
            if let Some(id) = id.filter(|id| self.is_needed(*id)) {
                self.entry.push(quote!(let #name = Tensor::from_array(#name);));
                self.places.insert(id, quote!(#name));
            }
        }
    }

    /// True if a length with this symbol is printed somewhere, or checked at another input.
    fn reads(&self, symbol: &Symbol) -> bool {
        let has = |dims: &[crate::ir::Dim]| dims.iter().any(|d| d.symbols().any(|s| s == symbol));
        let inputs = self.model.inputs.iter().flat_map(|input| input.ty.shape().dims().unwrap_or(&[]));
        let several = inputs.filter(|d| d.symbols().any(|s| s == symbol)).count() > 1;
        several
            || (0..self.readers.len()).map(Id::from).filter(|id| self.is_needed(*id)).any(|id| match &self.model.program.terms[id] {
                Node::Attr(Attr::Dims(dims)) => has(dims),
                Node::Op(op, _) if is_reshape(*op) || matches!(op.def().name, "dim" | "numel") => {
                    has(self.ty(id).shape().dims().unwrap_or(&[]))
                        || self.children(id).iter().any(|c| has(self.ty(*c).shape().dims().unwrap_or(&[])))
                }
                _ => false,
            })
    }
}
