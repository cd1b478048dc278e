//! Loops whose rounds are counted when the model runs.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::{Body, Statement};
use crate::ir::{Const, Id, Node, Repeat};
use crate::model::structure::Block;

/// How a loop begins and ends.
struct Frame {
    before: TokenStream,
    head: TokenStream,
    /// What stands at the beginning of a round, before the states change, and at the end.
    begin: TokenStream,
    noted: TokenStream,
    end: TokenStream,
}

impl Body<'_, '_> {
    /// A loop with its rounds' statements: states are variables, what is collected is a vector until the end.
    pub(super) fn repeat(&mut self, id: Id, repeat: &Repeat) -> Result<(), String> {
        let block = Block::Loop { of: id };
        let mut before = TokenStream::new();
        for (leaf, start) in repeat.bound.iter().zip(repeat.start) {
            let (state, start) = (self.bound(*leaf)?, self.copied(*start));
            let shape = self.lengths_text(*leaf);
            before.extend(quote!(let mut #state = #start; comment!(#shape);));
        }
        let (mut pushes, mut after) = (TokenStream::new(), TokenStream::new());
        let left = self.children(self.children(id)[4]);
        for (i, part) in repeat.collected.iter().enumerate() {
            let result = self.structure.part(self.model, id, repeat.states.len() + i);
            let Some(all) = result.and_then(|result| self.variable(result)) else { continue };
            let value = self.given(*part, left, block);
            let lengths = self.ty(*part).shape().dims().unwrap_or(&[]).to_vec();
            // There is no telling what the lengths would have been, had there been a round.
            let lengths: Vec<TokenStream> = lengths.iter().map(|dim| self.length(dim).unwrap_or_else(|| quote!(0))).collect();
            before.extend(quote!(let mut #all = Vec::new();));
            pushes.extend(quote!(#all.push(#value);));
            let changes = result.is_some_and(|result| self.plan.changes(result)).then(|| quote!(mut));
            after.extend(quote!(let #changes #all = ops::collect(&#all, &[#(#lengths),*])?;));
            self.imports.insert("ops");
        }
        let Frame { before: flag, head, begin, noted, end } = self.frame(repeat)?;
        let next = self.next_states(id, repeat)?;
        let statements = self.block(block);
        let round =
            self.is_read(repeat).then(|| self.bound(repeat.round)).transpose()?.map(|round| quote!(let #round = Tensor::scalar(#round);));
        let tokens = quote!(#before #flag #head { #begin #round #statements #pushes #noted #next #end } #after);
        self.statements.entry(self.structure.blocks.of(id)).or_default().push(Statement::Loop(tokens));
        Ok(())
    }

    /// The assignment of the next states.
    fn next_states(&mut self, id: Id, repeat: &Repeat) -> Result<TokenStream, String> {
        let block = Block::Loop { of: id };
        let changing: Vec<(Id, Id)> = repeat.bound.iter().copied().zip(repeat.states.iter().copied()).filter(|(a, b)| a != b).collect();
        let left: Vec<Id> = repeat.states.iter().copied().chain([repeat.goes_on]).collect();
        let (mut states, mut values) = (Vec::new(), Vec::new());
        for (leaf, value) in changing {
            states.push(self.bound(leaf)?);
            values.push(self.given(value, &left, block));
        }
        Ok(match (&states[..], &values[..]) {
            ([], _) => TokenStream::new(),
            ([state], [value]) => quote!(#state = #value;),
            _ => quote!((#(#states),*) = (#(#values),*);),
        })
    }

    fn frame(&mut self, repeat: &Repeat) -> Result<Frame, String> {
        let always = |body: &Self, id: Id| match body.model.program.terms[id] {
            Node::Attr(_) => true,
            Node::Const(c) => c.as_f64() != 0.0,
            _ => false,
        };
        let (mut before, mut begin, mut noted, mut end) = Default::default();
        let first = if always(self, repeat.condition) { None } else { Some(self.place(repeat.condition)) };
        let goes_on = if always(self, repeat.goes_on) { None } else { Some(self.place(repeat.goes_on)) };
        let (count, is_read) = (self.count(repeat), self.is_read(repeat));
        let round = if is_read { self.bound(repeat.round)? } else { format_ident!("_") };
        if let (None, Some(first)) = (&count, &first) {
            let flag = format_ident!("{}", self.locals.unique("goes_on"));
            before = quote!(let mut #flag = #first.item()?;);
            noted = goes_on.map(|goes_on| quote!(#flag = #goes_on.item()?;)).unwrap_or_default();
            begin = if is_read { quote!(if !#flag { break; }) } else { TokenStream::new() };
            let head = if is_read { quote!(for #round in 0i64..) } else { quote!(while #flag) };
            return Ok(Frame { before, head, begin, noted, end });
        }
        match goes_on {
            // A state has another value at the end.
            Some(goes_on) if self.bound.contains_key(&repeat.goes_on) => {
                let flag = format_ident!("{}", self.locals.unique("goes_on"));
                noted = quote!(let #flag = #goes_on.item()?;);
                end = quote!(if !#flag { break; });
            }
            Some(goes_on) => end = quote!(if !#goes_on.item()? { break; }),
            None => {}
        }
        let head = match (count, first) {
            (Some(count), None) => quote!(for #round in 0..#count),
            (Some(count), Some(first)) => {
                let rounds = format_ident!("{}", self.locals.unique("rounds"));
                before = quote!(let #rounds = if #first.item()? { #count } else { 0 };);
                quote!(for #round in 0..#rounds)
            }
            (None, _) if is_read => quote!(for #round in 0i64..),
            (None, _) => quote!(loop),
        };
        Ok(Frame { before, head, begin, noted, end })
    }

    /// The largest number of rounds, of type `i64`; `None` if there is none.
    fn count(&mut self, repeat: &Repeat) -> Option<TokenStream> {
        match &self.model.program.terms[repeat.count] {
            Node::Attr(_) => None,
            Node::Const(c) if is_endless(c) => None,
            Node::Const(c) => {
                let count = Literal::i64_unsuffixed(c.as_i64().unwrap_or(0).max(0));
                Some(if self.is_read(repeat) { quote!(#count as i64) } else { quote!(#count) })
            }
            _ => match self.structure.uses.length(repeat.count).cloned().and_then(|dim| self.length(&dim)) {
                Some(length) if length.clone().into_iter().count() > 1 => Some(quote!((#length) as i64)),
                Some(length) => Some(quote!(#length as i64)),
                None => {
                    let count = self.place(repeat.count);
                    Some(quote!(#count.item()?))
                }
            },
        }
    }

    /// True if a round reads its number.
    fn is_read(&self, repeat: &Repeat) -> bool {
        self.structure.uses.readers(repeat.round).len() > 1
    }

    fn bound(&self, leaf: Id) -> Result<Ident, String> {
        self.bound.get(&leaf).cloned().ok_or_else(|| "what a loop binds has no variable".to_owned())
    }

    /// A value at the end of a round: moved out of the round's variable if this is its last use, of `left`, else a copy.
    fn given(&mut self, id: Id, left: &[Id], block: Block) -> TokenStream {
        let last = left.iter().filter(|other| **other == id).count() == 1;
        let own = last && self.plan.variable(id).is_some() && block == self.structure.blocks.of(id);
        if own { self.place(id) } else { self.copied(id) }
    }

    /// A copy of a value, which shares its memory.
    fn copied(&mut self, id: Id) -> TokenStream {
        let place = self.place(id);
        if self.is_made_here(id) { place } else { quote!(#place.clone()) }
    }
}

/// True for the count that exporters write where there is none.
fn is_endless(c: &Const) -> bool {
    c.as_i64() == Some(i64::MAX)
}
