//! A program with numbers for its lengths.

use egg::Language as _;

use crate::explore::{Random, SizeModel, Sizes, bytes};
use crate::ir::{Attr, Id, Leaf, Node, Program, ProgramBuilder, Type};
use crate::score::Analytic;

/// Lengths that are tried as the greatest, from small to what fills the memory that may be used.
const HIGHS: [f64; 9] = [4.0, 16.0, 64.0, 256.0, 1024.0, 4096.0, 65_536.0, 1_048_576.0, 16_777_216.0];

/// Lengths under which all values of a program take at most so many bytes and a run is predicted to take at most so many seconds. The
/// magnitude of the largest is drawn first, so that small and large programs are equally frequent.
pub fn draw_sizes(program: &Program, models: &[SizeModel], random: &mut Random, most_bytes: f64, most_seconds: f64) -> Option<Sizes> {
    let model = models.get(random.below(models.len()))?;
    let first = 4 + random.below(HIGHS.len() - 3);
    for high in HIGHS[..first].iter().rev() {
        for _ in 0..3 {
            let Some(sizes) = model.draw(random, *high) else { continue };
            let Some(types) = sizes.types(program) else { continue };
            let total: f64 = types.iter().map(bytes).sum();
            if total <= most_bytes && Analytic.seconds_of(program, &sizes) <= most_seconds {
                return Some(sizes);
            }
        }
    }
    None
}

/// The program with these lengths; `None` if an op refuses them.
pub fn sized(program: &Program, sizes: &Sizes) -> Option<Program> {
    retyped(program, &sizes.leaves, &|attr| sizes.attr(attr))
}

/// The program with the ranks, dtypes and equal lengths that a model of its sizes gives it; `None` if an op refuses them.
pub fn assumed(program: &Program, model: &SizeModel) -> Option<Program> {
    retyped(program, &model.leaves(), &Attr::clone)
}

fn retyped(program: &Program, leaves: &[Type], attribute: &dyn Fn(&Attr) -> Attr) -> Option<Program> {
    let mut builder = ProgramBuilder::new(program.target);
    let leaves: Vec<Id> =
        program.leaves.iter().zip(leaves).map(|(leaf, ty)| builder.leaf(Leaf { text: leaf.text.clone(), ty: ty.clone() })).collect();
    let mut ids: Vec<Id> = Vec::with_capacity(program.terms.len());
    for node in program.terms.as_ref() {
        ids.push(match node {
            Node::Leaf(leaf) => *leaves.get(leaf.0 as usize)?,
            Node::Attr(attr) => builder.add(Node::Attr(attribute(attr))).ok()?,
            node => builder.add(node.clone().map_children(|id| ids[usize::from(id)])).ok()?,
        });
    }
    let roots = program.roots.iter().map(|&root| ids[usize::from(root)]).collect();
    Some(builder.finish(roots))
}
