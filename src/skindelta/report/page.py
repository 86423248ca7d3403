"""The HTML of a comparison, and what it and every other form of the report say of one."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from .. import plain_words
from ..terminal import level_sentence, order_sentence, protocol_sentences
from ..types import Comparison
from . import facts, tables, verdicts
from .images import report_pictures

__all__ = ["about_comparison", "comparison_report_html", "filled", "inline", "policy"]

TEMPLATES = "templates"


def comparison_report_html(comparison: Comparison, beside: Sequence[str] = ()) -> str:
    """Return a comparison as one self-contained HTML page.

    The page holds photos, maps, style and script in itself, works offline and without its script,
    and can be printed. Names of files are shown without their folders; nothing in it depends on
    the time or the machine.

    Parameters
    ----------
    comparison : Comparison
        Comparable or not; without its aligned pair there are no pictures.
    beside : sequence of str
        Sentences on whose photos these are.

    Returns
    -------
    str
        To be written as UTF-8.
    """
    return filled(
        "comparison.html.jinja",
        facts=facts,
        policy=policy("slider.js"),
        script=inline("slider.js"),
        **about_comparison(comparison, beside),
    )


def about_comparison(comparison: Comparison, beside: Sequence[str] = ()) -> dict[str, Any]:
    """Return all that a report says of a comparison, by the names that the template uses."""
    about = _about_photos(comparison)
    about["time_between"] = " ".join((*beside, about["time_between"])).strip()
    return about | (_results(comparison) if comparison.comparable else {})


def filled(template: str, **values: Any) -> str:
    """Return a page with its style; what is put into it is escaped."""
    page = _template(template)
    return page.render(words=plain_words, style=inline("style.css"), **values)


def policy(script: str = "") -> str:
    """Forbid the browser every address, and every script but one of ours."""
    rules = ["default-src 'none'", "img-src data:", "style-src 'unsafe-inline'"]
    if script:
        digest = base64.b64encode(hashlib.sha256(inline(script).encode()).digest()).decode()
        rules.append(f"script-src 'sha256-{digest}'")
    return "; ".join([*rules, "base-uri 'none'", "form-action 'none'"])


@cache
def inline(name: str) -> Markup:
    """Return a file of ours to stand in the page as it is."""
    return Markup(files(__package__).joinpath(TEMPLATES, name).read_text(encoding="utf-8"))  # noqa: S704


def _about_photos(comparison: Comparison) -> dict[str, Any]:
    """Return what is said of any pair."""
    return {
        "comparable": comparison.comparable,
        "photos": (
            facts.photo_facts("Before", comparison.before),
            facts.photo_facts("After", comparison.after),
        ),
        "order": order_sentence(comparison),
        "time_between": facts.time_between(comparison),
        "reasons": comparison.reasons,
        "differences": facts.differences(comparison),
        "made_with": facts.made_with(comparison),
    }


def _results(comparison: Comparison) -> dict[str, Any]:
    """Return what is said of a pair that could be measured."""
    notes = tables.Notes()
    return {
        "cards": verdicts.verdict_cards(comparison),
        "pictures": report_pictures(comparison),
        "score_tables": tables.score_tables(comparison, notes),
        "detail_tables": tables.detail_tables(comparison, notes),
        "notes": notes.sentences,
        "ground": tuple(facts.ground(comparison)),
        "level": level_sentence(comparison),
        "narrower": protocol_sentences(comparison),
        "limits": facts.limits(comparison),
    }


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader(__package__, TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)
