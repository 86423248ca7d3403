"""What skindelta measures, how small a change can be, by which models and versions: as HTML.

Everything is read from where it is used: attributes, noise table, light ladder, model cards.
"""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ...attributes import ATTRIBUTES, attribute
from ...model_store import history
from ...models import Model, list_models, load_model
from ...noise import Differences, Noise, noise_of, noise_table, table_with
from ...own_models import SHIPPED
from ...pipeline import CURRENT, FORMULA, Options, model_of
from ...plain_words import (
    BASIS_IN_SHORT,
    LESS_AND_MORE,
    LIMITS_OF_USE,
    NOT_A_DEVICE,
    REFERENCE,
    sentence,
)
from ...protocol import ADVICE, LEVELS
from ...report.facts import ALLOWS, CANNOT_TELL
from ...score import KINDS
from ...types import Basis, ModelCard, Reference
from ..tables import fact_table, pairs

__all__ = [
    "card_html",
    "detectable",
    "detectable_html",
    "ladder_html",
    "limits_html",
    "measures_html",
    "model_html",
    "readme_of",
    "versions_html",
]

TONES = ("light", "medium", "dark")
FEWEST = 19  # people of a tone group from which it speaks for itself
LIBRARIES = (
    "numpy",
    "opencv-python-headless",
    "scikit-image",
    "pillow",
    "pi-heif",
    "onnxruntime",
    "gradio",
    "sqlalchemy",
    "cryptography",
)
COLUMNS = {
    "dataset": "photos",
    "n": "number",
    "low": "95 % from",
    "high": "to",
    "mae": "mean error",
    "row": "kind of photos: score",
    "limit": "limit of the release",
}


def measures_html() -> str:
    """Say what is measured, one row an attribute."""
    rows = []
    for about in ATTRIBUTES:
        less, more = LESS_AND_MORE[about.name]
        rows.append((about.label, about.unit, f"below 0: {less}; above 0: {more}", about.formula))
    intro = (
        "<p>skindelta compares two photos of the same skin. It says by how much redness, "
        "hyperpigmentation and texture changed, with the interval that holds the true change in 95 "
        "of 100 comparisons, and calls a change <em>improved</em> or <em>worse</em> only where it "
        "is larger than what photos of unchanged skin show.</p>"
    )
    return intro + fact_table(("attribute", "unit", "a change", "how"), rows)


def limits_html() -> str:
    """Say what it cannot tell, and what it is not."""
    items = "".join(f"<li>{escape(text)}</li>" for text in CANNOT_TELL)
    return (
        f'<div class="sd-status"><strong>{NOT_A_DEVICE}</strong> {escape(LIMITS_OF_USE)}</div>'
        f'<ul class="sd-list">{items}</ul>'
    )


def model_html(options: Options = Options()) -> str:  # noqa: B008
    """Say which model measures, whose it is and since when; with its card where it does not ship.

    Raises
    ------
    ModelError
        It is missing or cannot be used.
    """
    model = model_of(options)
    if model is None:
        return pairs([("Model", f"none: by {FORMULA} alone, as skindelta was started")])
    card = model.card
    rows = [("Model", f"{card.name} {card.version}")]
    is_shipped = card.name in SHIPPED
    rows.append(("From", "comes with skindelta" if is_shipped else "your own"))
    for used in history()[-1:] if options.model == CURRENT else ():
        rows += [("In use since", f"{used.since:%Y-%m-%d}"), ("Why", used.reason or "not said")]
    told = (
        "<p>Photos are measured by this model from now on. What was measured before keeps the "
        "model that measured it. <code>skindelta models use</code> chooses another, "
        "<code>skindelta models back</code> goes back.</p>"
    )
    return told + pairs(rows) + ("" if is_shipped else card_html(card))


def detectable(
    options: Options = Options(),  # noqa: B008
) -> tuple[tuple[str, Basis, Reference, tuple[Noise, ...]], ...]:
    """Return the noise of a whole face, by attribute, basis, reference and tone group.

    Of two photos without any difference, and of the model in use: the network where its card names
    the score, else the formula.
    """
    table = _noise_of(model_of(options))
    found = []
    for name, basis in KINDS:
        for reference in reversed(LEVELS):
            if f"{name} {basis} {reference}" in table["kinds"]:
                of_tone = tuple(
                    noise_of(name, basis, reference, "face", tone, Differences(), table=table)
                    for tone in TONES
                )
                found.append((name, basis, reference, of_tone))
    return tuple(found)


def detectable_html(options: Options = Options()) -> str:  # noqa: B008
    """Tell the smallest detectable changes, and whom they were measured on."""
    groups: dict[str, list[Sequence[str]]] = {}
    for name, basis, reference, noises in detectable(options):
        about = attribute(name)
        cells = (f"{shown(noise.sdc)} {about.unit}" for noise in noises)
        title = f"{about.label} of a whole face, {BASIS_IN_SHORT[basis]}"
        groups.setdefault(title, []).append((REFERENCE[reference], *cells))
    heads = ("colors matched by", *(f"{tone} skin" for tone in TONES))
    people = noise_table()["made_from"]["people"]
    counted = ", ".join(f"{people[tone]} {tone}" for tone in TONES)
    few = [tone for tone in TONES if people[tone] < FEWEST]
    rest = (
        f" Of {' and '.join(few)} skin there were too few people: it takes the upper limit of all."
    )
    return (
        "<p>The smallest change that can be told from no change, with two photos taken with care: "
        "a smaller one is called <em>no measurable change</em>. Photos that differ in light, "
        "focus, distance or expression show less, and each result says how much less.</p>"
        f"{fact_table(heads, groups)}"
        f'<p class="sd-note">Measured on photos of {people["all"]} people whose skin did not '
        f"change ({counted} skin, as the photos show it).{rest if few else ''} Noise table "
        f"{escape(noise_table()['version'])}: {escape(noise_table()['made_from']['photos'])}.</p>"
    )


def ladder_html() -> str:
    """Tell the light ladder in words: what tells skin from light, the best first."""
    rows = []
    for level in reversed(range(len(LEVELS))):
        reference = LEVELS[level]
        advice = ADVICE.get(reference, "")
        what = sentence(REFERENCE[reference])
        rows.append((str(level), what, ALLOWS[reference], sentence(advice) if advice else "–"))
    intro = (
        "<p>A redder face and a redder lamp look alike in a photo. What stands in both photos and "
        "did not change tells them apart; the better it is, the higher the level of a result.</p>"
    )
    return intro + fact_table(
        ("level", "colors matched by", "what it allows", "how to get it"), rows
    )


def card_html(card: ModelCard) -> str:
    """Show the machine half of a card: limits, licence, data, figures."""
    parts = [
        pairs(
            [
                ("Limits", card.limits),
                ("Licence", card.licence),
                ("Split", str(card.data.get("split", "not said"))),
                ("SHA-256", card.sha256.get("model.onnx", "")),
            ]
        )
    ]
    for name in ("training", "calibration"):
        if name in card.data:
            told = card.data[name]
            photos = _records(told) if _is_table(told) else f"<p>{escape(_figure(told))}</p>"
            parts.append(f"<h3>Photos of the {name}</h3>{photos}")
    single = []
    for name, figures in card.metrics.items():
        if _is_table(figures):
            summary = f"<summary>Figures: {escape(_words(name))}</summary>"
            parts.append(f"<details>{summary}{_records(figures)}</details>")
        else:
            single.append((sentence(_words(name)).rstrip("."), _figure(figures)))
    return "".join([*parts, pairs(single) if single else ""])


def readme_of(card: ModelCard) -> str:
    """Return the human half of a card, as Markdown."""
    file = load_model(card.name, card.version).folder / "README.md"
    try:
        text = file.read_text(encoding="utf-8")
    except OSError:
        return "The text of this card was not installed."
    return re.sub(r"^#", "###", text, flags=re.MULTILINE)  # below the headings of the page


def versions_html() -> str:
    """Versions of what the numbers come from."""
    rows = [("skindelta", version("skindelta"))]
    rows += [(card.name, card.version) for card in list_models()]
    rows.append(("Python", sys.version.partition(" ")[0]))
    for name in LIBRARIES:
        try:
            rows.append((name, version(name)))
        except PackageNotFoundError:
            rows.append((name, "not found"))
    return pairs(rows)


def shown(number: float) -> str:
    """Return a number with two digits that count."""
    return f"{number:#.2g}".rstrip(".")


@lru_cache(maxsize=4)
def _noise_of(model: Model | None) -> Mapping[str, Any]:
    if model is None:
        return noise_table()
    own = json.loads((model.folder / "noise.json").read_text(encoding="utf-8"))
    return table_with(own, model.card.output["scores"])


def _is_table(told: Any) -> bool:
    """Whether a part of a card is a list of tables; users' cards hold what users wrote."""
    return (
        isinstance(told, list | tuple)
        and bool(told)
        and all(isinstance(one, Mapping) for one in told)
    )


def _records(records: Sequence[Mapping[str, Any]]) -> str:
    """Return tables of a card as one: a column for each name that any of them has."""
    names = list(dict.fromkeys(name for record in records for name in record))
    heads = [COLUMNS.get(name, _words(name)) for name in names]
    rows = [[_figure(record.get(name)) for name in names] for record in records]
    return fact_table(heads, rows)


def _figure(value: Any) -> str:
    """Return a figure of a card as people read it."""
    if value is None:
        return "–"
    if isinstance(value, Mapping):
        return ", ".join(f"{COLUMNS.get(k, _words(k))} {_figure(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        if len(value) == 3 and all(isinstance(one, float) for one in value):  # with its interval
            return f"{_figure(value[0])} [{_figure(value[1])}, {_figure(value[2])}]"
        if len(value) == 2 and all(isinstance(one, int) for one in value):
            return f"{value[0]} of {value[1]}"
        return "; ".join(map(_figure, value))
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _words(name: str) -> str:
    return name.replace("_", " ")
