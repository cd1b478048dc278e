//! Goes on with the text that is given on the command line, always with the most probable character.

use std::error::Error;

use codewright::ndarray::Array2;
use {{module}}::{CONTEXT, Model};

/// How many characters are added.
const LENGTH: usize = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let model = Model::new()?;
    let alphabet: String = serde_json::from_str(include_str!("../alphabet.json"))?;
    let alphabet: Vec<char> = alphabet.chars().collect();
    let code = |c: char| alphabet.iter().position(|known| *known == c).map_or(0, |place| place as i64 + 1);
    let prompt = std::env::args().nth(1).ok_or("give a text to go on with")?;
    let mut codes: Vec<i64> = prompt.chars().map(code).collect();
    let mut text = prompt;
    for _ in 0..LENGTH {
        let mut window = codes[codes.len().saturating_sub(CONTEXT)..].to_vec();
        let last = window.len().checked_sub(1).ok_or("give a text to go on with")?;
        // The model takes so many characters at once, and what follows a character does not change what is said of it.
        window.resize(CONTEXT, 0);
        let scores = model.run(&Array2::from_shape_vec((1, CONTEXT), window)?)?;
        let known = (1..=alphabet.len()).max_by(|&a, &b| scores[[0, last, a]].total_cmp(&scores[[0, last, b]]));
        let next = known.ok_or("the alphabet is empty")?;
        codes.push(next as i64);
        text.push(alphabet[next - 1]);
    }
    println!("{text}");
    Ok(())
}
