"""Network, formula and ridge regression side by side, and what the network must reach."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from accuracy_tables import KINDS_OF_SCORE, MARKS, NO_CONTROL, goal
from agreement import MIN_PAIRS, RESAMPLES, Estimate, Row, agreement, slope

SOURCES = ("formula", "network", "ridge")
REGIMES = ("controlled", "same room", "casual", "smiling")
MOST_FALSE_ALARMS = 0.07  # of one attribute's verdicts where only another changed
TONE_SLOPES = (0.85, 1.15)
# Attribute, basis, regime, cases, figure, least, most: of what ships.
TARGETS = (
    ("redness", "absolute", "controlled", None, "r", 0.98, 1.0),
    ("redness", "absolute", "controlled", None, "slope", 0.93, 1.07),
    ("redness", "absolute", "controlled", None, "rmse", 0.0, 0.3),
    ("redness", "absolute", "same room", None, "r", 0.95, 1.0),
    ("redness", "relative", "casual", None, "r", 0.94, 1.0),
    ("hyperpigmentation", "relative", "controlled", None, "r", 0.93, 1.0),
    ("hyperpigmentation", "relative", "controlled", None, "slope", 0.85, 1.1),
    ("hyperpigmentation", "relative", "same room", None, "r", 0.90, 1.0),
    ("hyperpigmentation", "relative", "casual", None, "r", 0.85, 1.0),
    ("texture", "absolute", "controlled", None, "r", 0.96, 1.0),
    ("texture", "absolute", "controlled", None, "slope", 0.9, 1.1),
    ("texture", "absolute", "same room", None, "r", 0.92, 1.0),
    ("texture", "absolute", "casual", None, "r", 0.89, 1.0),
)
CONTRASTS = (("controlled", "r", 0.80), ("controlled", "slope", 0.6), ("same room", "r", 0.70))
CHEEKS, FOREHEAD = ("left_cheek", "right_cheek"), "forehead"
WINS = {"redness": 2, "hyperpigmentation": 2, "texture": 1}  # regimes with an interval above 0


def report_sources(rows: list[Row]) -> dict[str, Any]:
    """Agreement of each source with the truth, and how much nearer the network comes."""
    table: dict[str, Any] = {}
    if not any("network" in row["ways"] for row in rows):
        print("\nSOURCES: no network was measured")
        return table
    for regime in REGIMES:
        print(
            f"\nSOURCES, {regime}: r, slope, mean |error| of each; by how much the network is "
            "nearer (mean |error|, 95 % over people)"
        )
        for attribute, basis in KINDS_OF_SCORE:
            of_kind = rows_of_kind(rows, attribute, basis, regime)
            groups = {
                "face": [r for r in of_kind if r["region"] == "face"],
                "regions": [r for r in of_kind if r["region"] != "face"],
            }
            for where, group in groups.items():
                changed = [row for row in group if attribute in row["changed"]]
                title = f"{regime}: {attribute} {basis}, {where}"
                found = _side_by_side(title, changed)
                if found is not None:
                    table[title] = found
    _report_wins(table)
    return table


def rows_of_kind(rows: list[Row], attribute: str, basis: str, regime: str) -> list[Row]:
    """Rows of one kind and regime that every source could read."""
    return [
        row
        for row in rows
        if (row["attribute"], row["basis"], row["regime"]) == (attribute, basis, regime)
        and all(source in row["ways"] for source in SOURCES)
        and not (basis == "relative" and row["case"] in NO_CONTROL)
    ]


def _side_by_side(title: str, rows: list[Row]) -> dict[str, Any] | None:
    if len(rows) < MIN_PAIRS:
        return None
    found: dict[str, Any] = {"pairs": len(rows)}
    cells = []
    for source in SOURCES:
        own = agreement([row | {"value": row["ways"][source]} for row in rows])
        found[source] = own
        if own is not None:
            figures = (own[name].value for name in ("r", "slope", "mae"))
            cells.append("{} {:.3f} {:.2f} {:.2f}".format(source, *figures))
    for other in ("formula", "ridge"):
        gain = nearer(rows, "network", other)
        found[f"nearer than {other}"] = gain
        cells.append(f"than {other} {gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]")
    print(f"{title.split(': ')[1]:38} {len(rows):5}  {'  '.join(cells)}")
    return found


def nearer(rows: Sequence[Row], source: str, other: str) -> Estimate:
    """By how much the mean |error| of a source is smaller than another's, pair by pair."""
    gains: dict[str, list[float]] = {}
    for row in rows:
        errors = [abs(row["ways"][name] - row["truth"]) for name in (other, source)]
        gains.setdefault(row["person"], []).append(errors[0] - errors[1])
    sums = np.array([(sum(own), len(own)) for own in gains.values()])
    drawn = np.random.default_rng(0).integers(len(sums), size=(RESAMPLES, len(sums)))
    totals = sums[drawn].sum(axis=1)
    low, high = np.quantile(totals[:, 0] / totals[:, 1], [0.025, 0.975])
    return Estimate(float(sums[:, 0].sum() / sums[:, 1].sum()), float(low), float(high))


def _report_wins(table: dict[str, Any]) -> None:
    print()
    for attribute, least in WINS.items():
        won = [
            regime
            for regime in REGIMES
            if any(
                _wins(table, f"{regime}: {attribute} {b}, face") for b in ("absolute", "relative")
            )
        ]
        what = (
            f"{attribute}: nearer than formula and ridge in {len(won)} regimes (at least {least})"
        )
        goal(len(won) >= least, what)


def _wins(table: dict[str, Any], title: str) -> bool:
    found = table.get(title)
    return found is not None and all(
        found[f"nearer than {other}"].low > 0 for other in ("formula", "ridge")
    )


def report_targets(rows: list[Row]) -> dict[str, bool]:
    """Say whether what ships reaches what a network must reach."""
    print("\nTARGETS of what ships")
    goals: dict[str, bool] = {}

    def hold(what: str, value: float, least: float, most: float) -> None:
        text = f"{what} = {value:.3f} ({least:g} to {most:g})"
        goals[text] = goal(least <= value <= most, text)

    face = [row for row in rows if row["region"] == "face" and row["attribute"] in row["changed"]]
    for attribute, basis, regime, cases, figure, least, most in TARGETS:
        chosen = _chosen(face, attribute, basis, regime, cases)
        found = agreement(chosen)
        value = found[figure].value if found else float("nan")
        hold(f"{regime}: {attribute} {basis}: {figure}", value, least, most)
    for tone in ("light", "medium", "dark"):
        chosen = [
            r for r in _chosen(face, "redness", "absolute", "controlled") if r["tone"] == tone
        ]
        value = _figure(chosen, slope)
        hold(f"controlled: redness absolute, {tone}: slope", value, *TONE_SLOPES)
    for regime, figure, least in CONTRASTS:
        found = agreement(contrasts([row for row in rows if row["regime"] == regime]))
        value = found[figure].value if found else float("nan")
        hold(f"{regime}: texture, cheeks minus forehead: {figure}", value, least, 10.0)
    for attribute in ("redness", "hyperpigmentation", "texture"):
        called, others = false_alarms(rows, attribute)
        what = f"{attribute}: false alarms where only another changed ({called}/{others})"
        hold(what, called / max(others, 1), 0.0, MOST_FALSE_ALARMS)
    return goals


def false_alarms(rows: list[Row], attribute: str) -> tuple[int, int]:
    """Count verdicts of a change of the face where only another attribute changed, and of how many.

    Scores that could not be measured are not among them.
    """
    others = [
        row
        for row in rows
        if row["region"] == "face"
        and row["attribute"] == attribute
        and row["changed"]
        and attribute not in row["changed"]
        and row["value"] is not None
    ]
    return sum(row["verdict"] in ("improved", "worse") for row in others), len(others)


def _chosen(
    rows: list[Row], attribute: str, basis: str, regime: str, cases: Any = None
) -> list[Row]:
    return [
        row
        for row in rows
        if (row["attribute"], row["basis"], row["regime"]) == (attribute, basis, regime)
        and (row["case"] in cases if cases else True)
        and not (basis == "relative" and row["case"] in NO_CONTROL)
    ]


def _figure(rows: list[Row], figure: Callable[[np.ndarray, np.ndarray], float]) -> float:
    seen = [row for row in rows if row["value"] is not None]
    if len(seen) < MIN_PAIRS:
        return float("nan")
    return figure(np.array([r["truth"] for r in seen]), np.array([r["value"] for r in seen]))


def contrasts(rows: list[Row]) -> list[Row]:
    """Texture of the cheeks minus that of the forehead, of pairs in which a part changed."""
    pairs: dict[tuple[str, str, int], dict[str, Row]] = {}
    seen: dict[tuple[str, str, str], int] = {}
    for row in rows:
        if (
            row["attribute"] != "texture"
            or "texture" not in row["changed"]
            or "face" in row["where"]
        ):
            continue
        place = (row["person"], row["case"], row["region"])
        number = seen[place] = seen.get(place, -1) + 1
        pairs.setdefault((row["person"], row["case"], number), {})[row["region"]] = row
    found = []
    for (person, _, _), by_region in pairs.items():
        if not all(region in by_region for region in (*CHEEKS, FOREHEAD)):
            continue
        values = {}
        for name in ("value", "truth"):
            cheeks = [by_region[region][name] for region in CHEEKS]
            known = None not in cheeks and by_region[FOREHEAD][name] is not None
            values[name] = np.mean(cheeks) - by_region[FOREHEAD][name] if known else None
        found.append({"person": person} | values)
    return found


__all__ = [
    "MARKS",
    "WINS",
    "contrasts",
    "false_alarms",
    "nearer",
    "report_sources",
    "report_targets",
    "rows_of_kind",
]
