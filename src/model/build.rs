//! The making of an outline: each connection's rows in order, then all connections' rows in the order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use crate::diagnostic::{Diagnostic, Note, Noted};
use crate::event::{Class, Event, Packet};
use crate::frame::{FrameNumber, Timestamp};
use crate::model::diagram::{Key, Level, View};
use crate::model::fold::{self, Group};
use crate::model::lanes::Lanes;
use crate::model::outline::{Item, Of, Outline, last_frame, places};
use crate::model::phase;
use crate::model::rows;
use crate::model::trace::Trace;

/// The rows of what `view` wants to see of `trace`.
pub(super) fn outline(trace: &Trace, view: &View) -> Outline {
    let Lanes { lanes, ends } = Lanes::new(trace, view);
    let times = || {
        let connections = trace.connections.iter().flat_map(|c| [c.start, c.end]);
        connections
            .chain(trace.events.iter().map(|t| t.event.time))
            .chain(trace.packets.iter().map(|s| s.packet.time))
    };
    let starts = trace.connections.iter().map(|connection| connection.start);
    let start = starts.min().unwrap_or_default();
    let mut outline = Outline {
        title: rows::title(&trace.connections, view.lang),
        lanes,
        start,
        end: times().max().unwrap_or(start),
        nanos: times().any(|time| time.0 % 1_000 != 0),
        lang: view.lang,
        level: view.level,
        hidden: 0,
        places: places(trace),
        ends,
        items: Vec::new(),
        groups: Vec::new(),
        bands: Vec::new(),
        completed: Vec::new(),
    };
    let stock = Stock::new(trace, view, &mut outline);
    let lists = (0..trace.connections.len()).map(|place| stock.connection(&mut outline, place)).collect();
    merge(trace, &mut outline, lists);
    tell_time(trace, view, &mut outline);
    outline
}

/// Puts events in the order of the frames that completed them: what waited for a hole to be given up, or for the end of
/// a body, is told later than what it stands before.
fn order(trace: &Trace, events: &mut [u32]) {
    let mut before = 0;
    let mut frames: Vec<(FrameNumber, u32)> = Vec::with_capacity(events.len());
    for &place in events.iter() {
        before = trace.events[place as usize].event.frames.iter().copied().max().unwrap_or(before);
        frames.push((before, place));
    }
    frames.sort_by_key(|(frame, _)| *frame);
    events.iter_mut().zip(frames).for_each(|(event, (_, place))| *event = place);
}

/// What the rows are made of, by connection.
struct Stock<'a> {
    trace: &'a Trace,
    view: &'a View,
    /// The events of each connection that stay, as places in the trace.
    events: Vec<Vec<u32>>,
    /// The packets of each connection that stay; empty unless packets are shown.
    packets: Vec<Vec<u32>>,
    /// The comments to frames of each connection, by frame, and which of those to the frame each is.
    comments: Vec<Vec<(FrameNumber, u32, u16)>>,
}

impl<'a> Stock<'a> {
    fn new(trace: &'a Trace, view: &'a View, outline: &mut Outline) -> Stock<'a> {
        let place_of = outline.places.clone();
        let mut events = vec![Vec::new(); trace.connections.len()];
        let mut last = vec![None; trace.connections.len()];
        for (place, traced) in (0_u32..).zip(trace.events.iter()) {
            let Some(&owner) = place_of.get(&traced.connection) else { continue };
            let connection = &trace.connections[owner as usize];
            let event = &traced.event;
            let before: Option<crate::frame::Timestamp> = last[owner as usize].replace(event.time);
            let delta = before.map(|before| event.time.since(before));
            let wanted = view.only.as_ref().is_none_or(|only| only(connection, event, delta));
            if !wanted || view.hide_control && event.class == Class::Control && !fold::is_ack(event) {
                outline.hidden += u64::from(view.level != Level::Packets);
                continue;
            }
            events[owner as usize].push(place);
        }
        events.iter_mut().for_each(|events| order(trace, events));
        let mut stock = Stock {
            trace,
            view,
            events,
            packets: vec![Vec::new(); trace.connections.len()],
            comments: Vec::new(),
        };
        if view.level == Level::Packets {
            stock.take_packets(&place_of, outline);
        }
        stock.comments = comments(trace, &place_of);
        stock
    }

    fn take_packets(&mut self, place_of: &FxHashMap<u32, u32>, outline: &mut Outline) {
        let mut completed: Vec<(FrameNumber, u32)> = Vec::new();
        let mut touched: Vec<FrameNumber> = Vec::new();
        for &place in self.events.iter().flatten() {
            let event = &self.trace.events[place as usize].event;
            completed.push((last_frame(event), place));
            if self.view.only.is_some() {
                touched.extend(&event.frames);
            }
        }
        completed.sort_unstable();
        touched.sort_unstable();
        for (place, seen) in (0_u32..).zip(self.trace.packets.iter()) {
            let Some(&owner) = place_of.get(&seen.connection) else { continue };
            let kept_out = self.view.only.is_some() && touched.binary_search(&seen.packet.number).is_err()
                || self.view.hide_control && seen.packet.bare_ack && seen.packet.class == Class::Control;
            if kept_out {
                outline.hidden += 1;
            } else {
                self.packets[owner as usize].push(place);
            }
        }
        outline.completed = completed;
    }

    /// The rows of one connection.
    fn connection(&self, outline: &mut Outline, place: usize) -> Vec<Item> {
        let mut items = Vec::new();
        let id = self.trace.connections[place].id;
        let number = place as u32;
        let several = self.trace.connections.len() > 1;
        let toggled = self.view.toggled.contains(&Key::Connection(id));
        let heading = several || self.view.level == Level::Connections;
        let open = (self.view.level == Level::Connections) == toggled || !heading;
        if heading {
            items.push(Item { open: Some(open), ..item(Of::Connection(number), 0) });
        }
        if !open {
            return items;
        }
        match self.view.level {
            Level::Packets => self.packets(outline, place, &mut items),
            _ => self.bands(outline, place, &mut items),
        }
        let notes = 0..self.trace.connections[place].notes.len().min(usize::from(u16::MAX)) as u16;
        items.extend(notes.map(|nth| item(Of::ConnectionNote(number, nth), 0)));
        items.extend(self.untold(place, &items).map(|what| item(Of::Noted(number, what.index), 0)));
        let verdicts = 0..self.trace.connections[place].verdicts.len().min(usize::from(u16::MAX)) as u16;
        items.extend(verdicts.rev().map(|nth| item(Of::Verdict(number, nth), 0)));
        items
    }

    /// What was noted of a connection and has no row: what rows say themselves, such as a retransmission. Once each.
    fn untold(&self, place: usize, items: &[Item]) -> impl Iterator<Item = &'static Diagnostic> + use<> {
        let connection = &self.trace.connections[place];
        let mut untold = Noted::default();
        if self.view.only.is_none() && matches!(self.view.level, Level::Messages | Level::Packets) {
            let mut told = Noted::default();
            connection.notes.iter().for_each(|what| told.add(what));
            for &event in &self.events[place] {
                let event = &self.trace.events[event as usize].event;
                let apart = event.notes.iter().filter(|note| !says_itself(event, note.what));
                apart.for_each(|note| told.add(note.what));
            }
            for item in items {
                if let Of::PacketNote(packet, nth) = item.of {
                    told.add(self.trace.packets[packet as usize].packet.notes[usize::from(nth)].what);
                }
            }
            connection.noted.iter().filter(|what| !told.has(what)).for_each(|what| untold.add(what));
        }
        untold.iter()
    }

    fn bands(&self, outline: &mut Outline, place: usize, items: &mut Vec<Item>) {
        let trace = self.trace;
        let (first_group, first_band) = (outline.groups.len(), outline.bands.len());
        outline.groups.extend(fold::fold(
            &self.events[place],
            &trace.events,
            trace.connections[place].transport,
        ));
        let whose = (place as u32, trace.connections[place].transport);
        let groups = &outline.groups[first_group..];
        outline.bands.extend(phase::bands(whose, first_group as u32, groups, &trace.events, self.view.lang));
        let mut comments = self.comments[place].iter().peekable();
        for number in first_band..outline.bands.len() {
            let band = &outline.bands[number];
            let first = &trace.events[outline.groups[band.groups.start as usize].event as usize];
            let toggled = self.view.toggled.contains(&Key::Phase(first.connection, first.event.n));
            let open = (self.view.level == Level::Messages) != toggled;
            items.push(Item { open: Some(open), ..item(Of::Band(number as u32), 0) });
            if !open {
                continue;
            }
            for place in band.groups.clone() {
                let group = &outline.groups[place as usize];
                let reached = last_frame(&trace.events[group.event as usize].event);
                while let Some((_, comment, nth)) = comments.next_if(|ahead| self.is_ahead(ahead, reached)) {
                    items.push(item(Of::Remark(*comment, *nth), 1));
                }
                items.push(item(Of::Group(place), 1));
                self.group_notes(group, items);
                while let Some((_, comment, nth)) = comments.next_if(|(frame, ..)| *frame <= reached) {
                    items.push(item(Of::Remark(*comment, *nth), 1));
                }
            }
        }
        if self.view.level == Level::Messages {
            items.extend(comments.map(|(_, comment, nth)| item(Of::Remark(*comment, *nth), 0)));
        }
    }

    /// The notes of an event and of those folded into it, each once, but for what its row itself says.
    fn group_notes(&self, group: &Group, items: &mut Vec<Item>) {
        let mut said: Vec<&Note> = Vec::new();
        for &place in std::iter::once(&group.event).chain(&group.noted) {
            let event = &self.trace.events[place as usize].event;
            for (nth, note) in (0..u16::MAX).zip(&event.notes) {
                if !says_itself(event, note.what) && !said.contains(&note) {
                    said.push(note);
                    items.push(item(Of::EventNote(place, nth), 1));
                }
            }
        }
    }

    fn packets(&self, outline: &mut Outline, place: usize, items: &mut Vec<Item>) {
        let mut gaps = self.events[place].iter().copied().filter(|&event| self.is_gap(event)).peekable();
        let mut comments = self.comments[place].iter().peekable();
        let mut states = [None; 2];
        for &number in &self.packets[place] {
            let packet = &self.trace.packets[number as usize].packet;
            while let Some(gap) =
                gaps.next_if(|&gap| last_frame(&self.trace.events[gap as usize].event) <= packet.number)
            {
                items.push(item(Of::Event(gap), 0));
            }
            while let Some((_, comment, nth)) = comments.next_if(|ahead| self.is_ahead(ahead, packet.number))
            {
                items.push(item(Of::Remark(*comment, *nth), 0));
            }
            let changed = [0, 1]
                .map(|side: usize| packet.states[side].is_some() && packet.states[side] != states[side]);
            states = [0, 1].map(|side: usize| packet.states[side].or(states[side]));
            items.push(item(Of::Packet(number, changed), 0));
            self.packet_notes(outline, number, packet, items);
            while let Some((_, comment, nth)) = comments.next_if(|(frame, ..)| *frame <= packet.number) {
                items.push(item(Of::Remark(*comment, *nth), 0));
            }
        }
        items.extend(gaps.map(|gap| item(Of::Event(gap), 0)));
        items.extend(comments.map(|(_, comment, nth)| item(Of::Remark(*comment, *nth), 0)));
    }

    /// Whether a comment stands above the row of a frame: it is to this frame or one before it.
    fn is_ahead(&self, &(frame, comment, _): &(FrameNumber, u32, u16), reached: FrameNumber) -> bool {
        frame <= reached && self.trace.is_before(comment as usize)
    }

    fn is_gap(&self, event: u32) -> bool {
        fold::word(&self.trace.events[event as usize].event) == "gap"
    }

    /// The notes of a packet and of the events that it completed, each once, but for what its row itself says.
    fn packet_notes(&self, outline: &Outline, number: u32, packet: &Packet, items: &mut Vec<Item>) {
        let done = completed_by(&outline.completed, packet.number);
        let done = || done.iter().map(|&(_, place)| (place, &self.trace.events[place as usize].event));
        let mut said: Vec<&'static str> = Vec::new();
        let mut is_new = |note: &Note| {
            let known =
                said.contains(&note.what.id) || done().any(|(_, event)| says_itself(event, note.what));
            said.push(note.what.id);
            !known
        };
        for (nth, _) in (0..u16::MAX >> 1).zip(&packet.notes).filter(|(_, note)| is_new(note)) {
            items.push(item(Of::PacketNote(number, nth), 0));
        }
        for (place, event) in done() {
            for (nth, _) in (0..u16::MAX).zip(&event.notes).filter(|(_, note)| is_new(note)) {
                items.push(item(Of::EventNote(place, nth), 0));
            }
        }
    }
}

/// The events that a frame completed.
pub(super) fn completed_by(completed: &[(FrameNumber, u32)], frame: FrameNumber) -> &[(FrameNumber, u32)] {
    let first = completed.partition_point(|(number, _)| *number < frame);
    let rest = &completed[first..];
    &rest[..rest.partition_point(|(number, _)| *number == frame)]
}

fn item(of: Of, depth: u8) -> Item {
    Item { of, depth, open: None, delta: None }
}

/// Whether a diagnostic says just what the event's kind says: `tcp.keep-alive` beside `tcp.keep_alive`.
fn says_itself(event: &Event, what: &Diagnostic) -> bool {
    let kind = event.facts.kind().bytes().map(|byte| if byte == b'_' { b'-' } else { byte });
    what.id.bytes().eq(kind)
}

/// Whose frames were commented on.
fn comments(trace: &Trace, place_of: &FxHashMap<u32, u32>) -> Vec<Vec<(FrameNumber, u32, u16)>> {
    let mut by_connection = vec![Vec::new(); trace.connections.len()];
    if trace.comments.is_empty() {
        return by_connection;
    }
    let mut owners: FxHashMap<FrameNumber, u32> = FxHashMap::default();
    for traced in trace.events.iter() {
        owners.extend(traced.event.frames.iter().map(|frame| (*frame, traced.connection)));
    }
    owners.extend(trace.packets.iter().map(|seen| (seen.packet.number, seen.connection)));
    for (nth, (frame, _)) in (0_u32..).zip(&trace.comments) {
        if let Some(&place) = owners.get(frame).and_then(|id| place_of.get(id)) {
            by_connection[place as usize].push((*frame, nth, 0));
        }
    }
    for list in &mut by_connection {
        // What stands above a frame comes before what stands below it.
        list.sort_unstable_by_key(|&(frame, nth, _)| (frame, !trace.is_before(nth as usize), nth));
        for at in 1..list.len() {
            let (frame, _, nth) = list[at - 1];
            list[at].2 = if list[at].0 == frame { nth.saturating_add(1) } else { 0 };
        }
    }
    by_connection
}

/// Puts the rows of all connections in the order of time; the rows of one keep theirs, and what belongs to the row
/// above (a note) or below (an unfolded heading) stays with it.
fn merge(trace: &Trace, outline: &mut Outline, mut lists: Vec<Vec<Item>>) {
    if lists.len() <= 1 {
        outline.items = lists.pop().unwrap_or_default();
        return;
    }
    let mut next = vec![0_usize; lists.len()];
    let mut queue: BinaryHeap<Reverse<(Timestamp, usize)>> = BinaryHeap::new();
    for (which, list) in lists.iter().enumerate() {
        if !list.is_empty() {
            queue.push(Reverse((trace.connections[which].start, which)));
        }
    }
    while let Some(Reverse((_, which))) = queue.pop() {
        while let Some(&item) = lists[which].get(next[which]) {
            outline.items.push(item);
            next[which] += 1;
            let Some(following) = lists[which].get(next[which]) else { break };
            let stays = item.open == Some(true) && !matches!(item.of, Of::Connection(_));
            let Some(time) = place_in_time(trace, outline, following) else { continue };
            if !stays {
                queue.push(Reverse((time, which)));
                break;
            }
        }
    }
}

/// The moment at which a row stands among those of other connections: of what stands above another row, that one's.
fn place_in_time(trace: &Trace, outline: &Outline, item: &Item) -> Option<Timestamp> {
    let Of::Remark(place, _) = item.of else { return time_of(trace, outline, item) };
    let number = trace.comments[place as usize].0;
    let packet = trace.packets.partition_point(|seen| seen.packet.number < number);
    let packet = trace.packets.get(packet).filter(|seen| seen.packet.number == number)?;
    trace.is_before(place as usize).then_some(packet.packet.time)
}

fn time_of(trace: &Trace, outline: &Outline, item: &Item) -> Option<Timestamp> {
    match item.of {
        Of::Connection(place) => Some(trace.connections[place as usize].start),
        Of::Band(place) => Some(outline.bands[place as usize].start),
        Of::Group(place) => Some(trace.events[outline.groups[place as usize].event as usize].event.time),
        Of::Event(place) => Some(trace.events[place as usize].event.time),
        Of::Packet(place, _) => Some(trace.packets[place as usize].packet.time),
        _ => None,
    }
}

/// Fills in the time since the row above, and the rows of silence.
fn tell_time(trace: &Trace, view: &View, outline: &mut Outline) {
    let mut items = Vec::with_capacity(outline.items.len());
    let mut above: Option<Timestamp> = None;
    let mut busy: Option<Timestamp> = None;
    for &item in &outline.items {
        let heading = item.open == Some(true);
        let Some(time) = time_of(trace, outline, &item).filter(|_| !heading) else {
            items.push(item);
            continue;
        };
        let quiet = busy.map_or(0, |busy| time.since(busy));
        if view.silence > 0 && quiet > view.silence && view.level != Level::Connections {
            insert_before_heading(
                &mut items,
                Item { depth: item.depth, ..self::item(Of::Silence(time, quiet), 0) },
            );
        }
        items.push(Item { delta: above.map(|above| time.since(above)), ..item });
        above = Some(time);
        let until = match item.of {
            Of::Group(place) => outline.groups[place as usize].last,
            Of::Band(place) => outline.bands[place as usize].end,
            Of::Connection(place) => trace.connections[place as usize].end,
            _ => time,
        };
        busy = busy.max(Some(until));
    }
    outline.items = items;
}

/// A silence before the first row of an unfolded heading stands before the heading.
fn insert_before_heading(items: &mut Vec<Item>, silence: Item) {
    let headings = items.iter().rev().take_while(|item| item.open == Some(true)).count();
    let depth = if headings > 0 { 0 } else { silence.depth };
    items.insert(items.len() - headings, Item { depth, ..silence });
}
