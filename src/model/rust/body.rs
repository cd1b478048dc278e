//! The statements of `run`.

mod blocks;
mod call;
mod element_loop;
mod entry;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use egg::Language;
use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{format_ident, quote};

use super::names::{Names, snake};
use super::{dims, rust_type, scalar};
use crate::ir::{Attr, Const, DType, Id, Node, OpId, Symbol, Type};
use crate::model::{Model, NodeError, Weight};
use blocks::{Block, Blocks};

/// Tensors that one loop reads at most.
const OPERANDS: usize = 4;

/// A value that is printed as a statement of its own.
struct Statement {
    /// The variable, or one for each of several results; `_` for one that nothing reads.
    variables: Vec<Ident>,
    /// The variable exists already and is given a new value.
    again: bool,
    value: TokenStream,
    shape: String,
}

/// Prints a program statement by statement. A value whose last reader makes a value of the same element type leaves its variable
/// to it, which frees its memory there.
pub(super) struct Body<'m, 'n> {
    model: &'m Model,
    fields: &'n mut Names,
    locals: Names,
    /// The nodes that read each node, in order; none for what no output needs.
    readers: Vec<Vec<Id>>,
    roots: HashSet<Id>,
    /// The variable or field of each value that has one.
    places: HashMap<Id, TokenStream>,
    /// The local variable of a value, if it is one that may be given another.
    owned: HashMap<Id, Ident>,
    weights: BTreeMap<String, &'m Weight>,
    symbols: BTreeMap<Symbol, Ident>,
    blocks: Blocks,
    statements: HashMap<Block, Vec<Statement>>,
    imports: BTreeSet<&'static str>,
    /// The variables of the inputs.
    pub parameters: Vec<Ident>,
    entry: Vec<TokenStream>,
    pub errors: Vec<NodeError>,
}

impl<'m, 'n> Body<'m, 'n> {
    pub fn new(model: &'m Model, fields: &'n mut Names) -> Body<'m, 'n> {
        let roots: HashSet<Id> = model.program.roots.iter().copied().collect();
        let mut readers: Vec<Vec<Id>> = vec![Vec::new(); model.program.types.len()];
        for id in (0..readers.len()).rev().map(Id::from) {
            if roots.contains(&id) || !readers[usize::from(id)].is_empty() {
                readers[usize::from(id)].reverse();
                for child in model.program.terms[id].children() {
                    readers[usize::from(*child)].push(id);
                }
            }
        }
        let blocks = Blocks::new(&model.program, &readers, &roots);
        Body {
            model,
            fields,
            locals: Names::without(&["map", "map2", "map3", "map4"]),
            readers,
            roots,
            places: HashMap::new(),
            owned: HashMap::new(),
            weights: BTreeMap::new(),
            symbols: BTreeMap::new(),
            blocks,
            statements: HashMap::new(),
            imports: BTreeSet::from(["Result", "Tensor"]),
            parameters: Vec::new(),
            entry: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// Prints all that the outputs need and gives the expressions for them.
    pub fn run(&mut self) -> Vec<TokenStream> {
        self.inputs();
        for id in (0..self.readers.len()).map(Id::from) {
            if !self.is_needed(id) || !self.stands_alone(id) {
                continue;
            }
            if let Err(why) = self.statement(id) {
                let op = self.model.program.terms[id].to_string();
                let node = self.model.names.get(&id).cloned().unwrap_or_else(|| format!("%{id}"));
                self.errors.push(NodeError { node, op, why });
            }
        }
        let mut results = Vec::new();
        for root in &self.model.program.roots {
            let last = self.model.program.roots.iter().filter(|r| *r == root).count() == 1;
            let place = self.operand(*root);
            results.push(if last && self.owned.contains_key(root) { quote!(#place) } else { quote!(#place.clone()) });
        }
        results
    }

    pub fn used_weights(&self) -> BTreeMap<String, &'m Weight> {
        self.weights.clone()
    }

    pub fn entry(&self) -> TokenStream {
        let entry = &self.entry;
        quote!(#(#entry)*)
    }

    pub fn imports(&self) -> Vec<TokenStream> {
        self.imports.iter().map(|name| format_ident!("{name}")).map(|ident| quote!(#ident)).collect()
    }

    /// The statements, each followed by a mark for a comment that says its lengths, if those are wanted.
    pub fn statements(&mut self, comments: bool) -> TokenStream {
        let tokens = self.block(Block::Whole);
        if comments { tokens } else { without_comments(tokens) }
    }

    /// The statements of a block.
    fn block(&mut self, block: Block) -> TokenStream {
        let statements = self.statements.remove(&block).unwrap_or_default();
        let mut tokens = TokenStream::new();
        for (i, statement) in statements.iter().enumerate() {
            let (variables, value, shape) = (&statement.variables, &statement.value, &statement.shape);
            let changes = |variable: &Ident| statements[i + 1..].iter().any(|s| s.again && s.variables[0] == *variable);
            let declared = variables.iter().map(|v| if changes(v) { quote!(mut #v) } else { quote!(#v) });
            tokens.extend(match (&variables[..], statement.again) {
                ([variable], true) => quote!(#variable = #value;),
                ([_], false) => quote!(let #(#declared)* = #value;),
                _ => quote!(let (#(#declared),*) = #value;),
            });
            tokens.extend(quote!(comment!(#shape);));
        }
        tokens
    }

    /// True if an output is made of it, or is it.
    fn is_needed(&self, id: Id) -> bool {
        self.roots.contains(&id) || !self.readers[usize::from(id)].is_empty()
    }

    fn find(&self, node: &Node) -> Option<Id> {
        (0..self.readers.len()).map(Id::from).find(|id| self.model.program.terms[*id] == *node)
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

    /// True for what is a statement: every op but element functions that their one reader takes into its own loop, and lengths.
    fn stands_alone(&self, id: Id) -> bool {
        self.op(id).is_some_and(|op| !matches!(op.def().name, "tuple" | "tuple_get")) && self.length_of(id).is_none() && !self.is_fused(id)
    }

    /// True for an element function that has one reader, which is an element function of the same shape and takes it in.
    fn is_fused(&self, id: Id) -> bool {
        let [reader] = self.readers[usize::from(id)][..] else { return false };
        self.joins(id, reader) && self.op(reader).is_some_and(scalar::is_elementwise) && self.operands(reader, &mut Vec::new()).is_some()
    }

    /// True for an element function that only `reader` reads, in the same shape.
    fn joins(&self, id: Id, reader: Id) -> bool {
        self.op(id).is_some_and(scalar::is_elementwise)
            && self.length_of(id).is_none()
            && self.readers[usize::from(id)].len() == 1
            && !self.roots.contains(&id)
            && self.ty(reader).shape().same(self.ty(id).shape())
    }

    /// The tensors that the loop of an element function reads, if they are few enough with all that it takes in.
    fn operands(&self, id: Id, found: &mut Vec<Id>) -> Option<()> {
        for child in self.children(id) {
            match &self.model.program.terms[*child] {
                Node::Attr(_) | Node::Const(_) => {}
                Node::Op(..) if self.joins(*child, id) => self.operands(*child, found)?,
                _ if found.contains(child) => {}
                _ => found.push(*child),
            }
        }
        (found.len() <= OPERANDS).then_some(())
    }

    fn statement(&mut self, id: Id) -> Result<(), String> {
        let Some(op) = self.op(id) else { return Ok(()) };
        if let Type::Tuple(types) = self.ty(id) {
            return self.several(id, op, types);
        }
        let dtype = self.ty(id).dtype().ok_or("its element type is not known")?;
        let mut read = Vec::new();
        let value = if scalar::is_elementwise(op) { self.element_loop(id, &mut read)? } else { self.call(id, op, &mut read)? };
        let (variable, again) = self.variable(id, dtype, &read);
        self.keep(id, &variable);
        self.push(id, Statement { variables: vec![variable], again, value, shape: lengths_text(self.ty(id)) });
        Ok(())
    }

    /// An op with several results, each of which has a variable.
    fn several(&mut self, id: Id, op: OpId, types: &[Type]) -> Result<(), String> {
        let value = if op.def().name == "if_else" { self.condition(id)? } else { self.call(id, op, &mut Vec::new())? };
        let mut variables = Vec::new();
        for i in 0..types.len() {
            let is_part =
                |part: &&Id| matches!(self.model.program.terms[self.children(**part)[1]], Node::Attr(Attr::Int(n)) if n == i as i64);
            let part = self.readers[usize::from(id)].iter().find(is_part).copied();
            variables.push(match part {
                Some(part) => {
                    let variable = self.fresh(part);
                    self.keep(part, &variable);
                    variable
                }
                None => format_ident!("_"),
            });
        }
        let shape = types.iter().map(lengths_text).collect::<Vec<_>>().join(", ");
        self.push(id, Statement { variables, again: false, value, shape });
        Ok(())
    }

    fn push(&mut self, id: Id, statement: Statement) {
        self.statements.entry(self.blocks.of(id)).or_default().push(statement);
    }

    /// `if` and `else` with the statements that only one of them needs.
    fn condition(&mut self, id: Id) -> Result<TokenStream, String> {
        let [condition, then, other] = self.children(id)[..] else { return Err("it has no two branches".to_owned()) };
        let place = self.operand(condition);
        let (yes, no) = (self.branch(id, false, then), self.branch(id, true, other));
        Ok(quote!(if #place.item()? { #yes } else { #no }))
    }

    fn branch(&mut self, id: Id, otherwise: bool, results: Id) -> TokenStream {
        let block = Block::Branch { of: id, otherwise };
        let statements = self.block(block);
        let results: Vec<TokenStream> = self
            .children(results)
            .iter()
            .map(|result| {
                let place = self.operand(*result);
                let own =
                    self.owned.contains_key(result) && self.blocks.of(*result) == block && self.readers[usize::from(*result)].len() == 1;
                let is_new = matches!(self.model.program.terms[*result], Node::Const(_)) || self.length_of(*result).is_some();
                if own || is_new { place } else { quote!(#place.clone()) }
            })
            .collect();
        match &results[..] {
            [result] => quote!(#statements #result),
            _ => quote!(#statements (#(#results),*)),
        }
    }

    fn keep(&mut self, id: Id, variable: &Ident) {
        self.places.insert(id, quote!(#variable));
        self.owned.insert(id, variable.clone());
    }

    /// The last statement of a value's own block that reads it: its last reader, the one that takes that in, or the condition in one of
    /// whose branches that stands.
    fn last_statement(&self, id: Id) -> Id {
        let statement = |mut reader: Id| {
            while let ([next], true) = (&self.readers[usize::from(reader)][..], self.is_fused(reader)) {
                reader = *next;
            }
            self.blocks.within(reader, self.blocks.of(id))
        };
        self.readers[usize::from(id)].iter().map(|reader| statement(*reader)).max().unwrap_or(id)
    }

    /// The variable for a value: that of an operand that nothing reads after this, or a new one.
    fn variable(&mut self, id: Id, dtype: DType, read: &[Id]) -> (Ident, bool) {
        let dies = |operand: &&Id| {
            !self.roots.contains(operand)
                && self.blocks.of(**operand) == self.blocks.of(id)
                && self.last_statement(**operand) == id
                && self.ty(**operand).dtype() == Some(dtype)
        };
        if let Some(variable) = read.iter().filter(dies).find_map(|operand| self.owned.get(operand)) {
            return (variable.clone(), true);
        }
        (self.fresh(id), false)
    }

    /// A new variable, named as the value is in the file, or after its op.
    fn fresh(&mut self, id: Id) -> Ident {
        let hint = self.model.names.get(&id).map(|name| hint(name)).unwrap_or_default();
        // One of several results is named after what gives them.
        let of_several = self.op(id).is_some_and(|op| op.def().name == "tuple_get");
        let maker = if of_several { self.children(id)[0] } else { id };
        let hint = if hint.is_empty() { self.op(maker).map_or("x", |op| op.def().name).to_owned() } else { hint };
        format_ident!("{}", self.locals.unique(&hint))
    }

    /// The expression for a value that exists: a variable, a field, a number.
    fn operand(&mut self, id: Id) -> TokenStream {
        if let Some(place) = self.places.get(&id) {
            return place.clone();
        }
        match &self.model.program.terms[id] {
            Node::Const(c) => self.number(*c),
            Node::Leaf(_) => self.field(id),
            _ => match self.length_of(id) {
                // A conversion binds tighter than a sum.
                Some(length) if length.clone().into_iter().count() > 1 => quote!(Tensor::scalar((#length) as i64)),
                Some(length) => quote!(Tensor::scalar(#length as i64)),
                None => quote!(compile_error!("a value that has no place")),
            },
        }
    }

    fn number(&self, c: Const) -> TokenStream {
        let (literal, ty) = (scalar::literal(c), rust_type(c.dtype));
        quote!(Tensor::<#ty>::scalar(#literal))
    }

    /// The struct's field for a weight.
    fn field(&mut self, id: Id) -> TokenStream {
        let Some(weight) = self.model.weight(id) else { return quote!(compile_error!("a leaf that is no weight")) };
        let name = if weight.name.is_empty() { "constant" } else { &weight.name };
        let field = self.fields.unique(name);
        self.weights.insert(field.clone(), weight);
        let ident = format_ident!("{field}");
        self.places.insert(id, quote!(self.#ident));
        quote!(self.#ident)
    }

    /// `dim(x, axis)` or `numel(x)`, or such an integer made 64 bits long, as an expression.
    fn length_of(&self, id: Id) -> Option<TokenStream> {
        let children = self.children(id);
        if self.op(id)?.def().name == "cast" {
            return self.length_of(children[0]).filter(|_| self.ty(id).dtype() == Some(DType::I64));
        }
        let dims = self.ty(*children.first()?).shape().dims()?;
        match self.op(id)?.def().name {
            "dim" => match self.model.program.terms[*children.get(1)?] {
                Node::Attr(Attr::Int(axis)) => dims::length(dims.get(axis as usize)?, &self.symbols),
                _ => None,
            },
            "numel" => {
                let total = self.ty(children[0]).shape().size();
                dims::length(&total, &self.symbols)
            }
            _ => None,
        }
    }
}

/// The lengths of a value as a comment shows them, or the element type of a scalar.
fn lengths_text(ty: &Type) -> String {
    match ty.shape().dims() {
        Some([]) => ty.dtype().map_or("?", DType::name).to_owned(),
        Some(dims) => format!("[{}]", dims.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
        None => "[…]".to_owned(),
    }
}

/// True for ops that give the same elements other axes.
fn is_reshape(op: OpId) -> bool {
    matches!(op.def().name, "reshape" | "ravel" | "expand_dims" | "squeeze")
}

/// A name for a value from its name in the file: for exporters' paths the last scope, nothing for numbers.
fn hint(name: &str) -> String {
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty()).collect();
    let last = match parts[..] {
        [.., scope, _] => scope,
        [only] => only,
        [] => "",
    };
    let last = last.strip_suffix("_output_0").unwrap_or(last);
    if last.chars().all(|c| !c.is_ascii_alphabetic()) || last.len() > 32 || last.contains("::") { String::new() } else { snake(last) }
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
