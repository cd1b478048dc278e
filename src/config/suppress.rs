use std::collections::BTreeMap;

/// Comments that silence a line: `# wright: ignore`, `// wright: ignore[matrix-chain, trace-of-product]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suppressions {
    /// For each line, the rules that it silences; empty for all.
    lines: BTreeMap<usize, Vec<String>>,
}

impl Suppressions {
    /// Reads a text's comments.
    pub fn of(text: &str) -> Suppressions {
        let mut lines = BTreeMap::new();
        if !text.contains("wright:") {
            return Suppressions { lines };
        }
        for (index, line) in text.lines().enumerate() {
            let Some((before, comment)) = line.split_once("wright:") else { continue };
            if !before.trim_end().ends_with(['#', '/']) {
                continue;
            }
            let Some(rest) = comment.trim_start().strip_prefix("ignore") else { continue };
            let names = rest.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or("", |(names, _)| names);
            lines.insert(index + 1, names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect());
        }
        Suppressions { lines }
    }

    /// True if any of the lines silences any of the rules.
    pub fn silences(&self, first: usize, last: usize, rules: &[String]) -> bool {
        self.lines.range(first..=last.max(first)).any(|(_, names)| names.is_empty() || names.iter().any(|name| rules.contains(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::Suppressions;

    #[test]
    fn a_comment_silences_its_line_and_the_rules_it_names() {
        let text = "a\nb  # wright: ignore[matrix-chain, x]\nc // wright: ignore\nd = 'wright: ignore'\n";
        let s = Suppressions::of(text);
        let rules = |name: &str| vec![name.to_owned()];
        assert!(s.silences(2, 2, &rules("matrix-chain")));
        assert!(!s.silences(2, 2, &rules("trace-of-product")));
        assert!(s.silences(1, 3, &rules("anything")));
        assert!(!s.silences(4, 4, &rules("anything")));
    }
}
