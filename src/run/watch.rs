//! Whose connections are: asks as soon as one is seen, and again while it is not known.

use std::net::IpAddr;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Calls;
use crate::capture::interface;
use crate::capture::process::{self, Owner, Process, Processes};
use crate::connection::{Close, Connection, Transport};
use crate::diagnostic::Note;
use crate::engine::Observer;
use crate::event::{Endpoint, Event, Side};
use crate::frame::FrameNumber;
use crate::locale::Lang;
use crate::survey::Survey;

/// So many frames of a connection are occasions to ask whose it is.
const OCCASIONS: u32 = 40;

/// A survey that also finds out whose connections are.
pub struct Watch {
    /// What was found on the wire.
    pub survey: Survey,
    /// Whose it is.
    pub whose: Whose,
}

/// Which processes connections belong to, and which of these are the command's.
pub struct Whose {
    processes: Processes,
    /// The process whose children's connections are wanted.
    parent: u32,
    /// Whether the kernel recorded all closings of the command's TCP sockets.
    recorded: bool,
    /// The addresses of this machine.
    local: FxHashSet<IpAddr>,
    owners: Vec<Owners>,
    /// Connections of which something is not known yet.
    open: FxHashMap<u32, Asking>,
    /// Connections by their first frame.
    firsts: FxHashMap<FrameNumber, u32>,
}

/// What is known of the ends of a connection.
#[derive(Default)]
struct Owners {
    ends: [Option<Owner>; 2],
    /// Whether one of them is the command's, or a child's of it.
    own: bool,
}

struct Asking {
    transport: Transport,
    ends: [Endpoint; 2],
    left: u32,
}

impl Watch {
    /// Watches for connections of the children of process `parent`.
    pub fn new(parent: u32) -> Watch {
        let whose = Whose {
            processes: Processes::new(Some(parent)),
            parent,
            recorded: false,
            local: local(),
            owners: Vec::new(),
            open: FxHashMap::default(),
            firsts: FxHashMap::default(),
        };
        Watch { survey: Survey::default(), whose }
    }
}

impl Whose {
    /// Whether a connection is the command's or a child's of it.
    pub fn is_own(&self, id: u32) -> bool {
        self.owners.get(id as usize).is_some_and(|owners| owners.own)
    }

    /// How many of these connections may be the command's or not: an end on this machine is not known.
    pub fn undecided(&self, survey: &Survey) -> usize {
        let undecided = |(connection, owners): &(&Connection, &Owners)| {
            let open = |side: &Side| {
                owners.ends[*side as usize].is_none() && is_local(&self.local, connection.endpoint(*side).ip)
            };
            // Of the command's own the kernel would have said who sent the FIN.
            let told = self.recorded && connection.close == Close::Fin;
            !owners.own && !told && Side::BOTH.iter().any(open)
        };
        survey.connections().iter().zip(&self.owners).filter(undecided).count()
    }

    /// Takes what the kernel recorded of the command's sockets: whose each was, its own end and the other.
    pub fn learn(&mut self, survey: &Survey, calls: &Calls) {
        self.recorded = calls.lost == 0;
        let sockets = &calls.sockets;
        for (connection, owners) in survey.connections().iter().zip(&mut self.owners) {
            for side in Side::BOTH {
                let ends = (connection.endpoint(side), connection.endpoint(side.other()));
                let found = sockets.iter().find(|(_, own, other)| (*own, *other) == ends);
                let known = &mut owners.ends[side as usize];
                if let (Some((process, _, _)), None | Some(Owner::Listener(_))) = (found, &known) {
                    owners.own = true;
                    *known = Some(Owner::Process(process.clone()));
                }
            }
        }
    }

    /// Names for the sockets of these connections: the process that has each. Where a process speaks with itself, each
    /// side has a name of its own.
    pub fn aliases(&self, survey: &Survey, ids: &[u32], lang: Lang) -> Vec<(String, Endpoint)> {
        let known: Vec<(&Connection, &Owners)> = ids
            .iter()
            .filter_map(|&id| Some((survey.connections().get(id as usize)?, self.owners.get(id as usize)?)))
            .collect();
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
        let named = Side::BOTH.iter().filter_map(|&side| {
            let owner = owners.ends[side as usize].as_ref()?;
            Some(format!("{}: {}", side.name(Lang::En), owner.process()))
        });
        let named: Vec<String> = named.collect();
        (!named.is_empty()).then(|| named.join(", "))
    }

    /// A connection is seen for the first time.
    fn meet(&mut self, connection: &Connection) {
        self.owners.resize_with(connection.id as usize + 1, Owners::default);
        let asking = Asking { transport: connection.transport, ends: connection.ends, left: OCCASIONS };
        self.open.insert(connection.id, asking);
        self.firsts.insert(connection.first_packet, connection.id);
    }

    /// Asks what is not known of a connection yet.
    fn ask(&mut self, id: u32) {
        let (Some(asking), Some(owners)) = (self.open.get_mut(&id), self.owners.get_mut(id as usize)) else {
            return;
        };
        let [client, server] = asking.ends;
        for (known, (local, remote)) in owners.ends.iter_mut().zip([(client, server), (server, client)]) {
            if matches!(known, Some(Owner::Process(_))) || !is_local(&self.local, local.ip) {
                continue;
            }
            if let Some(owner) = self.processes.owner(asking.transport, local, remote) {
                owners.own |= process::descends(owner.process().pid, self.parent);
                *known = Some(owner);
            }
        }
        asking.left -= 1;
        let settled =
            asking.ends.iter().zip(&owners.ends).all(|(end, known)| {
                matches!(known, Some(Owner::Process(_))) || !is_local(&self.local, end.ip)
            });
        if settled || asking.left == 0 {
            self.open.remove(&id);
        }
    }
}

fn is_local(known: &FxHashSet<IpAddr>, ip: IpAddr) -> bool {
    ip.is_loopback() || known.contains(&ip)
}

/// The addresses of this machine.
fn local() -> FxHashSet<IpAddr> {
    interface::list()
        .into_iter()
        .flat_map(|interface| interface.addresses)
        .map(|(address, _)| address)
        .collect()
}

impl Observer for Watch {
    fn wants(&mut self, connection: &Connection) -> bool {
        self.whose.meet(connection);
        self.survey.wants(connection)
    }

    fn frame(&mut self, connection: u32, number: FrameNumber) {
        self.survey.frame(connection, number);
        self.whose.ask(connection);
    }

    fn event(&mut self, connection: &Connection, event: Event) {
        self.survey.event(connection, event);
    }

    fn ended(&mut self, connection: Connection) {
        self.whose.open.remove(&connection.id);
        self.survey.ended(connection);
    }

    fn warning(&mut self, frame: FrameNumber, note: Note) {
        self.survey.warning(frame, note);
    }
}
