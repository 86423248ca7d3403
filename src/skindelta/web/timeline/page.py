"""The page Timeline: widgets, and which of them calls what.

Everything that is read is shown by one handler, which runs when the tab is opened, when a person or
site is chosen, and when the record changed. Which sessions lie side by side, and what the chart
shows, is kept apart, so that neither reads the rest again. Answers say whose they are, and the
browser shows them only under that person: they may come when another one is chosen.
"""

import time
from typing import Any

import gradio as gr

from .. import words
from ..entries.in_place import MEASURING, ONCE
from ..entries.page import build_entries
from ..entries.whose import TELL_WHO
from ..events import QUIET, put_off
from ..serving.visitors import Visit
from ..shared import Shared
from ..trouble import told
from .answers import Answers, marked, pressed_of
from .page_newcomer import build_newcomer
from .view import People, Reading, people_of, read
from .widgets import PAIR_HINT, Example, Page, Pressed, lay_out_empty, lay_out_reading

__all__ = ["build_timeline"]

CHOOSE = '<p class="sd-note">Choose a person to see their sessions.</p>'


def build_timeline(shared: Shared, tab: gr.Tab) -> None:
    """Lay out the page inside its tab."""
    changed, shown = gr.State(0), gr.State("")
    pressed = Pressed(gr.State(""), gr.State(""), gr.State(0))
    with gr.Row(elem_id="timeline-who"):
        person = gr.Dropdown([], value=None, label="Person", elem_id="person", scale=2)
        site = gr.Dropdown(
            ["face"], value="face", label="Body site", visible=False, elem_id="site", scale=1
        )
    top = gr.HTML(elem_id="timeline-top", padding=False)
    example = lay_out_empty()
    adding = gr.Accordion("Add a person", open=False, elem_id="add-person")
    with adding:
        build_newcomer(shared, person, changed)
    who = [person, site]  # told before all else that hears it
    gr.on([person.change, site.change], None, who, None, js=TELL_WHO, **QUIET)
    with gr.Column(visible=False, elem_id="reading") as reading:
        parts = lay_out_reading()
        build_entries(shared, person, site, changed)
    states = (changed, shown, pressed)
    page = Page(person, site, *states, example.column, top, adding, reading, *parts)
    _connect_reading(shared, tab, page)
    _connect_photos(shared, page)
    _connect_work(shared, page, example)


# ---------------------------------------------------------------------- what is read


def _connect_reading(shared: Shared, tab: gr.Tab, page: Page) -> None:
    """Read when the tab opens, when somebody is chosen, and when the record changed."""

    def show(
        person: str | None,
        site: str | None,
        series: str | None,
        region: str | None,
        chosen: str,
        against: str,
        before: str,
        request: gr.Request,
    ) -> dict[Any, Any]:
        visit = shared.visitors.visit(request)
        people = people_of(shared, visit)
        who = people.chosen(person)
        if who is None:
            return _nobody(page, people, person)
        pair = pressed_of((who, site), chosen), pressed_of((who, site), against)
        reading = read(shared, visit, who, site, series or "", region or "", pair)
        filled = _somebody(page, people, (person, site), who, reading)
        here = marked((who, reading.site), "")
        stays = before == here and reading.has_pair
        return filled if stays else filled | _cleared(page, here)

    filled = [
        *(page.person, page.site, page.empty, page.top, page.adding, page.reading, page.status),
        *(page.locked, page.unscored, page.flags, page.latest, page.gallery, page.charted),
        *(page.series, page.region, page.chart, page.sessions, page.now, page.next),
        *(page.shown, *page.pressed[:2], page.pair, page.did, page.large),
    ]
    read_from = [
        *(page.person, page.site, page.series, page.region),
        *(*page.pressed[:2], page.shown),
    ]
    # One line for all: the last answer is of who is chosen last.
    read_again = put_off(
        [tab.select, page.changed.change, page.person.input, page.site.input],
        told(show),
        read_from,
        filled,
        **QUIET,
    )
    read_again.then(None, [page.person, page.site], None, js=TELL_WHO, **QUIET)


def _cleared(page: Page, shown: str) -> dict[Any, Any]:
    """Return the updates that take away what was shown of somebody else."""
    return {
        page.shown: shown,
        page.pressed.chosen: "",
        page.pressed.against: "",
        page.pair: PAIR_HINT,
        page.did: "",
        page.large: "",
    }


def _nobody(page: Page, people: People, asked: str | None) -> dict[Any, Any]:
    """Show that nobody is chosen, or that there is nobody."""
    is_empty = not people.choices
    if people.trouble:
        top = words.notice(people.trouble, "bad")
    elif asked is not None and not is_empty:
        top = words.notice(f"{asked} is no longer in the record: choose somebody else")
    else:
        top = "" if is_empty else CHOOSE
    emptied = dict.fromkeys(
        (
            page.status,
            page.flags,
            page.latest,
            page.gallery,
            page.chart,
            page.sessions,
            page.next,
        ),
        "",
    )
    return (
        _cleared(page, "")
        | emptied
        | {
            page.person: gr.update(choices=list(people.choices), value=None, visible=not is_empty),
            page.site: gr.update(visible=False),
            page.empty: gr.update(visible=is_empty and not people.trouble),
            page.top: top,
            page.adding: gr.update(open=False, visible=not is_empty or bool(people.trouble)),
            page.reading: gr.update(visible=False),
        }
    )


def _chosen(asked: str | None, found: str) -> dict[str, Any]:
    """Return what chooses something, where it is not: another may be chosen by now."""
    return {} if asked == found else {"value": found}


def _somebody(
    page: Page, people: People, asked: tuple[str | None, str | None], person: str, reading: Reading
) -> dict[Any, Any]:
    """Show a person; `asked` is the person and the body site that were chosen."""
    chooser = gr.update(choices=list(people.choices), visible=True, **_chosen(asked[0], person))
    common = {page.person: chooser, page.empty: gr.update(visible=False), page.top: ""}
    common[page.adding] = gr.update(open=False, visible=True)
    if not reading.is_there:
        gone = {page.top: reading.status, page.reading: gr.update(visible=False)}
        return common | gone | {page.site: gr.update(visible=False)}
    sites = gr.update(
        choices=list(reading.sites),
        visible=len(reading.sites) > 1,
        **_chosen(asked[1], reading.site),
    )
    return common | {
        page.site: sites,
        page.reading: gr.update(visible=True),
        page.status: reading.status,
        page.locked: gr.update(visible=reading.is_locked),
        page.unscored: gr.update(visible=reading.unscored > 0 and not reading.is_locked),
        page.flags: reading.flags,
        page.latest: reading.latest,
        page.gallery: reading.gallery,
        page.charted: gr.update(visible=bool(reading.gallery)),
        page.series: gr.update(choices=list(reading.measures), value=reading.measure),
        page.region: gr.update(choices=list(reading.regions), value=reading.region),
        page.chart: reading.chart,
        page.sessions: reading.sessions,
        page.now: gr.update(open=reading.is_healing),
        page.next: reading.next,
    }


# ---------------------------------------------------------------------- photos and chart


def _connect_photos(shared: Shared, page: Page) -> None:
    """Say what a press on a photo or a point shows."""
    answers = Answers(shared)

    def press(person: str, site: str, event: gr.EventData) -> tuple[str, float]:
        return marked((person, site), answers.named(event)), time.time()

    def lay(
        person: str,
        site: str,
        chosen: str,
        against: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> Any:
        who = person, site
        visit = shared.visitors.visit(request)
        pair = pressed_of(who, chosen), pressed_of(who, against)
        return answers.pair(visit, who, *pair, progress) if any(pair) else gr.skip()

    def enlarge(person: str, site: str, event: gr.EventData, request: gr.Request) -> str:
        visit = shared.visitors.visit(request)
        return answers.large(visit, (person, site), answers.named(event), answers.shot(event))

    def draw(
        person: str,
        site: str,
        series: str,
        region: str,
        chosen: str,
        against: str,
        request: gr.Request,
    ) -> str:
        visit = shared.visitors.visit(request)
        who = person, site
        pair = pressed_of(who, chosen), pressed_of(who, against)
        return answers.chart(visit, who, (series, region), pair)

    who = [page.person, page.site]
    chosen, against, at = page.pressed
    each: dict[str, Any] = QUIET | {"trigger_mode": "multiple"}
    # What was pressed is noted at once; an event that waits its turn forgets what it was told.
    for source in (page.gallery, page.chart):
        source.choose(told(press), who, [chosen, at], **each)
    page.gallery.against(told(press), who, [against, at], **each)
    at.change(
        told(lay),
        [*who, chosen, against],
        page.pair,
        show_progress_on=page.pair,
        trigger_mode="always_last",
        api_visibility="private",
        **MEASURING,
    )
    for source in (page.gallery, page.large):
        source.open(told(enlarge), who, page.large, **each)
    put_off(
        [page.series.input, page.region.input],
        told(draw),
        [*who, page.series, page.region, chosen, against],
        page.chart,
        **QUIET,
    )


# ---------------------------------------------------------------------- work


def _connect_work(shared: Shared, page: Page, example: Example) -> None:
    """Open photos, measure what was not measured, load the example."""
    answers = Answers(shared)

    def unlock(passphrase: str, request: gr.Request) -> tuple[str, str, Any]:
        visit = shared.visitors.visit(request)
        trouble = answers.unlock(visit, passphrase)
        return trouble, "", gr.skip() if trouble else time.time()

    def measure(
        person: str,
        site: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[str, float]:
        visit = shared.visitors.visit(request)
        told_of = answers.measure(visit, (person, site), progress)
        return told_of, time.time()

    def load(
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[Any, str, Any]:
        visit = shared.visitors.visit(request)
        person, trouble = answers.example(visit, progress)
        if trouble:
            return gr.skip(), trouble, gr.skip()
        return _also(shared, visit, person), "", time.time()

    gr.on(
        [page.open.click, page.passphrase.submit],
        told(unlock),
        page.passphrase,
        [page.did, page.passphrase, page.changed],
        show_progress_on=page.did,
        trigger_mode="once",
        api_visibility="private",
    )
    example.add.click(
        lambda: gr.update(open=True, visible=True),
        None,
        page.adding,
        **QUIET,
    )
    work = ONCE | MEASURING
    page.measure.click(
        told(measure),
        [page.person, page.site],
        [page.did, page.changed],
        show_progress_on=page.did,
        **work,
    )
    example.button.click(
        told(load),
        None,
        [page.person, example.answer, page.changed],
        show_progress_on=example.answer,
        **work,
    )


def _also(shared: Shared, visit: Visit, person: str) -> Any:
    """Return the update that chooses somebody new."""
    return gr.update(choices=list(people_of(shared, visit).choices), value=person)
