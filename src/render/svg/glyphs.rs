//! Text as outlines, for readers that have no fonts: each character stands once in the document and is used wherever it
//! is shown.
//!
//! What our fonts have not is a box with its code point in it, as wide as other fonts make the character: nobody takes
//! it for another character, and what stands beside it stays in its place.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use ttf_parser::OutlineBuilder;
use unicode_normalization::UnicodeNormalization;

use crate::render::font::Font;
use crate::render::svg::pen::number;

/// The characters of a document that are outlined.
#[derive(Default)]
pub struct Glyphs {
    known: BTreeSet<String>,
    shapes: String,
}

/// The least width of a character that no font of ours has, in em.
const NARROWEST: f64 = 0.65;

impl Glyphs {
    /// Writes `text` in type of `size` from `at` on, not wider than `room`. Each character is of the first of `fonts`
    /// that has it; `more` are attributes of the whole.
    pub fn write(
        &mut self,
        out: &mut String,
        fonts: &[&'static Font],
        text: &str,
        (at, size, room): ((f64, f64), f64, f64),
        more: &str,
    ) {
        let Some(&first) = fonts.first() else { return };
        // What is composed of several characters has an outline as one.
        let shown = text.nfc().map(|c| (c, fonts.iter().find(|font| font.has(c)).copied()));
        let (mut uses, mut x) = (String::new(), 0.0);
        for (c, font) in shown {
            let shape = (c != ' ').then(|| self.shape(c, font, first));
            if let Some(shape) = shape.filter(|_| !c.is_whitespace()) {
                let _ = write!(uses, "<use xlink:href=\"#{shape}\"");
                let _ = if x > 0.0 { write!(uses, " x=\"{}\"/>", number(x)) } else { write!(uses, "/>") };
            }
            let width = font.unwrap_or(first).width(c.encode_utf8(&mut [0; 4]), 1.0);
            x += first.em() * if font.is_some() { width } else { width.max(NARROWEST) };
        }
        let scale = size / first.em();
        let narrow = if x * scale > room + 0.01 { room / x } else { scale };
        let both = if narrow < scale { format!("{narrow:.5} {scale:.5}") } else { format!("{scale:.5}") };
        let [x, y] = [at.0, at.1].map(number);
        let _ = write!(out, r#"<g {more} transform="translate({x} {y})scale({both})">{uses}</g>"#);
    }

    /// The definitions of all characters that were written.
    pub fn definitions(&self) -> String {
        format!("<defs>{}</defs>", self.shapes)
    }

    /// The name of the shape of a character.
    fn shape(&mut self, c: char, font: Option<&Font>, first: &Font) -> String {
        let name = format!("{}{:x}", font.unwrap_or(first).key(), c as u32);
        if self.known.insert(name.clone()) {
            let mut trace = Trace::default();
            match font {
                Some(font) => _ = font.outline(c, &mut trace),
                None => boxed(c, first, &mut trace),
            }
            let _ = write!(self.shapes, r#"<path id="{name}" d="{}"/>"#, trace.path);
        }
        name
    }
}

/// Draws the code point of a character in a box.
fn boxed(c: char, font: &Font, trace: &mut Trace) {
    let digits = format!("{:04X}", c as u32);
    let digits = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits };
    let em = font.em();
    let width = em * font.width(c.encode_utf8(&mut [0; 4]), 1.0).max(NARROWEST);
    let (left, right, bottom, top) = (em * 0.04, width - em * 0.04, em * -0.14, em * 0.86);
    let line = em * 0.035;
    trace.ring([left, bottom, right, top]);
    trace.ring([left + line, top - line, right - line, bottom + line]);
    let columns = digits.len() / 2;
    let step = font.width("0", em);
    let scale = ((right - left - 5.0 * line) / (step * columns as f64)).min(0.56);
    let inset = (right - left - scale * step * columns as f64) / 2.0;
    for (nth, digit) in digits.chars().enumerate() {
        let (row, column) = (nth / columns, nth % columns);
        let y = if row == 0 { (top + bottom) / 2.0 + em * 0.045 } else { bottom + em * 0.075 };
        trace.place = (left + inset + scale * step * column as f64, y, scale);
        let _ = font.outline(digit, trace);
    }
}

/// An outline as it becomes a path, the y axis down, in whole units and short by steps.
struct Trace {
    path: String,
    at: (i64, i64),
    /// Where its zero is, and its scale.
    place: (f64, f64, f64),
}

impl Default for Trace {
    fn default() -> Trace {
        Trace { path: String::new(), at: (0, 0), place: (0.0, 0.0, 1.0) }
    }
}

impl Trace {
    /// The steps from where the path is to these points; it then is at the last.
    fn steps<const N: usize>(&mut self, command: char, points: [(f32, f32); N]) {
        self.path.push(command);
        let (x0, y0, scale) = self.place;
        let mut last = self.at;
        for (nth, (x, y)) in points.into_iter().enumerate() {
            last = ((x0 + f64::from(x) * scale).round() as i64, -(y0 + f64::from(y) * scale).round() as i64);
            for (nth, step) in [(nth, last.0 - self.at.0), (1, last.1 - self.at.1)] {
                let blank = if nth > 0 && step >= 0 { " " } else { "" };
                let _ = write!(self.path, "{blank}{step}");
            }
        }
        self.at = last;
    }

    /// A rectangle: round one way where the second corner is right of and above the first, else the other way.
    fn ring(&mut self, [x1, y1, x2, y2]: [f64; 4]) {
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(|side| side as f32);
        self.move_to(x1, y1);
        for (x, y) in [(x2, y1), (x2, y2), (x1, y2)] {
            self.line_to(x, y);
        }
        self.close();
    }
}

impl OutlineBuilder for Trace {
    fn move_to(&mut self, x: f32, y: f32) {
        // Where a part was closed, the path is at its start again: absolute is simplest.
        self.at = (0, 0);
        self.steps('M', [(x, y)]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.steps('l', [(x, y)]);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.steps('q', [(x1, y1), (x, y)]);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.steps('c', [(x1, y1), (x2, y2), (x, y)]);
    }

    fn close(&mut self) {
        self.path.push('z');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, room: f64) -> (String, String) {
        let (mut glyphs, mut out) = (Glyphs::default(), String::new());
        glyphs.write(&mut out, &[Font::of(false)], text, ((1.0, 2.0), 10.0, room), "class=\"t\"");
        (out, glyphs.definitions())
    }

    #[test]
    fn a_character_has_one_shape_however_often_it_stands() {
        let (out, definitions) = written("aab a", 99.0);
        assert_eq!((out.matches("#s61\"").count(), definitions.matches("id=").count()), (3, 2));
        assert!(out.starts_with(
            r##"<g class="t" transform="translate(1 2)scale(0.01000)"><use xlink:href="#s61"/>"##
        ));
    }

    #[test]
    fn what_no_font_has_is_its_code_point() {
        let (out, definitions) = written("漢", 99.0);
        assert!(out.contains("#s6f22") && definitions.matches('M').count() >= 2 + 4, "{definitions}");
        // Decomposed syllables are composed; a mark that stays has a box, and the text keeps to its room.
        assert_eq!(written("\u{1112}\u{1161}\u{11ab}", 99.0), written("한", 99.0));
        assert!(written("x\u{20d7}", Font::of(false).width("x\u{20d7}", 10.0)).0.contains("scale(0.0"));
    }
}
