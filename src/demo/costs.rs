//! The same ten messages in four ways: by polling, on a kept connection, over WebSocket, over a raw socket.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};

use super::speech::{KEY, Peer, farewell, frame, header, http, opcode, said, switching, upgrade};
use super::stage::{Stage, Talk, accept, both, connect};

fn messages() -> impl Iterator<Item = String> {
    (0..10).map(|number| format!("message {number}"))
}

/// Ten messages and their echoes, in each of the four ways.
pub(super) fn compare(stage: &mut Stage) -> io::Result<Talk> {
    let [polled, kept, websocket, raw] = [stage.listen()?, stage.listen()?, stage.listen()?, stage.listen()?];
    Ok(Box::new(move || {
        let server = || {
            messages().try_for_each(|_| answer(&polled, 1, "close"))?;
            answer(&kept, messages().count(), "keep-alive")?;
            echo_frames(&websocket)?;
            echo(&raw)
        };
        let client = || {
            messages().try_for_each(|text| ask(&polled, [text].into_iter()))?;
            ask(&kept, messages())?;
            speak_frames(&websocket)?;
            speak(&raw)
        };
        both(server, client)?;
        Ok(Vec::new())
    }))
}

/// Answers so many requests on a connection with their own bodies.
fn answer(listener: &TcpListener, count: usize, connection: &str) -> io::Result<()> {
    let mut peer = Peer::new(accept(listener)?);
    for _ in 0..count {
        let (_, body) = peer.message()?;
        let (length, connection) =
            (format!("Content-Length: {}", body.len()), format!("Connection: {connection}"));
        peer.say(&http(&["HTTP/1.1 200 OK", "Content-Type: text/plain", &length, &connection], &body))?;
    }
    if connection == "close" {
        peer.stream.shutdown(Shutdown::Write)?;
    }
    peer.hear_out()
}

/// Posts texts on a connection and hears them again.
fn ask(listener: &TcpListener, texts: impl Iterator<Item = String>) -> io::Result<()> {
    let mut peer = Peer::new(connect(listener)?);
    for text in texts {
        let length = format!("Content-Length: {}", text.len());
        let lines = ["POST /echo HTTP/1.1", "Host: www.example.com", "Content-Type: text/plain", &length];
        peer.say(&http(&lines, text.as_bytes()))?;
        let (head, _) = peer.message()?;
        if header(&head, "Connection") == "close" {
            peer.hear_out()?;
        }
    }
    Ok(())
}

fn echo_frames(listener: &TcpListener) -> io::Result<()> {
    let mut peer = Peer::new(accept(listener)?);
    let head = peer.head()?;
    peer.say(&switching(header(&head, "Sec-WebSocket-Key")))?;
    while let (opcode::TEXT, text) = peer.frame()? {
        peer.say(&frame(opcode::TEXT, &text))?;
    }
    peer.say(&frame(opcode::CLOSE, &farewell(1000, "")))?;
    peer.stream.shutdown(Shutdown::Write)?;
    peer.hear_out()
}

fn speak_frames(listener: &TcpListener) -> io::Result<()> {
    let mut peer = Peer::new(connect(listener)?);
    peer.say(&upgrade("/echo", "server.example.com", KEY))?;
    peer.head()?;
    for text in messages() {
        peer.say(&said(opcode::TEXT, text.as_bytes()))?;
        peer.frame()?;
    }
    peer.say(&said(opcode::CLOSE, &farewell(1000, "")))?;
    peer.hear_out()
}

fn echo(listener: &TcpListener) -> io::Result<()> {
    let mut peer: Peer<TcpStream> = Peer::new(accept(listener)?);
    loop {
        let text = peer.hear()?;
        if text.is_empty() {
            return Ok(());
        }
        peer.say(&text)?;
    }
}

fn speak(listener: &TcpListener) -> io::Result<()> {
    let mut peer = Peer::new(connect(listener)?);
    for text in messages() {
        peer.say(text.as_bytes())?;
        peer.take(text.len())?;
    }
    Ok(())
}
