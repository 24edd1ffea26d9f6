//! Lines of character cells: where text and lines are put by column, and styled spans come out.

use std::borrow::Cow;
use std::fmt;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::diagnostic::Severity;
use crate::event::{Class, Phase, Tone};
use crate::locale::Lang;

/// What a piece of a line is, for who gives it a colour. No meaning is in the colour alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub enum Role {
    /// Nothing: blanks.
    #[default]
    Blank,
    /// When a row happened.
    Time,
    /// How long after the row above.
    Delta,
    /// The name of a lane.
    Lane,
    /// What stands below that name.
    Below,
    /// A lane's line.
    Lifeline,
    /// An arrow's line and head.
    Arrow(Class),
    /// What stands on an arrow.
    Label(Class),
    /// What stands beside an arrow.
    Aside,
    /// A transport state.
    State,
    /// The name of a phase.
    Band(Phase),
    /// The name of a connection.
    Connection,
    /// A note.
    Note(Severity),
    /// How a connection went.
    Verdict(Tone),
    /// Bytes that are missing.
    Gap,
    /// What a person wrote.
    Remark,
    /// Silences, leaders, rules.
    Quiet,
}

/// A piece of a line in one role.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Span {
    /// Its text.
    pub text: String,
    /// What it is.
    pub role: Role,
}

/// One line of character cells, without blanks at its end.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Strip {
    /// Its pieces from left to right.
    pub spans: Vec<Span>,
}

/// Which characters lines are made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub enum Charset {
    /// Box drawing.
    #[default]
    Ladder,
    /// ASCII only, but for the words of the user's language.
    Ascii,
}

impl Strip {
    /// How many cells it takes.
    pub fn width(&self) -> usize {
        self.spans.iter().map(|span| span.text.width()).sum()
    }

    /// What is to be seen of it on `width` cells where the first `fixed` cells stay and the others are scrolled by
    /// `offset` cells. A wide character that is cut leaves a blank.
    pub fn window(&self, fixed: usize, offset: usize, width: usize) -> Strip {
        let mut canvas = Canvas::new(width);
        let mut column = 0;
        for span in &self.spans {
            for grapheme in span.text.graphemes(true) {
                let cells = grapheme.width();
                if column + cells <= fixed {
                    canvas.put(column, grapheme, span.role);
                } else if column >= fixed + offset {
                    canvas.put(column - offset, grapheme, span.role);
                }
                column += cells;
            }
        }
        canvas.strip()
    }
}

impl fmt::Display for Strip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spans.iter().try_for_each(|span| f.write_str(&span.text))
    }
}

/// A line while it is being put together. Nothing that is put beyond its width stays.
pub(super) struct Canvas {
    cells: Vec<Cell>,
}

#[derive(Clone)]
struct Cell {
    /// What stands in it; empty where the character to the left reaches into it.
    text: Cow<'static, str>,
    role: Role,
}

const BLANK: Cell = Cell { text: Cow::Borrowed(" "), role: Role::Blank };

impl Canvas {
    pub fn new(width: usize) -> Canvas {
        Canvas { cells: vec![BLANK; width] }
    }

    /// Puts `text` at `column`; characters that do not fit whole are left out.
    pub fn put(&mut self, column: usize, text: &str, role: Role) {
        let mut column = column;
        for grapheme in text.graphemes(true) {
            let width = grapheme.width();
            if width == 0 {
                let before = column.min(self.cells.len());
                if let Some(cell) = self.cells[..before].iter_mut().rev().find(|cell| !cell.text.is_empty()) {
                    cell.text.to_mut().push_str(grapheme);
                }
                continue;
            }
            if column + width > self.cells.len() {
                return;
            }
            self.clear(column);
            self.clear(column + width - 1);
            self.cells[column] = Cell { text: Cow::Owned(grapheme.to_owned()), role };
            self.cells[column + 1..column + width].fill(Cell { text: Cow::Borrowed(""), role });
            column += width;
        }
    }

    /// Puts a single-cell character at `column`.
    pub fn dot(&mut self, column: usize, text: &'static str, role: Role) {
        if column < self.cells.len() {
            self.clear(column);
            self.cells[column] = Cell { text: Cow::Borrowed(text), role };
        }
    }

    /// Takes away a wide character that reaches over `column` with its other cell.
    fn clear(&mut self, column: usize) {
        let start = (0..=column).rev().find(|&at| !self.cells[at].text.is_empty()).unwrap_or(0);
        let next = (column + 1..self.cells.len()).find(|&at| !self.cells[at].text.is_empty());
        let end = next.unwrap_or(self.cells.len());
        if end - start > 1 {
            self.cells[start..end].fill(BLANK);
        }
    }

    /// The finished line.
    pub fn strip(self) -> Strip {
        let end = self.cells.iter().rposition(|cell| cell.text != " ").map_or(0, |last| last + 1);
        let mut spans: Vec<Span> = Vec::new();
        for cell in &self.cells[..end] {
            let role = if cell.text == " " { None } else { Some(cell.role) };
            match spans.last_mut() {
                Some(span) if role.is_none_or(|role| role == span.role) => span.text.push_str(&cell.text),
                _ => spans.push(Span { text: cell.text.to_string(), role: role.unwrap_or_default() }),
            }
        }
        Strip { spans }
    }
}

impl Charset {
    /// `text` in these characters: what the program itself adds to a text has its ASCII form; other characters are
    /// escaped in English, and stay in a language that needs them.
    pub(super) fn text(self, text: &str, lang: Lang) -> Cow<'_, str> {
        if self == Charset::Ladder || text.is_ascii() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                'µ' => out.push('u'),
                '…' => out.push_str(".."),
                '·' | '–' | '—' => out.push('-'),
                '▸' => out.push('>'),
                '→' => out.push_str("->"),
                '×' => out.push('x'),
                '\u{2400}'..='\u{241f}' => {
                    out.push_str(&format!("\\x{:02x}", c as u32 - 0x2400));
                }
                '\u{2421}' => out.push_str("\\x7f"),
                c if c.is_ascii() || lang == Lang::Ko => out.push(c),
                c => out.extend(c.escape_unicode()),
            }
        }
        Cow::Owned(out)
    }

    /// What stands for the end of a text that was cut.
    pub(super) fn ellipsis(self) -> &'static str {
        match self {
            Charset::Ladder => "…",
            Charset::Ascii => "..",
        }
    }

    /// As much of `text` as fits `width` cells, with an ellipsis where it was cut.
    pub fn fit(self, text: &str, width: usize) -> Cow<'_, str> {
        if text.width() <= width {
            return Cow::Borrowed(text);
        }
        let ellipsis = self.ellipsis();
        let Some(room) = width.checked_sub(ellipsis.width()) else { return Cow::Borrowed("") };
        let kept = head(text, room);
        Cow::Owned(format!("{}{ellipsis}", kept.trim_end()))
    }

    /// A socket's name on `width` cells: its middle is cut, never its port.
    pub fn fit_socket(self, name: &str, width: usize) -> Cow<'_, str> {
        let port = name.rfind(':').filter(|at| name[at + 1..].starts_with(|c: char| c.is_ascii_digit()));
        let Some(at) = port.filter(|_| name.width() > width) else { return self.fit(name, width) };
        let (host, port) = name.split_at(at);
        let ellipsis = self.ellipsis();
        let Some(room) = width.checked_sub(port.width() + ellipsis.width()) else {
            return Cow::Owned(tail(port, width).to_owned());
        };
        let back = tail(host, room / 2);
        let front = head(host, room - back.width());
        Cow::Owned(format!("{front}{ellipsis}{back}{port}"))
    }
}

/// The first characters of `text` that fit `width` cells.
fn head(text: &str, width: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += grapheme.width();
        if used > width {
            return &text[..at];
        }
    }
    text
}

/// The last characters of `text` that fit `width` cells.
fn tail(text: &str, width: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += grapheme.width();
        if used > width {
            return &text[at + grapheme.len()..];
        }
    }
    text
}

/// `text` in lines of at most `width` cells, broken at blanks; words that are longer are broken where they must. At least one
/// line.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        let mut rest = word;
        while line.width() + rest.width() > width {
            let part = head(rest, width - line.width());
            if part.is_empty() {
                break;
            }
            line.push_str(part);
            rest = &rest[part.len()..];
            lines.push(std::mem::take(&mut line));
        }
        line.push_str(rest);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}
