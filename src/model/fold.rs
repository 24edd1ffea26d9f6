//! The events of a connection, those folded that say nothing of their own: what an event holds besides itself.
//!
//! An acknowledgement that has no note is folded into what it acknowledges, the parts of a message into the message,
//! an incident that repeats itself into the first. All are counted: nothing is hidden silently.

use rustc_hash::FxHashMap;

use crate::connection::Transport;
use crate::event::{Class, Event, Side};
use crate::frame::{FrameNumber, Timestamp};
use crate::model::growing::Growing;
use crate::model::outline::last_frame;
use crate::model::trace::Traced;

/// An event that has a row of its own, and what is folded into it.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Its place in the trace's events.
    pub event: u32,
    /// What kind of thing it tells of.
    pub sort: Sort,
    /// Bare acknowledgements of it.
    pub acks: u32,
    /// Parts of it.
    pub parts: u32,
    /// Parts of another protocol that carried it, and whose.
    pub carriers: (u32, &'static str),
    /// How often it happened again.
    pub again: u32,
    /// The moment of the last of all these.
    pub last: Timestamp,
    /// Those among the folded events that carry notes, by their place in the trace's events.
    pub noted: Vec<u32>,
}

/// What kind of thing an event tells of: the word of its kind behind the dot.
pub(super) fn word(event: &Event) -> &'static str {
    let kind = event.facts.kind();
    kind.split_once('.').map_or(kind, |(_, word)| word)
}

/// Which protocol tells it: the word of its kind before the dot.
pub(super) fn teller(event: &Event) -> &'static str {
    let kind = event.facts.kind();
    kind.split_once('.').map_or(kind, |(teller, _)| teller)
}

/// What kind of thing an event tells of, as far as folding cares. Found out once for each event: it is a comparison of
/// names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sort {
    /// It acknowledges and says nothing else.
    Ack,
    /// It says more of what its sender received, and brings nothing.
    Receipt,
    /// Bytes that were never captured.
    Gap,
    /// Something else that happens to the transport in between, whatever step the connection is in.
    Incident,
    /// What connections are for.
    Step,
}

impl Sort {
    /// Of an event.
    pub fn of(event: &Event) -> Sort {
        match word(event) {
            "ack" => Sort::Ack,
            "duplicate_ack" | "zero_window" | "window_update" => Sort::Receipt,
            "gap" => Sort::Gap,
            "retransmission" | "out_of_order" | "keep_alive" | "discarded" => Sort::Incident,
            _ => Sort::Step,
        }
    }
}

/// Whether it acknowledges and says nothing else.
pub(super) fn is_ack(event: &Event) -> bool {
    Sort::of(event) == Sort::Ack
}

/// Whether it is something that happens to the transport in between, whatever step the connection is in.
pub(super) fn is_incident(event: &Event) -> bool {
    Sort::of(event) != Sort::Step
}

/// Folds the events of one connection over `transport`: `places` are theirs among all `events`, in order.
pub(super) fn fold(places: &[u32], events: &Growing<Traced>, transport: Transport) -> Vec<Group> {
    let own = places.iter().map(|&place| &events[place as usize].event);
    let own: Vec<(&Event, Sort)> = own.map(|event| (event, Sort::of(event))).collect();
    let mut owners = owners_of_parts(&own, transport);
    find_acknowledged(&own, &mut owners);
    let mut group_of = vec![NOBODY; own.len()];
    let mut held: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    let mut groups: Vec<Group> = Vec::new();
    for (local, &(event, sort)) in own.iter().enumerate() {
        if owners[local] != NOBODY {
            match groups.get_mut(group_of[owners[local]]) {
                Some(group) => group.hold(places[local], event, own[owners[local]].0),
                None => held.entry(owners[local]).or_default().push(local),
            }
            continue;
        }
        match groups.last_mut() {
            Some(group)
                if sort == group.sort && repeats(&events[group.event as usize].event, event, sort) =>
            {
                group.again += 1;
                group.reach(places[local], event);
            }
            _ => groups.push(Group::of(places[local], event, sort)),
        }
        group_of[local] = groups.len() - 1;
        if let Some(group) = groups.last_mut() {
            for within in held.remove(&local).unwrap_or_default() {
                group.hold(places[within], own[within].0, event);
            }
        }
    }
    groups
}

impl Group {
    fn of(place: u32, event: &Event, sort: Sort) -> Group {
        Group {
            event: place,
            sort,
            acks: 0,
            parts: 0,
            carriers: (0, ""),
            again: 0,
            last: event.time,
            noted: Vec::new(),
        }
    }

    /// Takes in an acknowledgement or a part of `owner`.
    fn hold(&mut self, place: u32, event: &Event, owner: &Event) {
        match event.class {
            Class::Part if teller(event) == teller(owner) => self.parts += 1,
            Class::Part => self.carriers = (self.carriers.0 + 1, teller(event)),
            _ => self.acks += 1,
        }
        self.reach(place, event);
    }

    fn reach(&mut self, place: u32, event: &Event) {
        self.last = self.last.max(event.time);
        if !event.notes.is_empty() {
            self.noted.push(place);
        }
    }
}

const NOBODY: usize = usize::MAX;

/// For each event, the message that it is a part of: the next one of the same protocol, side and channel, or, where
/// that protocol only carries another, the next event of that which came in the same frame. A part whose message
/// never came stands for itself.
fn owners_of_parts(own: &[(&Event, Sort)], transport: Transport) -> Vec<usize> {
    let mut owners = vec![NOBODY; own.len()];
    let mut waiting: FxHashMap<(Side, Option<u32>, &str), Vec<usize>> = FxHashMap::default();
    let mut carriers: FxHashMap<(Side, FrameNumber), Vec<usize>> = FxHashMap::default();
    for (local, &(event, sort)) in own.iter().enumerate() {
        if event.class == Class::Part {
            waiting.entry((event.side, event.channel, teller(event))).or_default().push(local);
            carriers.entry((event.side, last_frame(event))).or_default().push(local);
            continue;
        }
        if waiting.is_empty() || sort != Sort::Step || event.facts.is_milestone() {
            continue;
        }
        if matches!(event.class, Class::Message | Class::Request | Class::Response | Class::Handshake)
            && let Some(parts) = waiting.get_mut(&(event.side, event.channel, teller(event)))
        {
            parts.drain(..).for_each(|part| owners[part] = local);
        }
        if teller(event) == transport.name() {
            continue;
        }
        for frame in &event.frames {
            if let Some(parts) = carriers.get_mut(&(event.side, *frame)) {
                let of_another = |part: &mut usize| teller(own[*part].0) != teller(event);
                for part in parts
                    .extract_if(.., of_another)
                    .filter(|&part| owners[part] == NOBODY)
                    .collect::<Vec<_>>()
                {
                    owners[part] = local;
                }
            }
        }
    }
    owners
}

/// For each bare acknowledgement, what it acknowledges: what the other side's last packet before it brought.
fn find_acknowledged(own: &[(&Event, Sort)], owners: &mut [usize]) {
    let mut sent: [Vec<(FrameNumber, bool, usize)>; 2] = [Vec::new(), Vec::new()];
    for (local, &(event, sort)) in own.iter().enumerate() {
        let was_sent = !event.facts.is_milestone();
        if was_sent && !matches!(sort, Sort::Ack | Sort::Receipt) {
            let said = |frame: &FrameNumber| (*frame, sort == Sort::Step, local);
            sent[event.side as usize].extend(event.frames.iter().map(said));
        }
    }
    sent.iter_mut().for_each(|sent| sent.sort_unstable());
    for (local, &(event, sort)) in own.iter().enumerate() {
        if sort == Sort::Ack && event.notes.is_empty() && owners[local] == NOBODY {
            let sent = &sent[event.side.other() as usize];
            let before = sent.partition_point(|(frame, ..)| *frame < last_frame(event));
            if let Some((.., acknowledged)) = before.checked_sub(1).and_then(|last| sent.get(last)) {
                let whole = owners[*acknowledged];
                owners[local] = if whole == NOBODY { *acknowledged } else { whole };
            }
        }
    }
}

/// Whether `next` is the same incident once more.
fn repeats(event: &Event, next: &Event, sort: Sort) -> bool {
    !matches!(sort, Sort::Step | Sort::Gap)
        && event.side == next.side
        && event.facts.kind() == next.facts.kind()
}
