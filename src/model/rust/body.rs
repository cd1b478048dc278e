//! The statements of one function.

mod call;
mod element_loop;
mod inner;
mod repeat;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use egg::Language;
use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{format_ident, quote};

use super::{Classes, dims, rust_type, scalar};
use crate::ir::{Const, DType, Dim, Id, Node, OpId, Repeat, Symbol, Type};
use crate::model::structure::fields::Fields;
use crate::model::structure::names::{Names, Words};
use crate::model::structure::plan::Plan;
use crate::model::structure::{Block, Item, Kind, Layer, Structure, is_elementwise, labels, lengths_text};
use crate::model::{Model, NodeError};

pub(super) use call::attribute;

/// An expression, and whether it gives a `Result`.
struct Expression {
    tokens: TokenStream,
    is_fallible: bool,
}

impl Expression {
    fn fallible(tokens: TokenStream) -> Expression {
        Expression { tokens, is_fallible: true }
    }

    fn certain(tokens: TokenStream) -> Expression {
        Expression { tokens, is_fallible: false }
    }

    /// The value, for an error the function's end.
    fn value(&self) -> TokenStream {
        let tokens = &self.tokens;
        if self.is_fallible { quote!(#tokens?) } else { tokens.clone() }
    }

    /// As a `Result`.
    fn result(&self) -> TokenStream {
        let tokens = &self.tokens;
        if self.is_fallible { tokens.clone() } else { quote!(Ok(#tokens)) }
    }
}

/// A value that is printed as a statement of its own.
enum Statement {
    /// Variables, each with whether it is given other values later.
    Let { variables: Vec<(Ident, bool)>, is_again: bool, value: Expression, shape: String },
    /// A loop, with the statements before and behind it.
    Loop(TokenStream),
}

/// A function that is printed.
pub(super) struct Function {
    /// The parameters behind `self`.
    pub parameters: Vec<TokenStream>,
    /// The type of what is in the `Result`.
    pub output: TokenStream,
    pub body: TokenStream,
    /// The lengths that the function takes as further parameters.
    pub lengths: Vec<Symbol>,
}

/// Prints a scope statement by statement. A value whose last reader makes a value of the same element type leaves its variable to it,
/// which frees its memory there.
pub(super) struct Body<'m, 'p> {
    model: &'m Model,
    structure: &'m Structure,
    scope: usize,
    classes: &'p Classes<'m>,
    fields: &'p mut Fields<'m>,
    locals: Names,
    plan: Plan,
    /// The parameters, which are references.
    parameters: HashMap<Id, Ident>,
    /// The variables of what loops bind.
    bound: HashMap<Id, Ident>,
    symbols: BTreeMap<Symbol, Ident>,
    used_symbols: RefCell<BTreeSet<Symbol>>,
    statements: HashMap<Block, Vec<Statement>>,
    pub imports: BTreeSet<&'static str>,
    pub errors: Vec<NodeError>,
}

impl<'m, 'p> Body<'m, 'p> {
    /// `taken` are names that mean something else.
    pub fn new(
        model: &'m Model,
        structure: &'m Structure,
        scope: usize,
        classes: &'p Classes<'m>,
        fields: &'p mut Fields<'m>,
        taken: &[String],
    ) -> Body<'m, 'p> {
        let mut locals = Names::without(Words::Rust, taken);
        let mut parameters = HashMap::new();
        for (i, input) in structure.scopes[scope].inputs.iter().enumerate() {
            let name = labels::parameter(model, structure, scope, i);
            parameters.insert(*input, locals.unique(&name));
        }
        let mut symbols = BTreeMap::new();
        for dim in model.inputs.iter().flat_map(|input| input.ty.shape().dims().unwrap_or(&[])) {
            if let Some(symbol) = dim.as_symbol() {
                symbols.entry(symbol.clone()).or_insert_with(|| format_ident!("{}", locals.unique(symbol)));
            }
        }
        let plan = Plan::new(model, structure, scope, &parameters, &mut locals);
        let bound = plan.bound(model, structure, scope, &mut locals).into_iter().map(|(id, name)| (id, format_ident!("{name}"))).collect();
        let parameters = parameters.into_iter().map(|(id, name)| (id, format_ident!("{name}"))).collect();
        Body {
            model,
            structure,
            scope,
            classes,
            fields,
            locals,
            plan,
            parameters,
            bound,
            symbols,
            used_symbols: RefCell::new(BTreeSet::new()),
            statements: HashMap::new(),
            imports: BTreeSet::from(["Result", "Tensor"]),
            errors: Vec::new(),
        }
    }

    /// Prints all that the scope gives, with marks for comments that say the lengths, or without.
    pub fn function(&mut self, comments: bool) -> Function {
        let scope = &self.structure.scopes[self.scope];
        for item in &scope.items {
            if let Err(why) = self.item(item) {
                self.note(item, why);
            }
        }
        let tail = self.tail();
        let statements = self.block(Block::Whole);
        let (mut parameters, lengths, prelude) = self.entry();
        parameters.extend(lengths.iter().filter_map(|symbol| self.symbols.get(symbol)).map(|name| quote!(#name: usize)));
        let body = quote!(#prelude #statements #tail);
        let body = if comments { body } else { without_comments(body) };
        let types = scope.outputs.iter().map(|output| self.tensor(*output));
        let output = match &types.collect::<Vec<_>>()[..] {
            [only] => only.clone(),
            several => quote!((#(#several),*)),
        };
        Function { parameters, output, body, lengths }
    }

    fn note(&mut self, item: &Item, why: String) {
        let id = match item {
            Item::Node(id) => *id,
            Item::Scope(scope) => self.structure.scopes[*scope].nodes[0],
            Item::Chain { scopes, .. } => self.structure.scopes[scopes[0]].nodes[0],
        };
        let op = self.model.program.terms[id].to_string();
        let node = self.model.names.get(&id).cloned().unwrap_or_else(|| format!("%{id}"));
        self.errors.push(NodeError { node, op, why });
    }

    /// The parameters, the lengths that they do not have, and the statements that name those that they have.
    fn entry(&self) -> (Vec<TokenStream>, Vec<Symbol>, TokenStream) {
        let mut missing = self.used_symbols.borrow().clone();
        let (mut parameters, mut prelude) = (Vec::new(), TokenStream::new());
        for input in &self.structure.scopes[self.scope].inputs {
            let (name, ty) = (&self.parameters[input], self.tensor(*input));
            parameters.push(quote!(#name: &#ty));
            let dims = self.ty(*input).shape().dims().unwrap_or(&[]);
            let named =
                dims.iter().map(|dim| dim.as_symbol().filter(|symbol| missing.remove(*symbol)).and_then(|symbol| self.symbols.get(symbol)));
            let named: Vec<Option<&Ident>> = named.collect();
            if named.iter().any(Option::is_some) {
                let pattern = named.into_iter().map(|name| name.map_or(quote!(_), |name| quote!(#name)));
                prelude.extend(quote!(let [#(#pattern),*] = #name.dims()?;));
            }
        }
        (parameters, missing.into_iter().collect(), prelude)
    }

    fn tensor(&self, id: Id) -> TokenStream {
        let dtype = rust_type(self.ty(id).dtype().unwrap_or(DType::F32));
        quote!(Tensor<#dtype>)
    }

    /// What the function ends with. A last statement that makes the only result stands there itself.
    fn tail(&mut self) -> TokenStream {
        let outputs = &self.structure.scopes[self.scope].outputs;
        if let Some(value) = self.last(Block::Whole, outputs) {
            return value.result();
        }
        let results = outputs.iter().map(|output| {
            let once = outputs.iter().filter(|other| *other == output).count() == 1;
            let place = self.place(*output);
            let is_own = self.plan.variable(*output).is_some() && once;
            if is_own || self.is_made_here(*output) { place } else { quote!(#place.clone()) }
        });
        match &results.collect::<Vec<_>>()[..] {
            [only] => quote!(Ok(#only)),
            several => quote!(Ok((#(#several),*))),
        }
    }

    /// Takes the last statement of a block, if it gives these values and no others.
    fn last(&mut self, block: Block, values: &[Id]) -> Option<Expression> {
        let names: Option<Vec<Ident>> = values.iter().map(|id| self.variable(*id)).collect();
        let names = names.filter(|names| names.iter().enumerate().all(|(i, name)| !names[..i].contains(name)))?;
        let statements = self.statements.get_mut(&block)?;
        match statements.last()? {
            Statement::Let { variables, .. } if variables.iter().map(|(name, _)| name).eq(&names) => {}
            _ => return None,
        }
        if let Some(Statement::Let { value, .. }) = statements.pop() { Some(value) } else { None }
    }

    /// True for a number, or a length as a tensor.
    fn is_made_here(&self, id: Id) -> bool {
        matches!(self.model.program.terms[id], Node::Const(_)) || self.structure.uses.length(id).is_some()
    }

    /// The statements of a block.
    fn block(&mut self, block: Block) -> TokenStream {
        let mut tokens = TokenStream::new();
        for statement in self.statements.remove(&block).unwrap_or_default() {
            let shape = match statement {
                Statement::Let { variables, is_again, value, shape } => {
                    let value = value.value();
                    let declared = variables.iter().map(|(name, changes)| if *changes { quote!(mut #name) } else { quote!(#name) });
                    tokens.extend(match (&variables[..], is_again) {
                        ([(variable, _)], true) => quote!(#variable = #value;),
                        ([_], false) => quote!(let #(#declared)* = #value;),
                        (_, true) => {
                            let names = variables.iter().map(|(name, _)| name);
                            quote!((#(#names),*) = #value;)
                        }
                        _ => quote!(let (#(#declared),*) = #value;),
                    });
                    shape
                }
                Statement::Loop(body) => {
                    tokens.extend(body);
                    continue;
                }
            };
            tokens.extend(quote!(comment!(#shape);));
        }
        tokens
    }

    fn ty(&self, id: Id) -> &'m Type {
        &self.model.program.types[usize::from(id)]
    }

    fn children(&self, id: Id) -> &'m [Id] {
        self.model.program.terms[id].children()
    }

    fn op(&self, id: Id) -> Option<OpId> {
        if let Node::Op(op, _) = self.model.program.terms[id] { Some(op) } else { None }
    }

    fn item(&mut self, item: &Item) -> Result<(), String> {
        match item {
            Item::Node(id) => self.statement(*id),
            Item::Scope(scope) => self.inner(*scope),
            Item::Chain { scopes, carried } => self.chain(scopes, *carried),
        }
    }

    fn statement(&mut self, id: Id) -> Result<(), String> {
        let Some(op) = self.op(id) else { return Ok(()) };
        if let Type::Tuple(types) = self.ty(id) {
            return self.several(id, op, types);
        }
        self.ty(id).dtype().ok_or("its element type is not known")?;
        let value = if self.structure.layers.of(id).is_some() {
            self.layer(id, None)?
        } else if is_elementwise(op) {
            self.element_loop(id)?
        } else {
            self.call(id, op)?
        };
        self.give(self.structure.blocks.of(id), &[Some(id)], value, self.lengths_text(id));
        Ok(())
    }

    /// An op with several results, each of which has a variable.
    fn several(&mut self, id: Id, op: OpId, types: &[Type]) -> Result<(), String> {
        if let Some(repeat) = Repeat::of(&self.model.program, id) {
            return self.repeat(id, &repeat);
        }
        let value = match self.structure.layers.of(id) {
            Some(_) => self.layer(id, None)?,
            None if op.def().name == "if_else" => Expression::certain(self.condition(id)?),
            None => self.call(id, op)?,
        };
        let parts: Vec<Option<Id>> = (0..types.len()).map(|i| self.structure.part(self.model, id, i)).collect();
        self.give(self.structure.blocks.of(id), &parts, value, self.lengths_text(id));
        Ok(())
    }

    /// Adds a statement that gives values to their variables.
    fn give(&mut self, block: Block, values: &[Option<Id>], value: Expression, shape: String) {
        let named = |id: &Option<Id>| {
            let name = id.and_then(|id| self.variable(id)).unwrap_or_else(|| format_ident!("_"));
            (name, id.is_some_and(|id| self.plan.changes(id)))
        };
        let variables = values.iter().map(named).collect();
        let is_again = values.iter().flatten().any(|id| self.plan.is_again(*id));
        self.statements.entry(block).or_default().push(Statement::Let { variables, is_again, value, shape });
    }

    /// `if` and `else` with the statements that only one of them needs.
    fn condition(&mut self, id: Id) -> Result<TokenStream, String> {
        let [condition, then, other] = self.children(id)[..] else { return Err("it has no two branches".to_owned()) };
        let place = self.place(condition);
        let (yes, no) = (self.branch(id, false, then), self.branch(id, true, other));
        Ok(quote!(if #place.item()? { #yes } else { #no }))
    }

    fn branch(&mut self, id: Id, otherwise: bool, results: Id) -> TokenStream {
        let block = Block::Branch { of: id, otherwise };
        let given = self.children(results);
        let is_own =
            given.iter().all(|result| self.structure.blocks.of(*result) == block && self.structure.uses.readers(*result).len() == 1);
        let last = if is_own { self.last(block, given) } else { None };
        let statements = self.block(block);
        if let Some(last) = last {
            let value = last.value();
            return quote!(#statements #value);
        }
        let results: Vec<TokenStream> = self
            .children(results)
            .iter()
            .map(|result| {
                let place = self.place(*result);
                let own = self.plan.variable(*result).is_some()
                    && self.structure.blocks.of(*result) == block
                    && self.structure.uses.readers(*result).len() == 1;
                if own || self.is_made_here(*result) { place } else { quote!(#place.clone()) }
            })
            .collect();
        match &results[..] {
            [result] => quote!(#statements #result),
            _ => quote!(#statements (#(#results),*)),
        }
    }

    fn variable(&self, id: Id) -> Option<Ident> {
        self.plan.variable(id).map(|name| format_ident!("{name}"))
    }

    /// A reference to a value that exists.
    fn reference(&mut self, id: Id) -> TokenStream {
        let place = self.place(id);
        if self.plan.variable(id).is_none() && self.parameters.contains_key(&id) { place } else { quote!(&#place) }
    }

    /// The expression for a value that exists: a variable, a field, a number.
    fn place(&mut self, id: Id) -> TokenStream {
        if let Some(name) = self.variable(id).or_else(|| self.parameters.get(&id).or_else(|| self.bound.get(&id)).cloned()) {
            return quote!(#name);
        }
        match &self.model.program.terms[id] {
            Node::Const(c) => number(*c),
            Node::Leaf(_) if self.model.weight(id).is_some() => {
                let field = format_ident!("{}", self.fields.weight(id));
                quote!(self.#field)
            }
            _ => match self.structure.uses.length(id).and_then(|dim| self.length(dim)) {
                // A conversion binds tighter than a sum.
                Some(length) if length.clone().into_iter().count() > 1 => quote!(Tensor::scalar((#length) as i64)),
                Some(length) => quote!(Tensor::scalar(#length as i64)),
                None => quote!(compile_error!("a value that has no place")),
            },
        }
    }

    /// A length as an expression of type `usize`, if the inputs bring what it is made of.
    fn length(&self, dim: &Dim) -> Option<TokenStream> {
        let length = dims::length(dim, &self.symbols)?;
        self.used_symbols.borrow_mut().extend(dim.symbols().cloned());
        Some(length)
    }

    fn lengths(&self, dims: &[Dim]) -> Result<Vec<TokenStream>, String> {
        dims.iter().map(|d| self.length(d).ok_or_else(|| format!("a length of {d} is not known from the inputs"))).collect()
    }

    /// The lengths of a value as a comment shows them, or the element type of a scalar.
    fn lengths_text(&self, id: Id) -> String {
        lengths_text(&self.structure.common_type(self.model, self.fields.members(), id))
    }
}

fn number(c: Const) -> TokenStream {
    let (literal, ty) = (scalar::literal(c), rust_type(c.dtype));
    quote!(Tensor::<#ty>::scalar(#literal))
}

/// The same without the marks for comments.
fn without_comments(tokens: TokenStream) -> TokenStream {
    let mut kept: Vec<TokenTree> = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            // `comment ! (…) ;`
            TokenTree::Ident(ident) if ident == "comment" && matches!(tokens.peek(), Some(TokenTree::Punct(p)) if p.as_char() == '!') => {
                tokens.by_ref().take(3).for_each(drop);
            }
            TokenTree::Group(group) => kept.push(TokenTree::Group(Group::new(group.delimiter(), without_comments(group.stream())))),
            other => kept.push(other),
        }
    }
    kept.into_iter().collect()
}
