//! `seqdump interfaces`: what can be captured on.

use std::io::Write;

use super::{Common, output, unwritten};
use crate::capture::interface;
use crate::error::Error;

pub(super) fn run(common: &Common) -> Result<(), Error> {
    let lang = common.lang();
    let mut out = output();
    for interface in interface::list() {
        let state = match (interface.up, interface.loopback) {
            (true, true) => lang.pick("up, loopback", "켜짐, 루프백"),
            (true, false) => lang.pick("up", "켜짐"),
            (false, _) => lang.pick("down", "꺼짐"),
        };
        let addresses: Vec<String> =
            interface.addresses.iter().map(|(address, prefix)| format!("{address}/{prefix}")).collect();
        let name = crate::safe::line(&interface.name);
        writeln!(out, "{name:<16} {state:<14} {}", addresses.join(" ")).map_err(unwritten)?;
    }
    out.flush().map_err(unwritten)
}
