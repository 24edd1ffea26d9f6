//! Captures and keys in, screens out, at 80x24 and 160x48.

use std::path::{Path, PathBuf};

use ratatui::buffer::Buffer;
use seqdump::capture::{self, Options};
use seqdump::limits::Limits;
use seqdump::locale::Lang;
use seqdump::reading::Reading;
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
    tui::snapshot(input, &options, size, keys).expect("a screen")
}

/// Its text, line by line; a wide character takes the cell to its right as well.
fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut wide = 0;
        for x in 0..buffer.area.width {
            if wide > 0 {
                wide -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            wide = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[test]
#[ignore = "for looking: SCREEN='capture size-index keys lang' cargo test --test screen look -- --ignored --nocapture"]
fn look() {
    let asked = std::env::var("SCREEN").expect("SCREEN");
    for asked in asked.split(';') {
        let mut words = asked.split_whitespace();
        let capture = words.next().expect("a capture");
        let size = words.next().expect("a size");
        let (width, height) = size.split_once('x').expect("a size");
        let size = (width.parse().expect("columns"), height.parse().expect("lines"));
        let keys = words.next().unwrap_or("");
        let lang = if words.next() == Some("ko") { Lang::Ko } else { Lang::En };
        println!("=== {asked}\n{}", text(&screen(capture, lang, size, keys)));
    }
}
