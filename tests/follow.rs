//! A program whose calls are watched without root does what it does alone, and its calls are told.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::process::{Command, Output};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Watches a program on the errand on which `run --calls` sends seqdump; `None` where nobody may be watched.
fn follow(words: &[&str]) -> Option<Output> {
    let group = nix::unistd::getpgrp().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_seqdump"));
    let output = command.arg("__follow").arg(group).args(words).output().expect("seqdump runs");
    let told = text(&output.stdout);
    if told.contains("\"refused\"") {
        eprintln!("skipped: {}", told.trim());
        return None;
    }
    Some(output)
}

fn alone(words: &[&str]) -> Output {
    Command::new(words[0]).args(&words[1..]).output().expect("it runs")
}

/// What a watched program says stands on standard error.
fn does_the_same(words: &[&str]) {
    let (Some(watched), alone) = (follow(words), alone(words)) else { return };
    assert_eq!(text(&watched.stderr), text(&[alone.stdout, alone.stderr].concat()), "{words:?}");
    assert_eq!(watched.status.code(), alone.status.code(), "{words:?}");
}

#[test]
fn exit_statuses_and_signals_are_the_programs() {
    does_the_same(&["sh", "-c", "echo one; sh -c 'exit 3'; echo $?; (exit 4) & wait $!; exit $?"]);
    let Some(killed) = follow(&["sh", "-c", "kill -9 $$"]) else { return };
    assert_eq!(killed.status.code(), Some(128 + 9));
    let missing = follow(&["/no/such/program"]).unwrap();
    assert!(text(&missing.stdout).contains("\"failed\",\"number\":2"), "{}", text(&missing.stdout));
}

#[test]
fn programs_stop_and_go_on_as_they_are_told() {
    let waited = "
import os, signal, time
pid = os.fork()
if pid == 0:
    time.sleep(20)
os.kill(pid, signal.SIGSTOP)
print(os.WSTOPSIG(os.waitpid(pid, os.WUNTRACED)[1]))
os.kill(pid, signal.SIGCONT)
print(os.WIFCONTINUED(os.waitpid(pid, os.WCONTINUED)[1]))
os.kill(pid, signal.SIGTERM)
print(os.WTERMSIG(os.waitpid(pid, 0)[1]))
";
    does_the_same(&[
        "sh",
        "-c",
        "sh -c 'kill -STOP $$; exit 5' & sleep 0.1; kill -CONT $!; wait $!; echo $?",
    ]);
    does_the_same(&["python3", "-c", waited]);
}

#[test]
fn real_time_signals_arrive() {
    let program = "
import os, signal, time
got = []
signal.signal(signal.SIGRTMIN + 3, lambda number, frame: got.append(number - signal.SIGRTMIN))
for _ in range(5):
    os.kill(os.getpid(), signal.SIGRTMIN + 3)
    time.sleep(0.01)
print(got)
";
    does_the_same(&["python3", "-c", program]);
}

#[test]
fn threads_become_programs_and_children_descend() {
    let threads = "
import os, threading, time
threading.Thread(target=lambda: os.execvp('echo', ['echo', 'from a thread'])).start()
time.sleep(20)
";
    does_the_same(&["python3", "-c", threads]);
    does_the_same(&["sh", "-c", "for i in 1 2 3 4 5 6 7 8; do (echo $i | cat | cat) & wait; done"]);
}

#[test]
fn calls_are_told_with_addresses_and_whose_sockets_are() {
    let program = "
import socket, threading
listener = socket.socket(); listener.bind(('127.0.0.1', 0)); listener.listen(7)
def serve():
    connection, _ = listener.accept()
    connection.sendall(b'heard ' + connection.recv(100))
    connection.close()
thread = threading.Thread(target=serve); thread.start()
client = socket.socket(); client.connect(listener.getsockname())
client.sendall(b'hello'); client.recv(100); client.close(); thread.join()
peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); peer.sendto(b'x', ('127.0.0.1', 9))
open('/dev/null').read(); socket.socketpair()[0].send(b'not told')
";
    let Some(output) = follow(&["python3", "-c", program]) else { return };
    let told = text(&output.stdout);
    let mut rest = told.as_str();
    let calls =
        ["socket(AF_INET, SOCK_STREAM)", "bind(3, 127.0.0.1:0) = 0", "listen(3, backlog 7, 127.0.0.1:"];
    let rows = [", 127.0.0.1:", "close(", "socket(AF_INET, SOCK_DGRAM)", "sendto(", "1 bytes, 127.0.0.1:9)"];
    for part in calls.iter().chain(&rows) {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part} is missing, or out of order, in\n{told}"));
        rest = &rest[at + part.len()..];
    }
    assert!(told.contains("connect(") && told.contains("accept4(3) = ") && told.contains(", 100 bytes) = 5"));
    let sockets =
        told.lines().filter(|line| line.contains("\"socket\"") && line.contains("\"command\":\"python3\""));
    assert_eq!(sockets.count(), 3, "{told}");
    assert!(!told.contains("AF_UNIX") && !told.contains("8 bytes"), "{told}");
}
