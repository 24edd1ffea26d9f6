//! Socket calls, as a person would say them: what was asked, what came of it, and how long that took.
//!
//! Two ways lead here, the kernel's own record and a look at the program while it is stopped; both fill in
//! [`Asked`] and let a [`Teller`] say it.

use std::sync::mpsc::Receiver;

use nix::errno::Errno;
use rustc_hash::FxHashMap;

use crate::capture::process::Process;
use crate::event::Endpoint;
use crate::frame::{FrameNumber, Timestamp};
use crate::model::{trace, units};

/// So many calls, and so many sockets, are kept.
const KEPT: usize = 20_000;
/// Calls that take longer than this say how long, in nanoseconds.
const LONG: i64 = 1_000_000;

/// How a call is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// By what came of it: at its end.
    Answered,
    /// By what it does: at its beginning.
    Asked,
    /// Not by itself: it waits for several files at once, and is folded into what follows.
    Waits,
}

/// The calls that are told.
pub(super) const CALLS: &[(&str, Kind)] = &[
    ("socket", Kind::Answered),
    ("bind", Kind::Answered),
    ("listen", Kind::Answered),
    ("accept", Kind::Answered),
    ("accept4", Kind::Answered),
    ("connect", Kind::Asked),
    ("sendto", Kind::Asked),
    ("sendmsg", Kind::Asked),
    ("sendmmsg", Kind::Asked),
    ("write", Kind::Asked),
    ("writev", Kind::Asked),
    ("sendfile", Kind::Asked),
    ("recvfrom", Kind::Answered),
    ("recvmsg", Kind::Answered),
    ("recvmmsg", Kind::Answered),
    ("read", Kind::Answered),
    ("readv", Kind::Answered),
    ("shutdown", Kind::Asked),
    ("close", Kind::Asked),
    ("epoll_wait", Kind::Waits),
    ("epoll_pwait", Kind::Waits),
    ("epoll_pwait2", Kind::Waits),
    ("poll", Kind::Waits),
    ("ppoll", Kind::Waits),
    ("select", Kind::Waits),
    ("pselect6", Kind::Waits),
];

/// Flags of `send` and `recv` (include/linux/socket.h).
const FLAGS: &[(i64, &str)] = &[
    (0x1, "MSG_OOB"),
    (0x2, "MSG_PEEK"),
    (0x40, "MSG_DONTWAIT"),
    (0x100, "MSG_WAITALL"),
    (0x4000, "MSG_NOSIGNAL"),
    (0x8000, "MSG_MORE"),
];

/// A call of a program that concerns an Internet socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// When: its beginning where it does something, its end where it waits for something.
    pub time: Timestamp,
    /// Who called.
    pub process: Process,
    /// The call, its arguments, its result, such as `connect(5, 127.0.0.1:9000) = 0`.
    pub text: String,
}

/// Puts each call above the row of the packet that comes after it, and those that come last below that of the last one.
/// The packets are in order of time; out come comments to them, with what is `told` of each call.
pub fn place(
    calls: &[Call],
    packets: &[(Timestamp, FrameNumber)],
    told: impl Fn(&Call) -> String,
) -> Vec<(FrameNumber, String)> {
    let place = |call: &Call| {
        let next = packets.partition_point(|(time, _)| *time <= call.time);
        let text = told(call);
        match (packets.get(next), packets.last()) {
            (Some((_, frame)), _) => Some((*frame, format!("{}{text}", trace::BEFORE))),
            (None, last) => last.map(|(_, frame)| (*frame, text)),
        }
    };
    calls.iter().filter_map(place).collect()
}

/// What a record has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A call.
    Call(Call),
    /// Whose a socket is: its own end and the other.
    Socket(Process, Endpoint, Endpoint),
    /// So many calls were lost by the kernel.
    Lost(u64),
    /// A process does its socket work by io_uring, which is no call of its own.
    Ring(Process),
    /// A process has other rights than ours, by the mode of its file, and goes on unwatched so that it keeps them.
    Privileged(Process),
}

/// The calls of a program and its children.
#[derive(Default)]
pub struct Calls {
    /// In order of time.
    pub calls: Vec<Call>,
    /// Sockets whose owner was told: whose each was, its own end and the other.
    pub sockets: Vec<(Process, Endpoint, Endpoint)>,
    /// Calls that the kernel lost.
    pub lost: u64,
    /// Calls beyond those that are kept.
    pub beyond: u64,
    /// What is to be said of processes besides.
    pub remarks: Vec<Told>,
}

impl std::fmt::Display for Call {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}: {}", self.process, self.text)
    }
}

impl Calls {
    /// Takes what was told.
    pub fn take(&mut self, told: Told) {
        match told {
            Told::Call(_) if self.calls.len() >= KEPT => self.beyond += 1,
            Told::Call(call) => {
                let place = self.calls.partition_point(|known| known.time <= call.time);
                self.calls.insert(place, call);
            }
            Told::Socket(process, own, other) if self.sockets.len() < KEPT => {
                self.sockets.push((process, own, other));
            }
            Told::Socket(..) => {}
            Told::Lost(count) => self.lost += count,
            Told::Ring(_) | Told::Privileged(_) if self.remarks.contains(&told) => {}
            Told::Ring(_) | Told::Privileged(_) => self.remarks.push(told),
        }
    }

    /// Takes all that has been told so far.
    pub fn drain(&mut self, told: &Receiver<Told>) {
        told.try_iter().for_each(|told| self.take(told));
    }
}

/// A call that has begun.
#[derive(Debug)]
pub(super) struct Asked {
    pub name: &'static str,
    pub kind: Kind,
    /// When, in nanoseconds of the teller's clock.
    pub time: i64,
    pub arguments: [i64; 6],
    /// The address that it is about, where that is known: to bind, listen, connect or send to.
    pub address: Option<Endpoint>,
    /// Who the other is, where the call's answer says so.
    pub from: Option<Endpoint>,
}

impl Asked {
    /// The call of this name.
    pub fn new(name: &str, time: i64, arguments: [i64; 6]) -> Option<Asked> {
        let (name, kind) = CALLS.iter().find(|(known, _)| *known == name)?;
        Some(Asked { name, kind: *kind, time, arguments, address: None, from: None })
    }

    /// The file that it is about.
    pub fn file(&self) -> i64 {
        // A file's number is an int; what stands above it in the register means nothing.
        i64::from(self.arguments[0] as i32)
    }

    /// Whether it is for any file, and not just for sockets.
    pub fn is_plain(&self) -> bool {
        ["read", "readv", "write", "writev", "sendfile", "close"].contains(&self.name)
    }

    /// The arguments, as a person would say them.
    fn told(&self) -> String {
        let [_, second, third, fourth, ..] = self.arguments;
        let mut parts = vec![self.file().to_string()];
        match self.name {
            "socket" => parts = vec![family(self.file()), socket_type(second)],
            "listen" => parts.push(format!("backlog {second}")),
            "read" | "write" => parts.push(format!("{third} bytes")),
            "sendfile" => parts.push(format!("{fourth} bytes")),
            "sendto" | "recvfrom" => {
                parts.push(format!("{third} bytes"));
                parts.extend(flags(fourth));
            }
            "sendmsg" | "recvmsg" => parts.extend(flags(third)),
            "shutdown" => {
                let how = usize::try_from(second).ok();
                let how = how.and_then(|how| ["SHUT_RD", "SHUT_WR", "SHUT_RDWR"].get(how));
                parts.push(how.map_or_else(|| second.to_string(), ToString::to_string));
            }
            _ => {}
        }
        parts.extend(self.address.map(|address| address.to_string()));
        parts.join(", ")
    }

    /// The whole sentence, once the call has returned.
    fn sentence(&self, took: i64, result: i64) -> String {
        let mut text = format!("{}({}) = {}", self.name, self.told(), outcome(result));
        if let Some(from) = self.from {
            text.push_str(&format!(" from {from}"));
        }
        if took >= LONG {
            text.push_str(&format!(", after {}", units::duration(took)));
        }
        text
    }
}

fn family(family: i64) -> String {
    match family {
        2 => "AF_INET".to_owned(),
        10 => "AF_INET6".to_owned(),
        other => other.to_string(),
    }
}

/// The second argument of `socket`: in its lowest bits the type (include/linux/net.h).
fn socket_type(kind: i64) -> String {
    let name = match kind & 0xf {
        1 => "SOCK_STREAM",
        2 => "SOCK_DGRAM",
        3 => "SOCK_RAW",
        _ => "?",
    };
    let waits_never = kind & i64::from(libc::O_NONBLOCK) != 0;
    format!("{name}{}", if waits_never { " | SOCK_NONBLOCK" } else { "" })
}

fn flags(set: i64) -> Option<String> {
    let named: Vec<&str> = FLAGS.iter().filter(|(bit, _)| set & bit != 0).map(|(_, name)| *name).collect();
    (!named.is_empty()).then(|| named.join(" | "))
}

fn outcome(result: i64) -> String {
    match result {
        -4095..0 => match Errno::from_raw(-result as i32) {
            // What the kernel keeps to itself means that a signal came.
            Errno::UnknownErrno => "interrupted".to_owned(),
            error => format!("{error:?}"),
        },
        _ => result.to_string(),
    }
}

/// Calls that wait for several files, one after the other, of one thread.
struct Waits {
    name: &'static str,
    count: u32,
    /// Nanoseconds in all.
    took: i64,
    end: i64,
    result: i64,
}

/// Says calls, and folds the waits between them.
pub(super) struct Teller {
    out: Box<dyn FnMut(Told) -> bool + Send>,
    /// What is added to the times of calls to make them times of the day.
    pub offset: i64,
    /// The waits of each thread since its last call.
    waits: FxHashMap<u32, Waits>,
}

impl Teller {
    /// `out` takes what is said, and tells whether anybody listens.
    pub fn new(out: impl FnMut(Told) -> bool + Send + 'static) -> Teller {
        Teller { out: Box::new(out), offset: 0, waits: FxHashMap::default() }
    }

    /// Says anything; whether anybody listens.
    pub fn say(&mut self, told: Told) -> bool {
        (self.out)(told)
    }

    /// Says a call of a thread that has returned, after the waits before it.
    pub fn call(&mut self, thread: u32, process: &Process, asked: &Asked, end: i64, result: i64) {
        let took = end - asked.time;
        if asked.kind == Kind::Waits {
            let waits = self.waits.entry(thread).or_insert(Waits {
                name: asked.name,
                count: 0,
                took: 0,
                end,
                result,
            });
            *waits = Waits { name: asked.name, count: waits.count + 1, took: waits.took + took, end, result };
            return;
        }
        if let Some(waits) = self.waits.remove(&thread) {
            let times = if waits.count > 1 { format!(" ×{}", waits.count) } else { String::new() };
            let took = units::duration(waits.took);
            let text = format!("{}(){times} = {}, after {took}", waits.name, outcome(waits.result));
            self.told(waits.end, process, text);
        }
        let time = if asked.kind == Kind::Asked { asked.time } else { end };
        self.told(time, process, asked.sentence(took, result));
    }

    /// A thread is gone.
    pub fn forget(&mut self, thread: u32) {
        self.waits.remove(&thread);
    }

    fn told(&mut self, time: i64, process: &Process, text: String) {
        let time = Timestamp(time.saturating_add(self.offset));
        self.say(Told::Call(Call { time, process: process.clone(), text }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_said_with_their_arguments_and_waits_are_folded() {
        let (out, told) = std::sync::mpsc::channel();
        let mut teller = Teller::new(move |told| out.send(told).is_ok());
        let process = Process { pid: 7, command: "node".to_owned() };
        let mut call = |name: &str, arguments: [i64; 6], address: Option<&str>, end: i64, result: i64| {
            let mut asked = Asked::new(name, 1_000_000, arguments).unwrap();
            let parsed = address.map(|text| text.parse::<std::net::SocketAddr>().unwrap());
            asked.address = parsed.map(|end| Endpoint { ip: end.ip(), port: end.port() });
            teller.call(7, &process, &asked, end, result);
        };
        call("socket", [10, 0o2_004_001, 0, 0, 0, 0], None, 1_000_500, 4);
        call("epoll_wait", [3, 0, 0, 0, 0, 0], None, 3_000_000, 0);
        call("epoll_wait", [3, 0, 0, 0, 0, 0], None, 4_000_000, 1);
        call("sendto", [4, 0, 5, 0x4000, 0, 0], Some("[::1]:53"), 1_000_900, 5);
        call("shutdown", [0xffff_ffff_0000_0004_u64 as i64, 1, 0, 0, 0, 0], None, 1_000_900, 0);
        call("recvfrom", [4, 0, 100, 2, 0, 0], None, 9_000_000, -11);
        let mut calls = Calls::default();
        calls.drain(&told);
        let said: Vec<&str> = calls.calls.iter().map(|call| call.text.as_str()).collect();
        let expected = [
            "sendto(4, 5 bytes, MSG_NOSIGNAL, [::1]:53) = 5",
            "shutdown(4, SHUT_WR) = 0",
            "socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK) = 4",
            "epoll_wait() ×2 = 1, after 5 ms",
            "recvfrom(4, 100 bytes, MSG_PEEK) = EAGAIN, after 8 ms",
        ];
        assert_eq!(said, expected);
    }
}
