//! Hands frames out at the speed at which they were recorded, or a multiple of it; never sleeps.
//!
//! A frame that is not due yet is kept, and [`Next::Idle`] said in its place: whoever asks waits a moment
//! ([`Pace::wait`]) and asks again. Time comes from a clock that is passed in.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::{About, Next, Source};
use crate::error::Error;
use crate::frame::{Frame, FrameNumber, LinkType, Place, Timestamp};

/// Turns the knobs of a [`Paced`] source from anywhere. Cheap to clone; all clones turn the same knobs.
#[derive(Clone, Debug)]
pub struct Pace(Arc<Knobs>);

#[derive(Debug)]
struct Knobs {
    /// The bits of an `f64`.
    speed: AtomicU64,
    paused: AtomicBool,
    /// Frames that may pass although held, or not due yet.
    steps: AtomicU64,
    /// How far the recording is, and how long its next frame is still to be waited for; in nanoseconds, the first of
    /// the recording, the second of the clock.
    at: AtomicU64,
    due: AtomicU64,
    turn: (Mutex<()>, Condvar),
    /// The longest silence that is kept, in nanoseconds of the recording.
    longest: AtomicU64,
}

impl Pace {
    /// `speed` times as fast as recorded; starts running.
    pub fn new(speed: f64) -> Pace {
        let pace = Pace(Arc::new(Knobs {
            speed: AtomicU64::new(0),
            paused: AtomicBool::new(false),
            steps: AtomicU64::new(0),
            at: AtomicU64::new(0),
            due: AtomicU64::new(0),
            turn: (Mutex::new(()), Condvar::new()),
            longest: AtomicU64::new(u64::MAX),
        }));
        pace.set_speed(speed);
        pace
    }

    /// Changes the speed; what is no positive number means as recorded, infinity as fast as can be.
    pub fn set_speed(&self, speed: f64) {
        let speed = if speed > 0.0 { speed } else { 1.0 };
        self.0.speed.store(speed.to_bits(), Ordering::Relaxed);
        self.turned();
    }

    /// The speed.
    pub fn speed(&self) -> f64 {
        f64::from_bits(self.0.speed.load(Ordering::Relaxed))
    }

    /// Holds or goes on.
    pub fn pause(&self, paused: bool) {
        self.0.paused.store(paused, Ordering::Relaxed);
        self.0.steps.store(0, Ordering::Relaxed);
        self.turned();
    }

    /// Whether it is held.
    pub fn is_paused(&self) -> bool {
        self.0.paused.load(Ordering::Relaxed)
    }

    /// Lets one more frame pass now, although held or not due yet.
    pub fn step(&self) {
        self.0.steps.fetch_add(1, Ordering::Relaxed);
        self.turned();
    }

    /// How much of the recording has passed.
    pub fn position(&self) -> Duration {
        Duration::from_nanos(self.0.at.load(Ordering::Relaxed))
    }

    /// How long the next frame is still to be waited for at the speed of the moment, held or not.
    pub fn due(&self) -> Duration {
        Duration::from_nanos(self.0.due.load(Ordering::Relaxed))
    }

    /// Sleeps until the next frame may be due or a knob is turned, and at most this long.
    pub fn wait(&self, longest: Duration) {
        let longest = if self.is_paused() { longest } else { longest.min(self.due()) };
        let turn = self.0.turn.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.0.turn.1.wait_timeout(turn, longest));
    }

    fn turned(&self) {
        self.0.turn.1.notify_all();
    }

    /// Cuts silences of the recording that are longer than this.
    pub fn cut_silences(&self, longest: Duration) {
        let nanos = u64::try_from(longest.as_nanos()).unwrap_or(u64::MAX);
        self.0.longest.store(nanos, Ordering::Relaxed);
    }

    /// Whether a frame may pass now although it is held or not due; takes that right.
    fn take_step(&self) -> bool {
        self.0.steps.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |steps| steps.checked_sub(1)).is_ok()
    }
}

/// How far behind the recording it may fall and still catch up, in nanoseconds.
const LATE: f64 = 500e6;

/// A source that says [`Next::Idle`] until the next frame is due.
pub struct Paced<S> {
    source: S,
    timer: Timer,
    /// The next frame, kept until it is due.
    kept: Kept,
    waiting: bool,
}

/// When the next frame is due.
struct Timer {
    pace: Pace,
    clock: Box<dyn Fn() -> Duration + Send>,
    /// The recorded time of the frame before it, and when the clock was last looked at.
    before: Option<Timestamp>,
    looked: Duration,
    /// Nanoseconds of the recording that are still to pass; less than none where it is late.
    left: f64,
    /// Nanoseconds of the recording up to the next frame.
    passed: u64,
}

impl Timer {
    /// The next frame was recorded at `time`.
    fn set(&mut self, time: Timestamp) {
        match self.before {
            None => self.looked = (self.clock)(),
            Some(before) => {
                let longest = self.pace.0.longest.load(Ordering::Relaxed);
                let distance = time.since(before).max(0) as u64;
                self.left += distance.min(longest) as f64;
                self.passed = self.passed.saturating_add(distance);
            }
        }
        self.before = Some(time);
    }

    /// Says how far it is.
    fn tell(&self) {
        let left = self.left.max(0.0);
        let knobs = &self.pace.0;
        knobs.due.store((left / self.pace.speed()) as u64, Ordering::Relaxed);
        knobs.at.store(self.passed.saturating_sub(left as u64), Ordering::Relaxed);
    }

    /// Whether the frame may go. Time passes only while it is not held, at the speed of the moment.
    fn is_due(&mut self) -> bool {
        let now = (self.clock)();
        let passed = now.saturating_sub(self.looked).as_nanos() as f64;
        self.looked = now;
        if self.pace.take_step() {
            self.left = 0.0;
            return true;
        }
        if self.pace.is_paused() {
            return false;
        }
        let speed = self.pace.speed();
        // Infinitely fast: no time at all is left, whatever passed.
        self.left = if speed.is_finite() { (self.left - passed * speed).max(-LATE * speed) } else { 0.0 };
        self.left <= 0.0
    }
}

/// A frame with bytes of its own.
#[derive(Default)]
struct Kept {
    number: FrameNumber,
    time: Timestamp,
    link: LinkType,
    wire_len: u32,
    place: Place,
    comment: Option<String>,
    bytes: Vec<u8>,
}

impl Kept {
    fn keep(&mut self, frame: &Frame<'_>) {
        (self.number, self.time, self.link) = (frame.number, frame.time, frame.link);
        (self.wire_len, self.place) = (frame.wire_len, frame.place);
        self.comment = frame.comment.map(str::to_owned);
        self.bytes.clear();
        self.bytes.extend_from_slice(frame.bytes);
    }

    fn frame(&self) -> Frame<'_> {
        Frame {
            number: self.number,
            time: self.time,
            link: self.link,
            wire_len: self.wire_len,
            bytes: &self.bytes,
            place: self.place,
            comment: self.comment.as_deref(),
        }
    }
}

impl<S: Source> Paced<S> {
    /// Paces `source` by `clock`, which tells the time since any fixed moment.
    pub fn new(source: S, pace: Pace, clock: impl Fn() -> Duration + Send + 'static) -> Paced<S> {
        let timer =
            Timer { pace, looked: clock(), clock: Box::new(clock), before: None, left: 0.0, passed: 0 };
        Paced { source, timer, kept: Kept::default(), waiting: false }
    }
}

impl<S: Source> Source for Paced<S> {
    fn next(&mut self) -> Result<Next<'_>, Error> {
        if !self.waiting {
            match self.source.next()? {
                Next::Frame(frame) => {
                    self.timer.set(frame.time);
                    self.kept.keep(&frame);
                    self.waiting = true;
                }
                other => return Ok(other),
            }
        }
        let go = self.timer.is_due();
        self.timer.tell();
        if !go {
            return Ok(Next::Idle);
        }
        self.waiting = false;
        Ok(Next::Frame(self.kept.frame()))
    }

    fn about(&self) -> About {
        self.source.about()
    }

    fn dropped(&mut self) -> Option<u64> {
        self.source.dropped()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames at these milliseconds.
    struct Recorded(Vec<i64>, usize);

    impl Source for Recorded {
        fn next(&mut self) -> Result<Next<'_>, Error> {
            let Some(&millis) = self.0.get(self.1) else { return Ok(Next::End { truncated: false }) };
            self.1 += 1;
            Ok(Next::Frame(Frame {
                number: self.1 as u64,
                time: Timestamp(millis * 1_000_000),
                link: LinkType::ETHERNET,
                wire_len: 3,
                bytes: b"abc",
                place: Place::default(),
                comment: Some("said"),
            }))
        }

        fn about(&self) -> About {
            About::default()
        }
    }

    /// A source, its knobs, and its clock in milliseconds.
    fn paced(times: &[i64], speed: f64) -> (Paced<Recorded>, Pace, Arc<AtomicU64>) {
        let now = Arc::new(AtomicU64::new(0));
        let (pace, hands) = (Pace::new(speed), now.clone());
        let clock = move || Duration::from_millis(hands.load(Ordering::Relaxed));
        (Paced::new(Recorded(times.to_vec(), 0), pace.clone(), clock), pace, now)
    }

    /// When each frame comes, looking every millisecond.
    fn arrivals(source: &mut Paced<Recorded>, now: &AtomicU64) -> Vec<(u64, u64)> {
        let mut seen = Vec::new();
        loop {
            match source.next().unwrap() {
                Next::Frame(frame) => {
                    assert_eq!((frame.bytes, frame.comment), (&b"abc"[..], Some("said")));
                    seen.push((frame.number, now.load(Ordering::Relaxed)));
                }
                Next::Idle => drop(now.fetch_add(1, Ordering::Relaxed)),
                _ => return seen,
            }
        }
    }

    #[test]
    fn frames_come_at_the_recorded_distances_whenever_it_begins() {
        let (mut source, _, now) = paced(&[1000, 1000, 1010, 1005, 1200], 1.0);
        now.store(7000, Ordering::Relaxed);
        assert_eq!(arrivals(&mut source, &now), [(1, 7000), (2, 7000), (3, 7010), (4, 7010), (5, 7205)]);
    }

    #[test]
    fn speed_and_cut_silences_change_the_distances() {
        let (mut source, pace, now) = paced(&[0, 100, 100_000], 10.0);
        pace.cut_silences(Duration::from_secs(1));
        assert_eq!(arrivals(&mut source, &now), [(1, 0), (2, 10), (3, 110)]);
        let (mut source, _, now) = paced(&[0, 100, i64::MAX / 1_000_000], f64::INFINITY);
        assert_eq!(arrivals(&mut source, &now), [(1, 0), (2, 0), (3, 0)]);
        assert_eq!(Pace::new(f64::NAN).speed(), 1.0);
    }

    #[test]
    fn held_it_says_nothing_but_the_frames_that_are_asked_for() {
        let (mut source, pace, now) = paced(&[0, 100, 200], 1.0);
        assert!(matches!(source.next().unwrap(), Next::Frame(_)));
        pace.pause(true);
        for _ in 0..500 {
            assert!(matches!(source.next().unwrap(), Next::Idle));
            now.fetch_add(1, Ordering::Relaxed);
        }
        pace.step();
        assert!(matches!(source.next().unwrap(), Next::Frame(frame) if frame.number == 2));
        assert!(matches!(source.next().unwrap(), Next::Idle));
        assert_eq!((pace.due(), pace.position()), (Duration::from_millis(100), Duration::from_millis(100)));
        pace.pause(false);
        assert_eq!(arrivals(&mut source, &now), [(3, 600)]);
    }

    #[test]
    fn a_silence_is_skipped_on_request() {
        let (mut source, pace, now) = paced(&[0, 100_000, 100_010], 1.0);
        assert!(matches!(source.next().unwrap(), Next::Frame(_)));
        assert!(matches!(source.next().unwrap(), Next::Idle));
        pace.step();
        assert_eq!(arrivals(&mut source, &now), [(2, 0), (3, 10)]);
    }

    #[test]
    fn who_asks_late_gets_what_was_missed_at_once() {
        let (mut source, _, now) = paced(&[0, 10, 20, 30, 40], 1.0);
        assert!(matches!(source.next().unwrap(), Next::Frame(_)));
        now.store(25, Ordering::Relaxed);
        assert_eq!(arrivals(&mut source, &now), [(2, 25), (3, 25), (4, 30), (5, 40)]);
    }
}
