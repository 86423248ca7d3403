"""Write ``docs/validation.md`` from the figures of ``accuracy.py``, with and without ``--ladder``.

    python benchmarks/validation_page.py [runs/accuracy.json [runs/ladder.json]]

Paths are taken from the root of the project; both runs must be of the same code.

The words, and what the failures mean, are written by hand in ``docs/validation.template.md``.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

from accuracy_tables import KINDS_OF_SCORE, TONES
from injections import ROOT, people
from sources_table import SOURCES

DOCS = ROOT / "docs"
REGIMES = ("controlled", "same room", "casual", "smiling")
NOTE = "<!-- Made by benchmarks/validation_page.py: change the template, then run it. -->\n\n"

DIGITS = {"redness": 2, "hyperpigmentation": 2, "texture": 1}

Figures = dict[str, Any]


def main(arguments: list[str]) -> None:
    paths = [*arguments, *("runs/accuracy.json", "runs/ladder.json")[len(arguments) :]]
    figures, ladder = (json.loads((ROOT / path).read_text()) for path in paths)
    for found in (figures, ladder):
        if found["split"] != "test" or found["fast"] or len(found["people"]) < len(people("test")):
            sys.exit("the page is made of whole runs on the test people alone")
    page = (DOCS / "validation.template.md").read_text(encoding="utf-8")
    for mark, text in (parts(figures) | ladder_parts(ladder)).items():
        page = page.replace("{{" + mark + "}}", text)
    if "{{" in page:
        sys.exit("a table of the template is missing: " + page[page.index("{{") :][:40])
    (DOCS / "validation.md").write_text(NOTE + page, encoding="utf-8")


def parts(figures: Figures) -> dict[str, str]:
    """Every table by its name."""
    found = list(figures["people"].values())
    tones = [f"{found.count(tone)} {tone}" for tone in TONES]
    return {
        "people": str(len(found)),
        "goals": all_goals(figures["goals"]),
        "tones": ", ".join(tones) + " skin",
        "unchanged": unchanged(figures["unchanged"]["table"]),
        "detectable": detectable(figures["detectable"]),
        "detection": detection(figures["detection"]),
        "sources": sources(figures["sources"]) if figures["sources"] else "",
        "known": known(figures["known_changes"]["tables"]),
        "coverage": coverage(figures["coverage"]),
        "cross_talk": cross_talk(figures["cross_talk"]),
        "verdicts": verdicts(figures["verdicts"]),
    }


def ladder_parts(found: Figures) -> dict[str, str]:
    """Return the tables of the light ladder by their names."""
    return {
        "sessions": sessions(found["sessions"]),
        "rungs": rungs(found["same_room"]),
        "reshoots": reshoots(found["reshoots"]),
    }


def table(heads: list[str], rows: Iterator[list[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def share(found: Figures) -> str:
    if not found["of"]:
        return "–"
    low, high = found["low"], found["high"]
    return f"{found['hits']} of {found['of']}, {found['share']:.1%} [{low:.1%}, {high:.1%}]"


def figure(found: list[float], digits: int = 3) -> str:
    value, low, high = found
    return f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def all_goals(found: Figures) -> str:
    marks = {True: "reached", False: "**missed**"}
    rows = ([what.replace("|", "\\|"), marks[reached]] for what, reached in found.items())
    return table(["asked", ""], rows)


def sources(found: Figures) -> str:
    """Show r, slope and mean error of each source and regime, and the paired gains."""
    heads = ["whole face", *SOURCES, "nearer than the formula by", "nearer than the ridge by"]

    def rows() -> Iterator[list[str]]:
        for title, row in found.items():
            if not title.endswith(", face"):
                continue
            digits = DIGITS[title.split(": ")[1].split()[0]]
            cells = [
                f"{row[source]['r'][0]:.3f} / {row[source]['slope'][0]:.2f} / "
                f"{row[source]['mae'][0]:.{digits}f}"
                for source in SOURCES
            ]
            gains = [figure(row[f"nearer than {o}"], digits + 1) for o in ("formula", "ridge")]
            yield [title.removesuffix(", face"), *cells, *gains]

    return table(heads, rows())


def unchanged(found: Figures) -> str:
    heads = ["", "scores", "median abs.", "95 %", "SDC (median)", "false verdicts"]
    return table(
        heads,
        (
            [
                name,
                str(row["scores"]),
                f"{row['median']:.2f}",
                f"{row['q95']:.2f}",
                f"{row['sdc']:.2f}",
                share(row["false"]),
            ]
            for name, row in found.items()
        ),
    )


def detectable(found: Figures) -> str:
    def rows() -> Iterator[list[str]]:
        for name, row in found.items():
            if isinstance(row, dict):
                cells = [f"{row[t][0]:.2f}" if row.get(t) else "–" for t in ("all", *TONES)]
                yield [name, *cells]

    return table(["attribute, photos, reference", "all", *TONES], rows())


def detection(found: Figures) -> str:
    rows = ([name, share(row)] for name, row in found.items() if isinstance(row, dict))
    return table(["change, asked of", "found"], rows)


def known(found: Figures) -> str:
    heads = ["", "measured", "r", "slope", "RMSE", "MAE"]

    def rows() -> Iterator[list[str]]:
        for regime in REGIMES:
            for attribute, basis in KINDS_OF_SCORE:
                title = f"{attribute} {basis}, face"
                for name in (
                    title,
                    *(f"{title}, {t}" for t in TONES),
                    f"{title}: spots and patches",
                ):
                    row = found.get(f"{regime}: {name}")
                    if row:
                        yield [
                            f"{regime}: {name.removesuffix(', face')}",
                            f"{row['measured']} of {row['pairs']}",
                            figure(row["r"]),
                            figure(row["slope"], 2),
                            f"{row['rmse'][0]:.2f}",
                            f"{row['mae'][0]:.2f}",
                        ]

    return table(heads, rows())


def coverage(found: Figures) -> str:
    def rows() -> Iterator[list[str]]:
        for name, row in found.items():
            if isinstance(row, dict):
                face, regions = row.get("face", row), row.get("regions")
                yield [name, share(face), share(regions) if regions else ""]

    return table(["", "face", "smaller regions"], rows())


def cross_talk(found: Figures) -> str:
    return table(["read as", "slope"], ([name, figure(row)] for name, row in found.items()))


def verdicts(found: Figures) -> str:
    heads = ["", "pairs", "improved or worse", "of them the wrong way", "not measurable"]
    return table(
        heads,
        (
            [
                name,
                str(row["pairs"]),
                f"{row['decided'] / row['pairs']:.0%}",
                str(row["wrong_way"]),
                f"{row['unknown'] / row['pairs']:.0%}",
            ]
            for name, row in found.items()
        ),
    )


def sessions(found: Figures) -> str:
    heads = [
        "in both photos",
        "two lights: a*, SD",
        "L*, SD",
        "SDC a*",
        "SDC L*",
        "fell to a lower rung",
        "one light: a*, SD",
        "L*, SD",
    ]

    def rows() -> Iterator[list[str]]:
        for name, row in found.items():
            spreads = row["sd_a"], row["sd_L"]
            yield [
                name,
                *(f"{sd:.2f}" for sd in spreads),
                *(f"{1.96 * sd:.1f}" for sd in spreads),
                f"{row['refused']:.0%}",
                f"{row['sd_a_one_light']:.2f}",
                f"{row['sd_L_one_light']:.2f}",
            ]

    return table(heads, rows())


def rungs(found: Figures) -> str:
    heads = ["read as", "measured", "r", "slope", "RMSE, a*", "SDC, a* (median)", "false verdicts"]
    return table(
        heads,
        (
            [
                name,
                f"{row['measured']} of {row['pairs']}",
                figure(row["r"]),
                figure(row["slope"], 2),
                f"{row['rmse'][0]:.2f}",
                f"{row['sdc']:.2f}",
                f"{row['false'][0]} of {row['false'][1]}",
            ]
            for name, row in found.items()
        ),
    )


def reshoots(found: Figures) -> str:
    rows = (
        [name, f"{row['flagged']} of {row['of']}", ", ".join(row["also"]) or "–"]
        for name, row in found.items()
    )
    return table(["taken again", "flagged", "also said"], rows)


if __name__ == "__main__":
    main(sys.argv[1:])
