#!/bin/sh
# Builds the fonts of the drawn documents from Debian's fonts-inter, fonts-nanum and fonts-dejavu-core, with fontTools.
set -eu
cd "$(dirname "$0")"
for font in opentype/inter/Inter-Regular.otf truetype/nanum/NanumBarunGothic.ttf truetype/dejavu/DejaVuSans.ttf; do
    [ -e "/usr/share/fonts/$font" ] || { echo "missing: apt install fonts-inter fonts-nanum fonts-dejavu-core" >&2; exit 1; }
done
python3 -c 'import brotli, fontTools' || { echo "missing: pip install fonttools brotli" >&2; exit 1; }
exec python3 make.py
