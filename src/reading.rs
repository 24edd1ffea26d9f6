//! An input being read: frames to the engine, secrets to the keyring, warnings to whoever listens.

mod divided;

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::capture::{About, Frames, Next, Source};
use crate::diagnostic;
use crate::engine::{Engine, Observer, Totals};
use crate::error::Error;
use crate::frame::FrameNumber;
use crate::keyring::{Keyring, Learned};
use crate::limits::Limits;
use crate::model::trace::Trace;
use crate::survey::{Opened, Survey};

/// An input and all that is needed to read it.
pub struct Reading {
    source: Box<dyn Source>,
    engine: Engine,
    keys: Keyring,
    limits: Limits,
    names: BTreeMap<IpAddr, String>,
    end: Option<bool>,
}

/// What a step came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Something was read.
    More,
    /// Nothing is there for now.
    Idle,
    /// That was all.
    End,
}

impl Reading {
    /// Reads `source` from its start.
    pub fn new(source: Box<dyn Source>, limits: &Limits) -> Reading {
        let engine = Engine::new(limits);
        let mut keys = Keyring::default();
        // The secrets in a capture may stand behind the records that they open.
        keys.expect(source.about().formats.contains(&"pcapng"));
        Reading { source, engine, keys, limits: limits.clone(), names: BTreeMap::new(), end: None }
    }

    /// The same, where a key log may bring secrets after the records that they open.
    pub fn expecting_secrets(mut self) -> Reading {
        self.keys.expect(true);
        self
    }

    /// Reads the next thing.
    pub fn step(&mut self, observer: &mut dyn Observer) -> Result<Step, Error> {
        if self.end.is_some() {
            return Ok(Step::End);
        }
        match self.source.next()? {
            Next::Frame(frame) => self.engine.feed(&frame, &self.keys, observer),
            Next::Secrets(lines) => {
                if learn(&mut self.keys, lines, &self.limits, observer) {
                    self.engine.learned(&self.keys, observer);
                }
            }
            Next::Name(address, name) => {
                self.names.insert(address, name);
            }
            Next::Warning(note) => observer.warning(0, note),
            Next::Idle => return Ok(Step::Idle),
            Next::End { truncated } => {
                self.finish(truncated, observer);
                return Ok(Step::End);
            }
        }
        Ok(Step::More)
    }

    /// Reads until the end; where nothing is there for now, waits for it.
    pub fn run(&mut self, observer: &mut dyn Observer) -> Result<(), Error> {
        while self.step(observer)? != Step::End {}
        Ok(())
    }

    /// Ends the reading here, although the input may go on.
    pub fn finish(&mut self, truncated: bool, observer: &mut dyn Observer) {
        if self.end.is_none() {
            self.keys.expect(false);
            self.engine.learned(&self.keys, observer);
            self.engine.finish(&self.keys, observer);
            self.end = Some(truncated);
        }
    }

    /// Totals so far.
    pub fn totals(&self) -> &Totals {
        self.engine.totals()
    }

    /// Whether the input stopped inside a record.
    pub fn truncated(&self) -> bool {
        self.end == Some(true)
    }

    /// Frames that the kernel dropped; `None` for files.
    pub fn dropped(&mut self) -> Option<u64> {
        self.source.dropped()
    }

    /// What is known of the input.
    pub fn about(&self) -> About {
        self.source.about()
    }

    /// The secrets known so far.
    pub fn keys(&self) -> &Keyring {
        &self.keys
    }

    /// Names of addresses that the input brought.
    pub fn names(&self) -> &BTreeMap<IpAddr, String> {
        &self.names
    }

    /// Brings the summaries of connections that go on up to date.
    pub fn update(&mut self, survey: &mut Survey) {
        self.engine.followed().for_each(|connection| survey.update(connection));
    }
}

/// Learns the lines of a key log; whether any secret is new.
fn learn(keys: &mut Keyring, lines: &[u8], limits: &Limits, observer: &mut dyn Observer) -> bool {
    let mut new = false;
    for line in lines.split(|b| *b == b'\n') {
        match keys.learn(line, limits) {
            Learned::Secret(_) => new = true,
            Learned::Nothing => {}
            Learned::Ignored(why) => observer.warning(0, diagnostic::TLS_BAD_KEYLOG.with(why)),
        }
    }
    new
}

/// Opens connections of a survey: reads just their frames again and keeps everything.
pub fn open(
    survey: &Survey,
    frames: &Frames,
    ids: &[u32],
    keys: &Keyring,
    limits: &Limits,
) -> Result<Trace, Error> {
    Opening::new(survey, ids, limits).read(frames, keys, || false)
}

/// Connections that are about to be opened: all that is needed of the survey, which may go on meanwhile.
pub struct Opening {
    numbers: Vec<FrameNumber>,
    engine: Engine,
    opened: Opened,
}

impl Opening {
    /// Looks these connections up.
    pub fn new(survey: &Survey, ids: &[u32], limits: &Limits) -> Opening {
        let (numbers, engine) = (survey.frames_of(ids), survey.engine(ids, limits));
        Opening { numbers, engine, opened: Opened::new(ids) }
    }

    /// Reads their frames and keeps everything; no further ones once `enough` says so.
    pub fn read(
        mut self,
        frames: &Frames,
        keys: &Keyring,
        mut enough: impl FnMut() -> bool + Send,
    ) -> Result<Trace, Error> {
        let mut comments = Vec::new();
        let numbers = self.numbers.into_iter().take_while(|_| !enough());
        frames.read(numbers, |frame| {
            if let Some(comment) = frame.comment {
                comments.push((frame.number, comment.to_owned()));
            }
            self.engine.feed(&frame, keys, &mut self.opened);
        })?;
        self.engine.finish(keys, &mut self.opened);
        Ok(Trace { comments, ..self.opened.trace })
    }
}
