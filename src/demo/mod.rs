//! Scenarios that clients and servers of our own play over real loopback sockets, so that there is something to see
//! before anybody has a capture.
//!
//! In goes the name of a scenario; out comes an input like any other: what was captured while the scenario was played,
//! or, where capturing is not permitted, the recording of the same scenario that the program carries.

mod article;
mod costs;
mod list;
mod people;
mod speech;
mod stage;
mod trouble;

use std::fs::File;
use std::io::{self, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::thread::JoinHandle;

use crate::capture::confine;
use crate::capture::live::{self, Stop};
use crate::capture::privilege;
use crate::capture::write::{Format, Writer};
use crate::capture::{self, About, Frames, Input, Next, Source};
use crate::connection::Connection;
use crate::error::Error;
use crate::event::{Endpoint, Side};
use crate::locale::{Lang, Words};
use stage::{Secrets, Stage, Talk};

pub use list::SCENARIOS;

/// A conversation that can be played.
pub struct Scenario {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it shows, in a line.
    pub about: Words,
    /// What to look at, a line each.
    pub watch: &'static [Words],
    /// Whether all its connections belong in one diagram.
    pub together: bool,
    /// What is compared, by port, where the costs matter more than the diagram.
    pub columns: &'static [Words],
    /// The servers' ports, as in the recording; live, they are others where these are taken.
    ports: &'static [u16],
    /// The parties of a connection, by the place of its port, and how many to that port came before it.
    cast: fn(usize, usize) -> [Words; 2],
    recording: &'static [u8],
    prepare: fn(&mut Stage) -> io::Result<Talk>,
}

/// The scenario of a name.
///
/// # Errors
/// [`Error::Usage`] with the names that there are.
pub fn scenario(name: &str) -> Result<&'static Scenario, Error> {
    SCENARIOS.iter().find(|scenario| scenario.name == name).ok_or_else(|| {
        let names: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        let name = crate::safe::line(name);
        Error::Usage(format!("there is no scenario {name:?}; there are {}", names.join(", ")))
    })
}

/// A scenario that is being played, or its recording.
pub struct Performance {
    /// Why this is the recording; `None` where it is captured now.
    pub recorded: Option<Error>,
    /// What this machine lacks for the whole of it, a line each.
    pub remarks: Vec<Words>,
    scenario: &'static Scenario,
    ports: Vec<u16>,
    secrets: Secrets,
    _held: Vec<OwnedFd>,
    talk: Option<JoinHandle<io::Result<Vec<TcpStream>>>>,
}

impl Scenario {
    /// Begins to capture and to play; gives root up between the two. The input ends when the scenario is over, or when
    /// `stop` is asked to. With `live_only` a capture that is not permitted is an error.
    ///
    /// # Errors
    /// [`Error::Usage`] where sockets cannot be made; what [`live::open`] says, but not that it is not permitted.
    pub fn open(&'static self, stop: &Stop, live_only: bool) -> Result<(Input, Performance), Error> {
        let mut stage = Stage { wanted: self.ports, ..Stage::default() };
        let talk = (self.prepare)(&mut stage).map_err(|cause| self.failed(&cause))?;
        let options = live::Options { filter: filter(&stage.ports), ring: RING, ..live::Options::default() };
        let input = match live::open(&options, stop) {
            Err(why @ Error::Capture { .. }) if !live_only => return self.replay(why),
            input => input?,
        };
        privilege::leave_root()?;
        let stop = stop.clone();
        let ports = stage.ports.clone();
        let talk = std::thread::Builder::new().name("talk".to_owned()).spawn(move || {
            let open = confine::confine_to_talking(&ports).map_err(io::Error::other).and_then(|_| talk());
            // What the kernel still has to say.
            stage::pause(HUSH);
            stop.stop();
            open
        });
        let talk = talk.map_err(|cause| self.failed(&cause))?;
        let source =
            Telling { source: input.source, secrets: stage.secrets.clone(), told: Vec::new(), at: 0 };
        let performance = Performance {
            recorded: None,
            remarks: stage.remarks,
            scenario: self,
            ports: stage.ports,
            secrets: stage.secrets,
            _held: stage.held,
            talk: Some(talk),
        };
        Ok((Input { source: Box::new(source), ..input }, performance))
    }

    /// The recording, in place of what could not be captured.
    fn replay(&'static self, why: Error) -> Result<(Input, Performance), Error> {
        let wrong = |cause| Error::Write { what: "a temporary file".to_owned(), cause };
        let mut file = tempfile::NamedTempFile::new().map_err(wrong)?;
        file.write_all(self.recording).map_err(wrong)?;
        let options = capture::Options { rereadable: true, ..capture::Options::default() };
        // The input keeps the file open; its name goes at once.
        let input = capture::open(&[file.path().to_owned()], &options)?;
        let performance = Performance {
            recorded: Some(why),
            remarks: Vec::new(),
            scenario: self,
            ports: self.ports.to_vec(),
            secrets: Secrets::default(),
            _held: Vec::new(),
            talk: None,
        };
        Ok((
            Input { source: Box::new(Named { source: input.source, name: self.name }), ..input },
            performance,
        ))
    }

    fn failed(&self, cause: &io::Error) -> Error {
        Error::Usage(format!("the scenario {} cannot be played: {cause}", self.name))
    }
}

/// Bytes of the kernel's ring: the scenarios are small.
const RING: usize = 2 << 20;
/// Milliseconds of silence at the end, before the capture ends.
const HUSH: u64 = 40;

/// What tcpdump's filter language calls these ports on the loopback.
fn filter(ports: &[u16]) -> String {
    let ports: Vec<String> = ports.iter().map(|port| format!("port {port}")).collect();
    format!("(host 127.0.0.1 or host ::1) and ({})", ports.join(" or "))
}

impl Performance {
    /// The parties of these connections, by the sockets that they have.
    pub fn cast(&self, connections: impl Iterator<Item = Connection>, lang: Lang) -> Vec<(String, Endpoint)> {
        let mut came = vec![0; self.ports.len()];
        let mut cast = Vec::new();
        for connection in connections {
            let Some(place) = self.place(&connection) else { continue };
            let names = (self.scenario.cast)(place, came[place]);
            came[place] += 1;
            for side in Side::BOTH {
                let end = connection.endpoint(side);
                if !cast.iter().any(|(_, known)| *known == end) {
                    cast.push((lang.of(names[side as usize]).to_owned(), end));
                }
            }
        }
        cast
    }

    /// Which of the scenario's servers a connection goes to.
    pub fn place(&self, connection: &Connection) -> Option<usize> {
        let port = connection.endpoint(Side::Server).port;
        self.ports.iter().position(|known| *known == port)
    }

    /// Waits for the scenario to be over, once the input has ended.
    ///
    /// # Errors
    /// [`Error::Usage`] where a socket failed on the way.
    pub fn finish(&mut self) -> Result<(), Error> {
        let Some(talk) = self.talk.take() else { return Ok(()) };
        stage::joined(talk.join()).map(drop).map_err(|cause| self.scenario.failed(&cause))
    }

    /// Writes the packets and the keys that open them to a file, as pcapng.
    ///
    /// # Errors
    /// [`Error::Write`] where it cannot be written.
    pub fn record(&self, frames: &Frames, packets: u64, file: File) -> Result<(), Error> {
        let mut writer = Writer::new(io::BufWriter::new(file), Format::Pcapng)?;
        let secrets = self.secrets.from(0);
        if !secrets.is_empty() {
            writer.secrets(&secrets)?;
        }
        let (mut interface, mut failed) = (None, Ok(()));
        frames.read(1..=packets, |frame| {
            let mut write = || {
                let number = match interface {
                    Some(number) => number,
                    None => *interface.insert(writer.interface(&capture::interface::loopback(), frame.link)?),
                };
                writer.frame(number, &frame)
            };
            if failed.is_ok() {
                failed = write();
            }
        })?;
        failed?;
        writer.finish().map(drop)
    }
}

/// A source that also tells the secrets of the sessions in it, before the frames that they open.
struct Telling {
    source: Box<dyn Source>,
    secrets: Secrets,
    /// What is being told, and how much was told before and with it.
    told: Vec<u8>,
    at: usize,
}

impl Source for Telling {
    fn next(&mut self) -> Result<Next<'_>, Error> {
        self.told = self.secrets.from(self.at);
        if !self.told.is_empty() {
            self.at += self.told.len();
            return Ok(Next::Secrets(&self.told));
        }
        self.source.next()
    }

    fn about(&self) -> About {
        self.source.about()
    }

    fn dropped(&mut self) -> Option<u64> {
        self.source.dropped()
    }
}

/// A source that is called by the name of its scenario.
struct Named {
    source: Box<dyn Source>,
    name: &'static str,
}

impl Source for Named {
    fn next(&mut self) -> Result<Next<'_>, Error> {
        self.source.next()
    }

    fn about(&self) -> About {
        About { names: vec![self.name.to_owned()], ..self.source.about() }
    }
}
