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
use crate::tui::theme::Ink;

/// A message is shown with so many lines at most.
const LINES: usize = 8;
/// Messages are numbered up to so many.
const COUNTED: usize = 50_000;
/// And with so many bytes.
const BYTES: usize = 2000;

/// Draws it.
pub fn draw(buffer: &mut Buffer, area: Rect, app: &App) {
    let Some(ladder) = &app.ladder else { return };
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    if ladder.messages.is_empty() {
        let none = app.lang.pick("nobody said anything here", "주고받은 메시지가 없습니다");
        put(buffer, area, 2, 1, none, app.theme.style(Ink::Dim));
        return;
    }
    let start = ladder.outline.start;
    // The message under the cursor stands in the middle where it can.
    let mut first = ladder.chat;
    let mut above = 0;
    while let Some(before) = first.checked_sub(1).and_then(|before| ladder.message(before)) {
        above += bubble(app, before, width).len() + 1;
        if above > height / 2 {
            break;
        }
        first -= 1;
    }
    let mut numbers = numbers(ladder, first);
    let mut y = 0;
    for index in first..ladder.messages.len() {
        let Some(event) = ladder.message(index).filter(|_| y < height) else { break };
        let here = index == ladder.chat;
        let lines = bubble(app, event, width);
        let widest = lines.iter().map(|line| line.width()).max().unwrap_or(0);
        let right = event.side == Side::Client;
        let x = if right { width.saturating_sub(widest + 2) } else { 2 };
        for line in &lines {
            let ink = match event.class {
                Class::Control => Ink::Dim,
                _ if right => Ink::Name,
                _ => Ink::Text,
            };
            put(buffer, area, x, y, line, app.theme.style(ink));
            if here {
                put(buffer, area, 0, y, "▸", app.theme.style(Ink::Heading));
                paint(buffer, area, y, app.theme.style(Ink::Cursor));
            }
            y += 1;
        }
        let since = duration(event.time.since(start));
        let bytes =
            event.facts.payload().map_or_else(String::new, |payload| format!(" · {}", size(payload.len)));
        let mut who = event.side.name(app.lang).to_owned();
        if let Some(numbers) = numbers.as_mut().filter(|_| event.class == Class::Message) {
            let number = &mut numbers[event.side as usize];
            *number += 1;
            who.push_str(&format!(" #{number} ·"));
        }
        let about = format!("{who} +{since}{bytes}");
        if right {
            put_right(buffer, area, width.saturating_sub(2), y, &about, app.theme.style(Ink::Dim));
        } else {
            put(buffer, area, 2, y, &about, app.theme.style(Ink::Dim));
        }
        y += 1;
    }
}

/// How many messages of each side stand before this one; `None` where counting them would take too long.
fn numbers(ladder: &Ladder, first: usize) -> Option<[u64; 2]> {
    let mut numbers = [0; 2];
    if first > COUNTED {
        return None;
    }
    for event in (0..first).filter_map(|index| ladder.message(index)) {
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
