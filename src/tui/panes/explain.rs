//! What the thing under the cursor is: in plain words, with the section of the document that says so.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::diagnostic::{Diagnostic, Note};
use crate::event::{Class, Tone};
use crate::model::diagram::{Key, What};
use crate::render::cells::wrap;
use crate::safe;
use crate::tui::app::{App, Focus, Screen};
use crate::tui::ladder::{Ladder, Subject, text_of};
use crate::tui::list::tone;
use crate::tui::panes::{SMALLEST, put, window};
use crate::tui::theme::Ink;

/// Draws it over the screen.
pub fn overlay(buffer: &mut Buffer, area: Rect, app: &App) {
    let lines = lines(app);
    let size = (width(app), u16::try_from(lines.len()).unwrap_or(u16::MAX));
    let heading = app.lang.pick("what is this? · Esc closes", "이것은 무엇인가? · Esc로 닫기");
    let inner = window(buffer, area, size, heading, app.theme);
    put_lines(buffer, inner, &lines, app.overlay_top, app);
}

/// Draws it in the place of the detail pane, for the step mode.
pub fn pane(buffer: &mut Buffer, area: Rect, app: &App) {
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    put_lines(buffer, inner, &lines(app), 0, app);
}

fn put_lines(buffer: &mut Buffer, area: Rect, lines: &[(Ink, String)], top: usize, app: &App) {
    for (y, (ink, text)) in lines.iter().skip(top).take(usize::from(area.height)).enumerate() {
        put(buffer, area, 0, y, text, app.theme.style(*ink));
    }
}

fn width(app: &App) -> u16 {
    app.size.0.saturating_sub(6).clamp(SMALLEST.0, 76)
}

/// Its lines and how they look.
pub fn lines(app: &App) -> Vec<(Ink, String)> {
    let mut told = Told { lines: Vec::new(), width: usize::from(width(app)) };
    match (&app.ladder, app.screen) {
        (Some(ladder), Screen::Ladder | Screen::Chat) => of_row(&mut told, app, ladder),
        _ => of_connection(&mut told, app),
    }
    told.lines
}

struct Told {
    lines: Vec<(Ink, String)>,
    width: usize,
}

impl Told {
    fn say(&mut self, ink: Ink, text: &str) {
        self.lines.extend(wrap(text, self.width).into_iter().map(|line| (ink, line)));
    }

    fn gap(&mut self) {
        if !self.lines.is_empty() {
            self.lines.push((Ink::Text, String::new()));
        }
    }

    fn diagnostic(&mut self, app: &App, what: &'static Diagnostic, detail: Option<&Note>) {
        let text = detail.map_or_else(|| app.lang.of(what.rule).to_owned(), |note| note.say(app.lang));
        self.gap();
        let tone = match what.severity {
            crate::diagnostic::Severity::Error => Tone::Bad,
            crate::diagnostic::Severity::Warning => Tone::Doubtful,
            crate::diagnostic::Severity::Info => Tone::Neutral,
        };
        self.say(Ink::Tone(tone), &format!("{} [{}]", safe::line(&text), what.id));
        if !what.source.is_empty() {
            self.say(Ink::Dim, what.source);
        }
    }
}

fn of_connection(told: &mut Told, app: &App) {
    let current = app.list.current().and_then(|id| app.list.connections.get(id as usize));
    let Some(connection) = current else { return };
    told.say(Ink::Tone(tone(connection)), &safe::line(&connection.verdict(app.lang)));
    for what in connection.noted.iter() {
        told.diagnostic(app, what, None);
    }
}

fn of_row(told: &mut Told, app: &App, ladder: &Ladder) {
    let Some(row) = ladder.row() else { return };
    told.say(Ink::Heading, &safe::line(&text_of(&row)));
    if let What::Note { id, .. } = &row.what
        && let Some(what) = Diagnostic::find(id)
    {
        told.diagnostic(app, what, None);
        return;
    }
    match ladder.subject(row.key) {
        Subject::Event(_, event, _) => {
            told.gap();
            told.say(Ink::Text, class(app, event.class));
            if app.focus == Focus::Fields
                && let Some(line) = ladder.detail.lines.get(ladder.detail.cursor)
            {
                told.gap();
                told.say(Ink::Name, &format!("{}: {}", line.name, line.value));
            }
            event.notes.iter().for_each(|note| told.diagnostic(app, note.what, Some(note)));
        }
        Subject::Packet(_, packet) => {
            told.gap();
            told.say(Ink::Text, class(app, packet.class));
            packet.notes.iter().for_each(|note| told.diagnostic(app, note.what, Some(note)));
        }
        Subject::Connection(connection) => {
            told.gap();
            told.say(Ink::Tone(tone(connection)), &safe::line(&connection.verdict(app.lang)));
            if matches!(row.key, Key::Connection(_) | Key::Verdict(..)) {
                connection.noted.iter().for_each(|what| told.diagnostic(app, what, None));
            }
        }
        Subject::Row => {}
    }
}

fn class(app: &App, class: Class) -> &'static str {
    app.lang.of(match class {
        Class::Open => ["A connection is being opened.", "연결을 여는 중입니다."],
        Class::Handshake => ["Both ends agree on how to go on.", "양쪽이 앞으로의 방식을 합의합니다."],
        Class::Request => ["The one side asks for something.", "한쪽이 무엇인가를 요청합니다."],
        Class::Response => ["The other side answers.", "다른 쪽이 응답합니다."],
        Class::Message => [
            "A message: either side may send one at any time.",
            "메시지: 어느 쪽이든 언제든 보낼 수 있습니다.",
        ],
        Class::Part => ["A part of a message.", "메시지의 한 부분입니다."],
        Class::Control => [
            "Keeps the connection going; it carries nothing for the user.",
            "연결을 유지하는 제어입니다. 사용자 내용은 없습니다.",
        ],
        Class::Close => ["Something is being closed.", "무엇인가를 닫는 중입니다."],
        Class::Trouble => ["Something went wrong.", "무엇인가 잘못되었습니다."],
    })
}
