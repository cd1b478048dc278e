//! {{summary}}
//!
//! `{{script}}` trains the model and exports it to `model.onnx`; here it is compiled to Rust.

/// The model, with its weights: `Model::new()?.run({{run}})`.
#[codewright::model("../model.onnx")]
pub struct Model;

/// The classes, in the order of the model's outputs.  #? classes
pub const CLASSES: [&str; {{class_count}}] = [{{classes}}];  #? classes
  #? classes
/// The columns of numbers, in the order in which the model takes them.  #? rows&numeric
pub const NUMERIC: [&str; {{numeric_count}}] = [{{numeric}}];  #? rows&numeric
  #? rows&numeric
/// The columns of dates among them.  #? rows&dates&numeric&!only_time
pub const DATES: [&str; {{date_count}}] = [{{dates}}];  #? rows&dates&numeric&!only_time
  #? rows&dates&numeric&!only_time
/// The columns of categories, in the order in which the model takes their codes.  #? categories
pub const CATEGORIES: [&str; {{category_count}}] = [{{categories}}];  #? categories
  #? categories
/// Rows from which the next number is predicted.  #? series
pub const WINDOW: usize = {{window}};  #? series
  #? series
/// The shape of an example.  #? shaped
pub const SHAPE: [usize; {{rank}}] = [{{shape}}];  #? shaped
  #? shaped
/// Height and width to which images are scaled.  #? bytes
pub const SIZE: u32 = {{size}};  #? bytes
  #? bytes
/// Characters from which the next is predicted.  #? text
pub const CONTEXT: usize = {{context}};  #? text
  #? text
/// The number that a field is; not a number if it is missing.  #? rows
///  #? rows
/// # Errors  #? rows
/// If it is something else.  #? rows
pub fn number(text: &str) -> Result<f32, std::num::ParseFloatError> {  #? rows
    match text.trim().to_ascii_lowercase().as_str() {  #? rows
        {{missing}} => Ok(f32::NAN),  #? rows
        text => text.parse(),  #? rows
    }  #? rows
}  #? rows
  #? dates&!only_time
/// Days since 1970 of a date, or a date with a time; not a number if it is missing.  #? dates&!only_time
///  #? dates&!only_time
/// # Errors  #? dates&!only_time
/// If it is something else.  #? dates&!only_time
pub fn days(text: &str) -> Result<f32, chrono::ParseError> {  #? dates&!only_time
    if number(text).is_ok_and(f32::is_nan) {  #? dates&!only_time
        return Ok(f32::NAN);  #? dates&!only_time
    }  #? dates&!only_time
    let text = text.trim().trim_end_matches('Z').trim_end_matches("+00:00").replace('T', " ");  #? dates&!only_time
    let day = |date: chrono::NaiveDate| date.and_time(chrono::NaiveTime::MIN);  #? dates&!only_time
    let moment = chrono::NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f")  #? dates&!only_time
        .or_else(|_| chrono::NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M"))  #? dates&!only_time
        .or_else(|_| chrono::NaiveDate::parse_from_str(&text, "%Y-%m-%d").map(day))?;  #? dates&!only_time
    Ok((moment.and_utc().timestamp() as f64 / 86_400.0) as f32)  #? dates&!only_time
}  #? dates&!only_time
