//! The interfaces of this machine.

use std::net::IpAddr;

/// An interface that can be captured on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name, such as `eth0`; `any` stands for all of them.
    pub name: String,
    /// The system's number for it; 0 for `any`.
    pub index: u32,
    /// Its hardware address, where it has one.
    pub mac: Option<String>,
    /// Its addresses, with the length of their network's prefix.
    pub addresses: Vec<(IpAddr, u8)>,
    /// Whether it is the loopback.
    pub loopback: bool,
    /// Whether it is up.
    pub up: bool,
}

/// All interfaces, by index, and `any` last.
pub fn list() -> Vec<Interface> {
    unimplemented!()
}
