/// An import of Python, read from its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportLine<'a> {
    /// The module that names are taken from; `None` if modules themselves are imported.
    pub module: Option<&'a str>,
    /// What is imported, with what the file calls it if that is another name.
    pub names: Vec<(&'a str, Option<&'a str>)>,
}

/// The imports of a text. One scan, without parsing: what stands in a string may be taken for one.
pub fn import_lines(text: &str) -> impl Iterator<Item = ImportLine<'_>> {
    let imports = memchr::memmem::find_iter(text.as_bytes(), b"import ");
    imports.filter_map(move |at| {
        let line = text[text[..at].rfind('\n').map_or(0, |end| end + 1)..at].trim_start();
        let rest = &text[at + "import ".len()..];
        let names = if rest.trim_start().starts_with('(') { rest.split(')').next() } else { rest.lines().next() }?;
        let names = names.split(['#', ';']).next().filter(|_| !names.contains('(')).unwrap_or(names);
        let named = names.split(',').map(|name| {
            let name = name.trim().trim_start_matches('(').trim();
            name.split_once(" as ").map_or((name, None), |(name, alias)| (name.trim(), Some(alias.trim())))
        });
        let module = line.strip_prefix("from ").map(str::trim);
        (module.is_some() || line.is_empty()).then(|| ImportLine { module, names: named.collect() })
    })
}

#[cfg(test)]
mod tests {
    use super::import_lines;

    #[test]
    fn names_are_read_with_their_modules_and_aliases() {
        let text =
            "import numpy as np, os\nfrom torch.nn import (  # layers\n    Linear,\n    Conv2d as C,\n)\nif x:\n    from a import *\n";
        let found: Vec<_> = import_lines(text).map(|import| (import.module, import.names)).collect();
        assert_eq!(found[0], (None, vec![("numpy", Some("np")), ("os", None)]));
        assert_eq!(found[1].0, Some("torch.nn"));
        assert!(found[1].1.contains(&("Conv2d", Some("C"))));
        assert_eq!(found[2], (Some("a"), vec![("*", None)]));
        assert_eq!(found.len(), 3);
    }
}
