//! nginx on one side, curl and Chromium on the other, captured while they speak and kept with their keys: what the
//! file then says without any key log. Each is skipped with a line where it is missing.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest time that one step may take.
const PATIENCE: Duration = Duration::from_secs(40);

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn until(what: impl Fn() -> bool) -> bool {
    let started = Instant::now();
    while !what() {
        if started.elapsed() > PATIENCE {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

fn find(names: &[&'static str]) -> Option<&'static str> {
    let there = |name: &&str| {
        Command::new(name).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    };
    let found = names.iter().copied().find(there);
    if found.is_none() {
        println!("skipped: {} is not here", names[0]);
    }
    found
}

/// nginx with TLS 1.2, TLS 1.3 and HTTP/2 on `port`.
fn nginx(folder: &Path, port: u16) -> Option<Running> {
    let nginx = find(&["nginx", "/usr/sbin/nginx"])?;
    let mut openssl = Command::new("openssl");
    openssl.current_dir(folder).args(["req", "-x509", "-nodes", "-days", "2", "-newkey", "rsa:2048"]);
    openssl.args(["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]);
    openssl.args(["-keyout", "key.pem", "-out", "cert.pem"]).stdout(Stdio::null()).stderr(Stdio::null());
    if !openssl.status().is_ok_and(|status| status.success()) {
        println!("skipped: openssl is not here");
        return None;
    }
    let here = folder.display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {here}/{name};"))
        .concat();
    let configuration = format!(
        "daemon off; master_process off; pid {here}/pid; error_log stderr; events {{}}
         http {{ access_log off; {temporary} default_type text/html; server {{
           listen 127.0.0.1:{port} ssl http2;
           ssl_certificate {here}/cert.pem; ssl_certificate_key {here}/key.pem; ssl_protocols TLSv1.2 TLSv1.3;
           location / {{ return 200 '<p>kept</p>'; }} }} }}"
    );
    std::fs::write(folder.join("nginx.conf"), configuration).unwrap();
    let mut command = Command::new(nginx);
    command.args(["-p", &here.to_string(), "-e", "stderr", "-c", "nginx.conf"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let server = Running(command.spawn().ok()?);
    let listens = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
    until(listens).then_some(server)
}

/// A live capture that keeps what it hears in `name`.pcapng, and prints rows to `name`.txt.
fn capture(folder: &Path, port: u16, name: &str, words: &[&str]) -> Option<Running> {
    let file = |ending: &str| folder.join(format!("{name}.{ending}"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_seqdump"));
    command.args(["live", "--print", "-i", "lo", "-w"]).arg(file("pcapng"));
    command.arg("--keylog").arg(folder.join("keys.log")).args(words).arg(format!("tcp port {port}"));
    command.env_remove("SSLKEYLOGFILE").stdin(Stdio::null());
    command.stdout(std::fs::File::create(file("txt")).ok()?);
    command.stderr(std::fs::File::create(file("err")).ok()?);
    let mut running = Running(command.spawn().ok()?);
    let begun = || std::fs::metadata(file("pcapng")).is_ok_and(|file| file.len() > 0);
    until(|| begun() || std::fs::read(file("err")).is_ok_and(|said| !said.is_empty()));
    if !matches!(running.0.try_wait(), Ok(None)) || !begun() {
        println!("skipped: {}", std::fs::read_to_string(file("err")).unwrap_or_default().trim());
        return None;
    }
    Some(running)
}

/// Lets a program ask, with its keys logged; whether it came to an end.
fn ask(folder: &Path, program: &str, words: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(words).env("SSLKEYLOGFILE", folder.join("keys.log")).env("HOME", folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(child) = command.spawn() else { return false };
    let mut child = Running(child);
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if let Ok(Some(status)) = child.0.try_wait() {
            return status.success();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

/// The requests in a capture that were decrypted: version of TLS or HTTP, and target.
fn requests(file: &Path) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seqdump"));
    let output = command.arg("export").arg(file).env_remove("SSLKEYLOGFILE").output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let events = lines.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let asked = events.filter(|event| {
        event["decrypted"] == true && matches!(event["kind"].as_str(), Some("http.request" | "h2.request"))
    });
    asked.map(|event| format!("{} {}", event["version"], event["target"]).replace('"', "")).collect()
}

#[test]
fn what_nginx_curl_and_chromium_say_is_kept_with_its_keys_and_no_others() {
    let Some(curl) = find(&["curl"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let Some(_server) = nginx(folder, port) else { return };
    // A key of an earlier session is nothing of this capture.
    let earlier = "ab".repeat(32);
    std::fs::write(folder.join("keys.log"), format!("CLIENT_RANDOM {earlier} {}\n", "cd".repeat(48)))
        .unwrap();
    let Some(kept) = capture(folder, port, "kept", &["--embed-keys"]) else { return };
    let Some(bare) = capture(folder, port, "bare", &[]) else { return };
    let url = |path: &str| format!("https://127.0.0.1:{port}/{path}");
    let mut expected = Vec::new();
    for (path, words, version) in [
        ("tls12", &["--http1.1", "--tls-max", "1.2"][..], "HTTP/1.1"),
        ("tls13", &["--http1.1", "--tlsv1.3"], "HTTP/1.1"),
        ("h2", &["--http2"], "HTTP/2"),
    ] {
        let common = ["-sk", "--noproxy", "*", "--max-time", "30", &url(path)];
        assert!(ask(folder, curl, &[words, &common].concat()), "curl did not get {path}");
        expected.push(format!("{version} /{path}"));
    }
    if let Some(chromium) = find(&["chromium", "chromium-browser", "google-chrome"]) {
        let profile = format!("--user-data-dir={}", folder.join("profile").display());
        let words = ["--headless", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors"];
        let more = ["--no-proxy-server", "--disable-background-networking", &profile, "--dump-dom"];
        if ask(folder, chromium, &[&words[..], &more, &[&url("browser")]].concat()) {
            expected.push("HTTP/2 /browser".to_owned());
        } else {
            println!("skipped: {chromium} does not run here");
        }
    }
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    let targets = || expected.iter().all(|line| read("kept.txt").contains(line.split(' ').nth(1).unwrap()));
    assert!(until(targets), "{}\n{}", read("kept.txt"), read("kept.err"));
    // Killed at once: what was shown is in the file, and its keys are.
    drop((kept, bare));
    let heard = requests(&folder.join("kept.pcapng"));
    for line in &expected {
        assert!(heard.contains(line), "{line} is missing in {heard:?}");
    }
    let has = |name: &str, words: &str| {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        bytes.windows(words.len()).any(|window| window == words.as_bytes())
    };
    assert!(has("kept.pcapng", "CLIENT_TRAFFIC_SECRET_0") && !has("kept.pcapng", &earlier));
    assert!(!has("bare.pcapng", "CLIENT_"), "keys were kept that nobody asked for");
    assert!(requests(&folder.join("bare.pcapng")).is_empty());
    // What was printed says nothing of secrets, and nothing that later rows take back.
    let secret = read("keys.log").lines().last().and_then(|line| line.split(' ').nth(2)).unwrap().to_owned();
    for name in ["kept.txt", "kept.err", "bare.txt", "bare.err"] {
        assert!(!read(name).contains(&secret[..32]), "{name}");
        assert!(
            !read(name).contains("not finished") && !read(name).contains("not decrypted"),
            "{}",
            read(name)
        );
    }
}

#[test]
fn keys_are_embedded_only_where_there_is_a_place_and_a_source_for_them() {
    for (words, why) in [
        (&["live", "--embed-keys"][..], "--write"),
        (&["live", "--embed-keys", "-w", "never.pcapng"], "needs a key log"),
        (&["live", "--embed-keys", "-w", "never.pcap", "--keylog", "x"], "a pcap file holds no secrets"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seqdump"));
        let output = command.args(words).env_remove("SSLKEYLOGFILE").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains(why), "{said}");
        assert!(!Path::new("never.pcapng").exists() && !Path::new("never.pcap").exists());
    }
}
