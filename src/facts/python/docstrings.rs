use std::collections::BTreeMap;

use super::annotations::{axis_named, dtype_named, string_text};
use crate::facts::{Fact, Ground};
use crate::ir::{Dim, Shape, Target, Type};
use crate::syntax::Node;

/// What the `Parameters` section of a function's numpydoc says of its parameters. Only `ndarray` and `torch.Tensor` are taken at their
/// word: an `array-like` may be a list.
pub(super) fn parameters(function: Node<'_>) -> BTreeMap<String, Fact> {
    let Some(text) = docstring(function) else { return BTreeMap::new() };
    let mut facts = BTreeMap::new();
    for line in section(text) {
        let Some((names, description)) = line.split_once(" : ").or_else(|| line.split_once(": ")) else { continue };
        let Some(fact) = describe(description) else { continue };
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty() && !name.contains(' ')) {
            facts.insert(name.to_string(), fact.clone());
        }
    }
    facts
}

fn docstring(function: Node<'_>) -> Option<&str> {
    let first = function.field("body")?.named_children().find(|child| !child.is_comment())?;
    let string = first.named_children().next().filter(|inner| first.kind() == "expression_statement" && inner.kind() == "string")?;
    string_text(string).or_else(|| Some(string.text().trim_start_matches(['r', 'R']).trim_matches(['"', '\''])))
}

/// The lines of the section that are indented as its title is.
fn section(text: &str) -> impl Iterator<Item = &str> {
    let lines: Vec<&str> = text.lines().collect();
    let underlined = |i: usize| {
        let rule = lines.get(i + 1).map_or("", |line| line.trim());
        rule.len() >= 3 && rule.bytes().all(|b| b == b'-')
    };
    let title = (0..lines.len()).find(|&i| lines[i].trim() == "Parameters" && underlined(i));
    let indent = title.map_or(0, |i| indentation(lines[i]));
    let start = title.map_or(lines.len(), |i| i + 2);
    let end = (start..lines.len()).find(|&i| underlined(i)).unwrap_or(lines.len());
    let kept: Vec<&str> =
        lines[start..end].iter().filter(|line| indentation(line) == indent && !line.trim().is_empty()).map(|line| line.trim()).collect();
    kept.into_iter()
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// `ndarray of shape (n, m)`, `ndarray, shape (n,)`, `(n, m) ndarray`, `2-D ndarray`, `array of float of shape (n,)`.
fn describe(description: &str) -> Option<Fact> {
    let text = description.trim().trim_end_matches('.');
    let unsure = ["optional", "default", "None", " or ", "{", "|", "like", "sparse", "list", "matrix", "callable", "sequence", "/"];
    if unsure.iter().any(|word| text.contains(word)) {
        return None;
    }
    let (before, axes, after) = match text.split_once('(') {
        Some((before, rest)) => {
            let (axes, after) = rest.split_once(')')?;
            (before, Some(axes), after)
        }
        None => (text, None, ""),
    };
    if after.contains('(') {
        return None;
    }
    let mut found = Words { shape: axes.map(shape_of), ..Words::default() };
    for word in before.split([' ', ',', '=']).chain(after.split([' ', ',', '='])).filter(|word| !word.is_empty()) {
        found.read(word)?;
    }
    let library = found.library?;
    let shape = found.shape.unwrap_or_else(|| found.rank.map_or(Shape::Unknown, |rank| Shape::Ranked(vec![Dim::Unknown; rank])));
    Some(Fact {
        ty: Type::Array { dtype: found.dtype, weak: false, shape },
        library: Some(library),
        reference: false,
        ground: Ground::Declared,
    })
}

#[derive(Default)]
struct Words {
    library: Option<Target>,
    dtype: Option<crate::ir::DType>,
    shape: Option<Shape>,
    rank: Option<usize>,
}

impl Words {
    /// `None` if the word has no known meaning: then neither has the description.
    fn read(&mut self, word: &str) -> Option<()> {
        match word.trim_matches('`') {
            "ndarray" | "np.ndarray" | "numpy.ndarray" => self.library = Some(Target::Numpy),
            "array" if self.shape.is_some() => self.library = Some(Target::Numpy),
            "torch.Tensor" => self.library = Some(Target::Torch),
            "1d" | "1D" | "1-d" | "1-D" => self.rank = Some(1),
            "2d" | "2D" | "2-d" | "2-D" => self.rank = Some(2),
            "3d" | "3D" | "3-d" | "3-D" => self.rank = Some(3),
            "of" | "shape" | "with" | "dtype" | "dtype:" | "shape:" | "float" | "floats" | "int" | "ints" | "a" | "an" => {}
            other => self.dtype = Some(dtype_named(other.trim_start_matches("np."))?),
        }
        Some(())
    }
}

fn shape_of(axes: &str) -> Shape {
    if axes.contains("..") || axes.contains('*') {
        return Shape::Unknown;
    }
    Shape::Ranked(axes.split(',').map(str::trim).filter(|axis| !axis.is_empty()).map(axis_named).collect())
}
