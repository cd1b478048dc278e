//! [`Out`].

use std::marker::PhantomData;
use std::ops::Range;

/// The memory of a result, of which several threads write parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Out<'a> {
    first: *mut f32,
    length: usize,
    borrowed: PhantomData<&'a mut [f32]>,
}

// SAFETY: a result is borrowed alone, and whoever takes a part of it vouches that nothing else has that part.
unsafe impl Send for Out<'_> {}
// SAFETY: as above.
unsafe impl Sync for Out<'_> {}

impl<'a> Out<'a> {
    /// The memory of a slice, which is borrowed as long.
    pub fn new(elements: &'a mut [f32]) -> Out<'a> {
        Out { first: elements.as_mut_ptr(), length: elements.len(), borrowed: PhantomData }
    }

    /// Where some places are.
    ///
    /// # Panics
    /// If they are not within the memory.
    pub fn places(&self, places: Range<usize>) -> *mut f32 {
        assert!(places.start <= places.end && places.end <= self.length, "a part of a result is beyond its memory");
        self.first.wrapping_add(places.start)
    }

    /// Some elements.
    ///
    /// # Safety
    /// As long as they are borrowed nothing else reads or writes them.
    ///
    /// # Panics
    /// If they are not within the memory.
    pub unsafe fn part<'b>(&self, places: Range<usize>) -> &'b mut [f32]
    where
        'a: 'b,
    {
        let length = places.len();
        // SAFETY: the places are within memory that is borrowed for longer, and the caller vouches that they are borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(self.places(places), length) }
    }
}
