//! Writes the elements of an SVG document, and remembers which characters they show.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::render::font::Font;
use crate::render::palette::Ink;
use crate::render::svg::glyphs::Glyphs;

/// Where the point of a text stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// At its start.
    Start,
    /// In its middle.
    Middle,
    /// At its end.
    End,
}

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Type {
    /// Pixels.
    pub size: f64,
    /// Whether it is bold.
    pub bold: bool,
    /// Its colour.
    pub ink: Ink,
    /// Where its point is.
    pub anchor: Anchor,
}

impl Type {
    /// Regular type of this size and colour that starts at its point.
    pub fn new(size: f64, ink: Ink) -> Type {
        Type { size, bold: false, ink, anchor: Anchor::Start }
    }

    /// The same in bold.
    pub fn bold(self) -> Type {
        Type { bold: true, ..self }
    }

    /// The same with its point in the middle.
    pub fn middle(self) -> Type {
        Type { anchor: Anchor::Middle, ..self }
    }

    /// The same with its point at the end.
    pub fn end(self) -> Type {
        Type { anchor: Anchor::End, ..self }
    }

    /// How wide a text is.
    pub fn width(self, text: &str) -> f64 {
        Font::of(self.bold).width(text, self.size)
    }

    /// `text`, cut short with an ellipsis where it is wider than `room`.
    pub fn fit(self, text: &str, room: f64) -> Cow<'_, str> {
        if self.width(text) <= room {
            return Cow::Borrowed(text);
        }
        let mut kept = String::new();
        let mut used = self.width("…");
        for c in text.chars() {
            used += self.width(c.encode_utf8(&mut [0; 4]));
            if used > room {
                break;
            }
            kept.push(c);
        }
        kept.truncate(kept.trim_end().len());
        Cow::Owned(kept + "…")
    }

    /// `text` in lines that are no wider than `room`, broken between words, and within those that are wider.
    pub fn wrap(self, text: &str, room: f64) -> Vec<String> {
        let mut lines = vec![String::new()];
        let mut used = 0.0;
        let blank = self.width(" ");
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let width = self.width(word);
            if used > 0.0 && used + blank + width > room {
                lines.push(String::new());
                used = 0.0;
            }
            let Some(line) = lines.last_mut() else { continue };
            if used > 0.0 {
                line.push(' ');
                used += blank;
            }
            if width <= room {
                line.push_str(word);
                used += width;
                continue;
            }
            for c in word.chars() {
                let step = self.width(c.encode_utf8(&mut [0; 4]));
                if used + step > room && used > 0.0 {
                    lines.push(String::new());
                    used = 0.0;
                }
                if let Some(line) = lines.last_mut() {
                    line.push(c);
                }
                used += step;
            }
        }
        lines
    }
}

/// An SVG document's elements as they are written.
#[derive(Default)]
pub struct Pen {
    /// What was written.
    pub out: String,
    /// The characters in regular and in bold type.
    pub used: [BTreeSet<char>; 2],
    /// The outlines of characters, where text is drawn as outlines.
    pub glyphs: Option<Glyphs>,
}

impl Pen {
    /// Writes a line of text. Nothing is written for an empty one.
    pub fn text(&mut self, at: (f64, f64), look: Type, text: &str) {
        if text.is_empty() {
            return;
        }
        let (font, width) = (Font::of(look.bold), look.width(text));
        if let Some(glyphs) = &mut self.glyphs {
            let start = match look.anchor {
                Anchor::Start => at.0,
                Anchor::Middle => at.0 - width / 2.0,
                Anchor::End => at.0 - width,
            };
            let class = format!("class=\"f {}\"", look.ink.name());
            glyphs.write(&mut self.out, &[font], text, ((start, at.1), look.size, width), &class);
            return;
        }
        self.used[usize::from(look.bold)].extend(text.chars());
        let (x, y) = (number(at.0), number(at.1));
        let _ = write!(self.out, r#"<text x="{x}" y="{y}" class="{}"#, look.ink.name());
        self.out.push_str(if look.bold { " b" } else { "" });
        self.out.push_str(match look.anchor {
            Anchor::Start => "",
            Anchor::Middle => " m",
            Anchor::End => " e",
        });
        let _ = write!(
            self.out,
            r#"" font-size="{}" textLength="{}">{}</text>"#,
            number(look.size),
            number(width),
            escape(text)
        );
    }

    /// A straight line; `more` are further attributes.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), ink: Ink, more: &str) {
        let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(number);
        let name = ink.name();
        let _ = write!(self.out, r#"<path d="M{x1} {y1}L{x2} {y2}" class="s {name}"{more}/>"#);
    }

    /// A path that is stroked.
    pub fn stroke(&mut self, path: &str, ink: Ink, more: &str) {
        let _ = write!(self.out, r#"<path d="{path}" class="s {}"{more}/>"#, ink.name());
    }

    /// A path that is filled.
    pub fn fill(&mut self, path: &str, ink: Ink, more: &str) {
        let _ = write!(self.out, r#"<path d="{path}" class="f {}"{more}/>"#, ink.name());
    }

    /// A rounded rectangle that is filled: left, top, width, height, radius.
    pub fn plate(&mut self, [x, y, width, height, radius]: [f64; 5], ink: Ink, more: &str) {
        let [x, y, width, height, radius] = [x, y, width, height, radius].map(number);
        let name = ink.name();
        let _ = write!(
            self.out,
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" class="f {name}"{more}/>"#
        );
    }

    /// The outline of a rounded rectangle.
    pub fn frame(&mut self, [x, y, width, height, radius]: [f64; 5], ink: Ink, more: &str) {
        let [x, y, width, height, radius] = [x, y, width, height, radius].map(number);
        let name = ink.name();
        let _ = write!(
            self.out,
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" class="s {name}"{more}/>"#
        );
    }

    /// A filled circle with this symbol in it.
    pub fn badge(&mut self, (x, y): (f64, f64), symbol: &str, ink: Ink) {
        let (cx, cy) = (number(x), number(y));
        let _ = write!(self.out, r#"<circle cx="{cx}" cy="{cy}" r="8" class="f {}"/>"#, ink.name());
        let look = Type::new(11.0, Ink::Paper).bold().middle();
        self.text((x, y + 4.0), look, symbol);
    }
}

/// A coordinate to a twentieth of a pixel.
pub fn number(value: f64) -> String {
    let text = format!("{:.2}", (value * 20.0).round() / 20.0);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Text as it stands in XML and HTML, in elements and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML 1.0 has no way to write these (2.2 Characters).
            '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {
                out.push('\u{fffd}')
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_and_wrapped_by_its_width() {
        let look = Type::new(12.0, Ink::Text);
        assert_eq!(look.fit("short", 100.0), "short");
        let cut = look.fit("GET /a/very/long/target HTTP/1.1", 100.0).into_owned();
        assert!(cut.ends_with('…') && look.width(&cut) <= 100.0, "{cut}");
        let lines = look.wrap("closed by both sides, the server first wwwwwwwwwwwwwwwwwwwwwwwwwwwwwww", 90.0);
        assert!(lines.len() > 3 && lines.iter().all(|line| look.width(line) <= 90.0), "{lines:?}");
        assert_eq!(look.wrap("", 90.0), [""]);
    }

    #[test]
    fn coordinates_are_short() {
        assert_eq!([number(1.0), number(0.126), number(-0.001), number(12.5)], ["1", "0.15", "0", "12.5"]);
    }

    #[test]
    fn nothing_that_is_markup_is_left() {
        assert_eq!(escape("<a b='\"&\u{1}\u{ffff}"), "&lt;a b=&#39;&quot;&amp;\u{fffd}\u{fffd}");
    }
}
