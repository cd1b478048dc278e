//! The values that are there, each with the cheapest program that was found for it.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::ir::{Const, DType, Data, Type, Value};

/// The number of an entry.
pub(super) type EntryId = u32;

/// The number of a signature: the dtypes and shapes of a value on all examples, and the constant that it is, if it is one.
pub(super) type SignatureId = u32;

/// How a value is made.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Made {
    /// It is a parameter.
    Parameter(usize),
    /// It is a constant.
    Constant(Const),
    /// By a production from other entries.
    Op(u16, SmallVec<[EntryId; 3]>),
}

struct Entry {
    made: Made,
    token: u16,
    /// The cost of all below the root's token.
    inner: u32,
    signature: SignatureId,
    /// One on each example.
    values: Box<[Value]>,
    /// The ops that it is made of, the nearest first.
    parts: SmallVec<[EntryId; 6]>,
}

/// So many ops of an entry are known as its parts.
const MOST_PARTS: usize = 6;

/// What entries have in common that no rule can tell apart by types.
pub(super) struct Signature {
    /// The type on each example.
    pub types: Vec<Type>,
    /// The constant, if it is one.
    pub constant: Option<Const>,
    /// The result of the task can have these dtypes and shapes.
    pub fits: bool,
    /// It is made equal to the result's shape by broadcasting.
    pub spreads: bool,
}

/// All entries.
#[derive(Default)]
pub(super) struct Bank {
    entries: Vec<Entry>,
    by_value: FxHashMap<u64, EntryId>,
    signatures: Vec<Signature>,
    by_types: FxHashMap<SmallVec<[u32; 24]>, SignatureId>,
    /// By token, then by inner cost.
    buckets: Vec<Vec<Vec<EntryId>>>,
    /// The tokens that have entries.
    live: Vec<u16>,
    /// Elements of all values.
    pub elements: usize,
}

/// What is added to a bank.
pub(super) struct New {
    pub made: Made,
    pub token: u16,
    pub inner: u32,
    pub values: Vec<Value>,
}

impl Bank {
    pub fn new(tokens: usize) -> Bank {
        Bank { buckets: vec![Vec::new(); tokens], ..Bank::default() }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn made(&self, entry: EntryId) -> Made {
        self.entries[entry as usize].made.clone()
    }

    pub fn values(&self, entry: EntryId) -> &[Value] {
        &self.entries[entry as usize].values
    }

    pub fn token(&self, entry: EntryId) -> u16 {
        self.entries[entry as usize].token
    }

    /// Ops that an entry is made of.
    pub fn parts(&self, entry: EntryId) -> &[EntryId] {
        &self.entries[entry as usize].parts
    }

    pub fn inner(&self, entry: EntryId) -> u32 {
        self.entries[entry as usize].inner
    }

    pub fn signature_of(&self, entry: EntryId) -> SignatureId {
        self.entries[entry as usize].signature
    }

    pub fn signature(&self, id: SignatureId) -> &Signature {
        &self.signatures[id as usize]
    }

    /// The entry with these values on all examples.
    pub fn find(&self, hash: u64) -> Option<EntryId> {
        self.by_value.get(&hash).copied()
    }

    /// The entries of a token whose inner cost is this.
    pub fn bucket(&self, token: u16, inner: u32) -> &[EntryId] {
        self.buckets[token as usize].get(inner as usize).map_or(&[], Vec::as_slice)
    }

    /// The tokens that have entries, in order.
    pub fn live(&self) -> &[u16] {
        &self.live
    }

    /// The highest inner cost of a token's entries, and one more.
    pub fn highest(&self, token: u16) -> u32 {
        self.buckets[token as usize].len() as u32
    }

    /// Adds an entry. One that is not `listed` is no operand of others.
    pub fn add(&mut self, new: New, hash: u64, judge: &dyn Fn(&[Value]) -> (bool, bool), listed: bool) -> EntryId {
        let id = self.entries.len() as EntryId;
        let constant = if let Made::Constant(c) = new.made { Some(c) } else { None };
        let signature = self.signature_for(&new.values, constant, judge);
        if listed {
            let levels = &mut self.buckets[new.token as usize];
            if levels.is_empty() {
                let at = self.live.partition_point(|token| *token < new.token);
                self.live.insert(at, new.token);
            }
            if levels.len() <= new.inner as usize {
                levels.resize_with(new.inner as usize + 1, Vec::new);
            }
            levels[new.inner as usize].push(id);
            self.by_value.insert(hash, id);
        }
        self.elements += new.values.iter().map(|value| 4 + value.shape().iter().product::<usize>()).sum::<usize>();
        let mut parts: SmallVec<[EntryId; 6]> = SmallVec::new();
        if let Made::Op(_, operands) = &new.made {
            let of_operands = operands.iter().flat_map(|operand| self.parts(*operand));
            for part in operands.iter().chain(of_operands) {
                if parts.len() < MOST_PARTS && !parts.contains(part) && matches!(self.entries[*part as usize].made, Made::Op(..)) {
                    parts.push(*part);
                }
            }
        }
        let values = new.values.into_boxed_slice();
        self.entries.push(Entry { made: new.made, token: new.token, inner: new.inner, signature, values, parts });
        id
    }

    fn signature_for(&mut self, values: &[Value], constant: Option<Const>, judge: &dyn Fn(&[Value]) -> (bool, bool)) -> SignatureId {
        let mut key: SmallVec<[u32; 24]> = SmallVec::new();
        for value in values {
            if let Value::Array { dtype, weak, .. } = value {
                key.push(*dtype as u32 * 2 + u32::from(*weak));
                key.push(value.shape().len() as u32);
                key.extend(value.shape().iter().map(|n| *n as u32));
            }
        }
        if let Some(constant) = constant {
            let bits = constant.as_f64().to_bits();
            key.extend([u32::MAX, bits as u32, (bits >> 32) as u32]);
        }
        if let Some(&id) = self.by_types.get(&key) {
            return id;
        }
        let id = self.signatures.len() as SignatureId;
        let (fits, spreads) = judge(values);
        self.signatures.push(Signature { types: values.iter().map(Value::ty).collect(), constant, fits, spreads });
        self.by_types.insert(key, id);
        id
    }
}

/// A hash of values by their dtypes, shapes and elements; floats that differ in their last bits alone have the same. `None` if a
/// value is no array, too large, or not finite where only finite ones are wanted.
pub(super) fn hash(values: &[Value], most: usize, finite: bool) -> Option<u64> {
    let mut hash = 0x9e37_79b9_7f4a_7c15_u64;
    let mut mix = |word: u64| {
        let product = u128::from(hash ^ word) * 0xd6e8_feb8_6659_fd93_u128;
        hash = (product as u64) ^ ((product >> 64) as u64).rotate_left(29);
    };
    for value in values {
        let Value::Array { dtype, weak, data } = value else { return None };
        if value.shape().iter().product::<usize>() > most {
            return None;
        }
        mix((*dtype as u64) << 8 | u64::from(*weak) << 4 | value.shape().len() as u64);
        value.shape().iter().for_each(|n| mix(*n as u64));
        match data {
            Data::Bool(data) => data.iter().for_each(|b| mix(u64::from(*b))),
            Data::Int(data) => data.iter().for_each(|n| mix(*n as u64 ^ 0x5555)),
            Data::Float(data) => {
                for x in data {
                    if finite && !x.is_finite() {
                        return None;
                    }
                    mix(rounded(*x, *dtype));
                }
            }
        }
    }
    Some(hash)
}

/// The bits of a float without those that depend on the order of operations.
fn rounded(x: f64, dtype: DType) -> u64 {
    if x.abs() < 1e-14 {
        return 0;
    }
    let dropped = if dtype == DType::F64 { 14 } else { 34 };
    x.to_bits().wrapping_add(1 << (dropped - 1)) >> dropped
}
