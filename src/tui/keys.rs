//! The one table of keys: what the loop obeys, the help prints, the footer hints at and the configuration rebinds.

use std::collections::BTreeMap;

use crate::locale::Words;
use crate::tui::chord::Chord;

/// What a key does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Action {
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Left,
    Right,
    Enter,
    Back,
    Close,
    Quit,
    Level1,
    Level2,
    Level3,
    Level4,
    NextPane,
    PreviousPane,
    Mark,
    Follow,
    Pause,
    Faster,
    Slower,
    NextPacket,
    Filter,
    Search,
    Next,
    Previous,
    Clock,
    HideControl,
    Detail,
    Format,
    Chat,
    Compare,
    Problem,
    Explain,
    Walk,
    Help,
    Palette,
    Sort,
    Reverse,
    Columns,
    All,
    Save,
    Picture,
    Copy,
    Larger,
    Smaller,
    Language,
    Theme,
    Redraw,
    Suspend,
}

/// Where a key means something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// On every screen.
    Everywhere,
    /// In the table of connections.
    List,
    /// In a diagram and what belongs to it.
    Ladder,
}

/// A line of the table.
#[derive(Debug)]
pub struct Entry {
    /// What it does.
    pub action: Action,
    /// Its name in the configuration and the palette.
    pub name: &'static str,
    /// The keys that do it.
    pub keys: &'static [&'static str],
    /// Where.
    pub place: Place,
    /// What it does, in words.
    pub help: Words,
    /// What the footer says of it; nothing where it is not worth the room.
    pub hint: Option<Words>,
}

const fn entry(
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    place: Place,
    help: Words,
    hint: Option<Words>,
) -> Entry {
    Entry { action, name, keys, place, help, hint }
}

use Place::{Everywhere, Ladder, List};

/// The table, in the order of the help; the footer takes what fits, from the top.
pub const TABLE: &[Entry] = &[
    entry(
        Action::Enter,
        "enter",
        &["enter"],
        Everywhere,
        ["go deeper: open, unfold, look inside", "더 깊이: 열기, 펼치기, 내용 보기"],
        Some(["open", "열기"]),
    ),
    entry(
        Action::Back,
        "back",
        &["esc"],
        Everywhere,
        ["back; on the list: take ticks and filter away", "뒤로; 목록에서는 선택과 필터 해제"],
        Some(["back", "뒤로"]),
    ),
    entry(
        Action::Close,
        "close",
        &["q"],
        Everywhere,
        ["back; on the list: end", "뒤로; 목록에서는 종료"],
        Some(["quit", "종료"]),
    ),
    entry(
        Action::Help,
        "help",
        &["h", "f1"],
        Everywhere,
        ["this help", "이 도움말"],
        Some(["help", "도움말"]),
    ),
    entry(
        Action::Mark,
        "mark",
        &["space"],
        Everywhere,
        [
            "list: tick, and Enter opens all ticked on one ladder; diagram: mark, times count from there",
            "목록: 선택(Enter로 한 그림에 열기); 그림: 표시하고 그때부터 시간 재기",
        ],
        Some(["tick", "선택"]),
    ),
    entry(
        Action::Filter,
        "filter",
        &["F", "&"],
        Everywhere,
        [
            "filter, such as ws.opcode == text && payload ~ \"order\"",
            "필터, 예: ws.opcode == text && payload ~ \"order\"",
        ],
        Some(["filter", "필터"]),
    ),
    entry(
        Action::Problem,
        "problem",
        &["!"],
        Everywhere,
        [
            "next problem: a connection that went wrong, a row in trouble",
            "다음 문제: 잘못된 연결, 문제가 있는 줄",
        ],
        Some(["problem", "문제"]),
    ),
    entry(
        Action::Explain,
        "explain",
        &["?"],
        Everywhere,
        ["explain what the cursor is on", "커서가 놓인 것을 설명"],
        Some(["explain", "설명"]),
    ),
    entry(
        Action::Search,
        "search",
        &["/"],
        Everywhere,
        ["search in labels and decoded payloads", "표시와 복호한 내용에서 찾기"],
        Some(["search", "찾기"]),
    ),
    entry(
        Action::Sort,
        "sort",
        &["s", "gt"],
        List,
        ["sort by the next column", "다음 열로 정렬"],
        Some(["sort", "정렬"]),
    ),
    entry(
        Action::Columns,
        "columns",
        &["c"],
        List,
        ["choose and order the columns", "열을 고르고 순서 바꾸기"],
        Some(["columns", "열"]),
    ),
    entry(
        Action::All,
        "tick-all",
        &["A"],
        List,
        ["tick all that are shown, or none", "보이는 연결 모두 선택/해제"],
        None,
    ),
    entry(
        Action::Detail,
        "detail",
        &["d"],
        Ladder,
        ["show or hide the detail pane", "상세 창 보이기/숨기기"],
        Some(["detail", "상세"]),
    ),
    entry(
        Action::Chat,
        "chat",
        &["c"],
        Ladder,
        ["the messages as a chat", "메시지를 대화로 보기"],
        Some(["chat", "대화"]),
    ),
    entry(
        Action::Save,
        "save",
        &["S"],
        Everywhere,
        [
            "save the connection (what is ticked), or the message in the detail pane: svg, png, html, txt, har, pcapng …",
            "연결(선택한 것) 또는 상세 창의 메시지를 저장: svg, png, html, txt, har, pcapng …",
        ],
        Some(["save", "저장"]),
    ),
    entry(
        Action::Picture,
        "picture",
        &["P"],
        Everywhere,
        ["save a picture of this screen: svg, png, txt", "이 화면의 그림을 저장: svg, png, txt"],
        None,
    ),
    entry(
        Action::Level1,
        "level-connections",
        &["1"],
        Ladder,
        ["level 1: one row a connection", "레벨 1: 연결마다 한 줄"],
        None,
    ),
    entry(Action::Level2, "level-phases", &["2"], Ladder, ["level 2: phases", "레벨 2: 단계"], None),
    entry(Action::Level3, "level-messages", &["3"], Ladder, ["level 3: messages", "레벨 3: 메시지"], None),
    entry(Action::Level4, "level-packets", &["4"], Ladder, ["level 4: packets", "레벨 4: 패킷"], None),
    entry(
        Action::NextPane,
        "next-pane",
        &["tab"],
        Ladder,
        ["next pane: diagram, fields, bytes", "다음 창: 그림, 필드, 바이트"],
        Some(["pane", "창"]),
    ),
    entry(Action::PreviousPane, "previous-pane", &["backtab"], Ladder, ["previous pane", "이전 창"], None),
    entry(
        Action::Format,
        "format",
        &["v"],
        Ladder,
        [
            "detail: fields, message as text or JSON, message as bytes",
            "상세: 필드, 메시지 글(JSON), 메시지 바이트",
        ],
        Some(["message", "메시지"]),
    ),
    entry(
        Action::HideControl,
        "hide-control",
        &["a"],
        Ladder,
        ["hide or show pings, acknowledgements, settings", "핑, 확인 응답, 설정 숨기기/보이기"],
        Some(["control", "제어"]),
    ),
    entry(
        Action::Clock,
        "clock",
        &["t"],
        Ladder,
        ["time: since the start, of day, since the mark", "시간: 시작부터, 시각, 표시부터"],
        Some(["time", "시간"]),
    ),
    entry(
        Action::Follow,
        "follow",
        &["f"],
        Everywhere,
        ["follow what is new", "새 내용 따라가기"],
        Some(["follow", "따라가기"]),
    ),
    entry(
        Action::Walk,
        "walk",
        &["w"],
        Ladder,
        [
            "step mode: n and p walk the conversation, each step explained",
            "한 줄씩 보기: n, p로 대화를 따라가며 설명 보기",
        ],
        Some(["walk", "한 줄씩"]),
    ),
    entry(
        Action::Next,
        "next",
        &["n"],
        Everywhere,
        ["next hit; next step in step mode", "다음 결과; 한 줄씩 볼 때는 다음 줄"],
        None,
    ),
    entry(Action::Previous, "previous", &["N"], Everywhere, ["previous hit", "이전 결과"], None),
    entry(
        Action::Pause,
        "pause",
        &["p"],
        Everywhere,
        [
            "pause: a replay stops, a live screen (reading goes on); previous step in step mode",
            "멈춤: 재생을 멈추거나 실시간 화면을 멈춤(읽기는 계속); 한 줄씩 볼 때는 이전 줄",
        ],
        Some(["pause", "멈춤"]),
    ),
    entry(
        Action::Faster,
        "faster",
        &["]"],
        Everywhere,
        ["replay (--replay): twice as fast", "재생(--replay): 두 배 빠르게"],
        Some(["faster", "빠르게"]),
    ),
    entry(
        Action::Slower,
        "slower",
        &["["],
        Everywhere,
        ["replay: half as fast", "재생: 절반 속도로"],
        Some(["slower", "느리게"]),
    ),
    entry(
        Action::NextPacket,
        "next-packet",
        &["."],
        Everywhere,
        ["replay: the next packet now, also while paused", "재생: 멈춘 동안에도 다음 패킷을 바로"],
        Some(["next packet", "다음 패킷"]),
    ),
    entry(
        Action::Compare,
        "compare",
        &["C"],
        Everywhere,
        [
            "compare the two ticked connections; in a diagram the marked row and this one",
            "선택한 두 연결 비교; 그림에서는 표시한 줄과 이 줄 비교",
        ],
        None,
    ),
    entry(
        Action::Copy,
        "copy",
        &["y"],
        Everywhere,
        ["copy to the terminal's clipboard (OSC 52)", "단말 클립보드로 복사(OSC 52)"],
        Some(["copy", "복사"]),
    ),
    entry(Action::Reverse, "reverse", &["R", "lt"], List, ["turn the order round", "순서 뒤집기"], None),
    entry(
        Action::Palette,
        "palette",
        &[":", "ctrl-p"],
        Everywhere,
        ["all commands by name", "이름으로 모든 명령"],
        Some(["commands", "명령"]),
    ),
    entry(Action::Up, "up", &["up", "k"], Everywhere, ["up", "위로"], None),
    entry(Action::Down, "down", &["down", "j"], Everywhere, ["down", "아래로"], None),
    entry(Action::PageUp, "page-up", &["pgup", "ctrl-b"], Everywhere, ["a page up", "한 쪽 위로"], None),
    entry(
        Action::PageDown,
        "page-down",
        &["pgdn", "ctrl-f"],
        Everywhere,
        ["a page down", "한 쪽 아래로"],
        None,
    ),
    entry(Action::First, "first", &["home", "g"], Everywhere, ["to the top", "맨 위로"], None),
    entry(Action::Last, "last", &["end", "G"], Everywhere, ["to the bottom", "맨 아래로"], None),
    entry(
        Action::Left,
        "left",
        &["left"],
        Everywhere,
        ["fold; scroll to the left", "접기; 왼쪽으로 이동"],
        None,
    ),
    entry(
        Action::Right,
        "right",
        &["right", "l"],
        Everywhere,
        ["unfold; scroll to the right", "펼치기; 오른쪽으로 이동"],
        None,
    ),
    entry(Action::Larger, "larger", &["+", "="], Ladder, ["detail pane larger", "상세 창 크게"], None),
    entry(Action::Smaller, "smaller", &["-"], Ladder, ["detail pane smaller", "상세 창 작게"], None),
    entry(Action::Language, "language", &["L"], Everywhere, ["English or Korean", "영어/한국어"], None),
    entry(Action::Theme, "theme", &["T"], Everywhere, ["next theme", "다음 색상 테마"], None),
    entry(
        Action::Redraw,
        "redraw",
        &["ctrl-l"],
        Everywhere,
        ["draw everything anew", "화면 다시 그리기"],
        None,
    ),
    entry(
        Action::Suspend,
        "suspend",
        &["ctrl-z"],
        Everywhere,
        ["to the shell; fg comes back", "셸로; fg로 복귀"],
        None,
    ),
    entry(Action::Quit, "quit", &["ctrl-c", "Q"], Everywhere, ["end", "종료"], None),
];

/// Which key does what, after the configuration.
#[derive(Clone, Debug)]
pub struct Keys {
    /// By entry of [`TABLE`].
    bound: Vec<Vec<Chord>>,
}

impl Keys {
    /// The table with the names in `changed` bound to other keys.
    ///
    /// # Errors
    /// A sentence that names the key or the name that there is not.
    pub fn new(changed: &BTreeMap<String, Vec<String>>) -> Result<Keys, String> {
        if let Some(name) = changed.keys().find(|name| TABLE.iter().all(|entry| entry.name != *name)) {
            return Err(format!("there is no command {name:?} to bind a key to: see `:`"));
        }
        let chords = |entry: &Entry| match changed.get(entry.name) {
            Some(keys) => keys.iter().map(|key| Chord::parse(key)).collect(),
            None => entry.keys.iter().map(|key| Chord::parse(key)).collect::<Result<Vec<_>, _>>(),
        };
        let mut bound = TABLE.iter().map(chords).collect::<Result<Vec<_>, _>>()?;
        // A key that was given a new meaning loses its old one.
        let taken: Vec<(usize, Chord)> = (TABLE.iter().enumerate())
            .filter(|(_, entry)| changed.contains_key(entry.name))
            .flat_map(|(at, _)| bound[at].iter().map(move |chord| (at, *chord)).collect::<Vec<_>>())
            .collect();
        for (at, chords) in bound.iter_mut().enumerate() {
            if !changed.contains_key(TABLE[at].name) {
                chords.retain(|chord| taken.iter().all(|(_, own)| own != chord));
            }
        }
        Ok(Keys { bound })
    }

    /// What `chord` does at `place`.
    pub fn action(&self, chord: Chord, place: Place) -> Option<Action> {
        let own = |want: Place| {
            (TABLE.iter().zip(&self.bound))
                .find(|(entry, chords)| entry.place == want && chords.contains(&chord))
                .map(|(entry, _)| entry.action)
        };
        own(place).or_else(|| own(Place::Everywhere))
    }

    /// The entries with their keys, in the order of the table.
    pub fn entries(&self) -> impl Iterator<Item = (&'static Entry, &[Chord])> {
        TABLE.iter().zip(self.bound.iter().map(Vec::as_slice))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_place() {
        let keys = Keys::new(&BTreeMap::new()).expect("the table");
        for (entry, chords) in keys.entries() {
            for (other, others) in keys.entries() {
                let meet =
                    entry.place == other.place || entry.place == Everywhere || other.place == Everywhere;
                let same = chords.iter().any(|chord| others.contains(chord));
                assert!(entry.action == other.action || !meet || !same, "{} {}", entry.name, other.name);
            }
        }
    }

    #[test]
    fn a_key_that_is_bound_anew_loses_its_old_meaning() {
        let changed = BTreeMap::from([("quit".to_owned(), vec!["j".to_owned()])]);
        let keys = Keys::new(&changed).expect("keys");
        let chord = |text| Chord::parse(text).expect("a key");
        assert_eq!(keys.action(chord("j"), List), Some(Action::Quit));
        assert_eq!(keys.action(chord("ctrl-c"), List), None);
        assert_eq!(keys.action(chord("down"), Ladder), Some(Action::Down));
        assert!(Keys::new(&BTreeMap::from([("fly".to_owned(), vec![])])).is_err());
    }
}
