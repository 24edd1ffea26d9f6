//! Gives root up for good, and makes files that belong to whoever called.

use std::fs::File;
use std::path::Path;

use crate::error::Error;

/// Whom to become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}

impl Identity {
    /// Who called `sudo`; `None` unless this process is root by way of it.
    pub fn invoker() -> Option<Identity> {
        unimplemented!()
    }

    /// The user who owns nothing.
    pub const NOBODY: Identity = Identity { uid: 65_534, gid: 65_534 };
}

/// Becomes `identity` for good: groups, group, user, no new privileges. Where this process is not root only the last
/// is done. Call it after the captures are open and before the first packet is read, with one thread running.
pub fn give_up(identity: &Identity) -> Result<(), Error> {
    let _ = identity;
    unimplemented!()
}

/// Creates a file that only the invoking user can read and write, or empties one that is theirs already. Follows no
/// symbolic link in the last place, and takes over no file of somebody else.
pub fn create(path: &Path) -> Result<File, Error> {
    let _ = path;
    unimplemented!()
}
