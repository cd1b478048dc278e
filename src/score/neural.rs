//! The neural scorer: programs become rows of numbers ([`Features`]), and a network in ONNX predicts from them.

use std::sync::OnceLock;

use ndarray::{Array1, Array2};

use super::builtin::Builtin;
use super::features::Shared;
use super::{Features, Group, OPERANDS, Prediction, READERS, Scorer, VERSION, WIDTH};
use crate::ir::{OpId, Program, Target};

/// At most so many rows are predicted from at once, so that what is between them stays in the cache.
const BATCH_ROWS: usize = 4096;
/// The logarithm of the seconds of a program without ops.
const NOTHING: f64 = -27.0;

/// What is wrong with a scorer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ScorerError(pub String);

/// The network's inputs for some programs; row 0 is none, and the others are counted from 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// \[r, [`WIDTH`]\]: what is known of each op.
    pub rows: Array2<f32>,
    /// \[r\]: the number of each op in the list that the network was trained with, from 1; one more than the last for an op that is not in it.
    pub ops: Array1<i64>,
    /// \[r, [`OPERANDS`]\]: which rows each row reads.
    pub operands: Array2<i64>,
    /// \[r, [`READERS`]\]: which rows read it.
    pub readers: Array2<i64>,
    /// \[c, n\]: the rows of each program, filled up with 0.
    pub members: Array2<i64>,
}

/// What runs the network.
pub trait Runtime: Send + Sync {
    /// An entry of the file's metadata.
    fn metadata(&self, key: &str) -> Option<String>;

    /// The predictions for the programs of a batch, in order.
    ///
    /// # Errors
    /// If the runtime refuses.
    fn run(&self, batch: &Batch) -> Result<Vec<Prediction>, ScorerError>;
}

/// A network with what it was trained for.
pub struct Neural {
    runtime: Box<dyn Runtime>,
    /// The number of each op, by its id; that of an op which was not there when it was trained is one more than the last.
    numbers: Vec<i64>,
    /// Which ops it has learned from, by target and id.
    learned: [Vec<bool>; Target::ALL.len()],
}

impl Neural {
    /// The network that is part of the program.
    pub fn builtin() -> &'static Neural {
        static BUILTIN: OnceLock<Neural> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            let network = Builtin::new().map_err(|error| ScorerError(error.to_string()));
            network.and_then(|network| Neural::new(Box::new(network))).expect("a test holds the built-in network to this version")
        })
    }

    /// A network by a runtime.
    ///
    /// # Errors
    /// If it was trained for other rows, or does not run.
    pub fn new(runtime: Box<dyn Runtime>) -> Result<Neural, ScorerError> {
        let said = runtime.metadata("version");
        if said.as_deref() != Some(VERSION) {
            let said = said.map_or("none".to_owned(), |said| format!("`{said}`"));
            return Err(ScorerError(format!("no scorer of this version: expected the version `{VERSION}` in its metadata, found {said}")));
        }
        let list = |key: &str| runtime.metadata(key).ok_or_else(|| ScorerError(format!("its metadata do not say `{key}`")));
        let position = |names: &str, op: OpId| names.split(',').position(|name| name == op.def().name);
        let names = list("ops")?;
        let known = names.split(',').count() as i64;
        let numbers = OpId::all().map(|op| position(&names, op).map_or(known, |at| at as i64) + 1).collect();
        let mut learned = [const { Vec::new() }; Target::ALL.len()];
        for target in Target::ALL {
            let names = list(target.name())?;
            learned[target as usize] = OpId::all().map(|op| position(&names, op).is_some()).collect();
        }
        let neural = Neural { numbers, learned, runtime };
        let trial =
            Features { rows: vec![0.0; WIDTH], ops: vec![OpId::get("add")], operands: vec![0; OPERANDS], readers: vec![0; READERS] };
        let predicted = neural.predict(&[Some(trial)])?;
        if !predicted.iter().all(|p| p.log_seconds.is_finite() && p.uncertainty.is_finite()) {
            return Err(ScorerError("its predictions are no numbers".to_owned()));
        }
        Ok(neural)
    }

    /// Predictions for programs; infinite where there are no rows because an op refuses the sizes.
    ///
    /// # Errors
    /// If the runtime refuses.
    pub fn predict(&self, programs: &[Option<Features>]) -> Result<Vec<Prediction>, ScorerError> {
        let mut predicted = vec![Prediction { log_seconds: f64::INFINITY, uncertainty: 0.0 }; programs.len()];
        let mut waiting: Vec<(usize, &Features)> = Vec::new();
        let mut rows = 0;
        for (i, features) in programs.iter().enumerate() {
            match features {
                None => {}
                Some(features) if features.ops.is_empty() => predicted[i].log_seconds = NOTHING,
                Some(features) => {
                    if rows + features.ops.len() > BATCH_ROWS {
                        self.run(&std::mem::take(&mut waiting), &mut predicted)?;
                        rows = 0;
                    }
                    rows += features.ops.len();
                    waiting.push((i, features));
                }
            }
        }
        self.run(&waiting, &mut predicted)?;
        Ok(predicted)
    }

    fn run(&self, programs: &[(usize, &Features)], predicted: &mut [Prediction]) -> Result<(), ScorerError> {
        if programs.is_empty() {
            return Ok(());
        }
        let found = self.runtime.run(&self.batch(programs.iter().map(|(_, features)| *features)))?;
        if found.len() != programs.len() {
            return Err(ScorerError(format!("{} predictions for {} programs", found.len(), programs.len())));
        }
        for ((i, _), prediction) in programs.iter().zip(found) {
            predicted[*i] = prediction;
        }
        Ok(())
    }

    /// The programs' rows one after another.
    fn batch<'f>(&self, programs: impl Iterator<Item = &'f Features> + Clone) -> Batch {
        let rows = 1 + programs.clone().map(|features| features.ops.len()).sum::<usize>();
        let longest = programs.clone().map(|features| features.ops.len()).max().unwrap_or(0);
        let mut batch = Batch {
            rows: Array2::zeros((rows, WIDTH)),
            ops: Array1::zeros(rows),
            operands: Array2::zeros((rows, OPERANDS)),
            readers: Array2::zeros((rows, READERS)),
            members: Array2::zeros((programs.clone().count(), longest)),
        };
        let mut first = 1;
        for (program, features) in programs.enumerate() {
            let moved = |&row: &u32| if row == 0 { 0 } else { i64::from(row) + first as i64 - 1 };
            for (at, &op) in features.ops.iter().enumerate() {
                let row = first + at;
                batch.rows.row_mut(row).iter_mut().zip(&features.rows[at * WIDTH..]).for_each(|(to, from)| *to = *from);
                batch.ops[row] = self.numbers[op.index()];
                batch.operands.row_mut(row).iter_mut().zip(&features.operands[at * OPERANDS..]).for_each(|(to, from)| *to = moved(from));
                batch.readers.row_mut(row).iter_mut().zip(&features.readers[at * READERS..]).for_each(|(to, from)| *to = moved(from));
                batch.members[(program, at)] = row as i64;
            }
            first += features.ops.len();
        }
        batch
    }
}

impl Scorer for Neural {
    fn knows(&self, op: OpId, target: Target) -> bool {
        self.learned[target as usize][op.index()]
    }

    /// In Rust what is measured, a call, takes longer than what an op on numbers does among others.
    fn knows_numbers(&self, target: Target) -> bool {
        target != Target::Rust
    }

    fn score_groups(&self, groups: &[Group<'_>]) -> Vec<Vec<Vec<Prediction>>> {
        self.score_rows(groups, &|_, _| {})
    }
}

impl Neural {
    /// As [`Scorer::score_groups`], with something done to the rows of each candidate first.
    pub(super) fn score_rows(&self, groups: &[Group<'_>], change: &dyn Fn(&mut Features, Target)) -> Vec<Vec<Vec<Prediction>>> {
        let mut all: Vec<Option<Features>> = Vec::new();
        for group in groups {
            let shared = Shared::new(group.candidates);
            for sizes in group.draws {
                let mut rows = shared.features(sizes);
                for (features, candidate) in rows.iter_mut().zip(group.candidates) {
                    features.iter_mut().for_each(|features| change(features, candidate.program.target));
                }
                all.append(&mut rows);
            }
        }
        // A runtime that ran when it was loaded and refuses now has nothing to say for a change.
        let unsure = Prediction { log_seconds: f64::INFINITY, uncertainty: 0.0 };
        let mut predicted = self.predict(&all).unwrap_or_else(|_| vec![unsure; all.len()]).into_iter();
        let of_group = |group: &Group<'_>| {
            let mut scores = vec![Vec::with_capacity(group.draws.len()); group.candidates.len()];
            group.draws.iter().for_each(|_| scores.iter_mut().zip(&mut predicted).for_each(|(scores, one)| scores.push(one)));
            scores
        };
        groups.iter().map(of_group).collect()
    }

    /// The predicted seconds of a program whose lengths are all known.
    pub fn seconds_of_sized(&self, program: &Program) -> f64 {
        let predicted = self.predict(&[Some(Features::of_sized(program))]);
        predicted.map_or(f64::INFINITY, |predicted| predicted[0].log_seconds.exp())
    }
}

impl Runtime for Builtin {
    fn metadata(&self, key: &str) -> Option<String> {
        Builtin::METADATA.iter().find(|(known, _)| *known == key).map(|(_, text)| (*text).to_owned())
    }

    fn run(&self, batch: &Batch) -> Result<Vec<Prediction>, ScorerError> {
        let Batch { rows, ops, operands, readers, members } = batch;
        let found = Builtin::run(self, rows, ops, operands, readers, members).map_err(|error| ScorerError(error.to_string()))?;
        let pairs = found.log_seconds.into_iter().zip(found.uncertainty);
        Ok(pairs.map(|(seconds, doubt)| Prediction { log_seconds: seconds.into(), uncertainty: doubt.into() }).collect())
    }
}
