//! Whose a socket is: asked of the kernel, which tells it only while the socket is there.
//!
//! In go the two ends of a connection; out come a process number and a command's name, or nothing: there is no guess.
//! On Linux a socket's number comes from `NETLINK_SOCK_DIAG` (sock_diag(7)), a lookup of two microseconds, and its
//! process from the files in `/proc/PID/fd`, which is remembered. Other systems know no names yet.

use std::net::IpAddr;

use crate::connection::Transport;
use crate::event::Endpoint;

pub use crate::connection::Process;

/// What is known of the owner of one end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The process that has the socket.
    Process(Process),
    /// Nobody has taken the connection yet: the process that listens there.
    Listener(Process),
}

impl Owner {
    /// The process.
    pub fn process(&self) -> &Process {
        match self {
            Owner::Process(process) | Owner::Listener(process) => process,
        }
    }
}

/// A process that is there, with its command's name.
pub fn named(pid: u32) -> Option<Process> {
    system::process(pid)
}

/// Whether process `pid` is a child, grandchild, … of process `ancestor`, or that itself.
pub fn descends(pid: u32, ancestor: u32) -> bool {
    system::descends(pid, ancestor)
}

/// The children, grandchildren, … of a process that are there.
pub fn descendants(pid: u32) -> Vec<Process> {
    system::descendants(pid).into_iter().filter_map(system::process).collect()
}

/// Tells whose sockets are.
pub struct Processes(system::Processes);

impl Processes {
    /// Looks among the children of `kin` first, which costs least.
    pub fn new(kin: Option<u32>) -> Processes {
        Processes(system::Processes::new(kin))
    }

    /// Whose socket it is that has the end `local` of a connection to `remote`; `None` where it is gone, is not on
    /// this machine, or belongs to somebody whose processes may not be looked at.
    pub fn owner(&mut self, transport: Transport, local: Endpoint, remote: Endpoint) -> Option<Owner> {
        self.0.owner(transport, local, remote)
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs;
    use std::io::Read;
    use std::net::{Ipv4Addr, Ipv6Addr};
    use std::time::{Duration, Instant};

    use rustc_hash::FxHashMap;
    use socket2::{Domain, Protocol, Socket, Type};

    use super::{Endpoint, IpAddr, Owner, Process, Transport};

    /// What the kernel says of a socket.
    struct Diagnosed {
        listens: bool,
        /// 0 where no process has it.
        inode: u32,
    }

    pub(super) struct Processes {
        socket: Option<Socket>,
        sequence: u32,
        kin: Option<u32>,
        owners: FxHashMap<u32, Process>,
        /// When the kin, and when all processes may be gone through again.
        again: [Option<Instant>; 2],
    }

    /// So many times as long as it took to go through the kin, or through all processes, they are left alone.
    const REST: [u32; 2] = [3, 10];
    /// How many sockets are remembered.
    const REMEMBERED: usize = 1 << 16;
    /// TCP_LISTEN (include/net/tcp_states.h).
    const LISTEN: u8 = 10;

    impl Processes {
        pub(super) fn new(kin: Option<u32>) -> Processes {
            let socket = Socket::new(
                Domain::from(libc::AF_NETLINK),
                Type::DGRAM,
                Some(Protocol::from(libc::NETLINK_SOCK_DIAG)),
            );
            let socket = socket
                .ok()
                .filter(|socket| socket.set_read_timeout(Some(Duration::from_millis(100))).is_ok());
            Processes { socket, sequence: 0, kin, owners: FxHashMap::default(), again: [None; 2] }
        }

        pub(super) fn owner(
            &mut self,
            transport: Transport,
            local: Endpoint,
            remote: Endpoint,
        ) -> Option<Owner> {
            let nobody = Endpoint { ip: unspecified(remote.ip), port: 0 };
            let mut found = self.diagnose(transport, local, remote)?;
            if found.inode == 0 {
                found = self.diagnose(transport, local, nobody).filter(|found| found.listens)?;
            }
            let process = self.holder(found.inode)?;
            Some(if found.listens { Owner::Listener(process) } else { Owner::Process(process) })
        }

        /// Asks the kernel for one socket.
        fn diagnose(&mut self, transport: Transport, local: Endpoint, remote: Endpoint) -> Option<Diagnosed> {
            self.sequence = self.sequence.wrapping_add(1);
            let mut socket = self.socket.as_ref()?;
            socket.send(&request(self.sequence, transport, local, remote)).ok()?;
            let mut room = [0; 512];
            loop {
                let length = socket.read(&mut room).ok()?;
                let answer = room.get(..length)?;
                let word = |at: usize| Some(u32::from_ne_bytes(answer.get(at..at + 4)?.try_into().ok()?));
                // An answer that came too late for an earlier question.
                if word(8)? != self.sequence {
                    continue;
                }
                let kind = u16::from_ne_bytes(answer.get(4..6)?.try_into().ok()?);
                if kind != SOCK_DIAG_BY_FAMILY {
                    return None;
                }
                return Some(Diagnosed { listens: *answer.get(17)? == LISTEN, inode: word(84)? });
            }
        }

        /// The process that has an open file with this number.
        fn holder(&mut self, inode: u32) -> Option<Process> {
            if inode == 0 {
                return None;
            }
            if let Some(known) = self.owners.get(&inode) {
                return Some(known.clone());
            }
            if self.owners.len() > REMEMBERED {
                self.owners.clear();
            }
            for (which, rest) in REST.into_iter().enumerate() {
                let due = self.again[which].is_none_or(|again| Instant::now() >= again);
                if self.owners.contains_key(&inode) || !due {
                    continue;
                }
                let begun = Instant::now();
                let pids = match which {
                    0 => self.kin.map(descendants).unwrap_or_default(),
                    _ => numbered("/proc"),
                };
                pids.into_iter().for_each(|pid| self.look_into(pid));
                self.again[which] = Some(Instant::now() + begun.elapsed() * rest);
            }
            self.owners.get(&inode).cloned()
        }

        /// Remembers the sockets of a process.
        fn look_into(&mut self, pid: u32) {
            let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return };
            let mut own = None;
            for file in files.flatten() {
                let Ok(target) = fs::read_link(file.path()) else { continue };
                let inode = target.to_str().and_then(|text| text.strip_prefix("socket:[")?.strip_suffix(']'));
                let Some(inode) = inode.and_then(|inode| inode.parse().ok()) else { continue };
                let Some(process) = own.get_or_insert_with(|| process(pid)) else { return };
                // Who inherited a socket is looked into after its parent, and is who uses it.
                self.owners.insert(inode, process.clone());
            }
        }
    }

    const SOCK_DIAG_BY_FAMILY: u16 = 20;
    const NLM_F_REQUEST: u16 = 1;

    /// A netlink header and an `inet_diag_req_v2` that asks for exactly one socket, in any state.
    fn request(sequence: u32, transport: Transport, local: Endpoint, remote: Endpoint) -> Vec<u8> {
        let mut out = Vec::with_capacity(72);
        out.extend(72_u32.to_ne_bytes());
        out.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        out.extend(NLM_F_REQUEST.to_ne_bytes());
        out.extend(sequence.to_ne_bytes());
        out.extend([0; 4]);
        let family = if local.ip.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
        let protocol = match transport {
            Transport::Tcp => libc::IPPROTO_TCP,
            Transport::Udp => libc::IPPROTO_UDP,
        };
        out.extend([family as u8, protocol as u8, 0, 0]);
        out.extend(u32::MAX.to_ne_bytes());
        // For UDP the kernel takes the two ends the other way round, for historical reasons.
        let (source, destination) = match transport {
            Transport::Tcp => (local, remote),
            Transport::Udp => (remote, local),
        };
        out.extend(source.port.to_be_bytes());
        out.extend(destination.port.to_be_bytes());
        out.extend(address(source.ip));
        out.extend(address(destination.ip));
        out.extend([0; 4]);
        // No cookie.
        out.extend([0xff; 8]);
        out
    }

    fn address(ip: IpAddr) -> [u8; 16] {
        match ip {
            IpAddr::V4(ip) => {
                let [a, b, c, d] = ip.octets();
                [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
            }
            IpAddr::V6(ip) => ip.octets(),
        }
    }

    fn unspecified(like: IpAddr) -> IpAddr {
        match like {
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        }
    }

    pub(super) fn process(pid: u32) -> Option<Process> {
        let command = fs::read(format!("/proc/{pid}/comm")).ok()?;
        Some(Process { pid, command: crate::safe::line(String::from_utf8_lossy(&command).trim_end()) })
    }

    pub(super) fn descends(pid: u32, ancestor: u32) -> bool {
        let mut at = pid;
        // A tree of processes is never that deep.
        for _ in 0..1000 {
            if at == ancestor {
                return true;
            }
            match parent(at) {
                Some(parent) if parent > 0 => at = parent,
                _ => return false,
            }
        }
        false
    }

    /// The parent of a process (proc_pid_stat(5)): the second field behind the command, which is in parentheses and
    /// may hold some itself.
    fn parent(pid: u32) -> Option<u32> {
        let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
        let stat = String::from_utf8_lossy(&stat);
        stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
    }

    pub(super) fn descendants(pid: u32) -> Vec<u32> {
        let (mut found, mut next) = (Vec::new(), vec![pid]);
        while let Some(pid) = next.pop() {
            for thread in numbered(&format!("/proc/{pid}/task")) {
                let path = format!("/proc/{pid}/task/{thread}/children");
                let children = fs::read_to_string(path).unwrap_or_default();
                let children =
                    children.split_ascii_whitespace().filter_map(|child| child.parse::<u32>().ok());
                next.extend(children.clone());
                found.extend(children);
            }
        }
        found
    }

    /// The entries of a folder that are numbers.
    fn numbered(folder: &str) -> Vec<u32> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::{Endpoint, Owner, Process, Transport};

    pub(super) struct Processes;

    impl Processes {
        pub(super) fn new(_kin: Option<u32>) -> Processes {
            Processes
        }

        pub(super) fn owner(&mut self, _: Transport, _: Endpoint, _: Endpoint) -> Option<Owner> {
            None
        }
    }

    pub(super) fn process(_pid: u32) -> Option<Process> {
        None
    }

    pub(super) fn descends(_pid: u32, _ancestor: u32) -> bool {
        false
    }

    pub(super) fn descendants(_pid: u32) -> Vec<u32> {
        Vec::new()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};

    use super::*;

    fn endpoint(address: SocketAddr) -> Endpoint {
        Endpoint { ip: address.ip(), port: address.port() }
    }

    #[test]
    fn both_ends_of_a_connection_of_ours_are_ours() {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(host) else { continue };
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let ends = (endpoint(client.local_addr().unwrap()), endpoint(client.peer_addr().unwrap()));
            let mut processes = Processes::new(None);
            let own = std::process::id();
            let of_client = processes.owner(Transport::Tcp, ends.0, ends.1);
            assert!(matches!(of_client, Some(Owner::Process(process)) if process.pid == own));
            // Not accepted yet.
            let of_server = processes.owner(Transport::Tcp, ends.1, ends.0);
            assert!(matches!(of_server, Some(Owner::Listener(process)) if process.pid == own));
            let _server = listener.accept().unwrap();
            let mut processes = Processes::new(None);
            let of_server = processes.owner(Transport::Tcp, ends.1, ends.0);
            assert!(matches!(of_server, Some(Owner::Process(process)) if process.pid == own));
        }
    }

    #[test]
    fn datagram_sockets_are_found_connected_or_not() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let client = UdpSocket::bind("127.0.0.1:0").unwrap();
        client.connect(server.local_addr().unwrap()).unwrap();
        let ends = (endpoint(client.local_addr().unwrap()), endpoint(server.local_addr().unwrap()));
        let mut processes = Processes::new(None);
        for (local, remote) in [ends, (ends.1, ends.0)] {
            let owner = processes.owner(Transport::Udp, local, remote);
            assert_eq!(owner.map(|owner| owner.process().pid), Some(std::process::id()));
        }
    }

    #[test]
    fn a_socket_that_is_gone_has_no_owner() {
        let mut processes = Processes::new(None);
        let end = |port| Endpoint { ip: "127.0.0.1".parse().unwrap(), port };
        assert_eq!(processes.owner(Transport::Tcp, end(1), end(2)), None);
    }

    #[test]
    fn children_descend_from_us() {
        let mut child = std::process::Command::new("sleep").arg("5").spawn().unwrap();
        let own = std::process::id();
        assert!(descends(child.id(), own) && !descends(own, child.id()));
        let found = descendants(own);
        assert!(found.iter().any(|process| process.pid == child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
