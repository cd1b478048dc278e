//! Prints the class of each image that is named on the command line.

use std::error::Error;

use codewright::ndarray::Array;
use image::imageops::FilterType;
use {{module}}::{CLASSES, Model, SIZE};

fn main() -> Result<(), Box<dyn Error>> {
    let model = Model::new()?;
    for path in std::env::args_os().skip(1) {
        let image = image::open(&path)?.resize_exact(SIZE, SIZE, FilterType::Triangle);
        let size = SIZE as usize;
        let pixels = Array::from_shape_vec([1, 1, size, size], image.into_luma8().into_raw())?;  #? gray
        let pixels = Array::from_shape_vec([1, size, size, 3], image.into_rgb8().into_raw())?;  #? !gray
        let pixels = pixels.permuted_axes([0, 3, 1, 2]);  #? !gray
        let result = model.run(&pixels)?;
        let scores = result.iter().enumerate();
        let best = scores.max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(place, _)| place);
        println!("{}: {}", path.display(), CLASSES[best]);
    }
    Ok(())
}
