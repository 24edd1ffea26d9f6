//! The fonts that documents carry along: how wide a text is in them, and a font of just the characters that are used.
//!
//! They are our own build (`fonts/make.sh`): TrueType outlines without composites, hints or layout tables, so a text
//! is as wide as the sum of its advances.

use std::collections::BTreeSet;
use std::io::Read;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use unicode_width::UnicodeWidthChar;

/// The family's name.
pub const FAMILY: &str = "Seqdump Sans";
/// The name of the family whose characters are equally wide.
pub const MONO: &str = "Seqdump Mono";

static SANS: LazyLock<Font> = LazyLock::new(|| Font::load(include_bytes!("fonts/sans.ttf.zz")));
static BOLD: LazyLock<Font> = LazyLock::new(|| Font::load(include_bytes!("fonts/sans-bold.ttf.zz")));
static MONO_REGULAR: LazyLock<Font> = LazyLock::new(|| Font::load(include_bytes!("fonts/mono.ttf.zz")));
static MONO_BOLD: LazyLock<Font> = LazyLock::new(|| Font::load(include_bytes!("fonts/mono-bold.ttf.zz")));

/// One of the fonts.
pub struct Font {
    bytes: Vec<u8>,
    tables: Vec<([u8; 4], usize, usize)>,
    glyphs: FxHashMap<char, u16>,
    advances: Vec<u16>,
    em: f64,
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

    fn load(deflated: &[u8]) -> Font {
        let mut bytes = Vec::new();
        // Cannot fail: the font is a part of the program, and the tests open it.
        let _ = flate2::read::ZlibDecoder::new(deflated).read_to_end(&mut bytes);
        let count = usize::from(short(&bytes, 4));
        let tables = (0..count)
            .map(|index| {
                let at = 12 + 16 * index;
                let tag = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
                (tag, long(&bytes, at + 8), long(&bytes, at + 12))
            })
            .collect();
        let mut font = Font { bytes, tables, glyphs: FxHashMap::default(), advances: Vec::new(), em: 1000.0 };
        font.em = f64::from(short(font.table(b"head"), 18));
        font.glyphs = characters(font.table(b"cmap"));
        let glyphs = usize::from(short(font.table(b"maxp"), 4));
        font.advances = (0..glyphs).map(|glyph| short(&font.metric(glyph), 0)).collect();
        font
    }

    /// The whole font, a TrueType file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
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
            Some(&glyph) => f64::from(self.advances[usize::from(glyph)]) / self.em,
            None => [0.0, 0.65, 1.0][c.width().unwrap_or(0).min(2)],
        }
    }

    fn table(&self, tag: &[u8; 4]) -> &[u8] {
        let found = self.tables.iter().find(|(name, ..)| name == tag);
        found.map_or(&[], |(_, at, len)| &self.bytes[*at..at + len])
    }

    /// Advance and left side bearing of a glyph: those behind the last that has its own advance share it (OpenType
    /// 1.9, hmtx).
    fn metric(&self, glyph: usize) -> [u8; 4] {
        let (table, count) = (self.table(b"hmtx"), usize::from(short(self.table(b"hhea"), 34)));
        let advance = 4 * glyph.min(count - 1);
        let bearing = if glyph < count { advance + 2 } else { 4 * count + 2 * (glyph - count) };
        [table[advance], table[advance + 1], table[bearing], table[bearing + 1]]
    }

    /// A TrueType font of these characters alone, those that the font has.
    pub fn subset(&self, wanted: &BTreeSet<char>) -> Vec<u8> {
        let kept: Vec<(char, usize)> =
            wanted.iter().filter_map(|c| Some((*c, usize::from(*self.glyphs.get(c)?)))).collect();
        let (outlines, places) = (self.table(b"glyf"), self.table(b"loca"));
        // indexToLocFormat (OpenType 1.9, head): offsets are halved in two bytes, or whole in four.
        let mut head = self.table(b"head").to_vec();
        let is_long = short(&head, 50) == 1;
        let place = |glyph: usize| match is_long {
            true => long(places, 4 * glyph),
            false => 2 * usize::from(short(places, 2 * glyph)),
        };
        head[50..52].copy_from_slice(&[0, 1]);
        let (mut glyf, mut loca, mut hmtx) = (Vec::new(), vec![0_u8; 4], Vec::new());
        for glyph in std::iter::once(0).chain(kept.iter().map(|(_, glyph)| *glyph)) {
            glyf.extend_from_slice(&outlines[place(glyph)..place(glyph + 1)]);
            glyf.resize(glyf.len().next_multiple_of(4), 0);
            loca.extend_from_slice(&(glyf.len() as u32).to_be_bytes());
            hmtx.extend_from_slice(&self.metric(glyph));
        }
        let count = (kept.len() as u16 + 1).to_be_bytes();
        let counted = |tag: &[u8; 4], at: usize| {
            let mut table = self.table(tag).to_vec();
            table[at..at + 2].copy_from_slice(&count);
            table
        };
        assemble(vec![
            (*b"OS/2", self.table(b"OS/2").to_vec()),
            (*b"cmap", character_map(&kept)),
            (*b"glyf", glyf),
            (*b"head", head),
            (*b"hhea", counted(b"hhea", 34)),
            (*b"hmtx", hmtx),
            (*b"loca", loca),
            (*b"maxp", counted(b"maxp", 4)),
            (*b"name", self.table(b"name").to_vec()),
            (*b"post", self.table(b"post").to_vec()),
        ])
    }
}

/// The glyphs of the characters, out of a `cmap` table whose first subtable is of format 4 (OpenType 1.9, cmap).
fn characters(cmap: &[u8]) -> FxHashMap<char, u16> {
    let at = long(cmap, 8);
    let segments = usize::from(short(cmap, at + 6) / 2);
    let column = |nth: usize, segment: usize| at + 14 + 2 * (segment + nth * segments);
    let mut glyphs = FxHashMap::default();
    for segment in 0..segments {
        let (last, first) = (short(cmap, column(0, segment)), short(cmap, column(1, segment) + 2));
        let (delta, offset_at) = (short(cmap, column(2, segment) + 2), column(3, segment) + 2);
        let offset = usize::from(short(cmap, offset_at));
        for point in first..=last {
            let glyph = match offset {
                0 => point.wrapping_add(delta),
                _ => match short(cmap, offset_at + offset + 2 * usize::from(point - first)) {
                    0 => 0,
                    glyph => glyph.wrapping_add(delta),
                },
            };
            if let Some(c) = char::from_u32(u32::from(point)).filter(|_| glyph > 0 && point < u16::MAX) {
                glyphs.insert(c, glyph);
            }
        }
    }
    glyphs
}

/// A `cmap` table of format 12: glyphs from 1 on stand for these characters, one after another.
fn character_map(kept: &[(char, usize)]) -> Vec<u8> {
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

fn long(bytes: &[u8], at: usize) -> usize {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_fonts_have_what_the_program_says() {
        for font in [Font::of(false), Font::of(true)] {
            for c in "Ag09é가힝ㄱ→←✓✕▸▾·…µ×␛".chars() {
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
}
