//! What the thing under the cursor is: in plain words, with the section of the document that says so.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::diagnostic::{Diagnostic, Note};
use crate::event::{Tone, Verdict};
use crate::model::diagram::{Key, What};
use crate::model::explain::{self, Explanation};
use crate::render::cells::wrap;
use crate::safe;
use crate::tui::app::{App, Focus, Screen};
use crate::tui::ladder::{Ladder, Subject, text_of};
use crate::tui::panes::{SMALLEST, more, put, window};
use crate::tui::theme::Ink;

/// Draws it over the screen.
pub fn overlay(buffer: &mut Buffer, area: Rect, app: &App) {
    let lines = lines(app);
    let size = (width(app), u16::try_from(lines.len()).unwrap_or(u16::MAX));
    let heading = app.lang.pick("what is this? · Esc closes", "이것은 무엇인가? · Esc로 닫기");
    let inner = window(buffer, area, size, heading, app.theme);
    put_lines(buffer, inner, &lines, app.overlay_top, app);
    more(buffer, inner, app, lines.len());
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

    /// What something is, why, what comes next, and which document says so.
    fn explained(&mut self, app: &App, explanation: Option<&Explanation>) {
        let Some(explanation) = explanation else { return };
        let lang = app.lang;
        self.gap();
        self.say(Ink::Text, lang.of(explanation.what));
        for (name, words) in
            [(lang.pick("Why", "이유"), explanation.why), (lang.pick("Next", "다음"), explanation.next)]
        {
            if !lang.of(words).is_empty() {
                self.gap();
                self.say(Ink::Name, name);
                self.say(Ink::Text, lang.of(words));
            }
        }
        if !explanation.source.is_empty() {
            self.gap();
            self.say(Ink::Dim, explanation.source);
        }
    }

    fn verdicts(&mut self, app: &App, verdicts: &[Verdict]) {
        // The innermost protocol says what the reader wants to know first.
        for verdict in verdicts.iter().rev() {
            self.gap();
            self.say(Ink::Tone(verdict.outcome.tone), &safe::line(&verdict.say(app.lang)));
            self.explained(app, explain::verdict(verdict.outcome.id));
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
        let explanation = explain::diagnostic(what.id);
        self.explained(app, explanation);
        if explanation.is_none() && !what.source.is_empty() {
            self.say(Ink::Dim, what.source);
        }
    }
}

fn of_connection(told: &mut Told, app: &App) {
    let current = app.list.current().and_then(|id| app.list.get(id));
    let Some(connection) = current else { return };
    told.verdicts(app, &connection.verdicts);
    for what in connection.noted.iter() {
        told.diagnostic(app, what, None);
    }
}

fn of_row(told: &mut Told, app: &App, ladder: &Ladder) {
    let Some(row) = ladder.row() else { return };
    if let What::Note { id, .. } = &row.what
        && let Some(what) = Diagnostic::find(id)
    {
        return told.diagnostic(app, what, None);
    }
    told.say(Ink::Heading, &safe::line(&text_of(&row)));
    match ladder.subject(row.key) {
        Subject::Event(_, event, _) => {
            of_field(told, app, ladder);
            match &row.what {
                What::Band { phase, .. } => told.explained(app, Some(explain::phase(*phase))),
                _ => told.explained(app, explain::event(event.facts.kind())),
            }
            event.notes.iter().for_each(|note| told.diagnostic(app, note.what, Some(note)));
        }
        Subject::Packet(_, packet) => {
            of_field(told, app, ladder);
            told.explained(app, explain::event(packet.facts.kind()));
            for state in packet.states.into_iter().flatten() {
                told.gap();
                told.say(Ink::Heading, state);
                told.explained(app, explain::state(state));
            }
            packet.notes.iter().for_each(|note| told.diagnostic(app, note.what, Some(note)));
        }
        Subject::Connection(connection) => {
            told.verdicts(app, &connection.verdicts);
            if matches!(row.key, Key::Connection(_) | Key::Verdict(..)) {
                connection.noted.iter().for_each(|what| told.diagnostic(app, what, None));
            }
        }
        Subject::Row => {}
    }
}

/// The field under the cursor of the detail pane, whole, and what it means.
fn of_field(told: &mut Told, app: &App, ladder: &Ladder) {
    let detail = &ladder.detail;
    let line =
        detail.lines.get(detail.cursor).filter(|line| app.focus != Focus::Diagram && !line.name.is_empty());
    let Some(line) = line else { return };
    told.gap();
    told.say(Ink::Name, &format!("{}: {}", line.name, line.value));
    if let Some(words) = line.field.and_then(|(kind, name)| explain::field(kind, name)) {
        told.say(Ink::Text, app.lang.of(words));
    }
}
