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
    shown("filter_wrong_ko", "many-connections.pcap", Lang::Ko, "Fport == 80 && colour<enter>");
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
    assert!(text(&screen("ws-korean.pcap", Lang::En, SMALL, "h")).contains("└─ ↓ more ─"));
    // Its frame is whole where it begins in the middle of a wide character.
    for width in 60..120 {
        let help = text(&screen("violations.pcapng", Lang::Ko, (width, 24), "h"));
        let corners = ["┌─ 단축키", "┐", "└", "┘"].map(|corner| help.matches(corner).count());
        assert_eq!(corners, [1; 4], "{help}");
    }
    shown("palette", "ws-korean.pcap", Lang::Ko, ":level");
    shown("explanation", "unmasked-client.pcap", Lang::En, "<enter>/text<enter>?");
}

#[test]
fn a_conversation_as_a_chat_and_two_side_by_side() {
    shown("chat", "ws-ping-pong.pcap", Lang::En, "<enter>cjj");
    shown("chat_folded", "websocket.pcapng", Lang::Ko, "<enter>cjjjjj");
    shown("chat_unfolded", "websocket.pcapng", Lang::En, "<enter>cjjjjj<enter>j");
    shown("comparison", "many-connections.pcap", Lang::En, "jjjj<space>jjjj<space>C");
}

#[test]
fn pings_and_pongs_fold_and_the_numbers_stay() {
    let folded = "<enter>cjjjjj";
    let at = |keys: &str| text(&screen("websocket.pcapng", Lang::En, SMALL, &format!("{folded}{keys}")));
    assert!(at("").contains("▸ · 1 ping, 1 pong, round trip 500 µs"), "{}", at(""));
    assert!(at("<right>").contains("Ping \"still there?\"") && !at("").contains("Ping \"still there?\""));
    for keys in ["<enter><enter>", "<enter>jj<left>", "<left>", "<right><right><left>"] {
        assert_eq!(at(keys), at(""), "{keys}");
    }
    for keys in ["", "<enter>"] {
        assert!(at(keys).contains("server #3 ·"), "{}", at(keys));
    }
    // A hit is shown where it stands: in the diagram.
    let hit = text(&screen("websocket.pcapng", Lang::En, LARGE, "<enter>c/bye<enter>"));
    assert!(hit.lines().any(|line| line.starts_with('▸') && line.contains("bye soon")), "{hit}");
    // What is explained is what the cursor of the chat is on, not that of the diagram.
    let explained = text(&screen("websocket.pcapng", Lang::En, LARGE, "<enter>cjj?"));
    assert!(explained.contains("│ Text \"안녕하세요\""), "{explained}");
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

#[test]
fn columns_are_chosen_on_the_screen() {
    shown("columns", "many-connections.pcap", Lang::En, "cjjj<space>j<right>");
    shown("columns_kept", "many-connections.pcap", Lang::Ko, "cG<up><up><space>k<space>k<space><enter>s");
    let plain = text(&screen("many-connections.pcap", Lang::En, LARGE, ""));
    assert_eq!(text(&screen("many-connections.pcap", Lang::En, LARGE, "cjjj<space><esc>")), plain);
}

/// What saving under each of these names from the screen makes.
fn saved(capture: &str, keys: &str, names: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let typed: Vec<String> = names.iter().map(|name| format!("S<ctrl-u>{}<enter>", path(name))).collect();
    screen(capture, Lang::En, SMALL, &format!("{keys}{}", typed.concat()));
    let read = |name: &&str| String::from_utf8_lossy(&std::fs::read(path(name)).expect(name)).into_owned();
    names.iter().map(read).collect()
}

#[test]
fn what_is_open_is_saved_in_every_format() {
    let names = ["a.svg", "a.html", "a.txt", "a.mmd", "a.puml", "a.cast", "a.jsonl", "a.har", "a.pcapng"];
    let made = saved("ws-korean.pcap", "<enter>2", &names);
    let begins = [
        "<svg",
        "<!doctype html",
        "",
        "sequencediagram",
        "@startuml",
        "{\"version\":2",
        "{\"type\":\"capture\"",
    ];
    for ((name, text), begin) in names.iter().zip(&made).zip(begins) {
        assert!(text.to_lowercase().starts_with(begin), "{name}: {}", &text[..text.len().min(60)]);
    }
    // The level is that of the screen.
    assert!(made[2].contains("TCP handshake") && !made[2].contains("SYN ─"), "{}", made[2]);
    assert!(made[7].contains("_webSocketMessages"), "{}", made[7]);

    // On the list it is about what is ticked, else about what the cursor is on; the filter is kept.
    let lines = |keys: &str| saved("many-connections.pcap", keys, &["a.jsonl"])[0].clone();
    let count = |text: &str| text.lines().filter(|line| line.starts_with(r#"{"type":"connection""#)).count();
    assert_eq!((count(&lines("jj")), count(&lines("<space>j<space>")), count(&lines("A"))), (1, 2, 60));
    let told = lines("Fws.opcode == close<enter>A");
    assert!(count(&told) > 1 && !told.contains("tcp.syn") && told.contains("ws.frame"), "{told}");
}

#[test]
fn nothing_is_replaced_unasked_and_no_link_is_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.txt");
    let name = path.to_string_lossy();
    std::fs::write(&path, "mine").expect("written");
    let once = format!("<enter>S<ctrl-u>{name}<enter>");
    let shown = text(&screen("ws-korean.pcap", Lang::En, LARGE, &once));
    assert!(shown.contains("there already"), "{shown}");
    assert_eq!(std::fs::read_to_string(&path).expect("a file"), "mine");
    screen("ws-korean.pcap", Lang::En, LARGE, &format!("{once}<enter>"));
    assert!(std::fs::read_to_string(&path).expect("a file").contains("SYN"));

    let link = folder.path().join("link.svg");
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    let keys = format!("<enter>S<ctrl-u>{}<enter><enter>", link.to_string_lossy());
    let shown = text(&screen("ws-korean.pcap", Lang::En, LARGE, &keys));
    assert!(shown.contains("symbolic link"), "{shown}");
    let shown = text(&screen("ws-korean.pcap", Lang::En, LARGE, "<enter>S<ctrl-u>a.exe<enter>"));
    assert!(shown.contains(".svg, .png"), "{shown}");
}

#[test]
fn the_screen_itself_is_saved() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("screen.txt");
    let keys = format!("<enter>P<ctrl-u>{}<enter>", path.to_string_lossy());
    screen("ws-korean.pcap", Lang::Ko, SMALL, &keys);
    let drawn = text(&screen("ws-korean.pcap", Lang::Ko, SMALL, "<enter>"));
    assert_eq!(std::fs::read_to_string(&path).expect("a file"), drawn);
    shown("saving", "ws-korean.pcap", Lang::En, "<enter>S<down><down>");
}

#[test]
fn the_next_problem_is_a_key_away() {
    shown("problem", "many-connections.pcap", Lang::En, "!!");
    shown("problem_row", "violations.pcapng", Lang::Ko, "!<enter>!");
}

#[test]
fn two_messages_are_put_side_by_side() {
    shown("compared_messages", "chat.pcapng", Lang::En, "<enter>/Text<enter><space>nC");
}
