use std::collections::BTreeMap;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use crate::ir::{Dim, Symbol};

/// A length as an expression of type `usize` over the names that the symbols have; `None` if it is not known.
pub(super) fn length(dim: &Dim, symbols: &BTreeMap<Symbol, Ident>) -> Option<TokenStream> {
    let Dim::Poly(terms) = dim else { return None };
    if let Some(n) = dim.as_known() {
        let n = Literal::usize_unsuffixed(usize::try_from(n).ok()?);
        return Some(quote!(#n));
    }
    // What is added comes first, so that no partial sum is below zero.
    let (plus, minus): (Vec<_>, Vec<_>) = terms.iter().rev().partition(|(_, c)| **c > 0);
    let mut tokens = TokenStream::new();
    for (i, (monomial, coefficient)) in plus.iter().chain(&minus).enumerate() {
        let magnitude = usize::try_from(coefficient.unsigned_abs()).ok()?;
        let number = Literal::usize_unsuffixed(magnitude);
        let factors = monomial.iter().map(|s| symbols.get(s)).collect::<Option<Vec<_>>>()?;
        let factors = factors.iter().map(|f| quote!(#f)).chain((magnitude != 1 || monomial.is_empty()).then(|| quote!(#number)));
        let factors: Vec<TokenStream> = factors.collect();
        let term = factors.into_iter().reduce(|product, factor| quote!(#product * #factor)).unwrap_or_default();
        tokens.extend(match (i, **coefficient > 0) {
            (0, _) => quote!(#term),
            (_, true) => quote!(+ #term),
            (_, false) => quote!(- #term),
        });
    }
    Some(tokens)
}

#[cfg(test)]
mod tests {
    use quote::format_ident;

    use super::*;

    #[test]
    fn lengths_are_sums_of_products() {
        let symbols = BTreeMap::from([("n".into(), format_ident!("n")), ("m".into(), format_ident!("m"))]);
        let text = |dim: &Dim| length(dim, &symbols).map(|tokens| tokens.to_string());
        let (n, m) = (Dim::symbol("n"), Dim::symbol("m"));
        assert_eq!(text(&n).as_deref(), Some("n"));
        assert_eq!(text(&n.mul(&m).mul(&Dim::known(2)).sub(&Dim::known(1))).as_deref(), Some("m * n * 2 - 1"));
        assert_eq!(text(&Dim::known(3).sub(&n)).as_deref(), Some("3 - n"));
        assert_eq!((text(&Dim::symbol("k")), text(&Dim::Unknown), text(&Dim::known(-1))), (None, None, None));
    }
}
