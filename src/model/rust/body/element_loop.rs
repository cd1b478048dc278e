//! Element functions as loops over tensors.

use std::collections::HashMap;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::scalar::{self, Binding, Scalar};
use super::{Body, Expression, Names, Words};
use crate::ir::{Attr, DType, Id, Node};
use crate::model::structure::OPERANDS;
use crate::model::term::Term;

/// The loops over one tensor, over two and so on.
const MAPS: [&str; OPERANDS] = ["map", "map2", "map3", "map4"];

impl Body<'_, '_> {
    /// An element function, with all that it takes in, as a loop; as the end of a layer if it takes that in.
    pub(super) fn element_loop(&mut self, id: Id) -> Result<Expression, String> {
        let absorbed = self.structure.loops.absorbed(id);
        let mut operands = self.structure.loops.operands(self.model, id);
        operands.sort_by_key(|operand| Some(*operand) != absorbed);
        let references: Vec<TokenStream> =
            operands.iter().map(|o| if Some(*o) == absorbed { quote!(y) } else { self.reference(*o) }).collect();
        let function = match self.lone_function(id, &operands) {
            Some(function) => quote!(math::#function),
            None => {
                let parameters = parameters(&references);
                let by_operand: HashMap<Id, &Ident> = operands.iter().copied().zip(&parameters).collect();
                let body = self.expression(id, &by_operand)?.tokens;
                if operands.is_empty() {
                    self.note_math(&body);
                    return Ok(Expression::certain(quote!(Tensor::scalar(#body))));
                }
                quote!(|#(#parameters),*| #body)
            }
        };
        self.note_math(&function);
        if let Some(layer) = absorbed {
            return self.layer(layer, Some((references.get(1).cloned(), function)));
        }
        let map = *MAPS.get(operands.len() - 1).ok_or_else(|| format!("a loop over {} tensors", operands.len()))?;
        self.imports.insert(map);
        let map = format_ident!("{map}");
        let tokens = quote!(#map(#(#references,)* #function));
        Ok(Expression { tokens, is_fallible: operands.len() > 1 })
    }

    /// The function of a loop that does nothing else, which all such loops then share.
    fn lone_function(&self, id: Id, operands: &[Id]) -> Option<Ident> {
        let op = self.op(id)?;
        let children = self.children(id);
        let turned = matches!(op.def().name, "add" | "mul") && children.iter().rev().eq(operands);
        let alone = !operands.is_empty() && (children == operands || turned) && op.def().name != "logical_not";
        let named = scalar::is_named(op) || matches!(op.def().name, "add" | "sub" | "mul" | "div");
        (alone && named).then(|| format_ident!("{}", op.def().name))
    }

    fn note_math(&mut self, body: &TokenStream) {
        if body.to_string().contains("math ::") {
            self.imports.insert("math");
        }
    }

    fn expression(&self, id: Id, operands: &HashMap<Id, &Ident>) -> Result<Scalar, String> {
        if let Some(ident) = operands.get(&id) {
            return Ok(Scalar::atom(quote!(#ident)));
        }
        match &self.model.program.terms[id] {
            Node::Const(c) => {
                let binding = if c.as_f64() < 0.0 { Binding::Unary } else { Binding::Atom };
                Ok(Scalar { tokens: scalar::literal(*c), binding })
            }
            Node::Op(op, children) => {
                if let Some(integer) = self.integer(id, operands) {
                    return integer;
                }
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

impl Body<'_, '_> {
    /// The functions of quantized models: the byte that is nearest to a number, and how far a byte is from the zero point.
    fn integer(&self, id: Id, operands: &HashMap<Id, &Ident>) -> Option<Result<Scalar, String>> {
        let inner = |id: Id, name: &str| Term::of(self.model, id).filter(|term| !operands.contains_key(&id) && term.name == name);
        let call = |name: &str, x: Id, zero: Option<Id>| {
            let (name, x) = (format_ident!("{name}"), self.expression(x, operands)?.tokens);
            let zero = zero.map_or(Ok(quote!(0.0)), |zero| self.expression(zero, operands).map(|zero| zero.tokens))?;
            Ok(Scalar::atom(quote!(math::#name(#x, #zero))))
        };
        if let Some(distance) = inner(id, "sub").filter(|term| term.ty().dtype() == Some(DType::I32)) {
            let wide = inner(distance.args[0], "cast")?;
            let is_byte = matches!(self.ty(wide.args[0]).dtype(), Some(DType::U8 | DType::I8));
            return is_byte.then(|| call("distance", wide.args[0], Some(distance.args[1])));
        }
        let outer = inner(id, "cast")?;
        let (name, low, high) = match outer.attr(1) {
            Attr::DType(DType::U8) => ("quantize_u8", 0.0, 255.0),
            Attr::DType(DType::I8) => ("quantize_i8", -128.0, 127.0),
            _ => return None,
        };
        let clipped = inner(outer.args[0], "clip").filter(|term| term.number(1) == Some(low) && term.number(2) == Some(high))?;
        let (rounded, zero) = match inner(clipped.args[0], "add").map(|term| term.args) {
            Some(&[x, zero]) => (inner(x, "round")?, Some(zero)),
            _ => (inner(clipped.args[0], "round")?, None),
        };
        Some(call(name, *rounded.args.first()?, zero))
    }
}

/// Names for a closure's parameters like those of the tensors.
fn parameters(places: &[TokenStream]) -> Vec<Ident> {
    let mut names = Names::new(Words::Rust);
    let last = |place: &TokenStream| place.to_string().rsplit([' ', '.']).next().unwrap_or("x").to_owned();
    places
        .iter()
        .map(|place| {
            let text = last(place);
            if text == "y" && !names.is_taken("r") && places.len() > 1 && names.is_taken("y") {
                return format_ident!("{}", names.unique("r"));
            }
            let short = match text.chars().next() {
                Some(first) if text.len() > 12 && first.is_ascii_lowercase() => &text[..1],
                _ if text.contains(')') => "x",
                _ => &text,
            };
            format_ident!("{}", names.unique(short))
        })
        .collect()
}
