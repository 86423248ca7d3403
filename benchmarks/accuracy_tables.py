"""The tables of ``accuracy.py``: rows of scores in, printed lines and figures out."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from scipy.stats import beta

from agreement import MIN_PAIRS, RESAMPLES, Row, agreement, estimate, slope

KINDS_OF_SCORE = (
    ("redness", "absolute"),
    ("redness", "relative"),
    ("hyperpigmentation", "absolute"),
    ("hyperpigmentation", "relative"),
    ("texture", "absolute"),
)
TONES = ("light", "medium", "dark")
MARKS = ("dark patches", "dark spots", "dark mark", "red and dark")
NO_CONTROL = ("half flush",)  # half a face has changed: its median is anywhere between
# What must be reached on held-out people: figure, regime, cases, least, most.
GOALS = (
    ("redness", "absolute", "controlled", None, "r", 0.95, 1.0),
    ("redness", "absolute", "controlled", None, "slope", 0.85, 1.15),
    ("hyperpigmentation", "relative", "controlled", MARKS, "r", 0.85, 1.0),
    ("texture", "absolute", "controlled", None, "r", 0.75, 1.0),
    ("redness", "absolute", "same room", None, "r", 0.85, 1.0),
    ("redness", "relative", "casual", None, "r", 0.90, 1.0),
)
MOST_FALSE = 0.05  # of face verdicts of each attribute
MOST_PAIRS_WITH_A_FALSE_REGION = 0.10
COVERAGE = (0.92, 0.98)
# Prototype's 95 % of |change| on real no-change pairs.
LARGEST_SDC = {"redness": 1.0, "hyperpigmentation": 1.2, "texture": 17.0}
LEAST_FOUND = {
    "redness of 2 a*": 0.90,
    "dark patches of 2 L*": 0.70,
    "dark spots of 2 L*": 0.70,
    "texture of 30 %": 0.70,
}
LEAST_RIGHT_WAY = 0.99
# Worst score of any person: relative, in its unit, and as a share of its SDC.
PROPERTY_LIMITS = {"swap": 1e-6, "same pixels": 0.0, "one code": 0.2, "JPEG 80": 1.0}


def _of(rows: list[Row], attribute: str, basis: str) -> list[Row]:
    return [row for row in rows if (row["attribute"], row["basis"]) == (attribute, basis)]


def _changed(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["attribute"] in row["changed"]]


WHOLE_AND_MARKS = ("face", "patches", "spots", "marks")


def _face(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["region"] == "face"]


def _decided(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["verdict"] in ("improved", "worse")]


def _values(rows: list[Row], key: str) -> list[str]:
    return list(dict.fromkeys(row[key] for row in rows))


def _exact(hits: int, of: int) -> tuple[float, float]:
    """Clopper-Pearson 95 % interval of a share."""
    low = float(beta.ppf(0.025, hits, of - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, of - hits)) if hits < of else 1.0
    return low, high


def _share(hits: int, of: int) -> dict[str, float]:
    low, high = _exact(hits, of) if of else (float("nan"), float("nan"))
    return {
        "hits": hits,
        "of": of,
        "share": hits / of if of else float("nan"),
        "low": low,
        "high": high,
    }


def _shown(share: dict[str, float]) -> str:
    text = f"{share['hits']}/{share['of']}"
    return f"{text:>9} = {share['share']:6.1%} [{share['low']:.1%}, {share['high']:.1%}]"


_goals: dict[str, bool] = {}  # all that was asked of the run, in order


def goal(reached: bool, what: str) -> bool:
    print(f"{'reached' if reached else 'MISSED'}: {what}")
    _goals[" ".join(what.split())] = reached
    return reached


def report_missed() -> dict[str, bool]:
    """Print what was missed of all that was asked."""
    missed = [what for what, reached in _goals.items() if not reached]
    print(f"\n{len(_goals) - len(missed)} of {len(_goals)} goals reached; missed:")
    print("\n".join(missed) or "none")
    return dict(_goals)


def report_unchanged(rows: list[Row]) -> dict[str, Any]:
    """Values and verdicts of real photos between which the skin did not change."""
    if not rows:
        return {}
    print("\nNO CHANGE: neutral against smiling, real photos of the same day and light")
    unseen = sorted({row["person"] for row in rows if not row["comparable"]})
    print(f"{len({r['person'] for r in rows})} people, not comparable: {unseen or 'none'}")
    print(f"{'':38} scores  median |v|    95 %     SDC  false verdicts (exact 95 % interval)")
    table: dict[str, Any] = {}
    for attribute, basis in KINDS_OF_SCORE:
        of_kind = _of(rows, attribute, basis)
        for where, group in (
            ("face", _face(of_kind)),
            ("regions", [r for r in of_kind if r["region"] not in WHOLE_AND_MARKS]),
            ("marks", [r for r in of_kind if r["region"] in ("patches", "spots")]),
        ):
            title = f"{attribute} {basis}, {where}"
            table[title] = _null_line(title, group)
    return {"table": table, "goals": _false_goals(rows)}


def _null_line(title: str, group: list[Row]) -> dict[str, Any]:
    seen = [row for row in group if row["value"] is not None]
    sizes = np.abs([row["value"] for row in seen])
    median, most = np.quantile(sizes, [0.5, 0.95]) if len(sizes) else (np.nan, np.nan)
    sdc = float(np.median([row["sdc"] for row in seen])) if seen else np.nan
    false = _share(len(_decided(seen)), len(seen))
    print(f"{title:38} {len(seen):6} {median:11.2f} {most:7.2f} {sdc:7.2f}  {_shown(false)}")
    return {"scores": len(seen), "median": median, "q95": most, "sdc": sdc, "false": false}


def _false_goals(rows: list[Row]) -> dict[str, bool]:
    print()
    goals = {}
    seen = [row for row in rows if row["value"] is not None]
    for attribute in ("redness", "hyperpigmentation", "texture"):
        of_it = [row for row in seen if row["attribute"] == attribute]
        for where, group in (
            ("face", _face(of_it)),
            ("marks", [r for r in of_it if r["region"] in ("patches", "spots")]),
        ):
            share = _share(len(_decided(group)), len(group))
            what = (
                f"{attribute}, {where}: false verdicts {_shown(share)} (at most {MOST_FALSE:.0%})"
            )
            goals[f"{attribute} {where}"] = goal(share["share"] <= MOST_FALSE, what)
        for tone in TONES:
            group = [row for row in _face(of_it) if row["tone"] == tone]
            called = {row["person"] for row in _decided(group)}
            share = _share(len(called), len({row["person"] for row in group}))
            what = (
                f"{attribute}, {tone}: people {_shown(share)} (lower end at most {MOST_FALSE:.0%})"
            )
            goals[f"{attribute} {tone}"] = goal(share["low"] <= MOST_FALSE, what)
    people_of = _values([row for row in rows if row["comparable"]], "person")
    regions = [row for row in seen if row["region"] not in WHOLE_AND_MARKS]
    called = {row["person"] for row in _decided(regions)}
    share = _share(len(called), len(people_of))
    what = (
        f"pairs with any region improved or worse, all attributes: {_shown(share)} "
        f"(at most {MOST_PAIRS_WITH_A_FALSE_REGION:.0%})"
    )
    goals["any region"] = goal(share["share"] <= MOST_PAIRS_WITH_A_FALSE_REGION, what)
    return goals


def report_detectable(rows: list[Row]) -> dict[str, Any]:
    """Print the smallest detectable change of the face per reference and skin tone."""
    print("\nSMALLEST DETECTABLE CHANGE of the face, median (10 to 90 %) over pairs")
    table: dict[str, Any] = {}
    rows = [row for row in _face(rows) if row["sdc"] is not None]
    for attribute, basis in KINDS_OF_SCORE:
        for regime in ("controlled", "same room", "casual", "smiling", None):
            of_kind = [r for r in _of(rows, attribute, basis) if r.get("regime") == regime]
            for reference in _values(of_kind, "reference"):
                group = [row for row in of_kind if row["reference"] == reference]
                name = f"{attribute} {basis}, {regime or 'real pairs'}, {reference}"
                table[name] = _sdc_line(name, group)
    for attribute, most in LARGEST_SDC.items():
        real = [r for r in _of(rows, attribute, "absolute") if r.get("regime") is None]
        found = float(np.quantile(np.abs([r["value"] for r in real]), 0.95)) if real else np.nan
        what = (
            f"{attribute} absolute, 95 % of |value| on real pairs {found:.2f} (prototype {most:g})"
        )
        table[f"{attribute}, real values"] = goal(found <= most, what)
        for photos, regime in (("real pairs (smiling)", None), ("same expression", "controlled")):
            of_kind = _of(rows, attribute, "absolute")
            group = [r for r in of_kind if r.get("regime") == regime and r["reference"] == "scene"]
            found = float(np.median([row["sdc"] for row in group])) if group else np.nan
            what = f"{attribute} absolute, {photos}: SDC {found:.2f} (prototype {most:g})"
            table[f"{attribute}, {photos}"] = goal(found <= most, what)
    return table


def _sdc_line(name: str, group: list[Row]) -> dict[str, Any]:
    def of(rows: Iterable[Row]) -> list[float]:
        sizes = [row["sdc"] for row in rows]
        return [float(q) for q in np.quantile(sizes, [0.5, 0.1, 0.9])] if sizes else []

    line = {"all": of(group)} | {t: of(r for r in group if r["tone"] == t) for t in TONES}
    cells = [
        f"{t} {q[0]:.2f} ({q[1]:.2f} to {q[2]:.2f})" if q else f"{t} -" for t, q in line.items()
    ]
    print(f"{name:52} {'   '.join(cells)}")
    return line


def report_known(rows: list[Row]) -> dict[str, Any]:
    """Agreement with the truth where the attribute itself was changed."""
    tables: dict[str, Any] = {}
    for regime in _values(rows, "regime"):
        print(f"\nKNOWN CHANGES, {regime}: value against truth, 95 % intervals over people")
        print(f"{'':50} measured  r                        slope                    RMSE   MAE")
        of_regime = [row for row in _changed(rows) if row["regime"] == regime]
        for attribute, basis in KINDS_OF_SCORE:
            scores = _of(of_regime, attribute, basis)
            if basis == "relative":
                scores = [row for row in scores if row["case"] not in NO_CONTROL]
            for name, group in _groups(attribute, scores, whole=regime == "controlled").items():
                title = f"{attribute} {basis}, {name}"
                tables[f"{regime}: {title}"] = _print_agreement(title, group)
    return {"tables": tables, "goals": report_goals(rows)}


def _groups(attribute: str, scores: list[Row], whole: bool) -> dict[str, list[Row]]:
    """Rows to be told apart: by place, tone and, in one regime, case and region."""
    face, regions = _face(scores), [row for row in scores if row["region"] != "face"]
    groups = {"face": face}
    groups |= {f"face, {t}": [r for r in face if r["tone"] == t] for t in _values(face, "tone")}
    if attribute == "hyperpigmentation":
        groups["face: spots and patches"] = [r for r in face if r["case"] in MARKS]
    groups["regions"] = regions
    groups["region that changed"] = [r for r in regions if r["region"] in r["where"]]
    if whole:
        groups |= {f"face: {c}": [r for r in face if r["case"] == c] for c in _values(face, "case")}
        groups |= {
            r: [row for row in regions if row["region"] == r] for r in _values(regions, "region")
        }
    return groups


def _print_agreement(title: str, rows: list[Row]) -> dict[str, Any] | None:
    found = agreement(rows)
    if found is None:
        measured = sum(row["value"] is not None for row in rows)
        print(f"{title:50} {measured} of {len(rows)} could be measured: too few")
        return None
    share = f"{found['measured']}/{found['pairs']}"
    print(
        f"{title:50} {share:>8} {found['r']}  {found['slope']}  "
        f"{found['rmse'].value:6.2f} {found['mae'].value:6.2f}"
    )
    return found


def report_goals(rows: list[Row]) -> dict[str, bool]:
    """Say whether what must be reached was reached."""
    print()
    goals = {}
    for attribute, basis, regime, of_cases, name, least, most in GOALS:
        chosen = [
            row
            for row in _changed(_of(_face(rows), attribute, basis))
            if row["regime"] == regime
            and (row["case"] in of_cases if of_cases else True)
            and not (basis == "relative" and row["case"] in NO_CONTROL)
        ]
        found = agreement(chosen)
        value = float("nan") if found is None else found[name].value
        what = f"{regime}: {attribute} {basis}{', spots and patches' if of_cases else ''}: {name}"
        goals[what] = goal(least <= value <= most, f"{what} = {value:.3f} ({least:g} to {most:g})")
    return goals


def report_coverage(rows: list[Row]) -> dict[str, Any]:
    """Share of 95 % intervals that hold the truth."""
    print("\nCOVERAGE of the 95 % intervals: face, and smaller regions")
    measured = [row for row in rows if row["value"] is not None]
    table: dict[str, Any] = {}
    for regime in [*_values(rows, "regime"), "pooled"]:
        of_regime = [row for row in measured if regime in (row["regime"], "pooled")]
        for attribute, basis in [*KINDS_OF_SCORE, ("all", "scores")]:
            group = of_regime if attribute == "all" else _of(of_regime, attribute, basis)
            name = f"{regime}: {attribute} {basis}"
            table[name] = {
                "face": _covered(_face(group)),
                "regions": _covered([row for row in group if row["region"] != "face"]),
            }
            face, regions = (_shown(table[name][where]) for where in ("face", "regions"))
            print(f"{name:46} {face}   {regions}")
    for tone in TONES:
        share = _covered([row for row in _face(measured) if row["tone"] == tone])
        table[f"pooled, {tone}"] = share
        print(f"{'pooled: all scores, ' + tone:46} {_shown(share)}")
    pooled = table["pooled: all scores"]["face"]
    least, most = COVERAGE
    table["goal"] = goal(
        least <= pooled["share"] <= most, f"pooled coverage {_shown(pooled)} ({least} to {most})"
    )
    real = table.get("smiling: all scores")
    if real:
        what = f"coverage on real pairs {_shown(real['face'])} (at least {least})"
        table["goal, smiling"] = goal(real["face"]["share"] >= least, what)
    return table


def _covered(rows: list[Row]) -> dict[str, float]:
    """Share of intervals that hold the truth; its interval is over people."""
    hits = [row["low"] <= row["truth"] <= row["high"] for row in rows]
    share = _share(sum(hits), len(hits))
    by_person: dict[str, list[bool]] = {}
    for row, hit in zip(rows, hits, strict=True):
        by_person.setdefault(row["person"], []).append(hit)
    if len(by_person) > 1:
        counts = np.array([(sum(own), len(own)) for own in by_person.values()])
        drawn = np.random.default_rng(0).integers(len(counts), size=(RESAMPLES, len(counts)))
        sums = counts[drawn].sum(axis=1)
        low, high = np.quantile(sums[:, 0] / sums[:, 1], [0.025, 0.975])
        share |= {"low": float(low), "high": float(high)}
    return share


def report_verdicts(rows: list[Row]) -> dict[str, Any]:
    """How often which verdict is given, by what was done."""
    print("\nVERDICTS of the face: improved or worse (the wrong way) / no change / not measurable")
    table: dict[str, Any] = {}
    for regime in _values(rows, "regime"):
        for attribute, basis in KINDS_OF_SCORE:
            scores = [r for r in _of(_face(rows), attribute, basis) if r["regime"] == regime]
            for name, group in (
                ("changed", _changed(scores)),
                (
                    "another changed",
                    [r for r in scores if r["changed"] and r not in _changed(scores)],
                ),
                ("nothing changed", [r for r in scores if not r["changed"]]),
            ):
                if group:
                    title = f"{regime}: {attribute} {basis}, {name}"
                    table[title] = _verdict_line(title, group)
    return table


def _verdict_line(title: str, group: list[Row]) -> dict[str, Any]:
    decided = _decided(group)
    wrong = sum(row["value"] * row["truth"] < 0 for row in decided)
    unknown = sum(row["value"] is None for row in group)
    rest = len(group) - len(decided) - unknown
    shares = [count / len(group) for count in (len(decided), rest, unknown)]
    print(f"{title:62} {shares[0]:6.1%} ({wrong}) / {shares[1]:6.1%} / {shares[2]:6.1%}")
    return {"pairs": len(group), "decided": len(decided), "wrong_way": wrong, "unknown": unknown}


def report_detection(rows: list[Row]) -> dict[str, Any]:
    """Tell whether changes of one size are found, and in the right direction."""
    print("\nDETECTION of changes of one size, controlled: found by the verdict of ...")
    table: dict[str, Any] = {}
    decided = right = 0
    for case in _values(rows, "case"):
        of_case = [row for row in rows if row["case"] == case]
        for place in ("face", "marks"):
            group = [row for row in of_case if row["region"] == place]
            if not group:  # texture has no marks to draw
                continue
            found = _decided(group)
            share = _share(len(found), len(group))
            table[f"{case}, {place}"] = share
            size = float(np.median(np.abs([row["value"] or 0 for row in group])))
            sdc = float(np.median([row["sdc"] or np.nan for row in group]))
            print(f"{case:24} {place:6} {_shown(share)}  median value {size:.2f}, SDC {sdc:.2f}")
            if place == group[0]["where"]:
                decided += len(found)
                right += sum(row["value"] * row["truth"] > 0 for row in found)
                for tone in TONES:
                    few = [row for row in group if row["tone"] == tone]
                    print(f"{'':24} {tone:6} {_shown(_share(len(_decided(few)), len(few)))}")
                least = LEAST_FOUND[case]
                table[f"{case} goal"] = goal(
                    share["share"] >= least, f"{case}: {share['share']:.1%} (at least {least:.0%})"
                )
    share = _share(right, decided)
    table["direction"] = share
    what = f"direction right in {_shown(share)} of those found"
    table["direction goal"] = goal(share["share"] >= LEAST_RIGHT_WAY, what)
    return table


def report_cross_talk(rows: list[Row]) -> dict[str, Any]:
    """Slope of what is read as one attribute on what was changed of another."""
    print("\nCROSS-TALK of the face, controlled: read as one attribute, per unit of another")
    table = {}
    rows = [row for row in rows if row["regime"] == "controlled"]
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


def report_properties(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Print what must hold for any pair."""
    print(
        "\nPROPERTIES, worst score: swapped, sum/value    same pixels   ±1 code/SDC   JPEG 80/SDC"
    )
    for row in rows:
        print(
            f"{row['person']:>10} {row['tone']:15} {row['swap']:17.1e} {row['same pixels']:13.1e} "
            f"{row['one code']:13.3f} {row['JPEG 80']:13.3f}"
        )
    print()
    for name, limit in PROPERTY_LIMITS.items():
        worst = max(row[name] for row in rows)
        goal(worst <= limit, f"{name}: {worst:.2g} (at most {limit:g})")
    return rows
