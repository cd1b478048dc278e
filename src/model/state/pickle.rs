//! The part of pickle that a `state_dict` needs: containers, numbers, texts, and the few calls that make tensors.
//!
//! A pickle is a program for a stack machine (the opcodes are those of Python's `pickletools`). Here a call is data: what is not one of
//! the calls that `torch.save` writes for tensors is refused by its name, and nothing is ever imported or run.

use std::collections::HashMap;
use std::rc::Rc;

/// What a pickle makes.
#[derive(Debug, Clone)]
pub(super) enum Item {
    None,
    Int(i64),
    Text(Rc<str>),
    Tuple(Rc<Vec<Item>>),
    /// A list or set.
    List(Rc<std::cell::RefCell<Vec<Item>>>),
    Dict(Rc<std::cell::RefCell<Vec<(Item, Item)>>>),
    /// A name of a module, which is not imported.
    Global(Rc<str>),
    /// What the file keeps elsewhere: the storage of a tensor.
    Kept(Rc<Item>),
    /// A call of a global that is data.
    Call(Rc<(Rc<str>, Item)>),
    /// A truth value, number or bytes of which nobody asks.
    Other,
}

/// The calls that are data.
const CALLS: &[&str] = &[
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_parameter",
    "collections.OrderedDict",
    "torch.Size",
    "torch.device",
];

/// No stack of a file of weights is deeper, and no memo longer.
const LIMIT: usize = 1 << 22;

/// Runs a pickle.
pub(super) fn read(bytes: &[u8]) -> Result<Item, String> {
    let mut machine = Machine { bytes, at: 0, stack: Vec::new(), marks: Vec::new(), memo: HashMap::new() };
    loop {
        if machine.stack.len() > LIMIT || machine.memo.len() > LIMIT {
            return Err("a pickle of too many items".to_owned());
        }
        if let Some(item) = machine.step()? {
            return Ok(item);
        }
    }
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    stack: Vec<Item>,
    marks: Vec<usize>,
    memo: HashMap<usize, Item>,
}

impl Machine<'_> {
    /// One opcode; the result where it is the last.
    fn step(&mut self) -> Result<Option<Item>, String> {
        let code = self.take(1)?[0];
        match code {
            b'.' => return self.pop().map(Some),
            0x80 => drop(self.take(1)?),
            0x95 => drop(self.take(8)?),
            b'(' => self.marks.push(self.stack.len()),
            b'N' => self.stack.push(Item::None),
            0x88 | 0x89 => self.stack.push(Item::Other),
            b'K' => {
                let n = self.take(1)?[0];
                self.stack.push(Item::Int(i64::from(n)));
            }
            b'M' => {
                let n = self.number(2)?;
                self.stack.push(Item::Int(n as i64));
            }
            b'J' => {
                let n = self.number(4)? as u32 as i32;
                self.stack.push(Item::Int(i64::from(n)));
            }
            0x8a => {
                let length = self.number(1)?;
                let long = self.long(length)?;
                self.stack.push(long);
            }
            b'G' => {
                self.take(8)?;
                self.stack.push(Item::Other);
            }
            b'X' | 0x8c | 0x8d => {
                let length = self.number(match code {
                    b'X' => 4,
                    0x8c => 1,
                    _ => 8,
                })?;
                let text = std::str::from_utf8(self.take(length)?).map_err(|_| "a text that is no UTF-8")?;
                let item = Item::Text(Rc::from(text));
                self.stack.push(item);
            }
            b'B' | b'C' | 0x8e => {
                let length = self.number(match code {
                    b'B' => 4,
                    b'C' => 1,
                    _ => 8,
                })?;
                self.take(length)?;
                self.stack.push(Item::Other);
            }
            b')' => self.stack.push(Item::Tuple(Rc::default())),
            b']' | 0x8f => self.stack.push(Item::List(Rc::default())),
            b'}' => self.stack.push(Item::Dict(Rc::default())),
            0x85..=0x87 => {
                let count = usize::from(code - 0x84);
                let items = self.several(count)?;
                self.stack.push(Item::Tuple(Rc::new(items)));
            }
            b't' => {
                let items = self.marked()?;
                self.stack.push(Item::Tuple(Rc::new(items)));
            }
            b'l' => {
                let items = self.marked()?;
                self.stack.push(Item::List(Rc::new(items.into())));
            }
            b'd' => {
                let items = self.marked()?;
                self.stack.push(Item::Dict(Rc::default()));
                self.set(items)?;
            }
            b'a' | b'e' | 0x90 => {
                let items = if code == b'a' { self.several(1)? } else { self.marked()? };
                match self.stack.last() {
                    Some(Item::List(list)) => list.borrow_mut().extend(items),
                    _ => return Err("an item is appended to no list".to_owned()),
                }
            }
            b's' | b'u' => {
                let items = if code == b's' { self.several(2)? } else { self.marked()? };
                self.set(items)?;
            }
            b'0' => drop(self.pop()?),
            b'q' | b'r' => {
                let place = self.number(if code == b'q' { 1 } else { 4 })?;
                self.remember(place)?;
            }
            0x94 => self.remember(self.memo.len())?,
            b'h' | b'j' => {
                let place = self.number(if code == b'h' { 1 } else { 4 })?;
                let item = self.memo.get(&place).cloned().ok_or("an item that was never kept")?;
                self.stack.push(item);
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.stack.push(Item::Global(Rc::from(format!("{module}.{name}"))));
            }
            0x93 => {
                let items = self.several(2)?;
                let [Item::Text(module), Item::Text(name)] = &items[..] else { return Err("a name that is no text".to_owned()) };
                self.stack.push(Item::Global(Rc::from(format!("{module}.{name}"))));
            }
            b'Q' => {
                let item = self.pop()?;
                self.stack.push(Item::Kept(Rc::new(item)));
            }
            b'R' | 0x81 => self.call()?,
            b'b' => {
                // The state of an object: what a dictionary of weights has besides its items.
                self.pop()?;
            }
            other => return Err(format!("the opcode {other:#04x} of pickle, which files of weights do not have, is refused")),
        }
        Ok(None)
    }

    fn call(&mut self) -> Result<(), String> {
        let (arguments, function) = (self.pop()?, self.pop()?);
        let Item::Global(path) = function else { return Err("a call of what is no function is refused".to_owned()) };
        if !CALLS.contains(&&*path) {
            return Err(format!("it calls `{path}`, which makes no tensor: such a file is refused; save the state_dict() alone"));
        }
        self.stack.push(match &*path {
            "collections.OrderedDict" => Item::Dict(Rc::default()),
            _ => Item::Call(Rc::new((path, arguments))),
        });
        Ok(())
    }

    fn set(&mut self, items: Vec<Item>) -> Result<(), String> {
        let Some(Item::Dict(dict)) = self.stack.last() else { return Err("an item is set in no dictionary".to_owned()) };
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            dict.borrow_mut().push((key, value));
        }
        Ok(())
    }

    fn remember(&mut self, place: usize) -> Result<(), String> {
        let item = self.stack.last().cloned().ok_or("nothing is kept")?;
        self.memo.insert(place, item);
        Ok(())
    }

    fn pop(&mut self) -> Result<Item, String> {
        self.stack.pop().ok_or_else(|| "an empty stack".to_owned())
    }

    fn several(&mut self, count: usize) -> Result<Vec<Item>, String> {
        let start = self.stack.len().checked_sub(count).ok_or("an empty stack")?;
        Ok(self.stack.split_off(start))
    }

    fn marked(&mut self) -> Result<Vec<Item>, String> {
        let mark = self.marks.pop().filter(|mark| *mark <= self.stack.len()).ok_or("a mark is missing")?;
        Ok(self.stack.split_off(mark))
    }

    fn take(&mut self, count: usize) -> Result<&[u8], String> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len()).ok_or("the file ends early")?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn number(&mut self, bytes: usize) -> Result<usize, String> {
        let taken = self.take(bytes)?;
        Ok(taken.iter().rev().fold(0usize, |n, byte| n << 8 | usize::from(*byte)))
    }

    fn long(&mut self, bytes: usize) -> Result<Item, String> {
        let taken = self.take(bytes)?;
        if bytes > 8 {
            return Ok(Item::Other);
        }
        let negative = taken.last().is_some_and(|byte| *byte >= 0x80);
        let start = if negative { -1i64 } else { 0 };
        Ok(Item::Int(taken.iter().rev().fold(start, |n, byte| n << 8 | i64::from(*byte))))
    }

    fn line(&mut self) -> Result<String, String> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or("the file ends early")?;
        let line = std::str::from_utf8(&rest[..end]).map_err(|_| "a name that is no text")?.to_owned();
        self.at += end + 1;
        Ok(line)
    }
}
