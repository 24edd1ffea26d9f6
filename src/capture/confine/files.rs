//! Confines a thread to files (Landlock, Linux 5.13).

use std::path::PathBuf;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

use super::Extent;
use crate::error::Error;

/// The newest rules that are asked for; an older kernel keeps those it knows.
const NEWEST: ABI = ABI::V6;

/// Of all files only those `readable` can be opened, to be read; no socket is connected or bound.
pub(super) fn only(readable: Vec<PathBuf>) -> Result<Extent, Error> {
    said(restrict(AccessFs::from_all(NEWEST), readable))
}

/// No program is run, no socket connected or bound; files stay as they are.
pub(super) fn no_programs() -> Result<Extent, Error> {
    said(restrict(AccessFs::Execute.into(), Vec::new()))
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

fn restrict(access: BitFlags<AccessFs>, readable: Vec<PathBuf>) -> Result<RulesetStatus, RulesetError> {
    let rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(access)?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?;
    // What is not there cannot be read, and need not be allowed.
    let places = readable.iter().filter_map(|path| PathFd::new(path).ok());
    let rules = rules
        .add_rules(places.map(|place| Ok::<_, RulesetError>(PathBeneath::new(place, AccessFs::ReadFile))))?;
    Ok(rules.restrict_self()?.ruleset)
}
