//! The modules that exporters write into names.

use std::sync::Arc;

use super::proto::NodeProto;

/// Where PyTorch's newer exporter says the modules: a list in Python of the paths of all that a node stands in, itself last.
const SCOPES: &str = "pkg.torch.onnx.name_scopes";

/// The modules that a node stands in, outermost first and with slashes between; `None` if nothing says it.
pub(super) fn of(node: &NodeProto) -> Option<Arc<str>> {
    let scopes = node.metadata_props.iter().find(|entry| entry.key() == SCOPES);
    scopes.and_then(|entry| listed(entry.value())).or_else(|| named(node)).map(Arc::from)
}

/// `encoder/layer.0` of `['', 'encoder', 'encoder.layer.0', 'linear']`.
fn listed(text: &str) -> Option<String> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    let paths: Vec<&str> = inner.split(',').map(|path| path.trim().trim_matches(['\'', '"'])).collect();
    let (_, modules) = paths.split_last()?;
    let mut outer = "";
    let mut names = Vec::new();
    for module in modules.iter().filter(|module| !module.is_empty()) {
        let own = module.strip_prefix(outer).map_or(*module, |rest| rest.trim_start_matches('.'));
        names.extend((!own.is_empty()).then_some(own));
        outer = module;
    }
    Some(names.join("/"))
}

/// `encoder/layer.0` of `/encoder/layer.0/MatMul`, the name of a node or of its first result.
fn named(node: &NodeProto) -> Option<String> {
    let name = if node.name().contains('/') { node.name() } else { node.output.first()? };
    name.contains('/').then(|| name.trim_start_matches('/').rsplit_once('/').map_or("", |(module, _)| module).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::onnx::proto::StringStringEntryProto;

    fn module(name: &str, output: &str, scopes: Option<&str>) -> Option<String> {
        let entry = |value: &str| StringStringEntryProto { key: Some(SCOPES.to_owned()), value: Some(value.to_owned()) };
        let metadata_props = scopes.map(entry).into_iter().collect();
        let node = NodeProto { name: Some(name.to_owned()), output: vec![output.to_owned()], metadata_props, ..Default::default() };
        of(&node).map(|module| module.to_string())
    }

    #[test]
    fn modules_are_read_from_names_and_lists() {
        let layer = Some("encoder/layer.0".to_owned());
        assert_eq!(module("/encoder/layer.0/MatMul", "x", None), layer);
        assert_eq!(module("", "/encoder/layer.0/MatMul_output_0", None), layer);
        assert_eq!(module("node_linear", "linear", Some("['', 'encoder', 'encoder.layer.0', 'linear']")), layer);
        assert_eq!(module("/Add", "x", None), Some(String::new()));
        assert_eq!(module("Add_7", "x", None), None);
        assert_eq!(module("Add_7", "x", Some("what is this")), None);
    }
}
