"""Write the card of the change network from what was measured: ``README.md`` and its metrics.

    python benchmarks/model_card.py FOLDER [--accuracy FILE] [--speed FILE]

After ``accuracy.py`` and ``speed.py`` with that network. The words are written by hand in
``training/change/card.template.md``; figures go to ``model.toml`` too.
"""

import argparse
import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from accuracy_tables import KINDS_OF_SCORE, TONES
from injections import ROOT
from release_gate import is_whole, targets_of
from skindelta.models import load_model_folder
from skindelta.noise import Differences, noise_of, table_with
from sources_table import REGIMES, SOURCES
from validation_page import DIGITS, all_goals, figure, sources, table

sys.path.insert(0, str(ROOT / "training"))

from change.card import as_toml

TEMPLATE = ROOT / "training" / "change" / "card.template.md"
BENCHMARK = ROOT / "docs" / "decisions" / "0011-frozen-benchmark.md"

Figures = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--accuracy", type=Path, default=ROOT / "runs" / "accuracy.json")
    parser.add_argument("--speed", type=Path, default=ROOT / "runs" / "speed.json")
    options = parser.parse_args()
    accuracy = json.loads(options.accuracy.read_text())
    speed = json.loads(options.speed.read_text())
    file = options.folder / "model.toml"
    card = tomllib.loads(file.read_text())
    digest = load_model_folder(options.folder).digest
    if {accuracy["model_digest"], speed["model_digest"]} != {digest}:
        sys.exit("accuracy and speed were not both measured with this network")
    if not is_whole(accuracy):
        sys.exit("a card is made of whole runs of the frozen benchmark on the locked people")
    known = json.loads(options.accuracy.with_suffix(".rows.json").read_text())[1]
    targets = targets_of(card["output"]["scores"], accuracy, known, speed)
    page = TEMPLATE.read_text(encoding="utf-8")
    for mark, text in parts(card, accuracy, known, speed, targets, options.folder).items():
        page = page.replace("{{" + mark + "}}", text)
    if "{{" in page:
        sys.exit("a table of the template is missing: " + page[page.index("{{") :][:40])
    (options.folder / "README.md").write_text(page, encoding="utf-8")
    card["metrics"] = metrics(accuracy, speed, targets)
    file.write_text(as_toml(card), encoding="utf-8")


def parts(
    card: Figures,
    accuracy: Figures,
    known: list[Figures],
    speed: Figures,
    targets: dict[str, bool],
    folder: Path,
) -> dict[str, str]:
    """Return every table of the template by its name."""
    found = list(accuracy["people"].values())
    size = sum(path.stat().st_size for path in folder.iterdir() if path.suffix != ".md")
    return {
        "version": f"{card['name']} {card['version']}",
        "people": str(len(found)),
        "tones": ", ".join(f"{found.count(tone)} {tone}" for tone in TONES) + " skin",
        "scores": ships(card, known),
        "detectable": detectable(card, folder),
        "excess": excess(card["data"].get("noise_of_training_people_times", {})),
        "sources": sources(accuracy["sources"]),
        "tone_table": of_tones(accuracy["known_changes"]["tables"]),
        "targets": all_goals(targets),
        "coverage": coverage(accuracy["coverage"]),
        "uses": uses(BENCHMARK.read_text(encoding="utf-8")),
        "network_ms": f"{speed['network_ms']:.0f}",
        "decode_ms": f"{speed['decode_one_ms']:.0f}",
        "times": f"{speed['times_decoding']:.2f}",
        "megabytes": f"{size / 1e6:.1f}",
    }


def ships(card: Figures, known: list[Figures]) -> str:
    """Say which scores the network gives, how scaled, how much of it, and who it was shown on."""
    output = card["output"]
    tested = {
        f"{row['attribute']} {row['basis']} {row['reference']}"
        for row in known
        if row["attribute"] in row["changed"]
    }
    rows = []
    for name in output["scores"]:
        kind, _, reference = name.rpartition(" ")
        factor, share = output["factors"][name], output.get("shares", {}).get(name, 1.0)
        who = "calibration and locked people" if name in tested else "calibration people alone"
        rows.append([kind, reference, f"{factor:.2f}", f"{share:.0%}", who])
    heads = ["score", "color reference", "factor", "share of the network"]
    return table([*heads, "read nearer than by the formula on"], rows)


def detectable(card: Figures, folder: Path) -> str:
    """Show what the whole face must change by, with the network and without it, by tone."""
    own = json.loads((folder / "noise.json").read_text(encoding="utf-8"))
    mixed = table_with(own, card["output"]["scores"])
    rows = []
    for name in card["output"]["scores"]:
        attribute, basis, reference = name.split()
        cells = []
        for tone in TONES:
            network, formula = (
                noise_of(attribute, basis, reference, "face", tone, Differences(), table=of).sdc
                for of in (mixed, None)
            )
            cells.append(f"{network:.2g} ({formula:.2g})")
        rows.append([f"{attribute} {basis}", reference, *cells])
    return table(["smallest detectable change", "color reference", *TONES], rows)


def excess(times: dict[str, float]) -> str:
    """Say by how much each attribute's noise on people it was trained on was enlarged."""
    most: dict[str, float] = {}
    for name, factor in times.items():
        attribute = name.split()[0]
        most[attribute] = max(factor, most.get(attribute, 1.0))
    told = (f"{attribute} at most {factor:.2f} times" for attribute, factor in most.items())
    return ", ".join(told) or "by nothing"


def of_tones(found: Figures) -> str:
    """Show what ships, per skin tone."""
    heads = ["whole face, what ships", "tone", "pairs", "r", "slope", "mean error"]

    def rows() -> Iterator[list[str]]:
        for regime in REGIMES:
            for attribute, basis in KINDS_OF_SCORE:
                for tone in TONES:
                    row = found.get(f"{regime}: {attribute} {basis}, face, {tone}")
                    if row:
                        yield [
                            f"{regime}: {attribute} {basis}",
                            tone,
                            f"{row['measured']} of {row['pairs']}",
                            figure(row["r"]),
                            figure(row["slope"], 2),
                            figure(row["mae"], DIGITS[attribute]),
                        ]

    return table(heads, rows())


def coverage(found: Figures) -> str:
    """Show how often intervals hold the truth, pooled over the regimes."""
    rows = (
        [name.removeprefix("pooled: "), f"{row['face']['share']:.1%}"]
        for name, row in found.items()
        if name.startswith("pooled: ") and isinstance(row, dict)
    )
    return table(["95 % intervals of the face", "hold the truth"], rows)


def uses(page: str) -> str:
    """Return the numbered list of every use of the locked people from its decision page."""
    listed = page.partition("**Uses of the locked people**")[2].partition("\n1. ")
    if not listed[2]:
        sys.exit(f"{BENCHMARK.name} lists no use of the locked people")
    own = listed[2].partition("\n\n")[0].strip()
    return "1. " + own.replace("](../", "](../../../docs/")  # as seen from the model folder


def metrics(accuracy: Figures, speed: Figures, targets: dict[str, bool]) -> Figures:
    """Return the figures of ``model.toml``: one line a row, on people never trained on."""
    rows = [
        {
            "row": title,
            **{
                source: {name: round(row[source][name][0], 4) for name in ("r", "slope", "mae")}
                for source in SOURCES
            },
            "nearer_than_formula": [round(v, 4) for v in row["nearer than formula"]],
            "nearer_than_ridge": [round(v, 4) for v in row["nearer than ridge"]],
        }
        for title, row in accuracy["sources"].items()
    ]
    held = accuracy["coverage"]["pooled: all scores"]["face"]
    return {
        "people": len(accuracy["people"]),
        "targets_missed": [what for what, reached in targets.items() if not reached],
        "intervals_hold": [held["hits"], held["of"]],
        "false_alarms": {name: list(counts) for name, counts in accuracy["false_alarms"].items()},
        "times_decoding": round(speed["times_decoding"], 2),
        "network_ms": round(speed["network_ms"], 1),
        "rows": rows,
    }


if __name__ == "__main__":
    main()
