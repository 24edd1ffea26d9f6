//! Reads frames again by their numbers: a sparse index over the input, and the walk from it.

use super::{About, Next, Source};
use crate::error::Error;
use crate::frame::{Frame, FrameNumber};

/// Reads frames of an input again, while it may still be streaming. Cheap to clone; each clone reads on its own.
#[derive(Clone)]
pub struct Frames {}

impl Frames {
    /// A source of just these frames, numbered, timed and commented as when they were first read. `numbers` must
    /// ascend; one that is not there (yet) is passed over. Secrets, names and warnings are not said again.
    pub fn select<I>(&self, numbers: I) -> Selected<I::IntoIter>
    where
        I: IntoIterator<Item = FrameNumber>,
    {
        let _ = numbers;
        unimplemented!()
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
}

/// Chosen frames of an input, read again. Ends after the last of them.
pub struct Selected<I> {
    numbers: I,
}

impl<I: Iterator<Item = FrameNumber> + Send> Source for Selected<I> {
    fn next(&mut self) -> Result<Next<'_>, Error> {
        let _ = self.numbers.next();
        unimplemented!()
    }

    fn about(&self) -> About {
        unimplemented!()
    }
}
