"""Text for the PDF: its styles, and how letters get there that its fonts do not have.

The fonts are those that every reader of PDFs has, so nothing is embedded. Helvetica covers Western
Europe, and Symbol the Greek and the signs of our own sentences. Other letters come from names and
notes of users. What a font lacks would be printed as a black box, so they are changed first:

- Latin letters lose accents that Helvetica lacks, and Cyrillic is written in Latin letters;
- Chinese, Japanese and Korean are set in fonts that a PDF may name without holding them. Readers of
  these languages have them; elsewhere the place stays empty, and the text can still be copied;
- of the rest, such as pictographs, a question mark is left. The HTML report shows all of it.
"""

import unicodedata
from functools import cache
from itertools import groupby
from xml.sax.saxutils import escape

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import getFont, registerFont, unicode2T1
from reportlab.platypus import Paragraph

from ..print_style import ACCENT, BODY, HEADING, INK, QUIET

__all__ = [
    "CAPTION",
    "CELL",
    "CELL_HEAD",
    "SECTION",
    "SMALL",
    "STRONG",
    "TEXT",
    "TITLE",
    "drawn_text",
    "markup",
    "paragraph",
]

TITLE = ParagraphStyle("title", HEADING, spaceAfter=4)
SECTION = ParagraphStyle("section", HEADING, fontSize=13, leading=17, spaceBefore=12, spaceAfter=5)
STRONG = ParagraphStyle("strong", BODY, fontName="Helvetica-Bold", spaceAfter=3, keepWithNext=1)
_WHOLE = {"allowWidows": 0, "allowOrphans": 0}  # no single line on a page of its own
TEXT = ParagraphStyle("text", BODY, spaceAfter=3, **_WHOLE)
SMALL = ParagraphStyle("small", TEXT, fontSize=8.4, leading=11, textColor=QUIET, spaceAfter=4)
CAPTION = ParagraphStyle("caption", STRONG, fontSize=9, leading=12, textColor=ACCENT, spaceAfter=0)
CELL = ParagraphStyle("cell", BODY, fontSize=7.9, leading=9.8, textColor=INK)
CELL_HEAD = ParagraphStyle("cell-head", CELL, textColor=QUIET)

# Which of the fonts that need not be embedded has a letter: what its encoding has.
_ELSEWHERE = {"cp932": "HeiseiKakuGo-W5", "gbk": "STSong-Light", "cp949": "HYSMyeongJo-Medium"}
_CYRILLIC = dict(
    zip(
        "абвгґдеёєжзиіїйклмнопрстуўфхцчшщъыьэюяђјљњћџ",
        "a b v g g d e yo ye zh z i i yi y k l m n o p r s t u u f kh ts ch sh shch ' y "
        "' e yu ya dj j lj nj c dz".split(),
        strict=True,
    )
)
_WITHOUT_ACCENT = {"ł": "l", "đ": "d", "ħ": "h", "ı": "i", "ŧ": "t", "ẞ": "SS", "ŋ": "ng", "‐": "-"}
_WITHOUT_ACCENT |= {"\u2011": "-", "\u2012": "-", "\u2015": "—", "\u2032": "'", "\u2033": '"'}
_UNSEEN = ("Mn", "Me", "Cf", "Cc", "Cs", "Co", "Cn")  # marks, joiners, control


def paragraph(text: str, style: ParagraphStyle = TEXT, bullet: str = "") -> Paragraph:
    """Return plain text as a paragraph; nothing in it is markup."""
    return Paragraph(markup(text), style, bulletText=bullet or None)


def markup(text: str) -> str:
    """Return plain text as reportlab reads it, in letters that can be printed."""
    return "".join(
        _set(font, "".join(letter for _, letter in letters))
        for font, letters in groupby(_placed(text), key=lambda one: one[0])
    )


def drawn_text(text: str) -> str:
    """Return plain text in the letters of Helvetica and Symbol alone."""
    return "".join("?" if font else letter for font, letter in _placed(text))


def _set(font: str, text: str) -> str:
    if not font:
        return escape(text)
    _register(font)
    return f'<font name="{font}">{escape(text)}</font>'


def _placed(text: str) -> list[tuple[str, str]]:
    """Return each letter with the name of its font; nothing stands for that of the style."""
    placed: list[tuple[str, str]] = []
    for letter in unicodedata.normalize("NFC", text):
        placed += _one(letter)
    return placed


@cache
def _one(letter: str) -> tuple[tuple[str, str], ...]:
    if letter in "\n\r\t\u2028\u2029":
        return (("", " "),)
    if _is_printed(letter):
        return (("", letter),)
    if letter in "\ufe0e\ufe0f\u200d" or unicodedata.category(letter) in _UNSEEN:
        return ()
    plain = _in_latin(letter)
    if plain:
        return (("", plain),)
    for encoding, font in _ELSEWHERE.items():
        if _is_encoded(letter, encoding):
            return ((font, letter),)
    return (("", "?"),)


def _is_printed(letter: str) -> bool:
    """Tell whether Helvetica, or the Symbol and Dingbats behind it, have a letter."""
    helvetica = getFont("Helvetica")
    ((font, code),) = unicode2T1(letter, [helvetica, *helvetica.substitutionFonts])
    is_box = font.fontName == "ZapfDingbats" and code == b"n"
    return not is_box and unicodedata.category(letter) not in _UNSEEN


def _in_latin(letter: str) -> str:
    """Return a letter without its accent or in Latin letters; nothing where that does not exist."""
    for known in (_CYRILLIC, _WITHOUT_ACCENT):
        if letter in known:
            return known[letter]
        if letter.lower() in known:
            return known[letter.lower()].capitalize()
    plain = unicodedata.normalize("NFKD", letter)
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    if plain in ("", letter):
        return ""
    parts = [one if _is_printed(one) else _in_latin(one) for one in plain]
    return "".join(parts) if all(parts) else ""


def _is_encoded(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


@cache
def _register(font: str) -> None:
    registerFont(UnicodeCIDFont(font))
