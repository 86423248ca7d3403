"""The form of sessions: photos in, dates and notes corrected, sessions deleted."""

from collections.abc import Callable
from typing import Any, NamedTuple

import gradio as gr

from ...errors import SkinDeltaError
from ...formats import PHOTO_SUFFIXES
from ...history import Scored
from ...record import Session
from ..shared import Shared
from . import session_entries
from .checklists import before_photos
from .filling import Seen, changed_entry, fills
from .in_place import (
    MEASURING,
    ONCE,
    WIDE,
    Deleting,
    Following,
    answer_box,
    cleared,
    deleting,
    in_place,
    listed,
    now_changed,
    shown_while,
    someone,
)
from .session_entries import WHEN
from .whose import Answer, about, brings

__all__ = ["build_sessions"]

FILE_TYPES = ["image", *sorted(PHOTO_SUFFIXES)]  # "image" offers the camera on a phone


class _New(NamedTuple):
    """Widgets of a session that is added."""

    photos: gr.File
    checks: gr.HTML
    when: gr.Textbox
    baseline: gr.Checkbox
    note: gr.Textbox
    save: gr.Button
    answer: gr.HTML


class _Old(NamedTuple):
    """Widgets of a session that is there."""

    which: gr.Dropdown
    fields: gr.Column
    when: gr.Textbox
    note: gr.Textbox
    save: gr.Button
    hold: gr.Button
    delete: Deleting
    answer: gr.HTML


def build_sessions(
    shared: Shared, person: gr.Dropdown, site: gr.Dropdown, changed: gr.State
) -> list[Following]:
    """Lay out both forms, and connect them; return what follows the record."""
    new = _new()
    with gr.Accordion("Change or delete a session", open=False, elem_id="old-session"):
        old = _old()
    _connect_new(shared, new, person, site, changed)
    _connect_old(shared, old, person, changed)
    cleared([person.change, site.change], [old.answer], [""])
    return [listed(old.which, session_entries.session_choices)]


def _new() -> _New:
    with gr.Accordion("Before you take photos: checklist", open=False, elem_id="photo-checklist"):
        gr.HTML(before_photos(), padding=False)
    photos = gr.File(
        label="Photos of one session, three shots if you can",
        file_count="multiple",
        file_types=FILE_TYPES,
        height=190,
        elem_id="session-photos",
    )
    checks = answer_box("session-checks")
    with gr.Row():
        when = gr.Textbox(
            label="When they were taken",
            info=f"Empty: as the photos say. Otherwise {WHEN}",
            placeholder="as the photos say",
            min_width=WIDE,
            elem_id="session-when",
        )
        note = gr.Textbox(
            label="Note", info="Light, place, anything new.", min_width=WIDE, elem_id="session-note"
        )
    baseline = gr.Checkbox(
        label="Hold the other sessions against this one (the first one always is the baseline)",
        elem_id="session-baseline",
    )
    save = gr.Button("Save the session", variant="primary", elem_id="session-save")
    return _New(photos, checks, when, baseline, note, save, answer_box("session-answer"))


def _old() -> _Old:
    which = gr.Dropdown(
        label="Session", choices=[], value=None, filterable=False, elem_id="old-which"
    )
    with gr.Column(visible=False) as fields:
        with gr.Row():
            when = gr.Textbox(label="When it was", info=WHEN, min_width=WIDE, elem_id="old-when")
            note = gr.Textbox(
                label="Note", info="May be empty.", min_width=WIDE, elem_id="old-note"
            )
        with gr.Row():
            save = gr.Button("Save changes", variant="primary", elem_id="old-save")
            hold = gr.Button("Hold the others against this one", elem_id="old-hold")
        delete = deleting("Delete this session with its photos", "old")
    return _Old(which, fields, when, note, save, hold, delete, answer_box("old-answer"))


def _connect_new(
    shared: Shared, new: _New, person: gr.Dropdown, site: gr.Dropdown, changed: gr.State
) -> None:
    def check(who: str | None, where: str, paths: list[str] | None, request: gr.Request) -> str:
        if not who or not paths:
            return ""
        visit = shared.visitors.visit(request)
        owned = [visit.own(path) for path in paths]
        record = shared.records.of(visit)
        theirs = about(visit, record.subject(who))
        return session_entries.shots_looked_at(record, who, where, owned, theirs)

    def save(
        who: str | None,
        where: str,
        paths: list[str] | None,
        when: str,
        baseline: bool,
        note: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> list[Any]:
        visit = shared.visitors.visit(request)
        owned = [visit.own(path) for path in paths or ()]
        if not owned:
            raise SkinDeltaError("add at least one photo first; three shots are better")
        progress(0.05, desc="Reading the photos")
        told = session_entries.saved_session(
            shared.records.of(visit),
            someone(who),
            where,
            owned,
            when,
            baseline,
            note.strip(),
            _telling(progress),
            shared.options,
        )
        return [Answer(told, [None, "", "", False, ""]), now_changed()]

    emptied = [new.photos, new.checks, new.when, new.baseline, new.note]
    new.photos.change(
        in_place(check, whose=2),
        [person, site, new.photos],
        new.checks,
        show_progress_on=new.checks,
        api_visibility="private",
        **MEASURING,
    )
    saved = new.save.click(
        in_place(save, 1, 2, "the session was saved"),
        [person, site, new.photos, new.when, new.baseline, new.note],
        [new.answer, changed],
        show_progress_on=new.answer,
        **ONCE,
        **MEASURING,
    )
    brings(saved, new.answer, [person, site], emptied)
    cleared([person.change, site.change], [new.answer, *emptied], ["", None, "", "", False, ""])


def _connect_old(shared: Shared, old: _Old, person: gr.Dropdown, changed: gr.State) -> None:
    def save(
        who: str | None,
        which: str | None,
        when: str,
        note: str,
        seen: Seen,
        request: gr.Request,
    ) -> list[Any]:
        record = shared.records.of(shared.visitors.visit(request))
        person = someone(who)
        return changed_entry(
            seen,
            person,
            which or "",
            lambda old: session_entries.changed_session(
                record, person, which, when, note.strip(), old
            ),
            lambda: session_entries.session_of(record, person, which),
            _values,
        )

    def hold(
        who: str | None,
        which: str | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> list[Any]:
        record = shared.records.of(shared.visitors.visit(request))
        progress(0.05, desc="Measuring against it")
        told = session_entries.baseline_chosen(
            record, someone(who), which, _telling(progress), shared.options
        )
        return [told, now_changed()]

    def delete(who: str | None, which: str | None, request: gr.Request) -> list[Any]:
        record = shared.records.of(shared.visitors.visit(request))
        return [session_entries.deleted_session(record, someone(who), which), now_changed()]

    seen, fields = gr.State(Seen()), [old.when, old.note]
    read = session_entries.session_of
    fills(shared, [person], old.which, read, _values, ["", ""], (old.answer, seen, fields))
    shown_while(old.which, old.fields)
    told = [old.answer, changed]
    saved = old.save.click(
        in_place(save, 2, 1, "the session was saved"),
        [person, old.which, *fields, seen],
        [*told, seen],
        show_progress_on=old.answer,
        **ONCE,
    )
    brings(saved, old.answer, [person], fields, old.which)
    old.hold.click(
        in_place(hold, 1, 1, "the sessions were measured against another baseline"),
        [person, old.which],
        told,
        show_progress_on=old.answer,
        **ONCE,
        **MEASURING,
    )
    old.delete.yes.click(
        in_place(delete, 1, 1, "the session was deleted"),
        [person, old.which],
        told,
        show_progress_on=old.answer,
        **ONCE,
    )


def _values(one: Session) -> list[Any]:
    """Return what the fields hold of a session."""
    return [session_entries.written(one.taken_at), one.note]


def _telling(progress: gr.Progress) -> Callable[[Scored], None]:
    """Count shots as they are done; how many there will be is not known, so it nears the end."""
    done = 0

    def tell(one: Scored) -> None:
        nonlocal done
        done += 1
        progress(1 - 0.9 * 0.8**done, desc=f"{session_entries.count_of(done, 'shot')} measured")

    return tell
