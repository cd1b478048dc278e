//! The attributes of the crate `codewright`, which re-exports them: name that one in a manifest.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod model;
#[cfg(feature = "optimize")]
mod optimize;
#[cfg(feature = "optimize")]
mod tokens;

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

/// Makes a function's numerical code better when it is compiled, as `cargo wright optimize` does in the file.
///
/// ```text
/// #[codewright::optimize(math = "stable")]
/// fn softplus(x: f64) -> f64 {
///     (1.0 + x.exp()).ln()
/// }
/// ```
///
/// Only rules are used whose promises the nearest configuration allows (`wright.toml`, or `[package.metadata.wright]` in `Cargo.toml`), or
/// `math` if it is given. What names mean is read in the file that the function stands in; of a function that a macro makes nothing is
/// known but itself. The function stays as it is if nothing is gained; if nothing in it is understood, it does not compile, and the error
/// names what is not known. An editor that does not say where the function stands sees it as it is.
///
/// When a rule of the project changes, or a file that holds the configuration or may (`Cargo.toml`, `pyproject.toml`), the function is made
/// anew. A compiler is not told of files that are not there yet: a new `wright.toml` or rule counts when the crate is compiled the next time.
#[cfg(feature = "optimize")]
#[proc_macro_attribute]
pub fn optimize(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let file = proc_macro::Span::call_site().local_file();
    let whole = proc_macro2::TokenStream::from(item.clone());
    let failed = |error: syn::Error| error.into_compile_error().into_iter().chain(whole).collect();
    optimize::expand(arguments.into(), item.into(), file).unwrap_or_else(failed).into()
}
