//! The classes of a model: one for each class of scopes.

use std::collections::{BTreeMap, BTreeSet};

use super::body::{Body, Function};
use super::expression::Terms;
use super::fields::{Parameter, Sizes};
use super::helpers::{self, Helper};
use super::text;
use crate::ir::Symbol;
use crate::model::structure::fields::Fields;
use crate::model::structure::names::{ClassNames, Names, Words};
use crate::model::structure::{Structure, is_section};
use crate::model::{Model, ModelError, NodeError};

/// Names of types that printed code knows already.
const TYPES: [&str; 5] = ["F", "False", "None", "Tensor", "True"];

/// Names that functions know already.
const KNOWN: [&str; 12] = ["float", "int", "len", "list", "load_file", "math", "max", "min", "nn", "range", "torch", "tuple"];

/// Attributes that every module has.
const ATTRIBUTES: [&str; 33] = [
    "add_module",
    "apply",
    "bfloat16",
    "buffers",
    "call_super_init",
    "children",
    "compile",
    "cpu",
    "cuda",
    "double",
    "dump_patches",
    "eval",
    "extra_repr",
    "float",
    "forward",
    "from_weights",
    "half",
    "ipu",
    "modules",
    "mtia",
    "named_buffers",
    "named_children",
    "named_modules",
    "parameters",
    "register_buffer",
    "share_memory",
    "state_dict",
    "to",
    "to_empty",
    "train",
    "training",
    "type",
    "xpu",
];

/// A name for a model's class that printed code does not know already.
pub(super) fn class_name(name: &str) -> String {
    if TYPES.contains(&name) { format!("{name}Model") } else { name.to_owned() }
}

/// The class of a class of scopes, or its function if it has no fields.
pub(super) struct Class<'m> {
    name: String,
    doc: String,
    fields: Fields<'m>,
    function: Function,
    /// The statements that make the fields.
    made: Vec<String>,
    parameters: Vec<Parameter>,
    is_function: bool,
}

/// All of a model's classes, each after those that it uses.
pub(super) struct Classes<'m> {
    by_class: BTreeMap<usize, Class<'m>>,
    order: Vec<usize>,
    helpers: BTreeSet<Helper>,
}

impl<'m> Classes<'m> {
    /// Prints all classes of a model, whose own gets `name`.
    ///
    /// # Errors
    /// If there is what the printer cannot print; all such nodes are named.
    pub fn new(model: &'m Model, structure: &'m Structure, terms: &Terms, name: &str) -> Result<Classes<'m>, ModelError> {
        let mut classes = Classes { by_class: BTreeMap::new(), order: Vec::new(), helpers: BTreeSet::new() };
        let known: Vec<&str> = KNOWN.iter().copied().chain(helpers::names()).collect();
        let names = ClassNames::new(structure, name, &TYPES, Names::without(Words::Python, &known));
        let mut errors = Vec::new();
        // The smallest first: what a module holds is smaller than it.
        let mut order: Vec<usize> = (0..structure.classes.len()).collect();
        order.sort_by_key(|class| structure.scopes[structure.classes[*class].scopes[0]].nodes.len());
        order.sort_by_key(|class| *class == 0);
        for class in order {
            let (printed, helpers) = Class::new(model, structure, class, (&classes, terms), &names, &mut errors)?;
            classes.by_class.insert(class, printed);
            classes.order.push(class);
            classes.helpers.extend(helpers);
        }
        if errors.is_empty() { Ok(classes) } else { Err(ModelError::Nodes(errors)) }
    }

    /// The class of a scope.
    pub fn of(&self, structure: &Structure, scope: usize) -> &Class<'m> {
        &self.by_class[&structure.scopes[scope].class]
    }

    /// The model's own class.
    pub fn whole(&self) -> &Class<'m> {
        &self.by_class[&0]
    }

    /// The text of all classes, with what they import; the model's own has a function that reads weights if these are in a file.
    pub fn printed(&self, is_loaded: bool) -> String {
        let mut parts: Vec<String> = self.helpers.iter().map(|helper| helpers::text(helper).trim_end().to_owned()).collect();
        for class in &self.order {
            parts.push(self.by_class[class].printed(*class == 0 && is_loaded));
        }
        let body = parts.join("\n\n\n");
        let has = |name: &str| body.split(name).skip(1).any(|_| true);
        let mut imports = String::new();
        if has("math.") {
            imports.push_str("import math\n\n");
        }
        imports.push_str("import torch\n");
        if has("F.") {
            imports.push_str("import torch.nn.functional as F\n");
        }
        if is_loaded {
            imports.push_str("from safetensors.torch import load_file\n");
        }
        imports.push_str("from torch import Tensor, nn\n");
        format!("{imports}\n\n{body}\n")
    }
}

impl<'m> Class<'m> {
    fn new(
        model: &'m Model,
        structure: &'m Structure,
        class: usize,
        (classes, terms): (&Classes<'m>, &Terms),
        names: &ClassNames,
        errors: &mut Vec<NodeError>,
    ) -> Result<(Class<'m>, BTreeSet<Helper>), ModelError> {
        let scope = structure.classes[class].scopes[0];
        let mut fields = Fields::new(model, structure, class, Names::without(Words::Python, &ATTRIBUTES));
        let functions = classes.by_class.values().filter(|class| class.is_function).map(|class| class.name.as_str());
        let mut taken: Vec<&str> = functions.collect();
        taken.extend_from_slice(&KNOWN);
        helpers::names().for_each(|name| taken.push(name));
        let mut body = Body::new(model, structure, scope, (classes, terms), &mut fields, &taken);
        let function = body.function();
        errors.append(&mut body.errors);
        let helpers = body.helpers;
        let is_function = fields.is_empty() && class != 0;
        let name = if is_function { &names.functions[class] } else { &names.types[class] };
        let mut sizes = Sizes::new(&fields);
        let made = sizes.made(classes).map_err(ModelError::Malformed)?;
        let parameters = sizes.parameters;
        let doc = match &structure.classes[class].scopes[..] {
            [0] => format!("The model `{}`.", model.name),
            several if is_section(&structure.scopes[scope].name) => match several.len() {
                1 => "A block of the model.".to_owned(),
                count => format!("A block of the model; {count} are alike."),
            },
            [_] => format!("`{}`.", structure.path(scope)),
            several => format!("`{}` and {} more.", structure.path(scope), several.len() - 1),
        };
        let doc = doc.replace('\\', "\\\\").replace('"', "\\\"");
        Ok((Class { name: name.clone(), doc, fields, function, made, parameters, is_function }, helpers))
    }

    /// The name of the class or function.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// True if there are no fields and the class is a function.
    pub fn is_function(&self) -> bool {
        self.is_function
    }

    /// The lengths that its function takes behind the tensors.
    pub fn lengths(&self) -> &[Symbol] {
        &self.function.lengths
    }

    /// The parameters of `__init__`.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Its fields.
    pub fn fields(&self) -> &Fields<'m> {
        &self.fields
    }

    fn printed(&self, is_loaded: bool) -> String {
        let mut text = String::new();
        let Function { parameters, output, body, .. } = &self.function;
        if self.is_function {
            text::push(0, &format!("def {}({}) -> {output}:", self.name, parameters.join(", ")), &mut text);
            text.push_str(&format!("    \"\"\"{}\"\"\"\n", self.doc));
            body.iter().for_each(|line| line.printed(4, &mut text));
            return text.trim_end().to_owned();
        }
        text.push_str(&format!("class {}(nn.Module):\n    \"\"\"{}\"\"\"\n\n", self.name, self.doc));
        let sizes = self.parameters.iter().map(|(name, _)| format!("{name}: int"));
        let sizes: Vec<String> = std::iter::once("self".to_owned()).chain(sizes).collect();
        if !self.made.is_empty() {
            text::push(4, &format!("def __init__({}) -> None:", sizes.join(", ")), &mut text);
            text::push(8, "super().__init__()", &mut text);
            self.made.iter().for_each(|line| text::push(8, line, &mut text));
            text.push('\n');
        }
        if is_loaded {
            text.push_str(&format!(
                "    @classmethod\n    def from_weights(cls, path: str) -> \"{}\":\n        \"\"\"The model with the weights of a file.\"\"\"\n        \
                 model = cls()\n        model.load_state_dict(load_file(path))\n        return model.eval()\n\n",
                self.name
            ));
        }
        let parameters: Vec<String> = std::iter::once("self".to_owned()).chain(parameters.iter().cloned()).collect();
        text::push(4, &format!("def forward({}) -> {output}:", parameters.join(", ")), &mut text);
        body.iter().for_each(|line| line.printed(8, &mut text));
        text.trim_end().to_owned()
    }
}
