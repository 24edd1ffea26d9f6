//! What the program can still do once it is confined: tried in processes of their own.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use seqdump::capture::confine::{Confined, confine};
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
    let input = folder.join("in.pcapng");
    match confine(std::slice::from_ref(&input), &[]).unwrap() {
        Confined::Not => return eprintln!("skipped: this kernel has no Landlock"),
        how => println!("{how:?}"),
    }
    for secret in ["/etc/shadow", "/etc/passwd", "/root/.bashrc", "/proc/self/environ", "/dev/mem"] {
        assert!(File::open(secret).is_err(), "{secret}");
    }
    assert!(std::fs::read_dir(&folder).is_err());
    assert!(File::create(folder.join("new")).is_err());
    assert!(File::options().write(true).open(&input).is_err());
    assert!(std::fs::rename(&input, folder.join("other")).is_err());
    assert!(std::fs::remove_file(&input).is_err());
    assert!(std::os::unix::fs::symlink("/etc/shadow", folder.join("link")).is_err());
    assert!(Command::new("/bin/true").status().is_err());
    assert!(TcpStream::connect(listener.local_addr().unwrap()).is_err());
    assert!(std::thread::spawn(|| File::open("/etc/passwd").is_err()).join().unwrap());
    File::open(&input).unwrap().read_exact(&mut [0; 8]).unwrap();
}

#[test]
fn inputs_are_read_again_and_key_logs_may_still_come() {
    let Some(folder) = own("inputs_are_read_again_and_key_logs_may_still_come") else { return };
    let (input, log) = (folder.join("in.pcapng"), folder.join("keys/log"));
    let mut opened =
        capture::open(std::slice::from_ref(&input), &Options { rereadable: true, ..Options::default() })
            .unwrap();
    let mut later = File::create(folder.join("keys/later")).unwrap();
    confine(&[input], std::slice::from_ref(&log)).unwrap();
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
    let mut followed = capture::keylog::KeyLog::new(folder.join("keys/later"));
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
