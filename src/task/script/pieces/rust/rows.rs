//! Reads a table from standard input, and prints what is predicted for each row.  #? !series
//! Reads a table from standard input, and prints what is predicted for the row after its last.  #? series

use std::collections::HashMap;  #? categories
use std::error::Error;

use codewright::ndarray::Array2;  #? !series
use codewright::ndarray::Array3;  #? series
use {{module}}::{{names}};

fn main() -> Result<(), Box<dyn Error>> {
    let model = Model::new()?;
    let vocabulary: HashMap<String, Vec<String>> =  #? categories
        serde_json::from_str(include_str!("../vocabulary.json"))?;  #? categories
    let mut reader = csv::ReaderBuilder::new().delimiter(b'{{delimiter}}').from_reader(std::io::stdin());
    let header: Vec<String> = reader.headers()?.iter().map(|name| name.trim().to_owned()).collect();
    let place = |name: &&str| {
        let place = header.iter().position(|column| column == name);
        place.ok_or_else(|| format!("no column is named `{name}`"))
    };
    let numeric = NUMERIC.iter().map(place).collect::<Result<Vec<_>, _>>()?;  #? numeric
    let categories = CATEGORIES.iter().map(place).collect::<Result<Vec<_>, _>>()?;  #? categories
    let mut window = Vec::new();  #? series
    for record in reader.records() {
        let record = record?;
        let mut numbers = Vec::new();  #? numeric
        for (name, &place) in NUMERIC.iter().zip(&numeric) {  #? numeric
            let date = DATES.contains(name);  #? numeric&dates&!only_time
            numbers.push(if date { days(&record[place])? } else { number(&record[place])? });  #? numeric&dates&!only_time
            let field = number(&record[place]);  #? only_plain
            numbers.push(field.map_err(|error| format!("`{name}`: {error}"))?);  #? only_plain
        }  #? numeric
        let mut codes = Vec::new();  #? categories
        for (name, &place) in CATEGORIES.iter().zip(&categories) {  #? categories
            let field = record[place].trim();  #? categories
            let field = if number(field).is_ok_and(f32::is_nan) { "" } else { field };  #? unnamed
            let known = vocabulary[*name].iter().position(|word| word == field);  #? categories
            codes.push(known.map_or(0, |index| index as i64 + 1));  #? categories
        }  #? categories
        let numbers = Array2::from_shape_vec((1, numbers.len()), numbers)?;  #? numeric&!series
        let codes = Array2::from_shape_vec((1, codes.len()), codes)?;  #? categories
        let result = model.run({{run}})?;  #? !series
        println!("{}", result[0]);  #? regression&!series
        let scores = result.iter().enumerate();  #? classes
        let best = scores.max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(place, _)| place);  #? classes
        println!("{}", CLASSES[best]);  #? classes
        window.extend(numbers);  #? series
    }
    let first = window.len().checked_sub(WINDOW * NUMERIC.len()).ok_or("too few rows")?;  #? series
    let numbers = Array3::from_shape_vec((1, WINDOW, NUMERIC.len()), window.split_off(first))?;  #? series
    println!("{}", model.run(&numbers)?[0]);  #? series
    Ok(())
}
