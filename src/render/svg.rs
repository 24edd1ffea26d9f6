//! A diagram as an SVG picture: lanes, arrows and bands as vectors, text as text with a font of just its characters.
//!
//! Diagrams go in, one below another; a document comes out that asks for nothing from elsewhere, runs nothing, and
//! is the same each time. What is told by colour is told by line and symbol too.

pub(crate) mod arrow;
pub(crate) mod glyphs;
pub(crate) mod layout;
pub(crate) mod pen;
pub(crate) mod rows;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

use base64::Engine as _;

use crate::model::diagram::{Diagram, Key, Row, What};
use crate::render::cast::{BREAK, pause};
use crate::render::font::{FAMILY, Font, MONO};
use crate::render::palette::{Ink, Theme};
use glyphs::Glyphs;
use layout::{Columns, Figure, HEAD, MARGIN, NAME, Placed, SMALL, Zone};
use pen::{Pen, Type, escape, number};

/// How a picture looks.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// Its colours.
    pub theme: Theme,
    /// Its width in pixels; by what is in it where `None`.
    pub width: Option<f64>,
    /// What stands above it.
    pub title: Option<String>,
    /// What stands below it.
    pub caption: Option<String>,
    /// Whether rows are numbered.
    pub numbers: bool,
    /// The numbers of the rows that are marked.
    pub marked: Vec<usize>,
    /// Whether the rows of an SVG picture appear one after another, as far apart as [`crate::render::cast`] tells them.
    pub unfolding: bool,
    /// Whether the text of an SVG picture is drawn as outlines, for readers that take no fonts from it.
    pub outlined: bool,
}

/// A picture and its size in pixels.
pub struct Picture {
    /// The document.
    pub svg: String,
    /// Its width and height.
    pub size: (f64, f64),
}

/// Pictures that are painted one over the other, and how long each is looked at, in seconds.
pub struct Film {
    /// The documents, the first of which covers the whole.
    pub frames: Vec<(String, f64)>,
    /// Width and height of each.
    pub size: (f64, f64),
}

/// Draws `diagrams` one below another as a document that carries its font, or outlines.
pub fn draw(diagrams: &[Diagram], look: &Look) -> Picture {
    let sheet = Sheet::draw(diagrams, look);
    let size = sheet.size();
    Picture { svg: sheet.document(&sheet.pen.out, true), size }
}

/// Draws `diagrams` without their rows first, then each row by itself.
pub fn film(diagrams: &[Diagram], look: &Look) -> Film {
    let look = Look { unfolding: false, outlined: true, ..look.clone() };
    let sheet = Sheet::draw(diagrams, &look);
    let mut parts: Vec<&Range<usize>> = sheet.rows.iter().flat_map(|row| &row.markup).collect();
    parts.sort_by_key(|part| part.start);
    let (mut ground, mut at) = (String::new(), 0);
    for part in parts {
        ground.push_str(&sheet.pen.out[at..part.start]);
        at = part.end;
    }
    ground.push_str(&sheet.pen.out[at..]);
    let mut frames = vec![(sheet.document(&ground, true), FIRST)];
    for (nth, row) in sheet.rows.iter().enumerate() {
        let [behind, itself] = row.markup.each_ref().map(|part| &sheet.pen.out[part.clone()]);
        let placed = format!("<g transform=\"translate(0 {})\">{behind}{itself}</g>", number(row.y));
        let shown = sheet.rows.get(nth + 1).map_or(LAST, |next| next.at - row.at);
        frames.push((sheet.document(&placed, false), shown));
    }
    Film { frames, size: sheet.size() }
}

/// Whether readers may call a row by a number: what happened has one, what is said of it has none.
pub fn is_numbered(row: &Row) -> bool {
    match &row.what {
        What::Arrow { .. } | What::Gap { .. } => true,
        What::Band { .. } | What::Connection { .. } => row.open != Some(true),
        What::Milestone { .. } | What::Silence(_) => false,
        What::Note { .. } | What::Verdict { .. } | What::Remark(_) => false,
    }
}

/// The document while it is being drawn.
struct Sheet<'a> {
    look: &'a Look,
    pen: Pen,
    width: f64,
    y: f64,
    rows: Vec<Appearing>,
    title: String,
    description: String,
}

/// A row as it was drawn.
struct Appearing {
    /// When it appears, in seconds.
    at: f64,
    /// Where in the document stands what is behind it, and where itself.
    markup: [Range<usize>; 2],
    /// How far its diagram is moved down.
    y: f64,
}

/// The rules by which rows appear, except where the reader wants nothing to move.
const UNFOLDING: &str = "@keyframes u{from{opacity:0;transform:translateY(-4px)}}.u{animation:u .4s ease-out backwards}\
                         @media(prefers-reduced-motion:reduce){.u{animation:none}}";
/// How long the empty diagram and the whole one are looked at, in seconds.
const FIRST: f64 = 0.8;
const LAST: f64 = 5.0;
/// The room between two diagrams.
const BETWEEN: f64 = 44.0;

impl<'a> Sheet<'a> {
    fn draw(diagrams: &[Diagram], look: &'a Look) -> Sheet<'a> {
        let mut first = 1;
        let mut figures = Vec::with_capacity(diagrams.len());
        for diagram in diagrams {
            let columns = Columns::new(diagram, look.numbers, look.width);
            figures.push(Figure::new(diagram, columns, first));
            first += diagram.rows.iter().filter(|row| is_numbered(row)).count();
        }
        let width = figures.iter().map(|figure| figure.columns.width).fold(420.0, f64::max).ceil();
        let pen = Pen { glyphs: look.outlined.then(Glyphs::default), ..Pen::default() };
        let title = match (&look.title, diagrams) {
            (Some(title), _) => title.clone(),
            (None, [diagram, ..]) => diagram.title.clone(),
            (None, []) => String::new(),
        };
        let description = described(diagrams);
        let mut sheet = Sheet { look, pen, width, y: MARGIN, rows: Vec::new(), title, description };
        sheet.heading();
        let several = figures.len() > 1;
        for (place, figure) in figures.iter().enumerate() {
            if place > 0 {
                sheet.y += BETWEEN;
            }
            sheet.figure(figure, several || look.title.is_none());
        }
        sheet.caption();
        sheet
    }

    fn size(&self) -> (f64, f64) {
        (self.width, (self.y + MARGIN).ceil())
    }

    fn heading(&mut self) {
        let Some(title) = &self.look.title else { return };
        let look = Type::new(19.0, Ink::Text).bold();
        for line in look.wrap(title, self.width - 2.0 * MARGIN) {
            self.pen.text((MARGIN, self.y + 17.0), look, &line);
            self.y += 26.0;
        }
        self.y += 14.0;
    }

    fn caption(&mut self) {
        let Some(caption) = &self.look.caption else { return };
        self.y += 16.0;
        let look = Type::new(12.5, Ink::Soft);
        for line in look.wrap(caption, self.width - 2.0 * MARGIN) {
            self.pen.text((MARGIN, self.y + 13.0), look, &line);
            self.y += 19.0;
        }
    }

    /// Draws a diagram below what was drawn; its own heading only where asked.
    fn figure(&mut self, figure: &Figure<'_>, heading: bool) {
        if heading && !figure.diagram.title.is_empty() {
            let look = Type::new(13.5, Ink::Text).bold();
            let title = look.fit(&figure.diagram.title, self.width - 2.0 * MARGIN).into_owned();
            self.pen.text((MARGIN, self.y + 12.0), look, &title);
            self.y += 32.0;
        }
        let _ = write!(self.pen.out, r#"<g transform="translate(0 {})">"#, number(self.y));
        let first = self.rows.len();
        let mut before = None;
        for placed in &figure.rows {
            let waits = before.map_or(BREAK, |before| pause(before, placed.row.time));
            let at = self.rows.last().map_or(0.0, |last| last.at + waits);
            before = Some(placed.row.time);
            self.rows.push(Appearing { at, markup: [0..0, 0..0], y: self.y });
        }
        for (nth, placed) in (first..).zip(&figure.rows) {
            self.appear((nth, 0), |sheet| sheet.behind(figure, placed));
        }
        lifelines(&mut self.pen, figure, (HEAD, figure.bottom));
        for lane in 0..figure.diagram.lanes.len() {
            head(&mut self.pen, figure, lane);
        }
        for (nth, placed) in (first..).zip(&figure.rows) {
            self.appear((nth, 1), |sheet| rows::draw(&mut sheet.pen, figure, placed));
        }
        self.pen.out.push_str("</g>");
        self.y += figure.bottom;
    }

    /// Draws a part of a row, which appears with it.
    fn appear(&mut self, (row, part): (usize, usize), draw: impl FnOnce(&mut Self)) {
        let start = self.pen.out.len();
        let delay = number(self.rows[row].at);
        let opening = format!("<g class=\"u\" style=\"animation-delay:{delay}s\">");
        self.pen.out.push_str(if self.look.unfolding { &opening } else { "" });
        let empty = self.pen.out.len();
        draw(self);
        if self.pen.out.len() == empty {
            self.pen.out.truncate(start);
        } else if self.look.unfolding {
            self.pen.out.push_str("</g>");
        }
        self.rows[row].markup[part] = start..self.pen.out.len();
    }

    /// What stands behind a row and those that belong to it: the ground of the phase that it begins, and its own where
    /// it is marked.
    fn behind(&mut self, figure: &Figure<'_>, placed: &Placed<'_>) {
        if placed.number.is_some_and(|number| self.look.marked.contains(&number)) {
            let right = figure.columns.width - 2.0 * (MARGIN - 14.0);
            let shape = [MARGIN - 14.0, placed.y + 1.0, right, placed.height, 6.0];
            self.pen.plate(shape, Ink::Glow, r#" fill-opacity=".2""#);
            self.pen.plate([MARGIN - 14.0, placed.y + 1.0, 4.0, placed.height, 2.0], Ink::Mark, "");
        }
        let begins = |zone: &&Zone| zone.y.0 >= placed.y && zone.y.0 < placed.y + placed.height;
        for zone in figure.zones.iter().filter(begins) {
            phase(&mut self.pen, figure, zone);
        }
    }

    /// The whole document around what was drawn, on paper or on what is there already.
    fn document(&self, drawn: &str, paper: bool) -> String {
        let (width, height) = self.size();
        let [width, height] = [width, height].map(number);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\"{} width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" xml:space=\"preserve\" role=\"img\" aria-labelledby=\"title desc\">\
             <title id=\"title\">{}</title><desc id=\"desc\">{}</desc><style>",
            if self.look.outlined { XLINK } else { "" },
            escape(&self.title),
            escape(&self.description),
        );
        if !self.look.outlined {
            out.push_str(&faces(&self.pen.used));
        }
        out.push_str(&self.look.theme.sheet());
        out.push_str(&rules());
        out.push_str(if self.look.unfolding { UNFOLDING } else { "" });
        out.push_str("</style>");
        out.push_str(&self.pen.glyphs.as_ref().map(Glyphs::definitions).unwrap_or_default());
        if paper {
            let _ = write!(out, r#"<rect width="{width}" height="{height}" class="f paper"/>"#);
        }
        out.push_str(drawn);
        out.push_str("</svg>\n");
        out
    }
}

/// The name space in which outlines are used: readers of SVG 1.1 know no other way.
pub(crate) const XLINK: &str = " xmlns:xlink=\"http://www.w3.org/1999/xlink\"";
/// The fonts that are asked for, ours first.
pub(crate) const STACK: &str = "\"Seqdump Sans\",Inter,\"NanumBarunGothic\",\"Apple SD Gothic Neo\",\"Malgun Gothic\",\
                     \"Noto Sans CJK KR\",\"DejaVu Sans\",sans-serif";

/// What the picture shows, for those who do not see it: parties and verdicts, or how many rows there are.
fn described(diagrams: &[Diagram]) -> String {
    let mut sentences = Vec::new();
    for diagram in diagrams.iter().take(16) {
        let names: Vec<&str> = diagram.lanes.iter().map(|lane| lane.name.as_str()).collect();
        sentences.push(names.join(", "));
        for row in diagram.rows.iter().filter(|row| matches!(row.key, Key::Verdict(..) | Key::Connection(_)))
        {
            match &row.what {
                What::Verdict { text, .. } => sentences.push(text.clone()),
                What::Connection { verdict, .. } if row.open != Some(true) => sentences.push(verdict.clone()),
                _ => {}
            }
        }
    }
    sentences.join(". ")
}

/// What stands behind the rows from one height to another: the grounds of phases, and the lifelines, which a silence
/// breaks.
pub(crate) fn ground(pen: &mut Pen, figure: &Figure<'_>, (from, to): (f64, f64)) {
    for zone in figure.zones.iter().filter(|zone| zone.y.0 < to && zone.y.1 > from) {
        phase(pen, figure, zone);
    }
    lifelines(pen, figure, (from, to));
}

/// The ground of a phase.
fn phase(pen: &mut Pen, figure: &Figure<'_>, zone: &Zone) {
    let (left, right) = figure.columns.ground(zone.lanes);
    let shape = [left, zone.y.0, right - left, zone.y.1 - zone.y.0, 10.0];
    pen.plate(shape, zone.ink, r#" fill-opacity=".055""#);
    pen.frame(shape, zone.ink, r#" stroke-opacity=".22""#);
}

fn lifelines(pen: &mut Pen, figure: &Figure<'_>, (from, to): (f64, f64)) {
    let silences: Vec<(f64, f64)> = figure
        .rows
        .iter()
        .filter(|placed| matches!(placed.row.what, What::Silence(_)) && placed.y >= from && placed.y < to)
        .map(|placed| (placed.y + 7.0, placed.y + placed.height - 7.0))
        .collect();
    let (to, ends) = (to.min(figure.foot), (from..=to).contains(&figure.foot));
    for &x in figure.columns.lanes.iter().filter(|_| from < to) {
        let (mut path, mut quiet, mut y) = (String::new(), String::new(), from);
        for (start, end) in &silences {
            let _ = write!(path, "M{x} {}V{}", number(y), number(*start), x = number(x));
            let _ = write!(quiet, "M{x} {}V{}", number(start + 5.0), number(end - 4.0), x = number(x));
            y = *end;
        }
        let _ = write!(path, "M{x} {}V{}", number(y), number(to), x = number(x));
        if ends {
            let _ = write!(path, "M{} {}h10", number(x - 5.0), number(to));
        }
        pen.stroke(&path, Ink::Life, r#" stroke-width="1.4""#);
        if !quiet.is_empty() {
            let dots = r#" stroke-width="2" stroke-linecap="round" stroke-dasharray="0 6""#;
            pen.stroke(&quiet, Ink::Life, dots);
        }
    }
}

/// The box with the name of a party.
pub(crate) fn head(pen: &mut Pen, figure: &Figure<'_>, lane: usize) {
    let (diagram, x) = (figure.diagram, figure.columns.lanes[lane]);
    let neighbours = figure.columns.lanes.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::MAX, f64::min);
    let width = layout::head_width(diagram, lane).min(neighbours - 8.0);
    let shape = [x - width / 2.0, 0.0, width, HEAD, 9.0];
    pen.plate(shape, Ink::Surface, "");
    pen.frame(shape, Ink::Edge, "");
    let party = &diagram.lanes[lane];
    let (name, below) = (Type::new(NAME, Ink::Text).bold().middle(), Type::new(SMALL, Ink::Soft).middle());
    let alone = if party.below.is_empty() { 6.0 } else { 0.0 };
    pen.text((x, 21.0 + alone), name, &name.fit(&party.name, width - 16.0));
    pen.text((x, 37.0), below, &below.fit(&party.below, width - 16.0));
}

/// The `@font-face` rules of fonts with just these characters, in regular and in bold type.
pub(crate) fn faces(used: &[BTreeSet<char>; 2]) -> String {
    face(FAMILY, false, &used[0]) + &face(FAMILY, true, &used[1])
}

/// The `@font-face` rule of a font with just these characters.
pub(crate) fn face(family: &str, bold: bool, used: &BTreeSet<char>) -> String {
    let font = if family == MONO { Font::mono(bold) } else { Font::of(bold) };
    format!(
        "@font-face{{font-family:\"{family}\";font-weight:{};src:url(data:font/ttf;base64,{})}}",
        if bold { 700 } else { 400 },
        base64::engine::general_purpose::STANDARD.encode(font.subset(used))
    )
}

/// The rules for the elements that a pen writes.
pub(crate) fn rules() -> String {
    format!(
        "text{{font-family:{STACK};fill:currentColor;white-space:pre;text-rendering:geometricPrecision}}.b{{font-weight:700}}\
         .m{{text-anchor:middle}}.e{{text-anchor:end}}.f{{fill:currentColor}}.s{{fill:none;stroke:currentColor}}"
    )
}
