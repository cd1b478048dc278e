use std::collections::HashSet;

/// Gives out identifiers, each once.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// Names of which some are taken already.
    pub fn without<S: AsRef<str>>(taken: &[S]) -> Names {
        Names { taken: taken.iter().map(|name| name.as_ref().to_owned()).collect() }
    }

    pub fn is_taken(&self, name: &str) -> bool {
        self.taken.contains(name)
    }

    /// An identifier like a text, numbered if it is taken.
    pub fn unique(&mut self, text: &str) -> String {
        let base = snake(text);
        let mut name = base.clone();
        let mut n = 1;
        while !self.taken.insert(name.clone()) {
            n += 1;
            name = format!("{base}_{n}");
        }
        name
    }
}

/// A text as a Rust identifier in snake case; `x` for one without letters.
pub(super) fn snake(text: &str) -> String {
    let mut name = String::new();
    let mut lower = false;
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            if c.is_ascii_uppercase() && lower {
                name.push('_');
            }
            lower = c.is_ascii_lowercase() || c.is_ascii_digit();
            name.push(c.to_ascii_lowercase());
        } else {
            lower = false;
            if !name.is_empty() && !name.ends_with('_') {
                name.push('_');
            }
        }
    }
    let name = name.trim_matches('_');
    match name.chars().next() {
        None => "x".to_owned(),
        Some(c) if c.is_ascii_digit() => format!("x{name}"),
        _ if syn::parse_str::<syn::Ident>(name).is_err() => format!("{name}_"),
        _ => name.to_owned(),
    }
}

/// A name for a value from its name in the file: for exporters' paths the last scope, nothing for numbers.
pub(super) fn hint(name: &str) -> String {
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty()).collect();
    let last = match parts[..] {
        [.., scope, _] => scope,
        [only] => only,
        [] => "",
    };
    let last = last.strip_suffix("_output_0").unwrap_or(last);
    if last.chars().all(|c| !c.is_ascii_alphabetic()) || last.len() > 32 || last.contains("::") { String::new() } else { snake(last) }
}

/// The name of one of several that a list's name means: `layer` of `layers`.
pub(super) fn singular(name: &str) -> &str {
    match name.strip_suffix('s') {
        Some(one) if one.len() > 2 && !one.ends_with(['s', 'u', 'i', 'a']) => one,
        _ => name,
    }
}

/// A text as the name of a type.
pub(super) fn camel(text: &str) -> String {
    let snake = snake(text);
    snake.split('_').filter(|part| !part.is_empty()).map(capital).collect()
}

fn capital(part: &str) -> String {
    let mut chars = part.chars();
    chars.next().map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_identifiers() {
        for (text, name) in [
            ("encoder.layer.0.query.weight", "encoder_layer_0_query_weight"),
            ("onnx::Conv_12", "onnx_conv_12"),
            ("463", "x463"),
            ("type", "type_"),
            ("HiddenState", "hidden_state"),
            ("", "x"),
            ("größe", "gr_e"),
        ] {
            assert_eq!(snake(text), name);
        }
        assert_eq!(camel("light-resnet50"), "LightResnet50");
        assert_eq!(["layers", "layer", "class", "bias", "blocks"].map(singular), ["layer", "layer", "class", "bias", "block"]);
    }

    #[test]
    fn a_name_is_given_once() {
        let mut names = Names::default();
        assert_eq!(["a", "A", "a"].map(|text| names.unique(text)), ["a", "a_2", "a_3"]);
    }
}
