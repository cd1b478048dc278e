//! Lengths with symbols, computed from the shapes of the inputs.

use super::attributes::int;
use super::writer::Writer;
use crate::ir::{Dim, Symbol};

impl Writer<'_> {
    /// Lengths as a list of integers.
    pub fn shape(&mut self, dims: &[Dim]) -> Result<String, String> {
        let mut parts = Vec::new();
        for run in dims.chunk_by(|a, b| a.as_known().is_some() && b.as_known().is_some()) {
            let known: Option<Vec<i64>> = run.iter().map(Dim::as_known).collect();
            parts.push(match known {
                Some(known) => self.list(&known),
                None => self.length(&run[0])?,
            });
        }
        Ok(match parts.len() {
            0 => self.list(&[]),
            1 => parts.swap_remove(0),
            _ => self.node("Concat", parts, [int("axis", 0)]),
        })
    }

    /// A length as a list of one integer.
    pub fn length(&mut self, dim: &Dim) -> Result<String, String> {
        let Dim::Poly(terms) = dim else { return Err("a length is not known".to_owned()) };
        if let Some(n) = dim.as_known() {
            return Ok(self.list(&[n]));
        }
        let mut total: Option<String> = None;
        // What is added comes first.
        let (plus, minus): (Vec<_>, Vec<_>) = terms.iter().rev().partition(|(_, c)| **c > 0);
        for (monomial, coefficient) in plus.into_iter().chain(minus) {
            let product = self.product(monomial, coefficient.unsigned_abs() as i64)?;
            total = Some(match total {
                None if *coefficient > 0 => product,
                None => self.node("Neg", [product], []),
                Some(total) => self.node(if *coefficient > 0 { "Add" } else { "Sub" }, [total, product], []),
            });
        }
        total.ok_or_else(|| "a length is not known".to_owned())
    }

    fn product(&mut self, symbols: &[Symbol], coefficient: i64) -> Result<String, String> {
        let mut factors = symbols.iter().map(|symbol| self.symbol(symbol)).collect::<Result<Vec<_>, _>>()?;
        if coefficient != 1 || factors.is_empty() {
            factors.push(self.list(&[coefficient]));
        }
        let product = factors.into_iter().reduce(|a, b| self.node("Mul", [a, b], []));
        product.ok_or_else(|| "a length is not known".to_owned())
    }

    fn symbol(&mut self, symbol: &Symbol) -> Result<String, String> {
        let (input, axis) = *self.symbols.get(symbol).ok_or_else(|| format!("no input has the length `{symbol}`"))?;
        let name = self.model.inputs[input].name.clone();
        Ok(self.node("Shape", [name], [int("start", axis), int("end", axis + 1)]))
    }
}
