//! What is drawn is read back: by parsers of each format, and by looking for what must not be in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine as _;
use resvg::tiny_skia::Pixmap;
use resvg::usvg::{self, fontdb, roxmltree};
use sha2::{Digest, Sha256};

const FORMATS: [&str; 7] = ["svg", "png", "html", "txt", "mmd", "puml", "cast"];
const HOSTILE: &str =
    "</title><script>alert(1)</script>\"'&;#end %%{init}%% ]]> --> $x !include /etc/passwd \u{202e}\u{1b}[2J";

fn capture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("captures").join(name)
}

fn run(name: &str, format: &str, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seqdump"));
    command.arg("draw").arg(capture(name)).args(["-o", "-", "--format", format, "--lang", "en"]).args(more);
    command.output().expect("it runs")
}

fn draw(name: &str, format: &str, more: &[&str]) -> Vec<u8> {
    let output = run(name, format, more);
    assert!(output.status.success(), "{name} {format}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn text(name: &str, format: &str, more: &[&str]) -> String {
    String::from_utf8(draw(name, format, more)).expect("UTF-8")
}

/// Options that put hostile text wherever a document takes text.
fn hostile() -> Vec<String> {
    let note = format!("1={HOSTILE}");
    ["--title", HOSTILE, "--caption", HOSTILE, "--note", &note].map(str::to_owned).to_vec()
}

fn captures() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("captures")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains(".pcap"))
        .collect();
    names.sort();
    names
}

fn check_svg(svg: &str) {
    let document = roxmltree::Document::parse(svg).expect("XML");
    let root = document.root_element();
    assert!(!svg.contains("<!"), "a DOCTYPE or a comment");
    let named = |name: &str| {
        root.children().any(|child| child.has_tag_name((root.tag_name().namespace().unwrap(), name)))
    };
    assert!(root.tag_name().name() == "svg" && named("title") && named("desc"));
    assert_eq!(root.attribute("role"), Some("img"));
    for node in document.descendants().filter(|node| node.is_element()) {
        let known = ["svg", "title", "desc", "style", "rect", "path", "circle", "text", "g"];
        assert!(known.contains(&node.tag_name().name()), "{:?}", node.tag_name());
        for attribute in node.attributes() {
            assert!(!attribute.name().starts_with("on") && attribute.name() != "href", "{attribute:?}");
        }
    }
    no_reference(svg);
}

/// Nothing is asked for from elsewhere.
fn no_reference(markup: &str) {
    for (at, _) in markup.match_indices("url(") {
        assert!(markup[at..].starts_with("url(data:font/ttf;base64,"), "{}", &markup[at..at + 40]);
    }
    assert!(!markup.contains("@import") && !markup.contains(" src=") && !markup.contains("href="));
}

#[test]
fn a_capture_through_nginx_has_three_lanes_without_any_names() {
    for (lang, same) in [("en", "same Sec-WebSocket-Key"), ("ko", "같은 Sec-WebSocket-Key")] {
        let capture = concat!(env!("CARGO_MANIFEST_DIR"), "/captures/proxy.pcapng");
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_seqdump"))
            .args(["print", "--together", "--width", "100", "--lang", lang, capture])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let names: Vec<&str> =
            text.lines().next().unwrap().split("  ").filter(|name| !name.is_empty()).collect();
        assert_eq!(names.len(), 3, "{text}");
        assert!(text.lines().nth(1).unwrap().contains(same), "{text}");
    }
}

#[test]
fn each_capture_is_drawn_as_svg_that_parses() {
    for name in captures() {
        let output = run(&name, "svg", &[]);
        if output.status.success() {
            check_svg(&String::from_utf8(output.stdout).expect("UTF-8"));
        } else {
            assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1, "{name}");
        }
    }
}

#[test]
fn an_svg_shows_its_text_and_carries_a_font_for_it() {
    let svg = text("websocket.pcapng", "svg", &["--number", "--highlight", "9"]);
    let document = roxmltree::Document::parse(&svg).expect("XML");
    let shown: Vec<&str> = document
        .descendants()
        .filter(|node| node.has_tag_name("text") || node.tag_name().name() == "text")
        .filter_map(|node| node.text())
        .collect();
    for text in ["GET /chat HTTP/1.1", "Text \"서버가 먼저 보냅니다\"", "127.0.0.1:80", "WS close"] {
        assert!(shown.contains(&text), "{text}: {shown:?}");
    }
    let fonts = fonts_in(&svg);
    let families: Vec<String> = fonts.faces().map(|face| face.families[0].0.clone()).collect();
    assert_eq!(families, ["Seqdump Sans", "Seqdump Sans"]);
    assert!(svg.len() < 60_000, "{}", svg.len());
}

/// The fonts that a document carries.
fn fonts_in(svg: &str) -> fontdb::Database {
    let mut fonts = fontdb::Database::new();
    for (at, start) in svg.match_indices("base64,") {
        let font = svg[at + start.len()..].split(')').next().expect("a font");
        fonts.load_font_data(base64::engine::general_purpose::STANDARD.decode(font).expect("base64"));
    }
    fonts
}

#[test]
fn an_svg_looks_like_its_png_to_another_reader() {
    let svg = text("websocket.pcapng", "svg", &[]);
    let options = usvg::Options { fontdb: std::sync::Arc::new(fonts_in(&svg)), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(&svg, &options).expect("SVG");
    let png = Pixmap::decode_png(&draw("websocket.pcapng", "png", &["--scale", "1"])).expect("PNG");
    let mut read = Pixmap::new(png.width(), png.height()).expect("a size");
    resvg::render(&tree, resvg::tiny_skia::Transform::identity(), &mut read.as_mut());
    let differs = |(one, other): &(&u8, &u8)| one.abs_diff(**other) > 60;
    let different = read.data().iter().zip(png.data()).filter(differs).count();
    assert!(different * 200 < png.data().len(), "{different} of {}", png.data().len());
}

#[test]
fn a_png_has_the_size_of_the_svg_by_its_scale() {
    let svg = text("websocket.pcapng", "svg", &["--theme", "light"]);
    let document = roxmltree::Document::parse(&svg).expect("XML");
    let side = |name: &str| {
        document.root_element().attribute(name).expect("a size").parse::<u32>().expect("a number")
    };
    for (scale, by) in [("1", 1), ("2", 2)] {
        let png = draw("websocket.pcapng", "png", &["--scale", scale]);
        let pixels = Pixmap::decode_png(&png).expect("PNG");
        assert_eq!((pixels.width(), pixels.height()), (side("width") * by, side("height") * by));
        let inks: std::collections::BTreeSet<_> =
            pixels.pixels().iter().map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
        assert!(inks.len() > 100, "it is empty");
    }
    let output = run("many-connections.pcap", "png", &["--scale", "16"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("16384") && said.lines().count() == 1, "{said}");
}

#[test]
fn two_runs_are_the_same_byte_for_byte() {
    for format in FORMATS {
        for name in ["websocket.pcapng", "proxy.pcapng"] {
            assert_eq!(draw(name, format, &[]), draw(name, format, &[]), "{name} {format}");
        }
    }
}

#[test]
fn a_page_asks_for_nothing_and_runs_only_its_own_script() {
    let page = text("websocket.pcapng", "html", &[]);
    no_reference(&page);
    let policy = page
        .split("Security-Policy\" content=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a policy");
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
    for tag in ["script", "style"] {
        let (start, end) = (format!("<{tag}>"), format!("</{tag}>"));
        assert_eq!((page.matches(&start).count(), page.matches(&end).count()), (1, 1));
        let body = page.split(&start).nth(1).and_then(|rest| rest.split(&end).next()).expect("a body");
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(body));
        assert!(policy.contains(&format!("{tag}-src 'sha256-{hash}'")), "{tag}");
    }
    assert!(!page.contains("style=") && !page.contains("onclick"));
    for level in 1..=4 {
        assert!(page.contains(&format!("<section data-level=\"{level}\"")));
    }
    for shown in ["Sec-WebSocket-Key: ", "http.response", "서버가 먼저 보냅니다"] {
        assert!(page.contains(shown), "{shown}");
    }
}

#[test]
fn hostile_text_stays_text() {
    let more = hostile();
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    for name in ["websocket.pcapng", "hostile-text.pcap"] {
        check_svg(&text(name, "svg", &more));
        check_svg(&text(name, "svg", &["--animate"]));
        assert!(Pixmap::decode_png(&draw(name, "png", &more)).is_ok());
        let page = text(name, "html", &more);
        assert!(page.matches("<script").count() == 1 && page.matches("</title>").count() > 1, "{name}");
        for format in FORMATS.into_iter().filter(|format| *format != "png") {
            let document = text(name, format, &more);
            let bad = |c: &char| {
                *c != '\n'
                    && (c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'))
            };
            assert_eq!(document.chars().find(bad), None, "{name} {format}");
        }
    }
}

#[test]
fn mermaid_has_only_lines_of_its_grammar() {
    let more = hostile();
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    let line = regex::Regex::new(
        r"^(sequenceDiagram|---|title: .*| +(participant L\d+ as .*|rect rgba\(.*\)|end|Note over L\d+,L\d+: .*|L\d+(->>|-->>|-x|--x|-\))L\d+: .*))$",
    )
    .expect("a pattern");
    let code = regex::Regex::new(r"#\d+;").expect("a pattern");
    for name in [
        "websocket.pcapng",
        "hostile-text.pcap",
        "retransmission.pcap",
        "gap.pcap",
        "proxy.pcapng",
        "reset.pcapng",
    ] {
        let drawn = text(name, "mmd", &more);
        for text in drawn.lines() {
            assert!(line.is_match(text), "{name}: {text}");
            assert!(!text.contains("%%") && !text.contains("<s") && !text.contains("$"), "{text}");
            let rest = text.replace("<br/>", "");
            assert!(!rest.contains('<'), "{text}");
            assert!(!code.replace_all(&rest, "").contains([';', '#']), "{text}");
        }
    }
}

#[test]
fn plantuml_has_only_lines_of_its_grammar() {
    let more = hostile();
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    let line = regex::Regex::new(
        r#"^(@startuml|@enduml|hide footbox|skinparam shadowing false|(title|caption|group) .*|participant "[^"]*" as L\d+|end|note over L\d+(, L\d+)? : .*|L\d+ (->|-->>|->>|->x|-->x|-\[#red\]>) L\d+ : .*)$"#,
    )
    .expect("a pattern");
    let code = regex::Regex::new(r"<U\+[0-9A-F]+>").expect("a pattern");
    for name in [
        "websocket.pcapng",
        "hostile-text.pcap",
        "retransmission.pcap",
        "gap.pcap",
        "proxy.pcapng",
        "reset.pcapng",
    ] {
        let drawn = text(name, "puml", &more);
        assert_eq!((drawn.matches("@startuml").count(), drawn.matches("@enduml").count()), (1, 1));
        for text in drawn.lines() {
            assert!(line.is_match(text), "{name}: {text}");
            assert!(!code.replace_all(text, "").contains(['%', '$', '<', '!', '~']), "{text}");
        }
    }
}

#[test]
fn a_recording_is_a_header_and_output_in_order() {
    let cast = text("websocket.pcapng", "cast", &["--title", "a \"title\""]);
    let mut lines = cast.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let header = lines.next().expect("a header");
    assert_eq!((&header["version"], &header["title"]), (&2.into(), &"a \"title\"".into()));
    let mut before = -1.0;
    for event in lines {
        let at = event[0].as_f64().expect("a time");
        assert!(
            at > before && event[1] == "o" && event[2].as_str().is_some_and(|text| text.ends_with("\r\n"))
        );
        before = at;
    }
}

#[test]
fn text_is_what_print_prints() {
    let printed = Command::new(env!("CARGO_BIN_EXE_seqdump"))
        .args(["print", "--lang", "en", "--width", "100"])
        .arg(capture("websocket.pcapng"))
        .output()
        .expect("it runs");
    assert_eq!(draw("websocket.pcapng", "txt", &[]), printed.stdout);
}

#[test]
fn what_does_not_exist_is_said_in_one_sentence() {
    for (more, said) in [
        (["--note", "99=x"], "there is no row 99: the rows are 1 to 16"),
        (["--highlight", "0"], "there is no row 0"),
    ] {
        let output = run("websocket.pcapng", "svg", &more);
        assert!(String::from_utf8_lossy(&output.stderr).contains(said));
    }
    let output = Command::new(env!("CARGO_BIN_EXE_seqdump"))
        .arg("draw")
        .arg(capture("websocket.pcapng"))
        .args(["-o", "picture.gif"])
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && said.contains("picture.gif") && said.contains(".svg, .png"),
        "{said}"
    );
}

#[test]
fn the_screen_is_drawn_after_keys() {
    for (size, lang, theme) in [("80x24", "ko", "light"), ("120x36", "en", "dark"), ("1x1", "en", "print")] {
        let more = ["--screen", size, "--keys", "<enter>jj4", "--theme", theme, "--lang", lang];
        let draw = |format| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_seqdump"));
            command
                .arg("draw")
                .arg(capture("websocket.pcapng"))
                .args(["-o", "-", "--format", format])
                .args(more);
            command.output().expect("it runs").stdout
        };
        for format in ["svg", "png", "txt"] {
            assert!(draw(format) == draw(format), "{format} is the same each time");
        }
        let svg = String::from_utf8(draw("svg")).expect("UTF-8");
        check_svg(&svg);
        let lines = String::from_utf8(draw("txt")).expect("UTF-8");
        let document = roxmltree::Document::parse(&svg).expect("XML");
        let desc = document.descendants().find(|node| node.tag_name().name() == "desc").expect("a desc");
        assert_eq!(desc.text().unwrap_or_default(), lines);
        assert!(size == "1x1" || lines.contains("GET /chat HTTP/1.1"), "{lines}");
        assert!(draw("png").starts_with(b"\x89PNG"));
    }
    for (more, said) in [
        (&["--screen", "80"][..], "COLSxROWS"),
        (&["--screen", "0x4"], "1x1 to"),
        (&["--screen", "80x24", "--keys", "<hyper>"], "no key"),
        (&["--screen", "80x24", "--redact"], "cannot be used with"),
        (&["--keys", "j"], "required"),
    ] {
        let output = run("websocket.pcapng", "svg", more);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && told.contains(said), "{more:?}: {told}");
    }
    let output = run("websocket.pcapng", "html", &["--screen", "80x24"]);
    assert!(!output.status.success());
    let hostile =
        text("hostile-text.pcap", "svg", &["--screen", "160x48", "--keys", "<enter>", "--title", HOSTILE]);
    check_svg(&hostile);
    assert!(!hostile.contains("<script"));
}

/// A capture of one connection to 198.51.100.7:80 on which these pieces are sent, by the client where `true`.
fn conversation(pieces: &[(bool, &str)]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 101] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    let (client, server) = (([10, 20, 30, 40], 40_000_u16), ([198, 51, 100, 7], 80_u16));
    let mut next = [1000_u32, 5000];
    let handshake = [(true, 0x02, ""), (false, 0x12, ""), (true, 0x10, "")];
    let data = pieces.iter().map(|(by_client, text)| (*by_client, 0x18, *text));
    for (nth, (by_client, flags, text)) in handshake.into_iter().chain(data).enumerate() {
        let (from, to) = if by_client { (client, server) } else { (server, client) };
        let (own, other) = (usize::from(!by_client), usize::from(by_client));
        let mut packet = vec![0x45, 0];
        packet.extend_from_slice(&(40 + text.len() as u16).to_be_bytes());
        packet.extend_from_slice(&[0, 0, 0x40, 0, 64, 6, 0, 0]);
        packet.extend(from.0.into_iter().chain(to.0));
        packet.extend(from.1.to_be_bytes().into_iter().chain(to.1.to_be_bytes()));
        packet.extend(next[own].to_be_bytes().into_iter().chain(next[other].to_be_bytes()));
        packet.extend_from_slice(&[0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        packet.extend_from_slice(text.as_bytes());
        next[own] += text.len() as u32 + u32::from(flags & 0x02 != 0);
        for word in [1_700_000_000, nth as u32 * 1000, packet.len() as u32, packet.len() as u32] {
            file.extend_from_slice(&word.to_le_bytes());
        }
        file.extend_from_slice(&packet);
    }
    file
}

#[test]
fn what_is_to_be_hidden_is_in_no_format() {
    let secrets =
        ["QuerySecret", "BearerSecret", "CookieSecret", "SetSecret", "FormSecret", "JsonSecret", "KeySecret"];
    let form = "user=me&password=FormSecret&x=CookieSecret";
    let request = format!(
        "POST /in?access_token=QuerySecret&x=1 HTTP/1.1\r\nHost: 198.51.100.7\r\nAuthorization: Bearer BearerSecret\r\n\
         Cookie: sid=CookieSecret; b=2\r\nX-Api-Key: KeySecret\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let body = "{\"token\": \"JsonSecret\", \"said\": \"plain words\"}";
    let response = format!(
        "HTTP/1.1 200 OK\r\nSet-Cookie: sid=SetSecret; HttpOnly\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secrets.pcap");
    std::fs::write(&file, conversation(&[(true, &request), (false, &response)])).expect("it is written");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seqdump"));
        let output = command.args(arguments).arg(&file).args(["--lang", "en"]).output().expect("it runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let mut ways = vec![
        vec!["export"],
        vec!["print"],
        vec!["print", "--level", "4"],
        vec!["print", "--style", "document"],
    ];
    ways.extend(FORMATS.iter().map(|format| vec!["draw", "-o", "-", "--format", format]));
    for way in &ways {
        let of = |more: &[&str]| run(&[way.as_slice(), more].concat());
        let hidden = of(&["--redact"]);
        for secret in secrets {
            let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
            let spaced: String = secret.bytes().take(8).map(|byte| format!("{byte:02x} ")).collect();
            assert!(!hidden.contains(secret) && !hidden.contains(&hex), "{way:?}: {secret}");
            assert!(!hidden.contains(spaced.trim()), "{way:?}: {secret} in hex");
        }
        let all = of(&["--redact=payloads,addresses"]);
        for told in ["plain words", "10.20.30.40", "198.51.100.7"] {
            assert!(!all.contains(told), "{way:?}: {told}");
        }
        if way[0] == "export" || way.contains(&"html") {
            assert!(of(&[]).contains("CookieSecret") && hidden.contains("plain words"), "{way:?}");
            assert!(hidden.contains("[redacted]") && all.contains("192.0.2.1"), "{way:?}");
        }
    }
}

#[test]
fn plantuml_itself_takes_it_where_it_is_installed() {
    if Command::new("plantuml").arg("-version").output().is_err() {
        eprintln!("skipped: there is no plantuml here");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let more = hostile();
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    for name in ["websocket.pcapng", "hostile-text.pcap", "retransmission.pcap", "proxy.pcapng"] {
        std::fs::write(folder.path().join(format!("{name}.puml")), draw(name, "puml", &more))
            .expect("it is written");
    }
    let read = Command::new("plantuml")
        .args(["-charset", "UTF-8", "-tsvg", "-failfast2"])
        .arg(folder.path().join("*.puml"))
        .output()
        .expect("it runs");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let drawn = std::fs::read_to_string(folder.path().join("hostile-text.pcap.svg")).expect("a picture");
    for literal in ["&lt;/title&gt;&lt;script&gt;", "!include", "%%{init}%%"] {
        assert!(drawn.contains(literal), "{literal}");
    }
}
