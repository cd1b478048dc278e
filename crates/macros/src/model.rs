use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Error, ItemStruct, Lit, LitInt, LitStr, Result, Token, bracketed, parenthesized};
use wright::model::{onnx, optimize, rust};
use wright::rules::{RuleSet, Selection};

/// The struct as the model in the file that the arguments name. `source` is the file that the attribute stands in, if the compiler
/// knows it.
pub fn expand(arguments: TokenStream, item: TokenStream, source: Option<PathBuf>) -> Result<TokenStream> {
    let arguments: Arguments = syn::parse2(arguments)?;
    let item: ItemStruct = syn::parse2(item)?;
    if !item.fields.is_empty() || !item.generics.params.is_empty() {
        return Err(Error::new(item.span(), "expected a struct without fields and parameters, such as `struct Mlp;`"));
    }
    let path = located(&arguments.path, source.as_deref())?;
    let at = |why: &dyn std::fmt::Display| Error::new(arguments.path.span(), why.to_string());
    let mut model = onnx::read(&path, &onnx::Options { shapes: arguments.shapes, values: arguments.values }).map_err(|e| at(&e))?;
    let rules = RuleSet::builtin().for_models(&Selection::default()).map_err(|e| at(&e))?;
    model = optimize(&model, &rules).model;
    model.name = item.ident.to_string();
    let attributes = &item.attrs;
    let items = rust::inline(&model, &model.name, &quote!(#(#attributes)*)).map_err(|e| at(&e))?;
    let names = rust::type_names(&model, &model.name).into_iter().map(|(own, name)| {
        let (own, public) = (format_ident!("{own}"), format_ident!("{name}"));
        if own == public { quote!(#own) } else { quote!(#own as #public) }
    });
    let (module, vis) = (format_ident!("codewright_{}", rust::identifier(&model.name)), &item.vis);
    // Naming the files in the code makes the compiler look at it again when one changes.
    let tracked = model.files.iter().map(|file| file.display().to_string());
    Ok(quote! {
        #[doc(hidden)]
        mod #module {
            #items
            #(const _: &[u8] = include_bytes!(#tracked);)*
        }
        #[allow(unused_imports)]
        #vis use #module::{#(#names),*};
    })
}

struct Arguments {
    path: LitStr,
    shapes: Vec<(String, Vec<usize>)>,
    values: Vec<(String, f64)>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream) -> Result<Arguments> {
        let path = input.parse()?;
        let (mut shapes, mut values) = (Vec::new(), Vec::new());
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let word: syn::Ident = input.parse()?;
            if word != "shape" && word != "value" {
                return Err(Error::new(word.span(), "expected `shape(input = [lengths])` or `value(input = number)`"));
            }
            let content;
            parenthesized!(content in input);
            let name: syn::Ident = content.parse()?;
            content.parse::<Token![=]>()?;
            if word == "value" {
                values.push((name.to_string(), number(&content)?));
                continue;
            }
            let lengths;
            bracketed!(lengths in content);
            let lengths = lengths.parse_terminated(LitInt::parse, Token![,])?;
            shapes.push((name.to_string(), lengths.iter().map(LitInt::base10_parse).collect::<Result<_>>()?));
        }
        Ok(Arguments { path, shapes, values })
    }
}

/// A number with or without a sign and a fraction.
fn number(input: ParseStream) -> Result<f64> {
    let sign = if input.parse::<Option<Token![-]>>()?.is_some() { -1.0 } else { 1.0 };
    let number = match input.parse()? {
        Lit::Int(int) => int.base10_parse::<f64>()?,
        Lit::Float(float) => float.base10_parse::<f64>()?,
        other => return Err(Error::new(other.span(), "expected a number")),
    };
    Ok(sign * number)
}

/// The model's file, which must lie within the package's folder.
fn located(path: &LitStr, source: Option<&Path>) -> Result<PathBuf> {
    let refuse = |why: String| Err(Error::new(path.span(), why));
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| ".".into()));
    let folder = source.and_then(Path::parent).map_or_else(|| root.join("src"), |folder| folder.to_owned());
    let named = folder.join(path.value());
    let found = match named.canonicalize() {
        Ok(found) => found,
        Err(error) => return refuse(format!("{}: {error}; the path is relative to the source file", named.display())),
    };
    match root.canonicalize() {
        Ok(root) if found.starts_with(&root) => Ok(found),
        _ => refuse(format!("{}: it lies outside of the package's folder", path.token().to_token_stream())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error for an attribute on a struct in this file.
    fn error(arguments: &str, item: &str) -> String {
        let tokens = |text: &str| text.parse::<TokenStream>().expect("tokens");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/model.rs");
        match expand(tokens(arguments), tokens(item), Some(source)) {
            Ok(code) => code.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_cannot_be_a_model_is_refused_with_the_reason() {
        let unit = "struct Mlp;";
        assert!(error("\"lib.rs\"", "struct Mlp { x: f32 }").contains("expected a struct without fields"));
        assert!(error("\"missing.onnx\"", unit).contains("relative to the source file"));
        assert!(error("\"../../codewright/tests/data/mlp.onnx\"", unit).contains("outside of the package's folder"));
        assert!(error("\"lib.rs\"", unit).contains("no ONNX file"));
        assert!(error("\"lib.rs\", shapes(x = [1])", unit).contains("expected `shape(input = [lengths])`"));
        assert!(error("\"lib.rs\", value(x = y)", unit).contains("expected literal"));
        assert!(error("\"lib.rs\", value(x = -1.5)", unit).contains("no ONNX file"));
        assert!(error("3", unit).contains("expected string literal"));
    }
}
