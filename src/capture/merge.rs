//! Several capture files as one, by time; a single one in its own order.
//!
//! Each file keeps its own order: of the frames that come next in each, the earliest goes first, and among equals that
//! of the earlier file. A frame without a time goes right behind the one before it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use super::reader::{Aside, Reader, Section, Step};
use crate::error::Error;
use crate::frame::{Frame, FrameNumber};

/// The next thing that one of the files says.
pub(super) enum Found {
    /// A frame of this file; [`Merge::frame`] gives it.
    Frame(u16),
    /// Secrets, a name or a warning.
    Aside(u16, Box<Aside>),
    Idle,
    End {
        truncated: bool,
    },
}

/// Walks several files at once.
pub(super) struct Merge {
    readers: Vec<Reader>,
    /// Whether the record that each reader found last has not been passed yet.
    found: Vec<bool>,
    /// Times and files of the records that come next in each file, the earliest first.
    heads: BinaryHeap<Reverse<(i64, u16)>>,
    /// Files whose next record is not known yet, and those that have ended.
    waiting: Vec<u16>,
    ended: Vec<u16>,
    truncated: bool,
}

impl Merge {
    /// Of these files, numbered in this order.
    pub(super) fn new(readers: Vec<Reader>) -> Merge {
        let mut merge = Merge {
            found: vec![false; readers.len()],
            heads: BinaryHeap::with_capacity(readers.len()),
            waiting: Vec::with_capacity(readers.len()),
            ended: Vec::with_capacity(readers.len()),
            truncated: false,
            readers,
        };
        merge.restart();
        merge
    }

    fn restart(&mut self) {
        self.heads.clear();
        self.ended.clear();
        self.waiting.clear();
        // The last one is asked first.
        self.waiting.extend((0..self.readers.len() as u16).rev());
    }

    /// Goes to these places, each behind where its file is.
    pub(super) fn seek<'a>(&mut self, places: impl Iterator<Item = (Option<&'a Section>, u64)>) {
        self.restart();
        for (reader, (section, offset)) in self.readers.iter_mut().zip(places) {
            if let Some(section) = section {
                reader.seek(section, offset);
            }
        }
    }

    /// The files.
    pub(super) fn readers(&self) -> &[Reader] {
        &self.readers
    }

    /// For each file where its next record lies, as it is while a frame that [`Merge::step`] found is looked at.
    pub(super) fn offsets(&self) -> impl Iterator<Item = u64> + '_ {
        let next =
            |(reader, found): (&Reader, &bool)| if *found { reader.record().offset } else { reader.offset() };
        self.readers.iter().zip(&self.found).map(next)
    }

    /// The frame that the last step found in this file.
    #[inline]
    pub(super) fn frame(&mut self, file: u16, number: FrameNumber) -> Frame<'_> {
        self.readers[usize::from(file)].frame(number)
    }

    /// Bytes of a file's window.
    pub(super) fn slice(&self, file: u16, range: Range<usize>) -> &[u8] {
        self.readers[usize::from(file)].slice(range)
    }

    /// The next thing that any of the files says.
    #[inline]
    pub(super) fn step(&mut self) -> Result<Found, Error> {
        while let Some(&file) = self.waiting.last() {
            if let Some(found) = self.advance(file)? {
                return Ok(found);
            }
        }
        if let Some(Reverse((_, file))) = self.heads.pop() {
            self.waiting.push(file);
            return Ok(Found::Frame(file));
        }
        // A file may have grown when this is asked again.
        self.waiting.append(&mut self.ended);
        Ok(Found::End { truncated: self.truncated })
    }

    /// Asks a file for its next record, which goes among the heads; whatever else it says comes out.
    #[inline]
    fn advance(&mut self, file: u16) -> Result<Option<Found>, Error> {
        let at = usize::from(file);
        self.found[at] = false;
        match self.readers[at].step()? {
            Step::Record => {
                self.found[at] = true;
                if self.readers.len() == 1 {
                    return Ok(Some(Found::Frame(file)));
                }
                self.waiting.pop();
                let time = self.readers[at].record().time.0;
                self.heads.push(Reverse((if time == 0 { i64::MIN } else { time }, file)));
                Ok(None)
            }
            Step::End { truncated } => {
                self.truncated |= truncated;
                self.waiting.pop();
                self.ended.push(file);
                Ok(None)
            }
            Step::Pending => Ok(Some(Found::Idle)),
            Step::Aside(aside) => Ok(Some(Found::Aside(file, aside))),
        }
    }
}
