//! What happens, and whose it is: asks as soon as a connection is seen, and again while it is not known.

use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

use super::{Calls, Told};
use crate::capture::interface::Local;
use crate::capture::owners::Inquirer;
use crate::capture::process::{Owner, Process};
use crate::connection::{self, Close, Connection, Transport};
use crate::diagnostic::Note;
use crate::engine::Observer;
use crate::error::Error;
use crate::event::{Endpoint, Event, Packet, Side};
use crate::frame::{FrameNumber, Timestamp};
use crate::locale::Lang;
use crate::render::stream::{Parties, Rows};
use crate::survey::Survey;

/// So many frames of a connection are occasions to ask whose it is; after the first ones not each of them.
const OCCASIONS: u32 = 64;

/// How long rows wait for what belongs between them and for whose they are: the kernel's record and the capture bring
/// theirs within some milliseconds, keys come while nothing else does.
const WAIT: i64 = 150_000_000;
/// How often it is asked what has been told, and rows are written.
const TICK: Duration = Duration::from_millis(10);
/// So many sockets are remembered that no packet was seen of.
const REMEMBERED: usize = 20_000;

/// Where rows go as they come.
pub type Out = Rows<Box<dyn Write + Send>>;

/// A survey that also finds out whose connections are, and says what happens as it happens.
pub struct Watch {
    /// What was found on the wire.
    pub survey: Survey,
    /// Whose it is.
    pub whose: Whose,
    /// What the command and its children called.
    pub calls: Calls,
    told: Receiver<Told>,
    rows: Option<Out>,
    /// The time of the last packet, in nanoseconds since 1970.
    reached: Arc<AtomicI64>,
    ticked: Instant,
}

/// Which processes connections belong to, and which of these are the command's.
pub struct Whose {
    /// Asks, and knows who is a child of the process whose children's connections are wanted.
    inquirer: Inquirer,
    /// Whether others' connections are wanted too.
    all: bool,
    /// What of the command's TCP sockets is told by whoever records its calls.
    recorded: Recorded,
    local: Local,
    owners: Vec<Owners>,
    /// Connections of which something is not known yet.
    open: FxHashMap<u32, Asking>,
    /// Connections by their first frame, and the last ones by their ends.
    firsts: FxHashMap<FrameNumber, u32>,
    by_ends: FxHashMap<(Endpoint, Endpoint), u32>,
    /// Whose sockets are of which no packet was seen yet.
    told: FxHashMap<(Endpoint, Endpoint), Process>,
    over: bool,
}

/// What of a command's TCP sockets is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// Nothing.
    Nothing,
    /// Who sent each FIN.
    Closings,
    /// Who opened or took each.
    Openings,
}

/// What is known of the ends of a connection.
#[derive(Default)]
struct Owners {
    ends: [Option<Owner>; 2],
    /// Whether one of them is the command's, or a child's of it.
    own: bool,
    /// Whether all of them are known that are on this machine.
    settled: bool,
}

struct Asking {
    transport: Transport,
    ends: [Endpoint; 2],
    /// Frames so far.
    frames: u32,
}

impl Watch {
    /// Watches for connections of the children of process `parent`, or for all, of which so much is recorded as is
    /// `told`. Rows are written to `rows`, as far as the frames have `reached`.
    ///
    /// # Errors
    /// [`Error::Usage`] where the system starts no thread to ask.
    pub fn new(
        (parent, all): (u32, bool),
        (recorded, told): (Recorded, Receiver<Told>),
        (rows, reached): (Option<Out>, Arc<AtomicI64>),
    ) -> Result<Watch, Error> {
        let whose = Whose {
            // Where all sockets are told, nobody of ours needs to be looked for.
            inquirer: Inquirer::new(Some(parent), recorded != Recorded::Openings)?,
            all,
            recorded,
            local: Local::new(),
            owners: Vec::new(),
            open: FxHashMap::default(),
            firsts: FxHashMap::default(),
            by_ends: FxHashMap::default(),
            told: FxHashMap::default(),
            over: false,
        };
        let (survey, calls) = (Survey::default(), Calls::default());
        Ok(Watch { survey, whose, calls, told, rows, reached, ticked: Instant::now() })
    }

    /// Takes what was told meanwhile and writes the rows whose time has come.
    /// Unless the capture is `idle`, more is to come of after the last packet.
    pub(super) fn tick(&mut self, idle: bool) -> Result<(), Error> {
        if self.ticked.elapsed() < TICK {
            return Ok(());
        }
        self.ticked = Instant::now();
        self.listen();
        let settled = super::now() - WAIT;
        let reached = self.reached.load(Ordering::Relaxed);
        self.write(Timestamp(if idle { settled } else { settled.min(reached) }))
    }

    /// Takes the last that is told, and writes the last rows.
    ///
    /// # Errors
    /// [`Error::Write`] where they cannot be written.
    pub fn finish(&mut self) -> Result<(), Error> {
        self.listen();
        self.whose.over = true;
        self.write(Timestamp(i64::MAX))
    }

    fn listen(&mut self) {
        for told in self.told.try_iter() {
            match (&told, &mut self.rows) {
                (Told::Socket(process, own, other), _) => self.whose.learn(process, *own, *other),
                (Told::Call(call), Some(rows)) => {
                    rows.tell(call.time, &format!("» {}: {}", call.process, call.text));
                }
                _ => {}
            }
            self.calls.take(told);
        }
    }

    fn write(&mut self, until: Timestamp) -> Result<(), Error> {
        let Some(rows) = &mut self.rows else { return Ok(()) };
        rows.release(until, &self.whose);
        rows.flush()
    }
}

impl Parties for Whose {
    fn is_shown(&self, connection: u32) -> Option<bool> {
        let shown = self.all || self.is_own(connection);
        let asked = self.recorded == Recorded::Nothing && !self.open.contains_key(&connection);
        let settled = self.owners.get(connection as usize).is_some_and(|owners| owners.settled);
        (shown || asked || settled || self.over).then_some(shown)
    }

    fn name(&self, connection: u32, side: Side) -> Option<String> {
        let owner = self.owners.get(connection as usize)?.ends[side as usize].as_ref()?;
        Some(owner.process().to_string())
    }
}

impl Whose {
    /// Whether a connection is the command's or a child's of it.
    pub fn is_own(&self, id: u32) -> bool {
        self.owners.get(id as usize).is_some_and(|owners| owners.own)
    }

    /// How many of these connections may be the command's or not: an end on this machine is not known.
    pub fn undecided(&self, survey: &Survey) -> usize {
        let undecided = |connection: &Connection| {
            let Some(owners) = self.owners.get(connection.id as usize) else { return false };
            let open = |side: &Side| {
                owners.ends[*side as usize].is_none() && self.local.holds(connection.endpoint(*side).ip)
            };
            // Of the command's own it would have been told.
            let told = match self.recorded {
                Recorded::Nothing => false,
                Recorded::Closings => connection.close == Close::Fin,
                Recorded::Openings => connection.transport == Transport::Tcp,
            };
            !owners.own && !told && Side::BOTH.iter().any(open)
        };
        survey.connections().filter(undecided).count()
    }

    /// Takes whose a socket is: its own end and the other. A socket without an address of its own may have any of this
    /// machine's.
    fn learn(&mut self, process: &Process, own: Endpoint, other: Endpoint) {
        let owns: Vec<Endpoint> = if own.ip.is_unspecified() {
            let alike = |ip: &IpAddr| ip.is_ipv4() == other.ip.is_ipv4();
            self.local.iter().filter(alike).map(|ip| Endpoint { ip, ..own }).collect()
        } else {
            vec![own]
        };
        for own in owns {
            let as_client = self.by_ends.get(&(own, other)).map(|id| (*id, Side::Client));
            let known = as_client.or_else(|| self.by_ends.get(&(other, own)).map(|id| (*id, Side::Server)));
            match known.and_then(|(id, side)| Some((self.owners.get_mut(id as usize)?, side))) {
                Some((owners, side)) => owners.belong(side, process),
                None => {
                    if self.told.len() >= REMEMBERED {
                        self.told.clear();
                    }
                    self.told.insert((own, other), process.clone());
                }
            }
        }
    }

    /// Names for the sockets of these connections: the process that has each. Where a process speaks with itself, each
    /// side has a name of its own.
    pub fn aliases(&self, survey: &Survey, ids: &[u32], lang: Lang) -> Vec<(String, Endpoint)> {
        let known: Vec<(Connection, &Owners)> =
            ids.iter().filter_map(|&id| Some((survey.get(id)?, self.owners.get(id as usize)?))).collect();
        let both: Vec<&Process> = known
            .iter()
            .filter_map(|(_, owners)| match &owners.ends {
                [Some(one), Some(other)] if one.process() == other.process() => Some(one.process()),
                _ => None,
            })
            .collect();
        let mut aliases: FxHashMap<Endpoint, Option<String>> = FxHashMap::default();
        for (connection, owners) in known {
            for side in Side::BOTH {
                let Some(owner) = &owners.ends[side as usize] else { continue };
                let process = owner.process();
                let name = match both.contains(&process) {
                    true => format!("{process} {}", side.name(lang)),
                    false => process.to_string(),
                };
                let known = aliases.entry(connection.endpoint(side)).or_insert_with(|| Some(name.clone()));
                // A socket that two processes had, one after the other, is called after neither.
                if known.as_ref() != Some(&name) {
                    *known = None;
                }
            }
        }
        aliases.into_iter().filter_map(|(end, name)| Some((name?, end))).collect()
    }

    /// The processes at the ends of the connection that begins with this frame.
    pub(super) fn comment(&self, number: FrameNumber) -> Option<String> {
        let owners = self.owners.get(*self.firsts.get(&number)? as usize)?;
        let known =
            Side::BOTH.map(|side| owners.ends[side as usize].as_ref().map(|owner| owner.process().clone()));
        known.iter().any(Option::is_some).then(|| connection::Owners(known).to_string())
    }

    /// A connection is seen for the first time.
    fn meet(&mut self, connection: &Connection) {
        self.owners.resize_with(connection.id as usize + 1, Owners::default);
        let asking = Asking { transport: connection.transport, ends: connection.ends, frames: 0 };
        self.open.insert(connection.id, asking);
        self.firsts.insert(connection.first_packet, connection.id);
        let [client, server] = connection.ends;
        self.by_ends.insert((client, server), connection.id);
        for (side, ends) in Side::BOTH.into_iter().zip([(client, server), (server, client)]) {
            if let (Some(process), Some(owners)) = (self.told.remove(&ends), self.owners.last_mut()) {
                owners.belong(side, &process);
            }
        }
    }

    /// Asks what is not known of a connection yet.
    fn ask(&mut self, id: u32) {
        let (Some(asking), Some(owners)) = (self.open.get_mut(&id), self.owners.get_mut(id as usize)) else {
            return;
        };
        asking.frames += 1;
        if asking.frames > 8 && !asking.frames.is_power_of_two() {
            return;
        }
        let [client, server] = asking.ends;
        for (known, (local, remote)) in owners.ends.iter_mut().zip([(client, server), (server, client)]) {
            if matches!(known, Some(Owner::Process(_))) || !self.local.holds(local.ip) {
                continue;
            }
            if let Some(found) = self.inquirer.owner(asking.transport, local, remote) {
                owners.own |= found.family;
                *known = Some(found.owner);
            }
        }
        owners.settled = asking
            .ends
            .iter()
            .zip(&owners.ends)
            .all(|(end, known)| matches!(known, Some(Owner::Process(_))) || !self.local.holds(end.ip));
        if owners.settled || asking.frames >= OCCASIONS {
            self.open.remove(&id);
        }
    }
}

impl Owners {
    /// An end is a process's that belongs to the command; what was found out before stays.
    fn belong(&mut self, side: Side, process: &Process) {
        let known = &mut self.ends[side as usize];
        if !matches!(known, Some(Owner::Process(_))) {
            self.own = true;
            *known = Some(Owner::Process(process.clone()));
        }
    }
}

impl Observer for Watch {
    fn wants(&mut self, connection: &Connection) -> bool {
        self.whose.meet(connection);
        self.whose.ask(connection.id);
        let others = self.whose.is_shown(connection.id) == Some(false);
        // A survey wants nothing but to be asked.
        self.survey.wants(connection) | (self.rows.is_some() && !others)
    }

    fn packet(&mut self, connection: &Connection, packet: Packet) {
        if let Some(rows) = &mut self.rows {
            rows.packet(connection, packet);
        }
    }

    fn frame(&mut self, connection: u32, number: FrameNumber) {
        self.survey.frame(connection, number);
        self.whose.ask(connection);
    }

    fn event(&mut self, connection: &Connection, event: Event) {
        if let Some(rows) = &mut self.rows {
            rows.event(connection, event);
        }
    }

    fn closed(&mut self, connection: &Connection) {
        if let Some(rows) = &mut self.rows {
            rows.closed(connection);
        }
    }

    fn ended(&mut self, connection: Connection) {
        self.whose.open.remove(&connection.id);
        if let Some(rows) = &mut self.rows {
            rows.ended(connection.clone());
        }
        self.survey.ended(connection);
    }

    fn warning(&mut self, frame: FrameNumber, note: Note) {
        self.survey.warning(frame, note);
    }
}
