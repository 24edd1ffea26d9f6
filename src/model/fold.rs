//! The events of a connection, those folded that say nothing of their own: what an event holds besides itself.
//!
//! A bare acknowledgement is folded into what it acknowledges, the parts of a message into the message, an incident
//! that repeats itself into the first. All are counted: nothing is hidden silently.

use rustc_hash::FxHashMap;

use crate::event::{Class, Event, Side};
use crate::frame::Timestamp;
use crate::model::trace::Traced;

/// An event that has a row of its own, and what is folded into it.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Its place in the trace's events.
    pub event: u32,
    /// The place of the first and the last event that it holds, itself included.
    pub span: (u32, u32),
    /// Bare acknowledgements of it.
    pub acks: u32,
    /// Parts of it.
    pub parts: u32,
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

/// Whether it acknowledges and says nothing else.
pub(super) fn is_ack(event: &Event) -> bool {
    word(event) == "ack"
}

/// Whether it is something that happens to the transport in between, whatever step the connection is in.
pub(super) fn is_incident(event: &Event) -> bool {
    matches!(
        word(event),
        "ack"
            | "retransmission"
            | "out_of_order"
            | "duplicate_ack"
            | "zero_window"
            | "window_update"
            | "keep_alive"
            | "discarded"
            | "gap"
    )
}

/// Folds the events of one connection: `places` are theirs among all `events`, in order.
pub(super) fn fold(places: &[u32], events: &[Traced]) -> Vec<Group> {
    let owners = owners_of_parts(places, events);
    let mut held: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    let mut groups: Vec<Group> = Vec::new();
    let mut latest = [Latest::Nothing; 2];
    for (&place, &owner) in places.iter().zip(&owners) {
        let event = &events[place as usize].event;
        if owner != NOBODY {
            held.entry(owner).or_default().push(place);
            latest[event.side as usize] = Latest::PartOf(owner);
            continue;
        }
        let alone = !held.contains_key(&place);
        if is_ack(event) && alone {
            match latest[event.side.other() as usize] {
                Latest::Row(row) => {
                    groups[row].hold(place, event);
                    continue;
                }
                Latest::PartOf(owner) => {
                    held.entry(owner).or_default().push(place);
                    continue;
                }
                Latest::Nothing => {}
            }
        }
        if let Some(group) = groups.last_mut().filter(|_| alone)
            && repeats(&events[group.event as usize].event, event)
        {
            group.again += 1;
            group.reach(place, event);
            continue;
        }
        let mut group = Group::of(place, event);
        for within in held.remove(&place).unwrap_or_default() {
            group.hold(within, &events[within as usize].event);
        }
        let acknowledged = !is_incident(event)
            || matches!(word(event), "retransmission" | "out_of_order" | "keep_alive")
            || matches!(latest[event.side as usize], Latest::PartOf(owner) if owner == place);
        if acknowledged {
            latest[event.side as usize] = Latest::Row(groups.len());
        }
        groups.push(group);
    }
    groups
}

/// What a side said last that can be acknowledged.
#[derive(Clone, Copy)]
enum Latest {
    Nothing,
    /// The event of this group.
    Row(usize),
    /// A part of the message at this place, which is still to come.
    PartOf(u32),
}

impl Group {
    fn of(place: u32, event: &Event) -> Group {
        Group {
            event: place,
            span: (place, place),
            acks: 0,
            parts: 0,
            again: 0,
            last: event.time,
            noted: Vec::new(),
        }
    }

    /// Takes in an acknowledgement or a part.
    fn hold(&mut self, place: u32, event: &Event) {
        match event.class {
            Class::Part => self.parts += 1,
            _ => self.acks += 1,
        }
        self.reach(place, event);
    }

    fn reach(&mut self, place: u32, event: &Event) {
        self.span = (self.span.0.min(place), self.span.1.max(place));
        self.last = self.last.max(event.time);
        if !event.notes.is_empty() {
            self.noted.push(place);
        }
    }
}

const NOBODY: u32 = u32::MAX;

/// For each event, the place of the message that it is a part of: the next one of the same protocol, side and
/// channel. A part whose message never came stands for itself.
fn owners_of_parts(places: &[u32], events: &[Traced]) -> Vec<u32> {
    let mut owners = vec![NOBODY; places.len()];
    let mut waiting: FxHashMap<(Side, Option<u32>, &str), Vec<usize>> = FxHashMap::default();
    for (local, &place) in places.iter().enumerate() {
        let event = &events[place as usize].event;
        let whole =
            matches!(event.class, Class::Message | Class::Request | Class::Response | Class::Handshake);
        if event.class != Class::Part && (!whole || waiting.is_empty()) {
            continue;
        }
        let parts = waiting.entry((event.side, event.channel, teller(event))).or_default();
        if event.class == Class::Part {
            parts.push(local);
        } else {
            parts.drain(..).for_each(|part| owners[part] = place);
        }
    }
    owners
}

/// Whether `next` is the same incident once more.
fn repeats(event: &Event, next: &Event) -> bool {
    is_incident(next)
        && word(next) != "gap"
        && event.side == next.side
        && event.facts.kind() == next.facts.kind()
}
