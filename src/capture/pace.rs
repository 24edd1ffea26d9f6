//! Hands frames out at the speed at which they were recorded, or a multiple of it; never sleeps.

use std::time::Duration;

use super::{About, Next, Source};
use crate::error::Error;

/// Turns the knobs of a [`Paced`] source from anywhere. Cheap to clone; all clones turn the same knobs.
#[derive(Clone)]
pub struct Pace {}

impl Pace {
    /// `speed` times as fast as recorded; starts running.
    pub fn new(speed: f64) -> Pace {
        let _ = speed;
        Pace {}
    }
    /// Changes the speed.
    pub fn set_speed(&self, speed: f64) {
        let _ = speed;
    }
    /// Holds or goes on.
    pub fn pause(&self, paused: bool) {
        let _ = paused;
    }
    /// Lets one frame pass although held.
    pub fn step(&self) {}
}

/// A source that says [`Next::Idle`] until the next frame is due. Whoever asks waits a moment and asks again.
pub struct Paced<S> {
    source: S,
}

impl<S: Source> Paced<S> {
    /// Paces `source` by `clock`, which tells the time since any fixed moment.
    pub fn new(source: S, pace: Pace, clock: impl Fn() -> Duration + Send + 'static) -> Paced<S> {
        let _ = (pace, clock);
        Paced { source }
    }
}

impl<S: Source> Source for Paced<S> {
    fn next(&mut self) -> Result<Next<'_>, Error> {
        self.source.next()
    }
    fn about(&self) -> About {
        self.source.about()
    }
}
