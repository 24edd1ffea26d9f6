//! What the program can still do once it is confined: tried in processes of their own.

use std::fs::File;
use std::io::{PipeWriter, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use seqdump::capture::confine::{
    Confined, Extent, Needs, confine, confine_beside, confine_screen, confine_to_asking, confine_to_making,
    confine_to_talking, confine_to_terminal,
};
use seqdump::capture::{self, Next, Options};

const CHILD: &str = "SEQDUMP_TEST_CONFINED_FOLDER";

/// Runs one of the tests below as a child that is told which folder is its own.
fn child(name: &str, folder: &Path) {
    let program = std::env::current_exe().unwrap();
    let done =
        Command::new(program).args(["--exact", name, "--nocapture"]).env(CHILD, folder).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.contains("1 passed"), "{said}");
}

/// The folder, in the child; where this is no child, one is run, and there is none.
fn own(name: &str) -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os(CHILD) {
        return Some(folder.into());
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(
        concat!(env!("CARGO_MANIFEST_DIR"), "/captures/chat.pcapng"),
        folder.path().join("in.pcapng"),
    )
    .unwrap();
    std::fs::create_dir(folder.path().join("keys")).unwrap();
    child(name, folder.path());
    None
}

#[test]
fn nothing_else_can_be_opened() {
    let Some(folder) = own("nothing_else_can_be_opened") else { return };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let input = folder.join("in.pcapng");
    let mut open = File::open(&input).unwrap();
    match confine(&Needs::default()).unwrap().files {
        Extent::Not => return eprintln!("skipped: this kernel has no Landlock"),
        how => println!("{how:?}"),
    }
    for secret in ["/etc/shadow", "/etc/passwd", "/root/.bashrc", "/proc/self/environ", "/dev/mem"] {
        assert!(File::open(secret).is_err(), "{secret}");
    }
    assert!(std::fs::read_dir(&folder).is_err());
    assert!(File::create(folder.join("new")).is_err());
    assert!(File::open(&input).is_err() && File::options().write(true).open(&input).is_err());
    assert!(std::fs::rename(&input, folder.join("other")).is_err());
    assert!(std::fs::remove_file(&input).is_err());
    assert!(std::os::unix::fs::symlink("/etc/shadow", folder.join("link")).is_err());
    assert!(Command::new("/bin/true").status().is_err());
    assert!(TcpStream::connect(address).is_err());
    assert!(std::thread::spawn(|| File::open("/etc/passwd").is_err()).join().unwrap());
    open.read_exact(&mut [0; 8]).unwrap();
}

#[test]
fn calls_that_are_not_needed_are_refused_and_nobody_is_killed() {
    let Some(folder) = own("calls_that_are_not_needed_are_refused_and_nobody_is_killed") else { return };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let other = Command::new("cat").stdin(Stdio::piped()).spawn();
    // Files stay open to a screen: what is refused here, the filter of calls refuses.
    if !confine_screen(false).unwrap().calls {
        return eprintln!("skipped: this system does not filter calls");
    }
    std::fs::write(folder.join("saved"), "what the user asked for").unwrap();
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
    for line in ["Seccomp:\t2", "NoNewPrivs:\t1"] {
        assert!(status.contains(line), "{status}");
    }
    let denied = |what: &str, done: std::io::Result<()>| match done {
        Err(error) => assert_eq!(error.raw_os_error(), Some(libc::EPERM), "{what}: {error}"),
        Ok(()) => panic!("{what} was done"),
    };
    let nix = |done: nix::Result<()>| done.map_err(std::io::Error::from);
    denied("connect", TcpStream::connect(address).map(drop));
    denied("listen", TcpListener::bind("127.0.0.1:0").map(drop));
    denied("a datagram", UdpSocket::bind("127.0.0.1:0").map(drop));
    denied("a local socket", UnixListener::bind(folder.join("socket")).map(drop));
    denied("accept", listener.accept().map(drop));
    denied("chroot", std::os::unix::fs::chroot(&folder));
    denied("rename", std::fs::rename(folder.join("saved"), folder.join("other")));
    // A file that could not be filled is taken back.
    std::fs::remove_file(folder.join("saved")).unwrap();
    denied("a link", std::os::unix::fs::symlink("saved", folder.join("link")));
    denied("another session", nix(nix::unistd::setsid().map(drop)));
    denied("to be traced", nix(nix::sys::prctl::set_dumpable(true)));
    if let Ok(other) = &other {
        let other = nix::unistd::Pid::from_raw(other.id() as i32);
        denied("to kill", nix(nix::sys::signal::kill(other, nix::sys::signal::Signal::SIGKILL)));
    }
    assert!(Command::new("/bin/true").status().is_err());
    assert!(std::thread::spawn(|| UdpSocket::bind("127.0.0.1:0").is_err()).join().unwrap());
}

#[test]
fn a_spool_gives_room_back_once_confined() {
    use nix::fcntl::{FallocateFlags, fallocate};
    let Some(folder) = own("a_spool_gives_room_back_once_confined") else { return };
    let mut spool = File::create_new(folder.join("spool")).unwrap();
    let hole = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
    spool.write_all(&[1; 1 << 16]).unwrap();
    if let Err(why) = fallocate(&spool, hole, 0, 1 << 12) {
        return eprintln!("skipped: this file system frees no part of a file ({why})");
    }
    confine(&Needs { live: true, ..Needs::default() }).unwrap();
    spool.write_all(&[1; 1 << 16]).unwrap();
    fallocate(&spool, hole, 1 << 12, 1 << 15).unwrap();
}

/// Whether both of these are there to be tried.
fn is_whole(confined: Confined) -> bool {
    let whole = confined.files != Extent::Not && confined.calls;
    if !whole {
        eprintln!("skipped: this system has no Landlock, or does not filter calls");
    }
    whole
}

#[test]
fn who_asks_whose_sockets_are_changes_nothing() {
    let Some(folder) = own("who_asks_whose_sockets_are_changes_nothing") else { return };
    if !confine_to_asking().unwrap().calls {
        return eprintln!("skipped: this system does not filter calls");
    }
    assert!(std::fs::read("/proc/self/status").is_ok() && std::fs::read_dir("/proc/self/fd").is_ok());
    assert!(File::create(folder.join("new")).is_err());
    assert!(File::options().append(true).open(folder.join("in.pcapng")).is_err());
    assert!(File::options().write(true).open(folder.join("in.pcapng")).is_err());
    assert!(std::fs::remove_file(folder.join("in.pcapng")).is_err());
    assert!(std::fs::rename(folder.join("in.pcapng"), folder.join("out")).is_err());
    assert!(UdpSocket::bind("127.0.0.1:0").is_err() && TcpListener::bind("127.0.0.1:0").is_err());
    assert!(Command::new("/bin/true").status().is_err());
}

#[test]
fn who_replaces_a_file_has_its_folder_alone() {
    let Some(folder) = own("who_replaces_a_file_has_its_folder_alone") else { return };
    let (input, beside) = (folder.join("in.pcapng"), folder.join("in.pcapng.named"));
    let elsewhere = tempfile::tempdir().unwrap();
    if !is_whole(confine_beside(&input).unwrap()) {
        return;
    }
    std::fs::write(&beside, std::fs::read(&input).unwrap()).unwrap();
    std::fs::rename(&beside, &input).unwrap();
    std::fs::write(&beside, "").unwrap();
    std::fs::remove_file(&beside).unwrap();
    assert!(File::open("/etc/passwd").is_err());
    assert!(File::create(elsewhere.path().join("new")).is_err());
    assert!(std::fs::rename(&input, elsewhere.path().join("in")).is_err());
    assert!(std::os::unix::fs::symlink("/etc/shadow", folder.join("link")).is_err());
    assert!(Command::new("/bin/true").status().is_err());
    assert!(UdpSocket::bind("127.0.0.1:0").is_err());
}

#[test]
fn who_makes_files_reads_none() {
    let Some(folder) = own("who_makes_files_reads_none") else { return };
    let own = folder.join("keys/config.toml");
    std::fs::write(&own, "mouse = false").unwrap();
    if !is_whole(confine_to_making(Some(&own)).unwrap()) {
        return;
    }
    let saved = folder.join("saved");
    capture::privilege::create(&saved).unwrap().write_all(b"what the user asked for").unwrap();
    capture::privilege::create(&saved).unwrap().write_all(b"once more").unwrap();
    assert!(File::open(&saved).is_err());
    std::fs::remove_file(&saved).unwrap();
    assert_eq!(std::fs::read_to_string(&own).unwrap(), "mouse = false");
    capture::privilege::create(&own).unwrap().write_all(b"mouse = true").unwrap();
    assert_eq!(std::fs::read_to_string(&own).unwrap(), "mouse = true");
    capture::privilege::folder(&folder.join("new")).unwrap();
    assert!(File::open(folder.join("in.pcapng")).is_err() && File::open("/etc/passwd").is_err());
    assert!(std::fs::read_dir(&folder).is_err());
    assert!(Command::new("/bin/true").status().is_err());
    assert!(UdpSocket::bind("127.0.0.1:0").is_err());
}

#[test]
fn who_talks_does_so_with_its_own_ports_alone() {
    let Some(folder) = own("who_talks_does_so_with_its_own_ports_alone") else { return };
    let [listener, other] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let address = listener.local_addr().unwrap();
    if !is_whole(confine_to_talking(&[address.port()]).unwrap()) {
        return;
    }
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"hello").unwrap();
    let mut heard = [0; 5];
    listener.accept().unwrap().0.read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"hello");
    // Kernels before 6.7 know no ports.
    if is_refused_elsewhere() {
        assert!(TcpStream::connect(other.local_addr().unwrap()).is_err());
    }
    assert!(File::open(folder.join("in.pcapng")).is_err() && File::create(folder.join("new")).is_err());
    assert!(UnixListener::bind(folder.join("socket")).is_err());
    assert!(Command::new("/bin/true").status().is_err());
}

/// Whether Landlock is new enough to know ports (its fourth version).
fn is_refused_elsewhere() -> bool {
    let release = nix::sys::utsname::uname().unwrap().release().to_string_lossy().into_owned();
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (6, 7)
}

#[test]
fn who_draws_opens_no_file() {
    let Some(folder) = own("who_draws_opens_no_file") else { return };
    if !is_whole(confine_to_terminal().unwrap()) {
        return;
    }
    for path in ["/etc/passwd", "/dev/null", "/proc/self/environ"] {
        assert!(File::open(path).is_err(), "{path}");
    }
    assert!(File::open(folder.join("in.pcapng")).is_err() && File::create(folder.join("new")).is_err());
    assert!(Command::new("/bin/true").status().is_err());
    // It stops itself where the user says so.
    nix::sys::signal::kill(nix::unistd::Pid::this(), None).unwrap();
}

/// The threads of a process by their names, with what the system says of each.
fn threads(child: &Child) -> Vec<(String, String)> {
    let of = |thread: std::io::Result<std::fs::DirEntry>| {
        let path = thread.ok()?.path();
        let name = std::fs::read_to_string(path.join("comm")).ok()?;
        Some((name.trim().to_owned(), std::fs::read_to_string(path.join("status")).ok()?))
    };
    std::fs::read_dir(format!("/proc/{}/task", child.id())).into_iter().flatten().filter_map(of).collect()
}

/// Whether threads of these names come to be there, each with its calls filtered, while a process runs.
fn come_to_be_confined(child: &mut Child, names: &[&str]) -> Vec<String> {
    let mut left: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    for _ in 0..4000 {
        for (name, status) in threads(child) {
            left.retain(|known| *known != name || !status.contains("Seccomp:\t2"));
        }
        if left.is_empty() || child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    left
}

fn may_capture() -> bool {
    let options = capture::live::Options { ring: 1 << 20, ..capture::live::Options::default() };
    let may = capture::live::open(&options, &capture::live::Stop::default()).is_ok();
    if !may {
        eprintln!("skipped: capturing is not permitted here");
    }
    may
}

#[test]
fn what_captures_is_confined_whatever_else_it_does() {
    if !confined_here().calls || !may_capture() {
        return eprintln!("skipped: this system does not filter calls");
    }
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept.pcapng");
    let kept = kept.to_str().unwrap();
    let program = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seqdump"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    // A program that waits for its input to end, and ours that reads its packets.
    let (reader, writer) = std::io::pipe().unwrap();
    let mut run = program().args(["run", "-w", kept, "cat"]).stdin(reader).spawn().unwrap();
    assert_eq!(come_to_be_confined(&mut run, &["reading", "names"]), [""; 0]);
    drop(writer);
    assert!(run.wait().unwrap().success() && Path::new(kept).exists());
    // Scenarios are played by one thread and read by another.
    let mut demo = program().args(["demo", "websocket", "--print"]).spawn().unwrap();
    assert_eq!(come_to_be_confined(&mut demo, &["reading", "talk"]), [""; 0]);
    assert!(demo.wait().unwrap().success());
    // Nobody of those who keep a capture and name processes is left out.
    let mut live = program().args(["live", "--print", "-i", "lo", "-w", kept]).spawn().unwrap();
    assert_eq!(come_to_be_confined(&mut live, &["names", "naming"]), [""; 0]);
    assert!(comes_to_say(&live, true, "Seccomp:\t2"), "{:?}", threads(&live));
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(live.id() as i32), nix::sys::signal::Signal::SIGINT)
        .unwrap();
    assert!(live.wait().unwrap().success());
}

/// The bytes of a capture, and a child that reads them from a pipe and waits for more.
fn waiting(arguments: &[&str]) -> (Child, PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_seqdump"));
    command.args(arguments).stdin(reader).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().unwrap();
    let bytes =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/captures/many-connections.pcap")).unwrap();
    writer.write_all(&bytes[..4000]).unwrap();
    (child, writer)
}

/// Whether each thread, or some thread, of a process comes to say this of itself.
fn comes_to_say(child: &Child, all: bool, line: &str) -> bool {
    let says = |thread: std::io::Result<std::fs::DirEntry>| {
        let status = std::fs::read_to_string(thread.ok()?.path().join("status")).ok()?;
        Some(status.lines().any(|own| own == line))
    };
    for _ in 0..400 {
        let threads = std::fs::read_dir(format!("/proc/{}/task", child.id())).unwrap();
        let mut said = threads.filter_map(says);
        if if all { said.all(|said| said) } else { said.any(|said| said) } {
            return true;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    false
}

#[test]
fn every_command_that_reads_captures_is_confined() {
    if !confined_here().calls {
        return eprintln!("skipped: this system does not filter calls");
    }
    let folder = tempfile::tempdir().unwrap();
    let drawn = folder.path().join("out.svg");
    let exported = folder.path().join("out.jsonl");
    let (drawn, exported) = (drawn.to_str().unwrap(), exported.to_str().unwrap());
    for arguments in [
        &["list", "-"] as &[&str],
        &["print", "-"],
        &["check", "-"],
        &["compare", "-"],
        &["export", "-"],
        &["export", "-", "-o", exported],
        &["export", "-", "--format", "har"],
        &["export", "-", "--format", "pcapng"],
        &["draw", "-", "-o", drawn],
        &["draw", "-", "--screen", "80x24", "-o", drawn],
    ] {
        let (mut child, writer) = waiting(arguments);
        assert!(comes_to_say(&child, true, "Seccomp:\t2"), "{arguments:?}");
        drop(writer);
        assert!(child.wait().unwrap().code().is_some_and(|code| code < 2), "{arguments:?}");
    }
}

/// What this system knows, tried out on a thread.
fn confined_here() -> Confined {
    std::thread::spawn(|| confine_screen(false).unwrap()).join().unwrap()
}

#[test]
fn root_is_given_up_once_files_are_open() {
    if !nix::unistd::Uid::effective().is_root() {
        return eprintln!("skipped: only root can give root up");
    }
    let folder = tempfile::tempdir().unwrap();
    let (secret, log) = (folder.path().join("secret.pcapng"), folder.path().join("keys"));
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/captures/chat.pcapng"), &secret).unwrap();
    std::fs::write(&log, "# keys\n").unwrap();
    for file in [&secret, &log] {
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let by_sudo = |command: &mut Command| {
        command.env("SUDO_UID", "65534").env("SUDO_GID", "65534").env("TMPDIR", "/tmp").output().unwrap()
    };
    for command in ["list", "print", "export", "check"] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_seqdump"));
        let done = by_sudo(program.arg(command).arg(&secret).arg("--keylog").arg(&log));
        assert!(
            done.status.code().is_some_and(|code| code < 2) && !done.stdout.is_empty(),
            "{command}: {done:?}"
        );
    }
    // What is written is made with the rights of who called.
    let mut program = Command::new(env!("CARGO_BIN_EXE_seqdump"));
    let refused = by_sudo(program.arg("draw").arg(&secret).arg("-o").arg(folder.path().join("out.svg")));
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    // While it reads.
    let (reader, mut writer) = std::io::pipe().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_seqdump"));
    program.args(["list", "-"]).env("SUDO_UID", "65534").env("SUDO_GID", "65534").env("TMPDIR", "/tmp");
    let mut child = program.stdin(reader).stdout(Stdio::null()).spawn().unwrap();
    let nobody = "65534\t65534\t65534\t65534";
    // Not a byte was sent yet.
    assert!(comes_to_say(&child, true, &format!("Uid:\t{nobody}")));
    for line in [
        &format!("Gid:\t{nobody}"),
        "CapEff:\t0000000000000000",
        "CapPrm:\t0000000000000000",
        "NoNewPrivs:\t1",
    ] {
        assert!(comes_to_say(&child, true, line), "{line}");
    }
    writer.write_all(&std::fs::read(&secret).unwrap()).unwrap();
    drop(writer);
    assert!(child.wait().unwrap().success());
}

#[test]
fn inputs_are_read_again_and_key_logs_may_still_come() {
    let Some(folder) = own("inputs_are_read_again_and_key_logs_may_still_come") else { return };
    let (input, log) = (folder.join("in.pcapng"), folder.join("keys/log"));
    let mut opened =
        capture::open(std::slice::from_ref(&input), &Options { rereadable: true, ..Options::default() })
            .unwrap();
    let mut later = File::create(folder.join("keys/later")).unwrap();
    confine(&Needs { keylogs: vec![log], live: false }).unwrap();
    let mut count = 0;
    while !matches!(opened.source.next().unwrap(), Next::End { .. }) {
        count += 1;
    }
    assert!(count > 50);
    let frames = opened.frames.unwrap();
    let mut again = 0;
    std::thread::spawn(move || frames.read(1..=5, |_| again += 1).map(|()| assert_eq!(again, 5)))
        .join()
        .unwrap()
        .unwrap();
    // Another process puts the log in its place.
    later.write_all(b"CLIENT_RANDOM 00 00\n").unwrap();
    let mut followed = capture::keylog::KeyLog::open(folder.join("keys/later"));
    assert_eq!(followed.poll(), Some(&b"CLIENT_RANDOM 00 00\n"[..]));
}

#[test]
fn the_version_says_what_is_confined() {
    let said = Command::new(env!("CARGO_BIN_EXE_seqdump")).arg("--version").output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    for word in ["seqdump ", "root: ", "files: ", "system calls: "] {
        assert!(said.contains(word), "{said}");
    }
}
