//! Several capture files as one, by time; a single one in its own order.
//!
//! Each file keeps its own order: of the frames that come next in each, the earliest goes first, and among equals that
//! of the earlier file. A frame without a time goes right behind the one before it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::IpAddr;
use std::ops::Range;

use super::reader::{Reader, Record, Section, Step};
use crate::diagnostic::Note;
use crate::error::Error;
use crate::frame::{Frame, FrameNumber};

/// The next thing that one of the files says.
pub(super) enum Found {
    /// A frame of this file; [`Merge::frame`] gives it.
    Frame(u16, Record),
    Secrets(u16, Range<usize>),
    Name(IpAddr, String),
    Warning(Note),
    Idle,
    End {
        truncated: bool,
    },
}

/// Walks several files at once.
pub(super) struct Merge {
    readers: Vec<Reader>,
    /// The record that comes next in each file, where it is among the heads.
    records: Vec<Option<Record>>,
    /// Times and files of these records, the earliest first.
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
            records: vec![None; readers.len()],
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
        self.readers
            .iter()
            .zip(&self.records)
            .map(|(reader, record)| record.map_or(reader.offset(), |record| record.offset))
    }

    /// A frame that was found last.
    #[inline]
    pub(super) fn frame(&mut self, file: u16, record: &Record, number: FrameNumber) -> Frame<'_> {
        self.readers[usize::from(file)].frame(record, number)
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
            if let Some(record) = self.records[usize::from(file)] {
                return Ok(Found::Frame(file, record));
            }
        }
        // A file may have grown when this is asked again.
        self.waiting.append(&mut self.ended);
        Ok(Found::End { truncated: self.truncated })
    }

    /// Asks a file for its next record, which goes among the heads; whatever else it says comes out.
    #[inline]
    fn advance(&mut self, file: u16) -> Result<Option<Found>, Error> {
        let at = usize::from(file);
        self.records[at] = None;
        let found = match self.readers[at].step()? {
            Step::Record(record) => {
                self.records[at] = Some(record);
                self.waiting.pop();
                if self.readers.len() == 1 {
                    self.waiting.push(file);
                    return Ok(Some(Found::Frame(file, record)));
                }
                let time = if record.time.0 == 0 { i64::MIN } else { record.time.0 };
                self.heads.push(Reverse((time, file)));
                return Ok(None);
            }
            Step::End { truncated } => {
                self.truncated |= truncated;
                self.waiting.pop();
                self.ended.push(file);
                return Ok(None);
            }
            Step::Secrets(range) => Found::Secrets(file, range),
            Step::Name(address, name) => Found::Name(address, name),
            Step::Warning(note) | Step::Damage(note) => Found::Warning(note),
            Step::Pending | Step::Section(_) | Step::Interface(_) => Found::Idle,
        };
        Ok(Some(found))
    }
}
