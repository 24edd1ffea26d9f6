//! Goes to what went wrong: the next connection that did not end well, the next row in trouble.

use crate::diagnostic::Severity;
use crate::event::{Class, Tone};
use crate::model::diagram::{Key, What};
use crate::tui::app::{App, Focus, Screen};
use crate::tui::ladder::Ladder;
use crate::tui::list::List;

impl App {
    /// Puts the cursor on the next problem, going round at the end, and says which of how many it is.
    pub fn next_problem(&mut self) {
        let lang = self.lang;
        let none = match self.screen {
            Screen::List => {
                lang.pick("no connection that is shown went wrong", "보이는 연결에는 문제가 없습니다")
            }
            Screen::Ladder => lang.pick(
                "nothing that is shown went wrong: 3 and 4 show more",
                "보이는 줄에는 문제가 없습니다. 3, 4를 누르면 더 보입니다",
            ),
            _ => return,
        };
        let problems = match &self.ladder {
            Some(ladder) if self.screen == Screen::Ladder => in_ladder(ladder),
            _ => in_list(&self.list),
        };
        let cursor = match &self.ladder {
            Some(ladder) if self.screen == Screen::Ladder => ladder.cursor,
            _ => self.list.cursor,
        };
        let Some(first) = problems.first() else { return self.say(none) };
        let next = problems.iter().position(|place| *place > cursor).unwrap_or(0);
        let place = problems.get(next).copied().unwrap_or(*first);
        match &mut self.ladder {
            Some(ladder) if self.screen == Screen::Ladder => {
                ladder.go_to(place);
                self.focus = Focus::Diagram;
            }
            _ => self.list.cursor = place,
        }
        let (nth, all) = (next + 1, problems.len());
        self.say(lang.pick(format!("problem {nth} of {all}"), format!("문제 {all}개 중 {nth}번째")));
    }
}

/// The places of connections that went wrong.
fn in_list(list: &List) -> Vec<usize> {
    list.order.iter().enumerate().filter(|(_, id)| list.is_wrong(**id)).map(|(place, _)| place).collect()
}

/// The rows in trouble.
fn in_ladder(ladder: &Ladder) -> Vec<usize> {
    let wrong = |row: &usize| match ladder.outline.key(&ladder.trace, *row) {
        Key::Event(..) => ladder
            .outline
            .event(*row)
            .and_then(|place| ladder.trace.events.get(place as usize))
            .is_some_and(|traced| traced.event.class == Class::Trouble),
        Key::Connection(_) | Key::Verdict(..) | Key::Note(..) => {
            match ladder.outline.row(&ladder.trace, *row).what {
                What::Connection { tone, .. } | What::Verdict { tone, .. } => tone >= Tone::Doubtful,
                What::Note { severity, .. } => severity > Severity::Info,
                _ => false,
            }
        }
        _ => false,
    };
    (0..ladder.outline.len()).filter(wrong).collect()
}
