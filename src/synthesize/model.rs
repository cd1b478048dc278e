//! The model of programs: `models/holes.onnx`, compiled by `cargo wright generate`. It tells what the next token of a program costs from the op
//! above, which operand it is, what stands left of it, and the words about the function; `models/train/holes.py` trains it.

use std::sync::OnceLock;

use ndarray::{Array1, Array2};

use super::builtin::Builtin;
use super::cost::{LEAF, NOTHING, OTHER, Token, USUAL, op_token, token_count};
use crate::ir::OpId;

/// What a token costs at most, and one that the model has not met: what is rare in the packages is not so rare in a task.
const MOST: u32 = 20;
/// So many places are told at once, so that what is between them stays in the cache.
const BATCH: usize = 1024;

/// A network and what its numbers mean.
pub(super) struct Model {
    network: Builtin,
    /// The network's number of each token.
    numbers: Vec<Option<usize>>,
    /// How many tokens the network has.
    tokens: usize,
    words: Vec<&'static str>,
}

impl Model {
    /// The model that is part of the program.
    pub fn builtin() -> &'static Model {
        static BUILTIN: OnceLock<Model> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            let said = |key: &str| Builtin::METADATA.iter().find(|(name, _)| *name == key).map_or("", |(_, value)| *value);
            let tokens: Vec<&str> = said("tokens").split(',').collect();
            let number = |name: &str| tokens.iter().position(|token| *token == name);
            let mut numbers = vec![None; token_count()];
            for (token, name) in [(LEAF, "leaf"), (USUAL, "usual"), (OTHER, "other")] {
                numbers[token as usize] = number(name);
            }
            for op in OpId::all() {
                numbers[op_token(op) as usize] = number(op.def().name);
            }
            let network = Builtin::new().expect("a test holds the built-in network to its file");
            Model { network, numbers, tokens: tokens.len(), words: said("words").split(',').collect() }
        })
    }

    /// What each token costs at each place: the op above, the operand's number, the token on its left.
    pub fn costs(&self, places: &[(Token, u8, Token)], words: &[String]) -> Vec<Vec<u32>> {
        let present: Vec<usize> = words.iter().filter_map(|word| self.words.iter().position(|known| known == word)).collect();
        let mut bag = Array1::<f32>::zeros(self.words.len());
        present.iter().for_each(|at| bag[*at] = 1.0 / (present.len() as f32).sqrt());
        places.chunks(BATCH).flat_map(|places| self.batch(places, &bag)).collect()
    }

    fn batch(&self, places: &[(Token, u8, Token)], bag: &Array1<f32>) -> Vec<Vec<u32>> {
        let number = |token: Token| {
            let known = if token == NOTHING { None } else { self.numbers[token as usize] };
            known.unwrap_or(self.tokens) as i64
        };
        let above = places.iter().map(|(above, ..)| number(*above)).collect::<Array1<i64>>();
        let slots = places.iter().map(|(_, slot, _)| i64::from(*slot)).collect::<Array1<i64>>();
        let left = places.iter().map(|(.., left)| number(*left)).collect::<Array1<i64>>();
        let costs = self.network.run(&above, &slots, &left, bag).unwrap_or_else(|_| Array2::from_elem((places.len(), self.tokens), 1.0));
        let row = |at: usize| {
            let cost = |number: &Option<usize>| number.map_or(MOST, |number| (costs[[at, number]].round() as u32).clamp(1, MOST));
            self.numbers.iter().map(cost).collect()
        };
        (0..places.len()).map(row).collect()
    }
}
