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
    let most = LONGEST / picture.size.0.max(picture.size.1);
    let scale = scale.unwrap_or(if most > SCALES.1 { most.min(SCALES.0) } else { SCALES.0 });
    let (width, height) = ((picture.size.0 * scale).round(), (picture.size.1 * scale).round());
    if width > LONGEST || height > LONGEST {
        return Err(Error::Usage(format!(
            "the picture would have {width}×{height} pixels, and PNG pictures are drawn up to {LONGEST} a side: use \
             a smaller --scale or --level, a --filter, or draw .svg"
        )));
    }
    let failed =
        |why: String| Error::Write { what: "the picture".to_owned(), cause: std::io::Error::other(why) };
    let tree =
        Tree::from_str(&picture.svg, &Options::default()).map_err(|wrong| failed(wrong.to_string()))?;
    let mut pixels =
        Pixmap::new(width as u32, height as u32).ok_or_else(|| failed("it has no size".to_owned()))?;
    resvg::render(&tree, Transform::from_scale(scale as f32, scale as f32), &mut pixels.as_mut());
    pixels.encode_png().map_err(|wrong| failed(wrong.to_string()))
}
