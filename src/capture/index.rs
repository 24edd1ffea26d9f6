//! Reads frames again by their numbers: a sparse index over the input, and the walk from it.
//!
//! While the input streams, a checkpoint is kept for every 32 KiB of it: the number of a frame, and for each file of
//! the input where its next record lies. From there the same readers and the same merge walk on, so that whatever is
//! read again comes out as it first did.

use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::merge::{Found, Merge};
use super::pcapng::Interface;
use super::reader::{Layout, Reader, Section, Step};
use super::{About, Next, Source};
use crate::error::Error;
use crate::frame::{Frame, FrameNumber, Place};
use crate::limits::Limits;

/// Bytes of input between two checkpoints.
const INTERVAL: u64 = 32 << 10;
/// With more files than this the checkpoints, which grow with them, lie further apart.
const FILES: u64 = 8;

/// What must be known to read frames again.
#[derive(Default)]
pub(super) struct Index {
    limits: Limits,
    files: Vec<Indexed>,
    /// Numbers of the frames at the checkpoints; for each of them one offset for each file.
    numbers: Vec<FrameNumber>,
    offsets: Vec<u64>,
}

/// A file, and how it is laid out.
struct Indexed {
    /// `None` where it cannot be read twice.
    file: Option<Arc<File>>,
    sections: Vec<Section>,
    /// Sections and interfaces.
    size: usize,
}

/// The index, shared between the source that fills it and all who read again.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<Index>>);

impl Shared {
    pub(super) fn new(limits: &Limits) -> Shared {
        Shared(Arc::new(Mutex::new(Index { limits: limits.clone(), ..Index::default() })))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Index> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Index {
    /// The next file of the input.
    pub(super) fn file(&mut self, file: Option<Arc<File>>) {
        self.files.push(Indexed { file, sections: Vec::new(), size: 0 });
    }

    /// A section begins. `false` where that would be more than the limit.
    pub(super) fn section(&mut self, file: u16, section: Section) -> bool {
        let Some(indexed) = self.files.get_mut(usize::from(file)) else { return false };
        // A section that describes nothing has no packets that could be read again.
        let empty = |last: &Section| matches!(&last.layout, Layout::Pcapng { interfaces, .. } if interfaces.is_empty());
        if indexed.sections.last().is_some_and(empty) {
            indexed.sections.pop();
            indexed.size -= 1;
        }
        indexed.size += 1;
        indexed.sections.push(section);
        indexed.size <= self.limits.interfaces + 1
    }

    /// The section that began last has another interface. `false` where that would be more than the limit.
    pub(super) fn interface(&mut self, file: u16, interface: Interface) -> bool {
        let Some(indexed) = self.files.get_mut(usize::from(file)) else { return false };
        if let Some(Section { layout: Layout::Pcapng { interfaces, .. }, .. }) = indexed.sections.last_mut() {
            interfaces.push(interface);
        }
        indexed.size += 1;
        indexed.size <= self.limits.interfaces + 1
    }

    /// The last checkpoint at or before a frame: its number, its offsets, and the number of the next one.
    fn before(&self, number: FrameNumber) -> Option<(FrameNumber, &[u64], FrameNumber)> {
        let at = self.numbers.partition_point(|&checkpoint| checkpoint <= number).checked_sub(1)?;
        let offsets = &self.offsets[at * self.files.len()..(at + 1) * self.files.len()];
        let next = self.numbers.get(at + 1).copied().unwrap_or(FrameNumber::MAX);
        Some((self.numbers[at], offsets, next))
    }

    /// A reader of one file from `offset` on; `None` where that cannot be read again.
    fn reader(&self, file: usize, offset: u64) -> Option<Reader> {
        let indexed = self.files.get(file)?;
        let section = indexed.section(offset)?;
        Some(Reader::again(indexed.file.clone()?, file as u16, section, offset, &self.limits))
    }
}

impl Indexed {
    /// The section in which an offset lies; of what comes before all sections, the first one.
    fn section(&self, offset: u64) -> Option<&Section> {
        let at = self.sections.partition_point(|section| section.from <= offset);
        self.sections.get(at.saturating_sub(1))
    }
}

/// Sets the checkpoints while an input streams.
pub(super) struct Checkpoints {
    index: Shared,
    /// Bytes since the last one, and bytes from one to the next.
    since: u64,
    interval: u64,
}

impl Checkpoints {
    /// For an input of so many files.
    pub(super) fn new(index: Shared, files: usize) -> Checkpoints {
        let interval = INTERVAL * (files as u64).div_ceil(FILES);
        Checkpoints { index, since: interval, interval }
    }

    /// A frame of `length` bytes goes by; `offsets` says for each file where its next record lies, this one's included.
    #[inline]
    pub(super) fn pass<O: Iterator<Item = u64>>(
        &mut self,
        number: FrameNumber,
        length: usize,
        offsets: impl FnOnce() -> O,
    ) {
        if self.since >= self.interval {
            let mut index = self.index.lock();
            index.numbers.push(number);
            index.offsets.extend(offsets());
            self.since = 0;
        }
        self.since += 16 + length as u64;
    }

    /// Forgets an input of one file before its last checkpoint at or before `offset`; where that lies.
    pub(super) fn forget(&self, offset: u64) -> u64 {
        let mut index = self.index.lock();
        let gone = index.offsets.partition_point(|&checkpoint| checkpoint <= offset).saturating_sub(1);
        index.numbers.drain(..gone);
        index.offsets.drain(..gone);
        index.offsets.first().copied().unwrap_or(0)
    }
}

/// Reads frames of an input again, while it may still be streaming. Cheap to clone; each clone reads on its own.
#[derive(Clone)]
pub struct Frames(Shared);

impl Frames {
    pub(super) fn new(index: Shared) -> Frames {
        Frames(index)
    }

    /// The first frame that can be read again, and 1 before there is any: earlier ones were let go.
    pub fn first(&self) -> FrameNumber {
        self.0.lock().numbers.first().copied().unwrap_or(1)
    }

    /// A source of just these frames, numbered, timed and commented as when they were first read. `numbers` must
    /// ascend; one that is not there (yet) is passed over. Secrets, names and warnings are not said again.
    pub fn select<I>(&self, numbers: I) -> Selected<I::IntoIter>
    where
        I: IntoIterator<Item = FrameNumber>,
    {
        Selected {
            index: self.0.clone(),
            numbers: numbers.into_iter(),
            merge: None,
            upcoming: 0,
            checkpoint: 0,
        }
    }

    /// Gives each of these frames to `each`, as [`Frames::select`] finds them.
    pub fn read(
        &self,
        numbers: impl IntoIterator<Item = FrameNumber, IntoIter: Send>,
        mut each: impl FnMut(Frame<'_>),
    ) -> Result<(), Error> {
        let mut selected = self.select(numbers);
        while let Next::Frame(frame) = selected.next()? {
            each(frame);
        }
        Ok(())
    }

    /// Gives the frame at `place`, which gets this number, to `then`; `None` where it cannot be read again.
    pub fn read_at<T>(
        &self,
        number: FrameNumber,
        place: Place,
        then: impl FnOnce(Frame<'_>) -> T,
    ) -> Result<Option<T>, Error> {
        let index = self.0.lock();
        let kept = index.numbers.first().is_none_or(|&first| first <= number);
        let reader = index.reader(usize::from(place.file), place.offset).filter(|_| kept);
        drop(index);
        let Some(mut reader) = reader else { return Ok(None) };
        match reader.step()? {
            Step::Record => Ok(Some(then(reader.frame(number)))),
            _ => Ok(None),
        }
    }
}

/// Chosen frames of an input, read again. Ends after the last of them.
pub struct Selected<I> {
    index: Shared,
    numbers: I,
    merge: Option<Merge>,
    /// The number of the frame that the merge gives next.
    upcoming: FrameNumber,
    /// The number of the frame at the next checkpoint.
    checkpoint: FrameNumber,
}

impl<I: Iterator<Item = FrameNumber>> Selected<I> {
    /// Goes to the last checkpoint at or before a frame, unless the walk is behind it already.
    fn approach(&mut self, number: FrameNumber) {
        let index = self.index.lock();
        let Some((first, offsets, next)) = index.before(number) else {
            self.merge = None;
            return;
        };
        self.checkpoint = next;
        if self.merge.is_some() && first <= self.upcoming {
            return;
        }
        self.upcoming = first;
        if let Some(merge) = &mut self.merge {
            let files = index.files.iter().zip(offsets);
            merge.seek(files.map(|(file, &offset)| (file.section(offset), offset)));
            return;
        }
        let readers: Option<Vec<Reader>> =
            offsets.iter().enumerate().map(|(file, &offset)| index.reader(file, offset)).collect();
        self.merge = readers.map(Merge::new);
    }

    /// Walks to a frame; which file it came from, where it is there.
    fn find(&mut self, number: FrameNumber) -> Result<Option<u16>, Error> {
        if number >= self.checkpoint {
            self.approach(number);
        }
        let Some(merge) = &mut self.merge else { return Ok(None) };
        while self.upcoming <= number {
            match merge.step()? {
                Found::Frame(file) => {
                    self.upcoming += 1;
                    if self.upcoming > number {
                        return Ok(Some(file));
                    }
                }
                Found::End { .. } | Found::Idle => return Ok(None),
                Found::Aside(..) => {}
            }
        }
        Ok(None)
    }
}

impl<I: Iterator<Item = FrameNumber> + Send> Source for Selected<I> {
    fn next(&mut self) -> Result<Next<'_>, Error> {
        let found = loop {
            let Some(number) = self.numbers.next() else { break None };
            if let Some(file) = self.find(number)? {
                break Some((file, number));
            }
        };
        match (found, &mut self.merge) {
            (Some((file, number)), Some(merge)) => Ok(Next::Frame(merge.frame(file, number))),
            _ => Ok(Next::End { truncated: false }),
        }
    }

    fn about(&self) -> About {
        About::default()
    }
}
