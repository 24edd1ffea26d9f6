//! The picker of interfaces: those that there are, their addresses, and what comes and goes on each at the moment.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

use crossterm::event::{self, Event, KeyEventKind, MouseButton, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::capture::interface::{self, ANY, Interface, Traffic};
use crate::error::Error;
use crate::locale::Lang;
use crate::model::units::size;
use crate::safe;
use crate::tui::Options;
use crate::tui::chord::Chord;
use crate::tui::keys::{Action, Keys, Place};
use crate::tui::panes::{SMALLEST, paint, put, put_right};
use crate::tui::pump::Shared;
use crate::tui::terminal::Screen;
use crate::tui::theme::{Ink, Theme};

/// How often the counters are looked at.
const PACE: Duration = Duration::from_millis(1000);

/// The interfaces while the user picks among them.
struct Picker {
    lang: Lang,
    theme: Theme,
    keys: Keys,
    interfaces: Vec<Interface>,
    /// What passed each of them in the last second; `None` where that is not known (yet).
    rates: Vec<Option<Traffic>>,
    ticked: Vec<usize>,
    cursor: usize,
}

/// What a key came to.
#[derive(PartialEq, Eq, Debug)]
enum Picked {
    /// Nothing yet.
    Open,
    /// These.
    These(Vec<String>),
    /// None.
    Given,
}

/// Lets the user pick interfaces to capture on; `None` where they want none.
///
/// # Errors
/// [`Error::Terminal`] where there is no terminal to speak of, [`Error::Usage`] where the options ask for what there is
/// not.
pub fn pick(options: &Options) -> Result<Option<Vec<String>>, Error> {
    let app = options.app(&Shared::new(None))?;
    let mut picker = Picker::new(app.lang, app.theme, app.keys, interface::list());
    let mut screen = Screen::take(options.config.mouse.unwrap_or(true)).map_err(Error::Terminal)?;
    let picked = run(&mut picker, &mut screen);
    drop(screen);
    match picked.map_err(Error::Terminal)? {
        Picked::These(names) => Ok(Some(names)),
        _ => Ok(None),
    }
}

fn run(picker: &mut Picker, screen: &mut Screen) -> io::Result<Picked> {
    let (mut before, mut looked) = (interface::traffic(), Instant::now());
    loop {
        screen.terminal.draw(|frame| draw(frame.buffer_mut(), picker))?;
        if event::poll(PACE.saturating_sub(looked.elapsed()))? {
            let picked = match event::read()? {
                Event::Key(key) if key.kind != KeyEventKind::Release => picker.key(Chord::of(&key)),
                Event::Mouse(mouse) => match mouse.kind {
                    MouseEventKind::Down(MouseButton::Left) => picker.click(usize::from(mouse.row)),
                    MouseEventKind::ScrollUp => picker.step(-1),
                    MouseEventKind::ScrollDown => picker.step(1),
                    _ => Picked::Open,
                },
                _ => Picked::Open,
            };
            if picked != Picked::Open {
                return Ok(picked);
            }
        }
        if looked.elapsed() >= PACE {
            let now = interface::traffic();
            picker.rates(&before, &now, looked.elapsed());
            (before, looked) = (now, Instant::now());
        }
    }
}

impl Picker {
    fn new(lang: Lang, theme: Theme, keys: Keys, interfaces: Vec<Interface>) -> Picker {
        let cursor = interfaces.iter().position(|interface| interface.loopback).unwrap_or(0);
        let rates = vec![None; interfaces.len()];
        Picker { lang, theme, keys, interfaces, rates, ticked: Vec::new(), cursor }
    }

    /// Takes what passed between two looks at the counters.
    fn rates(
        &mut self,
        before: &BTreeMap<String, Traffic>,
        now: &BTreeMap<String, Traffic>,
        passed: Duration,
    ) {
        let second = |count: u64| (count as f64 / passed.as_secs_f64().max(0.001)).round() as u64;
        let rate = |name: &String| {
            let (before, now) = (before.get(name)?, now.get(name)?);
            let packets = second(now.packets.saturating_sub(before.packets));
            Some(Traffic { packets, bytes: second(now.bytes.saturating_sub(before.bytes)) })
        };
        let mut all: Option<Traffic> = None;
        for (interface, known) in self.interfaces.iter().zip(&mut self.rates) {
            *known = rate(&interface.name);
            if let Some(own) = known {
                let all = all.get_or_insert_default();
                (all.packets, all.bytes) = (all.packets + own.packets, all.bytes + own.bytes);
            }
        }
        let any = self.interfaces.iter().position(|interface| interface.name == ANY);
        if let Some(known) = any.and_then(|any| self.rates.get_mut(any)) {
            *known = all;
        }
    }

    fn step(&mut self, by: isize) -> Picked {
        self.cursor = self.cursor.saturating_add_signed(by).min(self.interfaces.len().saturating_sub(1));
        Picked::Open
    }

    fn key(&mut self, chord: Chord) -> Picked {
        match self.keys.action(chord, Place::List) {
            Some(Action::Up) => self.step(-1),
            Some(Action::Down) => self.step(1),
            Some(Action::First | Action::PageUp) => self.step(isize::MIN / 2),
            Some(Action::Last | Action::PageDown) => self.step(isize::MAX / 2),
            Some(Action::Mark) => {
                match self.ticked.iter().position(|known| *known == self.cursor) {
                    Some(place) => drop(self.ticked.remove(place)),
                    None => self.ticked.push(self.cursor),
                }
                self.step(1)
            }
            Some(Action::Enter) => self.done(),
            Some(Action::Back | Action::Close | Action::Quit) => Picked::Given,
            Some(Action::Language) => {
                self.lang = self.lang.other();
                Picked::Open
            }
            Some(Action::Theme) => {
                self.theme = self.theme.next();
                Picked::Open
            }
            _ => Picked::Open,
        }
    }

    /// A click on a line takes the cursor there; on the line under the cursor it picks.
    fn click(&mut self, line: usize) -> Picked {
        match line.checked_sub(HEAD).filter(|at| *at < self.interfaces.len()) {
            Some(at) if at == self.cursor => self.done(),
            Some(at) => {
                self.cursor = at;
                Picked::Open
            }
            None => Picked::Open,
        }
    }

    fn done(&self) -> Picked {
        let ticked = if self.ticked.is_empty() { vec![self.cursor] } else { self.ticked.clone() };
        let names = ticked.iter().filter_map(|at| self.interfaces.get(*at)).map(|known| known.name.clone());
        Picked::These(names.collect())
    }
}

/// Lines above the interfaces.
const HEAD: usize = 2;

fn draw(buffer: &mut Buffer, picker: &Picker) {
    let area = buffer.area;
    let (lang, theme) = (picker.lang, picker.theme);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        return put(buffer, area, 0, 0, lang.pick("too small", "너무 작음"), theme.style(Ink::Text));
    }
    let bar = theme.style(Ink::Bar);
    let (width, last) = (usize::from(area.width), usize::from(area.height) - 1);
    for y in [0, last] {
        put(buffer, area, 0, y, &" ".repeat(width), bar);
    }
    let title = lang
        .pick("seqdump live · capture on which interface?", "seqdump live · 어느 인터페이스에서 캡처할까요?");
    put(buffer, area, 1, 0, title, theme.style(Ink::Key));
    let hints = [
        ("Enter", lang.pick("capture", "캡처")),
        ("Space", lang.pick("tick several", "여러 개 선택")),
        ("↑↓", lang.pick("move", "이동")),
        ("q", lang.pick("quit", "종료")),
    ];
    let mut x = 1;
    for (key, words) in hints {
        put(buffer, area, x, last, key, theme.style(Ink::Key));
        put(buffer, area, x + key.width() + 1, last, words, bar);
        x += key.width() + words.width() + 3;
    }
    let name = picker.interfaces.iter().map(|known| known.name.width()).max().unwrap_or(0).clamp(4, 16);
    let columns = [3, 3 + name + 2, 3 + name + 2 + STATE + 2 + RATE];
    let heading = theme.style(Ink::Heading);
    put(buffer, area, columns[0], 1, lang.pick("Name", "이름"), heading);
    put(buffer, area, columns[1], 1, lang.pick("State", "상태"), heading);
    put_right(buffer, area, columns[2], 1, lang.pick("traffic now", "현재 트래픽"), heading);
    put(buffer, area, columns[2] + 2, 1, lang.pick("Addresses", "주소"), heading);
    let rows = Rect { y: area.y + 2, height: area.height - 3, ..area };
    let top = (picker.cursor + 1).saturating_sub(usize::from(rows.height));
    for (y, (at, known)) in picker.interfaces.iter().enumerate().skip(top).enumerate() {
        if y >= usize::from(rows.height) {
            break;
        }
        let ink = if known.up { Ink::Text } else { Ink::Dim };
        if picker.ticked.contains(&at) {
            put(buffer, rows, 1, y, "✓", heading);
        }
        put(buffer, rows, columns[0], y, &safe::line(&known.name), theme.style(ink));
        put(buffer, rows, columns[1], y, state(known, lang), theme.style(Ink::Dim));
        put_right(buffer, rows, columns[2], y, &rate(picker.rates[at], lang), theme.style(Ink::Name));
        put(buffer, rows, columns[2] + 2, y, &addresses(known, lang), theme.style(ink));
        if at == picker.cursor {
            put(buffer, rows, 0, y, "▸", heading);
            paint(buffer, rows, y, theme.style(Ink::Cursor));
        }
    }
}

/// Cells of the columns with the state and with the traffic.
const STATE: usize = 12;
const RATE: usize = 22;

/// Whether an interface is up, in words.
fn state(interface: &Interface, lang: Lang) -> &'static str {
    match (interface.up, interface.loopback) {
        (true, true) => lang.pick("up, loopback", "켜짐, 루프백"),
        (true, false) => lang.pick("up", "켜짐"),
        (false, _) => lang.pick("down", "꺼짐"),
    }
}

fn rate(rate: Option<Traffic>, lang: Lang) -> String {
    match rate {
        None => "–".to_owned(),
        Some(Traffic { packets: 0, .. }) => lang.pick("quiet", "조용함").to_owned(),
        Some(Traffic { packets, bytes }) => lang.pick(
            format!("{packets} pkt/s {}/s", size(bytes)),
            format!("초당 {packets}패킷 {}", size(bytes)),
        ),
    }
}

fn addresses(interface: &Interface, lang: Lang) -> String {
    if interface.name == ANY {
        return lang.pick("all interfaces together", "모든 인터페이스").to_owned();
    }
    let addresses = interface.addresses.iter().map(|(address, prefix)| format!("{address}/{prefix}"));
    addresses.collect::<Vec<String>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picker() -> Picker {
        let interface = |name: &str, index, loopback, up| Interface {
            name: name.to_owned(),
            index,
            mac: None,
            addresses: vec![([10, 0, 0, index as u8].into(), 24)],
            loopback,
            up,
        };
        let known = vec![
            interface("eth0", 1, false, true),
            interface("lo", 2, true, true),
            interface("tun0", 3, false, false),
            interface(ANY, 0, false, true),
        ];
        Picker::new(Lang::En, Theme::None, Keys::new(&BTreeMap::new()).expect("keys"), known)
    }

    fn text(picker: &Picker, size: (u16, u16)) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
        draw(&mut buffer, picker);
        crate::render::screen::text(&buffer)
    }

    #[test]
    fn interfaces_are_shown_with_what_passes_them() {
        let mut picker = picker();
        let traffic = |packets, bytes| Traffic { packets, bytes };
        let before =
            BTreeMap::from([("eth0".to_owned(), traffic(10, 1000)), ("lo".to_owned(), traffic(5, 5))]);
        let now = BTreeMap::from([("eth0".to_owned(), traffic(34, 4000)), ("lo".to_owned(), traffic(5, 5))]);
        picker.rates(&before, &now, Duration::from_secs(2));
        let shown = text(&picker, (80, 24));
        let line = |name: &str| {
            shown.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name}: {shown}"))
        };
        assert!(
            line("eth0").contains("12 pkt/s 1500 B/s") && line("eth0").contains("10.0.0.1/24"),
            "{shown}"
        );
        assert!(line("▸  lo").contains("quiet"), "{shown}");
        assert!(line("tun0").contains("down") && line(" any ").contains("12 pkt/s"), "{shown}");
        picker.lang = Lang::Ko;
        assert!(text(&picker, (200, 60)).contains("초당 12패킷"));
        text(&picker, (3, 1));
    }

    #[test]
    fn one_is_picked_or_several_or_none() {
        let key = |picker: &mut Picker, text| picker.key(Chord::parse(text).expect("a key"));
        assert_eq!(key(&mut picker(), "enter"), Picked::These(vec!["lo".to_owned()]));
        assert_eq!(key(&mut picker(), "q"), Picked::Given);
        let mut several = picker();
        for text in ["g", "space", "j", "space"] {
            assert_eq!(key(&mut several, text), Picked::Open);
        }
        assert_eq!(several.click(HEAD), Picked::Open);
        assert_eq!(several.click(HEAD), Picked::These(vec!["eth0".to_owned(), "tun0".to_owned()]));
    }
}
