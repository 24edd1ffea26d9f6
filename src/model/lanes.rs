//! Who stands where: the parties of a trace from left to right.
//!
//! A party is what an alias names, or a process where it is known, or a socket. The client sockets that one address opens to one server, one after
//! another, are one party going on; those that are open at the same time are parties of their own. An address that
//! both accepts and opens connections is a party in the middle, with all its sockets, unless it is a loopback
//! address, where it would be everybody. A connection that passes on what came in on another is opened by who accepted
//! that one, unless the two have names that say otherwise.

use std::net::IpAddr;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::connection::{Connection, Process};
use crate::event::{Endpoint, Side};
use crate::frame::Timestamp;
use crate::locale::Lang;
use crate::model::diagram::{Lane, View};
use crate::model::links::{self, Link};
use crate::model::trace::Trace;
use crate::safe;

/// The lanes of a trace.
pub(super) struct Lanes {
    /// From left to right.
    pub lanes: Vec<Lane>,
    /// The lane of each end of each connection: by its place in [`Trace::connections`], then by [`Side`].
    pub ends: Vec<[usize; 2]>,
}

/// A party while it is being put together.
struct Party {
    alias: Option<String>,
    first: Endpoint,
    sockets: FxHashSet<Endpoint>,
    sides: [bool; 2],
    /// What says that sockets of it are one party's, where nothing else does.
    basis: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Identity {
    Alias(String),
    Host(IpAddr),
    Socket(Endpoint),
}

/// Gathers parties; an index into `parties` names one.
#[derive(Default)]
struct Parties {
    parties: Vec<Party>,
    known: FxHashMap<Identity, usize>,
    /// The client parties of an address at a server, and until when each is busy.
    clients: FxHashMap<(IpAddr, usize), Vec<(usize, Timestamp)>>,
}

/// Two lanes: all who opened one of `connections`, and all who accepted one.
pub(super) fn both(connections: &[Connection], view: &View) -> Vec<Lane> {
    let party = |side: Side| {
        let mut sockets = connections.iter().map(|connection| connection.endpoint(side));
        let first = sockets.next()?;
        let named =
            |end: Endpoint| view.aliases.iter().find(|(_, of)| *of == end).map(|(name, _)| name.clone());
        let alias = named(first).filter(|name| sockets.clone().all(|end| named(end).as_ref() == Some(name)));
        let mut party = Party::new(alias, first);
        party.sockets.extend(sockets.chain([first]));
        party.sides[side as usize] = true;
        Some(party.lane(view.lang))
    };
    Side::BOTH.into_iter().filter_map(party).collect()
}

impl Lanes {
    /// The lanes of all connections of `trace`.
    pub fn new(trace: &Trace, view: &View) -> Lanes {
        let servers: FxHashSet<Endpoint> =
            trace.connections.iter().map(|c| c.endpoint(Side::Server)).collect();
        let accepts: FxHashSet<IpAddr> = servers.iter().map(|server| server.ip).collect();
        let middle: FxHashSet<IpAddr> = trace
            .connections
            .iter()
            .filter(|c| c.ends[0].ip != c.ends[1].ip && !c.ends[0].ip.is_loopback())
            .map(|c| c.ends[0].ip)
            .filter(|ip| accepts.contains(ip))
            .collect();
        let links = links::links(trace);
        let alone: FxHashSet<&Process> = trace
            .connections
            .iter()
            .filter(|c| c.owner(Side::Client) == c.owner(Side::Server))
            .filter_map(|c| c.owner(Side::Client))
            .collect();
        let mut parties = Parties::default();
        let mut ends = Vec::with_capacity(trace.connections.len());
        for (connection, link) in trace.connections.iter().zip(&links) {
            let [client, server] = connection.ends;
            let identity = |of: &Connection, side: Side| {
                let end = of.endpoint(side);
                if let Some((name, _)) = view.aliases.iter().find(|(_, of)| *of == end) {
                    return Identity::Alias(name.clone());
                }
                match of.owner(side) {
                    // Who speaks with itself stands on a lane for each part that it plays.
                    Some(process) if alone.contains(process) => {
                        Identity::Alias(format!("{process} {}", side.name(view.lang)))
                    }
                    Some(process) => Identity::Alias(process.to_string()),
                    None if middle.contains(&end.ip) => Identity::Host(end.ip),
                    None => Identity::Socket(end),
                }
            };
            let at_server = parties.of(identity(connection, Side::Server), server, Side::Server);
            let front = link.as_ref().map(|link| (link, &trace.connections[link.front]));
            let own = match (identity(connection, Side::Client), front) {
                (Identity::Socket(_) | Identity::Host(_), Some((link, front))) => {
                    let of_front = identity(front, Side::Server);
                    parties.link(&of_front, front.endpoint(Side::Server), link);
                    of_front
                }
                (own, _) => own,
            };
            let plain = front.is_none()
                && matches!(own, Identity::Socket(_))
                && (client == server || !servers.contains(&client));
            let at_client = if plain {
                parties.client(client, at_server, client != server, connection.start, connection.end)
            } else {
                parties.of(own, client, Side::Client)
            };
            ends.push([at_client, at_server]);
        }
        parties.in_order(&mut ends, view.lang)
    }
}

impl Parties {
    fn of(&mut self, identity: Identity, socket: Endpoint, side: Side) -> usize {
        let alias = if let Identity::Alias(name) = &identity { Some(name.clone()) } else { None };
        let next = self.parties.len();
        let place = *self.known.entry(identity).or_insert(next);
        if place == next {
            self.parties.push(Party::new(alias, socket));
        }
        self.join(place, socket, side);
        place
    }

    /// Says why the party that accepts at `front` opens connections, too.
    fn link(&mut self, identity: &Identity, front: Endpoint, link: &Link) {
        let place = self.of(identity.clone(), front, Side::Server);
        self.parties[place].basis.get_or_insert_with(|| safe::line(&link.basis));
    }

    /// The party of a client socket: the one that it had, else one that the same address had at this server and no
    /// longer needs, else a new one.
    fn client(
        &mut self,
        socket: Endpoint,
        server: usize,
        shared: bool,
        start: Timestamp,
        end: Timestamp,
    ) -> usize {
        if shared && let Some(&place) = self.known.get(&Identity::Socket(socket)) {
            self.join(place, socket, Side::Client);
            if let Some(known) = self.clients.get_mut(&(socket.ip, server)) {
                known
                    .iter_mut()
                    .filter(|(party, _)| *party == place)
                    .for_each(|slot| slot.1 = slot.1.max(end));
            }
            return place;
        }
        let slots = self.clients.entry((socket.ip, server)).or_default();
        let place = match slots.iter_mut().find(|(_, busy)| *busy <= start) {
            Some((party, busy)) => {
                *busy = end;
                *party
            }
            None => {
                self.parties.push(Party::new(None, socket));
                slots.push((self.parties.len() - 1, end));
                self.parties.len() - 1
            }
        };
        if shared {
            self.known.insert(Identity::Socket(socket), place);
        }
        self.join(place, socket, Side::Client);
        place
    }

    fn join(&mut self, place: usize, socket: Endpoint, side: Side) {
        let party = &mut self.parties[place];
        party.sides[side as usize] = true;
        party.sockets.insert(socket);
    }

    /// Parties that speak with each other stand together, who opens left of who accepts, else as they appeared.
    fn in_order(self, ends: &mut [[usize; 2]], lang: Lang) -> Lanes {
        let count = self.parties.len();
        let (mut group, mut depth): (Vec<usize>, Vec<usize>) = ((0..count).collect(), vec![0; count]);
        for _ in 0..PASSES.min(count) {
            let mut changed = false;
            for &[client, server] in ends.iter().filter(|[client, server]| client != server) {
                let first = group[client].min(group[server]);
                changed |= group[client] != first || group[server] != first || depth[server] <= depth[client];
                (group[client], group[server]) = (first, first);
                depth[server] = depth[server].max(depth[client] + 1);
            }
            if !changed {
                break;
            }
        }
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|&party| (group[party], depth[party], party));
        let mut lane_of = vec![0; count];
        order.iter().enumerate().for_each(|(lane, &party)| lane_of[party] = lane);
        ends.iter_mut().flatten().for_each(|end| *end = lane_of[*end]);
        let lanes = order.iter().map(|&party| self.parties[party].lane(lang)).collect();
        Lanes { lanes, ends: ends.to_vec() }
    }
}

/// How often the order is refined; circles of parties would go on for ever.
const PASSES: usize = 32;

impl Party {
    fn new(alias: Option<String>, first: Endpoint) -> Party {
        Party { alias, first, sockets: FxHashSet::default(), sides: [false; 2], basis: None }
    }

    fn lane(&self, lang: Lang) -> Lane {
        let mut sockets = self.first.to_string();
        if self.sockets.len() > 1 {
            sockets.push_str(&format!(" +{}", self.sockets.len() - 1));
        }
        let roles: Vec<&str> = Side::BOTH
            .iter()
            .filter(|side| self.sides[**side as usize])
            .map(|side| side.name(lang))
            .collect();
        let basis =
            self.basis.as_ref().map(|basis| lang.pick(format!("same {basis}"), format!("같은 {basis}")));
        match &self.alias {
            Some(name) => {
                let below = [Some(sockets), basis].into_iter().flatten().collect::<Vec<_>>().join(" · ");
                Lane { name: safe::line(name), below }
            }
            None => Lane { name: sockets, below: basis.unwrap_or_else(|| roles.join(" · ")) },
        }
    }
}
