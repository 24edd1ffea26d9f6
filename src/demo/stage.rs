//! Where a scenario is played: loopback sockets on ports that are easy to remember, and none that waits for ever.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use crate::locale::Words;

/// How long a socket of the demo waits for what must come at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server is not on its own port.
const ELSEWHERE: Words = [
    "a port of this scenario is taken or not allowed here, so a free one is used instead",
    "이 시나리오의 포트를 다른 프로그램이 쓰고 있거나 쓸 권한이 없어, 비어 있는 포트를 대신 씁니다",
];

/// What happens once the capture has begun. The sockets that it gives back stay open until the capture has ended.
pub(super) type Talk = Box<dyn FnOnce() -> io::Result<Vec<TcpStream>> + Send>;

/// The sockets of a scenario, made before the capture begins.
#[derive(Default)]
pub(super) struct Stage {
    /// The ports that are wanted, and those that servers have, in the same order.
    pub(super) wanted: &'static [u16],
    pub(super) ports: Vec<u16>,
    /// What keeps others from these ports until the capture has ended.
    pub(super) held: Vec<OwnedFd>,
    /// What the machine lacks, a line each.
    pub(super) remarks: Vec<Words>,
    /// What opens the TLS sessions.
    pub(super) secrets: Secrets,
}

impl Stage {
    /// A server's socket, on its own port where that is free.
    pub(super) fn listen(&mut self) -> io::Result<TcpListener> {
        let listener = self.bound(TcpListener::bind)?;
        SockRef::from(&listener).set_read_timeout(Some(PATIENCE))?;
        self.ports.push(listener.local_addr()?.port());
        self.held.push(listener.try_clone()?.into());
        Ok(listener)
    }

    /// A server's socket for datagrams.
    pub(super) fn datagrams(&mut self) -> io::Result<UdpSocket> {
        let socket = self.bound(UdpSocket::bind)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        self.ports.push(socket.local_addr()?.port());
        self.held.push(socket.try_clone()?.into());
        Ok(socket)
    }

    /// An address on which nobody listens, nor can.
    pub(super) fn silent(&mut self) -> io::Result<SocketAddr> {
        let bind = |address: SocketAddr| {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            socket.bind(&address.into()).map(|()| socket)
        };
        let socket = self.bound(bind)?;
        let address = socket.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
        self.ports.push(address.port());
        self.held.push(socket.into());
        Ok(address)
    }

    /// What `bind` makes of the next port that is wanted; of any other where it is taken or not allowed.
    fn bound<S>(&mut self, bind: impl Fn(SocketAddr) -> io::Result<S>) -> io::Result<S> {
        let wanted = self.wanted.get(self.ports.len()).copied().unwrap_or(0);
        bind(local(wanted)).or_else(|_| {
            if !self.remarks.contains(&ELSEWHERE) {
                self.remarks.push(ELSEWHERE);
            }
            bind(local(0))
        })
    }
}

fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// The next client of a listener.
pub(super) fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    settled(listener.accept()?.0)
}

/// A connection to a listener.
pub(super) fn connect(listener: &TcpListener) -> io::Result<TcpStream> {
    settled(TcpStream::connect(listener.local_addr()?)?)
}

/// A connection whose words leave at once, and that does not wait for ever.
pub(super) fn settled(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Lets a server and a client act at the same time; what came of both.
pub(super) fn both<S: Send, C>(
    server: impl FnOnce() -> io::Result<S> + Send,
    client: impl FnOnce() -> io::Result<C>,
) -> io::Result<(S, C)> {
    thread::scope(|scope| {
        let server = scope.spawn(server);
        let client = client();
        Ok((joined(server.join())?, client?))
    })
}

/// What a thread came to; a panic in it goes on here.
pub(super) fn joined<T>(result: thread::Result<io::Result<T>>) -> io::Result<T> {
    result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Lets so many milliseconds pass.
pub(super) fn pause(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}

/// Lines of a TLS key log, as the sessions of the demo make them. All clones hold the same lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets(Arc<Mutex<Vec<u8>>>);

impl Secrets {
    /// The lines from a place on.
    pub(super) fn from(&self, place: usize) -> Vec<u8> {
        self.lock().get(place..).unwrap_or_default().to_vec()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl rustls::KeyLog for Secrets {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let line = format!("{label} {} {}\n", hex(client_random), hex(secret));
        self.lock().extend(line.into_bytes());
    }
}
