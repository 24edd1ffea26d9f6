//! The fonts that documents carry along: how wide a text is in them, and a font of just the characters that are used.
//!
//! They are our own build (`fonts/make.sh`): TrueType outlines without hints or layout tables, so a text is as wide as
//! the sum of its advances.

use std::collections::BTreeSet;
use std::io::Read;
use std::num::NonZeroU16;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use ttf_parser::{Face, GlyphId, OutlineBuilder, Tag, loca};
use unicode_width::UnicodeWidthChar;

/// The family's name.
pub const FAMILY: &str = "Seqdump Sans";
/// The name of the family whose characters are equally wide.
pub const MONO: &str = "Seqdump Mono";

static SANS: LazyLock<Font> = LazyLock::new(|| Font::load('s', include_bytes!("fonts/sans.ttf.br")));
static BOLD: LazyLock<Font> = LazyLock::new(|| Font::load('S', include_bytes!("fonts/sans-bold.ttf.br")));
static MONO_REGULAR: LazyLock<Font> = LazyLock::new(|| Font::load('m', include_bytes!("fonts/mono.ttf.br")));
static MONO_BOLD: LazyLock<Font> =
    LazyLock::new(|| Font::load('M', include_bytes!("fonts/mono-bold.ttf.br")));

/// One of the fonts.
pub struct Font {
    face: Face<'static>,
    /// Glyph and advance of each character.
    glyphs: FxHashMap<char, (u16, u16)>,
    em: f64,
    key: char,
}

impl Font {
    /// The regular font, or the bold one.
    pub fn of(bold: bool) -> &'static Font {
        if bold { &BOLD } else { &SANS }
    }

    /// The font whose characters are all 0.6 em wide, regular or bold; it has no Hangul.
    pub fn mono(bold: bool) -> &'static Font {
        if bold { &MONO_BOLD } else { &MONO_REGULAR }
    }

    #[allow(clippy::expect_used)]
    fn load(key: char, packed: &[u8]) -> Font {
        let mut bytes = Vec::new();
        // Neither can fail: the fonts are parts of the program, and the tests open each.
        let _ = brotli_decompressor::Decompressor::new(packed, 4096).read_to_end(&mut bytes);
        let bytes: &'static [u8] = bytes.leak();
        let face = Face::parse(bytes, 0).expect("a font");
        let mut glyphs = FxHashMap::default();
        for table in face.tables().cmap.into_iter().flat_map(|cmap| cmap.subtables) {
            table.codepoints(|point| {
                if let (Some(c), Some(glyph)) = (char::from_u32(point), table.glyph_index(point)) {
                    glyphs.insert(c, (glyph.0, face.glyph_hor_advance(glyph).unwrap_or(0)));
                }
            });
        }
        let em = f64::from(face.units_per_em());
        Font { face, glyphs, em, key }
    }

    /// A letter that tells the fonts apart.
    pub fn key(&self) -> char {
        self.key
    }

    /// Units of outlines to the size of type.
    pub fn em(&self) -> f64 {
        self.em
    }

    /// Whether it has this character.
    pub fn has(&self, c: char) -> bool {
        self.glyphs.contains_key(&c)
    }

    /// How wide `text` is at this size, in the unit of the size. For characters that the font has not: about as wide
    /// as other fonts make them.
    pub fn width(&self, text: &str, size: f64) -> f64 {
        text.chars().map(|c| self.advance(c)).sum::<f64>() * size
    }

    fn advance(&self, c: char) -> f64 {
        match self.glyphs.get(&c) {
            Some((_, advance)) => f64::from(*advance) / self.em,
            None => [0.0, 0.65, 1.0][c.width().unwrap_or(0).min(2)],
        }
    }

    /// The outline of a character: `None` where the font has it not.
    pub fn outline(&self, c: char, builder: &mut dyn OutlineBuilder) -> Option<()> {
        let (glyph, _) = self.glyphs.get(&c)?;
        self.face.outline_glyph(GlyphId(*glyph), builder);
        Some(())
    }

    fn table(&self, tag: &[u8; 4]) -> &'static [u8] {
        self.face.raw_face().table(Tag::from_bytes(tag)).unwrap_or_default()
    }

    /// What stands of a glyph in `glyf`.
    fn record(&self, glyph: u16) -> &'static [u8] {
        let format = self.face.tables().head.index_to_location_format;
        let count = NonZeroU16::new(self.face.number_of_glyphs());
        let loca = count.and_then(|count| loca::Table::parse(count, format, self.table(b"loca")));
        let place = loca.and_then(|loca| loca.glyph_range(GlyphId(glyph)));
        place.and_then(|place| self.table(b"glyf").get(place)).unwrap_or_default()
    }

    /// A TrueType font of these characters alone, those that the font has.
    pub fn subset(&self, wanted: &BTreeSet<char>) -> Vec<u8> {
        let kept: Vec<(char, u16)> =
            wanted.iter().filter_map(|c| Some((*c, self.glyphs.get(c)?.0))).collect();
        let mut glyphs: Vec<u16> = std::iter::once(0).chain(kept.iter().map(|(_, glyph)| *glyph)).collect();
        let (mut glyf, mut loca, mut hmtx) = (Vec::new(), vec![0_u8; 4], Vec::new());
        let mut nth = 0;
        while let Some(&glyph) = glyphs.get(nth) {
            let mut record = self.record(glyph).to_vec();
            for at in parts(&record) {
                let part = short(&record, at);
                let place = glyphs.iter().position(|known| *known == part).unwrap_or_else(|| {
                    glyphs.push(part);
                    glyphs.len() - 1
                });
                record[at..at + 2].copy_from_slice(&(place as u16).to_be_bytes());
            }
            glyf.append(&mut record);
            glyf.resize(glyf.len().next_multiple_of(4), 0);
            loca.extend_from_slice(&(glyf.len() as u32).to_be_bytes());
            let glyph = GlyphId(glyph);
            hmtx.extend_from_slice(&self.face.glyph_hor_advance(glyph).unwrap_or(0).to_be_bytes());
            hmtx.extend_from_slice(&self.face.glyph_hor_side_bearing(glyph).unwrap_or(0).to_be_bytes());
            nth += 1;
        }
        let count = (glyphs.len() as u16).to_be_bytes();
        let put = |tag: &[u8; 4], at: usize, value: [u8; 2]| {
            let mut table = self.table(tag).to_vec();
            table[at..at + 2].copy_from_slice(&value);
            table
        };
        assemble(vec![
            (*b"OS/2", self.table(b"OS/2").to_vec()),
            (*b"cmap", character_map(&kept)),
            (*b"glyf", glyf),
            // indexToLocFormat (OpenType 1.9, head): offsets are whole, in four bytes.
            (*b"head", put(b"head", 50, [0, 1])),
            (*b"hhea", put(b"hhea", 34, count)),
            (*b"hmtx", hmtx),
            (*b"loca", loca),
            (*b"maxp", put(b"maxp", 4, count)),
            (*b"name", self.table(b"name").to_vec()),
            (*b"post", self.table(b"post").to_vec()),
        ])
    }
}

/// Where the numbers of its parts stand in the record of a composite glyph (OpenType 1.9, glyf); nowhere in others.
fn parts(record: &[u8]) -> Vec<usize> {
    let (mut found, mut at) = (Vec::new(), 10);
    let mut more = record.first().is_some_and(|contours| contours & 0x80 != 0);
    while more && at + 4 <= record.len() {
        let flags = short(record, at);
        found.push(at + 2);
        let scale = [(0x08, 2), (0x40, 4), (0x80, 8)].iter().find(|(flag, _)| flags & flag != 0);
        at += 4 + if flags & 1 != 0 { 4 } else { 2 } + scale.map_or(0, |(_, bytes)| *bytes);
        more = flags & 0x20 != 0;
    }
    found
}

/// A `cmap` table of format 12: glyphs from 1 on stand for these characters, one after another.
fn character_map(kept: &[(char, u16)]) -> Vec<u8> {
    let mut groups: Vec<[u32; 3]> = Vec::new();
    for (glyph, (c, _)) in (1_u32..).zip(kept) {
        match groups.last_mut() {
            Some(group) if group[1] + 1 == *c as u32 => group[1] += 1,
            _ => groups.push([*c as u32, *c as u32, glyph]),
        }
    }
    let length = 16 + 12 * groups.len() as u32;
    let mut table = vec![0, 0, 0, 1, 0, 3, 0, 10, 0, 0, 0, 12, 0, 12, 0, 0];
    for number in [length, 0, groups.len() as u32].into_iter().chain(groups.into_iter().flatten()) {
        table.extend_from_slice(&number.to_be_bytes());
    }
    table
}

/// A font file of these tables, which stand in the order of their tags.
fn assemble(tables: Vec<([u8; 4], Vec<u8>)>) -> Vec<u8> {
    let count = tables.len() as u16;
    let power = 1_u16 << count.ilog2();
    let mut file = vec![0, 1, 0, 0];
    for number in [count, power * 16, count.ilog2() as u16, (count - power) * 16] {
        file.extend_from_slice(&number.to_be_bytes());
    }
    let (mut body, start, mut head) = (Vec::new(), 12 + 16 * tables.len(), 0);
    for (tag, mut table) in tables {
        if &tag == b"head" {
            table[8..12].fill(0);
            head = start + body.len();
        }
        file.extend_from_slice(&tag);
        for number in [checksum(&table), (start + body.len()) as u32, table.len() as u32] {
            file.extend_from_slice(&number.to_be_bytes());
        }
        table.resize(table.len().next_multiple_of(4), 0);
        body.extend_from_slice(&table);
    }
    file.extend_from_slice(&body);
    let adjustment = 0xB1B0_AFBA_u32.wrapping_sub(checksum(&file));
    file[head + 8..head + 12].copy_from_slice(&adjustment.to_be_bytes());
    file
}

fn checksum(bytes: &[u8]) -> u32 {
    bytes.chunks(4).fold(0, |sum, word| {
        let mut whole = [0; 4];
        whole[..word.len()].copy_from_slice(word);
        sum.wrapping_add(u32::from_be_bytes(whole))
    })
}

fn short(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_fonts_have_what_the_program_says() {
        for font in [Font::of(false), Font::of(true)] {
            assert!(('가'..='힣').all(|c| font.has(c)));
            for c in "Ag09éạㄱあア。→←✓✕▸▾·…µ×␛".chars() {
                assert!(font.has(c), "{c}");
            }
            assert!(!font.has('漢'));
            assert_eq!(font.width("0", 10.0), font.width("1", 10.0));
        }
    }

    #[test]
    fn what_fills_a_cell_is_as_wide_as_one() {
        for font in [Font::mono(false), Font::mono(true)] {
            for c in "Ag09é→↺✓✕▸▾▴▶◀◆…·×≠␛␍".chars() {
                assert!(font.has(c) && font.width(&c.to_string(), 10.0) == 6.0, "{c}");
            }
        }
    }

    #[test]
    fn a_subset_is_small_and_as_wide() {
        let wanted: BTreeSet<char> = "GET /chat 안녕하세요".chars().collect();
        let subset = Font::of(false).subset(&wanted);
        assert!(subset.len() < 6_000, "{}", subset.len());
        assert_eq!(checksum(&subset), 0xB1B0_AFBA);
        assert_eq!(checksum(&Font::mono(true).subset(&wanted)), 0xB1B0_AFBA);
    }

    #[test]
    fn a_composed_syllable_keeps_its_shape_in_a_subset() {
        struct Points(Vec<(f32, f32)>);
        impl OutlineBuilder for Points {
            fn move_to(&mut self, x: f32, y: f32) {
                self.0.push((x, y));
            }
            fn line_to(&mut self, x: f32, y: f32) {
                self.0.push((x, y));
            }
            fn quad_to(&mut self, _: f32, _: f32, x: f32, y: f32) {
                self.0.push((x, y));
            }
            fn curve_to(&mut self, _: f32, _: f32, _: f32, _: f32, x: f32, y: f32) {
                self.0.push((x, y));
            }
            fn close(&mut self) {}
        }
        let (font, wanted) = (Font::of(false), "믜쀍 뷁가".chars().collect());
        let subset = font.subset(&wanted);
        let face = Face::parse(&subset, 0).expect("a font");
        for c in "믜쀍뷁가".chars() {
            let (mut own, mut kept) = (Points(Vec::new()), Points(Vec::new()));
            font.outline(c, &mut own).expect("an outline");
            face.outline_glyph(face.glyph_index(c).expect("a glyph"), &mut kept).expect("an outline");
            assert!(own.0.len() > 8 && own.0 == kept.0, "{c}");
        }
    }
}
