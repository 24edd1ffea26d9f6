//! The lines of the kernel's record, one by one: what each tells of calls and of sockets.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{SystemTime, UNIX_EPOCH};

use rustc_hash::FxHashMap;

use super::calls::{Asked, Teller, Told};
use super::tracing::MARK;
use crate::capture::process::{self, Process};
use crate::event::Endpoint;

/// What the record says in place of a command's name that the kernel does not know.
const NAMELESS: &str = "<...>";

/// Reads the record.
pub(super) struct Record {
    teller: Teller,
    marked: SystemTime,
    /// What each thread is in the middle of.
    begun: FxHashMap<u32, Asked>,
    /// Whether a file of a process is an Internet socket, where that is known.
    files: FxHashMap<(u32, i64), bool>,
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

impl Record {
    /// A record that was marked at that time.
    pub fn new(teller: Teller, marked: SystemTime) -> Record {
        Record { teller, marked, begun: FxHashMap::default(), files: FxHashMap::default() }
    }

    /// Takes a line of the record.
    pub fn hear(&mut self, line: &str) {
        if let Some((_, rest)) = line.split_once("[LOST ") {
            let lost = rest.split(' ').next().and_then(|count| count.parse().ok()).unwrap_or(1);
            self.teller.say(Told::Lost(lost));
            return;
        }
        let Some(line) = parse(line) else { return };
        if line.text.ends_with(MARK) {
            let marked = self.marked.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as i64;
            self.teller.offset = marked - line.time;
        } else if let Some(state) = line.text.strip_prefix("inet_sock_set_state: ") {
            self.state(&line, state);
        } else if let Some((name, result)) = line.text.split_once(" -> ") {
            self.end(&line, name, result);
        } else if let Some((name, arguments)) = line.text.split_once('(') {
            self.begin(&line, name, arguments);
        }
    }

    fn begin(&mut self, line: &Line<'_>, name: &str, told: &str) {
        let name = name.strip_prefix("sys_").unwrap_or(name);
        if name == "io_uring_setup" {
            self.teller.say(Told::Ring(line.process()));
            return;
        }
        let numbers = told.trim_end_matches(')').split(", ").map(|one| hex(one.split_once(": ")?.1));
        let mut arguments = [-1; 6];
        for (argument, number) in arguments.iter_mut().zip(numbers) {
            *argument = number.unwrap_or(-1);
        }
        if let Some(asked) = Asked::new(name, line.time, arguments) {
            self.begun.insert(line.thread, asked);
        }
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
                if let (Some(own), Some(other)) = (own, other) {
                    self.teller.say(Told::Socket(line.process(), own, other));
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, line: &Line<'_>, name: &str, result: &str) {
        let Some(asked) = self.begun.remove(&line.thread) else { return };
        let Some(result) = hex(result).filter(|_| name.strip_prefix("sys_") == Some(asked.name)) else {
            return;
        };
        if self.is_internet(line.pid, &asked, result) {
            self.teller.call(line.thread, &line.process(), &asked, line.time, result);
        }
    }

    /// Whether a call is about an Internet socket; remembers what it makes and what it takes away.
    fn is_internet(&mut self, pid: u32, asked: &Asked, result: i64) -> bool {
        if asked.kind == super::calls::Kind::Waits {
            return true;
        }
        if asked.name == "socket" {
            let internet = [i64::from(libc::AF_INET), i64::from(libc::AF_INET6)].contains(&asked.file());
            self.files.insert((pid, result), internet);
            return internet;
        }
        let file = (pid, asked.file());
        // A file that was inherited is a socket if it is used as one.
        let internet = self.files.get(&file).copied().unwrap_or(!asked.is_plain());
        if asked.name == "close" {
            self.files.remove(&file);
        } else if asked.name.starts_with("accept") && result >= 0 && internet {
            self.files.insert((pid, result), true);
        }
        internet
    }
}

impl Line<'_> {
    /// The kernel learns a command's name when the process is first switched away from; until then it runs, and is asked.
    fn process(&self) -> Process {
        let asked = (self.command == NAMELESS).then(|| process::named(self.pid)).flatten();
        asked.unwrap_or_else(|| Process { pid: self.pid, command: crate::safe::line(self.command) })
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
    use crate::frame::Timestamp;
    use crate::run::Calls;

    #[test]
    fn calls_are_told_with_arguments_results_and_times() {
        let (out, told) = std::sync::mpsc::channel();
        let teller = Teller::new(move |told| out.send(told).is_ok());
        let mut record = Record::new(teller, UNIX_EPOCH + std::time::Duration::from_secs(1000));
        let lines = "\
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
         python3-8 (      8) [001]  10.006000: sys_io_uring_setup(entries: 20, params: 7ffe)
CPU:1 [LOST 12 EVENTS]
no line at all";
        lines.lines().for_each(|line| record.hear(line));
        let mut calls = Calls::default();
        calls.drain(&told);
        let said: Vec<&str> = calls.calls.iter().map(|call| call.text.as_str()).collect();
        let expected = [
            "socket(AF_INET, SOCK_STREAM) = 3",
            "listen(3, backlog 128, 127.0.0.1:9000) = 0",
            "connect(5) = ECONNREFUSED, after 2 ms",
            "accept4(3) = 4, after 2 ms",
        ];
        assert_eq!(said, expected);
        assert_eq!(calls.lost, 12);
        assert_eq!(calls.calls[0].time, Timestamp(1_001_000_002_000));
        let python = Process { pid: 8, command: "python3".to_owned() };
        assert_eq!(calls.calls[0].process, python);
        assert_eq!(calls.remarks, [Told::Ring(python.clone())]);
        let end = |ip: &str, port| Endpoint { ip: ip.parse().unwrap(), port };
        assert_eq!(calls.sockets, [(python, end("127.0.0.1", 5000), end("127.0.0.2", 9000))]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_name_that_the_record_does_not_know_is_asked_for() {
        let own = std::process::id();
        let line = format!("<...>-{own} ({own:7}) [000]   9.000000: sys_close -> 0x0");
        let process = parse(&line).unwrap().process();
        assert_eq!(Some(process), process::named(own));
    }
}
