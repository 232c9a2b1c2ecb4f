//! The system's allocator, which counts what is held at once. What SQLite asks of the system itself is not counted: the fuzzer's own limit on one
//! allocation holds for that.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

pub(crate) struct Counted {
    held: AtomicUsize,
    most: AtomicUsize,
}

impl Counted {
    pub(crate) const NOTHING: Self = Self { held: AtomicUsize::new(0), most: AtomicUsize::new(0) };

    /// Forgets what was held at most before; gives what is held now, bytes.
    pub(crate) fn count_from_here(&self) -> usize {
        let held = self.held.load(Relaxed);
        self.most.store(held, Relaxed);
        held
    }

    /// Most that was held at once above what was held before, bytes.
    pub(crate) fn most_since(&self, before: usize) -> usize {
        self.most.load(Relaxed).saturating_sub(before)
    }

    fn add(&self, bytes: usize) {
        let held = self.held.fetch_add(bytes, Relaxed) + bytes;
        self.most.fetch_max(held, Relaxed);
    }
}

// SAFETY: everything is the system allocator's; numbers are counted beside it.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.add(layout.size());
        // SAFETY: the caller's promise is the same.
        unsafe { System.alloc(layout) }
    }

    // Zeroed pages are not touched until they are used: a swollen size costs no time here, and is counted all the same.
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.add(layout.size());
        // SAFETY: the caller's promise is the same.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        self.held.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promise is the same.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.add(size);
        self.held.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promise is the same.
        unsafe { System.realloc(pointer, layout, size) }
    }
}
