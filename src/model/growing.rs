//! A list that grows at its end while others read what is there: a clone shares everything with the list that it was
//! made of, costs next to nothing, and never changes.

use std::ops::Index;
use std::sync::{Arc, OnceLock};

/// Values in order. Of a list and its clones one alone may grow.
#[derive(Debug)]
pub struct Growing<T> {
    /// Of `FIRST` cells, then each of twice as many up to `MOST`.
    chunks: Vec<Arc<[OnceLock<T>]>>,
    len: usize,
}

const FIRST: usize = 32;
const MOST: usize = 4096;
const DOUBLED: usize = (MOST / FIRST).ilog2() as usize;

/// The chunk in which a value lies, and where in it.
fn place(index: usize) -> (usize, usize) {
    let index = index + FIRST;
    let doubled = ((index / FIRST).ilog2() as usize).min(DOUBLED);
    let size = FIRST << doubled;
    (doubled + index / size - 1, index % size)
}

fn alone<T>(chunk: &mut Arc<[OnceLock<T>]>) -> std::slice::IterMut<'_, OnceLock<T>> {
    match Arc::get_mut(chunk) {
        Some(chunk) => chunk.iter_mut(),
        None => panic!("a clone shares these values"),
    }
}

impl<T> Growing<T> {
    /// Adds a value at the end.
    pub fn push(&mut self, value: T) {
        let (chunk, cell) = place(self.len);
        if chunk == self.chunks.len() {
            let size = FIRST << chunk.min(DOUBLED);
            self.chunks.push((0..size).map(|_| OnceLock::new()).collect());
        }
        let alone = self.chunks[chunk][cell].set(value).is_ok();
        debug_assert!(alone, "another clone has grown");
        self.len += 1;
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value at `index`.
    pub fn get(&self, index: usize) -> Option<&T> {
        let (chunk, cell) = place(index);
        if index < self.len { self.chunks.get(chunk)?.get(cell)?.get() } else { None }
    }

    /// All values.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        (0..self.len).map(|index| &self[index])
    }

    /// All values, to be changed. Panics where a clone shares them.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.chunks.iter_mut().flat_map(alone).filter_map(OnceLock::get_mut)
    }

    /// The last value, to be changed.
    pub fn last_mut(&mut self) -> Option<&mut T> {
        let (chunk, cell) = place(self.len.checked_sub(1)?);
        Arc::get_mut(self.chunks.get_mut(chunk)?)?.get_mut(cell)?.get_mut()
    }

    /// The index of the first value that is not `before`, where those that are stand before those that are not.
    pub fn partition_point(&self, before: impl Fn(&T) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len);
        while low < high {
            let middle = low + (high - low) / 2;
            if before(&self[middle]) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

impl<T> Clone for Growing<T> {
    fn clone(&self) -> Growing<T> {
        Growing { chunks: self.chunks.clone(), len: self.len }
    }
}

impl<T> Default for Growing<T> {
    fn default() -> Growing<T> {
        Growing { chunks: Vec::new(), len: 0 }
    }
}

impl<T> Index<usize> for Growing<T> {
    type Output = T;

    /// Panics where there is no such value.
    fn index(&self, index: usize) -> &T {
        let (chunk, cell) = place(index);
        match self.chunks[chunk][cell].get() {
            Some(value) => value,
            None => panic!("there is no value {index} of {}", self.len),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lie_in_chunks_one_behind_the_other() {
        let mut expected = (0, 0);
        for index in 0..40_000 {
            assert_eq!(place(index), expected);
            expected.1 += 1;
            if expected.1 == FIRST << expected.0.min(DOUBLED) {
                expected = (expected.0 + 1, 0);
            }
        }
    }

    #[test]
    fn a_clone_stays_as_it_was_while_the_list_grows() {
        let mut list = Growing::default();
        let mut clones = Vec::new();
        for number in 0..10_000 {
            if number % 999 == 0 {
                clones.push(list.clone());
            }
            list.push(number);
        }
        for (nth, clone) in clones.iter().enumerate() {
            assert!(clone.iter().copied().eq(0..nth * 999));
            assert_eq!((clone.get(clone.len()), clone.len()), (None, nth * 999));
        }
        assert_eq!(list.iter().next_back(), Some(&9_999));
        assert_eq!(list.partition_point(|number| *number < 4321), 4321);
        drop(clones);
        list.iter_mut().for_each(|number| *number *= 2);
        *list.last_mut().unwrap() += 1;
        assert_eq!((list[9_998], list[9_999]), (19_996, 19_999));
    }
}
