//! A conversation that unfolds as an animated GIF (GIF89a): pictures painted one over the other, each frame of which
//! holds only what changed.
//!
//! All frames share one palette. Flat colours keep their exact values: those that most pixels have come first, and what
//! lies between two of them, the edges of letters, is shown by the nearest.

use gif::{Encoder, Frame, Repeat};
use resvg::tiny_skia::Pixmap;
use rustc_hash::FxHashMap;

use crate::error::Error;
use crate::model::diagram::Diagram;
use crate::render::cast::KEY;
use crate::render::palette::Theme;
use crate::render::png::{Paper, failed};
use crate::render::svg::{self, Film, Look, Picture};

/// The most frames that anybody watches.
const FRAMES: usize = 400;
/// How long the end of a film of the screen is held, in seconds.
const HELD: f64 = 4.0;
/// The most colours of a palette; those that are taken in any case; and how far apart the others are at least (the sum
/// over red, green and blue).
const COLOURS: usize = 256;
const FLAT: usize = 64;
const APART: u32 = 14;

/// Draws `diagrams` unfolding row by row, `scale` as for [`crate::render::png::draw`].
///
/// # Errors
/// Where there are more rows than anybody watches, or a side would be too long.
pub fn draw(diagrams: &[Diagram], look: &Look, scale: Option<f64>) -> Result<Vec<u8>, Error> {
    let rows: usize = diagrams.iter().map(|diagram| diagram.rows.len()).sum();
    if rows >= FRAMES {
        return Err(Error::Usage(format!(
            "nobody watches {rows} rows unfold, and GIF pictures are drawn of up to {FRAMES}: use a smaller --level or a \
             --filter, or draw .svg"
        )));
    }
    let theme = if look.theme == Theme::Auto { Theme::Light } else { look.theme };
    let film = svg::film(diagrams, &Look { theme, ..look.clone() });
    // What is painted later covers little: all colours are in the first or the last.
    let last = film.frames.len() - 1;
    paint(&film, |nth| nth == 0 || nth == last, scale)
}

/// Paints screens one after the other, each of which covers the one before it.
///
/// # Errors
/// Where a side would be too long.
pub fn screen(pictures: Vec<Picture>, scale: Option<f64>) -> Result<Vec<u8>, Error> {
    let size = pictures.first().map_or((1.0, 1.0), |picture| picture.size);
    let last = pictures.len().saturating_sub(1);
    let shown = |nth| if nth < last { KEY } else { HELD };
    let frames = pictures.into_iter().enumerate().map(|(nth, picture)| (picture.svg, shown(nth))).collect();
    paint(&Film { frames, size }, |_| true, scale)
}

/// Paints a film with the colours of the frames that `tells` chooses.
fn paint(film: &Film, tells: impl Fn(usize) -> bool, scale: Option<f64>) -> Result<Vec<u8>, Error> {
    let mut paper = Paper::new(film.size, scale)?;
    let mut counts: FxHashMap<u32, u64> = FxHashMap::default();
    for (nth, (svg, _)) in film.frames.iter().enumerate() {
        paper.paint(svg)?;
        if tells(nth) {
            rgb(&paper.pixels).for_each(|colour| *counts.entry(colour).or_default() += 1);
        }
    }
    let mut palette = Palette::of(counts);
    let (width, height) = (paper.pixels.width() as u16, paper.pixels.height() as u16);
    let (mut file, mut before) = (Vec::new(), Vec::new());
    let mut encoder = Encoder::new(&mut file, width, height, &palette.bytes()).map_err(broken)?;
    encoder.set_repeat(Repeat::Infinite).map_err(broken)?;
    for (svg, seconds) in &film.frames {
        paper.paint(svg)?;
        let now = palette.indices(&paper.pixels);
        let mut frame = changed(&before, &now, width, height);
        frame.delay = (seconds * 100.0).round() as u16;
        encoder.write_frame(&frame).map_err(broken)?;
        before = now;
    }
    drop(encoder);
    Ok(file)
}

fn broken(wrong: gif::EncodingError) -> Error {
    failed(wrong.to_string())
}

fn rgb(pixels: &Pixmap) -> impl Iterator<Item = u32> + '_ {
    let pixels = pixels.pixels().iter();
    pixels.map(|pixel| u32::from_be_bytes([0, pixel.red(), pixel.green(), pixel.blue()]))
}

/// The smallest frame that holds all that changed.
fn changed(before: &[u8], now: &[u8], width: u16, height: u16) -> Frame<'static> {
    let row = usize::from(width).max(1);
    let (mut left, mut right, mut top, mut bottom) = (width, 0, height, 0);
    for (y, (old, new)) in (0_u16..).zip(before.chunks(row).zip(now.chunks(row))) {
        if old == new {
            continue;
        }
        (top, bottom) = (top.min(y), y + 1);
        let differs = |x: &usize| old[*x] != new[*x];
        left = left.min((0..row).find(differs).unwrap_or(0) as u16);
        right = right.max((0..row).rfind(differs).unwrap_or(0) as u16 + 1);
    }
    if before.is_empty() {
        (left, right, top, bottom) = (0, width, 0, height);
    } else if right == 0 {
        // Nothing changed: a frame holds one pixel at least.
        (left, right, top, bottom) = (0, 1, 0, 1);
    }
    let lines = now.chunks(row).skip(top.into()).take(usize::from(bottom - top));
    let pixels: Vec<u8> = lines.flat_map(|line| &line[left.into()..right.into()]).copied().collect();
    let mut frame = Frame::from_indexed_pixels(right - left, bottom - top, pixels, None);
    (frame.left, frame.top) = (left, top);
    frame
}

/// The colours of a picture, and which stands for which.
#[derive(Default)]
struct Palette {
    colours: Vec<u32>,
    known: FxHashMap<u32, u8>,
}

impl Palette {
    /// The colours that most pixels have, none too near another.
    fn of(counts: FxHashMap<u32, u64>) -> Palette {
        let mut all: Vec<(u64, u32)> = counts.into_iter().map(|(colour, count)| (count, colour)).collect();
        all.sort_unstable_by(|one, two| two.0.cmp(&one.0).then(one.1.cmp(&two.1)));
        let mut colours: Vec<u32> = Vec::new();
        for (_, colour) in all {
            let apart = if colours.len() < FLAT { 1 } else { APART };
            if colours.len() < COLOURS && colours.iter().all(|known| distance(*known, colour) >= apart) {
                colours.push(colour);
            }
        }
        Palette { colours, known: FxHashMap::default() }
    }

    /// Red, green and blue of each.
    fn bytes(&self) -> Vec<u8> {
        self.colours.iter().flat_map(|colour| colour.to_be_bytes().into_iter().skip(1)).collect()
    }

    fn indices(&mut self, pixels: &Pixmap) -> Vec<u8> {
        let Palette { colours, known } = self;
        let nearest = |colour| {
            let best = (0..colours.len()).min_by_key(|at| distance(colours[*at], colour));
            best.unwrap_or_default() as u8
        };
        rgb(pixels).map(|colour| *known.entry(colour).or_insert_with(|| nearest(colour))).collect()
    }
}

/// How far two colours are apart: the sum over red, green and blue.
fn distance(one: u32, two: u32) -> u32 {
    one.to_be_bytes().into_iter().zip(two.to_be_bytes()).map(|(a, b)| u32::from(a.abs_diff(b))).sum()
}
