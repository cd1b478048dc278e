use std::collections::BTreeMap;

use super::classes::attribute_name;
use super::effects::Arguments;
use super::library::{self, Effect, MethodEffect};
use super::scopes::{ScopeId, Scopes, What};
use crate::ir::Target;
use crate::syntax::{Node, Step};

/// What the uses of a parameter in its function prove of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Usage {
    /// Passed where only an array of the library will do.
    numpy: bool,
    torch: bool,
    /// Passed to a NumPy function that takes lists and numbers too.
    converted: bool,
    /// An attribute is read or an operator applied that a list does not have.
    not_a_list: bool,
    /// Its class is asked for, it may be `None`, or it has something that no array has.
    doubtful: bool,
    /// Number of axes.
    pub rank: Option<usize>,
    /// The last two axes are of one length.
    pub square: bool,
}

impl Usage {
    /// The library whose array it must be.
    pub fn library(&self) -> Option<Target> {
        let numpy = self.numpy || (self.converted && self.not_a_list);
        match (numpy, self.torch) {
            _ if self.doubtful => None,
            (true, false) => Some(Target::Numpy),
            (false, true) => Some(Target::Torch),
            _ => None,
        }
    }
}

/// The uses of those parameters of a function that are never bound again.
pub(super) fn usages<'t>(scopes: &Scopes<'t>, function: Node<'t>, scope: ScopeId) -> BTreeMap<&'t str, Usage> {
    let mut reader = Reader { scopes, scope, found: BTreeMap::new(), conditional: 0, returned: false };
    let Some(body) = function.field("body") else { return BTreeMap::new() };
    for step in body.walk() {
        match step {
            Step::Enter(node) if node.is_named() => reader.enter(node),
            Step::Leave(node) if node.kind() == "return_statement" => reader.returned = true,
            // The word `lambda` has the kind of the expression that it begins.
            Step::Leave(node) if node.is_named() && is_conditional(node.kind()) => reader.conditional -= 1,
            _ => {}
        }
    }
    reader.found
}

fn is_conditional(kind: &str) -> bool {
    matches!(
        kind,
        "if_statement"
            | "for_statement"
            | "while_statement"
            | "try_statement"
            | "match_statement"
            | "conditional_expression"
            | "boolean_operator"
            | "lambda"
            | "list_comprehension"
            | "set_comprehension"
            | "dictionary_comprehension"
            | "generator_expression"
            | "function_definition"
            | "class_definition"
    )
}

struct Reader<'a, 't> {
    scopes: &'a Scopes<'t>,
    scope: ScopeId,
    found: BTreeMap<&'t str, Usage>,
    conditional: usize,
    returned: bool,
}

impl<'t> Reader<'_, 't> {
    /// The usage of the parameter that an expression is.
    fn of(&mut self, node: Node<'t>) -> Option<&mut Usage> {
        if node.kind() != "identifier" {
            return None;
        }
        let name = node.text();
        let once = matches!(self.scopes.bindings_in(self.scope, name), [binding] if binding.what == What::Parameter);
        let ours = once && self.scopes.owner(name, self.scopes.scope_at(node.span().start)) == Some(self.scope);
        if ours { Some(self.found.entry(name).or_default()) } else { None }
    }

    fn enter(&mut self, node: Node<'t>) {
        match node.kind() {
            "call" => self.call(node),
            "attribute" => self.attribute(node),
            "binary_operator" => self.operator(node),
            "unary_operator" => {
                if let Some(usage) = node.field("argument").and_then(|argument| self.of(argument)) {
                    usage.not_a_list = true;
                }
            }
            "comparison_operator" => self.comparison(node),
            "assignment" => self.unpack(node),
            "assert_statement" => self.assertion(node),
            _ => {}
        }
        self.conditional += usize::from(is_conditional(node.kind()));
    }

    /// Nothing but an exception can keep control from here.
    fn certain(&self) -> bool {
        self.conditional == 0 && !self.returned
    }

    fn attribute(&mut self, node: Node<'t>) {
        let (Some(object), Some(name)) = (node.field("object"), attribute_name(node)) else { return };
        let Some(usage) = self.of(object) else { return };
        let list_method = matches!(
            name,
            "append"
                | "extend"
                | "insert"
                | "pop"
                | "remove"
                | "clear"
                | "update"
                | "add"
                | "discard"
                | "reverse"
                | "setdefault"
                | "popitem"
        );
        let method = library::method(name);
        if list_method || !(method.is_some() || library::is_view_attribute(name) || library::is_plain_attribute(name)) {
            usage.doubtful = true;
        }
        let of_lists = matches!(name, "sort" | "copy" | "index" | "count");
        usage.not_a_list |= !of_lists && (method != Some(MethodEffect::Writes) || library::is_in_place_name(name));
    }

    /// `x - y`, `x / 2`: a list has no such operators, unless an array on the other side brings them.
    fn operator(&mut self, node: Node<'t>) {
        let operator = node.field("operator").map_or("", |operator| operator.text());
        let (Some(left), Some(right)) = (node.field("left"), node.field("right")) else { return };
        let plain = |n: Node<'_>| matches!(n.kind(), "integer" | "float");
        let refuses = matches!(operator, "-" | "/" | "//" | "**");
        let fractional = operator == "+" || operator == "*";
        for (operand, other) in [(left, right), (right, left)] {
            let proves = (refuses && plain(other)) || (fractional && other.kind() == "float");
            if proves && let Some(usage) = self.of(operand) {
                usage.not_a_list = true;
            }
        }
    }

    /// `x is None`.
    fn comparison(&mut self, node: Node<'t>) {
        if node.named_children().any(|child| child.kind() == "none") {
            for child in node.named_children() {
                if let Some(usage) = self.of(child) {
                    usage.doubtful = true;
                }
            }
        }
    }

    /// `n, d = x.shape`.
    fn unpack(&mut self, node: Node<'t>) {
        let (Some(left), Some(right)) = (node.field("left"), node.field("right")) else { return };
        if !self.certain() || !matches!(left.kind(), "pattern_list" | "tuple_pattern") {
            return;
        }
        let targets: Vec<_> = left.named_children().collect();
        let object = match right.kind() {
            "attribute" if attribute_name(right) == Some("shape") => right.field("object"),
            "call" if right.field("arguments").is_some_and(|a| a.named_children().next().is_none()) => {
                right.field("function").filter(|f| attribute_name(*f) == Some("size")).and_then(|f| f.field("object"))
            }
            _ => None,
        };
        if targets.iter().all(|target| target.kind() == "identifier")
            && let Some(usage) = object.and_then(|object| self.of(object))
        {
            usage.rank = Some(targets.len());
        }
    }

    /// `assert x.ndim == 2`, `assert x.shape == (n, d)`.
    fn assertion(&mut self, node: Node<'t>) {
        let Some(test) = node.named_children().next().filter(|_| self.certain()) else { return };
        let parts: Vec<_> = test.named_children().collect();
        let [left, right] = parts[..] else { return };
        if test.kind() != "comparison_operator" || test.child(1).is_none_or(|operator| operator.text() != "==") {
            return;
        }
        let rank = match (attribute_name(left), right.kind()) {
            (Some("ndim"), "integer") => right.text().parse().ok(),
            (Some("shape"), "tuple") => Some(right.named_children().count()),
            _ => None,
        };
        if let (Some(rank), Some(usage)) = (rank, left.field("object").and_then(|object| self.of(object))) {
            usage.rank = Some(rank);
        }
    }

    fn call(&mut self, node: Node<'t>) {
        let Some(path) = node.field("function").and_then(|function| self.scopes.resolve(function)) else { return };
        let arguments = Arguments::of(node);
        let (module, name) = path.rsplit_once('.').unwrap_or(("", &path));
        let asks = matches!(name, "isinstance" | "hasattr" | "getattr" | "type" | "callable" | "isscalar" | "is_tensor")
            || module.starts_with("scipy.sparse");
        let certain = self.certain();
        for (i, argument) in arguments.positional.iter().enumerate() {
            let proof = proof(&path, module, name, i);
            let Some(usage) = self.of(*argument) else { continue };
            usage.doubtful |= asks;
            match proof {
                Some(Proof::Numpy) => usage.numpy = true,
                Some(Proof::Torch) => usage.torch = true,
                Some(Proof::Converted) => usage.converted = true,
                None => {}
            }
            usage.square |= i == 0 && certain && proof.is_some() && needs_square(module, name);
        }
    }
}

enum Proof {
    Numpy,
    Torch,
    /// NumPy would also take a list or a number.
    Converted,
}

fn proof(path: &str, module: &str, name: &str, position: usize) -> Option<Proof> {
    match module {
        "numpy.linalg" | "scipy.linalg" => {
            let array = position == 0
                && !matches!(
                    name,
                    "norm" | "multi_dot" | "vector_norm" | "block_diag" | "toeplitz" | "circulant" | "hadamard" | "outer" | "cross"
                );
            let right_side = position == 1 && matches!(name, "solve" | "lstsq" | "solve_triangular");
            ((array || right_side) && library::effect(path).is_some()).then_some(Proof::Numpy)
        }
        "numpy" => match name {
            "matmul" if position < 2 => Some(Proof::Numpy),
            "fill_diagonal" | "copyto" | "put" | "place" | "putmask" | "put_along_axis" | "trace" if position == 0 => Some(Proof::Numpy),
            "array" | "asarray" | "asanyarray" | "ascontiguousarray" | "asfortranarray" | "copy" | "require" | "shape" | "ndim"
            | "size" | "isscalar" | "atleast_1d" | "atleast_2d" | "atleast_3d" | "zeros" | "ones" | "empty" | "full" | "arange"
            | "linspace" | "logspace" | "eye" | "identity" | "dtype" | "finfo" | "iinfo" | "result_type" | "promote_types" | "can_cast"
            | "issubdtype" | "tile" | "concatenate" | "stack" | "vstack" | "hstack" | "dstack" | "column_stack" | "block" | "indices"
            | "meshgrid" | "ix_" | "einsum" | "tri" => None,
            _ => {
                let operands = match library::effect(path)? {
                    Effect::Ufunc(n) => n,
                    Effect::Fresh(_) | Effect::View if name == "dot" => 2,
                    Effect::Fresh(_) | Effect::View => 1,
                    _ => 0,
                };
                (position < operands).then_some(Proof::Converted)
            }
        },
        "torch" if name == "from_numpy" && position == 0 => Some(Proof::Numpy),
        "torch" | "torch.linalg" | "torch.fft" | "torch.nn.functional" => {
            let right = matches!(
                name,
                "matmul"
                    | "mm"
                    | "bmm"
                    | "mv"
                    | "dot"
                    | "outer"
                    | "maximum"
                    | "minimum"
                    | "atan2"
                    | "cross"
                    | "cdist"
                    | "solve"
                    | "linear"
                    | "conv1d"
                    | "conv2d"
                    | "conv3d"
                    | "mse_loss"
                    | "l1_loss"
                    | "smooth_l1_loss"
                    | "cross_entropy"
                    | "nll_loss"
                    | "kl_div"
                    | "binary_cross_entropy"
                    | "binary_cross_entropy_with_logits"
                    | "cosine_similarity"
                    | "scaled_dot_product_attention"
            );
            let operands = if name == "scaled_dot_product_attention" { 3 } else { 1 + usize::from(right) };
            let known = matches!(library::effect(path)?, Effect::Fresh(_) | Effect::View);
            (known && position < operands && !takes_more_than_tensors(name)).then_some(Proof::Torch)
        }
        _ => None,
    }
}

/// PyTorch functions whose first argument need not be a tensor.
fn takes_more_than_tensors(name: &str) -> bool {
    matches!(
        name,
        "tensor"
            | "as_tensor"
            | "asarray"
            | "full"
            | "zeros"
            | "ones"
            | "empty"
            | "arange"
            | "linspace"
            | "logspace"
            | "eye"
            | "cat"
            | "concat"
            | "concatenate"
            | "stack"
            | "hstack"
            | "vstack"
            | "dstack"
            | "column_stack"
            | "where"
            | "pow"
            | "float_power"
            | "remainder"
            | "is_tensor"
            | "finfo"
            | "iinfo"
            | "result_type"
            | "promote_types"
            | "can_cast"
            | "Size"
            | "device"
            | "scalar_tensor"
            | "block_diag"
            | "einsum"
            | "broadcast_tensors"
            | "meshgrid"
            | "cartesian_prod"
            | "chain_matmul"
            | "multi_dot"
            | "atleast_1d"
            | "atleast_2d"
            | "atleast_3d"
            | "xlogy"
            | "xlog1py"
            | "bitwise_and"
            | "bitwise_or"
            | "bitwise_xor"
            | "tril_indices"
            | "triu_indices"
            | "hamming_window"
            | "hann_window"
            | "fftfreq"
            | "rfftfreq"
            | "bucketize"
            | "searchsorted"
            | "isin"
            | "combinations"
            | "norm"
    )
}

fn needs_square(module: &str, name: &str) -> bool {
    let inverts = matches!(
        name,
        "inv" | "det" | "slogdet" | "cholesky" | "eig" | "eigh" | "eigvals" | "eigvalsh" | "matrix_power" | "solve" | "matrix_exp"
    );
    let factors = matches!(name, "expm" | "logm" | "sqrtm" | "cho_factor" | "lu_factor" | "schur");
    match module {
        "numpy.linalg" | "torch.linalg" => inverts,
        "scipy.linalg" => (inverts && name != "cholesky") || factors,
        _ => false,
    }
}
