//! Paths of `std` and ndarray: what a name in a Rust file may mean.

/// The types that the language knows without an import.
pub fn is_primitive(name: &str) -> bool {
    matches!(
        name,
        "f32"
            | "f64"
            | "i8"
            | "i16"
            | "i32"
            | "i64"
            | "i128"
            | "isize"
            | "u8"
            | "u16"
            | "u32"
            | "u64"
            | "u128"
            | "usize"
            | "bool"
            | "char"
            | "str"
    )
}

/// The one spelling of a path: `core` is `std`, ndarray's prelude is ndarray.
pub fn canonical(path: &str) -> String {
    if let Some(rest) = path.strip_prefix("core::") {
        return format!("std::{rest}");
    }
    if let Some(rest) = path.strip_prefix("ndarray::prelude::") {
        return format!("ndarray::{rest}");
    }
    path.to_string()
}

/// A name that `use module::*` brings.
pub fn glob_member(module: &str, name: &str) -> Option<String> {
    let known = match module {
        "ndarray" | "ndarray::prelude" => NDARRAY.split_whitespace().any(|n| n == name),
        "std::f64::consts" | "std::f32::consts" | "core::f64::consts" | "core::f32::consts" => CONSTS.split_whitespace().any(|n| n == name),
        _ => false,
    };
    known.then(|| canonical(&format!("{module}::{name}")))
}

/// The rank of an ndarray type: `Array2` has two axes, `ArrayD` any. The outer `None`: not such a type.
pub fn array_rank(path: &str) -> Option<Option<usize>> {
    let name = path.strip_prefix("ndarray::")?;
    let digits = ["ArrayViewMut", "ArrayView", "ArcArray", "CowArray", "Array"].iter().find_map(|prefix| name.strip_prefix(prefix))?;
    match digits {
        "D" => Some(None),
        _ => digits.parse().ok().map(Some),
    }
}

/// The rank that a dimension type means: `Ix2`, `IxDyn`.
pub fn dimension_rank(path: &str) -> Option<Option<usize>> {
    match path.strip_prefix("ndarray::Ix")? {
        "Dyn" => Some(None),
        digits => digits.parse().ok().map(Some),
    }
}

/// A function that changes nothing.
pub fn is_pure(path: &str) -> bool {
    let (module, name) = path.rsplit_once("::").unwrap_or(("", path));
    if is_primitive(module) {
        return true;
    }
    let constructor = array_rank(module).is_some() || module == "ndarray::Array";
    (constructor && CONSTRUCTORS.split_whitespace().any(|n| n == name))
        || (module == "ndarray"
            && matches!(name, "arr0" | "arr1" | "arr2" | "arr3" | "aview1" | "aview2" | "Axis" | "Dim" | "IxDyn" | "concatenate" | "stack"))
        || (module == "ndarray" && name.starts_with("Ix"))
}

/// A method of arrays that changes nothing (but by what a closure among its arguments does).
pub fn is_pure_method(name: &str) -> bool {
    PURE_METHODS.split_whitespace().any(|n| n == name)
}

/// A method of numbers whose result is a number.
pub fn returns_number(name: &str) -> bool {
    !matches!(name, "partial_cmp" | "cmp" | "total_cmp" | "to_string" | "sin_cos" | "classify" | "clone_into")
        && !["checked_", "overflowing_", "to_"].iter().any(|prefix| name.starts_with(prefix))
        || matches!(name, "to_radians" | "to_degrees" | "to_owned" | "to_bits")
}

/// A method of arrays whose result is an array. `dot` may give a number too, of which an array's pure methods are as pure.
pub fn returns_array(name: &str) -> bool {
    matches!(
        name,
        "sum_axis"
            | "dot"
            | "mapv"
            | "to_owned"
            | "clone"
            | "view"
            | "t"
            | "slice"
            | "row"
            | "column"
            | "index_axis"
            | "reversed_axes"
            | "permuted_axes"
            | "insert_axis"
            | "diag"
            | "into_owned"
            | "cumsum"
            | "mapv_into"
            | "view_mut"
            | "slice_mut"
            | "row_mut"
            | "column_mut"
    )
}

const NDARRAY: &str = "Array Array0 Array1 Array2 Array3 Array4 Array5 Array6 ArrayD ArrayView ArrayView0 ArrayView1 ArrayView2 ArrayView3 \
    ArrayView4 ArrayView5 ArrayView6 ArrayViewD ArrayViewMut ArrayViewMut0 ArrayViewMut1 ArrayViewMut2 ArrayViewMut3 ArrayViewMut4 ArrayViewMut5 \
    ArrayViewMut6 ArrayViewMutD ArcArray ArcArray1 ArcArray2 ArrayBase Axis Dim Ix0 Ix1 Ix2 Ix3 Ix4 Ix5 Ix6 IxDyn Dimension s azip array arr0 arr1 \
    arr2 arr3 aview1 aview2 Zip concatenate stack NewAxis NdFloat ShapeBuilder AsArray";

const CONSTS: &str = "E FRAC_1_PI FRAC_1_SQRT_2 FRAC_2_PI FRAC_2_SQRT_PI FRAC_PI_2 FRAC_PI_3 FRAC_PI_4 FRAC_PI_6 FRAC_PI_8 LN_2 LN_10 LOG2_10 LOG2_E \
    LOG10_2 LOG10_E PI SQRT_2 TAU";

const CONSTRUCTORS: &str = "zeros ones from_elem eye from_diag from_vec from_shape_vec linspace range logspace geomspace default from_iter";

const PURE_METHODS: &str = "dot sum mean product sum_axis mean_axis product_axis var std var_axis std_axis t view to_owned clone into_owned mapv map mapv_into fold \
    fold_axis map_axis slice slice_axis row column rows columns axis_iter outer_iter iter into_iter indexed_iter len len_of dim raw_dim shape ndim nrows ncols \
    is_empty is_square is_standard_layout insert_axis index_axis reversed_axes permuted_axes into_shape into_shape_with_order to_shape reshape broadcast diag \
    exact_chunks windows first last get as_slice select all any abs sqrt exp ln powi powf sin cos tan tanh floor ceil round signum clamp scaled_add_to argmax \
    axis_windows axis_chunks_iter lanes split_at cumsum diff";
