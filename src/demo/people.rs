//! Conversations of more than two: a chat room, and a WebSocket through a reverse proxy.

use std::io::{self, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::speech::{KEY, Peer, farewell, frame, header, opcode, said, switching, upgrade};
use super::stage::{Stage, Talk, accept, both, connect, joined, pause};

/// A member of the chat room: after how many milliseconds they come, what they say after which pauses, and how long
/// they stay then.
type Member = (&'static str, u64, &'static [(u64, &'static str)], u64);

const MEMBERS: [Member; 3] = [
    ("ann", 0, &[(300, "hello, who is here?"), (400, "shall we start?")], 500),
    ("bo", 100, &[(350, "me!")], 200),
    ("chris", 200, &[(350, "안녕하세요"), (350, "let's go")], 300),
];

/// Three clients and a server that says to all what one says.
pub(super) fn chat(stage: &mut Stage) -> io::Result<Talk> {
    let listener = stage.listen()?;
    Ok(Box::new(move || {
        both(
            || host(&listener),
            || {
                thread::scope(|scope| {
                    let members = MEMBERS.map(|member| {
                        let listener = &listener;
                        scope.spawn(move || join(listener, &member))
                    });
                    members.into_iter().try_for_each(|member| joined(member.join()))
                })
            },
        )?;
        Ok(Vec::new())
    }))
}

/// Who is in the room.
type Room = Mutex<Vec<TcpStream>>;

/// The server: as many members as there will be, a thread for each.
fn host(listener: &TcpListener) -> io::Result<()> {
    let room = Room::default();
    thread::scope(|scope| {
        let mut served = Vec::new();
        for _ in MEMBERS {
            let stream = accept(listener)?;
            let room = &room;
            served.push(scope.spawn(move || serve(Peer::new(stream), room)));
        }
        served.into_iter().try_for_each(|served| joined(served.join()))
    })
}

fn serve(mut peer: Peer<TcpStream>, room: &Room) -> io::Result<()> {
    let head = peer.head()?;
    peer.say(&switching(header(&head, "Sec-WebSocket-Key")))?;
    let (_, name) = peer.frame()?;
    let name = String::from_utf8_lossy(&name).into_owned();
    let own = peer.stream.peer_addr()?;
    room.lock().unwrap_or_else(PoisonError::into_inner).push(peer.stream.try_clone()?);
    tell(room, &format!("* {name} came"));
    while let (opcode::TEXT, line) = peer.frame()? {
        tell(room, &format!("{name}: {}", String::from_utf8_lossy(&line)));
    }
    // Nothing is said to who is saying goodbye.
    let mut members = room.lock().unwrap_or_else(PoisonError::into_inner);
    members.retain(|member| member.peer_addr().is_ok_and(|address| address != own));
    drop(members);
    peer.say(&frame(opcode::CLOSE, &farewell(1000, "")))?;
    peer.stream.shutdown(Shutdown::Write)?;
    peer.hear_out()
}

/// Says a line to everybody in the room.
fn tell(room: &Room, line: &str) {
    let frame = frame(opcode::TEXT, line.as_bytes());
    for member in room.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
        // Who hangs up meanwhile hears no more.
        let _ = member.write_all(&frame);
    }
}

fn join(listener: &TcpListener, &(name, delay, lines, stay): &Member) -> io::Result<()> {
    pause(delay);
    let mut peer = Peer::new(connect(listener)?);
    peer.say(&upgrade("/room", "server.example.com", KEY))?;
    peer.head()?;
    peer.say(&said(opcode::TEXT, name.as_bytes()))?;
    for (delay, line) in lines {
        pause(*delay);
        peer.say(&said(opcode::TEXT, line.as_bytes()))?;
    }
    pause(stay);
    peer.say(&said(opcode::CLOSE, &farewell(1000, "")))?;
    peer.hear_out()
}

/// A client, a reverse proxy that knows of WebSocket, and the server behind it.
pub(super) fn proxy(stage: &mut Stage) -> io::Result<Talk> {
    let (front, back) = (stage.listen()?, stage.listen()?);
    Ok(Box::new(move || {
        let server = || {
            let mut peer = Peer::new(accept(&back)?);
            let head = peer.head()?;
            peer.say(&switching(header(&head, "Sec-WebSocket-Key")))?;
            pause(20);
            peer.say(&frame(opcode::TEXT, b"the server greets"))?;
            while let (opcode::TEXT, text) = peer.frame()? {
                pause(50);
                peer.say(&frame(opcode::TEXT, &[b"echo: ", text.as_slice()].concat()))?;
            }
            peer.say(&frame(opcode::CLOSE, &farewell(1000, "")))?;
            peer.stream.shutdown(Shutdown::Write)?;
            peer.hear_out()
        };
        let client = || {
            let mut peer = Peer::new(connect(&front)?);
            peer.say(&upgrade("/echo", "server.example.com", KEY))?;
            peer.head()?;
            peer.frame()?;
            for text in ["one", "둘", "three"] {
                peer.say(&said(opcode::TEXT, text.as_bytes()))?;
                peer.frame()?;
            }
            peer.say(&said(opcode::CLOSE, &farewell(1000, "")))?;
            peer.hear_out()
        };
        both(|| both(|| pass_on(&front, &back), server), client)?;
        Ok(Vec::new())
    }))
}

/// The proxy: tells the server whom it asks for, then passes bytes on, both ways, to the end.
fn pass_on(front: &TcpListener, back: &TcpListener) -> io::Result<()> {
    let mut outside = Peer::new(accept(front)?);
    let head = outside.head()?;
    let mut inside = Peer::new(connect(back)?);
    let from = format!("\r\nX-Forwarded-For: {}\r\n\r\n", outside.stream.peer_addr()?.ip());
    inside.say(head.replace("\r\n\r\n", &from).as_bytes())?;
    let (mut requests, mut answers) = (outside.stream.try_clone()?, inside.stream.try_clone()?);
    let there = || {
        io::copy(&mut requests, &mut inside.stream)?;
        inside.stream.shutdown(Shutdown::Write)
    };
    let back = || {
        io::copy(&mut answers, &mut outside.stream)?;
        outside.stream.shutdown(Shutdown::Write)
    };
    both(there, back).map(drop)
}
