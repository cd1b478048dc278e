use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use proc_macro2::{Delimiter, Group, LineColumn, Span, TokenStream, TokenTree};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Item, ItemFn, LitStr, Result, Token};
use wright::attribute::{function_at, optimize_function};
use wright::config::{Config, PROJECT_RULES};
use wright::optimize::Options;
use wright::rules::{Pass, RuleSet, Selection};
use wright::syntax::LineIndex;

use crate::tokens::{flat, placed, same};

/// The function with a better body. `file` is the one that it stands in, if the compiler knows it.
pub fn expand(arguments: TokenStream, item: TokenStream, file: Option<PathBuf>) -> Result<TokenStream> {
    let arguments: Arguments = syn::parse2(arguments)?;
    let function: ItemFn = syn::parse2(item.clone()).map_err(|error| Error::new(error.span(), "expected a function with a body"))?;
    let Some(file) = file else { return Ok(item) };
    let at = |why: &dyn std::fmt::Display| Error::new(Span::call_site(), why.to_string());
    let (config, options) = options(&file, arguments.math).map_err(|why| at(&why))?;
    let (attributes, bare) = split(item);
    let old = flat(bare.clone());
    let place = function.sig.fn_token.span.start();
    let read = std::fs::read_to_string(&file).ok().and_then(|text| {
        let source = Source::at(text, place)?;
        same(&flat(source.function().parse().ok()?), &old).then_some(source)
    });
    // A macro has made the function: it stands in no file.
    let source = read.or_else(|| Source::printed(function)).ok_or_else(|| at(&"expected a function that can be printed"))?;
    let new = optimize_function(&file, &source.text, source.keyword, options).map_err(|why| at(&why))?;
    let stream = if new == source.function() { bare } else { placed(new.parse().map_err(|why| at(&why))?, &old) };
    let rules = options.rules().iter().map(|rule| &rule.path).filter(|path| path.is_absolute());
    let stream = tracking(stream, config.iter().chain(rules));
    Ok(quote!(#attributes #stream))
}

/// The text that a function is read in.
struct Source {
    text: String,
    /// Where its word `fn` begins.
    keyword: usize,
}

impl Source {
    /// A file with a function's word `fn` at a place, as the compiler counts: it leaves a byte order mark out.
    fn at(text: String, place: LineColumn) -> Option<Source> {
        let text = text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned);
        let line = LineIndex::new(&text).start_of(place.line)?;
        let keyword = line + text[line..].char_indices().nth(place.column)?.0;
        function_at(&text, keyword).map(|_| Source { text, keyword })
    }

    /// The function alone.
    fn printed(function: ItemFn) -> Option<Source> {
        let inner = |attribute: &Attribute| matches!(attribute.style, syn::AttrStyle::Inner(_));
        let attrs = function.attrs.into_iter().filter(inner).collect();
        let file = syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items: vec![Item::Fn(ItemFn { attrs, ..function })] };
        let text = prettyplease::unparse(&file);
        let keyword = text.find("fn ")?;
        function_at(&text, keyword).map(|_| Source { text, keyword })
    }

    fn function(&self) -> &str {
        function_at(&self.text, self.keyword).map_or("", |span| &self.text[span.start..span.end])
    }
}

struct Arguments {
    math: Option<String>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream) -> Result<Arguments> {
        if input.is_empty() {
            return Ok(Arguments { math: None });
        }
        let word: syn::Ident = input.parse()?;
        if word != "math" {
            return Err(Error::new(word.span(), "expected `math = \"strict\"`, `\"stable\"` or `\"relaxed\"`"));
        }
        input.parse::<Token![=]>()?;
        let math: LitStr = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        let config = Config { math: Some(math.value()), ..Config::default() };
        config.selection().map_err(|why| Error::new(math.span(), why))?;
        Ok(Arguments { math: Some(math.value()) })
    }
}

/// The options for a file, and the files that have its configuration, or might. They are made once for all functions of a crate that ask
/// for the same.
fn options(file: &Path, math: Option<String>) -> std::result::Result<(Vec<PathBuf>, &'static Options), String> {
    static MADE: Mutex<Vec<(Selection, &'static Options)>> = Mutex::new(Vec::new());
    let mut config = Config::nearest(file.parent().unwrap_or(Path::new("."))).map_err(|error| error.to_string())?;
    let asked = std::mem::take(&mut config.asked);
    let selection = Config { math: math.or(config.math), ..config }.selection().map_err(|error| error.to_string())?;
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, options)) = made.iter().find(|(known, _)| *known == selection) {
        return Ok((asked, options));
    }
    let package = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| ".".into()));
    let rules = RuleSet::load(&[&package.join(PROJECT_RULES)]).map_err(|error| error.to_string())?;
    let mut options = Options::new(rules, selection.clone()).map_err(|error| error.to_string())?;
    options.passes = vec![Pass::Optimize];
    options.everywhere = true;
    let options: &'static Options = Box::leak(Box::new(options));
    made.push((selection, options));
    Ok((asked, options))
}

/// An item's attributes, and the rest of it.
fn split(item: TokenStream) -> (TokenStream, TokenStream) {
    let mut trees = item.into_iter().peekable();
    let mut attributes = Vec::new();
    while trees.peek().is_some_and(|tree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == '#')) {
        attributes.extend(trees.by_ref().take(2));
    }
    (attributes.into_iter().collect(), trees.collect())
}

/// The function with the names of files in it, which makes the compiler look at it again when one of them changes.
fn tracking<'a>(function: TokenStream, files: impl Iterator<Item = &'a PathBuf>) -> TokenStream {
    let names = files.map(|file| file.display().to_string());
    let tracked: TokenStream = names
        .map(|name| {
            quote!(
                const _: &[u8] = include_bytes!(#name);
            )
        })
        .collect();
    let mut trees: Vec<TokenTree> = function.into_iter().collect();
    if let Some(TokenTree::Group(body)) = trees.pop() {
        let mut statements: Vec<TokenTree> = body.stream().into_iter().collect();
        let is = |tree: &TokenTree, sign: char| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == sign);
        let inner = statements.chunks(3).take_while(|chunk| matches!(chunk, [a, b, _] if is(a, '#') && is(b, '!'))).count() * 3;
        statements.splice(inner..inner, tracked);
        let mut group = Group::new(Delimiter::Brace, statements.into_iter().collect());
        group.set_span(body.span());
        trees.push(TokenTree::Group(group));
    }
    trees.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
use ndarray::{Array1, Array2};

/// A product.
#[inline]
pub fn apply(a: &Array2<f64>, b: &Array2<f64>, v: &Array1<f64>) -> Array1<f64> {
    #![allow(clippy::let_and_return)]
    let c = a.dot(b);
    let y = c.dot(v);
    y
}
";

    /// The attribute on the function of a file, which is written for it with a configuration beside.
    fn expanded(name: &str, text: &str, arguments: &str) -> Result<TokenStream> {
        let folder = std::env::temp_dir().join(format!("codewright-optimize-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join("lib.rs");
        std::fs::write(&file, text).expect("a file");
        std::fs::write(folder.join("wright.toml"), "ignore = []\n").expect("a configuration");
        let tokens: TokenStream = text.parse().expect("tokens");
        let item = tokens.into_iter().skip_while(|tree| !matches!(tree, TokenTree::Punct(punct) if punct.as_char() == '#')).collect();
        let expanded = expand(arguments.parse().expect("tokens"), item, Some(file));
        std::fs::remove_dir_all(&folder).expect("a folder to remove");
        expanded
    }

    fn error(text: &str, arguments: &str) -> String {
        expanded("error", text, arguments).expect_err(text).to_string()
    }

    #[test]
    fn the_body_is_another_and_what_stays_stands_where_it_stood() {
        let new = expanded("body", FILE, "").expect("a product");
        let text = new.to_string();
        assert!(text.contains("b . dot (v)") && !text.contains("let c"), "{text}");
        assert!(text.contains("include_bytes"), "its configuration is not tracked: {text}");
        let function: ItemFn = syn::parse2(new).expect("a function");
        assert_eq!(function.attrs.len(), 3);
        assert_eq!(function.sig.ident.span().start(), LineColumn { line: 5, column: 7 });
        let last = function.block.stmts.last().expect("a last statement");
        assert_eq!(syn::spanned::Spanned::span(last).start().line, 9);
        let changed = function.block.stmts.iter().find(|statement| matches!(statement, syn::Stmt::Local(_))).expect("a binding");
        assert!((7..=8).contains(&syn::spanned::Spanned::span(changed).start().line));
    }

    #[test]
    fn promises_that_are_not_allowed_are_not_relied_on() {
        let strict = expanded("strict", FILE, "math = \"strict\"").expect("a product").to_string();
        assert!(strict.contains("let c = a . dot (b)"), "{strict}");
    }

    #[test]
    fn a_function_that_stands_in_no_file_is_read_alone() {
        let item = "#[inline] fn area(r: f64, h: f64) -> f64 { ((r * r) + h).exp().ln() }".parse().expect("tokens");
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/optimize.rs");
        let text = expand(TokenStream::new(), item, Some(file)).expect("floats").to_string();
        assert!(!text.contains("ln"), "{text}");
    }

    #[test]
    fn what_cannot_be_optimized_is_refused_with_the_reason() {
        let unknown = FILE.replace("use ndarray", "use elsewhere");
        assert!(error(&unknown, "").contains("the type `&Array2<f64>` of `a`"), "{}", error(&unknown, ""));
        assert!(error("#[inline] struct S;", "").contains("expected a function with a body"));
        assert!(error(FILE, "maths = \"strict\"").contains("expected `math = \"strict\"`"));
        assert!(error(FILE, "math = \"loose\"").contains("expected strict, stable or relaxed"));
    }
}
