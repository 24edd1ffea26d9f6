//! The line at the top, which says what is being looked at, and the one at the bottom: hints, what there is to say, or
//! what is being typed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::capture::pace::Pace;
use crate::diagnostic::CAP_SPOOL_FAILED;
use crate::event::Tone;
use crate::locale::Lang;
use crate::model::units::size;
use crate::render::cells::Charset;
use crate::safe;
use crate::tui::app::{App, Focus, Overlay, Screen};
use crate::tui::keys::{Action, Place};
use crate::tui::panes::{paint, put, put_right};
use crate::tui::prompt::Purpose;
use crate::tui::talk::Line;
use crate::tui::theme::Ink;

/// With more events than these, laying out another view may take long enough to be told.
const LONG: usize = 20_000;

/// Draws the title.
pub fn title(buffer: &mut Buffer, area: Rect, app: &App) {
    let style = app.theme.style(Ink::Bar);
    put(buffer, area, 0, 0, &" ".repeat(usize::from(area.width)), style);
    paint(buffer, area, 0, style);
    let right = right_side(app);
    let room = usize::from(area.width).saturating_sub(right.width() + 3);
    let left = Charset::Ladder.fit(&left_side(app), room).into_owned();
    put(buffer, area, 1, 0, &left, app.theme.style(Ink::Key));
    put_right(buffer, area, usize::from(area.width).saturating_sub(1), 0, &right, style);
}

fn left_side(app: &App) -> String {
    let lang = app.lang;
    match (&app.ladder, app.screen) {
        (Some(ladder), Screen::Ladder | Screen::Chat) => {
            let mut text = match app.screen {
                Screen::Chat => lang.pick("chat", "대화").to_owned(),
                _ => ladder.level_name().to_owned(),
            };
            text.push_str(&format!(" · {}", ladder.outline.title));
            text
        }
        (_, Screen::Compare) => lang.pick("compare", "비교").to_owned(),
        _ => {
            let names: Vec<String> = app.progress.about.names.iter().map(|name| short(name)).collect();
            format!("seqdump {}", names.join(" "))
        }
    }
}

/// A file's name without its folders.
fn short(name: &str) -> String {
    safe::line(name.rsplit('/').next().filter(|last| !last.is_empty()).unwrap_or(name))
}

fn right_side(app: &App) -> String {
    let lang = app.lang;
    let mut parts: Vec<String> = Vec::new();
    if app.walking {
        parts.push(lang.pick("STEP n/p", "한 줄씩 n/p").to_owned());
    }
    if app.paused {
        parts.push(lang.pick("PAUSED", "멈춤").to_owned());
    }
    if let Some(ladder) = app.ladder.as_ref().filter(|_| app.screen == Screen::Ladder) {
        if app.beside.is_reading() {
            let percent = app.beside.read.packets * 100 / app.beside.read.of.max(1);
            parts.push(lang.pick(format!("{percent} % read"), format!("{percent}% 읽음")));
        }
        if app.beside.is_laying() && ladder.trace.events.len() > LONG {
            parts.push(lang.pick("working…", "처리 중…").to_owned());
        }
        if ladder.follow {
            parts.push(lang.pick("follow", "따라가기").to_owned());
        }
        if ladder.view.hide_control {
            parts.push(lang.pick("no control", "제어 숨김").to_owned());
        }
        if ladder.outline.hidden > 0 {
            parts.push(lang.pick(
                format!("{} hidden", ladder.outline.hidden),
                format!("{}개 숨김", ladder.outline.hidden),
            ));
        }
        let at = if ladder.outline.is_empty() { 0 } else { ladder.cursor + 1 };
        parts.push(format!("{at}/{}", ladder.outline.len()));
    }
    if app.screen == Screen::List {
        parts.push(counts(app));
    }
    if let Some(pace) = app.pace.as_ref().filter(|_| !app.progress.done) {
        parts.push(replay(pace, lang));
    } else if !app.progress.done {
        parts.push(
            if app.live { lang.pick("live", "실시간") } else { lang.pick("reading…", "읽는 중…") }.to_owned(),
        );
    }
    if let Some(dropped) = app.progress.dropped.filter(|dropped| *dropped > 0 || app.live) {
        parts.push(lang.pick(format!("{dropped} dropped"), format!("{dropped}개 유실")));
    }
    parts.join(" · ")
}

/// Whether a replay runs, how fast, how far it is, and how long it waits where that is long.
fn replay(pace: &Pace, lang: Lang) -> String {
    let sign = if pace.is_paused() { lang.pick("PAUSED", "멈춤") } else { "▶" };
    let mut text = format!("{sign} {}× {:.1} s", pace.speed(), pace.position().as_secs_f64());
    let wait = pace.due().as_secs();
    if wait >= 2 && !pace.is_paused() {
        text.push_str(&lang.pick(format!(" (next in {wait} s)"), format!(" ({wait}초 뒤 다음)")));
    }
    text
}

fn counts(app: &App) -> String {
    let (all, shown) = (app.list.len() + app.progress.gone, app.list.order.len());
    let count = if shown == all { all.to_string() } else { format!("{shown}/{all}") };
    let (packets, bytes) = (app.progress.packets, size(app.progress.bytes));
    app.lang.pick(
        format!("{count} connection{} · {packets} packets · {bytes}", if all == 1 { "" } else { "s" }),
        format!("연결 {count} · 패킷 {packets} · {bytes}"),
    )
}

/// Draws the bottom: what is typed, or what there is to say, or hints.
pub fn bottom(buffer: &mut Buffer, area: Rect, app: &App) {
    if app.prompt.is_some() {
        return typed(buffer, area, app);
    }
    let style = app.theme.style(Ink::Bar);
    put(buffer, area, 0, 0, &" ".repeat(usize::from(area.width)), style);
    if let Some((text, error)) = &app.said {
        let mark = if *error { "✕ " } else { "" };
        let ink = if *error { app.theme.style(Ink::Tone(Tone::Bad)) } else { style };
        put(buffer, area, 1, 0, &format!("{mark}{text}"), style.patch(ink));
        return;
    }
    if let Some(ids) = &app.beside.to_show {
        let ids: Vec<String> = ids.iter().take(8).map(|id| format!("#{id}")).collect();
        let ids = ids.join(" ");
        let text = app.lang.pick(format!("opening {ids} … Esc stops"), format!("{ids} 여는 중 … Esc로 중단"));
        put(buffer, area, 1, 0, &text, style);
        return;
    }
    if let Some(why) = &app.progress.failed {
        put(buffer, area, 1, 0, &format!("✕ {}", safe::line(why)), style);
        return;
    }
    let mut x = 1;
    if app.progress.warned.iter().any(|(what, _)| **what == CAP_SPOOL_FAILED) {
        let text = format!("✕ {}", app.lang.of(CAP_SPOOL_FAILED.rule));
        put(buffer, area, x, 0, &text, style.patch(app.theme.style(Ink::Tone(Tone::Bad))));
        x += text.width() + 2;
    }
    if app.screen == Screen::List && app.progress.first > 1 {
        let text = let_go(app);
        put(buffer, area, x, 0, &text, style);
        x += text.width() + 2;
    }
    if app.screen == Screen::List && app.list.left() > 0 && (app.live || app.progress.done) {
        let left = app.list.left();
        let text = app.lang.pick(
            format!("looking for events that fit: {left} connections left"),
            format!("맞는 이벤트 확인 중: 연결 {left}개 남음"),
        );
        put(buffer, area, x, 0, &text, style);
        x += text.width() + 2;
    }
    hints(buffer, area, x, app);
}

/// What cannot be opened any more.
fn let_go(app: &App) -> String {
    let (connections, packets) = (app.progress.gone, app.progress.first - 1);
    let plural = if connections == 1 { "" } else { "s" };
    app.lang.pick(
        format!("let go: {connections} connection{plural}, {packets} packets"),
        format!("버림: 연결 {connections}, 패킷 {packets}"),
    )
}

/// Whether a text lies over the screen.
fn is_reading(app: &App) -> bool {
    matches!(app.overlay, Some(Overlay::Help | Overlay::Explain))
}

/// The keys that matter here, as many as fit from `x` on.
fn hints(buffer: &mut Buffer, area: Rect, mut x: usize, app: &App) {
    let room = usize::from(area.width);
    let mut put_hint = |key: &str, words: &str| {
        let width = key.width() + 1 + words.width() + 2;
        if x + width > room + 2 {
            return;
        }
        put(buffer, area, x, 0, key, app.theme.style(Ink::Key));
        put(buffer, area, x + key.width() + 1, 0, words, app.theme.style(Ink::Bar));
        x += width;
    };
    let reading = is_reading(app);
    if reading {
        put_hint("↑↓", app.lang.pick("scroll", "스크롤"));
    }
    let first = first(app);
    let told = |action: Action| app.keys.entries().find(|(entry, _)| entry.action == action);
    let rest = app.keys.entries().filter(|(entry, _)| !first.contains(&entry.action));
    for (entry, chords) in first.iter().filter_map(|action| told(*action)).chain(rest) {
        let own = entry.place == app.place() && app.screen != Screen::Compare;
        let own = own && (app.screen != Screen::Chat || entry.action == Action::Chat);
        let here = entry.place == Place::Everywhere || own;
        // The other keys wait until what lies over the screen is closed.
        let here = here && (!reading || entry.action == Action::Back);
        let (Some(hint), Some(chord)) = (entry.hint.filter(|_| here), chords.first()) else { continue };
        let words = words(app, entry.action).unwrap_or(app.lang.of(hint));
        if !words.is_empty() {
            put_hint(&chord.to_string(), words);
        }
        let levels = app.screen == Screen::Ladder && app.focus == Focus::Diagram && !reading;
        if entry.action == Action::Back && levels {
            put_hint("1-4", app.lang.pick("level", "레벨"));
        }
    }
}

/// What matters most where the keys go now, the first first.
fn first(app: &App) -> Vec<Action> {
    use Action::{
        Back, Close, Copy, Enter, Explain, Faster, Filter, Format, Help, Mark, NextPacket, NextPane,
    };
    use Action::{Pause, Problem, Save, Slower, Sort};
    let mut first = match (app.screen, app.focus) {
        (Screen::List, _) => vec![Enter, Close, Help, Filter, Sort, Problem, Mark, Save],
        (Screen::Ladder, Focus::Diagram) => vec![Enter, Back, Help, Format, Save, Problem, Explain],
        (Screen::Ladder, _) => vec![Back, NextPane, Format, Help, Save, Copy, Explain],
        _ => vec![Enter, Back, Help],
    };
    if app.pace.is_some() {
        first.splice(3..3, [Pause, Faster, Slower, NextPacket]);
    }
    first
}

/// What a key means here, where the footer should not say what it means in general; empty where nothing.
fn words(app: &App, action: Action) -> Option<&'static str> {
    let lang: Lang = app.lang;
    let in_ladder = app.screen == Screen::Ladder;
    Some(match action {
        Action::Pause if !app.live || app.progress.done => "",
        Action::Faster | Action::Slower | Action::NextPacket if app.pace.is_none() || app.progress.done => "",
        Action::Back if is_reading(app) => lang.pick("close", "닫기"),
        Action::Back if app.screen == Screen::List => "",
        Action::Close if app.screen != Screen::List => "",
        Action::Mark if in_ladder => lang.pick("mark", "표시"),
        Action::Enter if app.screen == Screen::Chat => {
            match app.ladder.as_ref().and_then(|ladder| ladder.talk.line())? {
                Line::Run(run) if run.open => lang.pick("fold", "접기"),
                Line::Run(_) => lang.pick("unfold", "펼치기"),
                _ => lang.pick("in the diagram", "그림에서 보기"),
            }
        }
        Action::Chat if app.screen == Screen::Chat => lang.pick("diagram", "그림"),
        Action::Problem | Action::Mark | Action::Filter | Action::Follow if app.screen == Screen::Chat => "",
        Action::Enter if app.screen == Screen::Ladder && app.focus == Focus::Bytes => "",
        Action::Enter
        | Action::Problem
        | Action::Mark
        | Action::Filter
        | Action::Explain
        | Action::Search
        | Action::Save
        | Action::Follow
            if app.screen == Screen::Compare =>
        {
            ""
        }
        Action::Walk if app.walking => lang.pick("end steps", "한 줄씩 끝"),
        _ => return None,
    })
}

/// The line that is typed, and below it what is wrong with it.
fn typed(buffer: &mut Buffer, area: Rect, app: &App) {
    let Some(prompt) = &app.prompt else { return };
    let text = app.theme.style(Ink::Text);
    put(buffer, area, 0, 0, &" ".repeat(usize::from(area.width)), text);
    put(buffer, area, 0, 1, &" ".repeat(usize::from(area.width)), text);
    let name = prompt.purpose.name(app.lang);
    let start = 1 + name.width();
    let room = usize::from(area.width).saturating_sub(start + 1).max(1);
    // A long line is scrolled so that its cursor is seen.
    let hidden = prompt.column().saturating_sub(room - 1);
    let shown = skip(&prompt.text, hidden);
    put(buffer, area, 1, 0, name, app.theme.style(Ink::Heading));
    put(buffer, area, start, 0, shown, text);
    let cursor = start + prompt.column() - hidden;
    if let Ok(x) = u16::try_from(cursor)
        && let Some(cell) = buffer.cell_mut((area.x + x.min(area.width - 1), area.y))
    {
        cell.set_style(ratatui::style::Style::new().add_modifier(ratatui::style::Modifier::REVERSED));
    }
    match &prompt.wrong {
        Some((column, why)) => {
            let before: usize = prompt.text.chars().take(*column).collect::<String>().width();
            let at = start + before.saturating_sub(hidden);
            let bad = app.theme.style(Ink::Tone(Tone::Bad));
            let line = format!("^ {}", safe::line(why));
            let at = at.min(usize::from(area.width).saturating_sub(line.width()).max(start.min(at)));
            put(buffer, area, at, 1, &line, bad);
        }
        None => put(buffer, area, 1, 1, hint(prompt.purpose, app.lang), app.theme.style(Ink::Dim)),
    }
}

fn hint(purpose: Purpose, lang: Lang) -> &'static str {
    match purpose {
        Purpose::Filter => lang.pick(
            "Enter sets it, empty shows all, Tab completes; such as: websocket && violations",
            "Enter로 적용, 비우면 모두 표시, Tab으로 완성; 예: websocket && violations",
        ),
        Purpose::Search => lang.pick("Enter searches, then n and N", "Enter로 찾고 n, N으로 이동"),
        Purpose::Palette => lang.pick("↑↓ choose, Enter does it", "↑↓ 선택, Enter 실행"),
        Purpose::SaveDiagram | Purpose::SaveScreen => lang.pick(
            "Enter saves, Esc does not; ↑↓ choose the format, which the ending says",
            "Enter 저장, Esc 취소; ↑↓로 형식 선택(파일 이름의 끝이 형식입니다)",
        ),
        Purpose::SaveMessage => lang.pick("Enter saves, Esc does not", "Enter 저장, Esc 취소"),
    }
}

/// `text` without its first cells.
fn skip(text: &str, cells: usize) -> &str {
    let mut passed = 0;
    for (at, c) in text.char_indices() {
        if passed >= cells {
            return &text[at..];
        }
        passed += unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
    }
    if passed >= cells && cells > 0 { "" } else { text }
}
