//! Element functions as loops over tensors.

use std::collections::HashMap;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::scalar::{self, Binding, Expression};
use super::{Body, Names, OPERANDS};
use crate::ir::{Id, Node};

/// The loops over one tensor, over two and so on.
const MAPS: [&str; OPERANDS] = ["map", "map2", "map3", "map4"];

impl Body<'_, '_> {
    /// An element function, with all that it takes in, as a loop.
    pub(super) fn element_loop(&mut self, id: Id, read: &mut Vec<Id>) -> Result<TokenStream, String> {
        let mut operands = Vec::new();
        if self.operands(id, &mut operands).is_none() {
            operands.clear();
            operands.extend(self.children(id).iter().filter(|c| !matches!(self.model.program.terms[**c], Node::Attr(_) | Node::Const(_))));
            operands.dedup();
        }
        let places: Vec<TokenStream> = operands.iter().map(|operand| self.operand(*operand)).collect();
        let parameters = parameters(&places);
        if let Some(function) = self.lone_function(id, &operands) {
            self.imports.extend(["math", MAPS[operands.len() - 1]]);
            read.extend(&operands);
            let map = format_ident!("{}", MAPS[operands.len() - 1]);
            let question = (operands.len() > 1).then(|| quote!(?));
            return Ok(quote!(#map(#(&#places,)* math::#function) #question));
        }
        let by_operand: HashMap<Id, &Ident> = operands.iter().copied().zip(&parameters).collect();
        let body = self.expression(id, &by_operand)?.tokens;
        self.note_math(&body);
        read.extend(&operands);
        let map = match operands.len() {
            0 => return Ok(quote!(Tensor::scalar(#body))),
            n => *MAPS.get(n - 1).ok_or_else(|| format!("a loop over {n} tensors"))?,
        };
        self.imports.insert(map);
        let map = format_ident!("{map}");
        let question = (operands.len() > 1).then(|| quote!(?));
        Ok(quote!(#map(#(&#places,)* |#(#parameters),*| #body) #question))
    }

    /// The function of a loop that does nothing else, which all such loops then share.
    fn lone_function(&self, id: Id, operands: &[Id]) -> Option<Ident> {
        let op = self.op(id)?;
        let alone = !operands.is_empty() && self.children(id) == operands && op.def().name != "logical_not";
        let named = scalar::is_named(op) || matches!(op.def().name, "add" | "sub" | "mul" | "div");
        (alone && named).then(|| format_ident!("{}", op.def().name))
    }

    fn note_math(&mut self, body: &TokenStream) {
        if body.to_string().contains("math ::") {
            self.imports.insert("math");
        }
    }

    fn expression(&self, id: Id, operands: &HashMap<Id, &Ident>) -> Result<Expression, String> {
        if let Some(ident) = operands.get(&id) {
            return Ok(Expression::atom(quote!(#ident)));
        }
        match &self.model.program.terms[id] {
            Node::Const(c) => {
                let binding = if c.as_f64() < 0.0 { Binding::Unary } else { Binding::Atom };
                Ok(Expression { tokens: scalar::literal(*c), binding })
            }
            Node::Op(op, children) => {
                let first = children.iter().find(|c| !matches!(self.model.program.terms[**c], Node::Attr(_)));
                let dtype = children
                    .iter()
                    .filter(|c| !matches!(self.model.program.terms[**c], Node::Attr(_)))
                    .filter_map(|c| self.ty(*c).dtype())
                    .next_back()
                    .or_else(|| first.and_then(|c| self.ty(*c).dtype()))
                    .ok_or("its element type is not known")?;
                let (mut parts, mut attributes) = (Vec::new(), Vec::new());
                for child in children {
                    match &self.model.program.terms[*child] {
                        Node::Attr(attr) => attributes.push(attr),
                        _ => parts.push(self.expression(*child, operands)?),
                    }
                }
                Ok(scalar::apply(*op, dtype, &parts, &attributes))
            }
            other => Err(format!("{other} stands where an element is expected")),
        }
    }
}

/// Names for a closure's parameters like those of the tensors.
fn parameters(places: &[TokenStream]) -> Vec<Ident> {
    let mut names = Names::default();
    let last = |place: &TokenStream| place.to_string().rsplit([' ', '.']).next().unwrap_or("x").to_owned();
    places
        .iter()
        .map(|place| {
            let text = last(place);
            let short = if text.len() > 12 || text.contains(')') { "x" } else { &text };
            format_ident!("{}", names.unique(short))
        })
        .collect()
}
