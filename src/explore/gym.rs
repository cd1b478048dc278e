//! E-graphs in the format of extraction-gym (<https://github.com/egraphs-good/extraction-gym>): nodes with their class, children and cost.

use egg::Language;
use serde_json::{Map, Value, json};

use super::extract::node_costs;
use super::{CostModel, Explored, Sizes};

impl Explored {
    /// The e-graph with what each node costs under given sizes, in seconds; one that no sizes fit costs nothing that is finite and is left
    /// out. A child is named by the first node of its class.
    pub fn gym(&self, cost: &dyn CostModel, sizes: &Sizes) -> Value {
        let costs = node_costs(&self.snapshot, self.program.target, cost, sizes);
        let kept = |class: usize| costs[class].iter().position(|cost| cost.is_finite());
        let name = |class: usize, node: usize| format!("{class}.{node}");
        let mut nodes = Map::new();
        for (class, of_class) in self.snapshot.classes.iter().enumerate() {
            for (i, node) in of_class.nodes.iter().enumerate() {
                let children: Option<Vec<String>> =
                    node.children().iter().map(|&child| kept(usize::from(child)).map(|first| name(usize::from(child), first))).collect();
                if let Some(children) = children.filter(|_| costs[class][i].is_finite()) {
                    let entry = json!({"op": node.to_string(), "children": children, "eclass": class.to_string(), "cost": costs[class][i]});
                    nodes.insert(name(class, i), entry);
                }
            }
        }
        let roots: Vec<String> = self.roots().iter().map(|class| class.0.to_string()).collect();
        json!({"nodes": nodes, "root_eclasses": roots})
    }
}
