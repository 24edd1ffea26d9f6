//! The command: how it is started, asked for its keys, signalled, and what became of it.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, User};

use super::{Told, Tracing};
use crate::capture::{About, Next, Source, privilege};
use crate::error::Error;

/// How long the command's last packets may take to come.
const DRAIN: Duration = Duration::from_millis(150);

/// Where TLS libraries write their keys: a private file that vanishes with the program, or the one that the user has
/// asked for anyway.
pub struct Keys {
    path: PathBuf,
    /// What stood in the user's own file before.
    before: u64,
    _folder: Option<tempfile::TempDir>,
}

impl Keys {
    /// Makes the file, which only this user can read.
    ///
    /// # Errors
    /// [`Error::Write`] where it cannot be made.
    pub fn new() -> Result<Keys, Error> {
        if let Some(path) = std::env::var_os("SSLKEYLOGFILE").filter(|path| !path.is_empty()) {
            let path = PathBuf::from(path);
            let before = path.metadata().map_or(0, |about| about.len());
            return Ok(Keys { path, before, _folder: None });
        }
        let wrong = |cause| Error::Write { what: "a temporary file for TLS keys".to_owned(), cause };
        let folder = tempfile::Builder::new().prefix("seqdump-").tempdir().map_err(wrong)?;
        let path = folder.path().join("keys");
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600).open(&path).map_err(wrong)?;
        Ok(Keys { path, before: 0, _folder: Some(folder) })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The lines that the command has written.
    pub fn lines(&self) -> Vec<u8> {
        let mut all = std::fs::read(&self.path).unwrap_or_default();
        all.split_off((self.before as usize).min(all.len()))
    }
}

/// How a command's calls are recorded.
pub enum Record<'a> {
    /// Not at all.
    None,
    /// By the kernel.
    Kernel(&'a Tracing),
    /// By whoever stops it at each, and tells them here.
    Stops(Sender<Told>),
}

/// A command that runs.
pub struct Child {
    pid: Pid,
    /// When it had been waited for, in nanoseconds since 1970: its number may be another's then. Before, the end of time.
    ended: Arc<AtomicI64>,
    waiter: JoinHandle<io::Result<ExitStatus>>,
}

impl Child {
    /// Starts a command, recorded from its first call on. What it says goes to a file, else to standard error.
    ///
    /// # Errors
    /// [`Error::Usage`] where it cannot be started, [`Error::Write`] where the file cannot be made.
    pub fn start(
        words: &[OsString],
        keys: &Keys,
        output: Option<&Path>,
        record: Record<'_>,
    ) -> Result<Child, Error> {
        let (name, arguments) =
            words.split_first().ok_or_else(|| Error::Usage("there is no command to run".to_owned()))?;
        // Whoever leaves the command's family stays in ours, so that its connections can still be told.
        #[cfg(target_os = "linux")]
        let _ = nix::sys::prctl::set_child_subreaper(true);
        let said = match output {
            Some(path) => Some(privilege::create(path)?.into()),
            None => None,
        };
        let error = || io::stderr().as_fd().try_clone_to_owned().map_err(|cause| failed(name, &cause));
        let mut command = Command::new(name);
        command.args(arguments);
        if let Record::Stops(_) = record {
            command = stops::watcher(words);
        }
        let said: OwnedFd = said.map_or_else(error, Ok)?;
        let copy = said.try_clone().map_err(|cause| failed(name, &cause))?;
        command.stderr(Stdio::from(said));
        command.env("SSLKEYLOGFILE", keys.path()).env("NODE_OPTIONS", node_options(keys.path()));
        command.envs(surroundings());
        match record {
            Record::None => Child::spawn(command.stdout(Stdio::from(copy)), name, None),
            Record::Kernel(tracing) => Child::spawn(command.stdout(Stdio::from(copy)), name, Some(tracing)),
            // What it says on standard output goes where its errors go.
            Record::Stops(told) => stops::start(command, name, told),
        }
    }

    fn spawn(command: &mut Command, name: &OsStr, tracing: Option<&Tracing>) -> Result<Child, Error> {
        // Who is followed is the thread that starts it, which does nothing else and is gone then.
        let spawn = || {
            tracing.map_or(Ok(()), Tracing::follow)?;
            command.spawn().map_err(|cause| failed(name, &cause))
        };
        let spawned = std::thread::scope(|scope| scope.spawn(spawn).join());
        let child = spawned.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        let pid = Pid::from_raw(child.id() as i32);
        Ok(Child::of(pid, child, || {}))
    }

    /// A command that runs as `pid`; `process` ends with it, and `then` waits for what it still has to say.
    fn of(pid: Pid, mut process: process::Child, then: impl FnOnce() + Send + 'static) -> Child {
        let ended = Arc::new(AtomicI64::new(i64::MAX));
        let end = ended.clone();
        let waiter = std::thread::spawn(move || {
            let status = process.wait();
            end.store(super::now(), Ordering::Relaxed);
            then();
            std::thread::sleep(DRAIN);
            status
        });
        Child { pid, ended, waiter }
    }

    /// Whether it has ended, and what it sent has had the time to come.
    pub fn is_over(&self) -> bool {
        self.waiter.is_finished()
    }

    /// A source that ends with the last that the command may have sent.
    pub fn window(&self, source: Box<dyn Source>) -> Window {
        Window { source, ended: self.ended.clone(), reached: Arc::default() }
    }

    /// A handle with which the command is signalled, from any thread.
    pub fn signaller(&self) -> impl Fn(Signal) + Send + 'static {
        let (pid, ended) = (self.pid, self.ended.clone());
        move |signal| {
            if ended.load(Ordering::Relaxed) == i64::MAX {
                let _ = kill(pid, signal);
            }
        }
    }

    /// Waits for its end; the exit status of the program is that of the command, 128 and the signal's number where one
    /// ended it.
    ///
    /// # Errors
    /// [`Error::Usage`] where the system cannot tell.
    pub fn finish(self) -> Result<u8, Error> {
        let joined = self.waiter.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let status = joined.map_err(|cause| Error::Usage(format!("cannot wait for the command: {cause}")))?;
        let code = status.code().or(status.signal().map(|signal| 128 + signal));
        Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX))
    }
}

/// The frames of a source up to the end of a command.
pub struct Window {
    source: Box<dyn Source>,
    ended: Arc<AtomicI64>,
    reached: Arc<AtomicI64>,
}

impl Window {
    /// The time of the last frame, in nanoseconds since 1970, as it goes on.
    pub fn reached(&self) -> Arc<AtomicI64> {
        self.reached.clone()
    }
}

impl Source for Window {
    fn next(&mut self) -> Result<Next<'_>, Error> {
        let next = self.source.next()?;
        if let Next::Frame(frame) = &next {
            if frame.time.0 > self.ended.load(Ordering::Relaxed).saturating_add(DRAIN.as_nanos() as i64) {
                return Ok(Next::End { truncated: false });
            }
            self.reached.store(frame.time.0, Ordering::Relaxed);
        }
        Ok(next)
    }

    fn about(&self) -> About {
        self.source.about()
    }

    fn dropped(&mut self) -> Option<u64> {
        self.source.dropped()
    }
}

/// Why a command cannot be run.
fn failed(name: &OsStr, cause: &io::Error) -> Error {
    let name = crate::safe::line(&name.to_string_lossy());
    Error::Usage(match cause.kind() {
        io::ErrorKind::NotFound => format!("cannot run {name}: there is no such program"),
        _ => format!("cannot run {name}: {cause}"),
    })
}

/// `NODE_OPTIONS` as it is, and the word that makes node write its keys.
fn node_options(keys: &Path) -> OsString {
    let mut options = std::env::var_os("NODE_OPTIONS").unwrap_or_default();
    if !options.is_empty() {
        options.push(" ");
    }
    options.push("\"--tls-keylog=");
    options.push(keys);
    options.push("\"");
    options
}

/// What `sudo` changed in the environment and the user's programs expect: who they are.
fn surroundings() -> Vec<(&'static str, OsString)> {
    if std::env::var_os("SUDO_UID").is_none() || Uid::current().is_root() {
        return Vec::new();
    }
    let Some(user) = User::from_uid(Uid::current()).ok().flatten() else { return Vec::new() };
    vec![("HOME", user.dir.into()), ("USER", user.name.clone().into()), ("LOGNAME", user.name.into())]
}

/// A command that is stopped at its calls: by a process of ours between it and us.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod stops {
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::CommandExt;
    use std::sync::mpsc;

    use super::super::FOLLOW;
    use super::super::wire::Message;
    use super::*;

    /// Who becomes and who watches this command.
    pub(super) fn watcher(words: &[OsString]) -> Command {
        let mut command = Command::new("/proc/self/exe");
        // What a terminal sends is for the command, which comes back into our group.
        command.arg(FOLLOW).arg(nix::unistd::getpgrp().to_string()).args(words).process_group(0);
        command
    }

    pub(super) fn start(mut command: Command, name: &OsStr, told: Sender<Told>) -> Result<Child, Error> {
        let refused = |why: &str| {
            Error::Usage(format!(
                "--calls cannot stop {} at its calls: {why}; with sudo the kernel records them instead",
                crate::safe::line(&name.to_string_lossy())
            ))
        };
        let started = command.stdout(Stdio::piped()).spawn();
        let mut watcher = started.map_err(|cause| refused(&cause.to_string()))?;
        let lines = watcher.stdout.take().map(|pipe| BufReader::new(pipe).lines());
        let (first, begun) = mpsc::channel();
        let reader = std::thread::spawn(move || {
            for message in
                lines.into_iter().flatten().map_while(Result::ok).filter_map(|line| Message::parse(&line))
            {
                // Nobody listens any more where we are about to end.
                let _ = match message {
                    Message::Told(what) => told.send(what).map_err(drop),
                    other => first.send(other).map_err(drop),
                };
            }
        });
        let why = match begun.recv() {
            Ok(Message::Began(pid)) => {
                return Ok(Child::of(Pid::from_raw(pid), watcher, || drop(reader.join())));
            }
            Ok(Message::Failed(number)) => failed(name, &io::Error::from_raw_os_error(number)),
            Ok(Message::Refused(why)) => refused(&why),
            _ => refused("its watcher is gone"),
        };
        let _ = watcher.wait();
        Err(why)
    }
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
mod stops {
    use super::*;

    pub(super) fn watcher(_: &[OsString]) -> Command {
        Command::new("")
    }

    pub(super) fn start(_: Command, _: &OsStr, _: Sender<Told>) -> Result<Child, Error> {
        Err(Error::Usage("--calls needs root on this kind of machine; run it with sudo".to_owned()))
    }
}
