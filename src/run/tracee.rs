//! A thread that is stopped by ptrace(2): what it asks of the kernel, its memory, its sockets, and how it goes on.
//!
//! Registers are those of x86-64 (System V ABI, appendix A.2).

use std::fs;
use std::io::IoSliceMut;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use nix::sys::ptrace::{self, Options};
use nix::sys::signal::Signal;
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::{Pid, Uid};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, WaitOptions};
use socket2::{Domain, Socket};

use crate::event::Endpoint;

/// What is reported of those who are watched: their children, and that they become another program.
pub(super) const OPTIONS: Options = Options::PTRACE_O_TRACESYSGOOD
    .union(Options::PTRACE_O_TRACEFORK)
    .union(Options::PTRACE_O_TRACEVFORK)
    .union(Options::PTRACE_O_TRACECLONE)
    .union(Options::PTRACE_O_TRACEEXEC);

/// The numbers of the calls that are told (arch/x86/entry/syscalls/syscall_64.tbl).
const NUMBERS: &[(i64, &str)] = &[
    (libc::SYS_socket, "socket"),
    (libc::SYS_bind, "bind"),
    (libc::SYS_listen, "listen"),
    (libc::SYS_accept, "accept"),
    (libc::SYS_accept4, "accept4"),
    (libc::SYS_connect, "connect"),
    (libc::SYS_sendto, "sendto"),
    (libc::SYS_sendmsg, "sendmsg"),
    (libc::SYS_sendmmsg, "sendmmsg"),
    (libc::SYS_write, "write"),
    (libc::SYS_writev, "writev"),
    (libc::SYS_sendfile, "sendfile"),
    (libc::SYS_recvfrom, "recvfrom"),
    (libc::SYS_recvmsg, "recvmsg"),
    (libc::SYS_recvmmsg, "recvmmsg"),
    (libc::SYS_read, "read"),
    (libc::SYS_readv, "readv"),
    (libc::SYS_shutdown, "shutdown"),
    (libc::SYS_close, "close"),
    (libc::SYS_epoll_wait, "epoll_wait"),
    (libc::SYS_epoll_pwait, "epoll_pwait"),
    (libc::SYS_epoll_pwait2, "epoll_pwait2"),
    (libc::SYS_poll, "poll"),
    (libc::SYS_ppoll, "ppoll"),
    (libc::SYS_select, "select"),
    (libc::SYS_pselect6, "pselect6"),
];

/// Calls that take another signal mask while they wait.
const MASKED: &[i64] = &[
    libc::SYS_rt_sigsuspend,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
];

/// The code segment of a 64-bit program.
const LONG_MODE: u64 = 0x33;
/// Bytes of the instruction `syscall`.
const INSTRUCTION: u64 = 2;
/// What stops a thread at a call, with `PTRACE_O_TRACESYSGOOD`.
pub(super) const SYSCALL_STOP: i32 = libc::SIGTRAP | 0x80;
/// How long a thread is left to itself to take a signal.
const BREATH: Duration = Duration::from_micros(100);

/// A call that a thread is about to make.
pub(super) struct Entry {
    pub number: i64,
    pub arguments: [i64; 6],
    /// Where the instruction stands with which it calls.
    pub instruction: u64,
}

impl Entry {
    /// What a thread at the entry of a call asks; `None` where it is not at an entry, or is a 32-bit program's.
    pub fn of(thread: Pid) -> Option<Entry> {
        let regs = ptrace::getregs(thread).ok()?;
        if regs.rax as i64 != -i64::from(libc::ENOSYS) || regs.cs != LONG_MODE {
            return None;
        }
        let arguments = [regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9].map(|value| value as i64);
        let instruction = regs.rip.wrapping_sub(INSTRUCTION);
        Some(Entry { number: regs.orig_rax as i64, arguments, instruction })
    }

    /// The name of the call, where it is one that is told.
    pub fn name(&self) -> Option<&'static str> {
        NUMBERS.iter().find(|(number, _)| *number == self.number).map(|(_, name)| *name)
    }

    /// The name of the program that a thread becomes by this call, where it would have other rights than ours, by its
    /// mode or by capabilities in its file (capabilities(7)): the kernel denies it these while it is watched.
    pub fn privileged(&self, thread: Pid) -> Option<String> {
        let (folder, path) = match self.number {
            libc::SYS_execve => (libc::AT_FDCWD, self.arguments[0]),
            libc::SYS_execveat => (self.arguments[0] as i32, self.arguments[1]),
            _ => return None,
        };
        let path = read(thread, path, libc::PATH_MAX as usize);
        let path =
            String::from_utf8_lossy(path.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned();
        let base = match folder {
            _ if path.starts_with('/') => format!("/proc/{thread}/root"),
            libc::AT_FDCWD => format!("/proc/{thread}/cwd"),
            folder => format!("/proc/{thread}/fd/{folder}"),
        };
        let file =
            if path.is_empty() { base.into() } else { Path::new(&base).join(path.trim_start_matches('/')) };
        let about = fs::metadata(&file).ok()?;
        let other = about.mode() & 0o4000 != 0 && about.uid() != Uid::effective().as_raw();
        let group = about.mode() & 0o2010 == 0o2010 && about.gid() != nix::unistd::getegid().as_raw();
        let mut none: [u8; 0] = [];
        let gains = other || group || rustix::fs::getxattr(&file, "security.capability", &mut none).is_ok();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        gains.then(|| crate::safe::line(&name))
    }
}

/// What a thread at the exit of a call got from it.
pub(super) fn result(thread: Pid) -> Option<i64> {
    ptrace::getregs(thread).ok().map(|regs| regs.rax as i64)
}

/// Bytes of a thread's memory: as many as are there, at most `length`.
fn read(thread: Pid, address: i64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    // Not beyond the page, which may be the last one.
    let whole = length.min(4096 - (address as usize & 4095));
    let mut count = 0;
    for length in [length, whole] {
        let remote = [RemoteIoVec { base: address as usize, len: length }];
        count = process_vm_readv(thread, &mut [IoSliceMut::new(&mut bytes)], &remote).unwrap_or(0);
        if count > 0 {
            break;
        }
    }
    bytes.truncate(count);
    bytes
}

/// An Internet address that a thread has in its memory (ip(7), ipv6(7)).
pub(super) fn address(thread: Pid, at: i64, length: i64) -> Option<Endpoint> {
    let length = usize::try_from(length).ok()?.min(28);
    let bytes = if at == 0 || length < 8 { return None } else { read(thread, at, length) };
    let family = i32::from(u16::from_ne_bytes(bytes.get(..2)?.try_into().ok()?));
    let port = u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?);
    let ip = match family {
        libc::AF_INET => IpAddr::from(<[u8; 4]>::try_from(bytes.get(4..8)?).ok()?),
        libc::AF_INET6 => IpAddr::from(<[u8; 16]>::try_from(bytes.get(8..24)?).ok()?),
        _ => return None,
    };
    Some(Endpoint { ip: ip.to_canonical(), port })
}

/// The length that a thread was told of an address, where it asked for one.
pub(super) fn length(thread: Pid, at: i64) -> i64 {
    let bytes = if at == 0 { Vec::new() } else { read(thread, at, 4) };
    bytes.try_into().map_or(0, |bytes| i64::from(i32::from_ne_bytes(bytes)))
}

/// The number of the socket that a process has as this file; `None` where it is something else.
pub(super) fn inode(process: i32, file: i64) -> Option<u64> {
    let target = fs::read_link(format!("/proc/{process}/fd/{file}")).ok()?;
    target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// A second handle to a socket that a process has.
fn socket(process: i32, file: i64) -> Option<Socket> {
    let process =
        rustix::process::pidfd_open(rustix::process::Pid::from_raw(process)?, PidfdFlags::empty()).ok()?;
    let file = i32::try_from(file).ok()?;
    rustix::process::pidfd_getfd(process, file, PidfdGetfdFlags::empty()).ok().map(Socket::from)
}

/// Whether a socket that a process has is of the Internet.
pub(super) fn is_internet(process: i32, file: i64) -> bool {
    let domain = socket(process, file).and_then(|socket| socket.domain().ok());
    [Some(Domain::IPV4), Some(Domain::IPV6)].contains(&domain)
}

/// A socket's own end, and the other where it is connected.
pub(super) fn ends(process: i32, file: i64) -> (Option<Endpoint>, Option<Endpoint>) {
    let Some(socket) = socket(process, file) else { return (None, None) };
    let end = |address: SocketAddr| Endpoint { ip: address.ip().to_canonical(), port: address.port() };
    let own = socket.local_addr().ok().and_then(|address| address.as_socket()).map(end);
    (own, socket.peer_addr().ok().and_then(|address| address.as_socket()).map(end))
}

/// Waits until a thread stops or ends, this one or, without one, any; its number and the status as of wait(2).
/// `None` where there is none, or, without patience, where none has anything to tell.
pub(super) fn wait(thread: Option<Pid>, patient: bool) -> Option<(Pid, i32)> {
    let mut options = WaitOptions::from_bits_retain(libc::__WALL as u32);
    options.set(WaitOptions::NOHANG, !patient);
    let thread = thread.and_then(|thread| rustix::process::Pid::from_raw(thread.as_raw()));
    let waited = match thread {
        Some(thread) => rustix::process::waitpid(Some(thread), options),
        None => rustix::process::wait(options),
    };
    let (thread, status) = waited.ok()??;
    Some((Pid::from_raw(thread.as_raw_pid()), status.as_raw()))
}

/// Lets a thread go on to its next call, with a signal that it is to take.
pub(super) fn go_on(thread: Pid, signal: Option<Signal>) {
    // It may have been killed meanwhile, which its status will tell.
    let _ = ptrace::syscall(thread, signal);
}

/// Lets a thread take a signal that cannot be handed on, as it is a real-time signal and these have no name there: the
/// thread is made to send it to itself, and left alone while it takes it.
pub(super) fn take(thread: Pid, process: i32, signal: i32, instruction: u64) -> nix::Result<()> {
    let mut saved = ptrace::getregs(thread)?;
    let mut signals = vec![signal];
    while let Some(signal) = signals.pop() {
        let call = libc::user_regs_struct {
            rip: instruction,
            rax: libc::SYS_tgkill as u64,
            orig_rax: u64::MAX,
            rdi: process as u64,
            rsi: thread.as_raw() as u64,
            rdx: signal as u64,
            ..saved
        };
        ptrace::setregs(thread, call)?;
        let mut stops = 0;
        while stops < 2 {
            ptrace::syscall(thread, None)?;
            let (_, status) = wait(Some(thread), true).ok_or(nix::Error::ECHILD)?;
            match (status >> 8) & 0xff {
                _ if status & 0xff != 0x7f => return Err(nix::Error::ESRCH),
                SYSCALL_STOP => stops += 1,
                // What comes meanwhile is sent again after it.
                other if status >> 16 == 0 => signals.push(other),
                _ => {}
            }
        }
    }
    // A call that waits under another mask has its own back by now, and begins again.
    if MASKED.contains(&(saved.orig_rax as i64)) {
        (saved.rax, saved.orig_rax, saved.rip) = (saved.orig_rax, u64::MAX, saved.rip - INSTRUCTION);
    }
    ptrace::setregs(thread, saved)?;
    ptrace::detach(thread, None)?;
    std::thread::sleep(BREATH);
    ptrace::seize(thread, OPTIONS)?;
    ptrace::interrupt(thread)
}
