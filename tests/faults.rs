//! What happens to the program when the system lets it down: full disks, closed pipes, odd names, no home.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const CAPTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/captures/chat.pcapng");

fn seqdump(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seqdump"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn one_line(done: &Output, status: i32) {
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(status), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("seqdump: "), "{said}");
}

#[test]
fn a_full_disk_is_said_in_one_line() {
    for command in ["list", "print", "export"] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        one_line(&seqdump(&[command, CAPTURE]).stdout(full).output().unwrap(), 2);
    }
    let full = File::options().write(true).open("/dev/full").unwrap();
    one_line(&seqdump(&["man"]).stdout(full).output().unwrap(), 2);
}

#[test]
fn a_closed_pipe_is_silent() {
    for command in ["list", "print", "export", "man"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let arguments: &[&str] = if command == "man" { &["man"] } else { &[command, CAPTURE] };
        let done = seqdump(arguments).stdout(writer).output().unwrap();
        assert!(done.status.success() || done.status.signal() == Some(13), "{command}: {done:?}");
        assert!(done.stderr.is_empty(), "{command}: {done:?}");
    }
}

#[test]
fn an_empty_environment_is_enough() {
    for command in ["list", "print", "export"] {
        let done = seqdump(&[command, CAPTURE]).env_clear().output().unwrap();
        assert!(done.status.success() && !done.stdout.is_empty(), "{command}: {done:?}");
    }
}

#[test]
fn a_name_that_is_no_text_is_read_and_never_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join(OsStr::from_bytes(b"\xff\xfe\x1b[2J\n.pcapng"));
    let mut command = seqdump(&["export"]);
    one_line(&command.arg(&name).output().unwrap(), 2);
    std::fs::copy(CAPTURE, &name).unwrap();
    for what in ["list", "print", "export"] {
        let done = seqdump(&[what]).arg(&name).output().unwrap();
        assert!(done.status.success(), "{what}: {done:?}");
        assert!(!done.stdout.contains(&0x1b) && !done.stderr.contains(&0x1b), "{what}");
    }
}

#[test]
fn what_is_no_file_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let unreadable = folder.path().join("nothing");
    for path in [folder.path(), &unreadable] {
        for command in ["list", "print", "export"] {
            one_line(&seqdump(&[command]).arg(path).output().unwrap(), 2);
        }
    }
    one_line(&seqdump(&["list", "/dev/null"]).output().unwrap(), 2);
    one_line(&seqdump(&["list", "--limits", "nothing=1", CAPTURE]).output().unwrap(), 2);
}

#[test]
fn a_temporary_folder_that_cannot_be_written_to_is_no_hindrance_or_is_said() {
    let nowhere = "/nowhere/at/all";
    let done = seqdump(&["print", CAPTURE]).env("TMPDIR", nowhere).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    let packed = concat!(env!("CARGO_MANIFEST_DIR"), "/captures/pcapng-gzip.pcapng.gz");
    let done = seqdump(&["print", packed]).env("TMPDIR", nowhere).output().unwrap();
    if !done.status.success() {
        one_line(&done, 2);
    }
}

#[test]
fn an_interrupt_ends_it_at_once() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let (reader, writer) = std::io::pipe().unwrap();
        let mut running = seqdump(&["list", "-"]).stdin(reader).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(200));
        assert!(running.try_wait().unwrap().is_none(), "it waits for its input");
        Command::new("kill").args([signal, &running.id().to_string()]).status().unwrap();
        let since = Instant::now();
        let status = running.wait().unwrap();
        assert!(since.elapsed() < Duration::from_secs(1));
        assert!(!status.success(), "{status:?}");
        drop(writer);
    }
}
