//! Bottom-up enumeration in the order of cost.

use std::time::{Duration, Instant};

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::bank::{Bank, EntryId, Made, New, SignatureId, hash};
use super::cost::{Costs, LEAF, NOTHING, constant_token, op_token, token_count};
use super::productions::{Production, productions};
use super::split;
use super::task::Task;
use super::term::{Lengths, program};
use crate::dialect::Names;
use crate::ir::{Const, DType, Program, Target, Value};

/// A value has at most so many elements on one example.
const MOST_ELEMENTS: usize = 1024;
/// All values have at most so many elements.
const MOST_OF_ALL: usize = 60_000_000;
/// After the first program that fulfils the examples, so many more are tried for one that tells another story.
const AFTERWARDS: u64 = 20_000;
/// At most so many more are tried for a cheaper one.
const FOR_CHEAPER: u64 = 400_000;
/// Programs that give the same as one that is found.
const MOST_RIVALS: usize = 64;
/// A value that has a name costs so much more than a parameter.
const SHARED: u32 = 2;
/// A parameter that is not used makes a program so much less likely.
const UNUSED: u32 = 24;
/// So does a last digit that differs from what is shown.
const INEXACT: u32 = 12;
/// How many entries there are when the other side is tried for the first time.
const FIRST_SPLIT: usize = 200;

/// When to give up.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Programs that are tried.
    pub programs: u64,
    /// Time; `None` where the same input must give the same answer on any machine.
    pub time: Option<Duration>,
}

/// What was tried.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Statistics {
    /// Programs that were evaluated.
    pub programs: u64,
    /// Different values among them.
    pub values: usize,
    /// How long it took.
    pub seconds: f64,
}

/// A program that fulfils all examples.
#[derive(Debug, Clone)]
pub struct Solution {
    /// The program over the parameters, its types those of the first example, lengths as they are written.
    pub program: Program,
    /// The same program as it is in each example.
    pub examples: Vec<Program>,
    /// What it costs, in half bits.
    pub cost: u32,
    /// It gives all digits that are shown, and zeros their sign.
    pub exact: bool,
}

/// What became of a task.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Programs that fulfil all examples, the cheapest first.
    pub solutions: Vec<Solution>,
    /// What was tried.
    pub statistics: Statistics,
    /// Nothing is left to try.
    pub exhausted: bool,
}

/// Looks for the cheapest program that fulfils a task's examples.
pub fn synthesize(task: &Task, names: &dyn Names, costs: &Costs, limits: &Limits) -> Outcome {
    let mut search = Search::new(task, names, costs, limits);
    let exhausted = search.run();
    let statistics = Statistics { programs: search.programs, values: search.bank.len(), seconds: search.start.elapsed().as_secs_f64() };
    Outcome { solutions: search.solutions(), statistics, exhausted }
}

/// What operands are chosen for.
#[derive(Debug, Clone, Copy)]
struct Goal {
    /// The production.
    at: u16,
    /// The token of its op.
    op: u16,
    arity: usize,
    /// The level that is being enumerated.
    level: u32,
}

pub(super) struct Search<'a> {
    pub task: &'a Task,
    pub names: &'a dyn Names,
    costs: &'a Costs,
    limits: &'a Limits,
    start: Instant,
    pub productions: Vec<Production>,
    pub bank: Bank,
    /// Whether a production takes operands of these signatures.
    pub accepted: FxHashMap<(u16, SmallVec<[SignatureId; 3]>), bool>,
    pub programs: u64,
    /// Entries that fulfil the examples, and what they cost.
    found: Vec<(u32, EntryId)>,
    /// The hashes of values that fulfil the examples.
    right: FxHashSet<u64>,
    /// How many programs had been tried when the first was found.
    found_at: u64,
    finite: bool,
    next_split: usize,
    /// Operands that were looked at.
    steps: u64,
    /// The time is over.
    late: bool,
}

impl<'a> Search<'a> {
    fn new(task: &'a Task, names: &'a dyn Names, costs: &'a Costs, limits: &'a Limits) -> Search<'a> {
        let finite = task.examples.iter().all(|example| {
            example
                .arguments
                .iter()
                .map(Value::to_f64)
                .chain([example.expected.data.clone()])
                .all(|data| data.iter().all(|x| x.is_finite()))
        });
        Search {
            task,
            names,
            costs,
            limits,
            start: Instant::now(),
            productions: productions(task),
            bank: Bank::new(token_count()),
            accepted: FxHashMap::default(),
            programs: 0,
            found: Vec::new(),
            right: FxHashSet::default(),
            found_at: 0,
            finite,
            next_split: FIRST_SPLIT,
            steps: 0,
            late: false,
        }
    }

    /// Goes on until the cheapest program is found, nothing is left or a limit is met; true if nothing is left.
    fn run(&mut self) -> bool {
        let leaves = self.leaves();
        // Which of the parameters it is.
        let choice = if self.costs.counts_size() { 0 } else { (2.0 * (self.task.parameters.len().max(1) as f64).log2()).round() as u32 };
        let mut idle = 0;
        for level in 0.. {
            let before = self.bank.len();
            for (made, values) in &leaves {
                let token = self.token(made);
                let inner = if token == LEAF { choice } else { 0 };
                if self.costs.lowest(token) + inner == level {
                    self.insert(made.clone(), inner, values.clone(), true);
                }
            }
            for production in 0..self.productions.len() {
                self.apply(production as u16, level);
                if self.is_over(level) {
                    return false;
                }
            }
            if self.bank.len() >= self.next_split {
                self.next_split = self.bank.len() * 2;
                split::join(self);
            }
            if self.is_over(level) {
                return false;
            }
            idle = if self.bank.len() == before { idle + 1 } else { 0 };
            if idle > 64 {
                split::join(self);
                return true;
            }
        }
        true
    }

    /// Whether a cheaper program cannot come, or a limit is met.
    fn is_over(&self, level: u32) -> bool {
        if let Some((cost, _)) = self.found.first() {
            let waited = self.programs - self.found_at;
            if waited > FOR_CHEAPER || (*cost < level && waited > AFTERWARDS) {
                return true;
            }
        }
        self.late || self.programs >= self.limits.programs || self.bank.elements > MOST_OF_ALL
    }

    /// Looks at the clock now and then; whether the time is over.
    pub fn tick(&mut self) -> bool {
        self.steps += 1;
        if self.steps.is_multiple_of(512) {
            self.late |= self.limits.time.is_some_and(|time| self.start.elapsed() > time);
        }
        self.late
    }

    fn leaves(&self) -> Vec<(Made, Vec<Value>)> {
        let count = self.task.examples.len();
        let mut leaves = Vec::new();
        for at in 0..self.task.parameters.len() {
            leaves.push((Made::Parameter(at), self.task.examples.iter().map(|example| example.arguments[at].clone()).collect()));
        }
        for constant in self.constants() {
            leaves.push((Made::Constant(constant), vec![Value::of_const(&constant); count]));
        }
        leaves
    }

    fn constants(&self) -> Vec<Const> {
        let mut found: Vec<Const> = Vec::new();
        if self.task.target == Target::Rust {
            let arguments = || self.task.examples.iter().flat_map(|example| &example.arguments);
            for dtype in [DType::F64, DType::F32, DType::I64, DType::I32, DType::U64, DType::U32, DType::U8] {
                if !arguments().any(|value| matches!(value, Value::Array { dtype: d, .. } if *d == dtype)) {
                    continue;
                }
                let typed = |c: f64| if dtype.is_float() { Const::typed_float(dtype, c) } else { Const::typed_int(dtype, c as i64) };
                let named = self.task.constants.iter().map(|c| c.as_f64()).filter(|c| dtype.is_float() || c.fract() == 0.0);
                found.extend([0.0, 1.0, 2.0].into_iter().chain(dtype.is_float().then_some(0.5)).chain(named).map(typed));
            }
        } else {
            found.extend([Const::int(0), Const::int(1), Const::int(2), Const::float(0.5), Const::int(-1), Const::int(3)]);
            found.extend(self.task.constants.iter().copied());
        }
        let mut seen = Vec::new();
        found.retain(|c| {
            !seen.contains(c) && {
                seen.push(*c);
                true
            }
        });
        found
    }

    fn token(&self, made: &Made) -> u16 {
        match made {
            Made::Parameter(_) => LEAF,
            Made::Constant(c) => constant_token(*c, &self.task.constants),
            Made::Op(production, _) => op_token(self.productions[*production as usize].op),
        }
    }

    /// Applies a production to all operands with which it costs what the level says.
    fn apply(&mut self, at: u16, level: u32) {
        let production = &self.productions[at as usize];
        let (op, arity) = (op_token(production.op), production.arity);
        let Some(budget) = level.checked_sub(self.costs.lowest(op) + self.costs.attributes(production)) else { return };
        let mut operands: SmallVec<[EntryId; 3]> = SmallVec::new();
        self.choose(Goal { at, op, arity, level }, budget, NOTHING, &mut operands);
        if arity == 2 {
            self.share(at, op, budget, level);
        }
    }

    /// Applies an op of two operands to a value and a part of it, which would have a name and so costs what a name does.
    fn share(&mut self, at: u16, op: u16, budget: u32, level: u32) {
        let costs = self.costs;
        let commutes = self.productions[at as usize].commutes;
        for live in 0.. {
            let Some(&token) = self.bank.live().get(live) else { break };
            let whole_first = costs.operand(op, 0, NOTHING)[token as usize] + costs.operand(op, 1, token)[LEAF as usize];
            let part_first = costs.operand(op, 0, NOTHING)[LEAF as usize] + costs.operand(op, 1, LEAF)[token as usize];
            for (price, first) in [(part_first, false), (whole_first, true)] {
                let Some(inner) = budget.checked_sub(price + SHARED) else { continue };
                if commutes && first == (part_first <= whole_first) {
                    continue;
                }
                for index in 0..self.bank.bucket(token, inner).len() {
                    let whole = self.bank.bucket(token, inner)[index];
                    self.tick();
                    for part in SmallVec::<[EntryId; 6]>::from_slice(self.bank.parts(whole)) {
                        self.make(at, &if first { [whole, part] } else { [part, whole] });
                    }
                    if self.is_over(level) {
                        return;
                    }
                }
            }
        }
    }

    /// Chooses the remaining operands for a budget that must be spent whole.
    fn choose(&mut self, goal: Goal, budget: u32, left: u16, operands: &mut SmallVec<[EntryId; 3]>) {
        let Goal { at, op, arity, level } = goal;
        let slot = operands.len();
        if slot == arity {
            if budget == 0 {
                self.make(at, operands);
            }
            return;
        }
        let costs = self.costs;
        let prices = costs.operand(op, slot, left);
        for live in 0.. {
            // What is made meanwhile is no operand yet, but its token may be new.
            let Some(&token) = self.bank.live().get(live) else { break };
            let highest = self.bank.highest(token);
            let Some(rest) = budget.checked_sub(prices[token as usize]) else { continue };
            let inner = if slot + 1 == arity { rest..(rest + 1).min(highest) } else { 0..(rest + 1).min(highest) };
            for inner in inner {
                for index in 0..self.bank.bucket(token, inner).len() {
                    let entry = self.bank.bucket(token, inner)[index];
                    self.tick();
                    operands.push(entry);
                    if self.may_take(at, operands, arity) {
                        self.choose(goal, rest - inner, token, operands);
                    }
                    operands.pop();
                    if self.is_over(level) {
                        return;
                    }
                }
            }
        }
    }

    /// A quick look at whether the operands so far can be right.
    fn may_take(&self, at: u16, operands: &[EntryId], arity: usize) -> bool {
        let production = &self.productions[at as usize];
        if let ([a, b], true) = (operands, production.commutes) {
            // Of two orders the cheaper counts.
            let (s, t) = (self.bank.token(*a), self.bank.token(*b));
            let op = op_token(production.op);
            let price = |first: u16, second: u16| {
                self.costs.operand(op, 0, NOTHING)[first as usize] + self.costs.operand(op, 1, first)[second as usize]
            };
            let (this, other) = (price(s, t), price(t, s));
            return this < other || (this == other && a <= b);
        }
        // A condition comes first.
        arity < 3 || production.op.def().name != "select" || {
            let signature = self.bank.signature(self.bank.signature_of(operands[0]));
            signature.types.iter().all(|ty| ty.dtype() == Some(DType::Bool))
        }
    }

    /// Makes a value, if the operands fit; true if it is a new one.
    pub fn make(&mut self, at: u16, operands: &[EntryId]) -> Option<EntryId> {
        if !self.accepts(at, operands) {
            return None;
        }
        let values = self.evaluate(at, operands)?;
        let inner = self.inner(at, operands);
        self.insert(Made::Op(at, operands.iter().copied().collect()), inner, values, true)
    }

    /// The cost of a program below the token of its root.
    pub fn inner(&self, at: u16, operands: &[EntryId]) -> u32 {
        let production = &self.productions[at as usize];
        let op = op_token(production.op);
        if let &[a, b] = operands {
            let price = |whole: EntryId, first: u16, second: u16| {
                let operands = self.costs.operand(op, 0, NOTHING)[first as usize] + self.costs.operand(op, 1, first)[second as usize];
                self.costs.attributes(production) + self.bank.inner(whole) + operands + SHARED
            };
            if self.bank.parts(b).contains(&a) {
                return price(b, LEAF, self.bank.token(b));
            }
            if self.bank.parts(a).contains(&b) {
                return price(a, self.bank.token(a), LEAF);
            }
        }
        let mut inner = self.costs.attributes(production);
        let mut left = NOTHING;
        for (slot, operand) in operands.iter().enumerate() {
            let token = self.bank.token(*operand);
            inner += self.bank.inner(*operand) + self.costs.operand(op, slot, left)[token as usize];
            left = token;
        }
        inner
    }

    /// Adds a value that is new. What fulfils the examples is noted even if it is not.
    pub fn insert(&mut self, made: Made, inner: u32, values: Vec<Value>, listed: bool) -> Option<EntryId> {
        let hash = hash(&values, MOST_ELEMENTS, self.finite)?;
        let there = self.bank.find(hash);
        let token = self.token(&made);
        let near = self.found.len() < MOST_RIVALS || self.found.last().is_some_and(|(cost, _)| inner + self.costs.root(token) < *cost);
        if there.is_some() && !(near && self.right.contains(&hash)) {
            return None;
        }
        let task = self.task;
        let entry = self.bank.add(New { made, token, inner, values }, hash, &|values| judge(task, values), listed && there.is_none());
        if self.note(entry) {
            self.right.insert(hash);
        }
        there.is_none().then_some(entry)
    }

    /// The entry of a value, which is added if it is not there, though not as an operand of others.
    pub fn intern(&mut self, made: Made, inner: u32, values: Vec<Value>) -> Option<EntryId> {
        let hash = hash(&values, MOST_ELEMENTS, self.finite)?;
        let task = self.task;
        let token = self.token(&made);
        Some(match self.bank.find(hash) {
            Some(there) => there,
            None => self.bank.add(New { made, token, inner, values }, hash, &|values| judge(task, values), false),
        })
    }

    /// Notes an entry if it fulfils all examples; whether it does.
    fn note(&mut self, entry: EntryId) -> bool {
        if !self.bank.signature(self.bank.signature_of(entry)).fits {
            return false;
        }
        let all = self.task.examples.iter().zip(self.bank.values(entry)).all(|(example, value)| example.expected.matches(value));
        if !all {
            return false;
        }
        if self.found.is_empty() {
            self.found_at = self.programs;
        }
        let unused = self.task.parameters.len() - self.used(entry);
        let cost = self.bank.inner(entry)
            + self.costs.root(self.bank.token(entry))
            + UNUSED * unused as u32
            + if self.is_exact(entry) { 0 } else { INEXACT };
        self.found.push((cost, entry));
        self.found.sort_unstable();
        self.found.truncate(MOST_RIVALS);
        true
    }

    /// Whether a program's results are printed as the examples show them.
    fn is_exact(&self, entry: EntryId) -> bool {
        self.task.examples.iter().zip(self.bank.values(entry)).all(|(example, value)| example.expected.is_exactly(value))
    }

    /// How many parameters a program reads.
    fn used(&self, entry: EntryId) -> usize {
        let (mut open, mut seen, mut used) = (vec![entry], FxHashSet::default(), FxHashSet::default());
        while let Some(entry) = open.pop() {
            match self.bank.made(entry) {
                Made::Parameter(at) => {
                    used.insert(at);
                }
                Made::Op(_, operands) => open.extend(operands.into_iter().filter(|operand| seen.insert(*operand))),
                Made::Constant(_) => {}
            }
        }
        used.len()
    }

    fn solutions(&self) -> Vec<Solution> {
        let of = |entry, example, lengths| program(&self.bank, &self.productions, self.task, entry, example, lengths);
        let solution = |&(cost, entry): &(u32, EntryId)| {
            let examples = (0..self.task.examples.len()).map(|example| of(entry, example, Lengths::Numbers)).collect::<Option<Vec<_>>>()?;
            Some(Solution { program: of(entry, 0, Lengths::Names)?, examples, cost, exact: self.is_exact(entry) })
        };
        self.found.iter().filter_map(solution).collect()
    }
}

/// Whether values of these types can be the results, and whether broadcasting makes them so.
fn judge(task: &Task, values: &[Value]) -> (bool, bool) {
    let each = || task.examples.iter().zip(values);
    let fits = each().all(|(example, value)| match value {
        Value::Array { dtype, weak, .. } => example.expected.fits(*dtype, *weak, value.shape()),
        Value::Tuple(_) => false,
    });
    let spreads = each().all(|(example, value)| {
        let (from, to) = (value.shape(), &example.expected.shape);
        from.len() <= to.len() && from.iter().rev().zip(to.iter().rev()).all(|(a, b)| a == b || *a == 1)
    });
    (fits, spreads)
}
