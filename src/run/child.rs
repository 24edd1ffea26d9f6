//! The command: how it is started, asked for its keys, signalled, and what became of it.

use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, User};

use super::Tracing;
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

/// A command that runs.
pub struct Child {
    pid: Pid,
    /// Whether it was waited for: its number may be another's then.
    over: Arc<AtomicBool>,
    waiter: JoinHandle<io::Result<ExitStatus>>,
}

impl Child {
    /// Starts a command with what it says on standard error. With `tracing` it is recorded from its first call on.
    ///
    /// # Errors
    /// [`Error::Usage`] where it cannot be started.
    pub fn start(words: &[OsString], keys: &Keys, tracing: Option<&Tracing>) -> Result<Child, Error> {
        let (name, arguments) =
            words.split_first().ok_or_else(|| Error::Usage("there is no command to run".to_owned()))?;
        let failed = |cause: io::Error| {
            let name = crate::safe::line(&name.to_string_lossy());
            Error::Usage(match cause.kind() {
                io::ErrorKind::NotFound => format!("cannot run {name}: there is no such program"),
                _ => format!("cannot run {name}: {cause}"),
            })
        };
        let error = io::stderr().as_fd().try_clone_to_owned().map_err(failed)?;
        // Whoever leaves the command's family stays in ours, so that its connections can still be told.
        #[cfg(target_os = "linux")]
        let _ = nix::sys::prctl::set_child_subreaper(true);
        let mut command = Command::new(name);
        command.args(arguments).stdout(Stdio::from(error));
        command.env("SSLKEYLOGFILE", keys.path()).env("NODE_OPTIONS", node_options(keys.path()));
        for (name, value) in surroundings() {
            command.env(name, value);
        }
        // Who is followed is the thread that starts it, which does nothing else and is gone then.
        let spawn = || {
            tracing.map_or(Ok(()), Tracing::follow)?;
            command.spawn().map_err(failed)
        };
        let spawned = std::thread::scope(|scope| scope.spawn(spawn).join());
        let mut child = spawned.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        let pid = Pid::from_raw(child.id() as i32);
        let over = Arc::new(AtomicBool::new(false));
        let ended = over.clone();
        let waiter = std::thread::spawn(move || {
            let status = child.wait();
            ended.store(true, Ordering::Relaxed);
            std::thread::sleep(DRAIN);
            status
        });
        Ok(Child { pid, over, waiter })
    }

    /// Whether it has ended, and what it sent has had the time to come.
    pub fn is_over(&self) -> bool {
        self.waiter.is_finished()
    }

    /// A handle with which the command is signalled, from any thread.
    pub fn signaller(&self) -> impl Fn(Signal) + Send + 'static {
        let (pid, over) = (self.pid, self.over.clone());
        move |signal| {
            if !over.load(Ordering::Relaxed) {
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
