//! What is drawn is read back: by parsers of each format, and by looking for what must not be in it.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine as _;
use common::markup::{check_mermaid, check_plantuml, check_svg, no_reference};
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
fn outlines_need_no_font_and_look_the_same() {
    for more in [&["--number"][..], &["--screen", "100x30", "--keys", "<enter>", "--theme", "light"]] {
        let svg = text("websocket.pcapng", "svg", &[more, &["--outline"]].concat());
        check_svg(&svg);
        assert!(!svg.contains("<text") && !svg.contains("@font-face"));
        let tree = usvg::Tree::from_str(&svg, &usvg::Options::default()).expect("SVG");
        let size = tree.size().to_int_size();
        let mut read = Pixmap::new(size.width(), size.height()).expect("a size");
        resvg::render(&tree, resvg::tiny_skia::Transform::identity(), &mut read.as_mut());
        let png = draw("websocket.pcapng", "png", &[more, &["--scale", "1"]].concat());
        assert_eq!(read.data(), Pixmap::decode_png(&png).expect("PNG").data());
    }
    let output = run("websocket.pcapng", "png", &["--outline"]);
    assert!(
        !output.status.success() && String::from_utf8_lossy(&output.stderr).contains("--outline is for .svg")
    );
}

#[test]
fn what_no_font_has_is_shown_by_its_code_point() {
    let drawn = |text: &str| draw("websocket.pcapng", "png", &["--title", text]);
    // Hangul that is rare or decomposed has shapes of its own; of what has none, no two look alike.
    assert_eq!(drawn("한글 é"), drawn("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af} e\u{301}"));
    let all = ["뷁", "쀍", "漢", "字", "👋", "🤷"].map(drawn);
    assert!((0..all.len()).all(|one| all[..one].iter().all(|other| *other != all[one])));
    let svg = text("websocket.pcapng", "svg", &["--outline", "--title", "쀍漢"]);
    assert!(svg.contains("id=\"Sc00d\"") && svg.contains("id=\"S6f22\""));
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
fn two_runs_are_the_same_byte_for_byte_wherever_they_run() {
    let home = tempfile::tempdir().expect("a folder");
    let run = |name: &str, arguments: &[&str], elsewhere: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seqdump"));
        command.args(arguments).arg(capture(name)).args(["--lang", "en"]);
        command.env_remove("SSLKEYLOGFILE");
        if elsewhere {
            command.env("TZ", "Asia/Seoul").env("LANG", "ko_KR.UTF-8").env("LC_ALL", "ko_KR.UTF-8");
            command.env("HOME", home.path()).env("XDG_CONFIG_HOME", home.path()).env("NO_COLOR", "1");
            command
                .env("COLUMNS", "31")
                .env("TERM", "dumb")
                .env("COLORTERM", "truecolor")
                .current_dir(home.path());
        }
        let output = command.output().expect("it runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let mut ways: Vec<Vec<&str>> =
        FORMATS.iter().map(|format| vec!["draw", "-o", "-", "--format", format]).collect();
    ways.push(vec!["draw", "-o", "-", "--format", "gif", "--scale", "0.2"]);
    for format in ["svg", "html", "txt", "cast"] {
        ways.push(vec!["draw", "-o", "-", "--format", format, "--screen", "80x24", "--keys", "<enter>j"]);
    }
    ways.extend([vec!["export"], vec!["export", "--format", "har"], vec!["export", "--format", "pcapng"]]);
    for way in ways {
        for name in ["websocket.pcapng", "proxy.pcapng"] {
            assert!(run(name, &way, false) == run(name, &way, true), "{name} {way:?}");
        }
    }
}

/// The frames of a GIF, each as the picture that is seen while it is shown, in gray; and their delays.
fn film(bytes: &[u8]) -> (Vec<Vec<u8>>, Vec<u16>, (usize, usize)) {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(bytes).expect("a GIF");
    assert_eq!(decoder.repeat(), gif::Repeat::Infinite);
    let (width, height) = (usize::from(decoder.width()), usize::from(decoder.height()));
    let (mut seen, mut frames, mut delays) = (vec![0; width * height], Vec::new(), Vec::new());
    while let Some(frame) = decoder.read_next_frame().expect("a frame") {
        let (left, top, wide) = (usize::from(frame.left), usize::from(frame.top), usize::from(frame.width));
        for (nth, pixel) in frame.buffer.chunks(4).enumerate() {
            seen[(top + nth / wide) * width + left + nth % wide] = pixel[1];
        }
        frames.push(seen.clone());
        delays.push(frame.delay);
    }
    (frames, delays, (width, height))
}

#[test]
fn a_conversation_unfolds_until_it_is_the_whole_picture() {
    let more = ["--scale", "0.5", "--highlight", "9"];
    let (frames, delays, size) = film(&draw("websocket.pcapng", "gif", &more));
    let png = Pixmap::decode_png(&draw("websocket.pcapng", "png", &more)).expect("PNG");
    assert_eq!(size, (png.width() as usize, png.height() as usize));
    let apart = |frame: &[u8]| {
        let pairs = frame.iter().zip(png.pixels());
        pairs.filter(|(one, other)| one.abs_diff(other.green()) > 24).count()
    };
    let left: Vec<usize> = frames.iter().map(|frame| apart(frame)).collect();
    assert!(left.len() > 20 && left.windows(2).all(|two| two[0] >= two[1]), "{left:?}");
    assert!(left[0] > 12 * left[left.len() - 1], "{left:?}");
    let (last, others) = delays.split_last().expect("delays");
    assert!(*last == 500 && others.iter().all(|delay| (35..=200).contains(delay)), "{delays:?}");

    let output = run("many-connections.pcap", "gif", &["--level", "4"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("--level") && said.lines().count() == 1, "{said}");
}

#[test]
fn the_screen_is_filmed_key_by_key() {
    let more = ["--screen", "80x24", "--keys", "<enter>jj4", "--scale", "0.5"];
    let (frames, delays, _) = film(&draw("websocket.pcapng", "gif", &more));
    assert_eq!((frames.len(), delays[0]), (5, 100));
    assert!(frames.windows(2).all(|two| two[0] != two[1]));
    let cast = text("websocket.pcapng", "cast", &more[..4]);
    let mut lines = cast.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let header = lines.next().expect("a header");
    assert_eq!((&header["width"], &header["height"]), (&80.into(), &24.into()));
    let shown: Vec<serde_json::Value> = lines.collect();
    assert_eq!(shown.len(), 5 + 1);
    assert!(
        shown[0][2].as_str().is_some_and(|text| text.contains("\u{1b}[2J") && text.contains("127.0.0.1:80"))
    );
    assert!(shown[1][2].as_str().is_some_and(|text| text.contains("GET /chat HTTP/1.1")));
    let page = text("websocket.pcapng", "html", &more[..4]);
    no_reference(&page);
    assert!(page.contains("<svg") && !page.contains("<script") && !page.contains("unsafe"));
    for style in page.split("<style>").skip(1).filter_map(|rest| rest.split("</style>").next()) {
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style));
        assert!(page.contains(&format!("'sha256-{hash}'")));
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

/// Captures with what drawings have: messages, hostile text, trouble, gaps, three lanes, an early end.
const DRAWN: [&str; 6] = [
    "websocket.pcapng",
    "hostile-text.pcap",
    "retransmission.pcap",
    "gap.pcap",
    "proxy.pcapng",
    "reset.pcapng",
];

#[test]
fn mermaid_has_only_lines_of_its_grammar() {
    let more = hostile();
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    for name in DRAWN {
        check_mermaid(&text(name, "mmd", &more));
    }
}

#[test]
fn plantuml_has_only_lines_of_its_grammar() {
    let more = hostile();
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    for name in DRAWN {
        check_plantuml(&text(name, "puml", &more));
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
            at > before
                && event[1] == "o"
                && event[2].as_str().is_some_and(|text| text.is_empty() || text.ends_with("\r\n"))
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
        (["--note", "99=x"], "there is no row 99: the rows are 1 to 15"),
        (["--highlight", "0"], "there is no row 0"),
    ] {
        let output = run("websocket.pcapng", "svg", &more);
        assert!(String::from_utf8_lossy(&output.stderr).contains(said));
    }
    let output = Command::new(env!("CARGO_BIN_EXE_seqdump"))
        .arg("draw")
        .arg(capture("websocket.pcapng"))
        .args(["-o", "picture.bmp"])
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && said.contains("picture.bmp") && said.contains(".svg, .png"),
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
        (&["--keys", "j"], "required"),
    ] {
        let output = run("websocket.pcapng", "svg", more);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && told.contains(said), "{more:?}: {told}");
    }
    let output = run("websocket.pcapng", "mmd", &["--screen", "80x24"]);
    assert!(!output.status.success());
    let hostile =
        text("hostile-text.pcap", "svg", &["--screen", "160x48", "--keys", "<enter>", "--title", HOSTILE]);
    check_svg(&hostile);
    assert!(!hostile.contains("<script"));
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
