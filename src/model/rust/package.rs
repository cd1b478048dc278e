//! A crate around a model's code.

use std::collections::HashSet;
use std::path::Path;

use quote::{format_ident, quote};

use super::class::struct_name;
use super::{Generated, element, identifier, printed, rank};
use crate::ir::{Const, DType, Symbol};
use crate::model::onnx::Recording;
use crate::model::structure::names::{Names, Words, camel};
use crate::model::{Model, ModelError, Weight};

/// The file names of a crate and their contents.
pub type Files = Vec<(String, Vec<u8>)>;

/// How far a result may be from the recorded one: `atol + rtol * |recorded|`.
#[derive(Debug, Clone, Copy)]
pub struct Tolerance {
    /// In parts of the recorded number.
    pub rtol: f64,
    /// In itself.
    pub atol: f64,
}

/// The length that a benchmark takes for those that the model leaves open.
const OPEN: i64 = 16;

/// What the test of a crate allows.
const TOLERANCE: Tolerance = Tolerance { rtol: 1e-3, atol: 1e-4 };

/// A crate with the model as its library, a benchmark, and a test if results are recorded. `runtime` is the folder of a local copy of the crate
/// `codewright`, for which the one from the registry is taken otherwise.
///
/// # Errors
/// If the recorded results do not fit the model.
pub fn package(model: &Model, generated: &Generated, recording: Option<&Recording>, runtime: Option<&Path>) -> Result<Files, ModelError> {
    let name = identifier(&model.name);
    let source = match runtime {
        Some(path) => {
            let path = path.canonicalize().map_err(|e| ModelError::file(path, e))?;
            format!("{{ path = {:?}, default-features = false }}", path.display().to_string())
        }
        None => format!("{{ version = {:?}, default-features = false }}", env!("CARGO_PKG_VERSION")),
    };
    let manifest = format!(
        "[package]\nname = \"{}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [dependencies]\ncodewright = {source}\n\n\
         [dev-dependencies]\ncriterion = {{ version = \"0.8\", default-features = false }}\n\n\
         [[bench]]\nname = \"latency\"\nharness = false\n\n\
         [profile.dev]\nopt-level = 3\n",
        name.replace('_', "-")
    );
    let mut files = vec![
        ("Cargo.toml".to_owned(), manifest.into_bytes()),
        ("src/lib.rs".to_owned(), generated.code.clone().into_bytes()),
        ("benches/latency.rs".to_owned(), benchmark(model, &name)?.into_bytes()),
    ];
    if let Some(weights) = &generated.weights {
        files.push((format!("src/{name}.safetensors"), weights.clone()));
    }
    if let Some(recording) = recording {
        files.push(("tests/recorded.rs".to_owned(), test(model, &name, recording, "recorded.safetensors", TOLERANCE)?.into_bytes()));
        files.push(("tests/recorded.safetensors".to_owned(), recording.to_safetensors()?));
    }
    Ok(files)
}

/// A test that runs a model, whose code is the module `path`, on the recorded inputs that are in a file beside it.
///
/// # Errors
/// If the recorded tensors are not as many as the model's.
pub fn test(model: &Model, path: &str, recording: &Recording, file: &str, tolerance: Tolerance) -> Result<String, ModelError> {
    let counts = [(recording.inputs.len(), model.inputs.len(), "inputs"), (recording.outputs.len(), model.outputs.len(), "outputs")];
    for (found, expected, what) in counts {
        if found > expected || (what == "inputs" && found != expected) {
            return Err(ModelError::Malformed(format!("{found} {what} are recorded, and the model has {expected}")));
        }
    }
    let module: syn::Path = syn::parse_str(path).map_err(|e| ModelError::Malformed(format!("`{path}`: {e}")))?;
    let ty = format_ident!("{}", struct_name(&camel(&model.name)));
    let Tolerance { rtol, atol } = tolerance;
    let inputs = model.inputs.iter().enumerate().map(|(i, input)| {
        let (key, dtype, rank) = (format!("input_{i}"), element(&input.ty), rank(&input.ty));
        quote!(&data.tensor::<#dtype>(#key)?.into_array::<#rank>()?)
    });
    let mut names = Names::new(Words::Rust);
    let fields: Vec<_> = model.outputs.iter().map(|o| format_ident!("{}", names.unique(&o.name))).collect();
    let checks = recording.outputs.iter().enumerate().map(|(i, weight)| check(i, weight, (model.outputs.len() > 1).then(|| &fields[i])));
    let code = quote! {
        //! The model gives what was recorded.

        use codewright::Result;
        use #module::#ty;

        /// Equal, or as near as the tolerances allow.
        fn near(found: f64, expected: f64) -> bool {
            found == expected || (found.is_nan() && expected.is_nan()) || (found - expected).abs() <= #atol + #rtol * expected.abs()
        }

        #[test]
        fn recorded_results() -> Result<()> {
            let data = codewright::include_weights!(#file)?;
            let found = #ty::new()?.run(#(#inputs),*)?;
            #(#checks)*
            Ok(())
        }
    };
    printed(code)
}

/// A benchmark of one run on ones; the first axis has the length 1 if that is open, others [`OPEN`].
fn benchmark(model: &Model, name: &str) -> Result<String, ModelError> {
    let (module, ty) = (format_ident!("{name}"), format_ident!("{}", struct_name(&camel(&model.name))));
    let mut names = Names::without(Words::Rust, &["model", "criterion"]);
    let inputs: Vec<_> = model.inputs.iter().map(|input| format_ident!("{}", names.unique(&input.name))).collect();
    let batch: HashSet<&Symbol> = model.inputs.iter().filter_map(|i| i.ty.shape().dims()?.first()?.as_symbol()).collect();
    let length = |symbol: &Symbol| Some(if batch.contains(symbol) { 1 } else { OPEN });
    let made = model.inputs.iter().zip(&inputs).map(|(input, name)| {
        let dtype = input.ty.dtype().unwrap_or(DType::F32);
        let one = super::scalar::literal(if dtype.is_float() { Const::typed_float(dtype, 1.0) } else { Const::typed_int(dtype, 1) });
        let lengths = input.ty.shape().value(&length).unwrap_or_default().into_iter().map(proc_macro2::Literal::usize_unsuffixed);
        let lengths: Vec<_> = lengths.collect();
        let shape = match lengths.len() {
            0 => quote!(()),
            1..=6 => quote!([#(#lengths),*]),
            _ => quote!(codewright::ndarray::IxDyn(&[#(#lengths),*])),
        };
        let dtype = super::rust_type(dtype);
        quote!(let #name = Array::<#dtype, _>::from_elem(#shape, #one);)
    });
    printed(quote! {
        //! The time that one run takes: `cargo bench`.

        use codewright::ndarray::Array;
        use criterion::{Criterion, criterion_group, criterion_main};
        use #module::#ty;

        fn latency(criterion: &mut Criterion) {
            let model = #ty::new().expect("the model is made");
            #(#made)*
            criterion.bench_function(#name, |bencher| bencher.iter(|| model.run(#(&#inputs),*).expect("a result")));
        }

        criterion_group!(benches, latency);
        criterion_main!(benches);
    })
}

fn check(i: usize, weight: &Weight, field: Option<&proc_macro2::Ident>) -> proc_macro2::TokenStream {
    let (key, dtype) = (format!("output_{i}"), super::rust_type(weight.dtype));
    let found = field.map_or(quote!(found), |field| quote!(found.#field));
    let message = format!("output {i} at {{at}}: {{found}}, recorded {{expected}}");
    quote! {
        let expected = data.tensor::<#dtype>(#key)?;
        assert_eq!(#found.shape(), expected.shape());
        for (at, (found, expected)) in #found.iter().zip(expected.elements()).enumerate() {
            let (found, expected) = (codewright::math::cast::<_, f64>(*found), codewright::math::cast::<_, f64>(*expected));
            assert!(near(found, expected), #message);
        }
    }
}
