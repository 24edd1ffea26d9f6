//! Filters system calls (seccomp): the ones below are done, all others fail with `EPERM`.
//!
//! They fail, and nobody is killed: a call that a C library makes one day and that is missing here costs what hung on
//! it, not the capture.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

/// Calls for which it does not matter what they are given: files (which Landlock keeps apart) and pipes, memory, time,
/// waiting, signals, threads, and who and where the program is.
const FREELY: &[c_long] = &[
    // Files that are open, and opening some.
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_preadv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_pwrite64,
    libc::SYS_pwritev,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_fstatfs,
    libc::SYS_openat,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_getcwd,
    libc::SYS_getdents64,
    libc::SYS_fcntl,
    libc::SYS_flock,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_fchmod,
    libc::SYS_fchown,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_pipe2,
    libc::SYS_eventfd2,
    libc::SYS_recvfrom,
    // Memory.
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_membarrier,
    // Time and waiting.
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_restart_syscall,
    // Signals.
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_sigaltstack,
    // Threads.
    libc::SYS_clone,
    libc::SYS_clone3,
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_get_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_rseq,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_exit,
    libc::SYS_exit_group,
    // Who and where.
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_getppid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getgroups,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_getrandom,
    // A thread that reads is confined further.
    libc::SYS_landlock_create_ruleset,
    libc::SYS_landlock_add_rule,
    libc::SYS_landlock_restrict_self,
    libc::SYS_seccomp,
];

/// The older names of some of them, which newer architectures no longer have.
#[cfg(target_arch = "x86_64")]
const OLDER: &[c_long] = &[
    libc::SYS_open,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_dup2,
    libc::SYS_pipe,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_epoll_wait,
    libc::SYS_time,
    libc::SYS_getrlimit,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[c_long] = &[];

/// What a terminal is asked and told: its size, its mode, whose it is; not what would type into it (`TIOCSTI`).
const TERMINAL: &[u64] = &[
    libc::TCGETS,
    libc::TCSETS,
    libc::TCSETSW,
    libc::TCSETSF,
    libc::TCGETS2,
    libc::TCSETS2,
    libc::TCSETSW2,
    libc::TCSETSF2,
    libc::TIOCGWINSZ,
    libc::TIOCGPGRP,
    libc::FIONREAD,
    libc::FIONBIO,
    libc::FIOCLEX,
];

/// What an interface is asked.
const INTERFACE: &[u64] = &[
    libc::SIOCGIFNAME,
    libc::SIOCGIFFLAGS,
    libc::SIOCGIFADDR,
    libc::SIOCGIFMTU,
    libc::SIOCGIFHWADDR,
    libc::SIOCGIFINDEX,
];

/// Calls of a capture on its sockets, whatever they are given. None of them reaches another program.
const CAPTURING: &[c_long] =
    &[libc::SYS_recvmsg, libc::SYS_getsockopt, libc::SYS_setsockopt, libc::SYS_getsockname, libc::SYS_bind];

/// Calls of a screen that saves: it makes the folder of its configuration, and takes back a file that it cannot fill.
const SAVING: &[c_long] = &[libc::SYS_mkdirat, libc::SYS_unlinkat, libc::SYS_fchownat];

/// The older names of those.
#[cfg(target_arch = "x86_64")]
const OLDER_SAVING: &[c_long] = &[libc::SYS_mkdir, libc::SYS_unlink, libc::SYS_lchown];
#[cfg(not(target_arch = "x86_64"))]
const OLDER_SAVING: &[c_long] = &[];

/// Calls of who puts a file in another's place.
const REPLACING: &[c_long] = &[libc::SYS_renameat2];

/// The older names of it.
#[cfg(target_arch = "x86_64")]
const OLDER_REPLACING: &[c_long] = &[libc::SYS_rename, libc::SYS_renameat];
#[cfg(not(target_arch = "x86_64"))]
const OLDER_REPLACING: &[c_long] = &[];

/// Calls of who talks, besides [`CAPTURING`].
const TALKING: &[c_long] =
    &[libc::SYS_connect, libc::SYS_accept4, libc::SYS_getpeername, libc::SYS_sendmsg, libc::SYS_shutdown];

/// What asks in a call that opens a file for more than reading it.
const CHANGING: u64 = (libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC | libc::O_APPEND) as u64;

/// The first bit of the memory that a call asks for which lets it be run as a program.
const EXECUTABLE: u64 = libc::PROT_EXEC as u64;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// What a thread does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// It reads packets of files.
    Reading,
    /// It reads packets of interfaces.
    Capturing,
    /// It shows them and makes files; those that it starts may capture.
    Screen { live: bool },
    /// It asks whose sockets are: it opens files to read them alone.
    Asking,
    /// It makes a file and puts it in another's place.
    Replacing,
    /// It talks over sockets of its own.
    Talking,
}

/// From now on this thread, and those that it starts, make only the calls that are needed for this. False where the
/// system cannot.
pub(super) fn only_needed(work: Work) -> bool {
    program(work).is_ok_and(|program| seccompiler::apply_filter(&program).is_ok())
}

fn program(work: Work) -> Result<BpfProgram, BackendError> {
    let mut rules: Rules = FREELY.iter().chain(OLDER).map(|&call| (call, Vec::new())).collect();
    let mut freely = |calls: &[&[c_long]]| {
        rules.extend(calls.iter().copied().flatten().map(|&call| (call, Vec::new())));
    };
    let live = matches!(work, Work::Capturing | Work::Screen { live: true });
    match work {
        Work::Reading | Work::Capturing => {}
        Work::Screen { .. } => freely(&[SAVING, OLDER_SAVING]),
        Work::Replacing => freely(&[SAVING, OLDER_SAVING, REPLACING, OLDER_REPLACING]),
        Work::Talking => freely(&[TALKING, CAPTURING]),
        Work::Asking => {
            let read_only = |flags| Ok(vec![SeccompRule::new(vec![masked(flags, CHANGING, 0)?])?]);
            rules.insert(libc::SYS_openat, read_only(2)?);
            #[cfg(target_arch = "x86_64")]
            rules.insert(libc::SYS_open, read_only(1)?);
        }
    }
    let memory = || Ok(vec![SeccompRule::new(vec![masked(2, EXECUTABLE, 0)?])?]);
    rules.insert(libc::SYS_mmap, memory()?);
    rules.insert(libc::SYS_mprotect, memory()?);
    rules.insert(libc::SYS_tgkill, vec![SeccompRule::new(vec![equal(0, std::process::id().into())?])?]);
    // To stop when the user says so, and for what the library asks of threads.
    rules.insert(libc::SYS_kill, vec![SeccompRule::new(vec![equal(0, std::process::id().into())?])?]);
    let own =
        [libc::PR_SET_NO_NEW_PRIVS, libc::PR_SET_SECCOMP, libc::PR_SET_NAME, libc::PR_GET_NAME, PR_SET_VMA];
    rules.insert(libc::SYS_prctl, any_of(0, own.map(|option| option as u64))?);
    // Limits are asked, none is set.
    rules.insert(libc::SYS_prlimit64, vec![SeccompRule::new(vec![equal_long(2, 0)?])?]);
    rules.insert(libc::SYS_socketpair, any_of(0, [libc::AF_UNIX as u64])?);
    // To nobody but the other end of what is connected already: how a signal's handler wakes the program.
    let mut to = vec![0];
    let asked = TERMINAL.iter().chain(if live { INTERFACE } else { &[] });
    rules.insert(libc::SYS_ioctl, any_of(1, asked.copied())?);
    if live {
        rules.extend(CAPTURING.iter().map(|&call| (call, Vec::new())));
        rules.insert(libc::SYS_socket, any_of(0, [libc::AF_NETLINK as u64])?);
        // The kernel is asked for the interfaces; no address of another kind is as short.
        to.push(size_of::<libc::sockaddr_nl>() as u64);
    }
    rules.insert(libc::SYS_sendto, any_of(5, to)?);
    if work == Work::Talking {
        rules.insert(libc::SYS_sendto, Vec::new());
        rules.insert(libc::SYS_socket, any_of(0, [libc::AF_INET as u64, libc::AF_INET6 as u64])?);
    }
    let refused = SeccompAction::Errno(libc::EPERM as u32);
    let arch = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(rules, refused, SeccompAction::Allow, arch)?.try_into()
}

/// Names memory, which newer C libraries do.
const PR_SET_VMA: i32 = 0x5356_4d41;

/// The argument is one of these numbers.
fn any_of(argument: u8, values: impl IntoIterator<Item = u64>) -> Result<Vec<SeccompRule>, BackendError> {
    values.into_iter().map(|value| SeccompRule::new(vec![equal(argument, value)?])).collect()
}

fn equal(argument: u8, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
}

fn equal_long(argument: u8, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, value)
}

fn masked(argument: u8, mask: u64, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(mask), value)
}
