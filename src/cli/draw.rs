//! `seqdump draw`: the diagram as a document.

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::complaint::complain;
use super::print::Printer;
use super::{Common, output};
use crate::error::Error;
use crate::event::Endpoint;
use crate::model::diagram::{Diagram, Key, Level, Row, View, What};
use crate::model::trace::Trace;
use crate::render::cells::{Charset, Clock, Paper};
use crate::render::html::{self, Scene};
use crate::render::palette::Theme;
use crate::render::screen::{self, Ground};
use crate::render::svg::{self, Look};
use crate::render::{cast, mermaid, plantuml, text};
use crate::safe;
use crate::tui;

/// Draw the diagram as a document: a picture, a page, a text.
#[derive(Debug, clap::Args)]
pub(crate) struct Draw {
    /// The captures
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Where to write it; the ending says the format: svg, png, gif, html, txt, mmd (Mermaid), puml (PlantUML), cast
    /// (asciinema). `-` is standard output
    #[arg(long, short = 'o', value_name = "FILE")]
    output: PathBuf,
    /// The format, where the ending does not say it
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The colours
    #[arg(long, value_enum, default_value = "auto")]
    theme: ThemeName,
    /// Pixels of a PNG or GIF picture for each pixel of the drawing; 2 where there is room
    #[arg(long, value_name = "N", value_parser = scale)]
    scale: Option<f64>,
    /// How wide it is: pixels of a picture, cells of text
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(40..=16384))]
    width: Option<u16>,
    /// What stands above it
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// What stands below it
    #[arg(long, value_name = "TEXT")]
    caption: Option<String>,
    /// Number the rows
    #[arg(long)]
    number: bool,
    /// Mark a row, by the number that --number shows
    #[arg(long, value_name = "ROW")]
    highlight: Vec<usize>,
    /// Write something below a row, by the number that --number shows
    #[arg(long, value_name = "ROW=TEXT", value_parser = note)]
    note: Vec<(usize, String)>,
    /// Let the rows of an SVG picture appear one after another
    #[arg(long)]
    animate: bool,
    /// Draw the text of an SVG picture as outlines: it looks the same everywhere, and is no text any more
    #[arg(long)]
    outline: bool,
    /// Call a party by a name
    #[arg(long, value_name = "NAME=ADDRESS:PORT", value_parser = alias)]
    name: Vec<(String, Endpoint)>,
    /// Draw all connections in one diagram, in the order in which things happened
    #[arg(long)]
    together: bool,
    /// Draw the screen itself, of so many columns and lines; as gif or cast after each key
    #[arg(long, value_name = "COLSxROWS", value_parser = size)]
    #[arg(conflicts_with_all = ["width", "caption", "number", "highlight", "note", "animate", "together"])]
    screen: Option<(u16, u16)>,
    /// The keys that are typed on that screen first, such as `jj<enter>3`
    #[arg(long, value_name = "KEYS", default_value = "", hide_default_value = true, requires = "screen")]
    keys: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A vector picture
    Svg,
    /// A picture of pixels
    Png,
    /// A picture that moves: the rows appear one after another
    Gif,
    /// A page whose rows unfold
    Html,
    /// Text, as `print` prints it
    Txt,
    /// Mermaid
    Mmd,
    /// PlantUML
    Puml,
    /// A recording of a terminal, for asciinema
    Cast,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ThemeName {
    /// As the reader's system asks for (light in PNG and GIF)
    Auto,
    /// Dark on light
    Light,
    /// Light on dark
    Dark,
    /// Black on white
    Print,
}

fn scale(text: &str) -> Result<f64, String> {
    let scale: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.1..=16.0).contains(&scale) { Ok(scale) } else { Err("use 0.1 to 16".to_owned()) }
}

fn size(text: &str) -> Result<(u16, u16), String> {
    let (columns, lines) = text.split_once(['x', '×']).ok_or("write COLSxROWS, such as 100x30")?;
    let side = |text: &str| text.parse().ok().filter(|cells| (1..=1000).contains(cells));
    side(columns).zip(side(lines)).ok_or_else(|| "use 1x1 to 1000x1000".to_owned())
}

fn note(text: &str) -> Result<(usize, String), String> {
    let (row, text) = text.split_once('=').ok_or("write ROW=TEXT, such as 3=\"the key\"")?;
    Ok((row.trim().parse().map_err(|_| format!("{row:?} is no row number"))?, text.to_owned()))
}

fn alias(text: &str) -> Result<(String, Endpoint), String> {
    let (name, socket) =
        text.rsplit_once('=').ok_or("write NAME=ADDRESS:PORT, such as server=127.0.0.1:80")?;
    let socket: SocketAddr = socket
        .parse()
        .map_err(|_| format!("{socket:?} is no address with a port, such as 127.0.0.1:80 or [::1]:80"))?;
    Ok((name.to_owned(), Endpoint { ip: socket.ip(), port: socket.port() }))
}

impl Draw {
    pub(super) fn run(self, common: &Common) -> Result<(), Error> {
        let format = self.format()?;
        if self.outline && format != Format::Svg {
            return Err(Error::Usage(
                "--outline is for .svg: other formats need no fonts, or bring theirs".to_owned(),
            ));
        }
        let (reading, frames) = common.open(&self.files, true)?;
        let document = common.confined(|| match self.screen {
            Some(size) => self.snapshot(common, format, size, tui::Input { reading, frames }),
            None => self.drawn(common, format, Printer::read(common, reading, frames)?),
        })?;
        write(&self.output, &document)
    }

    /// The document, and what there is to complain of on standard error.
    fn drawn(&self, common: &Common, format: Format, mut printed: Printer) -> Result<Vec<u8>, Error> {
        printed.aliases = self.name.clone();
        let mut scenes = self.scenes(common, &printed, format)?;
        self.annotate(common.level, &mut scenes)?;
        let document = self.document(common, format, scenes)?;
        complain(&printed.survey.warned, &mut printed.reading, common.lang());
        Ok(document)
    }

    fn format(&self) -> Result<Format, Error> {
        if let Some(format) = self.format {
            return Ok(format);
        }
        let ending = self.output.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        Format::from_str(ending, true).map_err(|_| {
            let known: Vec<_> =
                Format::value_variants().iter().filter_map(|known| known.to_possible_value()).collect();
            let known: Vec<&str> = known.iter().map(|known| known.get_name()).collect();
            Error::Usage(format!(
                "cannot tell the format from {}: let it end in .{}, or say --format",
                safe::line(&self.output.to_string_lossy()),
                known.join(", .")
            ))
        })
    }

    /// What there is to draw: a scene for each connection, or one of all.
    fn scenes(&self, common: &Common, printed: &Printer, format: Format) -> Result<Vec<Scene>, Error> {
        let ids = printed.wanted();
        if let Some(overview) =
            printed.overview(common, &ids).filter(|_| !self.together && format != Format::Html)
        {
            return Ok(vec![Scene { trace: Trace::default(), diagrams: vec![(common.level, overview)] }]);
        }
        let seen =
            printed.survey.connections().map(|connection| connection.packets.iter().sum::<u64>() + ROWS);
        let switchable = format == Format::Html && seen.sum::<u64>() <= SWITCHABLE;
        let groups: Vec<&[u32]> =
            if self.together || format.is_one_diagram() { vec![&ids] } else { ids.chunks(1).collect() };
        let mut scenes = Vec::with_capacity(groups.len());
        for group in groups {
            let trace = printed.open(group)?;
            let mut diagrams = Vec::new();
            for level in LEVELS {
                if level == common.level || switchable {
                    let view = View { level, ..printed.view(common) };
                    diagrams.push((level, Diagram::new(&trace, &view)));
                }
            }
            let trace = if format == Format::Html { trace } else { Trace::default() };
            scenes.push(Scene { trace, diagrams });
        }
        Ok(scenes)
    }

    /// Writes the notes of the command line below their rows.
    fn annotate(&self, level: Level, scenes: &mut [Scene]) -> Result<(), Error> {
        let diagrams: Vec<&mut Diagram> = scenes
            .iter_mut()
            .flat_map(|scene| &mut scene.diagrams)
            .filter(|(of, _)| *of == level)
            .map(|(_, diagram)| diagram)
            .collect();
        let count = diagrams.iter().flat_map(|of| &of.rows).filter(|row| svg::is_numbered(row)).count();
        let asked = self.note.iter().map(|(row, _)| row).chain(&self.highlight);
        if let Some(row) = asked.copied().find(|row| *row == 0 || *row > count) {
            return Err(Error::Usage(format!(
                "there is no row {row}: the rows are 1 to {count} (see --number)"
            )));
        }
        let mut number = 0;
        for diagram in diagrams {
            let mut rows = Vec::with_capacity(diagram.rows.len());
            for row in diagram.rows.drain(..) {
                number += usize::from(svg::is_numbered(&row));
                let numbered = svg::is_numbered(&row);
                let (time, depth, frames) = (row.time, row.depth, row.frames.clone());
                rows.push(row);
                let notes = self.note.iter().filter(|(of, _)| numbered && *of == number);
                rows.extend(notes.zip(0..).map(|((_, text), nth)| Row {
                    key: Key::Remark(frames.last().copied().unwrap_or_default(), nth),
                    what: What::Remark(safe::line(text)),
                    time,
                    delta: None,
                    depth,
                    open: None,
                    frames: frames.clone(),
                }));
            }
            diagram.rows = rows;
        }
        Ok(())
    }

    fn look(&self) -> Look {
        Look {
            theme: match self.theme {
                ThemeName::Auto => Theme::Auto,
                ThemeName::Light => Theme::Light,
                ThemeName::Dark => Theme::Dark,
                ThemeName::Print => Theme::Print,
            },
            width: self.width.map(f64::from),
            title: self.title.as_deref().map(safe::line),
            caption: self.caption.as_deref().map(safe::line),
            numbers: self.number,
            marked: self.highlight.clone(),
            unfolding: self.animate,
            outlined: self.outline,
        }
    }

    fn document(&self, common: &Common, format: Format, scenes: Vec<Scene>) -> Result<Vec<u8>, Error> {
        let look = self.look();
        if format == Format::Html {
            return Ok(html::draw(&scenes, &look, common.level, common.lang()).into_bytes());
        }
        let cells = usize::from(self.width.unwrap_or(100)).min(1000);
        let diagrams: Vec<Diagram> =
            scenes.into_iter().flat_map(|scene| scene.diagrams).map(|(_, diagram)| diagram).collect();
        let one = diagrams.first().cloned().unwrap_or_default();
        match format {
            Format::Svg | Format::Html => Ok(svg::draw(&diagrams, &look).svg.into_bytes()),
            Format::Txt => Ok(self.text(&diagrams, cells).into_bytes()),
            Format::Mmd => Ok(mermaid::draw(&one, &look).into_bytes()),
            Format::Puml => Ok(plantuml::draw(&one, &look).into_bytes()),
            Format::Cast => cast::draw(&one, look.title.as_deref(), cells).map(String::into_bytes),
            #[cfg(feature = "png")]
            Format::Png => crate::render::png::draw(&diagrams, &look, self.scale),
            #[cfg(feature = "png")]
            Format::Gif => crate::render::gif::draw(&diagrams, &look, self.scale),
            #[cfg(not(feature = "png"))]
            Format::Png | Format::Gif => Err(no_pixels()),
        }
    }
}

impl Draw {
    /// The screen after the keys that were asked for. No configuration is read: the same is drawn everywhere.
    fn snapshot(
        &self,
        common: &Common,
        format: Format,
        size: (u16, u16),
        input: tui::Input,
    ) -> Result<Vec<u8>, Error> {
        let (theme, ground) = match self.theme {
            ThemeName::Auto | ThemeName::Dark => (tui::Theme::Dark, Ground::Dark),
            ThemeName::Light => (tui::Theme::Light, Ground::Light),
            ThemeName::Print => (tui::Theme::None, Ground::Light),
        };
        let options = tui::Options {
            lang: Some(common.lang()),
            theme: Some(theme),
            level: Some(common.level),
            filter: common.filter.clone(),
            aliases: self.name.iter().chain(&common.lane).cloned().collect(),
            redaction: common.hide.what(),
            limits: common.limits.clone(),
            ..tui::Options::default()
        };
        let screens = tui::snapshots(input, &options, size, &self.keys)?;
        let names =
            self.files.iter().map(|file| file.file_name().unwrap_or(file.as_os_str()).to_string_lossy());
        let names: Vec<_> = names.collect();
        let title = self.title.clone().unwrap_or_else(|| format!("seqdump {}", names.join(" ")));
        let title = safe::line(&title);
        let Some(last) = screens.last() else { return Ok(Vec::new()) };
        let svg = |outlined| screen::draw(last, ground, &title, outlined);
        match format {
            Format::Svg => Ok(svg(self.outline).svg.into_bytes()),
            Format::Html => Ok(html::picture(&svg(false).svg, &title, common.lang()).into_bytes()),
            Format::Txt => Ok(screen::text(last).into_bytes()),
            Format::Cast => Ok(cast::screen(&screens, &title).into_bytes()),
            #[cfg(feature = "png")]
            Format::Png => crate::render::png::paint(&svg(true), self.scale),
            #[cfg(feature = "png")]
            Format::Gif => {
                let draw = |screen| screen::draw(screen, ground, &title, true);
                crate::render::gif::screen(screens.iter().map(draw).collect(), self.scale)
            }
            #[cfg(not(feature = "png"))]
            Format::Png | Format::Gif => Err(no_pixels()),
            Format::Mmd | Format::Puml => Err(Error::Usage(
                "a screen is no sequence diagram: draw it as .svg, .png, .gif, .html, .txt or .cast"
                    .to_owned(),
            )),
        }
    }

    fn text(&self, diagrams: &[Diagram], width: usize) -> String {
        let paper = Paper { width, charset: Charset::Ladder, clock: Clock::Relative };
        let mut parts: Vec<String> = self.title.iter().map(|title| safe::line(title) + "\n").collect();
        for diagram in diagrams {
            parts.push(text::blocks(diagram, paper, false).into_iter().map(|(_, block)| block).collect());
        }
        parts.extend(self.caption.iter().map(|caption| safe::line(caption) + "\n"));
        parts.join("\n")
    }
}

impl Format {
    /// Whether its documents hold one diagram, which then is of all connections together.
    fn is_one_diagram(self) -> bool {
        matches!(self, Format::Mmd | Format::Puml | Format::Cast)
    }
}

/// The levels that a page can switch between.
const LEVELS: [Level; 4] = [Level::Connections, Level::Phases, Level::Messages, Level::Packets];
/// Captures of more packets than this have one level on their page, the one that was asked for.
const SWITCHABLE: u64 = 20_000;
/// Rows of a connection that are there besides its packets.
const ROWS: u64 = 10;

#[cfg(not(feature = "png"))]
fn no_pixels() -> Error {
    Error::Usage("this build draws no PNG and no GIF: draw .svg, or build with --features png".to_owned())
}

fn write(path: &Path, document: &[u8]) -> Result<(), Error> {
    let written = match path.as_os_str() == "-" {
        true => {
            let mut out = output();
            out.write_all(document).and_then(|()| out.flush())
        }
        false => fs::write(path, document),
    };
    let what = || {
        if path.as_os_str() == "-" {
            "standard output".to_owned()
        } else {
            safe::line(&path.to_string_lossy())
        }
    };
    written.map_err(|cause| Error::Write { what: what(), cause })
}
