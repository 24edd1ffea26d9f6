//! What each key does to the state.

use crate::model::diagram::{Key, Level};
use crate::tui::app::{App, Effect, Focus, Overlay, Screen};
use crate::tui::column::Chooser;
use crate::tui::compared::Compared;
use crate::tui::detail::Format;
use crate::tui::keys::Action;
use crate::tui::panes;
use crate::tui::prompt::{Prompt, Purpose};
use crate::tui::work::Job;

/// The slowest and the fastest replay.
const SPEEDS: (f64, f64) = (1.0 / 1024.0, 1024.0);

impl App {
    /// Does what a key means.
    pub fn act(&mut self, action: Action) {
        if self.overlay == Some(Overlay::Columns) && self.choose(action) {
            return;
        }
        match action {
            Action::Up => self.scroll(-1),
            Action::Down => self.scroll(1),
            Action::PageUp => self.scroll(-self.page()),
            Action::PageDown => self.scroll(self.page()),
            Action::First => self.scroll(isize::MIN / 2),
            Action::Last => self.scroll(isize::MAX / 2),
            Action::Quit => self.effects.push(Effect::Quit),
            Action::Suspend => self.effects.push(Effect::Suspend),
            Action::Redraw => self.effects.push(Effect::Clear),
            Action::Close
                if self.screen == Screen::List && self.overlay.is_none() && self.beside.to_show.is_none() =>
            {
                self.effects.push(Effect::Quit);
            }
            Action::Back | Action::Close => self.back(),
            Action::Help => self.toggle_overlay(Overlay::Help),
            Action::Explain => {
                self.go_to_said();
                self.toggle_overlay(Overlay::Explain);
            }
            _ if self.overlay.is_some() => {}
            Action::Filter => self.prompt = Some(Prompt::new(Purpose::Filter, self.filter.clone())),
            Action::Search => self.prompt = Some(Prompt::new(Purpose::Search, String::new())),
            Action::Palette => self.prompt = Some(Prompt::new(Purpose::Palette, String::new())),
            Action::Language => self.switch_language(),
            Action::Theme => {
                self.theme = self.theme.next();
                self.say(self.theme.name());
            }
            Action::Pause if !self.walking => self.pause(),
            Action::Faster | Action::Slower | Action::NextPacket => self.turn(action),
            Action::Compare => self.compare(),
            Action::Problem => self.next_problem(),
            Action::Save => self.ask_where(),
            Action::Picture => self.ask_where_picture(),
            Action::Copy => {
                self.go_to_said();
                self.copy();
            }
            _ if self.screen == Screen::List => self.act_list(action),
            _ => self.act_ladder(action),
        }
        self.want_bytes();
    }

    /// Stops a replay; where there is none, the screen alone.
    fn pause(&mut self) {
        match self.pace.as_ref().filter(|_| !self.progress.done) {
            Some(pace) => pace.pause(!pace.is_paused()),
            None => self.paused = !self.paused,
        }
    }

    /// Turns the knobs of a replay.
    fn turn(&mut self, action: Action) {
        let Some(pace) = self.pace.as_ref().filter(|_| !self.progress.done) else {
            return self.say(self.lang.pick(
                "nothing is being replayed: seqdump --replay FILE does it",
                "재생 중이 아닙니다. seqdump --replay FILE로 재생하세요",
            ));
        };
        match action {
            Action::Faster => pace.set_speed((pace.speed() * 2.0).min(SPEEDS.1)),
            Action::Slower => pace.set_speed((pace.speed() / 2.0).max(SPEEDS.0)),
            _ => pace.step(),
        }
    }

    /// Moves by so many lines in whatever has the keys.
    pub fn scroll(&mut self, by: isize) {
        let moved = |from: usize| from.saturating_add_signed(by);
        if self.overlay == Some(Overlay::Columns) {
            return self.chooser.step(by);
        }
        if self.overlay.is_some() {
            let last = panes::overlay_length(self).saturating_sub(1);
            self.overlay_top = moved(self.overlay_top).min(last);
            return;
        }
        match (self.screen, self.focus) {
            (Screen::List, _) => {
                self.list.cursor = moved(self.list.cursor).min(self.list.order.len().saturating_sub(1));
            }
            (Screen::Compare, _) => {
                let last = self.compared.as_ref().map_or(0, |of| of.costs.len() + of.steps.len());
                self.compared_top = moved(self.compared_top).min(last.saturating_sub(1));
            }
            (Screen::Chat, _) => {
                let Some(ladder) = &mut self.ladder else { return };
                ladder.talk.step(by);
            }
            (Screen::Ladder, Focus::Diagram) => {
                if let Some(ladder) = &mut self.ladder {
                    ladder.step(by);
                }
            }
            (Screen::Ladder, Focus::Fields) => {
                let Some(ladder) = &mut self.ladder else { return };
                ladder.detail.go_to(moved(ladder.detail.cursor));
            }
            (Screen::Ladder, Focus::Bytes) => self.scroll_bytes(by),
        }
        self.want_bytes();
    }

    fn scroll_bytes(&mut self, by: isize) {
        let width = panes::areas(self).bytes.unwrap_or_default().width;
        let per_line = panes::hex::per_line(width) as isize;
        if let Some(ladder) = &mut self.ladder {
            let to = ladder.detail.byte.saturating_add_signed(by.saturating_mul(per_line));
            ladder.detail.go_to_byte(to);
        }
    }

    fn page(&self) -> isize {
        let areas = panes::areas(self);
        let height = match (self.screen, self.focus) {
            (Screen::List, _) => areas.rows.height,
            (Screen::Ladder, Focus::Diagram) => areas.diagram.height,
            (Screen::Ladder, Focus::Fields) => areas.fields.unwrap_or_default().height,
            (Screen::Ladder, Focus::Bytes) => areas.bytes.unwrap_or_default().height,
            _ => areas.body.height / 3,
        };
        (isize::try_from(height).unwrap_or(1) - 1).max(1)
    }

    fn toggle_overlay(&mut self, overlay: Overlay) {
        self.overlay = if self.overlay == Some(overlay) { None } else { Some(overlay) };
        self.overlay_top = 0;
    }

    fn back(&mut self) {
        if self.overlay.take().is_some() {
            return;
        }
        if self.give_up() {
            return;
        }
        if self.walking {
            self.walking = false;
            return;
        }
        match self.screen {
            Screen::List => self.leave_list(),
            Screen::Chat => self.screen = Screen::Ladder,
            Screen::Compare => {
                self.screen = if self.ladder.is_some() { Screen::Ladder } else { Screen::List };
                self.compared = None;
            }
            Screen::Ladder if self.focus != Focus::Diagram => self.focus = Focus::Diagram,
            Screen::Ladder => {
                self.close();
                self.screen = Screen::List;
            }
        }
    }

    /// Esc on the list takes away what is ticked, then what narrows it.
    fn leave_list(&mut self) {
        if !self.list.ticked.is_empty() {
            self.list.ticked.clear();
        } else if !self.filter.is_empty() {
            self.filter.clear();
            self.narrow(None);
        } else {
            self.say(self.lang.pick("q ends", "q를 누르면 종료합니다"));
        }
    }

    fn act_list(&mut self, action: Action) {
        match action {
            Action::Enter => {
                let mut ids = self.list.ticked.clone();
                ids.sort_unstable();
                if ids.is_empty() {
                    ids.extend(self.list.current());
                }
                if !ids.is_empty() {
                    self.open(ids);
                }
            }
            Action::Mark => self.list.tick(),
            Action::Next => self.list_hit(true),
            Action::Previous => self.list_hit(false),
            Action::Sort => {
                let columns = panes::connections::shown(self);
                self.list.sort_next(&columns);
            }
            Action::Reverse => self.list.reverse(),
            Action::Columns => {
                self.chooser = Chooser::new(&self.list.columns);
                self.overlay = Some(Overlay::Columns);
            }
            Action::All => self.list.tick_all(),
            Action::Follow => {
                self.list.follow = !self.list.follow;
                self.say_follow(self.list.follow);
            }
            _ => {}
        }
    }

    /// What keys mean while columns are chosen; whether this one means something.
    fn choose(&mut self, action: Action) -> bool {
        match action {
            Action::Mark => self.chooser.toggle(&panes::connections::shown(self)),
            Action::Left | Action::Right => self.chooser.shift(action == Action::Right),
            Action::Back | Action::Close | Action::Columns => {
                self.list.columns = std::mem::take(&mut self.chooser.before);
                self.overlay = None;
                return true;
            }
            Action::Enter => {
                self.overlay = None;
                if let Some(path) = self.config.clone().filter(|_| self.chooser.before != self.list.columns) {
                    let columns = self.list.columns.clone();
                    self.effects.push(Effect::Job(Job::KeepColumns { path, columns }));
                }
                return true;
            }
            _ => return false,
        }
        self.list.columns = self.chooser.chosen();
        true
    }

    fn act_ladder(&mut self, action: Action) {
        let level = match action {
            Action::Level1 => Some(Level::Connections),
            Action::Level2 => Some(Level::Phases),
            Action::Level3 => Some(Level::Messages),
            Action::Level4 => Some(Level::Packets),
            _ => None,
        };
        if let Some(level) = level {
            return self.set_level(level);
        }
        match action {
            Action::Enter => self.deeper(),
            Action::Left | Action::Right => self.sideways(action == Action::Right),
            Action::NextPane => self.next_pane(true),
            Action::PreviousPane => self.next_pane(false),
            Action::Detail => {
                let shown = panes::areas(self).detail.is_some();
                (self.detail, self.focus) = (Some(!shown), Focus::Diagram);
            }
            Action::Larger => self.share = (self.share + 5).min(80),
            Action::Smaller => self.share = (self.share - 5).max(15),
            Action::Chat => {
                self.screen = if self.screen == Screen::Chat { Screen::Ladder } else { Screen::Chat };
            }
            Action::Walk => {
                self.walking = !self.walking;
                self.focus = Focus::Diagram;
            }
            Action::Next if self.walking => self.walk(true),
            Action::Pause if self.walking => self.walk(false),
            Action::Next => self.go_to_hit(true),
            Action::Previous => self.go_to_hit(false),
            _ => self.act_diagram(action),
        }
    }

    fn act_diagram(&mut self, action: Action) {
        let Some(ladder) = &mut self.ladder else { return };
        match action {
            Action::Mark => {
                ladder.toggle_mark();
                if ladder.mark.is_some() {
                    self.say(self.lang.pick(
                        "marked: times count from here; C compares it with the row that you go to",
                        "표시함: 여기서부터 시간을 잽니다. 다른 줄로 가서 C를 누르면 비교합니다",
                    ));
                }
            }
            Action::Clock => ladder.next_time(),
            Action::Format => {
                ladder.detail.next_format();
                self.detail = Some(true);
            }
            Action::Follow => {
                ladder.follow = !ladder.follow;
                let follows = ladder.follow;
                if follows {
                    let last = ladder.outline.len().saturating_sub(1);
                    ladder.go_to(last);
                }
                self.say_follow(follows);
            }
            Action::HideControl => {
                let mut view = ladder.view.clone();
                view.hide_control = !view.hide_control;
                self.lay(view);
            }
            _ => {}
        }
    }

    fn say_follow(&mut self, follows: bool) {
        self.say(match follows {
            true => self.lang.pick("following what is new", "새 내용을 따라갑니다"),
            false => self.lang.pick("no longer following", "따라가기를 멈췄습니다"),
        });
    }

    fn set_level(&mut self, level: Level) {
        self.level = level;
        let Some(ladder) = &self.ladder else { return };
        let mut view = ladder.view.clone();
        view.level = level;
        view.toggled.clear();
        (self.screen, self.focus) = (Screen::Ladder, Focus::Diagram);
        self.lay(view);
    }

    /// Enter: folds or unfolds, opens the detail, goes into it.
    fn deeper(&mut self) {
        match (self.screen, self.focus) {
            (Screen::Chat, _) => {
                let folded = self.ladder.as_mut().is_some_and(|ladder| ladder.talk.toggle());
                if folded {
                    return;
                }
                self.go_to_said();
                self.screen = Screen::Ladder;
            }
            (Screen::Ladder, Focus::Diagram) => {
                let Some(ladder) = &self.ladder else { return };
                match ladder.folded(None) {
                    Some(view) => self.lay(view),
                    None => {
                        self.detail = Some(true);
                        self.walking = false;
                        self.focus = Focus::Fields;
                    }
                }
            }
            (Screen::Ladder, Focus::Fields) => self.focus = Focus::Bytes,
            _ => {}
        }
    }

    /// In the chat: puts the cursor of the diagram on what the cursor is on here.
    fn go_to_said(&mut self) {
        let Some(ladder) = self.ladder.as_mut().filter(|_| self.screen == Screen::Chat) else { return };
        let traced = ladder.talk.line().and_then(|line| ladder.said(line));
        if let Some(key) = traced.map(|traced| Key::Event(traced.connection, traced.event.n))
            && let Some(row) = ladder.outline.locate(&ladder.trace, key)
        {
            ladder.go_to(row);
        }
    }

    fn sideways(&mut self, right: bool) {
        let Some(ladder) = &mut self.ladder else { return };
        if self.screen == Screen::Chat {
            return ladder.talk.fold(right);
        }
        match self.focus {
            Focus::Bytes => {
                let by = if right { 1 } else { -1 };
                let to = ladder.detail.byte.saturating_add_signed(by);
                ladder.detail.go_to_byte(to);
            }
            Focus::Fields => {}
            Focus::Diagram => {
                if let Some(view) = ladder.folded(Some(right)) {
                    return self.lay(view);
                }
                if right {
                    ladder.side += 8;
                } else if ladder.side > 0 {
                    ladder.side = ladder.side.saturating_sub(8);
                } else if let Some(heading) = ladder.heading() {
                    ladder.go_to(heading);
                }
            }
        }
    }

    fn next_pane(&mut self, forward: bool) {
        if self.screen != Screen::Ladder {
            return;
        }
        if panes::areas(self).detail.is_none() {
            self.detail = Some(true);
        }
        self.focus = match (self.focus, forward) {
            (Focus::Diagram, true) | (Focus::Bytes, false) => Focus::Fields,
            (Focus::Fields, true) | (Focus::Diagram, false) => Focus::Bytes,
            (Focus::Bytes, true) | (Focus::Fields, false) => Focus::Diagram,
        };
    }

    fn walk(&mut self, forward: bool) {
        let Some(ladder) = &mut self.ladder else { return };
        ladder.step(if forward { 1 } else { -1 });
    }

    fn switch_language(&mut self) {
        self.lang = self.lang.other();
        if let Some(ladder) = &self.ladder {
            let mut view = ladder.view.clone();
            view.lang = self.lang;
            self.lay(view);
        }
    }

    /// Puts side by side: in a diagram the marked row and the one under the cursor, else two connections.
    fn compare(&mut self) {
        if let (Some(ladder), Screen::Ladder) = (&self.ladder, self.screen)
            && let Some((marked, _)) = ladder.mark.filter(|(key, _)| Some(*key) != ladder.key())
            && let Some(compared) = Compared::of_rows(ladder, marked)
        {
            (self.compared, self.compared_top, self.screen) = (Some(compared), 0, Screen::Compare);
            return;
        }
        let ids = match (&self.list.ticked[..], &self.ladder) {
            (&[left, right], _) => Some([left, right]),
            (_, Some(ladder)) if ladder.ids.len() == 2 => Some([ladder.ids[0], ladder.ids[1]]),
            _ => None,
        };
        let Some(ids) = ids else {
            self.say(self.lang.pick(
                "tick two connections with Space, or mark a row and go to another, then compare them",
                "Space로 두 연결을 선택하거나, 한 줄을 표시하고 다른 줄로 옮긴 뒤 비교하세요",
            ));
            return;
        };
        self.put_side_by_side(ids);
    }

    /// Searches: in opened connections by their content, in the list by what its lines say.
    pub fn search(&mut self, needle: &str) {
        if needle.is_empty() {
            return;
        }
        if self.screen == Screen::List {
            self.list.needle = needle.to_lowercase();
            self.list_hit(true);
        } else if self.ladder.is_some() {
            self.say(self.lang.pick("searching …", "찾는 중 …"));
            self.seek(needle);
        }
    }

    /// Goes to the next (or previous) line of the list that holds what was searched.
    fn list_hit(&mut self, forward: bool) {
        let order = &self.list.order;
        if self.list.needle.is_empty() || order.is_empty() {
            return;
        }
        let (before, after) = order.split_at(self.list.cursor.min(order.len()));
        // The line under the cursor comes last.
        let (here, after) = after.split_at(1.min(after.len()));
        let round = match forward {
            true => after.iter().chain(before).chain(here).copied().collect(),
            false => before.iter().rev().chain(after.iter().rev()).chain(here).copied().collect(),
        };
        self.find(round);
    }

    /// Goes to what was found, or says that nothing was.
    pub fn found(&mut self) {
        if self.ladder.as_ref().is_none_or(|ladder| !ladder.hits.is_empty()) {
            return self.go_to_hit(true);
        }
        self.say(match self.beside.is_reading() {
            true => self.lang.pick("not found so far, reading on", "아직 없습니다. 계속 읽는 중입니다"),
            false => self.lang.pick("not found", "없습니다"),
        });
    }

    /// Goes to the next (or previous) hit; from the chat it leads to the diagram, which shows all that was searched.
    fn go_to_hit(&mut self, forward: bool) {
        self.go_to_said();
        let Some(ladder) = &mut self.ladder else { return };
        if ladder.needle.is_empty() {
            return;
        }
        let count = ladder.hits.len();
        if let Some((row, nth)) = ladder.hit(forward) {
            ladder.go_to(row);
            (self.screen, self.focus) = (Screen::Ladder, Focus::Diagram);
            self.say(format!("{} / {count}", nth + 1));
        } else if count > 0 {
            self.say(self.lang.pick(
                format!("{count} hits, all folded away: 3 shows messages"),
                format!("결과 {count}개가 모두 접혀 있습니다: 3을 누르면 메시지를 봅니다"),
            ));
        }
    }

    /// The format of the detail pane.
    pub fn format(&self) -> Format {
        self.ladder.as_ref().map_or(Format::Fields, |ladder| ladder.detail.format)
    }
}
