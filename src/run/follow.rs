//! Follows the calls of a command without root: it and its children are stopped at each, looked at, and go on
//! (ptrace(2)).
//!
//! Two errands that this program sends itself on do that. One becomes the command, once it is watched; the other
//! watches, says line by line what it sees, and ends with the command, which leaves those who remain to themselves.
//! Nothing is changed in them that could not be undone: there is no seccomp filter, which a program could never get
//! rid of again. Each call of it would fail once nobody watched, and it could never gain rights.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::ptrace;
use nix::sys::signal::{Signal, raise};
use nix::unistd::{Pid, setpgid};
use rustc_hash::{FxHashMap, FxHashSet};

use super::calls::{Asked, Kind, Teller, Told};
use super::tracee::{self, Entry};
use super::{BECOME, now, wire};
use crate::capture::process::Process;
use crate::event::Endpoint;

/// How long the one who is to become the command waits to be watched, and its watcher for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it is waited between two looks at whether those that were stopped may go on: ever longer, as long as
/// nothing else happens.
const WAITS: (Duration, Duration) = (Duration::from_micros(10), Duration::from_millis(10));
/// Sockets that are remembered.
const REMEMBERED: usize = 1 << 16;

/// Becomes a command in a process group, once somebody watches. Returns only where it cannot: with the system's number
/// of the reason.
pub(super) fn become_command(words: &[OsString]) -> u8 {
    let Some((group, [name, arguments @ ..])) = words.split_first() else { return Errno::EINVAL as u8 };
    // Where our file carries capabilities, nobody may look into us; the command has none of them.
    let _ = nix::sys::prctl::set_dumpable(true);
    let group = group.to_str().and_then(|group| group.parse().ok()).unwrap_or(0);
    let _ = setpgid(Pid::from_raw(0), Pid::from_raw(group));
    let begun = Instant::now();
    while !is_watched() {
        if begun.elapsed() > PATIENCE {
            return Errno::ETIMEDOUT as u8;
        }
        std::thread::sleep(Duration::from_micros(100));
    }
    // Does nothing but stop us, from where on our calls are seen.
    let _ = raise(Signal::SIGCONT);
    let failed = Command::new(name).args(arguments).exec();
    failed.raw_os_error().and_then(|number| u8::try_from(number).ok()).unwrap_or(Errno::EIO as u8)
}

fn is_watched() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().any(|line| line.strip_prefix("TracerPid:").is_some_and(|pid| pid.trim() != "0"))
}

/// Starts a command and says on standard output what it does; the exit status is the command's, 128 and the signal's
/// number where one ended it.
pub(super) fn follow(words: &[OsString]) -> u8 {
    match Follower::start(words) {
        Ok(mut follower) => follower.attend(),
        Err(cause) => {
            say(&wire::Message::Refused(cause.to_string()));
            0
        }
    }
}

/// Says something to who sent us; whether that still listens.
fn say(message: &wire::Message) -> bool {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", message.line()).and_then(|()| out.flush()).is_ok()
}

/// A thread that is watched.
struct Thread {
    process: i32,
    /// Whether it is in a call.
    inside: bool,
    /// The call, where it is one that is told.
    asked: Option<Asked>,
}

struct Follower {
    /// Who becomes the command.
    root: Pid,
    /// Whether it is about to: what it became before was this program.
    ready: bool,
    /// Whether it has.
    began: bool,
    teller: Teller,
    threads: FxHashMap<Pid, Thread>,
    /// Names of processes.
    names: FxHashMap<i32, Process>,
    /// Whether sockets are of the Internet, by their numbers.
    sockets: FxHashMap<u64, bool>,
    /// With whom sockets have spoken.
    met: FxHashSet<(u64, Endpoint)>,
    /// Threads that wait to be continued, and their processes.
    stopped: FxHashSet<(i32, Pid)>,
    /// Where each process has an instruction with which it calls.
    instructions: FxHashMap<i32, u64>,
}

impl Follower {
    fn start(words: &[OsString]) -> io::Result<Follower> {
        let output = io::stderr().as_fd().try_clone_to_owned()?;
        let mut command = Command::new("/proc/self/exe");
        let mut child = command.arg(BECOME).args(words).stdout(Stdio::from(output)).spawn()?;
        let root = Pid::from_raw(child.id() as i32);
        let begun = Instant::now();
        while let Err(cause) = ptrace::seize(root, tracee::OPTIONS) {
            if begun.elapsed() > PATIENCE / 5 {
                child.kill()?;
                child.wait()?;
                return Err(cause.into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(Follower {
            root,
            ready: false,
            began: false,
            teller: Teller::new(|told| say(&wire::Message::Told(told))),
            threads: FxHashMap::default(),
            names: FxHashMap::default(),
            sockets: FxHashMap::default(),
            met: FxHashSet::default(),
            stopped: FxHashSet::default(),
            instructions: FxHashMap::default(),
        })
    }

    /// Watches until the command has ended.
    fn attend(&mut self) -> u8 {
        let mut wait = WAITS.0;
        loop {
            let Some((thread, status)) = tracee::wait(None, self.stopped.is_empty()) else {
                if self.stopped.is_empty() {
                    return 0;
                }
                std::thread::sleep(wait);
                wait = WAITS.1.min(wait * 2);
                self.continue_where_asked();
                continue;
            };
            wait = WAITS.0;
            if status & 0xff == 0x7f {
                self.stop(thread, (status >> 8) & 0xff, status >> 16);
                continue;
            }
            self.forget(thread);
            if thread == self.root {
                let (code, signal) = ((status >> 8) & 0xff, status & 0x7f);
                if !self.began {
                    say(&wire::Message::Failed(code));
                }
                return if signal == 0 { code as u8 } else { 128 + signal as u8 };
            }
        }
    }

    /// A thread has stopped, for this signal or this event.
    fn stop(&mut self, thread: Pid, signal: i32, event: i32) {
        let process = self.thread(thread).process;
        match (event, signal) {
            (0, tracee::SYSCALL_STOP) => {
                if !self.call(thread) {
                    return;
                }
                tracee::go_on(thread, None);
            }
            (0, signal) => self.signal(thread, process, signal),
            (libc::PTRACE_EVENT_EXEC, _) => {
                self.executed(thread);
                tracee::go_on(thread, None);
            }
            (libc::PTRACE_EVENT_STOP, libc::SIGSTOP | libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU) => {
                self.stopped.insert((process, thread));
            }
            (libc::PTRACE_EVENT_STOP, _) => {
                self.resume(process);
                tracee::go_on(thread, None);
            }
            _ => tracee::go_on(thread, None),
        }
    }

    /// A signal is about to reach a thread.
    fn signal(&mut self, thread: Pid, process: i32, signal: i32) {
        if signal == libc::SIGCONT {
            self.ready |= thread == self.root;
            self.resume(process);
        }
        match Signal::try_from(signal) {
            Ok(signal) => tracee::go_on(thread, Some(signal)),
            Err(_) => {
                let instruction = self.instructions.get(&process).copied();
                let taken = instruction.map(|at| tracee::take(thread, process, signal, at));
                if taken.is_none() {
                    tracee::go_on(thread, None);
                }
                // Whatever it was in the middle of begins anew, or is over.
                self.threads.remove(&thread);
            }
        }
    }

    /// A thread begins or ends a call; whether it is still ours.
    fn call(&mut self, thread: Pid) -> bool {
        let now = now();
        let known = self.thread(thread);
        let (process, entry) = (known.process, if known.inside { None } else { Entry::of(thread) });
        known.inside = entry.is_some();
        let Some(entry) = entry else {
            if let Some(asked) = self.threads.get_mut(&thread).and_then(|known| known.asked.take()) {
                self.answered(thread, process, asked, now);
            }
            return true;
        };
        self.instructions.entry(process).or_insert(entry.instruction);
        if self.ready
            && let Some(command) = entry.privileged(thread)
        {
            self.begin(thread);
            self.teller.say(Told::Privileged(Process { pid: process as u32, command }));
            let _ = ptrace::detach(thread, None);
            self.forget(thread);
            return false;
        }
        if entry.number == libc::SYS_io_uring_setup {
            let name = self.name(process);
            self.teller.say(Told::Ring(name));
        }
        let asked =
            entry.name().filter(|_| self.began).and_then(|name| Asked::new(name, now, entry.arguments));
        let asked = asked.filter(|asked| self.is_told(process, asked)).map(|mut asked| {
            let [_, second, third, _, fifth, sixth] = asked.arguments;
            asked.address = match asked.name {
                "bind" | "connect" => tracee::address(thread, second, third),
                "sendto" => tracee::address(thread, fifth, sixth),
                "listen" => tracee::ends(process, asked.file()).0,
                _ => None,
            };
            asked
        });
        self.thread(thread).asked = asked;
        true
    }

    /// Whether a call is about Internet sockets.
    fn is_told(&mut self, process: i32, asked: &Asked) -> bool {
        match (asked.kind, asked.name) {
            (Kind::Waits, _) => true,
            (_, "socket") => [libc::AF_INET, libc::AF_INET6].map(i64::from).contains(&asked.file()),
            _ => {
                let Some(inode) = tracee::inode(process, asked.file()) else { return false };
                if self.sockets.len() > REMEMBERED {
                    self.sockets.clear();
                }
                *self.sockets.entry(inode).or_insert_with(|| tracee::is_internet(process, asked.file()))
            }
        }
    }

    /// A call has returned.
    fn answered(&mut self, thread: Pid, process: i32, mut asked: Asked, now: i64) {
        let Some(result) = tracee::result(thread) else { return };
        let name = self.name(process);
        match asked.name {
            "accept" | "accept4" if result >= 0 => {
                let (own, other) = tracee::ends(process, result);
                asked.from = other;
                self.has(&name, own, other);
            }
            "connect" if result == 0 || result == -i64::from(libc::EINPROGRESS) => {
                let (own, other) = tracee::ends(process, asked.file());
                self.has(&name, own, other.or(asked.address));
            }
            "recvfrom" if result >= 0 => {
                let [_, _, _, _, at, length] = asked.arguments;
                asked.from = tracee::address(thread, at, tracee::length(thread, length));
                self.meets(&name, asked.file(), asked.from);
            }
            "sendto" if result >= 0 => self.meets(&name, asked.file(), asked.address),
            _ => {}
        }
        self.teller.call(thread.as_raw() as u32, &name, &asked, now, result);
    }

    /// Tells, once, whose a socket is that speaks with whom it likes.
    fn meets(&mut self, process: &Process, file: i64, other: Option<Endpoint>) {
        let pid = process.pid as i32;
        let Some((inode, other)) = tracee::inode(pid, file).zip(other) else { return };
        if self.met.len() > REMEMBERED {
            self.met.clear();
        }
        if self.met.insert((inode, other)) {
            self.has(process, tracee::ends(pid, file).0, Some(other));
        }
    }

    /// Tells whose a socket is.
    fn has(&mut self, process: &Process, own: Option<Endpoint>, other: Option<Endpoint>) {
        if let (Some(own), Some(other)) = (own, other) {
            self.teller.say(Told::Socket(process.clone(), own, other));
        }
    }

    /// A thread has become another program, and is the only one of its process by now.
    fn executed(&mut self, thread: Pid) {
        let process = thread.as_raw();
        self.threads.retain(|_, known| known.process != process);
        self.names.remove(&process);
        self.instructions.remove(&process);
        self.threads.insert(thread, Thread { process, inside: true, asked: None });
        self.begin(thread);
    }

    /// The command begins, if this is who becomes it.
    fn begin(&mut self, thread: Pid) {
        if thread == self.root && self.ready && !self.began {
            self.began = true;
            say(&wire::Message::Began(thread.as_raw()));
        }
    }

    /// Lets those go on that were stopped and have been sent SIGCONT. Who is stopped under a watcher is not woken by
    /// it; it waits among the signals to come.
    fn continue_where_asked(&mut self) {
        let asked: Vec<i32> = self
            .stopped
            .iter()
            .filter(|(_, thread)| is_pending(*thread))
            .map(|(process, _)| *process)
            .collect();
        asked.into_iter().for_each(|process| self.resume(process));
    }

    fn resume(&mut self, process: i32) {
        self.stopped.retain(|&(of, thread)| {
            if of == process {
                tracee::go_on(thread, None);
            }
            of != process
        });
    }

    fn thread(&mut self, thread: Pid) -> &mut Thread {
        self.threads.entry(thread).or_insert_with(|| Thread {
            process: status(thread, "Tgid:").and_then(|text| text.parse().ok()).unwrap_or(thread.as_raw()),
            inside: false,
            asked: None,
        })
    }

    /// What a process is called.
    fn name(&mut self, process: i32) -> Process {
        let known = self.names.entry(process).or_insert_with(|| {
            let command = fs::read(format!("/proc/{process}/comm")).unwrap_or_default();
            let command = crate::safe::line(String::from_utf8_lossy(&command).trim_end());
            Process { pid: process as u32, command }
        });
        known.clone()
    }

    fn forget(&mut self, thread: Pid) {
        self.threads.remove(&thread);
        self.teller.forget(thread.as_raw() as u32);
        self.names.remove(&thread.as_raw());
        self.instructions.remove(&thread.as_raw());
        self.stopped.retain(|(_, stopped)| *stopped != thread);
    }
}

/// Whether SIGCONT waits for a thread or its process (proc_pid_status(5)).
fn is_pending(thread: Pid) -> bool {
    let bit = 1_u64 << (libc::SIGCONT - 1);
    ["SigPnd:", "ShdPnd:"].iter().any(|field| {
        let set = status(thread, field).and_then(|text| u64::from_str_radix(&text, 16).ok());
        set.is_some_and(|set| set & bit != 0)
    })
}

/// A field of what the system says of a thread.
fn status(thread: Pid, field: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{thread}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix(field)).map(|text| text.trim().to_owned())
}
