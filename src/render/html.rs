//! A diagram as a page: one file that asks for nothing from elsewhere. Parties stay in view, rows unfold to their
//! fields, bytes and payload, levels switch, text is searched.
//!
//! The rows are those of the SVG picture. All text stands escaped in elements; a content security policy in the page
//! lets its own script and style run, by their hashes, and nothing else. Without scripts the rows still unfold.

mod details;

use std::fmt::Write as _;

use base64::Engine as _;
use sha2::{Digest, Sha256};

use crate::locale::Lang;
use crate::model::diagram::{Diagram, Level};
use crate::model::trace::Trace;
use crate::render::palette::{Ink, Theme};
use crate::render::svg::layout::{Columns, Figure, HEAD, Placed};
use crate::render::svg::pen::{Pen, escape, number};
use crate::render::svg::{self, Look};
use details::Shelf;

/// What stands on a page: a trace and its diagrams, one for each level that can be switched to.
pub struct Scene {
    /// What the rows unfold to.
    pub trace: Trace,
    /// The diagrams, by level.
    pub diagrams: Vec<(Level, Diagram)>,
}

const SCRIPT: &str = include_str!("html/page.js");
const STYLE: &str = include_str!("html/page.css");

/// The page of `scenes`, one below another, which opens at `level`.
pub fn draw(scenes: &[Scene], look: &Look, level: Level, lang: Lang) -> String {
    let mut page = Page { pen: Pen::default(), look, lang, alone: scenes.len() == 1 && look.title.is_none() };
    let mut levels: Vec<Level> =
        scenes.iter().flat_map(|scene| &scene.diagrams).map(|(level, _)| *level).collect();
    levels.sort_unstable();
    levels.dedup();
    for &shown in &levels {
        let hidden = if shown == level { "" } else { " hidden" };
        let _ = write!(page.pen.out, "<section data-level=\"{}\"{hidden}>", shown as u8);
        let mut first = 1;
        let marked = if shown == level { look.marked.as_slice() } else { &[] };
        for (place, scene) in scenes.iter().enumerate() {
            if let Some((_, diagram)) = scene.diagrams.iter().find(|(of, _)| *of == shown) {
                page.figure(&Shelf::new(&scene.trace, lang), diagram, (place, first), marked);
                first += diagram.rows.iter().filter(|row| svg::is_numbered(row)).count();
            }
        }
        page.pen.out.push_str("</section>\n");
    }
    let title = match (&look.title, scenes) {
        (Some(title), _) => title.clone(),
        (None, [scene]) => {
            scene.diagrams.first().map(|(_, diagram)| diagram.title.clone()).unwrap_or_default()
        }
        (None, _) => lang.pick(format!("{} connections", scenes.len()), format!("연결 {}개", scenes.len())),
    };
    page.document(&title, level, &levels)
}

/// A page with an SVG picture on it, and nothing else.
pub fn picture(svg: &str, title: &str, lang: Lang) -> String {
    let page = "html{background:#10151c}body{margin:0;display:grid;min-height:100vh;place-items:center}\
                svg{max-width:100%;height:auto}";
    let own = svg.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>"));
    let policy = format!(
        "default-src 'none'; style-src {} {}; font-src data:; base-uri 'none'; form-action 'none'",
        hash(page),
        hash(own.map_or("", |(style, _)| style))
    );
    format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{}</title><style>{page}</style></head>\
         <body>\n{svg}</body></html>\n",
        lang.pick("en", "ko"),
        escape(title)
    )
}

/// What a content security policy calls a script or a style.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text)))
}

struct Page<'a> {
    pen: Pen,
    look: &'a Look,
    lang: Lang,
    /// Whether there is just one scene, so that the page's title is its heading.
    alone: bool,
}

impl Page<'_> {
    fn figure(
        &mut self,
        shelf: &Shelf<'_>,
        diagram: &Diagram,
        (place, first): (usize, usize),
        marked: &[usize],
    ) {
        let columns = Columns::new(diagram, self.look.numbers, self.look.width);
        let figure = Figure::new(diagram, columns, first);
        let width = number(figure.columns.width.ceil());
        let heading = if self.alone { String::new() } else { format!("<h2>{}</h2>", escape(&diagram.title)) };
        let _ = write!(
            self.pen.out,
            "<div class=\"figure\">{heading}<div class=\"parties\">\
             <svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">",
            height = number(HEAD + 14.0)
        );
        svg::ground(&mut self.pen, &figure, (HEAD, HEAD + 14.0));
        for lane in 0..diagram.lanes.len() {
            svg::head(&mut self.pen, &figure, lane);
        }
        self.pen.out.push_str("</svg></div>\n");
        for placed in &figure.rows {
            let class = match placed.number.is_some_and(|number| marked.contains(&number)) {
                true => "row marked",
                false => "row",
            };
            self.row(shelf, &figure, placed, (place, class));
        }
        let rest = (figure.bottom - 18.0, figure.bottom);
        self.piece(&figure, rest, 4.0, |_| ());
        self.pen.out.push_str("</div>\n");
    }

    fn row(
        &mut self,
        shelf: &Shelf<'_>,
        figure: &Figure<'_>,
        placed: &Placed<'_>,
        (place, class): (usize, &str),
    ) {
        let more = shelf.details(placed.row);
        let data =
            format!("data-of=\"{place}\" data-time=\"{}\"", placed.row.time.since(figure.diagram.start));
        let span = (placed.y, placed.y + placed.height);
        let draw = |pen: &mut Pen| svg::rows::draw(pen, figure, placed);
        if more.is_empty() {
            let _ = write!(self.pen.out, "<div class=\"{class}\" tabindex=\"-1\" {data}>");
            self.piece(figure, span, 0.0, draw);
            self.pen.out.push_str("</div>\n");
        } else {
            let _ = write!(self.pen.out, "<details class=\"{class}\" {data}><summary>");
            self.piece(figure, span, 0.0, draw);
            let _ = writeln!(self.pen.out, "</summary><div class=\"more\">{more}</div></details>");
        }
    }

    /// What stands from one height of the figure to another, as a picture of its own.
    fn piece(
        &mut self,
        figure: &Figure<'_>,
        (from, to): (f64, f64),
        further: f64,
        draw: impl FnOnce(&mut Pen),
    ) {
        let (width, height) = (number(figure.columns.width.ceil()), number(to - from + further));
        let _ = write!(
            self.pen.out,
            "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 {} {width} {height}\">",
            number(from)
        );
        svg::ground(&mut self.pen, figure, (from, to));
        draw(&mut self.pen);
        self.pen.out.push_str("</svg>");
    }

    fn document(mut self, title: &str, level: Level, levels: &[Level]) -> String {
        let tools = self.tools(level, levels);
        let around: String =
            [title, &tools, KEYS[0], KEYS[1]].concat() + self.look.caption.as_deref().unwrap_or("");
        self.pen.used.iter_mut().for_each(|used| used.extend(around.chars().chain(' '..='~')));
        let style = self.style();
        let policy = format!(
            "default-src 'none'; script-src {}; style-src {}; font-src data:; base-uri 'none'; form-action 'none'",
            hash(SCRIPT),
            hash(&style)
        );
        let theme = match self.look.theme {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
            Theme::Print => "print",
        };
        let (lang, title) = (self.lang.pick("en", "ko"), escape(title));
        format!(
            "<!doctype html>\n<html lang=\"{lang}\" data-theme=\"{theme}\" data-level=\"{at}\"><head>\
             <meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
             <style>{style}</style></head><body>\n<header class=\"bar\"><h1>{title}</h1>{tools}</header>\n\
             <main>\n{rows}</main>\n<footer>{caption}{keys}</footer>\n<script>{SCRIPT}</script></body></html>\n",
            at = level as u8,
            rows = self.pen.out,
            caption =
                self.look.caption.as_ref().map(|text| format!("<p>{}</p>", escape(text))).unwrap_or_default(),
            keys = self.lang.pick(KEYS[0], KEYS[1]),
        )
    }

    fn style(&self) -> String {
        let mut style = svg::faces(&self.pen.used);
        let _ = write!(style, ":root{{--sans:{};{}}}", svg::STACK, Theme::Light.variables());
        let _ = write!(
            style,
            "@media(prefers-color-scheme:dark){{[data-theme=auto]{{{dark}}}}}[data-theme=dark]{{{dark}}}\
             [data-theme=print]{{{}}}",
            Theme::Print.variables(),
            dark = Theme::Dark.variables(),
        );
        for name in Ink::names() {
            let _ = write!(style, ".{name}{{color:var(--{name})}}");
        }
        style + &svg::rules() + STYLE
    }

    /// The switch of levels, the search and the switch of colours.
    fn tools(&self, at: Level, levels: &[Level]) -> String {
        let lang = self.lang;
        let mut tools = String::from("<fieldset>");
        for &level in levels {
            let name = match level {
                Level::Connections => lang.pick("Connections", "연결"),
                Level::Phases => lang.pick("Phases", "단계"),
                Level::Messages => lang.pick("Messages", "메시지"),
                Level::Packets => lang.pick("Packets", "패킷"),
            };
            let number = level as u8;
            let _ = write!(
                tools,
                "<button type=\"button\" data-to=\"{number}\" aria-pressed=\"{}\">{number} {name}</button>",
                level == at
            );
        }
        let (find, theme) = (lang.pick("Search", "찾기"), lang.pick("Light / dark", "밝게 / 어둡게"));
        let _ = write!(
            tools,
            "</fieldset><input type=\"search\" placeholder=\"{find}  /\" aria-label=\"{find}\"><output></output>\
             <button type=\"button\" class=\"theme\">{theme}</button>"
        );
        tools
    }
}

/// The keys, at the foot of the page.
const KEYS: [&str; 2] = [
    "<p class=\"keys\"><kbd>1</kbd>–<kbd>4</kbd> level · <kbd>j</kbd> <kbd>k</kbd> row · <kbd>Enter</kbd> unfold · \
     <kbd>/</kbd> search · <kbd>n</kbd> <kbd>N</kbd> next, previous · <kbd>t</kbd> colours</p>",
    "<p class=\"keys\"><kbd>1</kbd>–<kbd>4</kbd> 레벨 · <kbd>j</kbd> <kbd>k</kbd> 행 이동 · <kbd>Enter</kbd> 펼치기 · \
     <kbd>/</kbd> 찾기 · <kbd>n</kbd> <kbd>N</kbd> 다음, 이전 · <kbd>t</kbd> 색</p>",
];
