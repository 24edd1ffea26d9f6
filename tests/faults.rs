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
        // Whoever runs the tests may ignore these signals (`nohup`), and what is ignored stays so.
        let mut running = Command::new("env")
            .args(["--default-signal=INT,TERM,HUP", env!("CARGO_BIN_EXE_seqdump"), "list", "-"])
            .stdin(reader)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
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

/// Runs a script of Bash as root of namespaces of its own: mounts and interfaces that nobody else sees. `$SEQDUMP` is the
/// program. `None`, which is said, where that is not permitted.
fn apart(namespaces: &str, script: &str) -> Option<Output> {
    let run = |script: &str| {
        let mut command = Command::new("unshare");
        command.args([namespaces, "bash", "-c", script]).stdin(Stdio::null());
        command.env("SEQDUMP", env!("CARGO_BIN_EXE_seqdump")).env("LC_ALL", "C.UTF-8").output()
    };
    let try_out = match namespaces {
        "-m" => "mount -t tmpfs none /mnt",
        _ => "ip link add try type dummy && ip link set lo up && mount -t tmpfs none /mnt",
    };
    match run(try_out) {
        Ok(done) if done.status.success() => Some(run(script).unwrap()),
        _ => {
            eprintln!("skipped: namespaces, mounts or interfaces cannot be made here");
            None
        }
    }
}

#[test]
fn a_disk_that_fills_up_is_said_and_what_was_written_stays() {
    // As a file that is exported to, as a picture, as the spool of a pipe, and as a file system that is read only.
    let script = format!(
        "mount -t tmpfs -o size=64k none /mnt; cd {}/captures
         $SEQDUMP export -o /mnt/out many-connections.pcap curl-nginx.pcapng websocket-deflate-fragmented.pcapng tls12-suites.pcapng; echo status $?
         head -n 3 /mnt/out | wc -l; rm /mnt/out
         $SEQDUMP draw --format html -o /mnt/out.html chat.pcapng; echo status $?; rm -f /mnt/out.html
         for ((i = 0; i < 12; i++)); do cat tls13-suites.pcapng; done | TMPDIR=/mnt $SEQDUMP print - | grep -c SYN; echo status ${{PIPESTATUS[0]}}
         mount -o remount,ro /mnt
         $SEQDUMP draw -o /mnt/out.svg chat.pcapng; echo status $?
         $SEQDUMP export -o /mnt/out chat.pcapng; echo status $?
         TMPDIR=/mnt $SEQDUMP list chat.pcapng | wc -l",
        env!("CARGO_MANIFEST_DIR")
    );
    let Some(done) = apart("-m", &script) else { return };
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    let out: Vec<&str> = out.lines().collect();
    assert_eq!(out[..3], ["status 2", "3", "status 2"], "{out:?} {err}");
    assert!(out[3].parse::<u32>().is_ok_and(|rows| rows > 0), "{out:?} {err}");
    assert_eq!(out[4..8], ["status 0", "status 2", "status 2", "4"], "{out:?} {err}");
    for said in ["No space left", "Read-only file system", "cap.spool-failed"] {
        assert!(err.contains(said), "{said}: {err}");
    }
    assert!(err.lines().all(|line| line.starts_with("seqdump: ")), "{err}");
}

#[test]
fn a_capture_outlives_a_full_disk_and_says_so() {
    let script = "ip link set lo up; mount -t tmpfs -o size=64k none /mnt
         $SEQDUMP live -i lo -w /mnt/out.pcapng -c 200 udp > /tmp/seqdump-shown.$$ & child=$!
         sleep 1
         long=$(head -c 1000 /dev/zero | tr '\\0' x)
         for ((i = 0; i < 400; i++)); do echo -n $long > /dev/udp/127.0.0.1/9; done 2>/dev/null
         for ((i = 0; i < 100; i++)); do kill -0 $child 2>/dev/null || break; sleep 0.1; done
         kill $child 2>/dev/null; wait $child; echo status $?
         rm -f /tmp/seqdump-shown.$$
         $SEQDUMP list /mnt/out.pcapng | tail -n 1";
    let Some(done) = apart("-mn", script) else { return };
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(err.contains("No space left") && err.contains("cap.spool-failed"), "{out} {err}");
    assert!(out.contains("status 0") && out.contains("UDP"), "{out} {err}");
    assert!(!err.contains("cap.truncated"), "the file is whole: {err}");
}

#[test]
fn an_interface_that_goes_down_and_away_is_said() {
    let script = "ip link set lo up; ip link add away type dummy; ip link set away up
         $SEQDUMP live -i away > /dev/null & child=$!
         sleep 1; ip link set away down; sleep 2.5; ip link del away
         for ((i = 0; i < 80; i++)); do kill -0 $child 2>/dev/null || break; sleep 0.1; done
         kill -9 $child 2>/dev/null; wait $child; echo status $?";
    let Some(done) = apart("-mn", script) else { return };
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(out.contains("status 0") || out.contains("status 2"), "{out} {err}");
    assert!(err.contains("cap.interface-lost"), "{err}");
}

#[test]
fn signals_that_do_not_end_it_change_nothing() {
    let whole = std::fs::read(CAPTURE).unwrap();
    let expected = seqdump(&["print", CAPTURE]).output().unwrap().stdout;
    let (reader, mut writer) = std::io::pipe().unwrap();
    let mut command = seqdump(&["print", "-"]);
    let running = command.stdin(reader).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = running.id().to_string();
    let signal = |name: &str| Command::new("kill").args([name, &pid]).status().unwrap().success();
    for (nth, piece) in whole.chunks(whole.len() / 12).enumerate() {
        std::io::Write::write_all(&mut writer, piece).unwrap();
        std::thread::sleep(Duration::from_millis(20));
        assert!(signal(["-WINCH", "-PIPE", "-TSTP", "-CONT"][nth % 4]), "it lives");
    }
    signal("-CONT");
    drop(writer);
    let done = running.wait_with_output().unwrap();
    assert!(done.status.success() && done.stderr.is_empty(), "{done:?}");
    assert_eq!(done.stdout, expected);
}

#[test]
fn a_pipe_that_is_closed_in_the_middle_is_read_to_there_and_said() {
    let whole = std::fs::read(CAPTURE).unwrap();
    for cut in [whole.len() / 2, whole.len() - 3] {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let running = seqdump(&["list", "-"])
            .stdin(reader)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut writer, &whole[..cut]).unwrap();
        drop(writer);
        let done = running.wait_with_output().unwrap();
        assert!(done.status.success() && done.stdout.len() > 100, "{done:?}");
        assert!(String::from_utf8_lossy(&done.stderr).contains("cap.truncated-file"), "{done:?}");
    }
}

#[test]
fn a_file_that_shrinks_while_it_is_read_costs_what_it_lost() {
    use seqdump::capture::{self, Next, Options};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shrinks.pcapng");
    std::fs::copy(CAPTURE, &path).unwrap();
    let options = Options { rereadable: true, ..Options::default() };
    let mut input = capture::open(std::slice::from_ref(&path), &options).unwrap();
    let mut count = 0;
    while let Next::Frame(_) | Next::Secrets(_) | Next::Warning(_) | Next::Idle | Next::Name(..) =
        input.source.next().unwrap()
    {
        count += 1;
    }
    File::options().write(true).open(&path).unwrap().set_len(1000).unwrap();
    let mut again = 0;
    input.frames.unwrap().read(1..=count, |_| again += 1).unwrap();
    assert!(again > 0 && again < count, "{again} of {count}");
}

#[test]
fn any_locale_prints_the_same() {
    let expected = seqdump(&["print", "--lang", "en", CAPTURE]).env("LC_ALL", "C.UTF-8").output().unwrap();
    for locale in ["C", "POSIX", "xx_XX", "", "ko_KR.EUC-KR"] {
        let done = seqdump(&["print", "--lang", "en", CAPTURE]).env("LC_ALL", locale).output().unwrap();
        assert_eq!((done.status.code(), done.stdout), (Some(0), expected.stdout.clone()), "{locale}");
    }
}
