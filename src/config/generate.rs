use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize};

/// A model of which a project keeps the code: a table `[[generate]]`. Paths are those from the configuration's folder.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Generate {
    /// An ONNX file, or `FILE.py:NAME` of an `nn.Module`; several modules are one program.
    #[serde(deserialize_with = "one_or_several")]
    pub input: Vec<String>,
    /// The file to write: Rust, Python or ONNX by its extension.
    pub out: PathBuf,
    /// Arguments of the module's constructor.
    #[serde(default)]
    pub set: BTreeMap<String, toml::Value>,
    /// The types of inputs of the module's `forward`, as `x=float32[1,64]`.
    #[serde(default)]
    pub inputs: Vec<String>,
    /// The module's weights; of several modules one file each.
    #[serde(default, deserialize_with = "one_or_several")]
    pub weights: Vec<String>,
    /// The input of which a causal model is given the sequence in parts.
    pub cache: Option<String>,
    /// Lengths of an ONNX file's inputs that are fixed.
    #[serde(default)]
    pub shape: BTreeMap<String, Vec<usize>>,
    /// Inputs of an ONNX file that are always the same number.
    #[serde(default)]
    pub value: BTreeMap<String, f64>,
    /// The model's operations are left as the file has them.
    #[serde(default)]
    pub as_is: bool,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a text or a list of texts")]
enum OneOrSeveral {
    One(String),
    Several(Vec<String>),
}

fn one_or_several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match OneOrSeveral::deserialize(deserializer)? {
        OneOrSeveral::One(text) => vec![text],
        OneOrSeveral::Several(texts) => texts,
    })
}

impl Generate {
    /// The arguments of the constructor as Python writes them.
    pub fn settings(&self) -> Vec<(String, String)> {
        self.set.iter().map(|(name, value)| (name.clone(), python(value))).collect()
    }
}

/// A value as a literal of Python.
fn python(value: &toml::Value) -> String {
    match value {
        toml::Value::Boolean(true) => "True".to_owned(),
        toml::Value::Boolean(false) => "False".to_owned(),
        toml::Value::Array(items) => format!("[{}]", items.iter().map(python).collect::<Vec<_>>().join(", ")),
        toml::Value::Table(entries) => {
            let entry = |(name, value): (&String, &toml::Value)| format!("{}: {}", quoted(name), python(value));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        toml::Value::String(text) => quoted(text),
        toml::Value::Datetime(date) => quoted(&date.to_string()),
        toml::Value::Integer(_) | toml::Value::Float(_) => value.to_string(),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

#[cfg(test)]
mod tests {
    use super::Generate;

    #[test]
    fn settings_are_literals_of_python() {
        let table = "input = 'a.py:A'\nout = 'a.rs'\nset = { depth = 3, bias = false, kind = 'a\"b', sizes = [1, 2.5] }\n";
        let generate: Generate = toml::from_str(table).unwrap();
        let settings: Vec<String> = generate.settings().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(generate.input, ["a.py:A"]);
        let several: Generate = toml::from_str("input = ['a.py:A', 'b.py:B']\nout = 'a.rs'\nweights = 'a.pt'\n").unwrap();
        assert_eq!((several.input.len(), several.weights.as_slice()), (2, &["a.pt".to_owned()][..]));
        let wrong = toml::from_str::<Generate>("input = 3\nout = 'a.rs'\n").unwrap_err().to_string();
        assert!(wrong.contains("expected a text or a list of texts"), "{wrong}");
        assert_eq!(settings, ["bias=False", "depth=3", "kind=\"a\\\"b\"", "sizes=[1, 2.5]"]);
    }
}
