//! Any trace at all: every line fits its paper and is harmless, every event is a row or counted in one, every row
//! can be found again.

#[allow(dead_code)]
#[path = "diagrams/scene.rs"]
mod scene;

use proptest::prelude::*;
use scene::{Scene, endpoint};
use seqdump::diagnostic::{Note, TCP_KEEP_ALIVE, WS_CLIENT_UNMASKED};
use seqdump::event::{Class, Phase, Side};
use seqdump::locale::Lang;
use seqdump::model::diagram::{Key, Level, View};
use seqdump::model::outline::Outline;
use seqdump::render::cells::{Charset, Clock, Paper, Sheet};
use seqdump::render::document;
use seqdump::safe;

/// What happens next in a random trace.
#[derive(Debug, Clone)]
enum Step {
    Connection(u8, u16, u8, u16),
    Back(u32),
    Packet(i64, bool, bool),
    Event(bool, usize, usize, usize, String),
    Note(bool, String),
    Comment(u64, String),
}

const CLASSES: [Class; 9] = [
    Class::Open,
    Class::Handshake,
    Class::Request,
    Class::Response,
    Class::Message,
    Class::Part,
    Class::Control,
    Class::Close,
    Class::Trouble,
];
const PHASES: [Phase; 5] = [Phase::Connect, Phase::Secure, Phase::Upgrade, Phase::Exchange, Phase::Close];
const KINDS: [&str; 9] = [
    "tcp.ack",
    "tcp.syn",
    "tcp.retransmission",
    "tcp.gap",
    "tcp.duplicate_ack",
    "tcp.fin",
    "ws.frame",
    "ws.message",
    "bare",
];
const LEVELS: [Level; 4] = [Level::Connections, Level::Phases, Level::Messages, Level::Packets];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,60}",
        "[가-힣 ]{0,40}",
        proptest::collection::vec(any::<char>(), 0..30).prop_map(|chars| chars.into_iter().collect()),
        Just("e\u{301}\u{200d}👩‍👩‍👧 👍🏽 🇰🇷 \u{202e}x\u{1b}[2J".to_owned()),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => (1_u8..4, 1_u16..5, 1_u8..4, 1_u16..5).prop_map(|(a, b, c, d)| Step::Connection(a, b, c, d)),
        1 => (0_u32..4).prop_map(Step::Back),
        6 => (prop_oneof![-50_i64..5_000, Just(3_000_000), Just(4_000_000_000)], any::<bool>(), any::<bool>())
            .prop_map(|(micros, side, bare)| Step::Packet(micros, side, bare)),
        8 => (any::<bool>(), 0..CLASSES.len(), 0..PHASES.len(), 0..KINDS.len(), text())
            .prop_map(|(side, class, phase, kind, text)| Step::Event(side, class, phase, kind, text)),
        1 => (any::<bool>(), text()).prop_map(|(info, text)| Step::Note(info, text)),
        1 => (1_u64..30, text()).prop_map(|(frame, text)| Step::Comment(frame, text)),
    ]
}

fn scene_of(steps: &[Step]) -> Scene {
    let side = |client: bool| if client { Side::Client } else { Side::Server };
    let mut scene = Scene::new();
    scene.connection(endpoint(1, 40_000), endpoint(1, 80), &["tcp", "websocket"]);
    for step in steps {
        match step.clone() {
            Step::Connection(a, b, c, d) => {
                scene.connection(endpoint(a, b), endpoint(c, d), &["tcp"]);
            }
            Step::Back(id) => {
                let last = scene.trace.connections.len() as u32 - 1;
                scene.again(id.min(last));
            }
            Step::Packet(micros, client, bare) => {
                scene.states("ESTABLISHED", "CLOSE-WAIT").packet(
                    micros,
                    side(client),
                    "PSH, ACK  len 3",
                    bare,
                );
            }
            Step::Event(client, class, phase, kind, text) => {
                scene.event(side(client), CLASSES[class], PHASES[phase], KINDS[kind], &text);
            }
            Step::Note(info, text) if !scene.trace.events.is_empty() => {
                let what = if info { &TCP_KEEP_ALIVE } else { &WS_CLIENT_UNMASKED };
                scene.note(Note { what, detail: Some(text.into_boxed_str()) });
            }
            Step::Note(..) => {}
            Step::Comment(frame, text) => scene.trace.comments.push((frame, text)),
        }
    }
    scene
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lines_fit_and_are_harmless(
        steps in proptest::collection::vec(step(), 0..60),
        width in 1_usize..180,
        level in 0..LEVELS.len(),
        ascii: bool,
        korean: bool,
        clock in 0_usize..3,
        toggled in proptest::collection::vec(0_usize..30, 0..4),
    ) {
        let scene = scene_of(&steps);
        let trace = &scene.trace;
        let mut view = View::new(LEVELS[level], if korean { Lang::Ko } else { Lang::En });
        for index in toggled {
            let outline = Outline::new(trace, &view);
            if index < outline.len() {
                view.toggled.insert(outline.key(trace, index));
            }
        }
        let charset = if ascii { Charset::Ascii } else { Charset::Ladder };
        let clock = [Clock::Relative, Clock::Absolute, Clock::Since(trace.connections[0].end)][clock];
        let outline = Outline::new(trace, &view);
        let sheet = Sheet::new(&outline, Paper { width, charset, clock });
        prop_assert!(outline.lanes.len() > 2 || width < 48 || sheet.extent() == width);
        let mut strips = sheet.head();
        for index in 0..outline.len() {
            let row = outline.row(trace, index);
            prop_assert_eq!(outline.find(trace, row.key), Some(index));
            let drawn = sheet.row(&row);
            prop_assert!(!drawn.is_empty());
            strips.extend(drawn);
        }
        for strip in &strips {
            let line = strip.to_string();
            prop_assert!(strip.width() <= sheet.extent(), "{} > {}: {}", strip.width(), sheet.extent(), line);
            prop_assert!(!line.chars().any(safe::is_dangerous), "{:?}", line);
            prop_assert!(!ascii || korean || line.is_ascii(), "{}", line);
            prop_assert!(strip.window(sheet.gutter().min(width), 7, width).width() <= width);
        }
        for line in document::lines(trace, view.lang) {
            prop_assert!(!line.chars().any(safe::is_dangerous), "{:?}", line);
        }
    }

    #[test]
    fn every_event_is_a_row_or_counted_in_one(steps in proptest::collection::vec(step(), 0..80)) {
        let scene = scene_of(&steps);
        for level in [Level::Phases, Level::Messages] {
            let outline = Outline::new(&scene.trace, &View::new(level, Lang::En));
            let held: u64 = (0..outline.len()).map(|index| outline.holds(index)).sum();
            prop_assert_eq!(held, scene.trace.events.len() as u64);
        }
    }

    #[test]
    fn anything_can_be_located(steps in proptest::collection::vec(step(), 0..40), id in 0_u32..5, n in 0_u64..40) {
        let scene = scene_of(&steps);
        for level in LEVELS {
            let outline = Outline::new(&scene.trace, &View::new(level, Lang::En));
            for key in [Key::Event(id, n), Key::Packet(id, n), Key::Phase(id, n), Key::Verdict(id, 0), Key::Note(id, n, 0)] {
                let found = outline.locate(&scene.trace, key);
                prop_assert_eq!(found.is_none(), outline.is_empty());
            }
        }
    }
}
