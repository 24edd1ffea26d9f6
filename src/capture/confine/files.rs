//! Confines a thread to files (Landlock, Linux 5.13).

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, NetPort, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

use super::Extent;
use crate::error::Error;

/// The newest rules that are asked for; an older kernel keeps those it knows.
const NEWEST: ABI = ABI::V6;

/// What is allowed of files, by place and all that lies there.
type Places = Vec<(PathBuf, BitFlags<AccessFs>)>;

/// Of all files only those `readable` can be opened, to be read; no socket is connected or bound.
pub(super) fn only(readable: Vec<PathBuf>) -> Result<Extent, Error> {
    let places = readable.into_iter().map(|path| (path, AccessFs::ReadFile.into()));
    said(restrict(AccessFs::from_all(NEWEST), places.collect(), &[]))
}

/// No program is run, no socket connected or bound; files stay as they are.
pub(super) fn no_programs() -> Result<Extent, Error> {
    said(restrict(AccessFs::Execute.into(), Vec::new(), &[]))
}

/// Of all files only the terminal can be opened.
pub(super) fn terminal() -> Result<Extent, Error> {
    let terminal = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev;
    said(restrict(AccessFs::from_all(NEWEST), vec![("/dev/tty".into(), terminal)], &[]))
}

/// Files can be made, written and taken back anywhere, and none read but `own`.
pub(super) fn making(own: Option<&Path>) -> Result<Extent, Error> {
    let mut places: Places = vec![("/".into(), made() | AccessFs::MakeDir)];
    places.extend(own.map(|path| (path.to_owned(), AccessFs::ReadFile.into())));
    said(restrict(AccessFs::from_all(NEWEST), places, &[]))
}

/// Files can be read, made, written and replaced in this folder alone.
pub(super) fn within(folder: &Path) -> Result<Extent, Error> {
    let places = vec![(folder.to_owned(), made() | AccessFs::ReadFile)];
    said(restrict(AccessFs::from_all(NEWEST), places, &[]))
}

/// No file can be opened; of TCP sockets only such are connected as go to these ports.
pub(super) fn talking(ports: &[u16]) -> Result<Extent, Error> {
    said(restrict(AccessFs::from_all(NEWEST), Vec::new(), ports))
}

fn made() -> BitFlags<AccessFs> {
    AccessFs::WriteFile | AccessFs::MakeReg | AccessFs::RemoveFile | AccessFs::Truncate
}

fn said(status: Result<RulesetStatus, RulesetError>) -> Result<Extent, Error> {
    let status =
        status.map_err(|error| Error::Usage(format!("cannot confine the program (Landlock): {error}")))?;
    Ok(match status {
        RulesetStatus::FullyEnforced => Extent::Full,
        RulesetStatus::PartiallyEnforced => Extent::Part,
        RulesetStatus::NotEnforced => Extent::Not,
    })
}

fn restrict(
    access: BitFlags<AccessFs>,
    places: Places,
    ports: &[u16],
) -> Result<RulesetStatus, RulesetError> {
    let rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(access)?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?;
    // What is not there cannot be opened, and need not be allowed.
    let there = places.into_iter().filter_map(|(path, access)| Some((PathFd::new(path).ok()?, access)));
    let rules = rules
        .add_rules(there.map(|(place, access)| Ok::<_, RulesetError>(PathBeneath::new(place, access))))?;
    let ports = ports.iter().map(|port| Ok::<_, RulesetError>(NetPort::new(*port, AccessNet::ConnectTcp)));
    Ok(rules.add_rules(ports)?.restrict_self()?.ruleset)
}
