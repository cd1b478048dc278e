use codewright::ndarray::*;
pub struct Builtin;
impl Builtin { pub const METADATA: &[(&str,&str)] = &[]; pub fn new() -> codewright::Result<Builtin> { Ok(Builtin) }
 pub fn run(&self, _a: &Array1<i64>, _b: &Array1<i64>, _c: &Array1<i64>, _d: &Array1<f32>) -> codewright::Result<Array2<f32>> { Ok(Array2::zeros((1,1))) } }
