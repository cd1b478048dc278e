//! Arrays of an interpreted program.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::ir::{DType, Dim, Id};

/// An array. Two names may have the same one, and views of one memory are several that share it.
pub struct Tensor {
    state: RefCell<State>,
    memory: Rc<Memory>,
    /// The change of the memory that it has seen.
    seen: Cell<u32>,
    /// What it is to the module that has it.
    pub role: RefCell<Option<Role>>,
}

/// What a tensor is to the module that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// True for a parameter, false for a buffer.
    pub is_parameter: bool,
    /// True if a file of weights has it.
    pub is_stored: bool,
    /// The name in such a file, once its module is made.
    pub name: Option<Rc<str>>,
    /// True once its elements are those of the file, or others were set since.
    pub is_read: bool,
}

/// What a tensor's elements are.
#[derive(Debug, Clone)]
pub enum State {
    /// A term.
    Term(Id),
    /// All alike, and not made yet.
    Fresh {
        /// Lengths of its axes.
        dims: Vec<Dim>,
        /// Element type.
        dtype: DType,
        /// What they are.
        fill: Fill,
    },
}

/// What fills a new tensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fill {
    /// A number.
    Number(f64),
    /// Whatever the memory held.
    Nothing,
    /// Random numbers.
    Random,
}

#[derive(Default)]
struct Memory {
    changes: Cell<u32>,
}

impl Tensor {
    /// A tensor with memory of its own.
    pub fn new(state: State) -> Tensor {
        Tensor { state: RefCell::new(state), memory: Rc::default(), seen: Cell::new(0), role: RefCell::new(None) }
    }

    /// A tensor that shares another's memory.
    pub fn view(state: State, of: &Tensor) -> Tensor {
        Tensor { state: RefCell::new(state), memory: of.memory.clone(), seen: Cell::new(of.seen.get()), role: RefCell::new(None) }
    }

    /// The same elements in memory of their own.
    pub fn copied(&self) -> Tensor {
        let copy = Tensor::new(self.state.borrow().clone());
        *copy.role.borrow_mut() = self.role.borrow().clone();
        copy
    }

    /// Its elements.
    ///
    /// # Errors
    /// If they were changed through another view of the same memory: what they are then is not followed.
    pub fn state(&self) -> Result<State, String> {
        let is_kept = self.role.borrow().as_ref().is_some_and(|role| role.is_stored && !role.is_read);
        if self.seen.get() != self.memory.changes.get() && !is_kept {
            return Err("its memory was changed in place through another view, which is not followed: write it without the change".into());
        }
        Ok(self.state.borrow().clone())
    }

    /// Puts other elements in its memory: other tensors on it are stale from then on.
    ///
    /// # Errors
    /// If it is stale itself.
    pub fn set(&self, state: State) -> Result<(), String> {
        self.state()?;
        let changes = self.memory.changes.get() + 1;
        self.memory.changes.set(changes);
        self.seen.set(changes);
        *self.state.borrow_mut() = state;
        if let Some(role) = self.role.borrow_mut().as_mut() {
            role.is_read = true;
        }
        Ok(())
    }

    /// Gives a tensor that was not made or read yet its term; no change.
    pub fn make(&self, id: Id) {
        *self.state.borrow_mut() = State::Term(id);
        self.seen.set(self.memory.changes.get());
        if let Some(role) = self.role.borrow_mut().as_mut() {
            role.is_read = true;
        }
    }
}
