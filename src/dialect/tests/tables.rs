use crate::dialect::Dialect;
use crate::ir::Target;

fn errors(text: &str) -> Vec<String> {
    let table = format!("language = \"python\"\nlibrary = \"numpy\"\n{text}");
    Dialect::from_tables(Target::Numpy, [("numpy.toml", table.as_str())]).errors().iter().map(ToString::to_string).collect()
}

#[track_caller]
fn error(text: &str, expected: &str) {
    assert_eq!(errors(text), [expected], "{text}");
}

#[test]
fn broken_tables_name_file_line_and_what_was_expected() {
    error("[[op]]\nir = \"addd(a, b)\"\ncode = \"{a} + {b}\"", "numpy.toml:4:7: in `addd(a, b)`: no op is named `addd`");
    error("[[op]]\nir = \"add(a)\"\ncode = \"{a}\"", "numpy.toml:4:7: in `add(a)`: expected `add(a, b)`, found 1 arguments");
    error("[[op]]\nir = \"add(a, b\"\ncode = \"{a}\"", "numpy.toml:4:15: in `add(a, b`: expected `)`, found the end");
    error(
        "[[op]]\nir = \"exp(x)\"\ncode = \"numpy.exp({x}\"",
        "numpy.toml:5:9: expected a Python expression with holes `{…}`, found `numpy.exp({x}`",
    );
    error(
        "[[op]]\nir = \"exp(x)\"\ncode = \"numpy.exp({x)\"",
        "numpy.toml:5:19: a brace without its partner; write `{{` or `}}` for a brace of the language",
    );
    error(
        "[[op]]\nir = \"exp(x)\"\ncode = \"numpy.exp({y})\"",
        "numpy.toml:5:9: in `numpy.exp({y})`: `y` is no name of the row's `ir`, which has: x",
    );
    error(
        "[[op]]\nir = \"add(a, b)\"\ncode = \"numpy.exp({a})\"",
        "numpy.toml:5:9: in `numpy.exp({a})`: expected a hole for `b`, which the row's `ir` needs",
    );
    error(
        "[[op]]\nir = \"sum(a, axis, keepdims)\"\ncode = \"numpy.sum({a}, axis={axis=maybe}, keepdims={keepdims})\"",
        "numpy.toml:5:9: in `numpy.sum({a}, axis={axis=maybe}, keepdims={keepdims})`: expected `none`, an integer or a list of integers, found `maybe`",
    );
    error(
        "[[op]]\nir = \"exp(x)\"\ncode = \"numpy.exp({x})\"\nwhen = \"flat(x)\"",
        "numpy.toml:6:9: in `flat(x)`: expected one of the predicates float int bool signed numeric weak wraps scalar square tuple const nonneg positive finite last axis along same rank dtype shape dim, found `flat`",
    );
    error(
        "[[op]]\nir = \"exp(x)\"\ncode = \"numpy.exp({x})\"\nwhen = \"rank(y) == 1\"",
        "numpy.toml:6:9: in `rank(y) == 1`: `y` is no name of the row's `ir`",
    );
    error(
        "[[op]]\nir = \"exp(x)\"\ncode = [\"numpy.exp({x})\"]\nwhen = { 1 = \"rank(x) == 1\" }",
        "numpy.toml:6:10: expected the number of a template, 0 to 0, found `1`",
    );
    error(
        "[[op]]\nir = \"exp(x)\"\ncode = \"numpy.exp({x})\"\nonly = \"never\"",
        "numpy.toml:6:9: expected \"parse\" or \"print\", found \"never\"",
    );
    error(
        "[[op]]\nir = \"exp(x)\"\ncod = \"numpy.exp({x})\"\ncode = \"numpy.exp({x})\"",
        "numpy.toml:5:1: expected ir, code, when or only, found `cod`",
    );
    error("[[op]]\nir = \"exp(x)\"", "numpy.toml:3:1: expected `ir = \"…\"` and `code = \"…\"` in an [[op]]");
    error("[dtypes]\nf63 = [\"numpy.float63\"]", "numpy.toml:4:1: expected a dtype such as `f64`, found `f63`");
    error("[imports]\nnumpy = \"from numpy import *\"", "numpy.toml:4:9: expected an import such as \"import numpy as np\"");
    error("rows = 1", "numpy.toml:3:1: expected language, library, operands, imports, dtypes or op, found `rows`");
}

#[test]
fn a_table_that_is_no_toml_is_an_error_at_its_place() {
    let found = errors("[[op]\n");
    assert!(found[0].starts_with("numpy.toml:3:"), "{found:?}");
    let headless = Dialect::from_tables(Target::Numpy, [("x.toml", "library = \"numpy\"")]);
    assert_eq!(headless.errors()[0].to_string(), "x.toml:1:1: expected `language = \"…\"` at the head of the table");
}

#[test]
fn a_broken_row_does_not_hide_the_others() {
    let text = "language = \"python\"\nlibrary = \"numpy\"\n[[op]]\nir = \"nothing(x)\"\ncode = \"{x}\"\n[[op]]\nir = \"exp(x)\"\ncode = \"numpy.exp({x})\"";
    let dialect = Dialect::from_tables(Target::Numpy, [("numpy.toml", text)]);
    assert_eq!((dialect.errors().len(), dialect.ops().count()), (1, 1));
}

#[test]
fn the_built_in_tables_are_right() {
    for target in Target::ALL {
        let errors: Vec<String> = Dialect::of(target).errors().iter().map(ToString::to_string).collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
    }
}
