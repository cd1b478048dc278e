//! What stands in one place, by what stands in a place like it.

use std::collections::BTreeMap;

/// What becomes of a text when `there` becomes `here`: words that differ between the two differ in it in the same way, and so do numbers by
/// the same step; or what it holds of `there` as a whole. `None` if the two are not alike, or say nothing of the text.
///
/// `two_digits(b[5], b[6])` says that `two_digits(b[8], _)` lacks `b[9]`.
pub(super) fn carried(there: &str, here: &str, text: &str) -> Option<String> {
    if there == here {
        return Some(text.to_owned());
    }
    let (from, to) = (tokens(there), tokens(here));
    if from.len() != to.len() && from.len() > 1 && text.contains(there) {
        return Some(text.replace(there, here));
    }
    if from.len() != to.len() {
        return None;
    }
    let mut words: BTreeMap<&str, &str> = BTreeMap::new();
    let mut step = None;
    for (from, to) in from.into_iter().zip(to).filter(|(from, to)| from != to) {
        match (from.parse::<i64>(), to.parse::<i64>()) {
            (Ok(a), Ok(b)) if step.is_none_or(|step| step == b - a) => step = Some(b - a),
            _ if is_word(from) && is_word(to) && words.get(from).is_none_or(|known| *known == to) => _ = words.insert(from, to),
            _ => return None,
        }
    }
    let moved = |token: &str| match (words.get(token), token.parse::<i64>(), step) {
        (Some(new), ..) => (*new).to_owned(),
        (None, Ok(number), Some(step)) => (number + step).to_string(),
        _ => token.to_owned(),
    };
    let new: String = tokens(text).into_iter().map(moved).collect();
    (new != text).then_some(new)
}

/// Words, and what stands between them.
fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices().skip(1) {
        let before = text[..at].chars().next_back();
        if !(is_part(c) && before.is_some_and(is_part)) {
            found.push(&text[start..at]);
            start = at;
        }
    }
    found.push(&text[start..]);
    found
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::carried;

    #[test]
    fn words_and_numbers_are_carried_over() {
        let is = |there, here, text, new: Option<&str>| assert_eq!(carried(there, here, text).as_deref(), new, "{there} {here} {text}");
        is("b[5]", "b[8]", "b[6]", Some("b[9]"));
        is("x.left", "x.right", "&y.left", Some("&y.right"));
        is("a", "a", "é", Some("é"));
        is("a", "b", "c", None);
        is("a, a", "b, c", "a", None);
        is("a + 1", "f(a)", "a", None);
        is("2 * i", "2 * i + 1", "v[2 * i]", Some("v[2 * i + 1]"));
    }
}
