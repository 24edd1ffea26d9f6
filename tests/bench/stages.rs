//! What each stage costs, each with those before it: reading, decoding, the survey, the table of connections, and the
//! export of all events. `cargo bench --bench stages`; the rates are of packets and of captured bytes.

mod traffic;

use std::path::PathBuf;
use std::sync::OnceLock;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use seqdump::capture::{self, Next};
use seqdump::connection::Connection;
use seqdump::decode::Decoder;
use seqdump::engine::Observer;
use seqdump::event::Event;
use seqdump::limits::Limits;
use seqdump::reading::Reading;
use seqdump::render::json::Lines;
use seqdump::survey::Survey;
use traffic::Kind;

/// How many packets a capture has.
const PACKETS: u64 = 100_000;

/// What there is of each.
fn kinds() -> [Kind; 6] {
    Kind::ALL.map(|(_, kind)| kind)
}

fn main() {
    divan::main();
}

/// A capture of a kind, made the first time that it is asked for, and how many bytes it has.
fn made(kind: Kind) -> (PathBuf, u64) {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().unwrap());
    let path = folder.path().join(format!("{kind:?}.pcap"));
    if !path.exists() {
        // Large packets: fewer of them do.
        let packets = if matches!(kind, Kind::WsBulk | Kind::HttpKeepalive) { PACKETS / 10 } else { PACKETS };
        traffic::write(kind, packets, std::io::BufWriter::new(std::fs::File::create(&path).unwrap()));
    }
    let bytes = std::fs::metadata(&path).unwrap().len();
    (path, bytes)
}

fn frames(path: &PathBuf, mut each: impl FnMut(capture::Next<'_>)) -> u64 {
    let input = capture::open(std::slice::from_ref(path), &capture::Options::default()).unwrap();
    let (mut source, mut packets) = (input.source, 0);
    loop {
        match source.next().unwrap() {
            Next::End { .. } => return packets,
            next => {
                packets += 1;
                each(next);
            }
        }
    }
}

fn measure<T>(bencher: Bencher, kind: Kind, run: impl Fn(&PathBuf) -> T + Sync) {
    let (path, bytes) = made(kind);
    let packets = frames(&path, |_| ());
    bencher.counter(ItemsCount::new(packets)).counter(BytesCount::new(bytes)).bench(|| black_box(run(&path)));
}

fn reading(path: &PathBuf) -> Reading {
    let input = capture::open(std::slice::from_ref(path), &capture::Options::default()).unwrap();
    Reading::new(input.source, &Limits::default())
}

#[divan::bench(args = kinds())]
fn a_read(bencher: Bencher, kind: Kind) {
    measure(bencher, kind, |path| frames(path, |next| drop(black_box(next))));
}

#[divan::bench(args = kinds())]
fn b_decode(bencher: Bencher, kind: Kind) {
    measure(bencher, kind, |path| {
        let mut decoder = Decoder::new(&Limits::default());
        frames(path, |next| {
            if let Next::Frame(frame) = next {
                black_box(decoder.decode(&frame));
            }
        })
    });
}

#[divan::bench(args = kinds())]
fn c_survey(bencher: Bencher, kind: Kind) {
    measure(bencher, kind, |path| {
        let mut survey = Survey::default();
        reading(path).run(&mut survey).unwrap();
        survey
    });
}

/// Writes every event.
struct Export(Lines<std::io::Sink>);

impl Observer for Export {
    fn wants(&mut self, _: &Connection) -> bool {
        true
    }

    fn event(&mut self, connection: &Connection, event: Event) {
        self.0.event(connection, &event).unwrap();
    }

    fn ended(&mut self, connection: Connection) {
        self.0.connection(&connection).unwrap();
    }
}

#[divan::bench(args = kinds())]
fn d_export(bencher: Bencher, kind: Kind) {
    measure(bencher, kind, |path| {
        reading(path).run(&mut Export(Lines::new(std::io::sink(), false))).unwrap()
    });
}
