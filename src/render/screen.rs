//! The cells of a terminal's screen as a picture or as text: what a camera before the terminal would see.
//!
//! A buffer of cells goes in, a document comes out. Each character stands in its cell, whatever font a reader has;
//! lines and blocks are drawn as vectors, so that they join. The same cells give the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use crate::render::font::{FAMILY, Font, MONO};
use crate::render::svg::glyphs::Glyphs;
use crate::render::svg::pen::{escape, number};
use crate::render::svg::{Picture, XLINK, face};

/// What the terminal's own colours are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ground {
    /// Light on dark.
    #[default]
    Dark,
    /// Dark on light.
    Light,
}

/// A cell in pixels, the size of its type, and where the type stands in it.
const CELL: (f64, f64) = (9.0, 20.0);
const SIZE: f64 = 15.0;
const BASELINE: f64 = 15.0;
/// Hangul is set a little larger than other type: two cells are wide.
const WIDE_SIZE: f64 = 17.0;
/// The size of the window's title.
const TITLE: f64 = 13.0;
/// The tangent of the angle by which slanted type leans.
const SLANT: f64 = 0.2126;
/// Where lines cross in a cell: on whole pixels.
const CROSS: (f64, f64) = (4.5, 10.5);
/// The window's bar, and the room around the cells.
const BAR: f64 = 36.0;
const ROOM: f64 = 14.0;

/// The sixteen colours of a terminal, by number, on dark and on light.
const SIXTEEN: [[u32; 16]; 2] = [
    [
        0x0010_151c,
        0x00ff_7b72,
        0x007e_e787,
        0x00e3_b341,
        0x0079_b8ff,
        0x00d2_a8ff,
        0x0056_d4dd,
        0x00c9_d1d9,
        0x006e_7681,
        0x00ff_a198,
        0x00a5_f3b0,
        0x00f2_cc60,
        0x00a5_d6ff,
        0x00e2_c5ff,
        0x008a_e5ec,
        0x00ff_ffff,
    ],
    [
        0x0018_212d,
        0x00cf_222e,
        0x0011_6329,
        0x007d_4e00,
        0x0009_69da,
        0x0082_50df,
        0x0005_6d7a,
        0x006e_7781,
        0x0057_606a,
        0x00a4_0e26,
        0x001a_7f37,
        0x0063_3c01,
        0x0021_8bff,
        0x00a4_75f9,
        0x0031_92aa,
        0x00ff_ffff,
    ],
];

/// The text of the screen, line by line, without blanks at the ends.
pub fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let line: String = cells(buffer, y).map(|(_, cell, _)| cell.symbol()).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The screen in a window with this title, as a document that carries its fonts, or with `outlined` text.
pub fn draw(buffer: &Buffer, ground: Ground, title: &str, outlined: bool) -> Picture {
    let mut sheet = Sheet { ground, glyphs: outlined.then(Glyphs::default), ..Sheet::default() };
    for y in 0..buffer.area.height {
        sheet.line(buffer, y);
    }
    sheet.window(buffer, title)
}

/// The cells of a line with their columns and how many columns they take; those behind a wide one are left out.
fn cells(buffer: &Buffer, y: u16) -> impl Iterator<Item = (u16, &Cell, u16)> {
    let mut next = 0;
    (0..buffer.area.width).filter_map(move |x| {
        if x < next {
            return None;
        }
        let cell = &buffer[(buffer.area.x + x, buffer.area.y + y)];
        let width = cell.symbol().width().max(1) as u16;
        next = x.saturating_add(width);
        Some((x, cell, width))
    })
}

/// How the characters of a run look.
#[derive(Clone, PartialEq)]
struct Ink {
    colour: String,
    more: Modifier,
    font: usize,
}

/// Characters of equal looks beside each other.
struct Run {
    ink: Ink,
    x: f64,
    y: f64,
    width: f64,
    text: String,
}

/// The picture while it is being drawn.
#[derive(Default)]
struct Sheet {
    ground: Ground,
    /// The outlines of characters, where text is drawn as outlines.
    glyphs: Option<Glyphs>,
    /// Backgrounds, lines and text, from the bottom up.
    grounds: String,
    lines: BTreeMap<String, Vec<[f64; 4]>>,
    shapes: String,
    text: String,
    /// The characters in each font: sans, sans bold, mono, mono bold.
    used: [BTreeSet<char>; 4],
}

impl Sheet {
    fn line(&mut self, buffer: &Buffer, y: u16) {
        let top = BAR + f64::from(y) * CELL.1;
        let mut plate: Option<(String, f64, f64)> = None;
        let mut run: Option<Run> = None;
        for (column, cell, columns) in cells(buffer, y) {
            let (x, width) = (ROOM + f64::from(column) * CELL.0, f64::from(columns) * CELL.0);
            let (front, back) = self.colours(cell);
            match &mut plate {
                Some((colour, _, end)) if *colour == back && *end == x => *end = x + width,
                _ => {
                    self.plate(plate.take(), top);
                    plate = Some((back, x, x + width));
                }
            }
            let hidden = cell.modifier.contains(Modifier::HIDDEN) || cell.symbol() == " ";
            if hidden || self.vector(cell.symbol(), (x, top), &front) {
                self.end(run.take());
                continue;
            }
            let ink = self.ink(cell, front);
            match &mut run {
                Some(run) if run.ink == ink && columns == 1 && ink.font >= 2 => {
                    run.text.push_str(cell.symbol());
                    run.width += width;
                }
                _ => {
                    self.end(run.take());
                    run = Some(Run { ink, x, y: top + BASELINE, width, text: cell.symbol().to_owned() });
                }
            }
        }
        self.plate(plate, top);
        self.end(run);
    }

    /// The colours of a cell's character and ground.
    fn colours(&self, cell: &Cell) -> (String, String) {
        let (front, back) = (self.rgb(cell.fg, true), self.rgb(cell.bg, false));
        let (front, back) = match cell.modifier.contains(Modifier::REVERSED) {
            true => (back, front),
            false => (front, back),
        };
        let front = if cell.modifier.contains(Modifier::DIM) { mixed(front, back) } else { front };
        (hex(front), hex(back))
    }

    fn rgb(&self, colour: Color, front: bool) -> u32 {
        let named = |nth: usize| SIXTEEN[usize::from(self.ground == Ground::Light)][nth];
        match colour {
            Color::Reset => match (self.ground, front) {
                (Ground::Dark, true) => 0x00e9_eef4,
                (Ground::Dark, false) => 0x0010_151c,
                (Ground::Light, true) => 0x0018_212d,
                (Ground::Light, false) => 0x00ff_ffff,
            },
            Color::Rgb(red, green, blue) => u32::from_be_bytes([0, red, green, blue]),
            Color::Indexed(nth) => match usize::from(nth) {
                nth @ 0..16 => named(nth),
                nth @ 16..232 => {
                    let step = |part: usize| if part == 0 { 0 } else { 55 + 40 * part as u32 };
                    let cube = nth - 16;
                    step(cube / 36) << 16 | step(cube / 6 % 6) << 8 | step(cube % 6)
                }
                nth => (8 + 10 * (nth as u32 - 232)) * 0x0001_0101,
            },
            Color::Black => named(0),
            Color::Red => named(1),
            Color::Green => named(2),
            Color::Yellow => named(3),
            Color::Blue => named(4),
            Color::Magenta => named(5),
            Color::Cyan => named(6),
            Color::Gray => named(7),
            Color::DarkGray => named(8),
            Color::LightRed => named(9),
            Color::LightGreen => named(10),
            Color::LightYellow => named(11),
            Color::LightBlue => named(12),
            Color::LightMagenta => named(13),
            Color::LightCyan => named(14),
            Color::White => named(15),
        }
    }

    fn ink(&self, cell: &Cell, colour: String) -> Ink {
        let bold = usize::from(cell.modifier.contains(Modifier::BOLD));
        let all = |font: &Font| cell.symbol().chars().all(|c| font.has(c));
        let sans = !all(Font::mono(bold == 1));
        let more = cell.modifier & (Modifier::ITALIC | Modifier::UNDERLINED | Modifier::CROSSED_OUT);
        Ink { colour, more, font: bold + if sans { 0 } else { 2 } }
    }

    fn plate(&mut self, plate: Option<(String, f64, f64)>, top: f64) {
        let paper = hex(self.rgb(Color::Reset, false));
        let Some((colour, x, end)) = plate.filter(|(colour, ..)| *colour != paper) else { return };
        let [x, y, width] = [x, top, end - x].map(number);
        let height = number(CELL.1);
        let _ = write!(
            self.grounds,
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{colour}"/>"#
        );
    }

    fn end(&mut self, run: Option<Run>) {
        let Some(Run { ink, x, y, width, text }) = run else { return };
        let (bold, sans) = (ink.font % 2 == 1, ink.font < 2);
        let font = if sans { Font::of(bold) } else { Font::mono(bold) };
        let size = if sans { WIDE_SIZE } else { SIZE };
        let font_width = if sans { font.width(&text, size) } else { width };
        // Only what is wider than its cells is made to fit; what is narrower stands in their middle.
        let length = font_width.min(width);
        let x = x + (width - length) / 2.0;
        if let Some(glyphs) = &mut self.glyphs {
            let fill = format!("fill=\"{}\"", ink.colour);
            let slanted = ink.more.contains(Modifier::ITALIC);
            if slanted {
                // Leans to the right from the line that the type stands on.
                let _ = write!(self.text, r#"<g transform="translate({} 0)skewX(-12)">"#, number(y * SLANT));
            }
            glyphs.write(&mut self.text, &[font], &text, ((x, y), size, length), &fill);
            self.text.push_str(if slanted { "</g>" } else { "" });
            for (line, drop) in [(Modifier::UNDERLINED, 2.5), (Modifier::CROSSED_OUT, -4.5)] {
                if ink.more.contains(line) {
                    let [x, y, width] = [x, y + drop, length].map(number);
                    let _ = write!(self.text, r#"<rect x="{x}" y="{y}" width="{width}" height="1" {fill}/>"#);
                }
            }
            return;
        }
        self.used[ink.font].extend(text.chars());
        let (x, y) = (number(x), number(y));
        let _ = write!(self.text, r#"<text x="{x}" y="{y}" fill="{}""#, ink.colour);
        let class = [("b", bold), ("w", sans), ("i", ink.more.contains(Modifier::ITALIC))];
        let class: Vec<&str> = class.into_iter().filter(|(_, is)| *is).map(|(name, _)| name).collect();
        if !class.is_empty() {
            let _ = write!(self.text, r#" class="{}""#, class.join(" "));
        }
        if ink.more.contains(Modifier::UNDERLINED) {
            self.text.push_str(r#" text-decoration="underline""#);
        } else if ink.more.contains(Modifier::CROSSED_OUT) {
            self.text.push_str(r#" text-decoration="line-through""#);
        }
        let adjust = if font_width > width { r#" lengthAdjust="spacingAndGlyphs""# } else { "" };
        let _ = write!(self.text, r#" textLength="{}"{adjust}>{}</text>"#, number(length), escape(&text));
    }

    /// Draws what is made of lines or blocks; tells whether it is.
    fn vector(&mut self, symbol: &str, (x, y): (f64, f64), colour: &str) -> bool {
        let (width, height) = CELL;
        let (middle, level) = (x + CROSS.0, y + CROSS.1);
        if let Some([left, right, up, down]) = arms(symbol) {
            if left || right {
                let (from, to) = (if left { x } else { middle }, if right { x + width } else { middle });
                self.stroke(colour, [from, level, to, level]);
            }
            if up || down {
                let (from, to) = (if up { y } else { level }, if down { y + height } else { level });
                self.stroke(colour, [middle, from, middle, to]);
            }
            return true;
        }
        match symbol {
            "═" => [-1.5, 1.5].iter().for_each(|off| {
                self.stroke(colour, [x, level + off, x + width, level + off]);
            }),
            "╌" => (0..2).for_each(|nth| {
                let start = x + 1.0 + f64::from(nth) * 4.5;
                self.stroke(colour, [start, level, start + 2.5, level]);
            }),
            "┄" => (0..3).for_each(|nth| {
                let start = x + 0.75 + f64::from(nth) * 3.0;
                self.stroke(colour, [start, level, start + 1.5, level]);
            }),
            "╎" | "┆" | "┊" => {
                let count = if symbol == "╎" { 2 } else { 4 };
                let step = height / f64::from(count);
                for nth in 0..count {
                    let start = y + step * (f64::from(nth) + 0.25);
                    self.stroke(colour, [middle, start, middle, start + step / 2.0]);
                }
            }
            "►" => self.triangle(colour, (x, x + width), level),
            "◄" => self.triangle(colour, (x + width, x), level),
            "█" | "░" | "▒" | "▓" => {
                let opacity = match symbol {
                    "░" => r#" fill-opacity=".25""#,
                    "▒" => r#" fill-opacity=".5""#,
                    "▓" => r#" fill-opacity=".75""#,
                    _ => "",
                };
                let [x, y, width, height] = [x, y, width, height].map(number);
                let _ = write!(
                    self.shapes,
                    r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{colour}"{opacity}/>"#
                );
            }
            _ => return false,
        }
        true
    }

    /// Adds a line, which may go on one that ends where it starts.
    fn stroke(&mut self, colour: &str, [x1, y1, x2, y2]: [f64; 4]) {
        let lines = self.lines.entry(colour.to_owned()).or_default();
        let goes_on = |line: &&mut [f64; 4]| {
            line[2] == x1 && line[3] == y1 && ((line[1] == y1 && y1 == y2) || (line[0] == x1 && x1 == x2))
        };
        match lines.iter_mut().rev().find(goes_on) {
            Some(line) => [line[2], line[3]] = [x2, y2],
            None => lines.push([x1, y1, x2, y2]),
        }
    }

    /// The head of an arrow whose line comes from the left or the right.
    fn triangle(&mut self, colour: &str, (from, tip): (f64, f64), level: f64) {
        let [base, tip, top, level, bottom] = [from, tip, level - 4.5, level, level + 4.5].map(number);
        let _ = write!(
            self.shapes,
            r#"<path d="M{base} {top}L{tip} {level}L{base} {bottom}z" fill="{colour}"/>"#
        );
    }

    /// The title in the window's bar.
    fn heading(&mut self, title: &str, middle: f64, colour: &str) -> String {
        let (mono, sans) = (Font::mono(false), Font::of(false));
        let Some(glyphs) = &mut self.glyphs else {
            for c in title.chars() {
                self.used[if mono.has(c) { 2 } else { 0 }].insert(c);
            }
            let (x, title) = (number(middle), escape(title));
            return format!(r#"<text x="{x}" y="22.5" class="t" fill="{colour}">{title}</text>"#);
        };
        let width: f64 = title
            .chars()
            .map(|c| if mono.has(c) { mono } else { sans }.width(c.encode_utf8(&mut [0; 4]), TITLE))
            .sum();
        let mut out = String::new();
        let place = ((middle - width / 2.0, 22.5), TITLE, width);
        glyphs.write(&mut out, &[mono, sans], title, place, &format!("fill=\"{colour}\""));
        out
    }

    /// The whole document: a window around what was drawn.
    fn window(mut self, buffer: &Buffer, title: &str) -> Picture {
        let area = buffer.area;
        let size =
            (f64::from(area.width) * CELL.0 + 2.0 * ROOM, BAR + f64::from(area.height) * CELL.1 + ROOM);
        let [width, height, inner_width, inner_height] =
            [size.0, size.1, size.0 - 1.0, size.1 - 1.0].map(number);
        let [paper, soft, edge] = match self.ground {
            Ground::Dark => ["#10151c", "#a5b1c0", "#364252"],
            Ground::Light => ["#ffffff", "#566273", "#cfd6df"],
        };
        let heading = self.heading(title, size.0 / 2.0, soft);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\"{} width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" xml:space=\"preserve\" role=\"img\" aria-labelledby=\"title desc\">\
             <title id=\"title\">{}</title><desc id=\"desc\">{}</desc><style>",
            if self.glyphs.is_some() { XLINK } else { "" },
            escape(title),
            escape(&text(buffer)),
        );
        let faces = [(FAMILY, false), (FAMILY, true), (MONO, false), (MONO, true)];
        for ((family, bold), used) in faces.into_iter().zip(&self.used) {
            if self.glyphs.is_none() && !used.is_empty() {
                out.push_str(&face(family, bold, used));
            }
        }
        let _ = write!(
            out,
            "text{{font-family:{STACK};font-size:{SIZE}px;white-space:pre}}.b{{font-weight:700}}.i{{font-style:italic}}\
             .w{{font-family:{WIDE};font-size:{WIDE_SIZE}px}}.t{{font-size:{TITLE}px;text-anchor:middle}}</style>{}\
             <rect x=\".5\" y=\".5\" width=\"{inner_width}\" height=\"{inner_height}\" rx=\"10\" fill=\"{paper}\" \
             stroke=\"{edge}\"/>",
            self.glyphs.as_ref().map(Glyphs::definitions).unwrap_or_default(),
        );
        for nth in 0..3 {
            let _ = write!(out, r#"<circle cx="{}" cy="18" r="5.5" fill="{edge}"/>"#, 20 + 18 * nth);
        }
        out.push_str(&heading);
        out.push_str(&self.grounds);
        for (colour, lines) in &self.lines {
            let _ = write!(out, r#"<path stroke="{colour}" fill="none" d=""#);
            for line in lines {
                let [x1, y1, x2, y2] = line.map(number);
                let _ = match y1 == y2 {
                    true => write!(out, "M{x1} {y1}H{x2}"),
                    false => write!(out, "M{x1} {y1}V{y2}"),
                };
            }
            out.push_str("\"/>");
        }
        out.push_str(&self.shapes);
        out.push_str(&self.text);
        out.push_str("</svg>\n");
        Picture { svg: out, size }
    }
}

/// The fonts that are asked for, ours first.
const STACK: &str = "\"Seqdump Mono\",\"Seqdump Sans\",\"DejaVu Sans Mono\",Menlo,Consolas,monospace";
const WIDE: &str =
    "\"Seqdump Sans\",\"NanumBarunGothic\",\"Apple SD Gothic Neo\",\"Malgun Gothic\",sans-serif";

/// To which sides a character's lines go: left, right, up, down.
fn arms(symbol: &str) -> Option<[bool; 4]> {
    let sides = match symbol {
        "─" => "lr",
        "│" => "ud",
        "┌" => "rd",
        "┐" => "ld",
        "└" => "ru",
        "┘" => "lu",
        "├" => "rud",
        "┤" => "lud",
        "┬" => "lrd",
        "┴" => "lru",
        "┼" => "lrud",
        "╴" => "l",
        "╵" => "u",
        "╶" => "r",
        "╷" => "d",
        _ => return None,
    };
    Some(['l', 'r', 'u', 'd'].map(|side| sides.contains(side)))
}

fn hex(rgb: u32) -> String {
    format!("#{rgb:06x}")
}

/// A colour three parts of which are `front` and two `back`.
fn mixed(front: u32, back: u32) -> u32 {
    let part = |shift: u32| ((front >> shift & 0xff) * 3 + (back >> shift & 0xff) * 2) / 5;
    part(16) << 16 | part(8) << 8 | part(0)
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn the_blank_behind_a_wide_character_is_no_text() {
        let buffer = Buffer::with_lines(["가나 x  "]);
        assert_eq!(text(&buffer), "가나 x\n");
    }

    #[test]
    fn lines_join_and_colours_are_the_terminals() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 2));
        buffer.set_string(0, 0, "├──►", Style::new().fg(Color::Indexed(196)));
        buffer.set_string(0, 1, "<&", Style::new().fg(Color::White).bg(Color::Blue));
        let svg = draw(&buffer, Ground::Dark, "t", false).svg;
        assert!(
            svg.contains(r##"<path stroke="#ff0000" fill="none" d="M18.5 46.5H41M18.5 36V56"/>"##),
            "{svg}"
        );
        assert!(svg.contains(r##"width="18" height="20" fill="#79b8ff"/>"##), "{svg}");
        assert!(svg.contains(r##"fill="#ffffff" textLength="18">&lt;&amp;</text>"##), "{svg}");
        buffer.set_style(buffer.area, Style::new().add_modifier(Modifier::REVERSED));
        assert!(draw(&buffer, Ground::Dark, "t", false).svg.contains(r##"fill="#ff0000"/>"##));
    }
}
