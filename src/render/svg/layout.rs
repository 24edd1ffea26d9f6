//! Where everything of a diagram stands on the sheet, in pixels, before anything is drawn.

use crate::event::Tone;
use crate::model::diagram::{Diagram, Key, Row, What};
use crate::model::units;
use crate::render::palette::Ink;
use crate::render::svg::pen::Type;

/// The room around a document.
pub const MARGIN: f64 = 28.0;
/// What a band or a verdict reaches beyond its lifelines.
pub const REACH: f64 = 24.0;
/// The height of the boxes with the parties' names.
pub const HEAD: f64 = 48.0;

/// The sizes of type.
pub const LABEL: f64 = 12.5;
pub const SMALL: f64 = 11.0;
pub const TINY: f64 = 10.0;
pub const NAME: f64 = 13.0;

/// The columns of a diagram.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// Where row numbers end; zero without them.
    pub number: f64,
    /// Where times end.
    pub time: f64,
    /// Where the times since the row above end.
    pub delta: f64,
    /// The lifelines.
    pub lanes: Vec<f64>,
    /// Where what stands beside an arrow starts; `None` where it stands on the arrow.
    pub aside: Option<f64>,
    /// The width of the whole.
    pub width: f64,
    /// Which lanes have connections to both of their sides.
    pub between_two: Vec<bool>,
}

/// A row in its place.
#[derive(Debug)]
pub struct Placed<'d> {
    /// The row.
    pub row: &'d Row,
    /// Its number for readers.
    pub number: Option<usize>,
    /// Its top.
    pub y: f64,
    /// Its height.
    pub height: f64,
    /// Its text in lines, where it has several.
    pub lines: Vec<String>,
    /// The card that it is a part of.
    pub card: Card,
}

/// Verdicts of a connection one below another are one card.
#[derive(Clone, Copy, Debug, Default)]
pub struct Card {
    /// The room above this part; nothing where the card goes on from the row above.
    pub gap: f64,
    /// Whether the card begins with this part.
    pub first: bool,
    /// Whether it ends with it.
    pub last: bool,
    /// The worst tone in the card.
    pub tone: Option<Tone>,
}

/// The ground behind the rows of a phase.
#[derive(Debug, PartialEq)]
pub struct Zone {
    /// Its top and bottom.
    pub y: (f64, f64),
    /// The outermost lanes in it.
    pub lanes: (usize, usize),
    /// Its colour.
    pub ink: Ink,
}

/// A diagram with everything in its place; its own top is at 0.
#[derive(Debug)]
pub struct Figure<'d> {
    /// The diagram.
    pub diagram: &'d Diagram,
    /// Its columns.
    pub columns: Columns,
    /// Its rows.
    pub rows: Vec<Placed<'d>>,
    /// The grounds of its phases.
    pub zones: Vec<Zone>,
    /// Where the lifelines end.
    pub foot: f64,
    /// Where it ends.
    pub bottom: f64,
}

impl Columns {
    /// The columns of a diagram: as wide as its labels ask for, within reason, or as `width` leaves room for.
    pub fn new(diagram: &Diagram, numbers: bool, width: Option<f64>) -> Columns {
        let small = Type::new(SMALL, Ink::Faint);
        let widest = |texts: &mut dyn Iterator<Item = f64>| texts.fold(0.0, f64::max);
        let time = widest(&mut diagram.rows.iter().map(|row| small.width(&time_of(diagram, row))));
        let has_states = diagram
            .rows
            .iter()
            .any(|row| matches!(&row.what, What::Arrow { states, .. } if *states != [None; 2]));
        let head = |lane: usize| diagram.lanes.get(lane).map_or(0.0, |_| head_width(diagram, lane) / 2.0);
        let last = diagram.lanes.len().saturating_sub(1);
        let mut columns = Columns { number: if numbers { MARGIN + 20.0 } else { 0.0 }, ..Columns::default() };
        columns.time = columns.number.max(MARGIN) + time + if numbers { 10.0 } else { 0.0 };
        columns.delta = columns.time + 66.0;
        let outside = if has_states { 104.0 } else { REACH };
        let first = (columns.delta + 18.0 + outside).max(MARGIN + head(0));
        let beside = diagram.lanes.len() <= 2;
        let asides = diagram.rows.iter().map(|row| match &row.what {
            What::Arrow { aside, .. } if beside => small.width(aside),
            _ => 0.0,
        });
        let aside = widest(&mut asides.into_iter()).min(170.0);
        let right = (outside + if aside > 0.0 { aside + 12.0 } else { 0.0 }).max(head(last));
        let mut gaps = wanted_gaps(diagram);
        if let Some(width) = width {
            let factor =
                (width - first - right - MARGIN).max(80.0 * gaps.len() as f64) / gaps.iter().sum::<f64>();
            gaps.iter_mut().for_each(|gap| *gap *= factor);
        }
        let mut x = first;
        for (lane, _) in diagram.lanes.iter().enumerate() {
            columns.lanes.push(x);
            x += if lane < last || last == 0 { gaps[lane] } else { 0.0 };
        }
        let meet = |lane: usize| {
            let mut ends = diagram.rows.iter().filter_map(|row| match &row.what {
                What::Band { lanes, .. } => Some(*lanes),
                _ => None,
            });
            ends.clone().any(|(_, last)| last == lane) && ends.any(|(first, _)| first == lane)
        };
        columns.between_two = (0..diagram.lanes.len()).map(meet).collect();
        columns.aside = beside.then_some(x + outside + 12.0);
        columns.width = (x + right + MARGIN).max(width.unwrap_or(0.0));
        columns
    }

    /// The left and the right edge of what stands between these lanes; of a lane alone, beside it.
    pub fn between(&self, (first, last): (usize, usize)) -> (f64, f64) {
        let left = self.lanes.get(first).copied().unwrap_or(MARGIN);
        let right = self.lanes.get(last).copied().unwrap_or(left);
        if right > left { (left, right) } else { (left, left + 380.0) }
    }

    /// The left and the right edge of the ground of a phase: beyond its lanes, but where another connection's begins.
    pub fn ground(&self, lanes: (usize, usize)) -> (f64, f64) {
        let (left, right) = self.between(lanes);
        let reach = |lane: usize| if self.between_two.get(lane) == Some(&true) { 0.0 } else { REACH };
        (left - reach(lanes.0), right + reach(lanes.1))
    }

    /// The lanes that a text about `lane` stands between.
    pub fn around(&self, lane: usize) -> (usize, usize) {
        let last = self.lanes.len().saturating_sub(1);
        if last <= 2 { (0, last) } else { (lane.min(last - 1), lane.min(last - 1) + 1) }
    }
}

/// The room between each lifeline and the next that the labels between them ask for, within reason; beside a lifeline
/// that is alone.
fn wanted_gaps(diagram: &Diagram) -> Vec<f64> {
    let several = diagram.lanes.len() > 2;
    let (label_type, aside_type) = (Type::new(LABEL, Ink::Text), Type::new(SMALL, Ink::Soft));
    let bold = label_type.bold();
    let (least, most): (f64, f64) = if several { (230.0, 380.0) } else { (440.0, 640.0) };
    let mut gaps = vec![0.0_f64; diagram.lanes.len().saturating_sub(1).max(1)];
    for row in &diagram.rows {
        let (lanes, wanted, most) = match &row.what {
            What::Arrow { from, to, label, aside, .. } => {
                let aside = if several && !aside.is_empty() { aside_type.width(aside) + 9.0 } else { 0.0 };
                ((*from.min(to), *from.max(to)), label_type.width(label) + aside + 64.0, most)
            }
            What::Band { label, lanes, .. } => (*lanes, bold.width(label) + 100.0, most),
            What::Connection { label, lanes, .. } => (*lanes, bold.width(label) + 70.0, most.max(HEADING)),
            _ => continue,
        };
        if lanes.1 <= lanes.0 + 1 {
            let gap = &mut gaps[lanes.0.min(diagram.lanes.len().saturating_sub(2))];
            *gap = gap.max(wanted.clamp(least, most));
        }
    }
    let half = |lane: usize| if lane < diagram.lanes.len() { head_width(diagram, lane) / 2.0 } else { 0.0 };
    gaps.iter().enumerate().map(|(lane, gap)| gap.max(half(lane) + half(lane + 1) + 28.0)).collect()
}

/// The most room that the heading of a connection may ask for.
const HEADING: f64 = 480.0;

/// The width of the box with the name of a party.
pub fn head_width(diagram: &Diagram, lane: usize) -> f64 {
    let lane = &diagram.lanes[lane];
    let name = Type::new(NAME, Ink::Text).bold().width(&lane.name);
    let below = Type::new(SMALL, Ink::Soft).width(&lane.below);
    (name.max(below) + 36.0).clamp(120.0, 300.0)
}

impl<'d> Figure<'d> {
    /// Places the rows of `diagram`, which are numbered from `first`.
    pub fn new(diagram: &'d Diagram, columns: Columns, first: usize) -> Figure<'d> {
        let mut y = HEAD + 14.0;
        let mut next = first;
        let cards = cards(&diagram.rows);
        let rows: Vec<Placed<'d>> = diagram
            .rows
            .iter()
            .zip(cards)
            .map(|(row, card)| {
                let number = crate::render::svg::is_numbered(row).then_some(next);
                next += usize::from(number.is_some());
                let (height, lines) = height_of(row, card, &columns);
                y += height;
                Placed { row, number, y: y - height, height, lines, card }
            })
            .collect();
        let zones = zones(&rows);
        let summary = rows.iter().rev().take_while(|placed| placed.card.tone.is_some()).last();
        let foot = summary.map_or(y + 18.0, |first| first.y + END);
        Figure { diagram, columns, rows, zones, foot, bottom: foot.max(y) }
    }
}

/// How far the lifelines go on behind the last row before the summary.
const END: f64 = 12.0;

/// Which rows are parts of which card. The one behind all other rows stands below the lifelines.
fn cards(rows: &[Row]) -> Vec<Card> {
    let mut cards = Vec::with_capacity(rows.len());
    for run in
        rows.chunk_by(|above, row| whose_verdict(above).is_some_and(|id| whose_verdict(row) == Some(id)))
    {
        let tone = run.iter().filter_map(|row| match &row.what {
            What::Verdict { tone, .. } => Some(*tone),
            _ => None,
        });
        let tone = tone.max();
        let (before, all) = (cards.len(), cards.len() + run.len());
        cards.extend((0..run.len()).map(|nth| {
            let gap = match nth {
                0 if all == rows.len() && before > 0 => END + 12.0,
                0 => 10.0,
                _ => 0.0,
            };
            Card { gap, first: nth == 0, last: nth + 1 == run.len(), tone }
        }));
    }
    cards
}

fn whose_verdict(row: &Row) -> Option<u32> {
    if let Key::Verdict(id, _) = row.key { Some(id) } else { None }
}

/// How high a row is, and its lines of text.
fn height_of(row: &Row, card: Card, columns: &Columns) -> (f64, Vec<String>) {
    let room = |lanes, less: f64| {
        let (left, right) = columns.between(lanes);
        (right - left - less).max(60.0)
    };
    match &row.what {
        What::Arrow { from, to, .. } if from == to => (46.0, Vec::new()),
        What::Arrow { .. } => (36.0, Vec::new()),
        What::Gap { .. } => (44.0, Vec::new()),
        What::Silence(_) => (50.0, Vec::new()),
        What::Milestone { label, lanes, .. } => {
            let lines = Type::new(12.0, Ink::Text).wrap(label, room(*lanes, 80.0));
            (24.0 + 16.0 * lines.len() as f64, lines)
        }
        What::Band { label, duration, lanes, .. } => {
            let height = if row.open == Some(false) { 52.0 } else { 46.0 };
            let (left, right) = columns.between(*lanes);
            let rest = label.split_once(" · ").map_or("", |(_, rest)| rest);
            let beside = band_room(label, *duration, (left, right)).1;
            let plain = Type::new(12.0, Ink::Soft);
            if plain.width(rest) <= beside {
                return (height, vec![rest.to_owned()]);
            }
            let lines = plain.wrap(rest, right - left - 28.0);
            (height + 17.0 * lines.len() as f64, [vec![String::new()], lines].concat())
        }
        What::Connection { verdict, more, lanes, .. } if row.open != Some(true) => {
            let (look, room) = (Type::new(12.0, Ink::Text), room(*lanes, 30.0));
            let mut lines = look.wrap(verdict, room);
            if !more.is_empty() {
                lines.extend(look.wrap(&format!("+ {more}"), room));
            }
            (55.0 + 17.0 * lines.len() as f64, lines)
        }
        What::Connection { .. } => (46.0, Vec::new()),
        What::Note { text, lane, .. } => {
            let lines = Type::new(12.0, Ink::Text).wrap(text, room(columns.around(*lane), 80.0));
            (40.0 + 16.0 * lines.len() as f64, lines)
        }
        What::Verdict { text, lanes, .. } => {
            let lines = Type::new(LABEL, Ink::Text).wrap(text, room(*lanes, 6.0));
            let pads = [card.first, card.last].map(|edge| if edge { 6.0 } else { 0.0 });
            let below = if card.last { 4.0 } else { 0.0 };
            (card.gap + pads[0] + 8.0 + 18.0 * lines.len() as f64 + pads[1] + below, lines)
        }
        What::Remark(text) => {
            let all = (0, columns.lanes.len().saturating_sub(1));
            let lines = Type::new(12.0, Ink::Text).wrap(text, room(all, 90.0));
            (26.0 + 16.0 * lines.len() as f64, lines)
        }
    }
}

/// How wide the name of a phase is, and the room for what is said beside it, between these edges.
pub fn band_room(label: &str, duration: i64, (left, right): (f64, f64)) -> (f64, f64) {
    let name = label.split_once(" · ").map_or(label, |(name, _)| name);
    let used = Type::new(12.0, Ink::Text).bold().width(name);
    let took = Type::new(SMALL, Ink::Soft).width(&units::duration(duration));
    (used, (right - left - 28.0 - used - 10.0 - took - 18.0).max(0.0))
}

/// The grounds of the phases that are unfolded: each from its heading to the last row before what ends it. Phases of
/// connections that go on at the same time between the same lanes have none, they would cover each other.
fn zones(rows: &[Placed<'_>]) -> Vec<Zone> {
    let mut zones: Vec<Zone> = Vec::new();
    for (index, placed) in rows.iter().enumerate() {
        let (What::Band { phase, lanes, .. }, Key::Phase(id, _)) = (&placed.row.what, placed.row.key) else {
            continue;
        };
        if placed.row.open != Some(true) {
            continue;
        }
        let own: Vec<&Placed<'_>> = rows[index + 1..]
            .iter()
            .take_while(|other| !ends(other.row, id, *lanes))
            .filter(|other| connection_of(other.row.key).is_none_or(|of| of == id))
            .collect();
        let foot = own.last().map_or(placed.y + placed.height, |last| last.y + last.height);
        zones.push(Zone { y: (placed.y + 9.0, foot + 1.0), lanes: *lanes, ink: Ink::of_phase(*phase) });
    }
    zones
}

/// Whether a row ends the phase of connection `id` that stands on these lanes.
fn ends(row: &Row, id: u32, (first, last): (usize, usize)) -> bool {
    let meets = |(from, to): (usize, usize)| from < last && first < to;
    match (&row.what, row.key) {
        (What::Band { lanes, .. } | What::Verdict { lanes, .. } | What::Connection { lanes, .. }, key) => {
            connection_of(key) == Some(id) || meets(*lanes)
        }
        _ => false,
    }
}

fn connection_of(key: Key) -> Option<u32> {
    match key {
        Key::Connection(id)
        | Key::Phase(id, _)
        | Key::Event(id, _)
        | Key::Packet(id, _)
        | Key::Note(id, ..)
        | Key::Verdict(id, _) => Some(id),
        Key::Silence(_) | Key::Remark(..) => None,
    }
}

/// The time of a row as it is shown: seconds since the start; empty for rows that have none of their own.
pub fn time_of(diagram: &Diagram, row: &Row) -> String {
    let heading = row.open == Some(true) && !matches!(row.what, What::Arrow { .. });
    if heading
        || !matches!(
            row.what,
            What::Arrow { .. } | What::Gap { .. } | What::Band { .. } | What::Connection { .. }
        )
    {
        return String::new();
    }
    let nanos = row.time.since(diagram.start);
    let (sign, nanos) = (if nanos < 0 { "-" } else { "" }, nanos.unsigned_abs());
    format!("{sign}{}.{:06}", nanos / 1_000_000_000, nanos % 1_000_000_000 / 1_000)
}
