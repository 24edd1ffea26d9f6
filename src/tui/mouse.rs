//! What the mouse does: a click selects and, on what is selected, opens; the wheel scrolls; the divider is dragged.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use crate::tui::app::{App, Focus, Overlay, Screen};
use crate::tui::column::Column;
use crate::tui::keys::Action;
use crate::tui::panes;

impl App {
    /// Takes a mouse event.
    pub fn mouse(&mut self, event: MouseEvent) {
        let at = ratatui::layout::Position::new(event.column, event.row);
        match event.kind {
            MouseEventKind::ScrollUp => self.wheel(at, -3),
            MouseEventKind::ScrollDown => self.wheel(at, 3),
            MouseEventKind::Down(MouseButton::Left) => self.click(at),
            MouseEventKind::Drag(MouseButton::Left) if self.dragging => {
                let body = panes::areas(self).body;
                let (whole, rest) = if panes::beside(self) {
                    (body.width, body.right().saturating_sub(at.x))
                } else {
                    (body.height, body.bottom().saturating_sub(at.y))
                };
                self.share = (rest.saturating_mul(100) / whole.max(1)).clamp(15, 80);
            }
            MouseEventKind::Up(_) => self.dragging = false,
            _ => {}
        }
    }

    fn wheel(&mut self, at: ratatui::layout::Position, by: isize) {
        if self.prompt.is_some() {
            return;
        }
        let areas = panes::areas(self);
        if self.overlay.is_none() && self.screen == Screen::Ladder {
            self.focus = match () {
                () if areas.fields.is_some_and(|area| area.contains(at)) => Focus::Fields,
                () if areas.bytes.is_some_and(|area| area.contains(at)) => Focus::Bytes,
                () => Focus::Diagram,
            };
        }
        self.scroll(by);
    }

    fn click(&mut self, at: ratatui::layout::Position) {
        if self.overlay == Some(Overlay::Columns) {
            let body = panes::areas(self).body;
            if let Some(line) = panes::columns::line_at(body, self, at) {
                self.chooser.cursor = line;
                self.act(Action::Mark);
            }
            return;
        }
        if self.overlay.take().is_some() || self.prompt.is_some() {
            return;
        }
        self.said = None;
        let areas = panes::areas(self);
        match self.screen {
            Screen::List if areas.head.contains(at) => {
                let column = panes::connections::column_at(self, areas.head, at.x);
                self.list.sort_by(column.unwrap_or(Column::Number));
            }
            Screen::List if areas.rows.contains(at) => {
                let row = self.list.top + usize::from(at.y - areas.rows.y);
                if row == self.list.cursor {
                    self.act(Action::Enter);
                } else if row < self.list.order.len() {
                    self.list.cursor = row;
                }
            }
            Screen::Ladder => self.click_ladder(at),
            _ => {}
        }
    }

    fn click_ladder(&mut self, at: ratatui::layout::Position) {
        let areas = panes::areas(self);
        self.dragging = areas.divider.is_some_and(|area| area.contains(at));
        let Some(ladder) = &mut self.ladder else { return };
        if areas.diagram.contains(at) {
            self.focus = Focus::Diagram;
            let width = usize::from(areas.diagram.width);
            let row = panes::ladder::row_at(ladder, width, usize::from(at.y - areas.diagram.y));
            match row {
                Some(row) if row == ladder.cursor => self.act(Action::Enter),
                Some(row) => ladder.go_to(row),
                None => {}
            }
        } else if let Some(area) = areas.fields.filter(|area| area.contains(at)) {
            self.focus = Focus::Fields;
            ladder.detail.go_to(ladder.detail.top + usize::from(at.y - area.y));
        } else if let Some(area) = areas.bytes.filter(|area| area.contains(at)) {
            self.focus = Focus::Bytes;
            if let Some(byte) = panes::hex::byte_at(area, ladder.detail.byte_top, at) {
                ladder.detail.go_to_byte(byte);
            }
        }
        self.want_bytes();
    }
}
