//! The article's conversations: HTTP that hangs up, HTTP that stays, a raw socket, datagrams, WebSocket, WSS.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use super::speech::{KEY, Peer, farewell, frame, header, http, opcode, said, switching, upgrade};
use super::stage::{Secrets, Stage, Talk, accept, both, connect, joined, pause, settled};

/// Two requests, a connection for each.
pub(super) fn http_close(stage: &mut Stage) -> io::Result<Talk> {
    let listener = stage.listen()?;
    Ok(Box::new(move || {
        let server = || {
            for _ in 0..2 {
                let mut peer = Peer::new(accept(&listener)?);
                answer(&mut peer, "close")?;
                peer.stream.shutdown(Shutdown::Write)?;
                peer.hear_out()?;
            }
            Ok(())
        };
        let client = || {
            for path in ["/first", "/second"] {
                let mut peer = Peer::new(connect(&listener)?);
                peer.say(&ask(path))?;
                // The server's FIN ends the response.
                peer.hear_out()?;
                drop(peer);
                pause(200);
            }
            Ok(())
        };
        both(server, client)?;
        Ok(Vec::new())
    }))
}

/// Two requests on a connection that stays.
pub(super) fn http_keepalive(stage: &mut Stage) -> io::Result<Talk> {
    let listener = stage.listen()?;
    Ok(Box::new(move || {
        let server = || {
            let mut peer = Peer::new(accept(&listener)?);
            answer(&mut peer, "keep-alive")?;
            answer(&mut peer, "keep-alive")?;
            Ok(peer.stream)
        };
        let client = || {
            let mut peer = Peer::new(connect(&listener)?);
            for path in ["/first", "/second"] {
                peer.say(&ask(path))?;
                peer.message()?;
                pause(200);
            }
            Ok(peer.stream)
        };
        let (server, client) = both(server, client)?;
        Ok(vec![server, client])
    }))
}

fn ask(path: &str) -> Vec<u8> {
    let request = format!("GET {path} HTTP/1.1");
    http(&[&request, "Host: www.example.com", "User-Agent: example", "Accept: */*"], b"")
}

fn answer(peer: &mut Peer<TcpStream>, connection: &str) -> io::Result<()> {
    let head = peer.head()?;
    let path = head.split(' ').nth(1).unwrap_or("/");
    let body = format!("This is {path}.\n");
    let length = format!("Content-Length: {}", body.len());
    let connection = format!("Connection: {connection}");
    peer.say(&http(&["HTTP/1.1 200 OK", "Content-Type: text/plain", &length, &connection], body.as_bytes()))
}

/// A raw socket on which both sides speak when they like.
pub(super) fn socket(stage: &mut Stage) -> io::Result<Talk> {
    let listener = stage.listen()?;
    Ok(Box::new(move || {
        let server = || {
            let connection = accept(&listener)?;
            let mut pushes = connection.try_clone()?;
            let push = std::thread::spawn(move || {
                for score in ["1:0", "1:1", "2:1"] {
                    pause(400);
                    pushes.write_all(format!("score {score}\n").as_bytes())?;
                }
                Ok(())
            });
            let mut peer = Peer::new(connection);
            for _ in 0..3 {
                let line = peer.hear()?;
                peer.say(&[b"heard: ", line.as_slice()].concat())?;
            }
            joined(push.join())?;
            Ok(peer.stream)
        };
        let client = || {
            let mut connection = connect(&listener)?;
            for line in ["hello\n", "move 3 4\n", "move 5 5\n"] {
                connection.write_all(line.as_bytes())?;
                pause(500);
            }
            let _ = connection.read(&mut [0; 4096])?;
            Ok(connection)
        };
        let (server, client) = both(server, client)?;
        Ok(vec![server, client])
    }))
}

/// Datagrams of two clients; one is never answered.
pub(super) fn udp(stage: &mut Stage) -> io::Result<Talk> {
    let server = stage.datagrams()?;
    Ok(Box::new(move || {
        let at = server.local_addr()?;
        let serve = || {
            let mut room = [0; 512];
            for _ in 0..4 {
                let (length, sender) = server.recv_from(&mut room)?;
                if &room[..length] != b"silence" {
                    server.send_to(&[b"got ", &room[..length]].concat(), sender)?;
                }
            }
            Ok(())
        };
        let client = || {
            for words in [["one", "two"], ["three", "silence"]] {
                let socket = std::net::UdpSocket::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
                socket.set_read_timeout(Some(std::time::Duration::from_millis(300)))?;
                for word in words {
                    socket.send_to(word.as_bytes(), at)?;
                    // Nobody answers silence.
                    let _ = socket.recv(&mut [0; 512]);
                }
            }
            Ok(())
        };
        both(serve, client)?;
        Ok(Vec::new())
    }))
}

/// The handshake of RFC 6455's example, messages both ways, a push, a ping, the farewell.
pub(super) fn websocket(stage: &mut Stage) -> io::Result<Talk> {
    let listener = stage.listen()?;
    Ok(Box::new(move || {
        let server = || {
            let mut peer = Peer::new(accept(&listener)?);
            serve_chat(&mut peer)?;
            peer.stream.shutdown(Shutdown::Write)?;
            peer.hear_out()
        };
        let client = || {
            let mut peer = Peer::new(connect(&listener)?);
            peer.say(&upgrade("/chat", "server.example.com", KEY))?;
            peer.head()?;
            peer.say(&said(opcode::TEXT, "안녕하세요".as_bytes()))?;
            loop {
                match peer.frame()? {
                    (opcode::PING, payload) => peer.say(&said(opcode::PONG, &payload))?,
                    (opcode::TEXT, text) if text == b"bye soon" => {
                        peer.say(&said(opcode::CLOSE, &farewell(1000, "done")))?;
                    }
                    (opcode::CLOSE, _) => break,
                    _ => {}
                }
            }
            // The server hangs up first (RFC 6455 7.1.1).
            peer.hear_out()
        };
        both(server, client)?;
        Ok(Vec::new())
    }))
}

/// Answers a handshake and the frames behind it, until the farewell.
fn serve_chat(peer: &mut Peer<TcpStream>) -> io::Result<()> {
    let head = peer.head()?;
    peer.say(&switching(header(&head, "Sec-WebSocket-Key")))?;
    loop {
        match peer.frame()? {
            (opcode::TEXT, text) => {
                peer.say(&frame(opcode::TEXT, &[b"you said: ", text.as_slice()].concat()))?;
                pause(300);
                peer.say(&frame(opcode::TEXT, "서버가 먼저 보냅니다".as_bytes()))?;
                pause(150);
                peer.say(&frame(opcode::PING, b"still there?"))?;
            }
            (opcode::PONG, _) => peer.say(&frame(opcode::TEXT, b"bye soon"))?,
            (opcode::CLOSE, _) => return peer.say(&frame(opcode::CLOSE, &farewell(1000, ""))),
            _ => {}
        }
    }
}

/// The same inside TLS 1.3.
pub(super) fn wss(stage: &mut Stage) -> io::Result<Talk> {
    let listener = stage.listen()?;
    let (client, server) = configured(stage.secrets.clone()).map_err(io::Error::other)?;
    Ok(Box::new(move || {
        let serve = || {
            let session = ServerConnection::new(server).map_err(io::Error::other)?;
            let mut peer = Peer::new(StreamOwned::new(session, accept(&listener)?));
            let head = peer.head()?;
            peer.say(&switching(header(&head, "Sec-WebSocket-Key")))?;
            peer.say(&frame(opcode::TEXT, b"welcome inside TLS"))?;
            loop {
                match peer.frame()? {
                    (opcode::CLOSE, _) => break,
                    (_, text) => {
                        pause(100);
                        peer.say(&frame(opcode::TEXT, &[b"echo: ", text.as_slice()].concat()))?;
                    }
                }
            }
            peer.say(&frame(opcode::CLOSE, &farewell(1000, "")))?;
            peer.stream.conn.send_close_notify();
            peer.stream.flush()?;
            peer.stream.sock.shutdown(Shutdown::Write)?;
            peer.hear_out()
        };
        let speak = || {
            let name = ServerName::try_from(NAME).map_err(io::Error::other)?;
            let session = ClientConnection::new(client, name).map_err(io::Error::other)?;
            let stream = settled(TcpStream::connect(listener.local_addr()?)?)?;
            let mut peer = Peer::new(StreamOwned::new(session, stream));
            peer.say(&upgrade("/chat", NAME, KEY))?;
            peer.head()?;
            peer.frame()?;
            for text in ["hello inside TLS", "암호화된 인사"] {
                peer.say(&said(opcode::TEXT, text.as_bytes()))?;
                peer.frame()?;
            }
            peer.say(&said(opcode::CLOSE, &farewell(1000, "done")))?;
            peer.hear_out()?;
            // Behind the server's close_notify comes its FIN.
            peer.stream.sock.read_to_end(&mut Vec::new())?;
            peer.stream.conn.send_close_notify();
            peer.stream.flush()
        };
        both(serve, speak)?;
        Ok(Vec::new())
    }))
}

/// Whom the certificate is for.
const NAME: &str = "server.example.com";

/// A client and a server that trust a certificate made just now, and tell their secrets.
fn configured(
    secrets: Secrets,
) -> Result<(Arc<ClientConfig>, Arc<ServerConfig>), Box<dyn std::error::Error + Send + Sync>> {
    let made = rcgen::generate_simple_self_signed([NAME.to_owned()])?;
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)?;
    let mut roots = RootCertStore::empty();
    roots.add(certificate)?;
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    client.key_log = Arc::new(secrets);
    client.alpn_protocols = vec![b"http/1.1".to_vec()];
    let mut server = server;
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((Arc::new(client), Arc::new(server)))
}
