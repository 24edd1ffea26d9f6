//! How connections fail or end oddly: refused, reset, half closed, too slow a reader, a server that breaks RFC 6455.

use std::io::{self, Read, Write};
use std::net::{Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use super::speech::{KEY, Peer, farewell, frame, framed, header, http, opcode, said, switching, upgrade};
use super::stage::{Stage, Talk, accept, both, connect, pause, settled};

/// Nobody listens, over IPv4 and over IPv6.
pub(super) fn refused(stage: &mut Stage) -> io::Result<Talk> {
    let four = stage.silent()?;
    let six = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    if !six {
        stage.remarks.push([
            "this machine has no IPv6 on its loopback, so only IPv4 is shown",
            "이 컴퓨터의 루프백에는 IPv6가 없어 IPv4만 보여 줍니다",
        ]);
    }
    Ok(Box::new(move || {
        let six = six.then(|| SocketAddr::from((Ipv6Addr::LOCALHOST, four.port())));
        for address in std::iter::once(four).chain(six) {
            match TcpStream::connect_timeout(&address, Duration::from_secs(1)) {
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(error),
                Ok(_) => return Err(io::Error::other(format!("somebody listens on {address} after all"))),
            }
            pause(100);
        }
        Ok(Vec::new())
    }))
}

/// Half a response, then a RST.
pub(super) fn reset(stage: &mut Stage) -> io::Result<Talk> {
    let listener = stage.listen()?;
    Ok(Box::new(move || {
        let server = || {
            let mut peer = Peer::new(accept(&listener)?);
            peer.head()?;
            let lines = ["HTTP/1.1 200 OK", "Content-Type: text/plain", "Content-Length: 100"];
            peer.say(&http(&lines, "half of it.\n".repeat(4).as_bytes()))?;
            pause(200);
            // Without time to linger the system cuts the connection instead of closing it.
            SockRef::from(&peer.stream).set_linger(Some(Duration::ZERO))
        };
        let client = || {
            let mut peer = Peer::new(connect(&listener)?);
            peer.say(&http(&["GET /file HTTP/1.1", "Host: www.example.com", "Accept: */*"], b""))?;
            match peer.hear_out() {
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(()),
                other => other,
            }
        };
        both(server, client)?;
        Ok(Vec::new())
    }))
}

/// A client that is done speaking, and a server that is not.
pub(super) fn half_close(stage: &mut Stage) -> io::Result<Talk> {
    let listener = stage.listen()?;
    Ok(Box::new(move || {
        let server = || {
            let mut connection = accept(&listener)?;
            let mut lines = String::new();
            connection.read_to_string(&mut lines)?;
            for line in lines.lines() {
                pause(300);
                connection.write_all(format!("{}\n", line.to_uppercase()).as_bytes())?;
            }
            Ok(())
        };
        let client = || {
            let mut connection = connect(&listener)?;
            connection.write_all(b"one\ntwo\nthree\n")?;
            connection.shutdown(Shutdown::Write)?;
            connection.read_to_end(&mut Vec::new())
        };
        both(server, client)?;
        Ok(Vec::new())
    }))
}

/// A reader that sleeps while its small buffer fills.
pub(super) fn slow(stage: &mut Stage) -> io::Result<Talk> {
    let listener = stage.listen()?;
    Ok(Box::new(move || {
        let server = || {
            let lines: String = (0..3000).map(|number| format!("{number:07}\n")).collect();
            accept(&listener)?.write_all(lines.as_bytes())
        };
        let client = || {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            socket.set_recv_buffer_size(4096)?;
            socket.connect(&listener.local_addr()?.into())?;
            let mut connection = settled(socket.into())?;
            pause(1000);
            while connection.read(&mut [0; 1500])? > 0 {
                pause(10);
            }
            Ok(())
        };
        both(server, client)?;
        Ok(Vec::new())
    }))
}

/// What a server must not send, and how a client that minds hangs up (RFC 6455 7.4.1).
fn broken() -> [(Vec<u8>, u16, &'static str); 6] {
    const RSV1: u8 = 0x40;
    const FIN: u8 = 0x80;
    [
        (said(opcode::TEXT, b"servers must not mask"), 1002, "masked frame"),
        (framed(FIN | RSV1 | opcode::TEXT, b"no extension owns this bit", None), 1002, "reserved bit"),
        (frame(3, b"reserved opcode"), 1002, "reserved opcode"),
        (frame(opcode::CONTINUATION, b"of what?"), 1002, "unexpected continuation"),
        (frame(opcode::PING, &[b'x'; 126]), 1002, "control frame too long"),
        (frame(opcode::TEXT, b"caf\xe9"), 1007, "invalid UTF-8"),
    ]
}

/// A server that breaks one rule on each connection, and a client that hangs up for it.
pub(super) fn violations(stage: &mut Stage) -> io::Result<Talk> {
    let listener = stage.listen()?;
    Ok(Box::new(move || {
        let server = || {
            for (broken, _, _) in broken() {
                let mut peer = Peer::new(accept(&listener)?);
                let head = peer.head()?;
                peer.say(&switching(header(&head, "Sec-WebSocket-Key")))?;
                peer.say(&frame(opcode::BINARY, b"fine so far"))?;
                peer.say(&broken)?;
                peer.frame()?;
                peer.stream.shutdown(Shutdown::Write)?;
                peer.hear_out()?;
            }
            Ok(())
        };
        let client = || {
            for (_, code, reason) in broken() {
                let mut peer = Peer::new(connect(&listener)?);
                peer.say(&upgrade("/", "server.example.com", KEY))?;
                peer.head()?;
                peer.frame()?;
                peer.frame()?;
                peer.say(&said(opcode::CLOSE, &farewell(code, reason)))?;
                peer.hear_out()?;
            }
            Ok(())
        };
        both(server, client)?;
        Ok(Vec::new())
    }))
}
