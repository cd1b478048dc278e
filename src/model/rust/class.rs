//! The structs of a model: one for each class of scopes.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::body::{Body, Function};
use super::fields::RustFields;
use crate::ir::Symbol;
use crate::model::structure::fields::Fields;
use crate::model::structure::names::{ClassNames, Names, Words};
use crate::model::structure::{Structure, is_section};
use crate::model::{Model, ModelError, NodeError};

/// Names that generated code knows already.
const TAKEN: [&str; 15] =
    ["Array", "ArrayRef", "Conv", "Gru", "Linear", "Lstm", "None", "Ok", "Result", "Self", "Some", "String", "Tensor", "Vec", "Weights"];

/// A name for a model's struct that generated code does not know already.
pub(super) fn struct_name(name: &str) -> String {
    if TAKEN.contains(&name) { format!("{name}Model") } else { name.to_owned() }
}

/// The struct of a class, or its function if it has no fields.
pub(super) struct Class<'m> {
    name: Ident,
    doc: String,
    fields: Fields<'m>,
    function: Function,
    /// Fields as they are declared, and as `new` fills them.
    declared: Vec<TokenStream>,
    filled: Vec<TokenStream>,
    is_loaded: bool,
    imports: BTreeSet<&'static str>,
}

/// All of a model's structs.
pub(super) struct Classes<'m> {
    by_class: BTreeMap<usize, Class<'m>>,
}

impl<'m> Classes<'m> {
    /// Prints all classes of a model, whose own struct gets `name`.
    ///
    /// # Errors
    /// If there is what the printer cannot print; all such nodes are named.
    pub fn new(model: &'m Model, structure: &'m Structure, name: &str, comments: bool) -> Result<Classes<'m>, ModelError> {
        let mut classes = Classes { by_class: BTreeMap::new() };
        let functions = Names::without(Words::Rust, &["map", "map2", "map3", "map4", "ops", "math"]);
        let names = ClassNames::new(structure, name, &TAKEN, functions);
        let mut errors = Vec::new();
        // The smallest first: what a struct holds is smaller than it.
        let mut order: Vec<usize> = (0..structure.classes.len()).collect();
        order.sort_by_key(|class| structure.scopes[structure.classes[*class].scopes[0]].nodes.len());
        order.sort_by_key(|class| *class == 0);
        for class in order {
            let printed = Class::new(model, structure, class, &classes, &names, comments, &mut errors)?;
            classes.by_class.insert(class, printed);
        }
        if errors.is_empty() { Ok(classes) } else { Err(ModelError::Nodes(errors)) }
    }

    /// The struct of a scope.
    pub fn of(&self, structure: &Structure, scope: usize) -> &Class<'m> {
        &self.by_class[&structure.scopes[scope].class]
    }

    /// All structs but the model's own.
    pub fn inner(&self) -> impl Iterator<Item = TokenStream> {
        self.by_class.iter().filter(|(class, _)| **class != 0).map(|(_, class)| class.printed())
    }

    /// What the code uses.
    pub fn imports(&self) -> TokenStream {
        let all: BTreeSet<&str> = self.by_class.values().flat_map(|class| class.imports.iter().copied()).collect();
        let names = all.iter().map(|name| format_ident!("{name}"));
        let layers: BTreeSet<Ident> = self.by_class.values().flat_map(|class| class.fields.layer_types()).collect();
        let layers = (!layers.is_empty()).then(|| {
            let layers = layers.iter();
            quote!(use codewright::layers::{#(#layers),*};)
        });
        let weights = self.by_class.values().any(|class| class.is_loaded).then(|| {
            quote!(
                use codewright::weights::Weights;
            )
        });
        quote!(#layers use codewright::ndarray::{Array, ArrayRef}; #weights use codewright::{#(#names),*};)
    }
}

impl<'m> Class<'m> {
    fn new(
        model: &'m Model,
        structure: &'m Structure,
        class: usize,
        classes: &Classes<'m>,
        names: &ClassNames,
        comments: bool,
        errors: &mut Vec<NodeError>,
    ) -> Result<Class<'m>, ModelError> {
        let scope = structure.classes[class].scopes[0];
        let mut fields = Fields::new(model, structure, class, Names::new(Words::Rust));
        let functions = classes.by_class.values().filter(|class| class.is_function()).map(|class| class.name.to_string());
        let taken: Vec<String> = ["map", "map2", "map3", "map4"].iter().map(|n| (*n).to_owned()).chain(functions).collect();
        let mut body = Body::new(model, structure, scope, classes, &mut fields, &taken);
        let function = body.function(comments);
        errors.append(&mut body.errors);
        let imports = body.imports;
        let is_function = fields.is_empty() && class != 0;
        let name = if is_function { &names.functions[class] } else { &names.types[class] };
        let filled = fields.filled(classes).map_err(ModelError::Malformed)?;
        let (declared, is_loaded) = (fields.declared(classes), fields.is_loaded(classes));
        let doc = match &structure.classes[class].scopes[..] {
            [0] => format!(" The model `{}`.", model.name),
            several if is_section(&structure.scopes[scope].name) => match several.len() {
                1 => " A block of the model.".to_owned(),
                count => format!(" A block of the model; {count} are alike."),
            },
            [_] => format!(" `{}`.", structure.path(scope)),
            several => format!(" `{}` and {} more.", structure.path(scope), several.len() - 1),
        };
        Ok(Class { name: format_ident!("{name}"), doc, fields, function, declared, filled, is_loaded, imports })
    }

    /// The name of the struct or function.
    pub fn name(&self) -> &Ident {
        &self.name
    }

    /// True if there are no fields and the class is a function.
    pub fn is_function(&self) -> bool {
        self.fields.is_empty()
    }

    /// True if `new` takes the file of weights.
    pub fn is_loaded(&self) -> bool {
        self.is_loaded
    }

    /// The lengths that its function takes behind the tensors.
    pub fn lengths(&self) -> &[Symbol] {
        &self.function.lengths
    }

    /// Its fields.
    pub fn fields(&self) -> &Fields<'m> {
        &self.fields
    }

    /// The struct's declaration without its attributes.
    pub fn declaration(&self) -> (&str, &[TokenStream]) {
        (&self.doc, &self.declared)
    }

    /// The struct as `new` makes it.
    pub fn made(&self) -> TokenStream {
        let (name, filled) = (&self.name, &self.filled);
        quote!(#name { #(#filled),* })
    }

    /// The function `forward`.
    pub fn forward(&self) -> TokenStream {
        let Function { parameters, output, body, .. } = &self.function;
        quote!(fn forward(&self, #(#parameters),*) -> Result<#output> { #body })
    }

    /// A private struct with `new` and `forward`, or a function.
    fn printed(&self) -> TokenStream {
        let (name, doc, declared) = (&self.name, &self.doc, &self.declared);
        if self.is_function() {
            let Function { parameters, output, body, .. } = &self.function;
            return quote!(#[doc = #doc] fn #name(#(#parameters),*) -> Result<#output> { #body });
        }
        let (made, forward) = (self.made(), self.forward());
        let weights = self.is_loaded.then(|| quote!(weights: &Weights));
        quote! {
            #[doc = #doc]
            #[derive(Debug, Clone)]
            struct #name { #(#declared),* }

            impl #name {
                fn new(#weights) -> Result<#name> { Ok(#made) }

                #forward
            }
        }
    }
}
