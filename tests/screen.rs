//! Captures and keys in, screens out, at 80x24 and 160x48.

use std::path::{Path, PathBuf};

use ratatui::buffer::Buffer;
use seqdump::capture::{self, Options};
use seqdump::limits::Limits;
use seqdump::locale::Lang;
use seqdump::reading::Reading;
use seqdump::render::screen::text;
use seqdump::tui::{self, Input, Theme};

const SMALL: (u16, u16) = (80, 24);
const LARGE: (u16, u16) = (160, 48);

/// The screen after these keys.
fn screen(capture: &str, lang: Lang, size: (u16, u16), keys: &str) -> Buffer {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures").join(capture);
    let options = Options { rereadable: true, ..Options::default() };
    let input = capture::open(&[PathBuf::from(&path)], &options).expect("the capture opens");
    let input = Input { reading: Reading::new(input.source, &Limits::default()), frames: input.frames };
    let options = tui::Options { lang: Some(lang), theme: Some(Theme::None), ..tui::Options::default() };
    tui::snapshots(input, &options, size, keys).expect("screens").pop().expect("a screen")
}

/// A screen at both sizes, compared with what it was.
fn shown(name: &str, capture: &str, lang: Lang, keys: &str) {
    for size in [SMALL, LARGE] {
        let name = format!("{name}_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name, text(&screen(capture, lang, size, keys)), &format!("{capture} {keys}"));
    }
}

#[test]
fn the_table_of_connections() {
    shown("connections", "many-connections.pcap", Lang::En, "jj<space>");
    shown("connections_ko", "many-connections.pcap", Lang::Ko, "");
}

#[test]
fn a_filter_narrows_the_table() {
    shown("filtered", "many-connections.pcap", Lang::En, "Fwebsocket<enter>");
    shown("filter_wrong", "many-connections.pcap", Lang::En, "Fport == 80 && colour<enter>");
}

#[test]
fn the_diagram_at_each_level() {
    shown("messages", "ws-korean.pcap", Lang::En, "<enter>");
    shown("packets", "retransmission.pcap", Lang::En, "<enter>4jjj");
    shown("phases", "ws-ping-pong.pcap", Lang::Ko, "<enter>2");
}

#[test]
fn fields_and_bytes() {
    shown("fields", "ws-korean.pcap", Lang::En, "<enter>/Text<enter><enter>jj");
    shown("bytes", "http-chunked.pcap", Lang::En, "<enter>jjjjj<enter><tab>jj");
}

#[test]
fn what_lies_over_it() {
    shown("help", "ws-korean.pcap", Lang::En, "h");
    shown("palette", "ws-korean.pcap", Lang::Ko, ":level");
    shown("explanation", "unmasked-client.pcap", Lang::En, "<enter>/text<enter>?");
}

#[test]
fn a_conversation_as_a_chat_and_two_side_by_side() {
    shown("chat", "ws-ping-pong.pcap", Lang::En, "<enter>cjj");
    shown("comparison", "many-connections.pcap", Lang::En, "jjjj<space>jjjj<space>C");
}

#[test]
fn text_from_the_wire_reaches_no_terminal_as_it_is() {
    for keys in ["", "<enter>", "<enter>4", "<enter>jjjjj<enter>v", "<enter>c", "<enter>jjjjj?"] {
        let buffer = screen("hostile-text.pcap", Lang::En, LARGE, keys);
        let dangerous = |symbol: &str| symbol.chars().any(seqdump::safe::is_dangerous);
        assert!(buffer.content().iter().all(|cell| !dangerous(cell.symbol())), "{keys}");
    }
}

#[test]
fn a_selection_survives_a_change_of_level() {
    let row = |keys: &str| {
        let text = text(&screen("ws-ping-pong.pcap", Lang::En, LARGE, keys));
        text.lines().find(|line| line.starts_with('▸')).map(str::to_owned)
    };
    let before = row("<enter>/Ping<enter>");
    assert!(before.as_ref().is_some_and(|line| line.contains("Ping")), "{before:?}");
    assert_eq!(row("<enter>/Ping<enter>43"), before);
    assert_eq!(row("<enter>/Ping<enter>L43L"), before);
}

#[test]
fn the_same_keys_give_the_same_screen() {
    let draw = || screen("many-connections.pcap", Lang::Ko, LARGE, "s<space><space><enter>4jjd");
    assert_eq!(draw(), draw());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(40))]

    /// Whatever is typed on a screen of whatever size, the screen stands.
    #[test]
    fn no_keys_and_no_size_break_it(
        typed in proptest::collection::vec(proptest::sample::select(KEYS), 0..60),
        width in 1_u16..220,
        height in 1_u16..70,
        capture in proptest::sample::select(&["violations.pcapng", "many-connections.pcap", "empty.pcap", "gap.pcap"][..]),
    ) {
        screen(capture, Lang::En, (width, height), &typed.concat());
    }
}

/// Keys that are pressed at random: no saving.
const KEYS: &[&str] = &[
    "<enter>",
    "<enter>",
    "<enter>",
    "<esc>",
    "<tab>",
    "<backtab>",
    "<space>",
    "<up>",
    "<down>",
    "<left>",
    "<right>",
    "<pgup>",
    "<pgdn>",
    "<home>",
    "<end>",
    "<backspace>",
    "<delete>",
    "j",
    "k",
    "1",
    "2",
    "3",
    "4",
    "f",
    "F",
    "/",
    "n",
    "N",
    "t",
    "a",
    "d",
    "c",
    "C",
    "?",
    "h",
    ":",
    "s",
    "R",
    "v",
    "w",
    "p",
    "y",
    "+",
    "-",
    "L",
    "T",
    "g",
    "G",
    "한",
    "websocket",
];
