"""A timeline for the terminal: flags first, then a table an attribute, then what to expect."""

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..attributes import attribute as attribute_of
from ..errors import ModelError
from ..history import Point, Series, Timeline, is_before, model_name
from ..pipeline import Options
from ..plain_words import BASIS_IN_SHORT, region_words
from ..record import Treatment
from ..recovery import NOT_A_DIAGNOSIS
from ..terminal import decimals, signed

__all__ = ["timeline_report"]

_STYLE = {"improved": "cyan", "worse": "bold yellow", "not measurable": "dim"}
_LEVEL = {"emergency": "bold red", "contact": "bold yellow", "watch": "yellow", "expected": "dim"}
_PADDING = (0, 1, 0, 0)
_Row = tuple[str | Text, ...]
_HEADS = ("session", "shots", "change", "95 % interval", "detect-\nable", "verdict", "since\nlast")
_SHOTS, _NUMBERS = 1, (1, 2, 3, 4, 6)  # columns


def timeline_report(
    timeline: Timeline,
    attribute: str | None = None,
    basis: str | None = None,
    region: str | None = None,
) -> RenderableType:
    """Say what a timeline shows.

    Parameters
    ----------
    timeline : Timeline
    attribute, basis, region : str, optional
        What to show of it; the whole, and all of the rest, where not given.

    Returns
    -------
    RenderableType
    """
    return Group(
        *_heading(timeline),
        *_flags(timeline),
        *(
            part
            for one in _chosen(timeline, attribute, basis, region)
            for part in _table(timeline, one)
        ),
        *_outlook(timeline),
        Text(NOT_A_DIAGNOSIS),
    )


def _chosen(
    timeline: Timeline, attribute: str | None, basis: str | None, region: str | None
) -> Iterator[Series]:
    for one in timeline.all_series if region else timeline.headlines:
        wanted = (attribute, basis, region or timeline.whole)
        has = (one.kind.attribute, one.kind.basis, one.kind.region)
        if all(w in (None, h) for w, h in zip(wanted, has, strict=True)):
            yield one


def _heading(timeline: Timeline) -> Iterator[Text]:
    person, site = timeline.subject.pseudonym, timeline.site.name
    if timeline.baseline is None:
        yield Text(f"{person}, {site}: no session yet; skindelta record session add {person} ...")
        return
    first, last = (f"{timeline.sessions[n].taken_at:%Y-%m-%d}" for n in (0, -1))
    count = len(timeline.sessions)
    many = f"{count} session{'' if count == 1 else 's'}, {first} to {last}"
    yield Text(f"{person}, {site}: {many}; measured by {timeline.model}")
    yield Text(f"held against the session of {timeline.baseline.taken_at:%Y-%m-%d}")
    if len(timeline.versions) > 1:
        yield Text(
            f"measured by several versions of skindelta ({', '.join(timeline.versions)}): "
            f"skindelta record rescore {person} --again makes them one",
            style="yellow",
        )
    if timeline.unscored:
        yield Text(
            f"{timeline.unscored} shots are not measured against it yet: "
            f"skindelta record rescore {person}{_model(timeline)}",
            style="yellow",
        )


def _model(timeline: Timeline) -> str:
    """How to ask for the model of a timeline, where it is not the one in use."""
    try:
        in_use = model_name(Options())
    except ModelError:
        in_use = ""
    name = timeline.model.partition("+")[0]  # its digest is no part of how it is asked for
    return "" if timeline.model == in_use else f" --model {name}"


def _flags(timeline: Timeline) -> Iterator[RenderableType]:
    if not timeline.flags:
        return
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    for flag in timeline.flags:
        style = _LEVEL[flag.level]
        table.add_row(Text(flag.level, style), f"{flag.at:%Y-%m-%d}", Text(flag.text))
    yield Text()
    yield table


def _table(timeline: Timeline, series: Series) -> Iterator[RenderableType]:
    kind = series.kind
    label = f"{attribute_of(kind.attribute).label} {BASIS_IN_SHORT[kind.basis]} ({kind.unit})"  # type: ignore[index]
    where = "" if kind.region == timeline.whole else f", {region_words(kind.region)}"
    yield Text(f"\n{label}{where}", style="bold")
    if not series.measured:
        yield Text(f"  {_nothing(series)}")
        return
    yield _drawn(list(_rows(timeline, series)), any(point.taken > 1 for point in series.points))
    yield from _below(timeline, series)


def _drawn(rows: list[_Row], with_shots: bool) -> Table:
    """Draw the rows; without a column of shots 80 columns hold the others whole."""
    shown = [n for n in range(len(_HEADS)) if n != _SHOTS or with_shots]
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="", padding=(0, 1, 0, 0))
    for n in shown:
        table.add_column(_HEADS[n], justify="right" if n in _NUMBERS else "left")
    for row in rows:
        table.add_row(*(row[n] for n in shown))
    return table


def _rows(timeline: Timeline, series: Series) -> Iterator[_Row]:
    """Sessions, and treatments between them."""
    steps = {step.session.id: step for step in series.steps}
    treatments = sorted(timeline.treatments, key=lambda one: one.at)
    for point in series.points:
        while treatments and not is_before(point.session.taken_at, treatments[0].at):
            yield _treatment(treatments.pop(0))
        yield _row(timeline, series.kind.unit, point, steps.get(point.session.id))
    yield from map(_treatment, treatments)


def _row(timeline: Timeline, unit: str, point: Point, step: Point | None) -> _Row:
    mark = "*" if timeline.is_too_early(point.session) else ""
    day = f"{point.session.taken_at:%Y-%m-%d}{mark}"
    number = decimals(unit)
    since = signed(step.value, number) if step is not None and step.value is not None else ""
    since += "!" if step is not None and step.verdict in ("improved", "worse") else ""
    if point.is_baseline:
        return day, str(point.taken), "", "", "", Text("baseline", "dim"), since
    if point.value is None:
        return day, f"0/{point.taken}", "", "", "", Text("not measurable", "dim"), ""
    verdict = point.verdict
    if point.is_earlier and verdict in ("improved", "worse"):
        verdict = "improved since" if verdict == "improved" else "worse since"  # type: ignore[assignment]
    shots = str(point.shots) if point.shots == point.taken else f"{point.shots}/{point.taken}"
    return (
        day,
        shots,
        signed(point.value, number),
        f"{signed(point.low or 0.0, number)} to {signed(point.high or 0.0, number)}",
        f"{point.sdc:.{number}f}",
        Text(verdict, _STYLE.get(point.verdict, "")),
        since,
    )


def _treatment(one: Treatment) -> _Row:
    depth = f" {one.depth_mm:g} mm" if one.depth_mm is not None else ""
    return f"{one.at:%Y-%m-%d}", "", "", "", "", Text(f"{one.kind}{depth}", "cyan"), ""


def _nothing(series: Series) -> str:
    gaps = {point.reason for point in series.gaps}
    if gaps:
        return f"not measurable: {'; '.join(sorted(gaps))}"
    return "nothing to compare yet: the baseline is the only session"


def _below(timeline: Timeline, series: Series) -> Iterator[Text]:
    """Say what the table rests on: gaps, early sessions, own noise, trend."""
    unit = series.kind.unit
    number = decimals(unit)
    for point in series.gaps:
        yield Text(f"  {point.session.taken_at:%Y-%m-%d}: {point.reason}")
    if any(timeline.is_too_early(point.session) for point in series.points):
        yield Text("  * within two weeks of a treatment: healing, not a result")
    if any(step.verdict in ("improved", "worse") for step in series.steps):
        yield Text("  ! more than can be told from no change since the session before")
    if any(point.is_earlier and point.value is not None for point in series.points):
        yield Text("  since: from that session to the baseline, which is the later of both")
    if series.own is not None and series.own.is_enough:
        yield Text(
            f"  your own shots repeat within {1.96 * series.own.sigma:.{number}f} {unit} in a "
            "session; what is detectable takes that into account"
        )
    yield Text(f"  {trend_words(series)}")


def trend_words(series: Series) -> str:
    """Say whether values drift."""
    trend, unit = series.trend, series.kind.unit
    left = f"; left out: {series.left_out_words}" if series.left_out_words else ""
    if trend is None:
        return f"no trend: {series.no_trend}{left}"
    number = decimals(unit)
    per = f"{signed(trend.slope, number)} {unit} in four weeks"
    within = (
        f"99 %: {signed(trend.low, number)} to {signed(trend.high, number)}; "
        f"{trend.sessions} sessions"
    )
    if trend.is_beyond_noise:
        return f"trend: {per} ({within}){left}"
    return f"no trend beyond noise: {per} ({within}){left}"


def _outlook(timeline: Timeline) -> Iterator[Text]:
    told = timeline.outlook
    if told.treatment is None:
        return
    one = told.treatment
    days = (timeline.now.date() - one.at.date()).days
    ago = "today" if days < 1 else "yesterday" if days == 1 else f"{days} days ago"
    yield Text(f"\nAfter {one.kind} of {one.at:%Y-%m-%d} ({ago})", style="bold")
    for row in told.expected:
        yield Text(f"  still usual: {row.text}")
    for text in told.aftercare:
        yield Text(f"  {text}")
    if told.watch:
        look = ", ".join(f"{at:%Y-%m-%d}" for at in told.watch)
        yield Text(f"  look for new dark spots on {look}")
    if told.due:
        due = ", ".join(f"{at:%Y-%m-%d}" for at in told.due)
        yield Text(f"  photos can show a result on {due}")
