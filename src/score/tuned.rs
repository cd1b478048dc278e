//! A correction of the built-in network for one machine.

use serde::{Deserialize, Serialize};

use super::neural::Neural;
use super::{Features, Prediction, Scorer, WIDTH};
use crate::ir::{Group, OpId, Program, Target};

/// The groups that have a correction of their own.
const GROUPS: [Group; 7] =
    [Group::Elementwise, Group::Select, Group::Reduction, Group::Contraction, Group::Shape, Group::LinearAlgebra, Group::Neural];
/// What a correction of a factor of e must gain in squared errors of logarithms: few measurements are no reason for large ones.
const STIFFNESS: f64 = 2.0;
/// Steps of Gauss and Newton.
const STEPS: usize = 6;
/// An error of a logarithm up to which it counts with its square (Huber, Robust Estimation of a Location Parameter, 1964).
const USUAL: f64 = 0.1;
const DIFFERENCE: f64 = 0.05;

/// What is added to the logarithm of an op's seconds, by target and group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Correction {
    /// For each target, in the order of [`Target::ALL`], the groups elementwise, select, reduction, contraction, shape, linear algebra, neural.
    pub by_target: [[f64; GROUPS.len()]; Target::ALL.len()],
}

impl Correction {
    fn of(&self, target: Target, op: OpId) -> f64 {
        let group = GROUPS.iter().position(|group| *group == op.def().group);
        group.map_or(0.0, |group| self.by_target[target as usize][group])
    }

    fn apply(&self, features: &mut Features, target: Target) {
        for (at, op) in features.ops.iter().enumerate() {
            features.rows[(at + 1) * WIDTH - 1] += self.of(target, *op) as f32;
        }
    }

    /// The correction under which the built-in network predicts measured programs best, all of one target: the logarithms' errors,
    /// weighed down where they are large, by Gauss and Newton. Each program comes with its measured seconds.
    pub fn fitted(&mut self, target: Target, measured: &[(Program, f64)]) {
        let groups = GROUPS.len();
        for _ in 0..STEPS {
            let now = self.predicted(target, measured);
            let residuals: Vec<f64> = measured.iter().zip(&now).map(|((_, seconds), now)| seconds.ln() - now).collect();
            let mut slopes = Vec::with_capacity(groups);
            for group in 0..groups {
                let mut moved = self.clone();
                moved.by_target[target as usize][group] += DIFFERENCE;
                let then = moved.predicted(target, measured);
                slopes.push(then.iter().zip(&now).map(|(then, now)| (then - now) / DIFFERENCE).collect::<Vec<f64>>());
            }
            // Outliers, which there are when something else runs, pull with no more than their direction.
            let weights: Vec<f64> = residuals.iter().map(|residual| (USUAL / residual.abs().max(USUAL)).max(1e-3)).collect();
            let product = |a: &[f64], b: &[f64]| a.iter().zip(b).zip(&weights).map(|((a, b), w)| a * b * w).sum::<f64>();
            let own = self.by_target[target as usize];
            let matrix: Vec<Vec<f64>> = (0..groups)
                .map(|i| (0..groups).map(|j| product(&slopes[i], &slopes[j]) + if i == j { STIFFNESS } else { 0.0 }).collect())
                .collect();
            let right: Vec<f64> = (0..groups).map(|i| product(&slopes[i], &residuals) - STIFFNESS * own[i]).collect();
            let step = solved(matrix, right);
            self.by_target[target as usize].iter_mut().zip(step).for_each(|(x, dx)| *x += dx);
        }
    }

    /// Predicted logarithms of the seconds of programs of which all lengths are known.
    pub fn predicted(&self, target: Target, programs: &[(Program, f64)]) -> Vec<f64> {
        let row = |(program, _): &(Program, f64)| {
            let mut features = Features::of_sized(program);
            self.apply(&mut features, target);
            Some(features)
        };
        let rows: Vec<Option<Features>> = programs.iter().map(row).collect();
        Neural::builtin().predict(&rows).map_or_else(|_| vec![0.0; programs.len()], |all| all.into_iter().map(|p| p.log_seconds).collect())
    }
}

/// The built-in network with a correction.
#[derive(Debug, Clone, PartialEq)]
pub struct Tuned(pub Correction);

impl Scorer for Tuned {
    fn knows(&self, op: OpId, target: Target) -> bool {
        Neural::builtin().knows(op, target)
    }

    fn knows_numbers(&self, target: Target) -> bool {
        Neural::builtin().knows_numbers(target)
    }

    fn score_groups(&self, groups: &[super::Group<'_>]) -> Vec<Vec<Vec<Prediction>>> {
        Neural::builtin().score_rows(groups, &|features, target| self.0.apply(features, target))
    }
}

/// The solution of a system with a symmetric positive definite matrix, by elimination.
fn solved(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let n = right.len();
    for i in 0..n {
        let pivot = matrix[i].clone();
        for j in i + 1..n {
            let factor = matrix[j][i] / pivot[i];
            matrix[j].iter_mut().zip(&pivot).for_each(|(x, p)| *x -= factor * p);
            right[j] -= factor * right[i];
        }
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|j| matrix[i][j] * right[j]).sum();
        right[i] = (right[i] - known) / matrix[i][i];
    }
    right
}
