"""The tables of ``accuracy.py``: rows of scores in, printed lines and figures out."""

from typing import Any

import numpy as np

from agreement import MIN_PAIRS, Row, agreement, estimate, slope

KINDS_OF_SCORE = (
    ("redness", "absolute"),
    ("redness", "relative"),
    ("hyperpigmentation", "absolute"),
    ("hyperpigmentation", "relative"),
    ("texture", "absolute"),
)
MARKS = ("dark patches", "dark spots", "dark mark", "red and dark")
NO_CONTROL = ("half flush",)  # half a face has changed: its median is anywhere between
# What must be reached on held-out people: figure, cases, least, most.
GOALS = (
    ("redness", "absolute", None, "r", 0.95, 1.0),
    ("redness", "absolute", None, "slope", 0.85, 1.15),
    ("hyperpigmentation", "relative", MARKS, "r", 0.85, 1.0),
    ("texture", "absolute", None, "r", 0.75, 1.0),
)
# Worst score of any person: relative, in its unit, and as a share of its SDC.
PROPERTY_LIMITS = {"swap": 1e-6, "same pixels": 0.0, "one code": 0.2, "JPEG 80": 1.0}


def _of(rows: list[Row], attribute: str, basis: str) -> list[Row]:
    return [row for row in rows if (row["attribute"], row["basis"]) == (attribute, basis)]


def _changed(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["attribute"] in row["changed"]]


def report_known(rows: list[Row]) -> dict[str, Any]:
    """Agreement with the truth where the attribute itself was changed."""
    tables: dict[str, Any] = {}
    print("\nvalue against truth, where that attribute was changed; 95 % intervals over people")
    print(f"{'':47} measured  r                        slope                    RMSE   MAE")
    for attribute, basis in KINDS_OF_SCORE:
        scores = _changed(_of(rows, attribute, basis))
        if basis == "relative":
            scores = [row for row in scores if row["case"] not in NO_CONTROL]
        face = [row for row in scores if row["region"] == "face"]
        regions = [row for row in scores if row["region"] != "face"]
        groups = {"face": face, "regions": regions}
        groups["region that changed"] = [r for r in regions if r["region"] in r["where"]]
        groups |= {f"face, {t}": [r for r in face if r["tone"] == t] for t in _values(face, "tone")}
        groups |= {f"face: {c}": [r for r in face if r["case"] == c] for c in _values(face, "case")}
        groups |= {
            f"{region}": [row for row in scores if row["region"] == region]
            for region in _values(scores, "region")
            if region != "face"
        }
        if attribute == "hyperpigmentation":
            groups["face: spots and patches"] = [r for r in face if r["case"] in MARKS]
        for name, group in groups.items():
            tables[f"{attribute} {basis} {name}"] = _print_agreement(
                f"{attribute} {basis}, {name}", group
            )
    return {"tables": tables, "goals": report_goals(rows)}


def _values(rows: list[Row], key: str) -> list[str]:
    return list(dict.fromkeys(row[key] for row in rows))


def _print_agreement(title: str, rows: list[Row]) -> dict[str, Any] | None:
    found = agreement(rows)
    if found is None:
        print(f"{title:47} too few of {len(rows)} could be measured")
        return None
    share = f"{found['measured']}/{found['pairs']}"
    print(
        f"{title:47} {share:>8} {found['r']}  {found['slope']}  "
        f"{found['rmse'].value:6.2f} {found['mae'].value:6.2f}"
    )
    return found


def report_goals(rows: list[Row]) -> dict[str, bool]:
    """Say whether what must be reached was reached."""
    print()
    goals = {}
    for attribute, basis, of_cases, name, least, most in GOALS:
        chosen = [
            row
            for row in _changed(_of(rows, attribute, basis))
            if row["region"] == "face" and (of_cases is None or row["case"] in of_cases)
        ]
        found = agreement(chosen)
        value = float("nan") if found is None else found[name].value
        what = f"{attribute} {basis}{', spots and patches' if of_cases else ''}: {name}"
        goals[what] = _goal(least <= value <= most, f"{what} = {value:.3f} ({least:g} to {most:g})")
    return goals


def _goal(reached: bool, what: str) -> bool:
    print(f"{'reached' if reached else 'MISSED'}: {what}")
    return reached


def report_cross_talk(rows: list[Row]) -> dict[str, Any]:
    """Slope of what is read as one attribute on what was changed of another."""
    print("\nread as one attribute per unit of another that alone was changed (face)")
    table = {}
    for source in ("redness", "hyperpigmentation", "texture"):
        only = [r for r in rows if tuple(r["changed"]) == (source,) and r["region"] == "face"]
        for attribute, basis in KINDS_OF_SCORE:
            if attribute == source:
                continue
            crossed = _paired(_of(only, source, "absolute"), _of(only, attribute, basis))
            if len(crossed) < MIN_PAIRS:
                continue
            table[f"{source} as {attribute} {basis}"] = found = estimate(crossed, slope)
            print(f"{source:>18} read as {attribute + ' ' + basis:28} {found}")
            for tone in _values(crossed, "tone"):
                group = [row for row in crossed if row["tone"] == tone]
                if len(group) >= MIN_PAIRS:
                    print(f"{'':18} {tone:>36} {estimate(group, slope)}")
    return table


def _paired(sources: list[Row], readings: list[Row]) -> list[Row]:
    """Rows that hold the truth of one attribute and the value of another; same pairs in order."""
    return [
        reading | {"truth": source["truth"]}
        for source, reading in zip(sources, readings, strict=True)
        if reading["value"] is not None
    ]


def report_nothing(rows: list[Row]) -> dict[str, Any]:
    """Values and verdicts where nothing was changed."""
    print("\nnothing was changed, only taken anew (controlled light)")
    return _report_null([row for row in rows if not row["changed"]])


def report_expression(rows: list[Row]) -> dict[str, Any]:
    """Values and verdicts of neutral against smiling: other expression, same skin."""
    if not rows:
        return {}
    print("\nneutral against smiling, same day and light")
    return _report_null(rows)


def _report_null(rows: list[Row]) -> dict[str, Any]:
    table = {}
    people_of = len({row["person"] for row in rows})
    incomparable = {row["person"] for row in rows if not row["comparable"]}
    print(f"{people_of} people, not comparable: {sorted(incomparable) or 'none'}")
    print(f"{'':44} pairs  median |v|   95 %   SDC  false verdicts  not measurable")
    for attribute, basis in KINDS_OF_SCORE:
        for where in ("face", "regions"):
            scores = _of(rows, attribute, basis)
            group = [row for row in scores if (row["region"] == "face") == (where == "face")]
            sizes = np.abs([row["value"] for row in group if row["value"] is not None])
            sdc = [row["sdc"] for row in group if row["sdc"]]
            false = sum(row["verdict"] in ("improved", "worse") for row in group)
            missing = sum(row["value"] is None for row in group)
            median, most = np.quantile(sizes, [0.5, 0.95]) if len(sizes) else (np.nan, np.nan)
            table[f"{attribute} {basis} {where}"] = {
                "pairs": len(group),
                "median": median,
                "q95": most,
                "false_verdicts": false,
                "not_measurable": missing,
            }
            print(
                f"{f'{attribute} {basis}, {where}':44} {len(group):5} {median:10.2f} {most:7.2f} "
                f"{np.median(sdc) if sdc else np.nan:5.2f} {false:14} {missing:15}"
            )
    return table


def report_properties(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Print what must hold for any pair."""
    print("\nworst score: swapped, sum/value    same pixels   ±1 code/SDC   JPEG 80 again/SDC")
    for row in rows:
        print(
            f"{row['person']:>10} {row['tone']:15} {row['swap']:17.1e} {row['same pixels']:13.1e} "
            f"{row['one code']:13.3f} {row['JPEG 80']:13.3f}"
        )
    print()
    for name, limit in PROPERTY_LIMITS.items():
        worst = max(row[name] for row in rows)
        _goal(worst <= limit, f"{name}: {worst:.2g} (at most {limit:g})")
    return rows
