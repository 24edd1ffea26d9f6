//! Confines the program to what it still needs, once its inputs and outputs are open.
//!
//! What a parser can be talked into, it can do only with what is still allowed: no other file is opened, none is made,
//! no program is run, no socket is connected. Files are Landlock's (Linux 5.13), which keeps them apart by thread; calls
//! are seccomp's. Where the kernel lacks either the program goes on without, and says so in `--version`.

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod files;

use std::path::{Path, PathBuf};

use crate::error::Error;

/// How far the system confines this thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confined {
    /// Files and connections, by Landlock.
    pub files: Extent,
    /// Whether system calls are filtered.
    pub calls: bool,
}

/// How much of what was asked for the kernel knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All.
    Full,
    /// Some.
    Part,
    /// Nothing.
    Not,
}

/// What the system must let a live capture read: libpcap counts drops there.
const COUNTERS: [&str; 3] = ["/sys/class/net", "/sys/devices", "/proc/net"];

/// What a thread that reads still needs besides what is open.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// Key logs, and whatever comes to lie beside them (a log may be exchanged).
    pub keylogs: Vec<PathBuf>,
    /// Whether it captures on interfaces.
    pub live: bool,
}

/// Confines this thread, and those that it starts, for good: of all files only what it [`Needs`] can be opened, to be
/// read. Files that are open stay so.
///
/// # Errors
/// [`Error::Usage`] where the system says that it can and then refuses.
pub fn confine(needs: &Needs) -> Result<Confined, Error> {
    system::confine(needs)
}

/// Confines this thread, and those that it starts, to no programs and no connections; files can be opened and made, for
/// a screen that saves them where the user asks.
///
/// # Errors
/// [`Error::Usage`] where the system says that it can and then refuses.
pub fn confine_screen(live: bool) -> Result<Confined, Error> {
    system::confine_screen(live)
}

/// Confines this thread, and those that it starts, to the terminal: no other file is opened.
///
/// # Errors
/// [`Error::Usage`] where the system says that it can and then refuses.
pub fn confine_to_terminal() -> Result<Confined, Error> {
    system::confine_to_terminal()
}

/// Confines this thread, and those that it starts, to making and filling files: none is read but `own`, no program run,
/// no socket connected.
///
/// # Errors
/// [`Error::Usage`] where the system says that it can and then refuses.
pub fn confine_to_making(own: Option<&Path>) -> Result<Confined, Error> {
    system::confine_to_making(own)
}

/// Confines this thread, and those that it starts, to the files that lie where this one does, which it may replace.
///
/// # Errors
/// [`Error::Usage`] where the system says that it can and then refuses.
pub fn confine_beside(path: &Path) -> Result<Confined, Error> {
    system::confine_beside(path)
}

/// Confines this thread, and those that it starts, to asking whose sockets are: files are opened to be read alone, no
/// program is run, no socket made. Which files they are cannot be confined: Landlock hides from whoever is confined
/// what other processes have open (`ptrace(2)`, access mode checking), which is just what is asked for.
///
/// # Errors
/// None so far.
pub fn confine_to_asking() -> Result<Confined, Error> {
    system::confine_to_asking()
}

/// Confines this thread, and those that it starts, to talking with these ports: no file is opened, no program run.
///
/// # Errors
/// [`Error::Usage`] where the system says that it can and then refuses.
pub fn confine_to_talking(ports: &[u16]) -> Result<Confined, Error> {
    system::confine_to_talking(ports)
}

/// The files and folders that are read.
#[cfg(target_os = "linux")]
fn readable(needs: &Needs) -> Vec<PathBuf> {
    let folders = needs.keylogs.iter().filter_map(|path| folder_of(path));
    let counters = COUNTERS.iter().filter(|_| needs.live).map(PathBuf::from);
    needs.keylogs.iter().cloned().chain(folders).chain(counters).collect()
}

/// The folder that a file lies in, also behind symbolic links.
#[cfg(target_os = "linux")]
fn folder_of(path: &Path) -> Option<PathBuf> {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    match real.parent()? {
        here if here.as_os_str().is_empty() => Some(PathBuf::from(".")),
        folder => Some(folder.to_owned()),
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::path::Path;

    use super::calls::Work;
    use super::{Confined, Extent, Needs, calls, files, folder_of, readable};
    use crate::error::Error;

    fn confined(files: Extent, work: Work) -> Result<Confined, Error> {
        Ok(Confined { files, calls: calls::only_needed(work) })
    }

    pub(super) fn confine(needs: &Needs) -> Result<Confined, Error> {
        let work = if needs.live { Work::Capturing } else { Work::Reading };
        confined(files::only(readable(needs))?, work)
    }

    pub(super) fn confine_screen(live: bool) -> Result<Confined, Error> {
        confined(files::no_programs()?, Work::Screen { live })
    }

    pub(super) fn confine_to_terminal() -> Result<Confined, Error> {
        confined(files::terminal()?, Work::Reading)
    }

    pub(super) fn confine_to_making(own: Option<&Path>) -> Result<Confined, Error> {
        confined(files::making(own)?, Work::Screen { live: false })
    }

    pub(super) fn confine_beside(path: &Path) -> Result<Confined, Error> {
        let folder = folder_of(path).unwrap_or_else(|| path.to_owned());
        confined(files::within(&folder)?, Work::Replacing)
    }

    pub(super) fn confine_to_asking() -> Result<Confined, Error> {
        confined(Extent::Not, Work::Asking)
    }

    pub(super) fn confine_to_talking(ports: &[u16]) -> Result<Confined, Error> {
        confined(files::talking(ports)?, Work::Talking)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::path::Path;

    use super::{Confined, Extent, Needs};
    use crate::error::Error;

    const NOT: Result<Confined, Error> = Ok(Confined { files: Extent::Not, calls: false });

    pub(super) fn confine(_: &Needs) -> Result<Confined, Error> {
        NOT
    }

    pub(super) fn confine_screen(_: bool) -> Result<Confined, Error> {
        NOT
    }

    pub(super) fn confine_to_terminal() -> Result<Confined, Error> {
        NOT
    }

    pub(super) fn confine_to_making(_: Option<&Path>) -> Result<Confined, Error> {
        NOT
    }

    pub(super) fn confine_beside(_: &Path) -> Result<Confined, Error> {
        NOT
    }

    pub(super) fn confine_to_asking() -> Result<Confined, Error> {
        NOT
    }

    pub(super) fn confine_to_talking(_: &[u16]) -> Result<Confined, Error> {
        NOT
    }
}
