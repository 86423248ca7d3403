"""The form below a comparison that saves both photos as sessions."""

from collections.abc import Callable
from typing import Any, NamedTuple

import gradio as gr

from .. import words
from ..events import QUIET
from ..shared import Shared
from ..trouble import sentence_of, told
from .brought import Asked
from .page_photo import LIVE
from .saving import Wanted, people_of, save_pair, typed_time

__all__ = ["Saving", "build_saving"]

ABOUT = """Nothing of this comparison is kept unless you save it here. Both photos become sessions
of a person, and the page Timeline follows that person from then on."""
# In the browser alone: a tick that is set right after a name was typed stays.
NOT_AGREED = "() => false"
STEPS = ("Saving the before photo", "Saving the after photo")


class Saving(NamedTuple):
    """The form, and what fills it.

    Attributes
    ----------
    form : list of components
        What `prefilled` fills.
    prefilled : callable
        Handler: the form for what was compared.
    """

    form: list[Any]
    prefilled: Callable[..., list[Any]]


def build_saving(shared: Shared, asked: gr.State) -> Saving:
    """Lay out the form where it is called."""
    keeping = _Keeping(shared)
    with gr.Accordion("Save as sessions", open=False, elem_id="saving"):
        gr.HTML(f'<p class="sd-note">{ABOUT}</p>', padding=False)
        typed = _form()
        agreed = gr.Checkbox(
            label="A new person agreed that their photos are kept here and measured",
            elem_id="save-agreed",
        )
        save = gr.Button("Save both photos", elem_id="save", variant="secondary")
        answer = gr.HTML(html_template=LIVE, elem_id="saved", padding=False)
    save.click(
        told(keeping.keep),
        [asked, agreed, *typed],
        [answer],
        show_progress_on=answer,
        trigger_mode="once",
        concurrency_limit=2,
        concurrency_id="measuring",
        api_visibility="private",
    )
    typed[0].change(None, js=NOT_AGREED, outputs=[agreed], **QUIET)
    return Saving([*typed, agreed, answer], keeping.prefilled)


def _form() -> list[Any]:
    """Lay out what is typed: person, body site, both dates, note."""
    with gr.Row():
        person = gr.Dropdown(
            [],
            value=None,
            allow_custom_value=True,
            min_width=260,
            label="Person",
            info="Choose one, or write a pseudonym for a new one; never the real name.",
            elem_id="save-person",
        )
        site = gr.Textbox(
            "face", label="Body site", max_length=80, min_width=260, elem_id="save-site"
        )
    with gr.Row():
        dates = [
            gr.Textbox(
                label=f"The {which} photo was taken",
                info="Such as 2026-03-01, or 2026-03-01 09:30 (UTC).",
                max_length=40,
                min_width=260,
                elem_id=f"save-{which}-at",
            )
            for which in ("before", "after")
        ]
    note = gr.Textbox(label="Note", max_length=1000, elem_id="save-note")
    return [person, site, *dates, note]


class _Keeping:
    """What the form calls; each handler knows who asks by the request."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared

    def prefilled(self, request: gr.Request, compared: Asked | None) -> list[Any]:
        """Fill the form for what was compared; nothing that was typed for other photos stays."""
        if compared is None:
            return [gr.update(choices=[], value=None), "face", "", "", "", False, ""]
        people, trouble = [], ""
        try:
            people = people_of(self.shared.records, self.shared.visitors.visit(request))
        except Exception as error:  # the comparison stays, whatever is wrong with the record
            trouble = words.notice(sentence_of(error), "bad")
        return [
            gr.update(choices=people, value=None),
            "close-up" if compared.choice.close_up else "face",
            typed_time(compared.before),
            typed_time(compared.after),
            "",
            False,
            trouble,
        ]

    def keep(
        self,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
        compared: Asked | None = None,
        agreed: bool = False,
        *typed: str | None,
    ) -> str:
        """Save both photos."""
        person, site, before_at, after_at, note = (text or "" for text in typed)
        wanted = Wanted(person, site, before_at, after_at, note, agreed)
        visit = self.shared.visitors.visit(request)

        def tell(doing: str) -> None:
            progress((STEPS.index(doing) + 0.5) / len(STEPS), desc=doing)

        return save_pair(self.shared.records, visit, compared, wanted, tell)
