//! Ops as calls of the functions that are named as they.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::{Body, Expression, scalar};
use crate::ir::{Attr, AttrKind, DType, Id, Node, OpId, Param};
use crate::model::structure::is_reshape;

impl Body<'_, '_> {
    /// A call of the function that is named as the op.
    pub(super) fn call(&mut self, id: Id, op: OpId) -> Result<Expression, String> {
        self.imports.insert("ops");
        let children = self.children(id);
        if is_reshape(op)
            && let Some(reshape) = self.reshape(id, children)?
        {
            return Ok(Expression::fallible(reshape));
        }
        let ident = format_ident!("{}", op.def().name);
        let params = op.def().params;
        let mut arguments = Vec::new();
        let mut variadic = Vec::new();
        for (i, child) in children.iter().enumerate() {
            let param = params[i.min(params.len() - 1)];
            let tokens = match (&self.model.program.terms[*child], param) {
                (Node::Attr(Attr::None), Param::Optional(_)) => quote!(None),
                // The value to fill with has the type.
                (Node::Attr(Attr::DType(_)), _) if op.def().name == "full" => continue,
                (Node::Attr(attr), _) => self.argument(id, &self.with_axis_from_the_front(children, attr, param.name()), param)?,
                (_, param) => {
                    let reference = self.reference(*child);
                    match param {
                        Param::Variadic(_) => {
                            variadic.push(reference);
                            continue;
                        }
                        Param::Optional(_) => quote!(Some(#reference)),
                        _ => reference,
                    }
                }
            };
            arguments.push(tokens);
        }
        if self.grows(id, op, children) {
            let (x, others) = (self.place(children[1]), &variadic[1..]);
            return Ok(Expression::fallible(quote!(ops::append(#(#arguments),*, #x, &[#(#others),*]))));
        }
        if matches!(params.last(), Some(Param::Variadic(_))) {
            arguments.push(quote!(&[#(#variadic),*]));
        }
        Ok(Expression::fallible(quote!(ops::#ident(#(#arguments),*))))
    }

    /// True for tensors end to end whose first one nothing reads afterwards, and whose variable takes the whole.
    fn grows(&self, id: Id, op: OpId, children: &[Id]) -> bool {
        let own = self.plan.variable(id);
        let is_own = |child: &Id| self.plan.variable(*child) == own;
        op.def().name == "concat"
            && own.is_some()
            && self.plan.is_again(id)
            && matches!(children, [_, first, others @ ..] if is_own(first) && !others.iter().any(is_own))
    }

    /// The elements in other axes, by their lengths; `None` if these are not known and the op has a function of its own.
    fn reshape(&mut self, id: Id, children: &[Id]) -> Result<Option<TokenStream>, String> {
        let x = self.reference(children[0]);
        let lengths = self.lengths(self.ty(id).shape().dims().ok_or("its number of axes is not known")?);
        let attr = children.get(1).map(|child| &self.model.program.terms[*child]);
        Ok(match (lengths, attr) {
            (Ok(lengths), _) => Some(quote!(ops::reshape(#x, &[#(#lengths),*]))),
            (Err(why), Some(Node::Attr(Attr::Dims(dims)))) => {
                let open = dims.iter().position(|d| d.as_known() == Some(-1)).ok_or(why)?;
                let (before, after) = (self.lengths(&dims[..open])?, self.lengths(&dims[open + 1..])?);
                Some(quote!(ops::reshape_rest(#x, &[#(#before),*], &[#(#after),*])))
            }
            (Err(_), _) => None,
        })
    }

    /// An attribute as an argument; `id` is the op's node.
    fn argument(&self, id: Id, attr: &Attr, param: Param) -> Result<TokenStream, String> {
        let takes_several = matches!(param, Param::Attr(_, AttrKind::Axes | AttrKind::Ints));
        Ok(match attr {
            Attr::Int(i) if takes_several => {
                let i = integer(*i);
                quote!(&[#i])
            }
            // All axes.
            Attr::None if takes_several => {
                let rank = self.ty(self.children(id)[0]).rank().ok_or("the number of axes of its operand is not known")?;
                let axes = (0..rank).map(Literal::usize_unsuffixed);
                quote!(&[#(#axes),*])
            }
            Attr::Dims(dims) => {
                let lengths = self.lengths(dims)?;
                quote!(&[#(#lengths),*])
            }
            other => attribute(other)?,
        })
    }

    /// An axis that counts from the end, as one that counts from the front.
    fn with_axis_from_the_front(&self, children: &[Id], attr: &Attr, name: &str) -> Attr {
        let rank = children.first().and_then(|x| self.ty(*x).rank());
        match (attr, rank) {
            (Attr::Int(axis @ ..0), Some(rank)) if matches!(name, "axis" | "axes") => Attr::Int(axis + rank as i64),
            _ => attr.clone(),
        }
    }
}

/// An attribute that is the same wherever it stands.
pub(in super::super) fn attribute(attr: &Attr) -> Result<TokenStream, String> {
    Ok(match attr {
        Attr::Int(i) => integer(*i),
        Attr::Ints(v) => {
            let v = v.iter().map(|i| integer(*i));
            quote!(&[#(#v),*])
        }
        Attr::Bool(b) => quote!(#b),
        Attr::Float(bits) => scalar::float(f64::from_bits(*bits), DType::F64),
        Attr::Str(s) => quote!(#s),
        Attr::Dims(_) | Attr::DType(_) | Attr::None => return Err(format!("{attr} is no argument that can be printed")),
    })
}

fn integer(i: i64) -> TokenStream {
    let literal = Literal::i64_unsuffixed(i);
    match i {
        i64::MAX => quote!(i64::MAX),
        i64::MIN => quote!(i64::MIN),
        _ => quote!(#literal),
    }
}
