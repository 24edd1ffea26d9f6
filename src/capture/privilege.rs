//! Gives root up for good, and makes files that belong to whoever called.
//!
//! With `sudo` this program is root only until the captures are open; whatever it writes is the invoking user's.

use std::ffi::CString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::{Gid, Uid, User, fchown, getgrouplist, setgroups, setresgid, setresuid};

use crate::error::Error;

/// Whom to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}

impl Identity {
    /// The user who owns nothing.
    pub const NOBODY: Identity = Identity { uid: 65_534, gid: 65_534 };

    /// Who called `sudo`; `None` unless this process is root by way of it.
    pub fn invoker() -> Option<Identity> {
        let number = |name| std::env::var(name).ok()?.parse::<u32>().ok();
        let uid = number("SUDO_UID").filter(|&uid| uid != 0 && Uid::effective().is_root())?;
        Some(Identity { uid, gid: number("SUDO_GID").unwrap_or(Identity::NOBODY.gid) })
    }
}

/// Becomes `identity` for good: groups, group, user, no new privileges. Where this process is not root only the last
/// is done. Call it after the captures are open and before the first packet is read, with one thread running.
///
/// # Errors
/// [`Error::Usage`] where the system refuses; then nothing from the wire may be read.
pub fn give_up(identity: Identity) -> Result<(), Error> {
    step_down(identity)?;
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_no_new_privs().map_err(|cause| refused("no_new_privs", cause))?;
    Ok(())
}

/// Becomes `identity` for good, as [`give_up`] does, but programs that are started may still gain privileges of their
/// own, as the user's other programs may.
///
/// # Errors
/// [`Error::Usage`] where the system refuses.
pub fn step_down(identity: Identity) -> Result<(), Error> {
    if Uid::effective().is_root() {
        let (uid, gid) = (Uid::from_raw(identity.uid), Gid::from_raw(identity.gid));
        setgroups(&groups(uid, gid)).map_err(|cause| refused("setgroups", cause))?;
        setresgid(gid, gid, gid).map_err(|cause| refused("setresgid", cause))?;
        setresuid(uid, uid, uid).map_err(|cause| refused("setresuid", cause))?;
        if !uid.is_root() && setresuid(Uid::from_raw(0), Uid::from_raw(0), Uid::from_raw(0)).is_ok() {
            return Err(Error::Usage("cannot give root up: it could be taken again".to_owned()));
        }
    }
    Ok(())
}

/// Gives root up for good where this process has it by way of `sudo`: becomes who called.
///
/// # Errors
/// As [`give_up`].
pub fn leave_root() -> Result<(), Error> {
    Identity::invoker().map_or(Ok(()), give_up)
}

/// The home of the user that this process is of. With `sudo` that is not always what `HOME` says.
pub fn home() -> Option<PathBuf> {
    let by_sudo = std::env::var_os("SUDO_UID").and_then(|_| User::from_uid(Uid::effective()).ok().flatten());
    let said = || std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    by_sudo.map(|user| user.dir).or_else(said)
}

fn refused(what: &str, cause: nix::Error) -> Error {
    Error::Usage(format!("cannot give root up: {what}: {}", cause.desc()))
}

/// The groups that a user is in.
fn groups(uid: Uid, gid: Gid) -> Vec<Gid> {
    let name = User::from_uid(uid).ok().flatten().and_then(|user| CString::new(user.name).ok());
    name.and_then(|name| getgrouplist(&name, gid).ok()).unwrap_or_default()
}

/// Creates a file to be written that only the invoking user can read and write, or empties one that is theirs already.
/// Follows no symbolic link in the last place, and takes over no file of somebody else.
///
/// # Errors
/// [`Error::Write`] with the cause.
pub fn create(path: &Path) -> Result<File, Error> {
    create_as(OpenOptions::new().write(true), path)
}

/// The same, to be written and read again.
///
/// # Errors
/// As [`create`].
pub fn create_to_read(path: &Path) -> Result<File, Error> {
    create_as(OpenOptions::new().read(true).write(true), path)
}

fn create_as(options: &mut OpenOptions, path: &Path) -> Result<File, Error> {
    let wrong = |cause| Error::Write { what: crate::safe::line(&path.to_string_lossy()), cause };
    options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    match options.clone().create_new(true).open(path) {
        Ok(file) => {
            hand_over(&file).map_err(wrong)?;
            Ok(file)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => empty(options, path).map_err(wrong),
        Err(error) => Err(wrong(error)),
    }
}

/// Empties a file that is there, where it is a plain one of the invoking user's (or of this process's own).
fn empty(options: &OpenOptions, path: &Path) -> io::Result<File> {
    let refused = |why: &str| Err(io::Error::new(io::ErrorKind::PermissionDenied, why.to_owned()));
    if path.symlink_metadata()?.is_symlink() {
        return refused("it is a symbolic link, which is not followed");
    }
    let file = options.open(path)?;
    let about = file.metadata()?;
    if about.file_type().is_char_device() {
        return Ok(file);
    }
    let owner = Identity::invoker().map_or(Uid::effective().as_raw(), |invoker| invoker.uid);
    if !about.is_file() {
        return refused("it is no plain file");
    }
    if about.nlink() > 1 || (about.uid() != owner && about.uid() != Uid::effective().as_raw()) {
        return refused("it is there already and belongs to somebody else, or has a second name");
    }
    file.set_len(0)?;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    hand_over(&file)?;
    Ok(file)
}

/// Gives a file to whoever called `sudo`.
fn hand_over(file: &File) -> io::Result<()> {
    let Some(invoker) = Identity::invoker() else { return Ok(()) };
    Ok(fchown(file, Some(Uid::from_raw(invoker.uid)), Some(Gid::from_raw(invoker.gid)))?)
}

/// Makes a folder of the invoking user's, unless it is there.
///
/// # Errors
/// [`Error::Write`] with the cause.
pub fn folder(path: &Path) -> Result<(), Error> {
    let wrong = |cause| Error::Write { what: crate::safe::line(&path.to_string_lossy()), cause };
    match std::fs::create_dir(path) {
        Ok(()) => {
            let Some(invoker) = Identity::invoker() else { return Ok(()) };
            std::os::unix::fs::lchown(path, Some(invoker.uid), Some(invoker.gid)).map_err(wrong)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(wrong(error)),
    }
}

/// A file without a name, which vanishes with the program: in `folder`, else in the system's folder for large
/// temporary files.
///
/// # Errors
/// [`Error::Write`] where none can be made.
pub fn temporary(folder: Option<&Path>) -> Result<File, Error> {
    let folder = folder.map_or_else(temporary_folder, Path::to_owned);
    tempfile::tempfile_in(&folder).map_err(|cause| {
        let what = format!("a temporary file in {}", crate::safe::line(&folder.to_string_lossy()));
        Error::Write { what, cause }
    })
}

/// `TMPDIR` where it is set; else `/var/tmp`, as `/tmp` is often kept in memory.
fn temporary_folder() -> PathBuf {
    let large = Path::new("/var/tmp");
    match std::env::var_os("TMPDIR") {
        None if large.is_dir() => large.to_owned(),
        _ => std::env::temp_dir(),
    }
}
