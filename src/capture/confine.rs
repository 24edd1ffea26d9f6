//! Confines the program to the files it still needs, once its inputs and outputs are open (Landlock, Linux 5.13).
//!
//! What a parser can be talked into, it can do only with what is still allowed: reading the inputs and key logs once
//! more. No other file is opened, none is made, no socket is connected or bound. Where the kernel lacks Landlock the
//! program goes on without.

use std::path::{Path, PathBuf};

use crate::error::Error;

/// How far the system confines this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confined {
    /// Files and connections.
    Fully,
    /// What this kernel knows of it.
    Partly,
    /// The system cannot.
    Not,
}

/// What the system must let a live capture read: libpcap counts drops there.
const COUNTERS: [&str; 3] = ["/sys/class/net", "/sys/devices", "/proc/net"];

/// Confines this thread, and those that it starts, for good: of all files only `inputs` can be opened, to be read,
/// and whatever comes to lie beside `keylogs` (a log may be exchanged). Files that are open stay so.
///
/// # Errors
/// [`Error::Usage`] where the system says that it can and then refuses.
pub fn confine(inputs: &[PathBuf], keylogs: &[PathBuf]) -> Result<Confined, Error> {
    let folders = keylogs.iter().filter_map(|path| folder_of(path));
    let readable = inputs.iter().cloned().chain(keylogs.iter().cloned()).chain(folders);
    system::confine(readable.chain(COUNTERS.map(PathBuf::from)).collect())
}

/// The folder that a file lies in, also behind symbolic links.
fn folder_of(path: &Path) -> Option<PathBuf> {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    match real.parent()? {
        here if here.as_os_str().is_empty() => Some(PathBuf::from(".")),
        folder => Some(folder.to_owned()),
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::path::PathBuf;

    use landlock::{
        ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
        RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
    };

    use super::Confined;
    use crate::error::Error;

    /// The newest rules that are asked for; an older kernel keeps those it knows.
    const NEWEST: ABI = ABI::V6;

    pub(super) fn confine(readable: Vec<PathBuf>) -> Result<Confined, Error> {
        let status = ruleset(readable)
            .map_err(|error| Error::Usage(format!("cannot confine the program (Landlock): {error}")))?;
        Ok(match status {
            RulesetStatus::FullyEnforced => Confined::Fully,
            RulesetStatus::PartiallyEnforced => Confined::Partly,
            RulesetStatus::NotEnforced => Confined::Not,
        })
    }

    fn ruleset(readable: Vec<PathBuf>) -> Result<RulesetStatus, RulesetError> {
        let rules = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(NEWEST))?
            .handle_access(AccessNet::from_all(NEWEST))?
            .scope(Scope::from_all(NEWEST))?
            .create()?;
        // What is not there cannot be read, and need not be allowed.
        let places = readable.iter().filter_map(|path| PathFd::new(path).ok());
        let rules = rules.add_rules(
            places.map(|place| Ok::<_, RulesetError>(PathBeneath::new(place, AccessFs::ReadFile))),
        )?;
        Ok(rules.restrict_self()?.ruleset)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::path::PathBuf;

    use super::Confined;
    use crate::error::Error;

    pub(super) fn confine(_readable: Vec<PathBuf>) -> Result<Confined, Error> {
        Ok(Confined::Not)
    }
}
