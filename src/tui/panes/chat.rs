//! The messages of a conversation as a chat: the server at the left, the client at the right.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::event::{Class, Event, Side};
use crate::model::units::{duration, size};
use crate::render::cells::wrap;
use crate::safe;
use crate::tui::app::App;
use crate::tui::ladder::Ladder;
use crate::tui::panes::{paint, put, put_right};
use crate::tui::talk::Line;
use crate::tui::theme::Ink;

/// A message is shown with so many lines at most.
const LINES: usize = 8;
/// Messages are numbered up to so many lines.
const COUNTED: usize = 50_000;
/// And with so many bytes.
const BYTES: usize = 2000;

/// Draws it.
pub fn draw(buffer: &mut Buffer, area: Rect, app: &App) {
    let Some(ladder) = &app.ladder else { return };
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let talk = &ladder.talk;
    if talk.lines.is_empty() {
        let none = app.lang.pick("nobody said anything here", "주고받은 메시지가 없습니다");
        put(buffer, area, 2, 1, none, app.theme.style(Ink::Dim));
        return;
    }
    let first = first(app, ladder, width, height);
    let mut numbers = numbers(ladder, first);
    let mut y = 0;
    for (index, line) in talk.lines.iter().enumerate().skip(first) {
        let Some(traced) = ladder.said(line).filter(|_| y < height) else { break };
        let event = &traced.event;
        let since = duration(event.time.since(ladder.outline.start));
        let top = y;
        if let Line::Run(run) = line {
            let fold = if run.open { '▾' } else { '·' };
            let text = format!("{fold} {} · +{since}", run.label(app.lang));
            put(buffer, area, 2, y, &text, app.theme.style(Ink::Dim));
            y += 1;
        } else {
            let number = numbers.as_mut().filter(|_| event.class == Class::Message).map(|numbers| {
                let number = &mut numbers[event.side as usize];
                *number += 1;
                *number
            });
            y += message(buffer, area, y, app, event, &about(app, event, number, &since));
        }
        if index == talk.cursor {
            // The line that says when and how much is no part of what the cursor marks.
            let marked = if matches!(line, Line::Run(_)) { y } else { y - 1 };
            for y in top..marked {
                put(buffer, area, 0, y, "▸", app.theme.style(Ink::Heading));
                paint(buffer, area, y, app.theme.style(Ink::Cursor));
            }
        }
    }
}

/// The line at the top: what is under the cursor stands in the middle where it can.
fn first(app: &App, ladder: &Ladder, width: usize, height: usize) -> usize {
    let lines = ladder.talk.lines.get(..ladder.talk.cursor).unwrap_or_default();
    let mut above = 0;
    let tall = |line: &Line| match (line, ladder.said(line)) {
        (Line::Run(_), _) | (_, None) => 1,
        (_, Some(traced)) => bubble(app, &traced.event, width).len() + 1,
    };
    let fits = |line: &&Line| {
        above += tall(line);
        above <= height / 2
    };
    lines.len() - lines.iter().rev().take_while(fits).count()
}

/// Draws a message and what is to be said about it from line `y` on; how many lines it takes.
fn message(buffer: &mut Buffer, area: Rect, y: usize, app: &App, event: &Event, about: &str) -> usize {
    let width = usize::from(area.width);
    let lines = bubble(app, event, width);
    let widest = lines.iter().map(|line| line.width()).max().unwrap_or(0);
    let right = event.side == Side::Client;
    let x = if right { width.saturating_sub(widest + 2) } else { 2 };
    let ink = match event.class {
        Class::Control => Ink::Dim,
        _ if right => Ink::Name,
        _ => Ink::Text,
    };
    for (nth, line) in lines.iter().enumerate() {
        put(buffer, area, x, y + nth, line, app.theme.style(ink));
    }
    let (below, dim) = (y + lines.len(), app.theme.style(Ink::Dim));
    if right {
        put_right(buffer, area, width.saturating_sub(2), below, about, dim);
    } else {
        put(buffer, area, 2, below, about, dim);
    }
    lines.len() + 1
}

/// Who said it, which of their messages it is, when, and how much.
fn about(app: &App, event: &Event, number: Option<u64>, since: &str) -> String {
    let number = number.map_or_else(String::new, |number| format!(" #{number} ·"));
    let bytes = event.facts.payload().map_or_else(String::new, |payload| format!(" · {}", size(payload.len)));
    format!("{}{number} +{since}{bytes}", event.side.name(app.lang))
}

/// How many messages of each side stand before this line; `None` where counting them would take too long.
fn numbers(ladder: &Ladder, first: usize) -> Option<[u64; 2]> {
    if first > COUNTED {
        return None;
    }
    let mut numbers = [0; 2];
    for event in
        ladder.talk.lines.iter().take(first).filter_map(|line| ladder.said(line)).map(|said| &said.event)
    {
        numbers[event.side as usize] += u64::from(event.class == Class::Message);
    }
    Some(numbers)
}

/// The lines of a message.
fn bubble(app: &App, event: &Event, width: usize) -> Vec<String> {
    let room = (width * 3 / 5).max(16);
    let label = || safe::line(&event.facts.label(app.lang));
    let payload = event.facts.payload().filter(|_| event.class == Class::Message);
    let text = match payload {
        Some(payload) => {
            let part = &payload.bytes[..payload.bytes.len().min(BYTES)];
            match std::str::from_utf8(part) {
                Ok(text) if !text.is_empty() && (payload.text || !text.contains('\0')) => safe::line(text),
                _ => label(),
            }
        }
        None => label(),
    };
    let mut lines = wrap(&text, room);
    if lines.len() > LINES {
        lines.truncate(LINES);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    lines
}
