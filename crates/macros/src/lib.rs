//! The attributes of the crate `codewright`, which re-exports them: name that one in a manifest.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod model;

use proc_macro::TokenStream;

/// Makes a struct the model in an ONNX file: `#[codewright::model("models/mlp.onnx")] struct Mlp;`.
///
/// The path is relative to the source file, and the file lies within the package's folder. Lengths of inputs can be fixed:
/// `#[codewright::model("mlp.onnx", shape(x = [1, 3, 224, 224]))]`; so can the value of an input of one element, which then is no input any
/// more: `value(rate = 16000)`. The struct gets `new`, which makes the model with its weights, and
/// `run`, which takes the inputs as arrays and gives the outputs. When the file changes, the code is made anew.
#[proc_macro_attribute]
pub fn model(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let file = proc_macro::Span::call_site().local_file();
    model::expand(arguments.into(), item.into(), file).unwrap_or_else(syn::Error::into_compile_error).into()
}
