//! The statements of `run`.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use egg::Language;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::names::{Names, snake};
use super::scalar::{self, Binding, Expression};
use super::{dims, rust_type};
use crate::ir::{Attr, Const, DType, Id, LeafId, Node, OpId, Param, Symbol, Type};
use crate::model::{Model, NodeError, Source, Weight};

/// The loops over one tensor, over two and so on.
const MAPS: [&str; OPERANDS] = ["map", "map2", "map3", "map4"];

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
    statements: Vec<Statement>,
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
            statements: Vec::new(),
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
    pub fn statements(&self, comments: bool) -> TokenStream {
        let mut tokens = TokenStream::new();
        for (i, statement) in self.statements.iter().enumerate() {
            let (variables, value, shape) = (&statement.variables, &statement.value, &statement.shape);
            let changes = |variable: &Ident| self.statements[i + 1..].iter().any(|s| s.again && s.variables[0] == *variable);
            let declared = variables.iter().map(|v| if changes(v) { quote!(mut #v) } else { quote!(#v) });
            tokens.extend(match (&variables[..], statement.again) {
                ([variable], true) => quote!(#variable = #value;),
                ([_], false) => quote!(let #(#declared)* = #value;),
                _ => quote!(let (#(#declared),*) = #value;),
            });
            if comments {
                tokens.extend(quote!(comment!(#shape);));
            }
        }
        tokens
    }

    /// Variables for the inputs, and names for the lengths that they bring.
    fn inputs(&mut self) {
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
        self.op(id).is_some_and(|op| op.def().name != "tuple_get") && self.length_of(id).is_none() && !self.is_fused(id)
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
        self.statements.push(Statement { variables: vec![variable], again, value, shape: lengths_text(self.ty(id)) });
        Ok(())
    }

    /// An op with several results, each of which has a variable.
    fn several(&mut self, id: Id, op: OpId, types: &[Type]) -> Result<(), String> {
        let value = self.call(id, op, &mut Vec::new())?;
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
        self.statements.push(Statement { variables, again: false, value, shape });
        Ok(())
    }

    fn keep(&mut self, id: Id, variable: &Ident) {
        self.places.insert(id, quote!(#variable));
        self.owned.insert(id, variable.clone());
    }

    /// The last statement that reads a value: its last reader, or the one that takes that in.
    fn last_statement(&self, id: Id) -> Id {
        let statement = |mut reader: Id| {
            while let ([next], true) = (&self.readers[usize::from(reader)][..], self.is_fused(reader)) {
                reader = *next;
            }
            reader
        };
        self.readers[usize::from(id)].iter().map(|reader| statement(*reader)).max().unwrap_or(id)
    }

    /// The variable for a value: that of an operand that nothing reads after this, or a new one.
    fn variable(&mut self, id: Id, dtype: DType, read: &[Id]) -> (Ident, bool) {
        let dies = |operand: &&Id| {
            !self.roots.contains(operand) && self.last_statement(**operand) == id && self.ty(**operand).dtype() == Some(dtype)
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

    /// An element function, with all that it takes in, as a loop.
    fn element_loop(&mut self, id: Id, read: &mut Vec<Id>) -> Result<TokenStream, String> {
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

    /// A call of the function that is named as the op.
    fn call(&mut self, id: Id, op: OpId, read: &mut Vec<Id>) -> Result<TokenStream, String> {
        self.imports.insert("ops");
        let children = self.children(id);
        if is_reshape(op)
            && let Some(reshape) = self.reshape(id, children)?
        {
            read.push(children[0]);
            return Ok(reshape);
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
                (Node::Attr(attr), _) => self.attribute(op, attr, param.name())?,
                (_, param) => {
                    let place = self.operand(*child);
                    read.push(*child);
                    match param {
                        Param::Variadic(_) => {
                            variadic.push(quote!(&#place));
                            continue;
                        }
                        Param::Optional(_) => quote!(Some(&#place)),
                        _ => quote!(&#place),
                    }
                }
            };
            arguments.push(tokens);
        }
        if matches!(params.last(), Some(Param::Variadic(_))) {
            arguments.push(quote!(&[#(#variadic),*]));
        }
        Ok(quote!(ops::#ident(#(#arguments),*)?))
    }

    /// The elements in other axes, by their lengths; `None` if these are not known and the op has a function of its own.
    fn reshape(&mut self, id: Id, children: &[Id]) -> Result<Option<TokenStream>, String> {
        let x = self.operand(children[0]);
        let lengths = self.lengths(self.ty(id).shape().dims().ok_or("its number of axes is not known")?);
        let attr = children.get(1).map(|child| &self.model.program.terms[*child]);
        Ok(match (lengths, attr) {
            (Ok(lengths), _) => Some(quote!(ops::reshape(&#x, &[#(#lengths),*])?)),
            (Err(why), Some(Node::Attr(Attr::Dims(dims)))) => {
                let open = dims.iter().position(|d| d.as_known() == Some(-1)).ok_or(why)?;
                let (before, after) = (self.lengths(&dims[..open])?, self.lengths(&dims[open + 1..])?);
                Some(quote!(ops::reshape_rest(&#x, &[#(#before),*], &[#(#after),*])?))
            }
            (Err(_), _) => None,
        })
    }

    fn attribute(&self, op: OpId, attr: &Attr, name: &str) -> Result<TokenStream, String> {
        let integer = |i: i64| {
            let literal = Literal::i64_unsuffixed(i);
            match i {
                i64::MAX => quote!(i64::MAX),
                i64::MIN => quote!(i64::MIN),
                _ => quote!(#literal),
            }
        };
        Ok(match attr {
            Attr::Int(i) if name == "axes" && !op.def().name.starts_with("layer_norm") => {
                let i = integer(*i);
                quote!(&[#i])
            }
            Attr::Int(i) => integer(*i),
            Attr::Ints(v) => {
                let v = v.iter().map(|i| integer(*i));
                quote!(&[#(#v),*])
            }
            Attr::Dims(dims) => {
                let lengths = self.lengths(dims)?;
                quote!(&[#(#lengths),*])
            }
            Attr::Bool(b) => quote!(#b),
            Attr::Float(bits) => scalar::float(f64::from_bits(*bits), DType::F64),
            Attr::Str(s) => quote!(#s),
            Attr::DType(_) | Attr::None => return Err(format!("{attr} is no argument that can be printed for `{name}`")),
        })
    }

    fn lengths(&self, dims: &[crate::ir::Dim]) -> Result<Vec<TokenStream>, String> {
        dims.iter().map(|d| dims::length(d, &self.symbols).ok_or_else(|| format!("a length of {d} is not known from the inputs"))).collect()
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
