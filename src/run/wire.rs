//! What the watcher of a command says to who sent it, a line each.

use serde::{Deserialize, Serialize};

use super::calls::{Call, Told};
use crate::capture::process::Process;
use crate::event::Endpoint;
use crate::frame::Timestamp;

/// Something that the watcher says.
pub(super) enum Message {
    /// The command runs, as this process.
    Began(i32),
    /// The command cannot be run, for the system's reason of this number.
    Failed(i32),
    /// The command cannot be watched, and does not run.
    Refused(String),
    /// What it does.
    Told(Told),
}

/// The same, as it stands in a line.
#[derive(Default, Serialize, Deserialize)]
struct Line {
    what: String,
    number: i64,
    pid: u32,
    command: String,
    text: String,
    ends: Vec<std::net::SocketAddr>,
}

impl Message {
    /// As a line, without its end.
    pub fn line(&self) -> String {
        let plain = |what: &str, number: i64| Line { what: what.to_owned(), number, ..Line::default() };
        let of = |what: &str, process: &Process| {
            let (pid, command) = (process.pid, process.command.clone());
            Line { pid, command, ..plain(what, 0) }
        };
        let line = match self {
            Message::Began(pid) => plain("began", i64::from(*pid)),
            Message::Failed(number) => plain("failed", i64::from(*number)),
            Message::Refused(why) => Line { text: why.clone(), ..plain("refused", 0) },
            Message::Told(Told::Call(call)) => {
                Line { number: call.time.0, text: call.text.clone(), ..of("call", &call.process) }
            }
            Message::Told(Told::Socket(process, own, other)) => {
                let ends = [own, other].map(|end| std::net::SocketAddr::new(end.ip, end.port)).to_vec();
                Line { ends, ..of("socket", process) }
            }
            Message::Told(Told::Lost(count)) => plain("lost", i64::try_from(*count).unwrap_or(i64::MAX)),
            Message::Told(Told::Ring(process)) => of("ring", process),
            Message::Told(Told::Privileged(process)) => of("privileged", process),
        };
        serde_json::to_string(&line).unwrap_or_default()
    }

    /// What a line says; `None` where it is none of these.
    pub fn parse(line: &str) -> Option<Message> {
        let line: Line = serde_json::from_str(line).ok()?;
        let process = Process { pid: line.pid, command: line.command };
        Some(match line.what.as_str() {
            "began" => Message::Began(i32::try_from(line.number).ok()?),
            "failed" => Message::Failed(i32::try_from(line.number).ok()?),
            "refused" => Message::Refused(line.text),
            "call" => {
                Message::Told(Told::Call(Call { time: Timestamp(line.number), process, text: line.text }))
            }
            "socket" => {
                let mut ends = line.ends.iter().map(|end| Endpoint { ip: end.ip(), port: end.port() });
                Message::Told(Told::Socket(process, ends.next()?, ends.next()?))
            }
            "lost" => Message::Told(Told::Lost(u64::try_from(line.number).ok()?)),
            "ring" => Message::Told(Told::Ring(process)),
            "privileged" => Message::Told(Told::Privileged(process)),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_understood() {
        let process = Process { pid: 7, command: "a \"b\"\n".to_owned() };
        let end = |text: &str| {
            let address: std::net::SocketAddr = text.parse().unwrap();
            Endpoint { ip: address.ip(), port: address.port() }
        };
        let all = [
            Told::Call(Call {
                time: Timestamp(9),
                process: process.clone(),
                text: "close(3) = 0".to_owned(),
            }),
            Told::Socket(process.clone(), end("[::1]:5"), end("127.0.0.1:6")),
            Told::Lost(3),
            Told::Ring(process.clone()),
            Told::Privileged(process),
        ];
        for told in all {
            let line = Message::Told(told.clone()).line();
            assert!(!line.contains('\n'));
            assert!(matches!(Message::parse(&line), Some(Message::Told(heard)) if heard == told), "{line}");
        }
        assert!(Message::parse("{}").is_none() && Message::parse("").is_none());
    }
}
