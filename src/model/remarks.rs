//! What comments to frames mean beyond their words: who stands at the ends of a connection, and on which side of its row
//! a remark stands.
//!
//! `client: curl (7), server: nginx (9)` on the first frame of a connection names the processes that have its sockets;
//! either may be missing. What begins with `before: ` stands above the row of its frame, all else below.

use rustc_hash::FxHashMap;

use crate::event::{Endpoint, Side};
use crate::frame::FrameNumber;
use crate::locale::Lang;
use crate::model::trace::Trace;

/// What a remark begins with that stands above its row.
pub const BEFORE: &str = "before: ";

/// A comment that names the processes at the ends of a connection; `None` where neither is known.
pub fn of_processes(ends: [Option<String>; 2]) -> Option<String> {
    let named = Side::BOTH.into_iter().zip(ends);
    let named = named.filter_map(|(side, name)| Some(format!("{}: {}", side.name(Lang::En), name?)));
    let named: Vec<String> = named.collect();
    (!named.is_empty()).then(|| named.join(", "))
}

/// The names in such a comment; `None` where it is something else.
pub(super) fn processes(comment: &str) -> Option<[Option<&str>; 2]> {
    let is_process = |name: &str| {
        let number = name.strip_suffix(')').and_then(|name| name.rsplit_once(" (")).map(|(_, number)| number);
        number.is_some_and(|number| number.parse::<u32>().is_ok())
    };
    let [client, server] = Side::BOTH.map(|side| format!("{}: ", side.name(Lang::En)));
    let ends = match (comment.strip_prefix(&client), comment.strip_prefix(&server)) {
        (Some(rest), _) => match rest.split_once(&format!(", {server}")) {
            Some((client, server)) => [Some(client), Some(server)],
            None => [Some(rest), None],
        },
        (_, Some(server)) => [None, Some(server)],
        _ => return None,
    };
    ends.iter().flatten().all(|name| is_process(name)).then_some(ends)
}

/// Names of sockets by the comments of a trace, each with the place of its connection. Where a process speaks with
/// itself, each side has a name of its own.
pub(super) fn names(trace: &Trace, lang: Lang) -> FxHashMap<(usize, Endpoint), String> {
    let firsts: FxHashMap<FrameNumber, usize> =
        trace.connections.iter().enumerate().map(|(place, known)| (known.first_packet, place)).collect();
    let mut names = FxHashMap::default();
    if trace.comments.is_empty() {
        return names;
    }
    let known =
        trace.comments.iter().filter_map(|(frame, text)| Some((*firsts.get(frame)?, processes(text)?)));
    let known: Vec<(usize, [Option<&str>; 2])> = known.collect();
    let with_itself: Vec<&str> = known
        .iter()
        .filter(|(_, [client, server])| client == server)
        .filter_map(|(_, ends)| ends[0])
        .collect();
    for (place, ends) in &known {
        for side in Side::BOTH {
            let Some(name) = ends[side as usize] else { continue };
            let name = match with_itself.contains(&name) {
                true => format!("{name} {}", side.name(lang)),
                false => name.to_owned(),
            };
            names.insert((*place, trace.connections[*place].endpoint(side)), name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_processes_are_told_from_what_people_write() {
        let ends = [Some("curl (7)".to_owned()), Some("a, server: b (9)".to_owned())];
        let comment = of_processes([ends[0].clone(), Some("nginx (9)".to_owned())]).unwrap();
        assert_eq!(comment, "client: curl (7), server: nginx (9)");
        assert_eq!(processes(&comment), Some([Some("curl (7)"), Some("nginx (9)")]));
        assert_eq!(processes("server: nginx (9)"), Some([None, Some("nginx (9)")]));
        assert_eq!(processes("client: the slow one"), None);
        assert_eq!(processes("hello"), None);
        assert_eq!(of_processes([None, None]), None);
        drop(ends);
    }
}
