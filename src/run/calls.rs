//! Socket calls out of the lines of the kernel's record: what was asked, what came of it, and how long that took.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{SystemTime, UNIX_EPOCH};

use nix::errno::Errno;
use rustc_hash::FxHashMap;

use super::tracing::MARK;
use crate::capture::process::Process;
use crate::event::Endpoint;
use crate::frame::Timestamp;

/// So many calls are kept.
const KEPT: usize = 20_000;
/// Calls that take longer than this say how long, in nanoseconds.
const LONG: i64 = 1_000_000;

/// How a call is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// By what came of it: at its end.
    Answered,
    /// By what it does: at its beginning.
    Asked,
}

/// The calls that are recorded.
pub(super) const CALLS: &[(&str, Kind)] = &[
    ("socket", Kind::Answered),
    ("bind", Kind::Answered),
    ("listen", Kind::Answered),
    ("accept", Kind::Answered),
    ("accept4", Kind::Answered),
    ("connect", Kind::Asked),
    ("sendto", Kind::Asked),
    ("sendmsg", Kind::Asked),
    ("write", Kind::Asked),
    ("recvfrom", Kind::Answered),
    ("recvmsg", Kind::Answered),
    ("read", Kind::Answered),
    ("shutdown", Kind::Asked),
    ("close", Kind::Asked),
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

/// The calls of a program and its children.
pub struct Calls {
    /// In order of time, once the record is over.
    pub calls: Vec<Call>,
    /// Sockets that were closed, or done sending: whose each was, its own end and the other.
    pub sockets: Vec<(Process, Endpoint, Endpoint)>,
    /// Calls that are missing: lost by the kernel, or more than are kept.
    pub lost: u64,
    marked: SystemTime,
    /// What is added to the record's clock.
    offset: Option<i64>,
    /// What each thread is in the middle of.
    begun: FxHashMap<u32, Begun>,
    /// Whether a file of a process is an Internet socket, where that is known.
    files: FxHashMap<(u32, i64), bool>,
}

struct Begun {
    time: i64,
    kind: Kind,
    name: &'static str,
    arguments: Vec<i64>,
    /// The address that the socket turned out to listen on or to connect to.
    address: Option<Endpoint>,
}

/// A line of the record.
struct Line<'a> {
    command: &'a str,
    thread: u32,
    pid: u32,
    /// Nanoseconds of the record's clock.
    time: i64,
    text: &'a str,
}

impl Calls {
    pub(super) fn new(marked: SystemTime) -> Calls {
        Calls {
            calls: Vec::new(),
            sockets: Vec::new(),
            lost: 0,
            marked,
            offset: None,
            begun: FxHashMap::default(),
            files: FxHashMap::default(),
        }
    }

    /// Takes a line of the record.
    pub(super) fn hear(&mut self, line: &str) {
        if let Some((_, rest)) = line.split_once("[LOST ") {
            self.lost += rest.split(' ').next().and_then(|count| count.parse::<u64>().ok()).unwrap_or(1);
            return;
        }
        let Some(line) = parse(line) else { return };
        if line.text.ends_with(MARK) {
            let marked = self.marked.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as i64;
            self.offset = Some(marked - line.time);
        } else if let Some(state) = line.text.strip_prefix("inet_sock_set_state: ") {
            self.state(&line, state);
        } else if let Some((name, result)) = line.text.split_once(" -> ") {
            self.end(&line, name, result);
        } else if let Some((name, arguments)) = line.text.split_once('(') {
            self.begin(&line, name, arguments);
        }
    }

    fn begin(&mut self, line: &Line<'_>, name: &str, arguments: &str) {
        let name = name.strip_prefix("sys_").unwrap_or(name);
        let Some((name, kind)) = CALLS.iter().find(|(known, _)| *known == name) else { return };
        let arguments = arguments.trim_end_matches(')').split(", ");
        let number = |argument: &str| hex(argument.split_once(": ")?.1);
        let arguments = arguments.map(|argument| number(argument).unwrap_or(-1)).collect();
        self.begun
            .insert(line.thread, Begun { time: line.time, kind: *kind, name, arguments, address: None });
    }

    /// A socket changes its state while its owner is in a call: that tells the address of the call, and whose it is.
    fn state(&mut self, line: &Line<'_>, text: &str) {
        let field = |name: &str| {
            text.split(' ').find_map(|field| field.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default()
        };
        let ip = |four: &str, six: &str| match field("family") {
            "AF_INET6" => field(six).parse::<Ipv6Addr>().ok().map(|ip| ip.to_canonical()),
            _ => field(four).parse::<Ipv4Addr>().ok().map(IpAddr::from),
        };
        let end = |four, six, port| Some(Endpoint { ip: ip(four, six)?, port: field(port).parse().ok()? });
        let own = end("saddr", "saddrv6", "sport");
        let other = end("daddr", "daddrv6", "dport");
        match (self.begun.get_mut(&line.thread), field("oldstate"), field("newstate")) {
            (Some(begun), _, "TCP_LISTEN") if begun.name == "listen" => begun.address = own,
            (Some(begun), _, "TCP_SYN_SENT") if begun.name == "connect" => begun.address = other,
            // These two steps are taken by whoever has the socket, never by a packet that comes in.
            (_, "TCP_ESTABLISHED", "TCP_FIN_WAIT1") | (_, "TCP_CLOSE_WAIT", "TCP_LAST_ACK") => {
                if let (Some(own), Some(other)) = (own, other)
                    && self.sockets.len() < KEPT
                {
                    self.sockets.push((line.process(), own, other));
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, line: &Line<'_>, name: &str, result: &str) {
        let Some(begun) = self.begun.remove(&line.thread) else { return };
        let Some(result) = hex(result).filter(|_| name.strip_prefix("sys_") == Some(begun.name)) else {
            return;
        };
        let file = begun.arguments.first().copied().unwrap_or(-1);
        if begun.name == "socket" {
            let internet = [i64::from(libc::AF_INET), i64::from(libc::AF_INET6)].contains(&file);
            self.files.insert((line.pid, result), internet);
            if !internet {
                return;
            }
        } else {
            // A file that was inherited is a socket if it is used as one.
            let plain = ["read", "write", "close"].contains(&begun.name);
            let internet = self.files.get(&(line.pid, file)).copied().unwrap_or(!plain);
            if begun.name == "close" {
                self.files.remove(&(line.pid, file));
            }
            if !internet {
                return;
            }
            if begun.name.starts_with("accept") && result >= 0 {
                self.files.insert((line.pid, result), true);
            }
        }
        self.keep(line, &begun, result);
    }

    fn keep(&mut self, line: &Line<'_>, begun: &Begun, result: i64) {
        if self.calls.len() >= KEPT {
            self.lost += 1;
            return;
        }
        let mut text = format!("{}({}) = ", begun.name, begun.told());
        match result {
            // What the kernel keeps to itself means that a signal came.
            -4095..0 => match Errno::from_raw(-result as i32) {
                Errno::UnknownErrno => text.push_str("interrupted"),
                error => text.push_str(&format!("{error:?}")),
            },
            _ => text.push_str(&result.to_string()),
        }
        let took = line.time - begun.time;
        if took >= LONG {
            text.push_str(&format!(", after {}", crate::model::units::duration(took)));
        }
        let time = if begun.kind == Kind::Asked { begun.time } else { line.time };
        let time = Timestamp(time.saturating_add(self.offset.unwrap_or_default()));
        self.calls.push(Call { time, process: line.process(), text });
        // Calls are told when they end, but some of them at their beginning.
        let at = self.calls.len() - 1;
        let place = self.calls[..at].partition_point(|known| known.time <= time);
        self.calls[place..].rotate_right(1);
    }
}

impl Line<'_> {
    fn process(&self) -> Process {
        Process { pid: self.pid, command: crate::safe::line(self.command) }
    }
}

impl Begun {
    /// The arguments, as a person would say them.
    fn told(&self) -> String {
        let argument = |place: usize| self.arguments.get(place).copied().unwrap_or(-1);
        let file = argument(0);
        let with = |more: Option<String>| match more {
            Some(more) => format!("{file}, {more}"),
            None => file.to_string(),
        };
        match self.name {
            "socket" => {
                let family = if file == i64::from(libc::AF_INET) { "AF_INET" } else { "AF_INET6" };
                let kind = match argument(1) & 0xf {
                    1 => "SOCK_STREAM",
                    2 => "SOCK_DGRAM",
                    3 => "SOCK_RAW",
                    _ => "?",
                };
                format!("{family}, {kind}")
            }
            "listen" => {
                let backlog = format!("backlog {}", argument(1));
                with(Some(self.address.map_or(backlog.clone(), |address| format!("{backlog}, {address}"))))
            }
            "connect" => with(self.address.map(|address| address.to_string())),
            "sendto" | "recvfrom" | "read" | "write" => with(Some(format!("{} bytes", argument(2)))),
            "shutdown" => {
                with(["SHUT_RD", "SHUT_WR", "SHUT_RDWR"].get(argument(1) as usize).map(ToString::to_string))
            }
            _ => with(None),
        }
    }
}

/// A number as the record writes it.
fn hex(text: &str) -> Option<i64> {
    u64::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok().map(|number| number as i64)
}

/// `COMMAND-THREAD (PID) [CPU] SECONDS.MICROSECONDS: TEXT`.
fn parse(line: &str) -> Option<Line<'_>> {
    let (who, rest) = line.split_once(") [")?;
    let (who, pid) = who.rsplit_once('(')?;
    let (command, thread) = who.trim().rsplit_once('-')?;
    let (when, text) = rest.split_once(": ")?;
    let (seconds, micros) = when.rsplit(' ').next()?.split_once('.')?;
    let thread = thread.parse().ok()?;
    let (seconds, micros) = (seconds.parse::<i64>().ok()?, micros.parse::<i64>().ok()?);
    let time = seconds.checked_mul(1_000_000_000)?.checked_add(micros.checked_mul(1000)?)?;
    // Of a thread that had ended when the line was written the process is not known.
    let pid = pid.trim().parse().unwrap_or(thread);
    Some(Line { command, thread, pid, time, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_with_arguments_results_and_times() {
        let mut calls = Calls::new(UNIX_EPOCH + std::time::Duration::from_secs(1000));
        let record = "\
           <...>-7 (      7) [000]   9.000000: tracing_mark_write: seqdump begins
         python3-8 (      8) [001]  10.000000: sys_socket(family: 2, type: 80001, protocol: 0)
         python3-8 (      8) [001]  10.000002: sys_socket -> 0x3
         python3-8 (      8) [001]  10.000010: sys_listen(fd: 3, backlog: 80)
         python3-8 (      8) [001]  10.000011: inet_sock_set_state: family=AF_INET protocol=IPPROTO_TCP sport=9000 dport=0 saddr=127.0.0.1 daddr=0.0.0.0 saddrv6=::ffff:127.0.0.1 daddrv6=::ffff:0.0.0.0 oldstate=TCP_CLOSE newstate=TCP_LISTEN
         python3-8 (      8) [001]  10.000012: sys_listen -> 0x0
         python3-9 (      8) [001]  10.000020: sys_accept4(fd: 3, upeer_sockaddr: 0, upeer_addrlen: 0, flags: 80000)
         python3-8 (      8) [000]  10.001000: sys_connect(fd: 5, uservaddr: 7ffe, addrlen: 10)
         python3-9 (      8) [001]  10.002020: sys_accept4 -> 0x4
         python3-8 (      8) [000]  10.003000: sys_connect -> 0xffffffffffffff91
         python3-8 (      8) [000]  10.004000: sys_read(fd: 1, buf: 7ffe, count: 10)
         python3-8 (      8) [000]  10.004001: sys_read -> 0x10
         python3-8 (      8) [001]  10.005000: inet_sock_set_state: family=AF_INET protocol=IPPROTO_TCP sport=5000 dport=9000 saddr=127.0.0.1 daddr=127.0.0.2 saddrv6=::ffff:127.0.0.1 daddrv6=::ffff:127.0.0.2 oldstate=TCP_ESTABLISHED newstate=TCP_FIN_WAIT1
CPU:1 [LOST 12 EVENTS]
no line at all";
        record.lines().for_each(|line| calls.hear(line));
        let told: Vec<&str> = calls.calls.iter().map(|call| call.text.as_str()).collect();
        let expected = [
            "socket(AF_INET, SOCK_STREAM) = 3",
            "listen(3, backlog 128, 127.0.0.1:9000) = 0",
            "connect(5) = ECONNREFUSED, after 2 ms",
            "accept4(3) = 4, after 2 ms",
        ];
        assert_eq!(told, expected);
        assert_eq!(calls.lost, 12);
        assert_eq!(calls.calls[0].time, Timestamp(1_001_000_002_000));
        let python = Process { pid: 8, command: "python3".to_owned() };
        assert_eq!(calls.calls[0].process, python);
        let end = |ip: &str, port| Endpoint { ip: ip.parse().unwrap(), port };
        assert_eq!(calls.sockets, [(python, end("127.0.0.1", 5000), end("127.0.0.2", 9000))]);
    }
}
