use super::finish;
use crate::gemm::{Matrix, Product, Singles};
use crate::tiles::{self, Bytes, Left, Line, Part, Right, Start, Task, WIDTH};
use crate::{Error, Result, Shape, Tensor, map, map2, ops};

/// `x @ w + b` over the last axis.
#[derive(Debug, Clone)]
pub struct Linear<T: Product> {
    inputs: usize,
    outputs: usize,
    own: Own<T>,
}

/// What a layer keeps of its parameters.
#[derive(Debug, Clone)]
enum Own<T: Product> {
    /// Weights in single precision.
    Panels(Panels<T>),
    Plain(Tensor<T>, Option<Tensor<T>>),
    /// Weights that are bytes.
    Bytes(Bytes, Option<Tensor<T>>),
}

/// Weights in single precision as panels, biases up to a whole number of them.
#[derive(Debug, Clone)]
struct Panels<T: Product> {
    lines: Lines<T>,
    bias: Option<Vec<f32>>,
}

/// The lines of panels.
#[derive(Debug, Clone)]
enum Lines<T: Product> {
    Own(Vec<Line>),
    /// A tensor in single precision that is laid out as panels are.
    Laid(Tensor<T>),
}

impl<T: Product> Linear<T> {
    /// A layer of a weight of shape `(inputs, outputs)`, or in panels of sixteen outputs of shape `(outputs / 16, inputs, 16)`, and a
    /// bias of shape `(outputs)`.
    ///
    /// # Errors
    /// If their shapes are others.
    pub fn new(weight: &Tensor<T>, bias: Option<&Tensor<T>>) -> Result<Linear<T>> {
        let (inputs, outputs) = match *weight.shape() {
            [inputs, outputs] => (inputs, outputs),
            [panels, inputs, WIDTH] => (inputs, panels * WIDTH),
            _ => return Err(Error::operand("linear", format!("a weight of shape {:?}", weight.shape()))),
        };
        if let Some(bias) = bias.filter(|bias| bias.shape() != [outputs]) {
            return Err(Error::shapes("linear", weight.shape(), bias.shape()));
        }
        if T::singles(weight.elements()).is_some_and(|w| weight.rank() == 3 && bytemuck::try_cast_slice::<f32, Line>(w).is_ok()) {
            let lines = Lines::Laid(weight.clone());
            return Ok(Linear { inputs, outputs, own: Own::Panels(Panels { lines, bias: bias.map(padded) }) });
        }
        // In rows, as others read it.
        let weight =
            &if weight.rank() == 3 { ops::reshape(&ops::permute(weight, &[1, 0, 2])?, &[inputs, outputs])? } else { weight.clone() };
        let panels = || {
            let singles = T::to_singles(weight);
            let lines = Lines::Own(tiles::right_panels(inputs, outputs, Matrix::rows(singles.elements(), outputs)));
            Panels { lines, bias: bias.map(padded) }
        };
        let bytes = T::integers(weight.elements()).and_then(|weight| Bytes::new(inputs, outputs, weight));
        let own = match bytes {
            Some(bytes) => Own::Bytes(bytes, bias.cloned()),
            None if T::BY_SINGLES == Singles::Always => Own::Panels(panels()),
            None => Own::Plain(weight.clone(), bias.cloned()),
        };
        Ok(Linear { inputs, outputs, own })
    }

    /// The layer's result of shape `(…, outputs)` for `x` of shape `(…, inputs)`.
    ///
    /// # Errors
    /// If the last axis of `x` has another length.
    pub fn run(&self, x: &Tensor<T>) -> Result<Tensor<T>> {
        let shape = self.shape(x)?;
        match &self.own {
            Own::Panels(panels) => Ok(self.panels(x, &shape, panels, None)),
            Own::Bytes(bytes, bias) => self.bytes(x, &shape, bytes, bias.as_ref()),
            Own::Plain(weight, bias) => plain(x, weight, bias.as_ref()),
        }
    }

    /// `f` of each element of the result.
    ///
    /// # Errors
    /// As [`Linear::run`].
    pub fn run_then(&self, x: &Tensor<T>, f: impl Fn(T) -> T + Sync) -> Result<Tensor<T>> {
        let shape = self.shape(x)?;
        match &self.own {
            Own::Panels(panels) => {
                let finish = |part: Part| finish::then(part, |y| f(T::of_single(y)).single());
                Ok(self.panels(x, &shape, panels, Some(&finish)))
            }
            Own::Plain(..) | Own::Bytes(..) => Ok(map(&self.run(x)?, f)),
        }
    }

    /// `f` of each element of the result and the one of `other`, which has the result's shape, at the same place.
    ///
    /// # Errors
    /// As [`Linear::run`], and if `other` has another shape.
    pub fn run_with(&self, x: &Tensor<T>, other: &Tensor<T>, f: impl Fn(T, T) -> T + Sync) -> Result<Tensor<T>> {
        let shape = self.shape(x)?;
        if other.shape() != &*shape {
            return Err(Error::shapes("linear", &shape, other.shape()));
        }
        match &self.own {
            Own::Panels(panels) => {
                let other = T::to_singles(other);
                let finish = |part: Part| finish::with(part, other.elements(), |y, o| f(T::of_single(y), T::of_single(o)).single());
                Ok(self.panels(x, &shape, panels, Some(&finish)))
            }
            Own::Plain(..) | Own::Bytes(..) => map2(&self.run(x)?, other, f),
        }
    }

    /// The shape of the result.
    fn shape(&self, x: &Tensor<T>) -> Result<Shape> {
        let mut shape = Shape::from_slice(x.shape());
        match shape.last_mut() {
            Some(last) if *last == self.inputs => *last = self.outputs,
            _ => return Err(Error::shapes("linear", x.shape(), &[self.inputs, self.outputs])),
        }
        Ok(shape)
    }

    fn panels(&self, x: &Tensor<T>, shape: &[usize], panels: &Panels<T>, finish: Option<&(dyn Fn(Part) + Sync)>) -> Tensor<T> {
        let rows = shape[..shape.len() - 1].iter().product();
        let start = panels.bias.as_deref().map_or(Start::Zero, Start::Columns);
        let x = T::to_singles(x);
        T::of_singles(Tensor::build(shape, |out| {
            let left = Left::Rows(Matrix::rows(x.elements(), self.inputs));
            let size = (rows, self.inputs, self.outputs);
            tiles::product(&Task { size, left, right: Right::Panels(panels.lines.lines()), start, finish, offset: 0 }, out);
        }))
    }

    fn bytes(&self, x: &Tensor<T>, shape: &[usize], bytes: &Bytes, bias: Option<&Tensor<T>>) -> Result<Tensor<T>> {
        let Some(left) = T::integers(x.elements()).filter(|x| bytes.allows(x)) else {
            let elements = bytes.elements().into_iter().map(|w| T::of_f64(f64::from(w))).collect();
            return plain(x, &Tensor::new(&[self.inputs, self.outputs], elements)?, bias);
        };
        let start = bias.and_then(|bias| T::integers(bias.elements()));
        Ok(Tensor::build(shape, |out| {
            if let Some(out) = T::integers_mut(out) {
                bytes.product(left, start, out);
            }
        }))
    }
}

impl<T: Product> Lines<T> {
    fn lines(&self) -> &[Line] {
        match self {
            Lines::Own(lines) => lines,
            Lines::Laid(tensor) => T::singles(tensor.elements()).and_then(|w| bytemuck::try_cast_slice(w).ok()).unwrap_or(&[]),
        }
    }
}

/// A bias in single precision, up to a whole number of panels.
fn padded<T: Product>(bias: &Tensor<T>) -> Vec<f32> {
    let mut padded: Vec<f32> = bias.elements().iter().map(|b| b.single()).collect();
    padded.resize(bias.elements().len().next_multiple_of(WIDTH), 0.0);
    padded
}

/// The layer by the operations.
fn plain<T: Product>(x: &Tensor<T>, weight: &Tensor<T>, bias: Option<&Tensor<T>>) -> Result<Tensor<T>> {
    let y = ops::matmul(x, weight)?;
    match bias {
        Some(bias) => map2(&y, bias, |y, b| y.plus(b)),
        None => Ok(y),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::tests::each_level;
    use crate::layers::tests::{near, numbers};
    use crate::math;
    use crate::weights::Aligned;

    #[test]
    fn results_are_those_of_the_operations() {
        each_level(compare);
    }

    fn compare() {
        for m in [0, 1, 2, 3, 5, 6, 7, 13, 100] {
            for (k, n) in [(0, 3), (1, 1), (3, 5), (8, 8), (17, 16), (31, 33), (300, 24), (600, 140)] {
                let (x, w, b) = (numbers(&[2, m, k]), numbers(&[k, n]), numbers(&[n]));
                let expected = plain(&x, &w, Some(&b)).unwrap();
                let layer = Linear::new(&w, Some(&b)).unwrap();
                near(&layer.run(&x).unwrap(), &expected);
                near(&layer.run_then(&x, math::relu).unwrap(), &map(&expected, math::relu));
                let other = numbers(&[2, m, n]);
                near(&layer.run_with(&x, &other, |y, o| y - 2.0 * o).unwrap(), &map2(&expected, &other, |y, o| y - 2.0 * o).unwrap());
                near(&Linear::new(&w, None).unwrap().run(&x).unwrap(), &plain(&x, &w, None).unwrap());
            }
        }
    }

    #[test]
    fn panels_are_read_where_they_lie_or_copied() {
        #[repr(C, align(64))]
        struct Moved(f32, [f32; 288]);
        const fn elements() -> [f32; 288] {
            let (mut elements, mut i) = ([0.0; 288], 0);
            while i < elements.len() {
                elements[i] = (i * 37 % 101) as f32 / 50.0 - 1.0;
                i += 1;
            }
            elements
        }
        static LAID: Aligned<[f32; 288]> = Aligned(elements());
        // At the address of a number, not of a line.
        static MOVED: Moved = Moved(0.0, elements());
        let (x, shape) = (numbers(&[3, 9]), [2, 9, WIDTH]);
        let in_panels = Tensor::from_static(&shape, &LAID.0).unwrap();
        let w = ops::reshape(&ops::permute(&in_panels, &[1, 0, 2]).unwrap(), &[9, 32]).unwrap();
        let expected = Linear::new(&w, None).unwrap().run(&x).unwrap();
        let laid = Linear::new(&in_panels, None).unwrap();
        assert!(matches!(&laid.own, Own::Panels(Panels { lines: Lines::Laid(_), .. })));
        assert_eq!(laid.run(&x).unwrap(), expected);
        let copied = Linear::new(&Tensor::from_static(&shape, &MOVED.1).unwrap(), None).unwrap();
        assert!(matches!(&copied.own, Own::Panels(Panels { lines: Lines::Own(_), .. })) && MOVED.0 == 0.0);
        assert_eq!(copied.run(&x).unwrap(), expected);
        let halves = |x: &Tensor<f32>| map(x, crate::f16::from_f32);
        let layers = [&in_panels, &w].map(|w| Linear::new(&halves(w), None).unwrap().run(&halves(&x)).unwrap());
        assert_eq!(layers[0], layers[1]);
    }

    #[test]
    fn halves_are_summed_in_single_precision() {
        let [x, w, b] = [&[3, 40][..], &[40, 20], &[20]].map(|shape| map(&numbers(shape), crate::f16::from_f32));
        let [wide_x, wide_w, wide_b] = [&x, &w, &b].map(|x| map(x, crate::f16::to_f32));
        let layer = Linear::new(&w, Some(&b)).unwrap();
        let expected = map(&Linear::new(&wide_w, Some(&wide_b)).unwrap().run(&wide_x).unwrap(), crate::f16::from_f32);
        assert_eq!(layer.run(&x).unwrap(), expected);
        assert_eq!(layer.run_then(&x, math::relu).unwrap(), map(&expected, math::relu));
        assert_eq!(layer.run_with(&x, &expected, math::add).unwrap(), map(&expected, |y| math::add(y, y)));
    }

    #[test]
    fn other_elements_have_layers_too() {
        let (x, w, b) = (Tensor::new(&[1, 2], vec![2i64, 3]), Tensor::new(&[2, 1], vec![5i64, 7]), Tensor::new(&[1], vec![1i64]));
        let layer = Linear::new(&w.unwrap(), Some(&b.unwrap())).unwrap();
        assert_eq!(layer.run_then(&x.unwrap(), |y| -y).unwrap().elements(), [-32]);
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        assert!(Linear::new(&numbers(&[3]), None).is_err());
        assert!(Linear::new(&numbers(&[3, 4]), Some(&numbers(&[3]))).is_err());
        let layer = Linear::new(&numbers(&[3, 4]), None).unwrap();
        assert!(layer.run(&numbers(&[2, 4])).is_err());
        assert!(layer.run(&numbers(&[])).is_err());
        assert!(layer.run_with(&numbers(&[2, 3]), &numbers(&[2, 3]), |y, _| y).is_err());
        assert_eq!(layer.run(&numbers(&[3])).unwrap().shape(), [4]);
    }
}
