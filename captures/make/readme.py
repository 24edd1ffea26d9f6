"""The table of README.md, made from the list of captures so that the two never differ."""

from . import files

BEGIN, END = "<!-- captures -->\n", "<!-- /captures -->\n"


def write(folder, captures):
    """Put the table between its two marks in README.md."""
    path = folder / "README.md"
    text = path.read_text(encoding="utf-8")
    if text != filled(text, folder, captures):
        path.write_text(filled(text, folder, captures), encoding="utf-8")


def current(folder, captures):
    """Whether README.md has the table as it should be."""
    text = (folder / "README.md").read_text(encoding="utf-8")
    return text == filled(text, folder, captures)


def filled(text, folder, captures):
    """`text` with the table of today."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + table(folder, captures) + END + rest.split(END)[1]


def table(folder, captures):
    """One row a capture, by name."""
    rows = ["| capture | question | made by | what one should see |", "|---|---|---|---|"]
    for capture in sorted(captures, key=lambda capture: capture.file):
        cells = (f"`{capture.file}`", capture.question, made_by(folder, capture), capture.see)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def made_by(folder, capture):
    """The script, or what the recording's own comment says of the programs."""
    if not capture.real:
        return "script"
    path = folder / capture.file
    return files.section_comment(path.read_bytes()) if path.exists() else "not recorded yet"
