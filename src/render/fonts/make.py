#!/usr/bin/env python3
"""make.py - builds sans.ttf.br, mono.ttf.br and their bold ones, the fonts of the drawn documents. Run by make.sh.

Each is one small TrueType font under a name of its own. Sans: Latin, Greek and Cyrillic from Inter, all 11,172 Hangul
syllables, the jamo and kana from NanumBarunGothic, symbols from DejaVu Sans. Mono: what fills one cell of a terminal,
from DejaVu Sans Mono, each 0.6 em wide. No hints, no layout tables: so the width of a text is the sum of its advances,
whoever sets it. Only rare syllables are composed, of parts that several share. Digits are all equally wide.
"""
import brotli

from fontTools.fontBuilder import FontBuilder
from fontTools.misc.transform import Identity
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

EM = 1000
CELL = 600


def hangul():
    """Syllables, jamo, and what stands between them; kana."""
    yield from range(0xAC00, 0xD7A4)
    yield from range(0x3131, 0x3164)
    yield from range(0x3165, 0x318F)
    yield from range(0x3000, 0x3016)
    yield from range(0x3041, 0x3100)
    yield from range(0xFF01, 0xFF5F)


def latin():
    yield from range(0x20, 0x7F)
    yield from range(0xA0, 0x250)
    yield from range(0x1E00, 0x1F00)
    yield from range(0x386, 0x3CF)
    yield from range(0x400, 0x460)
    yield from (0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2026, 0x2030, 0x20AC, 0x2212)
    yield from (0x2190, 0x2191, 0x2192, 0x2193, 0x2194)


def symbols():
    yield from (0x2264, 0x2265, 0x2248, 0x2260, 0x221E, 0x22EF, 0x25A0, 0x25A1, 0x25AA, 0x25B2, 0x25B6, 0x25B8)
    yield from (0x25BA, 0x25BC, 0x25BE, 0x25C0, 0x25C4, 0x25C6, 0x25C7, 0x25CB, 0x25CF, 0x26A0, 0x2713, 0x2715)
    yield from (0x21A9, 0x21AA, 0x21BB, 0x2717, 0xFFFD)


def cells():
    yield from range(0x2190, 0x21C0)
    yield from range(0x2500, 0x2600)
    yield 0x2717


CONTROLS = ("NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS "
            "GS RS US SP DEL").split()


class Builder:
    def __init__(self):
        self.order, self.cmap, self.glyphs, self.metrics = [], {}, {}, {}

    def compose(self, name, source, glyph):
        """Adds a composite glyph of a font with our em, and the parts of it that are not there yet."""
        pen = TTGlyphPen(self.glyphs)
        for part in source["glyf"][glyph].components:
            if part.glyphName not in self.glyphs:
                self.take(part.glyphName, source, part.glyphName, 1.0)
            pen.addComponent(part.glyphName, (1, 0, 0, 1, part.x, part.y))
        self.order.append(name)
        self.glyphs[name] = pen.glyph()
        self.metrics[name] = source["hmtx"][glyph]

    def take(self, name, source, glyph, scale, lift=0.0):
        """Adds a glyph of a font, scaled to our em and lifted by a part of it."""
        glyphs = source.getGlyphSet()
        recording = DecomposingRecordingPen(glyphs)
        glyphs[glyph].draw(recording)
        factor = scale * EM / source["head"].unitsPerEm
        pen = TTGlyphPen(None)
        into = pen if "glyf" in source else Cu2QuPen(pen, max_err=0.8, reverse_direction=True)
        recording.replay(TransformPen(into, Identity.translate(0, lift * EM).scale(factor)))
        shape = pen.glyph()
        self.order.append(name)
        self.glyphs[name] = shape
        shape.recalcBounds(None)
        advance = round(source["hmtx"][glyph][0] * factor)
        self.metrics[name] = (advance, getattr(shape, "xMin", 0))

    def add(self, source, points, scale=1.0, lift=0.0, instead=None):
        known, instead = source.getBestCmap(), instead or {}
        for point in points:
            if point in known and point not in self.cmap:
                name = f"u{point:04X}"
                if "glyf" in source and source["glyf"][known[point]].isComposite() and 0xAC00 <= point <= 0xD7A3:
                    self.compose(name, source, known[point])
                    self.cmap[point] = name
                    continue
                self.take(name, source, instead.get(known[point], known[point]), scale, lift)
                self.cmap[point] = name

    def add_controls(self, source):
        """The pictures of control characters: their names in small letters, going down like stairs."""
        known, glyphs, scale = source.getBestCmap(), source.getGlyphSet(), 0.47 * EM / source["head"].unitsPerEm
        for nth, letters in enumerate(CONTROLS):
            name, pen, x = f"u{0x2400 + nth:04X}", TTGlyphPen(None), 40
            into = Cu2QuPen(pen, max_err=0.8, reverse_direction=True)
            for step, letter in enumerate(letters):
                glyph, y = known[ord(letter)], (len(letters) - 1 - step) * 450 / max(len(letters) - 1, 1) - 30
                glyphs[glyph].draw(TransformPen(into, Identity.translate(x, y).scale(scale)))
                x += source["hmtx"][glyph][0] * scale * 0.92
            shape = pen.glyph()
            shape.recalcBounds(None)
            self.order.append(name)
            self.glyphs[name], self.cmap[0x2400 + nth] = shape, name
            self.metrics[name] = (round(x + 40), shape.xMin)

    def add_narrow_controls(self, source):
        """The same in one cell of a terminal."""
        known, glyphs, em = source.getBestCmap(), source.getGlyphSet(), source["head"].unitsPerEm
        for nth, letters in enumerate(CONTROLS):
            name, pen, wide = f"u{0x2400 + nth:04X}", TTGlyphPen(None), CELL / len(letters)
            for step, letter in enumerate(letters):
                y = (len(letters) - 1 - step) * 400 / max(len(letters) - 1, 1) - 30
                scale = (wide / source["hmtx"]["A"][0], 0.46 * EM / em)
                glyphs[known[ord(letter)]].draw(TransformPen(pen, Identity.translate(step * wide, y).scale(*scale)))
            shape = pen.glyph()
            shape.recalcBounds(None)
            self.order.append(name)
            self.glyphs[name], self.cmap[0x2400 + nth] = shape, name
            self.metrics[name] = (CELL, shape.xMin)


def tabular(font):
    """What the feature for equally wide digits puts in the place of glyphs."""
    table, instead = font["GSUB"].table, {}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for lookup in record.Feature.LookupListIndex:
                for part in table.LookupList.Lookup[lookup].SubTable:
                    instead.update(getattr(getattr(part, "ExtSubTable", part), "mapping", {}))
    digits = {font.getBestCmap()[point] for point in range(0x30, 0x3A)}
    return {name: other for name, other in instead.items() if name in digits}


def sans(style, weight, inter, nanum, dejavu, out):
    inter, nanum, dejavu = TTFont(inter), TTFont(nanum), TTFont(dejavu)
    made = Builder()
    made.take(".notdef", dejavu, dejavu.getBestCmap()[0x25A1], 0.9)
    made.add(inter, latin(), instead=tabular(inter))
    made.add(nanum, hangul())
    made.add(dejavu, symbols(), scale=0.92)
    made.add_controls(inter)
    write(made, "Sans", style, weight, (960, 240), out)


def mono(style, weight, dejavu, out):
    dejavu = TTFont(dejavu)
    scale = CELL / EM * dejavu["head"].unitsPerEm / dejavu["hmtx"]["A"][0]
    made = Builder()
    made.take(".notdef", dejavu, dejavu.getBestCmap()[0x25A1], scale)
    for points in (latin(), symbols(), cells()):
        made.add(dejavu, points, scale)
    made.add_narrow_controls(dejavu)
    write(made, "Mono", style, weight, (930, 240), out)


def write(made, kind, style, weight, heights, out):
    font = FontBuilder(EM, isTTF=True)
    font.setupGlyphOrder(made.order)
    font.setupCharacterMap(made.cmap)
    font.setupGlyf(made.glyphs)
    font.setupHorizontalMetrics(made.metrics)
    ascent, descent = heights
    font.setupHorizontalHeader(ascent=ascent, descent=-descent)
    names = {"familyName": f"Seqdump {kind}", "styleName": style, "psName": f"Seqdump{kind}-{style}",
             "licenseDescription": LICENCES[kind]}
    font.setupNameTable(names, mac=False)
    font.setupOS2(sTypoAscender=ascent, sTypoDescender=-descent, usWinAscent=ascent, usWinDescent=descent,
                  usWeightClass=weight, fsSelection=0x20 if weight > 400 else 0x40)
    font.font["head"].macStyle = int(weight > 400)
    font.setupPost(keepGlyphNames=False)
    font.font["head"].created = font.font["head"].modified = 3_800_000_000
    font.font.recalcTimestamp = False
    font.font.save("/tmp/seqdump-font.ttf")
    with open("/tmp/seqdump-font.ttf", "rb") as file:
        raw = file.read()
    with open(out, "wb") as file:
        file.write(brotli.compress(raw, quality=11, lgwin=24))
    print(out, len(made.order), "glyphs", len(raw), "bytes")


LICENCES = {"Sans": "OFL-1.1", "Mono": "Bitstream Vera"}
OTF, TTF = "/usr/share/fonts/opentype/inter", "/usr/share/fonts/truetype"
sans("Regular", 400, f"{OTF}/Inter-Regular.otf", f"{TTF}/nanum/NanumBarunGothic.ttf",
     f"{TTF}/dejavu/DejaVuSans.ttf", "sans.ttf.br")
sans("Bold", 700, f"{OTF}/Inter-SemiBold.otf", f"{TTF}/nanum/NanumBarunGothicBold.ttf",
     f"{TTF}/dejavu/DejaVuSans-Bold.ttf", "sans-bold.ttf.br")
mono("Regular", 400, f"{TTF}/dejavu/DejaVuSansMono.ttf", "mono.ttf.br")
mono("Bold", 700, f"{TTF}/dejavu/DejaVuSansMono-Bold.ttf", "mono-bold.ttf.br")
