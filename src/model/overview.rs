//! Many connections at a glance: those that went the same way are told once.
//!
//! Summaries go in, a diagram comes out that has two lanes, who opened and who accepted, and a row for each way in which
//! connections to a server went, in the order in which the first of each began. What a row stands for besides its own
//! connection it says, and the last row says how many are not shown.

use rustc_hash::FxHashMap;

use crate::connection::Connection;
use crate::diagnostic::{Noted, Severity};
use crate::event::Endpoint;
use crate::frame::{FrameNumber, Timestamp};
use crate::locale::Lang;
use crate::model::diagram::{Diagram, Key, Row, View, What};
use crate::model::{lanes, rows, units};

/// The diagram of `connections`, at the level of connections.
pub fn overview(connections: &[Connection], view: &View) -> Diagram {
    let start = connections.iter().map(|connection| connection.start).min().unwrap_or_default();
    let kinds = kinds(connections);
    let mut above: Option<Timestamp> = None;
    let mut made: Vec<Row> = Vec::with_capacity(kinds.len().min(SHOWN) + 1);
    for kind in kinds.iter().take(SHOWN) {
        let Some((first, others)) = kind.split_first() else { continue };
        let delta = above.replace(first.start).map(|above| first.start.since(above));
        let more = alike(others, view.lang);
        made.push(Row {
            key: Key::Connection(first.id),
            what: rows::connection(first, (0, 1), more, view.lang),
            time: first.start,
            delta,
            depth: 0,
            open: Some(false),
            frames: Vec::new(),
        });
    }
    let left: usize = kinds.iter().skip(SHOWN).map(Vec::len).sum();
    if left > 0 {
        let text = match view.lang {
            Lang::En => format!("{left} more connections are left out here; seqdump list names them all"),
            Lang::Ko => format!("연결 {left}개는 여기서 생략함; seqdump list가 모두 보여 줌"),
        };
        made.push(Row {
            key: Key::Remark(FrameNumber::MAX, 0),
            what: What::Remark(text),
            time: above.unwrap_or(start),
            delta: None,
            depth: 0,
            open: None,
            frames: Vec::new(),
        });
    }
    let lanes = lanes::both(connections, view);
    Diagram { title: rows::title(connections, view.lang), lanes, rows: made, start, lang: view.lang }
}

/// So many ways are shown.
const SHOWN: usize = 40;
/// So many runs of numbers name the connections that went a way.
const RUNS: usize = 4;

/// What connections have in common that went the same way.
#[derive(PartialEq, Eq, Hash)]
struct Way {
    server: Endpoint,
    protocols: String,
    verdict: String,
    /// The troubles that its row tells of.
    noted: Vec<u8>,
}

/// The connections by the way in which they went, each kind in the order in which they began.
fn kinds(connections: &[Connection]) -> Vec<Vec<&Connection>> {
    let mut places: FxHashMap<Way, usize> = FxHashMap::default();
    let mut kinds: Vec<Vec<&Connection>> = Vec::new();
    for connection in connections {
        let noted: Noted = connection.noted;
        let way = Way {
            server: connection.ends[1],
            protocols: connection.protocols.written(),
            verdict: without_counts(&connection.verdict(Lang::En)),
            noted: noted
                .iter()
                .filter(|what| what.severity > Severity::Info)
                .map(|what| what.index)
                .collect(),
        };
        let place = *places.entry(way).or_insert(kinds.len());
        match kinds.get_mut(place) {
            Some(kind) => kind.push(connection),
            None => kinds.push(vec![connection]),
        }
    }
    kinds
}

/// A sentence without what only counts: numbers of one or two digits, and the plural behind them. Longer ones are codes.
fn without_counts(sentence: &str) -> String {
    let words = sentence.split(' ').map(|word| {
        let bare = word.trim_end_matches([',', ';']);
        let counts = bare.len() <= 2 && bare.bytes().all(|byte| byte.is_ascii_digit());
        if counts { "" } else { bare.trim_end_matches('s') }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Which others went the same way, and how long they took.
fn alike(others: &[&Connection], lang: Lang) -> String {
    let lasted = others.iter().map(|other| other.end.since(other.start));
    let (Some(least), Some(most)) = (lasted.clone().min(), lasted.max()) else { return String::new() };
    let took = match (units::duration(least), units::duration(most)) {
        _ if most == 0 => String::new(),
        (least, most) if least == most => format!(" ({least})"),
        (least, most) => lang.pick(format!(" ({least} to {most})"), format!(" ({least} ~ {most})")),
    };
    let runs: Vec<&[&Connection]> = others.chunk_by(|one, next| one.id + 1 == next.id).collect();
    let named = runs.iter().take(RUNS).filter_map(|run| match run {
        [first, .., last] => Some(format!("#{}–#{}", first.id, last.id)),
        [only] => Some(format!("#{}", only.id)),
        [] => None,
    });
    let named = named.collect::<Vec<_>>().join(", ") + if runs.len() > RUNS { ", …" } else { "" };
    let count = others.len();
    match lang {
        Lang::En => format!("{count} more went the same way: {named}{took}"),
        Lang::Ko => format!("같은 식으로 진행된 연결 {count}개 더: {named}{took}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_do_not_set_ways_apart_and_codes_do() {
        let one = without_counts(
            "WebSocket closed by the client, 1000 Normal Closure; messages: 1 from the client",
        );
        let two = without_counts(
            "WebSocket closed by the client, 1000 Normal Closure; messages: 12 from the client",
        );
        let away = without_counts(
            "WebSocket closed by the client, 1001 Normal Closure; messages: 1 from the client",
        );
        assert_eq!(one, two);
        assert_ne!(one, away);
        assert_eq!(without_counts("1 request, kept alive"), without_counts("2 requests, kept alive"));
    }
}
