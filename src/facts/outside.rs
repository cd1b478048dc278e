use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::recording::{Place, Recording};
use super::words::{could_mean, private_words};
use super::{Elsewhere, Fact, Ground, OtherFile, Word, hash};
use crate::ir::{Dim, Shape, Type};
use crate::syntax::{Node, Tree};

/// What is known of one file from outside of it: a recorded run, the words of other files.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    pub(super) recording: Option<(Arc<Recording>, String)>,
    pub(super) elsewhere: Option<Arc<dyn Elsewhere>>,
}

impl Outside {
    /// The same, with what is asked of the rest of the tree.
    #[must_use]
    pub fn within(self, elsewhere: Arc<dyn Elsewhere>) -> Outside {
        Outside { elsewhere: Some(elsewhere), ..self }
    }

    /// Another file has the word; `None` if nothing is known of other files.
    pub fn mentions(&self, word: Word<'_>) -> Option<bool> {
        self.elsewhere.as_ref().map(|elsewhere| elsewhere.mentions(word))
    }

    /// The other files that have a private name of a text; `None` if they are not to be read, or one of them surely does more than to
    /// import and to call what has the name.
    pub fn files_with(&self, name: &str, text: &str) -> Option<Vec<OtherFile>> {
        let elsewhere = self.elsewhere.as_deref()?;
        if elsewhere.mentions(Word::End(name)) || could_mean(&|word| elsewhere.mentions(word), name) {
            return None;
        }
        let files = elsewhere.files_with(name).filter(|files| files.iter().all(|file| file.may_only_call(name)))?;
        let own: BTreeSet<Word<'_>> = private_words(text.as_bytes()).collect();
        (!could_mean(&|word| own.contains(&word), name)).then_some(files)
    }

    /// True if it holds no fact.
    pub fn is_empty(&self) -> bool {
        self.recording.is_none()
    }

    /// The same for a text that was edited to another that does the same: what was recorded of a function holds of its new text.
    pub fn after_edit(&self, old: &Tree, new: &Tree) -> Outside {
        let Some((recording, path)) = &self.recording else { return self.clone() };
        let mut recording = Recording::clone(recording);
        for function in functions(new) {
            let name = super::python::qualified_name(function);
            let Some(record) = recording.functions.get_mut(&format!("{path}::{name}")) else { continue };
            let mut before = functions(old).filter(|function| super::python::qualified_name(*function) == name);
            if let (Some(before), None) = (before.next(), before.next())
                && record.hash == hash(before.text())
            {
                record.hash = hash(function.text());
            }
        }
        Outside { recording: Some((Arc::new(recording), path.clone())), ..self.clone() }
    }

    /// What was recorded of a function, if its text is still the same: facts by name, those of arguments or those of locals.
    pub(super) fn recorded(&self, function: &str, text: &str, place: Place) -> BTreeMap<String, Fact> {
        let Some((recording, path)) = &self.recording else { return BTreeMap::new() };
        let record = recording.functions.get(&format!("{path}::{function}")).filter(|record| record.hash == hash(text));
        let names = record.into_iter().flat_map(|record| record.names.iter().map(|(name, value)| (record.calls, name, value)));
        names
            .filter(|(_, _, value)| value.at == place)
            .filter_map(|(calls, name, value)| Some((name.clone(), value.fact(calls)?)))
            .collect()
    }
}

fn functions(tree: &Tree) -> impl Iterator<Item = Node<'_>> {
    tree.root().descendants().filter(|node| node.kind() == "function_definition")
}

/// What holds of a value that is one of several: in each of the calls of a function, say. Lengths are kept only where they are
/// numbers, for symbols mean something in their own functions alone.
pub fn join(facts: &[Fact]) -> Option<Fact> {
    let (first, rest) = facts.split_first()?;
    let mut all = Fact { ty: own_lengths(&first.ty, &first.ty)?, ..first.clone() };
    for fact in rest {
        if fact.library != all.library || fact.reference != all.reference || fact.ty.is_weak() != all.ty.is_weak() {
            return None;
        }
        all.ty = own_lengths(&all.ty, &fact.ty)?;
        all.ground = all.ground.max(fact.ground);
    }
    all.ground = all.ground.max(Ground::Inferred);
    Some(all)
}

fn own_lengths(a: &Type, b: &Type) -> Option<Type> {
    let (Type::Array { dtype: d, weak, shape: s }, Type::Array { dtype: e, shape: t, .. }) = (a, b) else { return None };
    let dtype = d.filter(|_| d == e);
    if *weak && dtype.is_none() {
        return None;
    }
    let shape = match (s.dims(), t.dims()) {
        (Some(x), Some(y)) if x.len() == y.len() => {
            let known = |(a, b): (&Dim, &Dim)| if a == b && a.as_known().is_some() { a.clone() } else { Dim::Unknown };
            Shape::Ranked(x.iter().zip(y).map(known).collect())
        }
        _ => Shape::Unknown,
    };
    Some(Type::Array { dtype, weak: *weak, shape })
}
