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
    /// What stands at the beginning of a round, and at its end.
    begin: TokenStream,
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
        for (i, part) in repeat.collected.iter().enumerate() {
            let result = self.structure.part(self.model, id, repeat.states.len() + i);
            let Some(all) = result.and_then(|result| self.variable(result)) else { continue };
            let value = self.given(id, *part, block);
            let lengths = self.ty(*part).shape().dims().unwrap_or(&[]).to_vec();
            // There is no telling what the lengths would have been, had there been a round.
            let lengths: Vec<TokenStream> = lengths.iter().map(|dim| self.length(dim).unwrap_or_else(|| quote!(0))).collect();
            before.extend(quote!(let mut #all = Vec::new();));
            pushes.extend(quote!(#all.push(#value);));
            let changes = result.is_some_and(|result| self.plan.changes(result)).then(|| quote!(mut));
            after.extend(quote!(let #changes #all = ops::collect(&#all, &[#(#lengths),*])?;));
            self.imports.insert("ops");
        }
        let (known, next) = self.next_states(id, repeat)?;
        let frame = self.frame(repeat, known)?;
        let statements = self.block(block);
        let round =
            self.is_read(repeat).then(|| self.bound(repeat.round)).transpose()?.map(|round| quote!(let #round = Tensor::scalar(#round);));
        let Frame { before: flag, head, begin, end } = frame;
        let tokens = quote!(#before #flag #head { #begin #round #statements #pushes #next #end } #after);
        self.statements.entry(self.structure.blocks.of(id)).or_default().push(Statement::Loop(tokens));
        Ok(())
    }

    /// The assignment of the next states; and a variable with the condition, if that is a state itself and must be read before.
    fn next_states(&mut self, id: Id, repeat: &Repeat) -> Result<(Option<Ident>, TokenStream), String> {
        let block = Block::Loop { of: id };
        let mut next = TokenStream::new();
        let known = self.bound.contains_key(&repeat.goes_on).then(|| format_ident!("{}", self.locals.unique("goes_on")));
        if let Some(known) = &known {
            let condition = self.place(repeat.goes_on);
            next.extend(quote!(let #known = #condition.item()?;));
        }
        let changing: Vec<(Id, Id)> = repeat.bound.iter().copied().zip(repeat.states.iter().copied()).filter(|(a, b)| a != b).collect();
        let mut states = Vec::new();
        let mut values = Vec::new();
        for (leaf, value) in changing {
            states.push(self.bound(leaf)?);
            values.push(self.given(id, value, block));
        }
        next.extend(match (&states[..], &values[..]) {
            ([], _) => TokenStream::new(),
            ([state], [value]) => quote!(#state = #value;),
            _ => quote!((#(#states),*) = (#(#values),*);),
        });
        Ok((known, next))
    }

    fn frame(&mut self, repeat: &Repeat, known: Option<Ident>) -> Result<Frame, String> {
        let always = |body: &Self, id: Id| matches!(body.model.program.terms[id], Node::Const(c) if c.as_f64() != 0.0);
        let is_first_sure = matches!(self.model.program.terms[repeat.condition], Node::Attr(_)) || always(self, repeat.condition);
        let goes_on = match known {
            _ if always(self, repeat.goes_on) => None,
            Some(known) => Some(quote!(#known)),
            None => {
                let condition = self.place(repeat.goes_on);
                Some(quote!(#condition.item()?))
            }
        };
        let count = self.count(repeat);
        let round = if self.is_read(repeat) { self.bound(repeat.round)? } else { format_ident!("_") };
        let (mut before, mut begin) = (TokenStream::new(), TokenStream::new());
        let mut end = goes_on.clone().map(|goes_on| quote!(if !#goes_on { break; })).unwrap_or_default();
        let head = match (count, is_first_sure) {
            (Some(count), true) => quote!(for #round in 0..#count),
            (Some(count), false) => {
                let (rounds, first) = (format_ident!("{}", self.locals.unique("rounds")), self.place(repeat.condition));
                before = quote!(let #rounds = if #first.item()? { #count } else { 0 };);
                quote!(for #round in 0..#rounds)
            }
            (None, true) if self.is_read(repeat) => quote!(for #round in 0i64..),
            (None, true) => quote!(loop),
            (None, false) => {
                let (flag, first) = (format_ident!("{}", self.locals.unique("goes_on")), self.place(repeat.condition));
                before = quote!(let mut #flag = #first.item()?;);
                end = goes_on.map(|goes_on| quote!(#flag = #goes_on;)).unwrap_or_default();
                if self.is_read(repeat) {
                    begin = quote!(if !#flag { break; });
                    quote!(for #round in 0i64..)
                } else {
                    quote!(while #flag)
                }
            }
        };
        Ok(Frame { before, head, begin, end })
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

    /// A value at the end of a round: moved out of the round's variable if the round gives it once, else a copy.
    fn given(&mut self, repeat: Id, id: Id, block: Block) -> TokenStream {
        let body = self.children(repeat)[4];
        let once = self.children(body).iter().filter(|other| **other == id).count() == 1;
        let own = once && self.plan.variable(id).is_some() && block == self.structure.blocks.of(id);
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
