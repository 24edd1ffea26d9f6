//! How much the screen's own thread does for a key, counted: it must not grow with what is open, nor with how many
//! connections there are. What does grow is a job for another thread.

use std::cell::Cell;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::capture::{self, Options};
use crate::connection::Connection;
use crate::event::{Class, Event, Facts, FieldSink, Origin, Payload, Phase, Side, Told};
use crate::frame::Timestamp;
use crate::limits::Limits;
use crate::locale::Lang;
use crate::model::diagram::{Level, View};
use crate::model::filter::Filter;
use crate::model::trace::{Trace, Traced};
use crate::packed::Packed;
use crate::reading::Reading;
use crate::tui::app::{App, Effect, Screen};
use crate::tui::chord::Chord;
use crate::tui::column::Column;
use crate::tui::keys::Keys;
use crate::tui::ladder::Ladder;
use crate::tui::pump::{self, Shared};
use crate::tui::theme::Theme;
use crate::tui::work::{Answer, Job, Worker, lay};
use crate::tui::{panes, still, worker};

thread_local! {
    /// How often an event was asked what it says, on this thread.
    static ASKED: Cell<usize> = const { Cell::new(0) };
}

fn asked() {
    ASKED.set(ASKED.get() + 1);
}

/// A message that counts who asks.
#[derive(Debug)]
struct Counted(usize);

impl Facts for Counted {
    fn kind(&self) -> &'static str {
        asked();
        "ws.message"
    }
    fn label(&self, _lang: Lang) -> String {
        asked();
        format!("message {}", self.0)
    }
    fn tell(&self, fields: &mut dyn FieldSink) {
        asked();
        fields.say("len", 9_usize);
    }
    fn payload(&self) -> Option<Payload<'_>> {
        asked();
        Some(Payload { bytes: b"a message".into(), text: true, len: 9 })
    }
}

/// A capture that is read to its end.
fn read(path: &Path) -> (Arc<Shared>, Worker) {
    let options = Options { rereadable: true, ..Options::default() };
    let input = capture::open(&[path.to_owned()], &options).expect("a capture");
    let limits = Limits::default();
    let mut reading = Reading::new(input.source, &limits);
    let shared = Arc::new(Shared::default());
    pump::run(&mut reading, (&shared, input.frames.as_ref()), None, None, || true);
    let worker = worker(&shared, input.frames, &limits);
    (shared, worker)
}

fn project(capture: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("captures").join(capture)
}

/// A screen that has taken what was read.
fn screen(shared: &Shared) -> App {
    let mut app = App::new(Lang::En, Theme::None, Keys::new(&Default::default()).expect("keys"));
    app.size = (120, 40);
    loop {
        let (summaries, progress, more) = shared.take();
        app.news(summaries, progress);
        if !more {
            return app;
        }
    }
}

fn a_connection() -> Connection {
    let (shared, _) = read(&project("websocket.pcapng"));
    let (mut summaries, ..) = shared.take();
    summaries.remove(0).connection().expect("a summary")
}

/// A connection of so many messages, opened on a screen.
fn conversation(messages: usize) -> App {
    let connection = a_connection();
    let mut trace = Trace::default();
    for n in 0..messages {
        let side = if n % 2 == 0 { Side::Client } else { Side::Server };
        let time = Timestamp(connection.start.0 + n as i64 * 1_000_000);
        let frames = [n as u64 + 1];
        let origin = Origin::new(side, time, &frames);
        let told = Told::new(Class::Message, Phase::Exchange, Counted(n));
        let event = Event { n: n as u64, ..Event::new(&origin, Vec::new(), told) };
        trace.events.push(Traced { connection: connection.id, event });
    }
    let id = connection.id;
    trace.connections.push(connection);
    let mut app = App::new(Lang::En, Theme::None, Keys::new(&Default::default()).expect("keys"));
    app.size = (120, 40);
    let view = View::new(Level::Messages, Lang::En);
    let laid = lay(&trace, &view, None);
    app.ladder = Some(Ladder::new(vec![id], view, Arc::new(trace), laid));
    app.screen = Screen::Ladder;
    app
}

/// Types keys and draws, and does the jobs that come of each without counting; the most that one key cost.
fn cost(app: &mut App, worker: &mut Worker, keys: &str) -> usize {
    let mut most = 0;
    let draw = |app: &mut App| {
        app.settle();
        let mut buffer = Buffer::empty(Rect::new(0, 0, app.size.0, app.size.1));
        panes::draw(&mut buffer, app);
    };
    for chord in Chord::sequence(keys).expect("keys") {
        ASKED.set(0);
        app.key(chord);
        draw(app);
        most = most.max(ASKED.get());
        let mut answers = Vec::new();
        for effect in std::mem::take(&mut app.effects) {
            if let Effect::Job(job) = effect {
                answers.extend(worker.work(job));
            }
        }
        for answer in answers {
            ASKED.set(0);
            app.answer(answer);
            draw(app);
            most = most.max(ASKED.get());
        }
    }
    most
}

#[test]
fn a_key_costs_the_same_in_a_long_conversation() {
    let (_, mut worker) = read(&project("websocket.pcapng"));
    let keys = "jjG<pgup>kk<home>/message 1<enter>nnNGn4G<home>2G<enter><enter>1<enter>3cjjG<enter>aa<enter>Lt?d<esc>";
    let [short, long] = [300, 20_000].map(|messages| {
        let mut app = conversation(messages);
        let most = cost(&mut app, &mut worker, keys);
        assert!(app.ladder.is_some());
        most
    });
    assert!(short > 50 && long < 2 * short, "{short} for a short one, {long} for a long one");
}

/// Writes a capture of one connection, both sides sending a byte in turn.
fn long_connection(packets: u32) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    let mut out = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 101] {
        out.extend(word.to_le_bytes());
    }
    let mut sent = [1_u32, 1];
    for number in 0..packets {
        let side = (number % 2) as usize;
        for word in [1_700_000_000 + number / 1000, number % 1000 * 1000, 41, 41] {
            out.extend(word.to_le_bytes());
        }
        out.extend([
            0x45,
            0,
            0,
            41,
            0,
            1,
            0x40,
            0,
            64,
            6,
            0,
            0,
            10,
            0,
            0,
            1 + side as u8,
            10,
            0,
            0,
            2 - side as u8,
        ]);
        let ports: [u16; 2] = [40_000, 9_000];
        out.extend(ports[side].to_be_bytes());
        out.extend(ports[1 - side].to_be_bytes());
        out.extend(sent[side].to_be_bytes());
        out.extend(sent[1 - side].to_be_bytes());
        out.extend([0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0, b'x']);
        sent[side] += 1;
    }
    file.write_all(&out).expect("it is written");
    file
}

#[test]
fn a_long_connection_shows_after_its_first_packets_and_each_packet_is_read_once() {
    const PACKETS: u32 = 30_000;
    let file = long_connection(PACKETS);
    let (shared, mut worker) = read(file.path());
    let mut app = screen(&shared);
    app.key(Chord::sequence("<enter>").expect("a key")[0]);
    let (mut shown, mut openings) = (Vec::new(), 0);
    while !app.effects.is_empty() {
        for effect in std::mem::take(&mut app.effects) {
            let Effect::Job(job) = effect else { continue };
            openings += usize::from(matches!(job, Job::Open { .. }));
            if let Some(answer) = worker.work(job) {
                app.answer(answer);
            }
        }
        shown.extend(app.ladder.as_ref().map(|ladder| ladder.trace.packets.len()));
        app.tick(std::time::Instant::now());
    }
    let ladder = app.ladder.as_ref().expect("it is open");
    let numbers = ladder.trace.packets.iter().map(|seen| seen.packet.number);
    assert!(numbers.eq(1..=u64::from(PACKETS)));
    assert!(shown[0] <= 4096, "{shown:?}");
    assert!(openings <= 5, "{openings} times");
    assert!(app.beside.read.over && !app.beside.is_reading());
}

#[test]
fn many_connections_are_sorted_and_searched_beside_the_screen() {
    let connection = a_connection();
    let mut app = App::new(Lang::En, Theme::None, Keys::new(&Default::default()).expect("keys"));
    let many = (0..20_000_u32).map(|id| Connection { id, packets: [u64::from(id), 0], ..connection.clone() });
    app.list.take(many.map(|connection| Packed::of(&connection, &mut Vec::new())).collect());
    app.tick(std::time::Instant::now());
    assert_eq!((app.list.order.len(), app.effects.len()), (20_000, 0));
    app.list.sort_by(Column::Packets);
    app.tick(std::time::Instant::now());
    let [Effect::Job(Job::Sort { ids, sort })] = &app.effects[..] else { panic!("one job") };
    assert_eq!((ids.len(), app.list.order[0]), (20_000, 0));
    let ids: Vec<u32> = (0..20_000).rev().collect();
    let answer = Answer::Sorted { ids, sort: *sort };
    app.answer(answer);
    assert_eq!((app.list.order[0], app.list.cursor), (19_999, 0));
    app.effects.clear();
    app.search("no such line");
    assert!(matches!(&app.effects[..], [Effect::Job(Job::Find { .. })]));
}

#[test]
fn what_is_new_is_taken_in_parts_and_in_order() {
    let (shared, _) = read(&project("many-connections.pcap"));
    let (summaries, progress, more) = shared.take();
    assert!(progress.done && !more);
    let ids: Vec<u32> = summaries.iter().map(|packed| packed.id()).collect();
    assert!(ids.iter().copied().eq(0..ids.len() as u32));
}

#[test]
fn a_filter_on_events_rules_connections_out() {
    let (shared, mut worker) = read(&project("many-connections.pcap"));
    let mut app = screen(&shared);
    let filter = Filter::parse("ws.opcode == text").expect("a filter");
    app.narrow(Some(filter.clone()));
    let before = app.list.order.clone();
    assert!(app.list.left() > 1 && before.len() == app.list.left());
    still(&mut app, &mut worker);
    assert_eq!(app.list.left(), 0);
    let fit = |id: &u32| {
        let (mut opening, keys) =
            shared.with(|survey, _| crate::reading::Opening::new(survey, &[*id], &Limits::default()));
        let frames = worker.frames.clone().expect("a file");
        opening.read(&frames, &keys, || false).expect("it is read");
        let trace = opening.finish(&keys);
        trace.events.iter().any(|of| filter.event(&trace.connections[0], &of.event, None))
    };
    let expected: Vec<u32> = before.into_iter().filter(fit).collect();
    assert!(!expected.is_empty());
    assert_eq!(app.list.order, expected);
}
