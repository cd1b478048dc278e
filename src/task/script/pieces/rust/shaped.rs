//! Reads the numbers of an example from each line of standard input, and prints what is predicted for it.

use std::error::Error;
use std::io::BufRead;

use codewright::ndarray::Array;
use {{module}}::{{names}};

fn main() -> Result<(), Box<dyn Error>> {
    let model = Model::new()?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let fields = line.split([',', ' ', '\t']).filter(|field| !field.is_empty());
        let numbers: Vec<f32> = fields.map(str::parse).collect::<Result<_, _>>()?;
        let result = model.run(&Array::from_shape_vec([1, {{lengths}}], numbers)?)?;
        println!("{}", result[0]);  #? regression
        let scores = result.iter().enumerate();  #? classes
        let best = scores.max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(place, _)| place);  #? classes
        println!("{}", CLASSES[best]);  #? classes
    }
    Ok(())
}
