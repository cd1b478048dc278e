//! What one pass over a column says of it, in bounded memory.

use std::collections::BTreeMap;

/// Values that differ are counted up to this many.
const DISTINCT: usize = 1_000;
/// Longer texts are no categories.
const LONGEST_CATEGORY: usize = 200;
/// Spellings of what is missing, in small letters. The generated script has the same.
pub const MISSING: [&str; 7] = ["", "na", "n/a", "nan", "null", "none", "?"];

/// A column as far as it has been read.
#[derive(Debug, Clone, Default)]
pub struct Column {
    /// The name in the header.
    pub name: String,
    /// Values that are there.
    pub present: u64,
    /// Values that are not.
    pub missing: u64,
    /// Values that are numbers.
    pub numbers: u64,
    /// Numbers without a fraction.
    pub wholes: u64,
    /// Values that are dates, or dates with times.
    pub dates: u64,
    /// The smallest number.
    pub min: f64,
    /// The largest number.
    pub max: f64,
    mean: f64,
    squares: f64,
    /// How often each value stands there; `None` if there are too many.
    pub values: Option<BTreeMap<String, u64>>,
    /// The first value that is no number, and its row.
    pub first_text: Option<(u64, String)>,
    /// The first row in which the value is infinite or too large for single precision.
    pub first_huge: Option<u64>,
    /// The first value with a decimal comma, and its row.
    pub first_comma: Option<(u64, String)>,
    /// True as long as each value is larger than the one before.
    pub rises: bool,
    /// True as long as each number is that before and one more.
    pub counts_rows: bool,
    last: Option<f64>,
}

impl Column {
    /// A column of a name, without values.
    pub fn new(name: &str) -> Column {
        Column {
            name: name.to_owned(),
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            values: Some(BTreeMap::new()),
            rises: true,
            counts_rows: true,
            ..Column::default()
        }
    }

    /// The value of a row.
    pub fn add(&mut self, text: &str, row: u64) {
        let text = text.trim();
        if is_missing(text) {
            self.missing += 1;
            (self.rises, self.counts_rows) = (false, false);
            return;
        }
        self.present += 1;
        self.count(text);
        match number(text) {
            Some(number) => self.add_number(number, row),
            None => self.add_text(text, row),
        }
    }

    fn count(&mut self, text: &str) {
        let Some(values) = &mut self.values else { return };
        if let Some(count) = values.get_mut(text) {
            *count += 1;
        } else if values.len() < DISTINCT && text.len() <= LONGEST_CATEGORY {
            values.insert(text.to_owned(), 1);
        } else {
            self.values = None;
        }
    }

    fn add_number(&mut self, number: f64, row: u64) {
        self.numbers += 1;
        if number.abs() > f64::from(f32::MAX) {
            self.first_huge.get_or_insert(row);
            return;
        }
        self.wholes += u64::from(number.fract() == 0.0);
        self.counts_rows &= self.last.map_or(number == 0.0 || number == 1.0, |last| number == last + 1.0);
        self.follow(number);
        (self.min, self.max) = (self.min.min(number), self.max.max(number));
        let delta = number - self.mean;
        self.mean += delta / self.numbers as f64;
        self.squares += delta * (number - self.mean);
    }

    fn add_text(&mut self, text: &str, row: u64) {
        self.counts_rows = false;
        match days(text) {
            Some(days) => {
                self.dates += 1;
                self.follow(days);
            }
            None => self.rises = false,
        }
        if self.first_comma.is_none() && text.contains(',') && number(&text.replacen(',', ".", 1)).is_some() {
            self.first_comma = Some((row, text.to_owned()));
        }
        if self.first_text.is_none() {
            self.first_text = Some((row, text.chars().take(40).collect()));
        }
    }

    fn follow(&mut self, value: f64) {
        self.rises &= self.last.is_none_or(|last| value > last);
        self.last = Some(value);
    }

    /// The standard deviation of the numbers.
    pub fn deviation(&self) -> f64 {
        if self.numbers < 2 { 0.0 } else { (self.squares / self.numbers as f64).sqrt() }
    }

    /// How many values differ; `None` for very many.
    pub fn distinct(&self) -> Option<usize> {
        self.values.as_ref().map(BTreeMap::len)
    }

    /// True if all values are numbers.
    pub fn is_numeric(&self) -> bool {
        self.present > 0 && self.numbers == self.present
    }

    /// True if all values are dates.
    pub fn is_date(&self) -> bool {
        self.present > 0 && self.dates == self.present
    }

    /// True if the numbers reach so far to one side that their logarithms say more.
    pub fn is_skewed(&self) -> bool {
        self.min >= 0.0 && self.max > 100.0 && self.max - self.mean > 12.0 * self.deviation()
    }
}

/// True for the spellings of what is missing.
pub fn is_missing(text: &str) -> bool {
    text.len() <= 4 && MISSING.contains(&text.to_ascii_lowercase().as_str())
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| !number.is_nan())
}

/// Days since 1970 of `2026-11-28`, `2026-11-28 05:20`, `2026-11-28T05:20:15`; `None` for anything else.
fn days(text: &str) -> Option<f64> {
    let (date, time) = text.split_at_checked(10)?;
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return None };
    if (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return None;
    }
    let (year, month, day) = (whole(year)?, whole(month)?, whole(day)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || year < 1 {
        return None;
    }
    Some(civil(year, month, day) as f64 + clock(time)?)
}

/// The part of a day that a time is.
fn clock(text: &str) -> Option<f64> {
    if text.is_empty() {
        return Some(0.0);
    }
    let text = text.strip_prefix(['T', ' '])?;
    let text = text.strip_suffix('Z').or_else(|| text.strip_suffix("+00:00")).unwrap_or(text);
    let (time, fraction) = text.split_once('.').unwrap_or((text, ""));
    let parts: Vec<&str> = time.split(':').collect();
    if !(2..=3).contains(&parts.len()) || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut seconds = 0.0;
    for ((part, unit), bound) in parts.iter().zip([3600.0, 60.0, 1.0]).zip([24, 60, 60]) {
        let number = whole(part).filter(|number| part.len() == 2 && *number < bound)?;
        seconds += number as f64 * unit;
    }
    let fraction = if fraction.is_empty() { 0.0 } else { number(&format!("0.{fraction}"))? };
    Some((seconds + fraction) / 86_400.0)
}

fn whole(text: &str) -> Option<i64> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
fn civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days() {
        assert_eq!(days("1970-01-01"), Some(0.0));
        assert_eq!(days("2000-03-01"), Some(11_017.0));
        assert_eq!(days("1970-01-02 06:00"), Some(1.25));
        assert_eq!(days("1970-01-02T12:00:00.0Z"), Some(1.5));
        for text in ["1970-13-01", "1970-1-1", "12:00", "1970-01-01 25:00", "1970-01-01x", "日本語日本語"] {
            assert_eq!(days(text), None, "{text}");
        }
    }

    #[test]
    fn one_pass_says_what_a_column_is() {
        let mut column = Column::new("x");
        for (row, text) in ["1", " 2 ", "NA", "3.5"].into_iter().enumerate() {
            column.add(text, row as u64);
        }
        assert!(column.is_numeric() && !column.rises);
        assert_eq!((column.present, column.missing, column.wholes, column.distinct()), (3, 1, 2, Some(3)));
        assert!((column.mean - 6.5 / 3.0).abs() < 1e-12);
    }
}
