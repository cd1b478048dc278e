//! Einsum's equation with a letter for every axis.

/// An equation for operands of these ranks without spaces and ellipses, and with its result written out.
pub(super) fn subscripts(equation: &str, ranks: &[usize]) -> Result<String, String> {
    let text: String = equation.chars().filter(|c| !c.is_whitespace()).collect();
    let (inputs, output) = match text.split_once("->") {
        Some((inputs, output)) => (inputs, Some(output.to_owned())),
        None => (text.as_str(), None),
    };
    let inputs: Vec<&str> = inputs.split(',').collect();
    if inputs.len() != ranks.len() {
        return Err(format!("`{equation}` is for {} operands", inputs.len()));
    }
    let free: Vec<char> = ('A'..='Z').chain('a'..='z').filter(|c| !text.contains(*c)).collect();
    let hidden = |input: &str, rank: usize| match input.contains("...") {
        true => (rank + 3).checked_sub(input.len()),
        false => Some(0),
    };
    let hidden: Option<Vec<usize>> = inputs.iter().zip(ranks).map(|(input, rank)| hidden(input, *rank)).collect();
    let hidden = hidden.ok_or_else(|| format!("`{equation}` has more letters than axes"))?;
    let most = hidden.iter().copied().max().unwrap_or(0);
    let all: String = free.iter().take(most).collect();
    if all.len() < most {
        return Err(format!("`{equation}` needs more letters than there are"));
    }
    let spelled: Vec<String> = inputs.iter().zip(&hidden).map(|(input, n)| input.replace("...", &all[most - n..])).collect();
    let output = output.unwrap_or_else(|| implied(&inputs));
    Ok(format!("{}->{}", spelled.join(","), output.replace("...", &all)))
}

/// The letters that come once, sorted, behind the axes of an ellipsis.
fn implied(inputs: &[&str]) -> String {
    let letters = || inputs.iter().flat_map(|input| input.chars()).filter(|c| c.is_alphabetic());
    let mut once: Vec<char> = letters().filter(|c| letters().filter(|d| d == c).count() == 1).collect();
    once.sort_unstable();
    let ellipsis = if inputs.iter().any(|input| input.contains("...")) { "..." } else { "" };
    once.into_iter().fold(ellipsis.to_owned(), |text, c| text + &c.to_string())
}

#[cfg(test)]
mod tests {
    use super::subscripts;

    #[test]
    fn equations_are_written_out() {
        for (equation, ranks, expected) in [
            ("bij, bjk -> bik", &[3, 3][..], "bij,bjk->bik"),
            ("...ii ->...i", &[4], "ABii->ABi"),
            ("i,i", &[1, 1], "i,i->"),
            ("...b,a...", &[2, 3], "Bb,aAB->ABab"),
            ("->", &[0], "->"),
        ] {
            assert_eq!(subscripts(equation, ranks).unwrap(), expected, "{equation}");
        }
        assert!(subscripts("ij,jk->ik", &[2]).is_err() && subscripts("...ij", &[1]).is_err());
    }
}
