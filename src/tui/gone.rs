//! Of a long capture the oldest is let go: it leaves the table, what stays is as it was, and what was let go is said.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::capture::live::{self, Stop};
use crate::capture::{self, Options};
use crate::connection::Connection;
use crate::diagnostic::CAP_LET_GO;
use crate::error::Error;
use crate::limits::Limits;
use crate::locale::Lang;
use crate::model::filter::Filter;
use crate::packed::Packed;
use crate::reading::Reading;
use crate::render::screen::text;
use crate::tui::app::{App, Screen};
use crate::tui::chord::Chord;
use crate::tui::column::Column;
use crate::tui::keys::Keys;
use crate::tui::list::List;
use crate::tui::pump::{self, Shared};
use crate::tui::theme::Theme;
use crate::tui::{panes, still, worker};

fn app(lang: Lang) -> App {
    let mut app = App::new(lang, Theme::None, Keys::new(&Default::default()).expect("keys"));
    app.size = (120, 40);
    app
}

/// Takes all that is new.
fn take(app: &mut App, shared: &Shared) {
    loop {
        let (summaries, progress, more) = shared.take();
        app.news(summaries, progress);
        if !more {
            return;
        }
    }
}

fn drawn(app: &mut App) -> String {
    app.settle();
    let mut buffer = Buffer::empty(Rect::new(0, 0, app.size.0, app.size.1));
    panes::draw(&mut buffer, app);
    text(&buffer)
}

fn read(capture: &str) -> (Arc<Shared>, crate::tui::work::Worker) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures").join(capture);
    let options = Options { rereadable: true, ..Options::default() };
    let input = capture::open(&[path], &options).expect("a capture");
    let mut reading = Reading::new(input.source, &Limits::default());
    let shared = Arc::new(Shared::default());
    pump::run(&mut reading, (&shared, input.frames.as_ref()), None, None, || true);
    let worker = worker(&shared, input.frames, &Limits::default());
    (shared, worker)
}

/// A table of so many connections of ten packets each, one after the other.
fn table(count: u32) -> (List, impl Fn(u32, u64) -> Packed) {
    let (shared, _) = read("websocket.pcapng");
    let one = shared.take().0.remove(0).connection().expect("a summary");
    let summary = move |id: u32, last_packet: u64| {
        let first_packet = u64::from(id) * 10 + 1;
        let packets = [last_packet - first_packet + 1, 0];
        let verdicts = one.verdicts.clone();
        Packed::of(
            &Connection { id, first_packet, last_packet, packets, verdicts, ..one.clone() },
            &mut Vec::new(),
        )
    };
    let mut list = List::default();
    list.take((0..count).map(|id| summary(id, u64::from(id) * 10 + 10)).collect());
    (list, summary)
}

#[test]
fn rows_leave_from_above_and_the_others_stay_as_they_are() {
    let (mut list, summary) = table(20);
    list.go_to(3);
    list.tick();
    list.go_to(12);
    list.tick();
    list.let_go(81);
    assert!(list.order.iter().copied().eq(8..20));
    assert_eq!((list.len(), list.current(), &list.ticked[..]), (12, Some(13), &[12][..]));
    assert!(list.get(7).is_none() && list.get(8).is_some_and(|of| of.id == 8));
    // Where the cursor is on one that goes, it goes to the next that stays.
    list.go_to(9);
    list.let_go(101);
    assert_eq!((list.current(), list.highest()), (Some(10), 19));
    // One of them speaks again: it comes back under its number.
    list.take(vec![summary(2, 300)]);
    assert!(list.order.iter().copied().eq([2].into_iter().chain(10..20)), "{:?}", list.order);
    assert_eq!(list.current(), Some(10));
    list.let_go(301);
    assert_eq!((list.len(), list.order.len(), list.current()), (0, 0, None));
}

#[test]
fn a_sorted_and_filtered_table_stays_so() {
    let (mut list, summary) = table(20);
    list.sort_by(Column::Packets);
    list.set_filter(Some(Filter::parse("conn < 15").expect("a filter")));
    list.take(vec![summary(4, 150), summary(11, 149)]);
    assert_eq!((list.order.len(), &list.order[..2]), (15, &[4, 11][..]));
    list.go_to(11);
    list.let_go(101);
    assert_eq!(list.order, [4, 11, 10, 12, 13, 14]);
    assert_eq!((list.current(), list.len()), (Some(11), 11));
    list.set_filter(None);
    assert_eq!((list.order.len(), list.order[0], list.current()), (11, 4, Some(11)));
}

#[test]
fn the_screen_says_what_was_let_go_and_counts_everything() {
    for (lang, said, all) in [
        (Lang::En, "let go: 5 connections, ", "KEPT/ALL connections"),
        (Lang::Ko, "버림: 연결 5, 패킷 ", "연결 KEPT/ALL"),
    ] {
        let (shared, mut worker) = read("many-connections.pcap");
        let mut app = app(lang);
        take(&mut app, &shared);
        let total = app.list.len();
        let ends: Vec<u64> =
            (0..total as u32).map(|id| app.list.get(id).expect("a row").last_packet).collect();
        let mut sorted = ends.clone();
        sorted.sort_unstable();
        let first = sorted[4] + 1;
        shared.trim(first);
        take(&mut app, &shared);
        let screen = drawn(&mut app);
        assert_eq!(app.list.len(), total - 5, "{screen}");
        assert!(screen.contains(&format!("{said}{}", first - 1)), "{screen}");
        let all = all.replace("KEPT", &(total - 5).to_string()).replace("ALL", &total.to_string());
        assert!(screen.contains(&all), "{screen}");
        // One that the table still had cannot be opened.
        let gone = ends.iter().position(|end| *end < first).expect("one that is gone") as u32;
        app.open(vec![gone]);
        still(&mut app, &mut worker);
        assert!(
            app.screen == Screen::List && drawn(&mut app).contains("--spool-limit"),
            "{}",
            drawn(&mut app)
        );
    }
}

#[test]
fn what_stays_of_a_connection_opens_and_says_that_its_beginning_was_let_go() {
    let (shared, mut worker) = read("websocket.pcapng");
    let mut app = app(Lang::En);
    take(&mut app, &shared);
    let known = app.list.get(0).expect("a connection");
    let handshake = known.handshake_rtt;
    let first = known.first_packet + (known.last_packet - known.first_packet) / 2;
    shared.trim(first);
    take(&mut app, &shared);
    app.open(vec![0]);
    still(&mut app, &mut worker);
    let ladder = app.ladder.as_ref().expect("it opens");
    let trace = &ladder.trace;
    assert!(trace.packets.iter().all(|seen| seen.packet.number >= first && seen.connection == 0));
    assert!(!trace.packets.is_empty() && !trace.events.is_empty());
    // What was seen of it stays said, and nothing else.
    let [connection] = &trace.connections[..] else { panic!("one connection") };
    assert_eq!((connection.packets, connection.handshake_rtt), (known.packets, handshake));
    assert_eq!(connection.notes.first().map(|what| what.id), Some(CAP_LET_GO.id));
    assert!(connection.notes.iter().all(|what| what.id != "tcp.midstream"));
    let last = Chord::sequence("G").expect("a key");
    last.into_iter().for_each(|chord| app.key(chord));
    let screen = drawn(&mut app);
    assert!(screen.contains("the beginning of the connection was let go"), "{screen}");
}

/// One talk over TCP: a line and its echo.
fn talk(stream: &mut TcpStream) {
    stream.write_all(b"a line that comes back\n").expect("sent");
    let mut back = [0; 23];
    stream.read_exact(&mut back).expect("it comes back");
}

#[test]
fn a_live_capture_keeps_within_its_limit_and_what_it_shows_is_right() {
    const TALKS: usize = 1500;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let filter = format!("tcp port {}", address.port());
    let stop = Stop::default();
    let options = live::Options { filter, spool: Some(1 << 20), ring: 8 << 20, ..live::Options::default() };
    let input = match live::open(&options, &stop) {
        Ok(input) => input,
        Err(error @ Error::Capture { .. }) => return eprintln!("skipped: {error}"),
        Err(error) => panic!("{error}"),
    };
    let (shared, frames) = (Arc::new(Shared::default()), input.frames.expect("a spool"));
    let mut reading = Reading::new(input.source, &Limits::default());
    std::thread::scope(|scope| {
        let (shared_there, frames_there) = (Arc::clone(&shared), frames.clone());
        scope.spawn(move || {
            pump::run(&mut reading, (&shared_there, Some(&frames_there)), None, None, || true)
        });
        scope.spawn(|| {
            for stream in listener.incoming().take(TALKS + 1) {
                let mut stream = stream.expect("a client");
                std::thread::spawn(move || {
                    let mut bytes = [0; 64];
                    while let Ok(count @ 1..) = stream.read(&mut bytes) {
                        let _ = stream.write_all(&bytes[..count]);
                    }
                });
            }
        });
        let connect = || {
            let stream = TcpStream::connect(address).expect("the server listens");
            stream.set_read_timeout(Some(Duration::from_secs(10))).expect("set");
            stream
        };
        let mut long = connect();
        talk(&mut long);
        (0..TALKS).for_each(|_| talk(&mut connect()));
        talk(&mut long);
        drop(long);
        std::thread::sleep(Duration::from_millis(200));
        stop.stop();
    });
    let mut worker = worker(&shared, Some(frames), &Limits::default());
    let mut app = app(Lang::En);
    app.live = true;
    let until = Instant::now() + Duration::from_secs(10);
    while !app.progress.done && Instant::now() < until {
        take(&mut app, &shared);
    }
    let (kept, gone) = (app.list.len(), app.progress.gone);
    assert_eq!(kept + gone, TALKS + 1, "{}", drawn(&mut app));
    assert!(gone > TALKS / 10 && kept > 1, "{kept} kept, {gone} let go");
    // The one that spoke again is there, under its number, and all is known of it that was seen.
    let long = app.list.get(0).expect("the long one");
    assert!(long.packets.iter().sum::<u64>() >= 9, "{long:?}");
    for id in [0, app.list.highest()] {
        app.open(vec![id]);
        still(&mut app, &mut worker);
        let trace = &app.ladder.as_ref().expect("it opens").trace;
        assert_eq!(trace.connections[0].notes.contains(&&CAP_LET_GO), id == 0);
        assert!(trace.events.iter().all(|of| of.connection == id) && trace.events.iter().count() > 1);
        assert!(trace.events.iter().any(|of| of.event.facts.label(Lang::En).contains("23 bytes")), "{id}");
        app.close();
    }
    assert!(app.list.get(1).is_none(), "the oldest is gone");
}

#[test]
fn a_conversation_that_is_opened_anew_keeps_the_cursor_and_the_moment() {
    let (shared, mut worker) = read("websocket.pcapng");
    let mut app = app(Lang::En);
    take(&mut app, &shared);
    let known = app.list.get(0).expect("a connection");
    app.open(vec![0]);
    still(&mut app, &mut worker);
    let type_keys = |app: &mut App, worker: &mut crate::tui::work::Worker, keys: &str| {
        for chord in Chord::sequence(keys).expect("keys") {
            app.key(chord);
            still(app, worker);
        }
    };
    type_keys(&mut app, &mut worker, "/bye<enter>");
    let ladder = app.ladder.as_mut().expect("it is open");
    ladder.toggle_mark();
    let (label, mark) = (ladder.row().expect("a row").what, ladder.mark.expect("a mark").1);
    let first = known.first_packet + (known.last_packet - known.first_packet) / 2;
    shared.trim(first);
    let frames = worker.frames.clone().expect("a file");
    let (mut opening, keys) =
        shared.with(|survey, _| crate::reading::Opening::new(survey, &[0], &Limits::default()));
    opening.read(&frames, &keys, || false).expect("it is read");
    let (trace, _) = shared.with(|survey, _| opening.so_far(survey));
    let (packets, ticket) = (trace.packets.iter().count(), app.beside.opening);
    let read = crate::tui::work::Read { packets, of: packets, over: true };
    app.answer(crate::tui::work::Answer::Opened { trace: Arc::new(trace), read, ticket });
    still(&mut app, &mut worker);
    let ladder = app.ladder.as_ref().expect("it is open");
    assert_eq!(ladder.trace.packets.iter().count(), packets);
    assert_eq!(ladder.row().expect("a row").what, label);
    assert_eq!(ladder.mark.expect("a mark").1, mark);
    assert!(ladder.hits.is_empty() && ladder.needle.is_empty());
}

#[test]
fn an_opening_whose_packets_are_let_go_begins_anew() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/websocket.pcapng");
    let options = Options { rereadable: true, ..Options::default() };
    let input = capture::open(&[path], &options).expect("a capture");
    let (mut survey, limits) = (crate::survey::Survey::default(), Limits::default());
    let mut reading = Reading::new(input.source, &limits);
    reading.run(&mut survey).expect("it is read");
    let frames = input.frames.expect("a file");
    let known = survey.get(0).expect("a connection");
    let opening = |survey: &crate::survey::Survey, most: usize| {
        let (mut opening, mut asked) = (crate::reading::Opening::new(survey, &[0], &limits), 0);
        let enough = move || {
            asked += 1;
            asked > most
        };
        opening.read(&frames, reading.keys(), enough).expect("it is read");
        opening
    };
    let (mut some, mut all) = (opening(&survey, 2), opening(&survey, usize::MAX));
    let (fed, _) = all.progress();
    survey.let_go(known.last_packet);
    // What was read stays; what was to be read is gone.
    assert!(all.follow(&survey) && !some.follow(&survey));
    assert_eq!(all.progress(), (fed, fed));
    survey.let_go(known.last_packet + 1);
    assert!(survey.is_empty() && all.follow(&survey));
    assert_eq!(all.so_far(&survey).connections.len(), 1);
    assert!(opening(&survey, usize::MAX).is_void());
}
