//! A diagram as a PNG picture: the SVG picture with outlined text, painted.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::error::Error;
use crate::model::diagram::Diagram;
use crate::render::palette::Theme;
use crate::render::svg::{self, Look, Picture};

/// The longest side of a picture, in pixels: what browsers and viewers still show.
pub const LONGEST: f64 = 16_384.0;

/// The scale of pictures that are not too long for it, and the least that can still be read.
const SCALES: (f64, f64) = (2.0, 0.6);

/// Paints `diagrams` one below another, `scale` pixels for each pixel of the SVG picture; without one two, or as many
/// as there is room for.
///
/// # Errors
/// Where a side would be longer than [`LONGEST`].
pub fn draw(diagrams: &[Diagram], look: &Look, scale: Option<f64>) -> Result<Vec<u8>, Error> {
    let theme = if look.theme == Theme::Auto { Theme::Light } else { look.theme };
    let look = Look { theme, unfolding: false, outlined: true, ..look.clone() };
    paint(&svg::draw(diagrams, &look), scale)
}

/// Paints a picture whose text is outlined, `scale` as for [`draw`].
///
/// # Errors
/// Where a side would be longer than [`LONGEST`].
pub fn paint(picture: &Picture, scale: Option<f64>) -> Result<Vec<u8>, Error> {
    let mut paper = Paper::new(picture.size, scale)?;
    paper.paint(&picture.svg)?;
    paper.pixels.encode_png().map_err(|wrong| failed(wrong.to_string()))
}

/// What is painted on.
pub(crate) struct Paper {
    pub(crate) pixels: Pixmap,
    scale: f64,
}

impl Paper {
    /// Paper for pictures of this size, `scale` as for [`draw`].
    pub(crate) fn new((width, height): (f64, f64), scale: Option<f64>) -> Result<Paper, Error> {
        let most = LONGEST / width.max(height);
        let scale = scale.unwrap_or(if most > SCALES.1 { most.min(SCALES.0) } else { SCALES.0 });
        let (width, height) = ((width * scale).round(), (height * scale).round());
        if width > LONGEST || height > LONGEST {
            return Err(Error::Usage(format!(
                "the picture would have {width}×{height} pixels, and pixels are painted up to {LONGEST} a side: use a \
                 smaller --scale or --level, a --filter, or draw .svg"
            )));
        }
        let pixels = Pixmap::new(width as u32, height as u32);
        Ok(Paper { pixels: pixels.ok_or_else(|| failed("it has no size".to_owned()))?, scale })
    }

    /// Paints a document over what is there.
    pub(crate) fn paint(&mut self, svg: &str) -> Result<(), Error> {
        let tree = Tree::from_str(svg, &Options::default()).map_err(|wrong| failed(wrong.to_string()))?;
        let scale = Transform::from_scale(self.scale as f32, self.scale as f32);
        resvg::render(&tree, scale, &mut self.pixels.as_mut());
        Ok(())
    }
}

pub(crate) fn failed(why: String) -> Error {
    Error::Write { what: "the picture".to_owned(), cause: std::io::Error::other(why) }
}
