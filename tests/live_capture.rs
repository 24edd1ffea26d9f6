//! Real captures on the loopback, of datagrams that these tests send to themselves; where capturing is not allowed
//! they say so and pass.

use std::net::UdpSocket;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use seqdump::capture::live::{self, Options, Stop};
use seqdump::capture::{self, Frames, Input, Next};
use seqdump::diagnostic::CAP_TIME_BACKWARDS;
use seqdump::error::Error;

/// A pair of sockets on the loopback, and the filter that finds their datagrams.
fn sockets() -> (UdpSocket, UdpSocket, String) {
    let (from, to) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
    from.connect(to.local_addr().unwrap()).unwrap();
    let filter = format!("udp port {}", to.local_addr().unwrap().port());
    (from, to, filter)
}

fn open(options: &Options, stop: &Stop) -> Option<Input> {
    match live::open(options, stop) {
        Ok(input) => Some(input),
        Err(error @ Error::Capture { .. }) => {
            eprintln!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Reads until the end, or until `enough` says so; the payloads' first four bytes, and how late the first frame was.
fn read(input: &mut Input, stop: &Stop, enough: usize) -> Vec<u32> {
    let mut seen = Vec::new();
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        match input.source.next().unwrap() {
            Next::Frame(frame) => {
                assert_eq!(frame.number, seen.len() as u64 + 1);
                seen.push(number(frame.bytes));
                if seen.len() == enough {
                    stop.stop();
                }
            }
            Next::End { .. } => return seen,
            Next::Idle => assert!(Instant::now() < deadline, "{} frames", seen.len()),
            // The system's clock may be set back meanwhile.
            Next::Warning(note) => assert_eq!(note.what, &CAP_TIME_BACKWARDS, "{note:?}"),
            other => panic!("{other:?}"),
        }
    }
}

/// The number in a datagram: behind Ethernet, or cooked, IPv4 and UDP headers.
fn number(bytes: &[u8]) -> u32 {
    let payload = &bytes[if bytes.len() > 100 { bytes.len() - 200 } else { 42 }..];
    u32::from_be_bytes(payload[..4].try_into().unwrap())
}

fn datagram(number: u32) -> Vec<u8> {
    let mut bytes = number.to_be_bytes().to_vec();
    bytes.resize(200, b'.');
    bytes
}

fn read_again(frames: &Frames, count: u32) {
    let mut again = Vec::new();
    frames
        .read((1..=u64::from(count)).step_by(7), |frame| again.push((frame.number, number(frame.bytes))))
        .unwrap();
    let expected: Vec<_> = (0..count).step_by(7).map(|at| (u64::from(at) + 1, at)).collect();
    assert_eq!(again, expected);
}

#[test]
fn each_datagram_comes_once_and_can_be_read_again() {
    for interfaces in [vec![], vec!["any".to_owned()], vec!["lo".to_owned(), "any".to_owned()]] {
        let several = interfaces.len() > 1;
        let (from, _to, filter) = sockets();
        let stop = Stop::default();
        let Some(mut input) = open(&Options { interfaces, filter, ..Options::default() }, &stop) else {
            return;
        };
        for number in 0..500 {
            from.send(&datagram(number)).unwrap();
        }
        let seen = read(&mut input, &stop, if several { 1000 } else { 500 });
        if several {
            assert_eq!(seen, (0..1000).map(|at| at / 2).collect::<Vec<_>>());
        } else {
            assert_eq!(seen, (0..500).collect::<Vec<_>>());
            read_again(&input.frames.unwrap(), 500);
        }
        assert_eq!(input.source.dropped(), Some(0));
    }
}

#[test]
fn the_file_that_keeps_the_packets_is_whole_in_both_formats() {
    for name in ["kept.pcapng", "kept.pcap"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let (from, _to, filter) = sockets();
        let stop = Stop::default();
        let options = Options { filter, write: Some(path.clone()), ..Options::default() };
        let Some(mut input) = open(&options, &stop) else { return };
        for number in 0..300 {
            from.send(&datagram(number)).unwrap();
        }
        assert_eq!(read(&mut input, &stop, 300).len(), 300);
        read_again(&input.frames.unwrap(), 300);
        let mut file = capture::open(std::slice::from_ref(&path), &capture::Options::default()).unwrap();
        let mut seen = 0;
        while let Next::Frame(frame) = file.source.next().unwrap() {
            assert_eq!(number(frame.bytes), seen);
            seen += 1;
        }
        assert_eq!(seen, 300);
        let format = file.source.about().formats;
        assert_eq!(format, [if name.ends_with("pcap") { "pcap" } else { "pcapng" }]);
        let about = std::fs::metadata(&path).unwrap();
        assert_eq!(std::os::unix::fs::MetadataExt::mode(&about) & 0o777, 0o600);
        match Command::new("capinfos").args(["-c", "-M"]).arg(&path).output() {
            Ok(said) => assert!(String::from_utf8_lossy(&said.stdout).contains("300"), "{said:?}"),
            Err(_) => eprintln!("capinfos is not there: the file was not checked with it"),
        }
    }
}

#[test]
fn beyond_the_limit_of_the_spool_the_oldest_packets_leave() {
    const LIMIT: u64 = 1 << 20;
    const SENT: u32 = 12_000;
    let (from, _to, filter) = sockets();
    let stop = Stop::default();
    let Some(mut input) = open(&Options { filter, spool: Some(LIMIT), ..Options::default() }, &stop) else {
        return;
    };
    let mut said = Vec::new();
    for at in 0..SENT {
        from.send(&datagram(at)).unwrap();
        let last = if at % 100 == 99 { u64::from(at) + 1 } else { 0 };
        let mut number = 0;
        while number < last {
            match input.source.next().unwrap() {
                Next::Frame(frame) => number = frame.number,
                Next::Warning(note) => said.push(note.what.id),
                _ => {}
            }
        }
    }
    let frames = input.frames.unwrap();
    assert_eq!(said, ["cap.spool-limit"]);
    let first = frames.first();
    // A datagram takes 276 bytes with its headers and its block.
    assert!(first > u64::from(SENT) - LIMIT / 276 && first < u64::from(SENT), "{first}");
    let mut again = Vec::new();
    frames.read([1, first - 1, first, u64::from(SENT)], |frame| again.push(frame.number)).unwrap();
    assert_eq!(again, [first, u64::from(SENT)]);
    let kept = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let spool = kept.filter_map(|entry| std::fs::metadata(entry.path()).ok()).find(|about| {
        use std::os::unix::fs::MetadataExt;
        about.nlink() == 0 && about.size() > 2 * LIMIT
    });
    if let Some(spool) = spool {
        let taken = std::os::unix::fs::MetadataExt::blocks(&spool) * 512;
        assert!(taken <= LIMIT + (64 << 10), "{taken} bytes are taken");
    }
}

#[test]
fn drops_are_counted_once_and_packets_are_all_accounted_for() {
    const SENT: u64 = 20_000;
    let (from, _to, filter) = sockets();
    let stop = Stop::default();
    // A ring that cannot hold them while nobody reads.
    let Some(mut input) = open(&Options { filter, ring: 2 << 20, ..Options::default() }, &stop) else {
        return;
    };
    for number in 0..SENT {
        from.send(&datagram(number as u32)).unwrap();
    }
    stop.stop();
    let seen = read(&mut input, &stop, usize::MAX).len() as u64;
    let dropped = input.source.dropped().unwrap();
    eprintln!("{seen} seen, {dropped} dropped");
    assert!(dropped > 0);
    assert_eq!(seen + dropped, SENT);
}

#[test]
fn a_packet_is_handed_out_within_a_few_milliseconds_and_silence_is_said() {
    let (from, _to, filter) = sockets();
    let stop = Stop::default();
    let Some(mut input) = open(&Options { filter, ..Options::default() }, &stop) else { return };
    let begun = Instant::now();
    assert!(matches!(input.source.next().unwrap(), Next::Idle));
    assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
    let mut late: Vec<Duration> = (0..50)
        .map(|at| {
            let sent = Instant::now();
            from.send(&datagram(at)).unwrap();
            while !matches!(input.source.next().unwrap(), Next::Frame(_)) {}
            sent.elapsed()
        })
        .collect();
    late.sort();
    eprintln!("late by {:?}, at most {:?}", late[25], late[49]);
    // Generous, as other tests keep the machine busy: the median tells.
    assert!(late[25] < Duration::from_millis(20));
}

#[test]
fn what_cannot_be_captured_is_said_with_the_remedy() {
    let stop = Stop::default();
    let wrong = |interfaces: Vec<String>, filter: &str| {
        let options = Options { interfaces, filter: filter.to_owned(), ..Options::default() };
        live::open(&options, &stop).err().map(|error| error.to_string()).unwrap_or_default()
    };
    let missing = wrong(vec!["nosuch0".to_owned()], "");
    eprintln!("{missing}");
    assert!(missing.starts_with("cannot capture on nosuch0: "), "{missing}");
    assert!(missing.contains("lo") || missing.contains("setcap"), "{missing}");
    let filter = wrong(vec![], "tcp prot 80");
    eprintln!("{filter}");
    assert!(filter.contains("tcp prot 80") || filter.contains("setcap"), "{filter}");
    assert!(!wrong(vec![], "udp) or (tcp").is_empty());
}

#[test]
fn no_symbolic_link_is_followed_and_no_other_file_taken() {
    let folder = tempfile::tempdir().unwrap();
    let victim = folder.path().join("victim");
    std::fs::write(&victim, "precious").unwrap();
    let link = folder.path().join("link.pcapng");
    std::os::unix::fs::symlink(&victim, &link).unwrap();
    let second = folder.path().join("second.pcapng");
    std::fs::hard_link(&victim, &second).unwrap();
    for path in [link, second, PathBuf::from("/proc/self/status"), folder.path().to_owned()] {
        let error = capture::privilege::create(&path).unwrap_err().to_string();
        eprintln!("{error}");
    }
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
}

/// Runs one of the tests below that only a process of its own can run, with these variables.
fn alone(test: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture", "--test-threads", "1"]);
    command.envs(variables.iter().copied());
    command
}

#[test]
fn root_is_given_up_for_good_and_the_capture_goes_on() {
    if !nix::unistd::Uid::effective().is_root() {
        eprintln!("skipped: this needs root");
        return;
    }
    let said = alone("child_gives_root_up", &[("SUDO_UID", "1000"), ("SUDO_GID", "1000")]).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
}

#[test]
#[ignore = "run by another test"]
fn child_gives_root_up() {
    let (from, _to, filter) = sockets();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept.pcapng");
    let stop = Stop::default();
    let options = Options { filter, write: Some(path.clone()), ..Options::default() };
    let mut input = live::open(&options, &stop).unwrap();
    std::os::unix::fs::chown(folder.path(), Some(1000), Some(1000)).unwrap();
    capture::privilege::give_up(capture::privilege::Identity::invoker().unwrap()).unwrap();
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
    let line =
        |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    assert_eq!(
        (line("Uid:"), line("Gid:")),
        ("1000\t1000\t1000\t1000".into(), "1000\t1000\t1000\t1000".into())
    );
    assert_eq!((line("CapEff:"), line("CapPrm:")), ("0000000000000000".into(), "0000000000000000".into()));
    assert_eq!(line("NoNewPrivs:"), "1");
    assert!(!line("Groups:").split(' ').any(|group| group == "0"), "{}", line("Groups:"));
    assert!(std::fs::read("/etc/shadow").is_err());
    for number in 0..100 {
        from.send(&datagram(number)).unwrap();
    }
    assert_eq!(read(&mut input, &stop, 100).len(), 100);
    read_again(&input.frames.unwrap(), 100);
    assert_eq!(std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(&path).unwrap()), 1000);
}

#[test]
fn what_was_shown_is_in_the_file_even_after_a_kill() {
    let (from, to, _) = sockets();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept.pcapng");
    let port = to.local_addr().unwrap().port().to_string();
    let variables = [("KEEP_IN", path.to_str().unwrap()), ("KEEP_PORT", &port)];
    let mut child = alone("child_captures_until_it_is_killed", &variables);
    let mut child = child.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut said = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut shown = 0;
    for number in 0..10_000 {
        from.send(&datagram(number)).unwrap();
        std::thread::sleep(Duration::from_millis(1));
        if number == 600 {
            child.kill().unwrap();
            break;
        }
    }
    child.wait().unwrap();
    let mut line = String::new();
    while std::io::BufRead::read_line(&mut said, &mut line).unwrap() > 0 {
        shown = line.trim().rsplit(' ').next().and_then(|word| word.parse().ok()).unwrap_or(shown);
        line.clear();
    }
    if !path.exists() {
        eprintln!("skipped: the child captured nothing");
        return;
    }
    let mut file = capture::open(&[path], &capture::Options::default()).unwrap();
    let mut kept = 0;
    let truncated = loop {
        match file.source.next().unwrap() {
            Next::Frame(_) => kept += 1,
            Next::End { truncated } => break truncated,
            other => panic!("{other:?}"),
        }
    };
    eprintln!("{kept} kept, {shown} shown");
    assert!(!truncated && kept >= shown && shown > 0);
}

#[test]
#[ignore = "run by another test"]
fn child_captures_until_it_is_killed() {
    let variable = |name| std::env::var(name).unwrap();
    let filter = format!("udp port {}", variable("KEEP_PORT"));
    let options = Options { filter, write: Some(variable("KEEP_IN").into()), ..Options::default() };
    let Some(mut input) = open(&options, &Stop::default()) else { return };
    loop {
        if let Next::Frame(frame) = input.source.next().unwrap() {
            println!("{}", frame.number);
        }
    }
}
