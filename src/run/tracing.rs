//! The kernel's own record of socket calls: an instance of tracefs that follows the command and its children.
//!
//! It needs root while it is set up; what was opened then is read on after root was given up. A helper that still has
//! root removes the instance as soon as this program is gone, however it goes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use nix::unistd::{Uid, gettid};

use super::calls::{CALLS, Teller, Told};
use super::record::Record;
use crate::error::Error;

/// Kibibytes of each processor's buffer.
const BUFFER: &str = "4096";
/// How long the buffers are left alone.
const PATIENCE: Duration = Duration::from_millis(5);
/// What is written into the record to learn how its clock goes.
pub(super) const MARK: &str = "seqdump begins";

/// A record of calls that has begun.
pub struct Tracing {
    pids: File,
    over: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
    _helper: Helper,
}

impl Tracing {
    /// Begins to record whose sockets are, and with `calls` the socket calls too; nobody is followed yet.
    ///
    /// # Errors
    /// What is missing: root, or a tracefs that can be used.
    pub fn begin(calls: bool, told: Sender<Told>) -> io::Result<Tracing> {
        if !Uid::effective().is_root() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let (root, mounted) = tracefs()?;
        let instance = root.join(format!("instances/seqdump-{}", process::id()));
        let helper = Helper::start(&instance, mounted.as_deref())?;
        fs::create_dir(&instance)?;
        let put = |name: &str, text: &str| {
            let told = |cause: io::Error| io::Error::new(cause.kind(), format!("{name}: {cause}"));
            OpenOptions::new()
                .write(true)
                .open(instance.join(name))
                .and_then(|mut file| file.write_all(text.as_bytes()))
                .map_err(told)
        };
        put("buffer_size_kb", BUFFER)?;
        put("trace_clock", "mono")?;
        put("options/event-fork", "1")?;
        put("options/record-tgid", "1")?;
        put("options/irq-info", "0")?;
        let pids = OpenOptions::new().write(true).open(instance.join("set_event_pid"))?;
        // An empty list would mean everybody: no process has this number (proc_sys_kernel(5), pid_max).
        (&pids).write_all(b"4194304")?;
        let names = CALLS.iter().map(|(name, _)| *name).chain(["io_uring_setup"]);
        for name in names.filter(|_| calls) {
            // Not every machine has every call.
            let _ = put(&format!("events/syscalls/sys_enter_{name}/enable"), "1");
            let _ = put(&format!("events/syscalls/sys_exit_{name}/enable"), "1");
        }
        put("events/sock/inet_sock_set_state/enable", "1")?;
        let nonblocking = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).clone();
        let pipe = nonblocking.open(instance.join("trace_pipe"))?;
        let before = SystemTime::now();
        put("trace_marker", MARK)?;
        let marked = before + before.elapsed().unwrap_or_default() / 2;
        let over = Arc::new(AtomicBool::new(false));
        let ended = over.clone();
        let reader = std::thread::spawn(move || {
            let teller = Teller::new(move |what| told.send(what).is_ok());
            read(pipe, Record::new(teller, marked), &ended);
        });
        Ok(Tracing { pids, over, reader: Some(reader), _helper: helper })
    }

    /// Follows what this thread does from now on, and all who descend from it.
    ///
    /// # Errors
    /// [`Error::Usage`] where the kernel refuses.
    pub fn follow(&self) -> Result<(), Error> {
        let refused = |cause| Error::Usage(format!("--calls cannot follow the program: {cause}"));
        (&self.pids).write_all(gettid().to_string().as_bytes()).map_err(refused)
    }

    /// Ends the record once it is read.
    pub fn finish(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(Err(panic)) = self.reader.take().map(JoinHandle::join) {
            std::panic::resume_unwind(panic);
        }
    }
}

impl Drop for Tracing {
    /// The instance can be removed only when nobody reads it.
    fn drop(&mut self) {
        self.end();
    }
}

/// Where tracefs is; and, where it had to be mounted for this, the folder.
fn tracefs() -> io::Result<(PathBuf, Option<PathBuf>)> {
    for known in ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"] {
        if Path::new(known).join("instances").is_dir() {
            return Ok((PathBuf::from(known), None));
        }
    }
    let folder = tempfile::Builder::new().prefix("seqdump-tracing-").tempdir()?;
    let mount = Command::new("mount").args(["-t", "tracefs", "nodev"]).arg(folder.path()).output()?;
    if !mount.status.success() {
        let said = crate::safe::line(String::from_utf8_lossy(&mount.stderr).trim());
        return Err(io::Error::other(format!("it cannot be mounted: {said}")));
    }
    let folder = folder.keep();
    Ok((folder.clone(), Some(folder)))
}

/// Waits until this program is gone or done with the instance, then removes what was made; it keeps root for that.
struct Helper(process::Child);

impl Helper {
    fn start(instance: &Path, mounted: Option<&Path>) -> io::Result<Helper> {
        const SCRIPT: &str = "cat > /dev/null
            for try in 1 2 3 4 5 6 7 8 9 10; do rmdir \"$1\" && break; sleep 0.1; done
            if [ -n \"$2\" ]; then umount \"$2\" && rmdir \"$2\"; fi";
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "seqdump"]).arg(instance).arg(mounted.unwrap_or(Path::new("")));
        // What the terminal sends to this program is not for it.
        command.process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map(Helper)
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        // The end of its input is the sign.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Reads the record until it is over and empty.
fn read(mut pipe: File, mut record: Record, over: &AtomicBool) {
    let mut held = Vec::new();
    let mut room = vec![0; 1 << 16];
    loop {
        // Asked before the reading, so that what came before the end is read.
        let last = over.load(Ordering::Relaxed);
        match pipe.read(&mut room) {
            Ok(count) if count > 0 => {
                held.extend_from_slice(&room[..count]);
                let Some(end) = held.iter().rposition(|byte| *byte == b'\n') else { continue };
                String::from_utf8_lossy(&held[..end]).lines().for_each(|line| record.hear(line));
                held.drain(..=end);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            _ if last => return,
            _ => std::thread::sleep(PATIENCE),
        }
    }
}
