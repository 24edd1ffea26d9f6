//! The pictures, diagrams and tables in the documentation are what seqdump makes of the captures now.
//!
//! In: the pages, where a comment such as `<!-- seqdump list captures/socket.pcapng -->` stands before a fenced block, or
//! `<!-- seqdump draw captures/socket.pcapng -o docs/pictures/socket.en.svg -->` before that picture. The command is run at
//! the top of the project and compared with the block or the file. `UPDATE_GOLDEN=1 cargo test --test docs` writes what is
//! made now; look at the difference before keeping it.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What stands behind a marker comment in a page.
enum Shown {
    /// The lines of a fenced block: from the first inside it up to, not including, its end.
    Block { from: usize, to: usize },
    /// A picture, by its path from the top of the project.
    Picture(String),
}

/// A marker comment: the words of its command, without the program's name, and what it makes.
struct Marker {
    words: Vec<String>,
    shown: Shown,
}

#[test]
fn pages_show_what_is_made_now() {
    let update = env::var_os("UPDATE_GOLDEN").is_some();
    let mut stale = Vec::new();
    for page in pages() {
        let old = fs::read_to_string(&page).expect("a page is readable");
        let mut lines: Vec<String> = old.lines().map(str::to_owned).collect();
        for marker in markers(&page, &lines).into_iter().rev() {
            let command = marker.words.join(" ");
            match marker.shown {
                Shown::Block { from, to } => {
                    let made: Vec<String> = printed(&marker.words).lines().map(str::to_owned).collect();
                    if lines[from..to] != made[..] {
                        stale.push(format!("{}:{from}: {command}", page.display()));
                        lines.splice(from..to, made);
                    }
                }
                Shown::Picture(path) => {
                    let made = drawn(&marker.words, &path);
                    let target = Path::new(ROOT).join(&path);
                    if fs::read(&target).ok().as_ref() != Some(&made) {
                        stale.push(format!("{path}: {command}"));
                        if update {
                            fs::create_dir_all(target.parent().expect("a folder")).expect("made");
                            fs::write(&target, &made).expect("a picture is writable");
                        }
                    }
                }
            }
        }
        let new = lines.join("\n") + "\n";
        if update && new != old {
            fs::write(&page, new).expect("a page is writable");
        }
    }
    assert!(
        update || stale.is_empty(),
        "not what seqdump makes now (UPDATE_GOLDEN=1 cargo test --test docs writes it):\n{}",
        stale.join("\n")
    );
}

#[test]
fn each_picture_is_made_by_a_command_of_a_page() {
    let mut made = BTreeSet::new();
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page is readable");
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for marker in markers(&page, &lines) {
            if let Shown::Picture(path) = marker.shown {
                made.insert(path);
            }
        }
    }
    let Ok(folder) = fs::read_dir(Path::new(ROOT).join("docs/pictures")) else {
        assert!(made.is_empty(), "no folder of pictures");
        return;
    };
    for entry in folder {
        let name = entry.expect("an entry").file_name();
        let path = format!("docs/pictures/{}", name.to_string_lossy());
        assert!(made.contains(&path), "no page says how {path} is made");
    }
}

#[test]
fn the_article_shows_the_same_in_both_languages() {
    let [korean, english] = ["ko", "en"].map(|lang| {
        let page = Path::new(ROOT).join(format!("docs/article.{lang}.md"));
        let text = fs::read_to_string(&page).expect("the article is readable");
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        markers(&page, &lines)
            .into_iter()
            .map(|mut marker| {
                for word in &mut marker.words {
                    // The text of a note is written in the page's language: its row is what must agree.
                    if let Some((row, _)) = word.split_once('=')
                        && row.parse::<u32>().is_ok()
                    {
                        *word = row.to_owned();
                    }
                }
                let command = marker.words.join(" ");
                assert!(command.contains(&format!("--lang {lang}")), "{command}");
                command
                    .replace(&format!("--lang {lang}"), "--lang LANG")
                    .replace(&format!(".{lang}.svg"), ".LANG.svg")
            })
            .collect::<Vec<_>>()
    });
    assert_eq!(korean, english);
    assert!(!korean.is_empty());
}

/// The article that seqdump was asked to redraw has these diagrams, trailing blanks and all.
#[test]
fn captures_print_the_diagrams_of_the_article() {
    let http = |after: &str| {
        format!(
            "\
Client  ----------- HTTP Request ---------->  Server
        <---------- HTTP Response ----------
        [{after}]
        ----------- HTTP Request ---------->\x20\x20
        <---------- HTTP Response ----------
        [{after}]
"
        )
    };
    assert_eq!(document("http-close.pcapng"), http("연결 종료"));
    assert_eq!(document("http-keepalive.pcapng"), http("연결 유지"));
    assert_eq!(
        document("socket.pcapng"),
        "\
Client  ----------- TCP 연결 수립 ---------->  Server
        <--------- 연결 유지 상태 ---------->
        --------- 데이터 송신 가능 --------->
        <-------- 데이터 송신 가능 ----------
        [연결 유지]
"
    );
    assert_eq!(
        document("websocket.pcapng"),
        "\
Client -> SYN -> Server
Server -> SYN+ACK -> Client
Client -> ACK -> Server

Client -> HTTP Upgrade Request:
GET /chat HTTP/1.1
Host: server.example.com
Upgrade: websocket
Connection: Upgrade
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
Sec-WebSocket-Version: 13

Server -> HTTP Response:
HTTP/1.1 101 Switching Protocols
Upgrade: websocket
Connection: Upgrade
Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
"
    );
}

/// The same kinds of conversation, each behaving otherwise than in the article.
#[test]
fn captures_that_behave_otherwise_print_otherwise() {
    let closed_later = "\
Client  ----------- HTTP Request ---------->  Server
        <---------- HTTP Response ----------
        [연결 유지]
        [연결 종료]
";
    for connection in ["conn == 2", "conn == 5"] {
        // Kept at first; then the client of the one and the server of the other closes.
        let words = ["print", "--style", "document", "--lang", "ko", "-f", connection];
        let text = seqdump(&words).run("captures/http-keep-alive-reasons.pcap");
        assert_eq!(text, closed_later, "{connection}");
    }
    let only_the_server_sends = "\
Client  ----------- TCP 연결 수립 ---------->  Server
        <--------- 연결 유지 상태 ---------->
        <-------- 데이터 송신 가능 ----------
        [연결 종료]
";
    assert_eq!(document("slow.pcapng"), only_the_server_sends);
    let ends = document("half-close.pcapng");
    assert!(ends.ends_with("데이터 송신 가능 ----------\n        [연결 종료]\n"), "{ends}");
    let refused = document("upgrade-refused.pcap");
    assert!(refused.contains("Server -> HTTP Response:\nHTTP/1.1 403 Forbidden\n"), "{refused}");
    let refused = document("refused.pcapng");
    let told = "Client -> SYN -> Server\nServer -> RST -> Client\n[연결 거부]\n";
    assert_eq!(refused.matches(told).count(), 2, "{refused}");
    let reset = "\
Client  ----------- HTTP Request ---------->  Server
        <----- HTTP Response (불완전) ------
        [연결 리셋]
";
    assert_eq!(document("reset.pcapng"), reset);
    let half = document("half-open.pcap");
    assert!(half.contains("Server -> SYN+ACK -> Client\nServer -> 재전송 SYN+ACK -> Client\n"), "{half}");
    let pipelined = "\
Client  ----------- HTTP Request ---------->  Server
        ----------- HTTP Request ---------->
        ----------- HTTP Request ---------->
        ----------- HTTP Request ---------->
        <---------- HTTP Response ----------
        [연결 유지]
";
    assert!(document("http-pipelining.pcap").starts_with(pipelined));
    let interim = "\
Client  ----------- HTTP Request ---------->  Server
        <------ HTTP Response (100) --------
        <---------- HTTP Response ----------
        [연결 유지]
";
    assert!(document("http-1xx.pcap").starts_with(interim));
    let streamed = "\
Client  ----------- HTTP Request ---------->  Server
        <----- HTTP Response (불완전) ------
        <-------- 데이터 송신 가능 ---------
        <-------- 데이터 송신 가능 ---------
        <-------- 데이터 송신 가능 ---------
        [연결 종료]
";
    assert_eq!(document("http-server-sent-events.pcap"), streamed);
    let secured = document("wss-tls13.pcapng");
    let agreed = "[TLS 1.3, TLS_AES_256_GCM_SHA384, x25519, 왕복 1회]\n\nClient -> HTTP Upgrade Request:\n";
    assert!(secured.contains(agreed), "{secured}");
    let unanswered = document("half-open.pcap");
    assert!(unanswered.contains("SYN -> Server\n[응답 없음]\n"), "{unanswered}");
}

/// The pages that may show what seqdump makes, in order.
fn pages() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = [ROOT.into(), Path::new(ROOT).join("docs")]
        .iter()
        .flat_map(|folder: &PathBuf| fs::read_dir(folder).expect("a folder is readable"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    found.sort();
    found
}

/// The markers of a page, in order. Panics where nothing fitting stands behind one.
fn markers(page: &Path, lines: &[String]) -> Vec<Marker> {
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let command = line.strip_prefix("<!-- seqdump ").and_then(|rest| rest.strip_suffix(" -->"));
        let Some(command) = command else { continue };
        let words = words(command);
        let place = format!("{}:{}", page.display(), at + 1);
        let next = lines.get(at + 1).unwrap_or_else(|| panic!("{place}: the page ends"));
        let shown = match words.iter().position(|word| word == "-o") {
            Some(option) => {
                let path = words[option + 1].clone();
                let link = next.split_once("](").and_then(|(_, rest)| rest.split_once(')'));
                let (link, _) = link.unwrap_or_else(|| panic!("{place}: no picture follows"));
                let linked = page.parent().expect("a folder").join(link);
                assert_eq!(linked, Path::new(ROOT).join(&path), "{place}: another picture follows");
                Shown::Picture(path)
            }
            None => {
                assert!(next.starts_with("```"), "{place}: no block follows");
                let from = at + 2;
                let length = lines[from..].iter().position(|line| line == "```");
                let length = length.unwrap_or_else(|| panic!("{place}: the block does not end"));
                Shown::Block { from, to: from + length }
            }
        };
        found.push(Marker { words, shown });
    }
    found
}

/// The words of a command line, where single or double quotes keep blanks together.
fn words(line: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut quote = None;
    for letter in line.chars() {
        match (quote, letter) {
            (None, ' ') => found.push(String::new()),
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => found.last_mut().expect("a word").push(letter),
        }
    }
    found.retain(|word| !word.is_empty());
    found
}

/// A run of seqdump, at the top of the project and untouched by the environment's language and keys.
struct Run(Command);

fn seqdump<Word: AsRef<str>>(arguments: &[Word]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seqdump"));
    command.args(arguments.iter().map(AsRef::as_ref)).current_dir(ROOT);
    command.env_remove("SSLKEYLOGFILE").env("LC_ALL", "C.UTF-8");
    Run(command)
}

impl Run {
    /// Standard output, with one more argument.
    fn run(self, last: &str) -> String {
        let Run(mut command) = self;
        command.arg(last);
        Run(command).output()
    }

    fn output(self) -> String {
        let Run(mut command) = self;
        let done = command.output().expect("seqdump runs");
        assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("seqdump writes UTF-8")
    }
}

fn printed(words: &[String]) -> String {
    seqdump(words).output()
}

/// The bytes that a `draw` writes, without touching `path`, which its words name.
fn drawn(words: &[String], path: &str) -> Vec<u8> {
    let name = path.replace('/', "-");
    let aside = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let words: Vec<&str> = words
        .iter()
        .map(|word| if word == path { aside.to_str().expect("a path in UTF-8") } else { word })
        .collect();
    seqdump(&words).output();
    fs::read(&aside).expect("the picture was written")
}

/// What the document style prints of a capture, in Korean.
fn document(capture: &str) -> String {
    seqdump(&["print", "--style", "document", "--lang", "ko"]).run(&format!("captures/{capture}"))
}
