//! Which values only one branch of a condition or a round of a loop needs: their statements stand in it.

use super::Uses;
use crate::ir::{Binding, Id, Node, Program};

/// Where a statement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Block {
    /// In the function's body.
    Whole,
    /// In a branch of the condition `of`.
    Branch {
        /// The op `if_else`.
        of: Id,
        /// In its second branch.
        otherwise: bool,
    },
    /// In the rounds of the loop `of`.
    Loop {
        /// The op `loop`.
        of: Id,
    },
}

impl Block {
    /// The op in whose block that of this one stands.
    pub fn op(self) -> Option<Id> {
        match self {
            Block::Whole => None,
            Block::Branch { of, .. } | Block::Loop { of } => Some(of),
        }
    }
}

/// The block of each node.
#[derive(Debug)]
pub struct Blocks(Vec<Block>);

impl Blocks {
    /// A node stands in the innermost block that holds all its readers, but in no loop whose rounds it does not depend on.
    pub fn new(program: &Program, uses: &Uses) -> Blocks {
        let binding = Binding::new(program);
        let mut blocks = Blocks(vec![Block::Whole; program.types.len()]);
        for id in uses.all().rev() {
            if uses.is_root(id) {
                continue;
            }
            let mut places = uses.readers(id).iter().flat_map(|reader| blocks.places(program, *reader, id));
            let first = places.next().unwrap_or(Block::Whole);
            let mut block = places.collect::<Vec<_>>().into_iter().fold(first, |a, b| blocks.common(a, b));
            while let Block::Loop { of } = block
                && !binding.depends(id, of)
            {
                block = blocks.of(of);
            }
            blocks.0[usize::from(id)] = block;
        }
        blocks
    }

    /// The block of a node.
    pub fn of(&self, id: Id) -> Block {
        self.0[usize::from(id)]
    }

    /// The statement of a block in which a node of it, or of a block within it, is computed.
    pub fn within(&self, mut id: Id, block: Block) -> Id {
        while let Some(of) = self.of(id).op() {
            if self.of(id) == block {
                break;
            }
            id = of;
        }
        id
    }

    /// The blocks in which a reader needs an operand: a condition needs it where it stands itself, the results of its branches in them; a loop
    /// what it begins with where it stands itself, what its rounds give in them.
    fn places(&self, program: &Program, reader: Id, operand: Id) -> Vec<Block> {
        let Node::Op(op, children) = &program.terms[reader] else { return vec![self.of(reader)] };
        let place = |(i, child): (usize, &Id)| match (op.def().name, i) {
            _ if *child != operand => None,
            ("if_else", 1 | 2) => Some(Block::Branch { of: reader, otherwise: i == 2 }),
            ("loop", 3 | 4) => Some(Block::Loop { of: reader }),
            _ => Some(self.of(reader)),
        };
        children.iter().enumerate().filter_map(place).collect()
    }

    /// The innermost block that holds both.
    fn common(&self, a: Block, b: Block) -> Block {
        let outer = |block: &Block| block.op().map(|of| self.of(of));
        let around_a: Vec<Block> = std::iter::successors(Some(a), outer).collect();
        std::iter::successors(Some(b), outer).find(|block| around_a.contains(block)).unwrap_or(Block::Whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{DType, Leaf, OpId, ProgramBuilder, Shape, Target, Type};

    #[test]
    fn what_one_branch_needs_stands_in_it_and_what_both_need_before() {
        let mut b = ProgramBuilder::new(Target::Rust);
        let leaf = |b: &mut ProgramBuilder, name: &str, dtype, shape| b.leaf(Leaf { text: name.into(), ty: Type::array(dtype, shape) });
        let c = leaf(&mut b, "c", DType::Bool, Shape::scalar());
        let x = leaf(&mut b, "x", DType::F32, Shape::fixed(&[3]));
        let op = |b: &mut ProgramBuilder, name: &str, args: &[Id]| b.add(Node::op(OpId::get(name), args.iter().copied())).expect("it fits");
        let shared = op(&mut b, "exp", &[x]);
        let (one, two) = (op(&mut b, "sin", &[shared]), op(&mut b, "cos", &[shared]));
        let (then, other) = (op(&mut b, "tuple", &[one]), op(&mut b, "tuple", &[two]));
        let whole = op(&mut b, "if_else", &[c, then, other]);
        let mut program = b.program().clone();
        program.roots = vec![whole];
        let blocks = Blocks::new(&program, &Uses::with_lengths(&program, Default::default()));
        assert_eq!(blocks.of(shared), Block::Whole);
        assert_eq!(blocks.of(one), Block::Branch { of: whole, otherwise: false });
        assert_eq!(blocks.of(two), Block::Branch { of: whole, otherwise: true });
        assert_eq!(blocks.within(one, Block::Whole), whole);
    }
}
