//! The interfaces of this machine, as the system tells them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use rustc_hash::FxHashSet;

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

/// The name that stands for all interfaces.
pub const ANY: &str = "any";

/// The addresses of this machine, as they were when this was asked.
#[derive(Clone, Debug)]
pub struct Local(FxHashSet<IpAddr>);

impl Local {
    /// Asks the system.
    pub fn new() -> Local {
        let addresses = list().into_iter().flat_map(|interface| interface.addresses);
        Local(addresses.map(|(address, _)| address).collect())
    }

    /// Whether packets to this address come back to this machine.
    pub fn holds(&self, ip: IpAddr) -> bool {
        ip.is_loopback() || self.0.contains(&ip)
    }

    /// The addresses of the interfaces.
    pub fn iter(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.0.iter().copied()
    }
}

impl Default for Local {
    fn default() -> Local {
        Local::new()
    }
}

/// All interfaces, by number, and `any` last where the system has it.
pub fn list() -> Vec<Interface> {
    let mut interfaces: Vec<Interface> =
        pnet::datalink::interfaces().into_iter().map(Interface::from).collect();
    interfaces.sort_by(|one, other| (one.index, &one.name).cmp(&(other.index, &other.name)));
    if cfg!(target_os = "linux") {
        let up = interfaces.iter().any(|interface| interface.up);
        let any = ANY.to_owned();
        interfaces.push(Interface {
            name: any,
            index: 0,
            mac: None,
            addresses: Vec::new(),
            loopback: false,
            up,
        });
    }
    interfaces
}

/// Packets and bytes, both ways together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Packets.
    pub packets: u64,
    /// Bytes.
    pub bytes: u64,
}

/// What passed each interface since it is there, where the system tells it without asking for rights. What passes the
/// loopback is sent and received, and counted once.
pub fn traffic() -> BTreeMap<String, Traffic> {
    let counters = std::fs::read_to_string("/proc/net/dev").unwrap_or_default();
    counters.lines().filter_map(counted).collect()
}

/// A line of /proc/net/dev (proc_pid_net(5)): a name, eight counters of what was received, eight of what was sent.
fn counted(line: &str) -> Option<(String, Traffic)> {
    let (name, counters) = line.split_once(':')?;
    let counters: Vec<u64> = counters.split_ascii_whitespace().map_while(|word| word.parse().ok()).collect();
    let (received, sent) = ([counters.first()?, counters.get(1)?], [counters.get(8)?, counters.get(9)?]);
    let both = |nth: usize| match name.trim() {
        "lo" => *received[nth],
        _ => received[nth].saturating_add(*sent[nth]),
    };
    Some((name.trim().to_owned(), Traffic { packets: both(1), bytes: both(0) }))
}

/// The loopback's name: `lo` on Linux, `lo0` elsewhere.
pub fn loopback() -> String {
    let found = list().into_iter().find(|interface| interface.loopback);
    found.map_or_else(|| "lo".to_owned(), |interface| interface.name)
}

impl From<pnet::datalink::NetworkInterface> for Interface {
    fn from(interface: pnet::datalink::NetworkInterface) -> Interface {
        Interface {
            index: interface.index,
            mac: interface.mac.filter(|mac| !mac.is_zero()).map(|mac| mac.to_string()),
            addresses: interface.ips.iter().map(|network| (network.ip(), network.prefix())).collect(),
            loopback: interface.is_loopback(),
            up: interface.is_up(),
            name: interface.name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_read_and_heads_are_not() {
        let line = "  eth0: 1000 10 0 0 0 0 0 0 500 5 0 0 0 0 0 0";
        assert_eq!(counted(line), Some(("eth0".to_owned(), Traffic { packets: 15, bytes: 1500 })));
        assert_eq!(
            counted("lo: 90 9 0 0 0 0 0 0 90 9"),
            Some(("lo".to_owned(), Traffic { packets: 9, bytes: 90 }))
        );
        assert_eq!(counted(" face |bytes    packets errs drop"), None);
        assert_eq!(counted("x: 1 2 3"), None);
    }

    #[test]
    fn the_loopback_is_there_with_its_address_and_any_comes_last() {
        let interfaces = list();
        let loopback = interfaces.iter().find(|interface| interface.loopback).expect("a loopback");
        assert_eq!(loopback.name, super::loopback());
        assert!(loopback.index > 0 && loopback.mac.is_none());
        if loopback.up {
            assert!(loopback.addresses.contains(&(IpAddr::from([127, 0, 0, 1]), 8)));
        }
        assert_eq!(interfaces.last().map(|interface| interface.name.as_str()), Some(ANY));
    }
}
