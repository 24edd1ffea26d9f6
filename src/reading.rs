//! An input being read: frames to the engine, secrets to the keyring, warnings to whoever listens.

pub mod divided;

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::capture::owners::Asker;
use crate::capture::{About, Frames, Next, Source};
use crate::connection::{Connection, Owners};
use crate::diagnostic::{self, Note};
use crate::engine::{Engine, Observer, Totals};
use crate::error::Error;
use crate::event::{Endpoint, Event, Side};
use crate::frame::FrameNumber;
use crate::keyring::{Keyring, Learned};
use crate::limits::Limits;
use crate::model::redact::Redactor;
use crate::model::trace::Trace;
use crate::packed::Packed;
use crate::survey::{Opened, Survey};

/// An input and all that is needed to read it.
pub struct Reading {
    source: Box<dyn Source>,
    engine: Engine,
    keys: Keyring,
    limits: Limits,
    names: BTreeMap<IpAddr, String>,
    end: Option<bool>,
    /// Whether it tells what belongs to no connection; where several read the same, one of them does.
    leads: bool,
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
        Reading {
            source,
            engine,
            keys,
            limits: limits.clone(),
            names: BTreeMap::new(),
            end: None,
            leads: true,
        }
    }

    /// The same, where a key log may bring secrets after the records that they open.
    pub fn expecting_secrets(mut self) -> Reading {
        self.keys.expect(true);
        self
    }

    /// The same, of what is captured live: names the processes at the ends of connections as they come.
    pub fn naming(mut self, asker: Asker) -> Reading {
        self.engine.ask(asker);
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
                let mut ignored = |note| {
                    if self.leads {
                        observer.warning(0, note)
                    }
                };
                if learn(&mut self.keys, lines, &self.limits, &mut ignored) {
                    self.engine.learned(&self.keys, observer);
                }
            }
            Next::Name(address, name) => {
                self.names.insert(address, name);
            }
            Next::Warning(note) if self.leads => observer.warning(0, note),
            Next::Warning(_) => {}
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

    /// Gives `take` the summaries, as of now, of those connections that go on and are `wanted`.
    pub fn followed(&mut self, wanted: impl Fn(u32) -> bool, take: impl FnMut(&Connection)) {
        self.engine.followed(wanted, take);
    }
}

/// Learns the lines of a key log; whether any secret is new. `ignored` hears of lines that are none.
fn learn(keys: &mut Keyring, lines: &[u8], limits: &Limits, ignored: &mut dyn FnMut(Note)) -> bool {
    let mut new = false;
    for line in lines.split(|b| *b == b'\n') {
        match keys.learn(line, limits) {
            Learned::Secret(_) => new = true,
            Learned::Nothing => {}
            Learned::Ignored(why) => ignored(diagnostic::TLS_BAD_KEYLOG.with(why)),
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
    let mut opening = Opening::new(survey, ids, limits);
    opening.read(frames, keys, || false)?;
    Ok(opening.finish(keys))
}

/// Has somebody who hides secrets recognise them in all that it hears.
pub struct Learner<'r>(pub &'r mut Redactor);

impl Observer for Learner<'_> {
    fn wants(&mut self, connection: &Connection) -> bool {
        self.0.shown(connection);
        true
    }

    fn event(&mut self, _connection: &Connection, event: Event) {
        self.0.learn(&event);
    }

    fn ended(&mut self, _connection: Connection) {}
}

/// All connections of a survey, to be read for the secrets in them before any is shown.
pub struct Learning {
    numbers: Vec<FrameNumber>,
    engine: Engine,
}

impl Learning {
    /// Looks them up.
    pub fn new(survey: &Survey, limits: &Limits) -> Learning {
        let ids: Vec<u32> = survey.connections().map(|known| known.id).collect();
        Learning { numbers: survey.frames_of(&ids), engine: survey.engine(&ids, limits) }
    }

    /// Reads their frames.
    pub fn read(mut self, frames: &Frames, keys: &Keyring, redactor: &mut Redactor) -> Result<(), Error> {
        let mut learner = Learner(redactor);
        frames.read(self.numbers, |frame| self.engine.feed(&frame, keys, &mut learner))?;
        self.engine.finish(keys, &mut learner);
        Ok(())
    }
}

/// So many frames that were let go since they were read are kept, beside as many as can still be read.
const SPARE: usize = 16_384;

/// Connections that are being opened, at once or little by little, while the survey may go on.
pub struct Opening {
    ids: Vec<u32>,
    /// The survey's summaries of them, as they were last, in order; one that was let go since stays.
    known: Vec<Connection>,
    /// Those whose beginning cannot be read any more: what is read again says less of them than the survey.
    late: Vec<u32>,
    /// Their frames as far as the survey knew them, and how many of these were read.
    numbers: Vec<FrameNumber>,
    fed: usize,
    /// Whether frames were let go before they were read.
    overtaken: bool,
    /// How many secrets the layers know.
    secrets: usize,
    engine: Engine,
    opened: Opened,
}

impl Opening {
    /// Looks these connections up.
    pub fn new(survey: &Survey, ids: &[u32], limits: &Limits) -> Opening {
        let mut sorted = ids.to_vec();
        sorted.sort_unstable();
        Opening {
            ids: ids.to_vec(),
            known: sorted.iter().filter_map(|id| survey.get(*id)).collect(),
            late: sorted.into_iter().filter(|id| survey.is_late(*id)).collect(),
            numbers: survey.frames_of(ids),
            fed: 0,
            overtaken: false,
            secrets: 0,
            engine: survey.engine(ids, limits),
            opened: Opened::new(ids),
        }
    }

    /// Which connections.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Whether all of them were let go before they were opened.
    pub fn is_void(&self) -> bool {
        self.known.is_empty()
    }

    /// Whether frames were let go before they were read: what is known of them now is to be opened instead.
    pub fn is_overtaken(&self) -> bool {
        self.overtaken
    }

    /// How many of their frames were read, and how many there are.
    pub fn progress(&self) -> (usize, usize) {
        (self.fed, self.numbers.len())
    }

    /// Learns of what the survey has found since. `false` where it is to be opened anew: it sees earlier frames in another
    /// light now, frames were let go before they were read, or most of what was read was let go since.
    pub fn follow(&mut self, survey: &Survey) -> bool {
        let mut numbers = survey.frames_of(&self.ids);
        let gone = self.numbers.partition_point(|number| *number < survey.first());
        if gone > self.fed || gone > numbers.len() + SPARE {
            return false;
        }
        // Those that were read and let go since are counted as before.
        numbers.splice(0..0, self.numbers[..gone].iter().copied());
        let read = self.fed.checked_sub(1);
        let same = read.is_none_or(|last| numbers.get(last) == self.numbers.get(last));
        self.numbers = numbers;
        let before: Vec<Endpoint> = clients(&self.known);
        self.look(survey);
        same && !self.overtaken && before == clients(&self.known)
    }

    /// Takes the summaries that there are by now.
    fn look(&mut self, survey: &Survey) {
        for known in &mut self.known {
            if let Some(now) = survey.packed(known.id).and_then(Packed::connection) {
                let late = self.late.contains(&now.id);
                *known = if late { survey.get(now.id).unwrap_or(now) } else { now };
            }
        }
    }

    /// Reads on and keeps everything; no further frames once `enough` says so.
    pub fn read(
        &mut self,
        frames: &Frames,
        keys: &Keyring,
        mut enough: impl FnMut() -> bool + Send,
    ) -> Result<(), Error> {
        let Opening { numbers, fed, secrets, engine, opened, .. } = self;
        if std::mem::replace(secrets, keys.lines()) != keys.lines() && *fed > 0 {
            engine.learned(keys, opened);
        }
        let next = numbers.get(*fed).copied();
        let mut tried = 0;
        let rest = numbers[*fed..].iter().copied().take_while(|_| !enough()).inspect(|_| tried += 1);
        frames.read(rest, |frame| {
            // Whose the sockets are is said by their lanes.
            let comments = frame.comment.into_iter().flat_map(str::lines);
            for comment in comments.filter(|comment| comment.parse::<Owners>().is_err()) {
                opened.trace.comments.push((frame.number, comment.to_owned()));
            }
            engine.feed(&frame, keys, opened);
        })?;
        *fed += tried;
        self.overtaken |= tried > 0 && next.is_some_and(|next| next < frames.first());
        Ok(())
    }

    /// All that was read so far, with the summaries that the survey has by now.
    pub fn so_far(&mut self, survey: &Survey) -> Trace {
        self.look(survey);
        let Trace { events, packets, comments, .. } = &self.opened.trace;
        let (events, packets, comments) = (events.clone(), packets.clone(), comments.clone());
        Trace { connections: self.known.clone(), events, packets, comments }
    }

    /// Everything, once the survey is over and all was read.
    pub fn finish(mut self, keys: &Keyring) -> Trace {
        self.engine.finish(keys, &mut self.opened);
        let mut trace = self.opened.trace;
        if !self.late.is_empty() {
            let whole = trace.connections.drain(..).filter(|known| !self.late.contains(&known.id));
            let mut connections: Vec<Connection> = whole.collect();
            connections.extend(self.known.into_iter().filter(|known| self.late.contains(&known.id)));
            connections.sort_by_key(|known| known.id);
            trace.connections = connections;
        }
        trace
    }
}

fn clients(known: &[Connection]) -> Vec<Endpoint> {
    known.iter().map(|connection| connection.endpoint(Side::Client)).collect()
}
