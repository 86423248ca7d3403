"""The page Model: what is in use, labels so far, training, and choosing what came out."""

from collections.abc import Callable
from typing import Any, NamedTuple

import gradio as gr

from ...errors import LabelError, ModelError
from ...plain_words import sentence
from ..events import QUIET
from ..fresh import fresh
from ..serving.visitors import Visit
from ..shared import Shared
from ..trouble import sentence_of, told
from ..words import notice
from . import cards, choosing, labelled, progress
from .training import BUSY, INSTALL, Now, Trainer, has_extra

__all__ = ["build_model"]

LIVE = '<div role="status" aria-live="polite">${value}</div>'
HEAD = """## Model
A model is what reads redness, spots and texture from photos. One comes with skindelta. If it does
not see what you see, you can give it labels of your own photos, let it learn from them, and find
out, on people it never learnt from, whether that made it better."""
NO_LABELS = "there are no labels yet: give some on the page Label, then train"


class _Models(NamedTuple):
    """What there is to choose from."""

    in_use: gr.HTML
    back: gr.Button
    models: gr.Radio
    card: gr.HTML
    against: gr.HTML
    reason: gr.Textbox
    use: gr.Button
    answer: gr.HTML


class _Training(NamedTuple):
    """Labels, and what learns from them."""

    labels: gr.HTML
    name: gr.Textbox
    start: gr.Button
    stop: gr.Button
    answer: gr.HTML
    said: gr.HTML
    progress: gr.HTML


def build_model(shared: Shared, tab: gr.Tab) -> None:
    """Lay out the page inside its tab; what it says is put in when somebody looks."""
    gr.Markdown(HEAD, elem_id="model-head")
    models, training = _lay_out_models(), _lay_out_training()
    trainer = Trainer(_variables(shared))
    _connect_models(shared, models)
    _connect_training(shared, trainer, models, training)

    def look(chosen: str | None, name: str, request: gr.Request) -> dict[Any, Any]:
        now = trainer.look()
        return {
            **_models_shown(shared, models, chosen),
            **_training_shown(training, now),
            training.labels: _labels_shown(shared, request),
            training.name: name or now.name,
            models.answer: "",
            training.answer: "",
        }

    tab.select(told(look), [models.models, training.name], [*models, *training], **QUIET)


def _lay_out_models() -> _Models:
    with gr.Accordion("In use now", open=True, elem_id="model-in-use"):
        in_use = gr.HTML(elem_id="model-used", padding=False)
        back = gr.Button("One step back", interactive=False, elem_id="model-back")
    with gr.Accordion("Choose a model", open=True, elem_id="model-choosing"):
        models = gr.Radio([], label="Models", elem_id="model-list")
        card = gr.HTML(elem_id="model-card", padding=False)
        against = gr.HTML(html_template=LIVE, elem_id="model-against", padding=False)
        reason = gr.Textbox(
            label="Use it in spite of that, because …",
            info="Your words are kept in its card, with the day.",
            max_length=500,
            max_lines=4,
            visible=False,
            elem_id="model-reason",
        )
        use = gr.Button("Use this one", variant="primary", interactive=False, elem_id="model-use")
        answer = gr.HTML(html_template=LIVE, elem_id="model-answer", padding=False)
    return _Models(in_use, back, models, card, against, reason, use, answer)


def _lay_out_training() -> _Training:
    with gr.Accordion("Labels so far", open=True, elem_id="model-labelled"):
        labels = gr.HTML(elem_id="model-labels", padding=False)
    with gr.Accordion("Train a new model from the labels", open=True, elem_id="model-train"):
        said = gr.HTML(html_template=LIVE, elem_id="model-said", padding=False)
        shown = gr.HTML(
            elem_id="model-progress",
            padding=False,
            apply_default_css=False,
            js_on_load=progress.TRAINING_EVENTS,
        )
        name = gr.Textbox(
            label="Name of the new model",
            info="Letters, digits, - and _. A name that is there already gets its next version.",
            placeholder="my-clinic",
            max_lines=1,
            max_length=64,
            elem_id="model-name",
        )
        with gr.Row(elem_id="model-buttons"):
            start = gr.Button(
                "Start training", variant="primary", interactive=False, elem_id="model-start"
            )
            stop = gr.Button("Stop", visible=False, elem_id="model-stop")
        answer = gr.HTML(html_template=LIVE, elem_id="model-told", padding=False)
    return _Training(labels, name, start, stop, answer, said, shown)


def _connect_models(shared: Shared, models: _Models) -> None:
    """Say what picking, using and going back do."""

    def pick(chosen: str | None) -> dict[Any, Any]:
        return {**_models_shown(shared, models, chosen), models.answer: ""}

    def changed(act: Callable[[], str], chosen: str | None, ended: str) -> dict[Any, Any]:
        try:
            now = act()
        except Exception as error:
            return {models.answer: notice(sentence_of(error), "bad")}
        said = notice(f"{now.replace('@', ' ')} {ended}", "good")
        return {**_models_shown(shared, models, chosen), models.answer: said}

    def use(chosen: str | None, reason: str) -> dict[Any, Any]:
        return changed(lambda: choosing.use(chosen or "", reason or ""), chosen, "is in use now")

    def back() -> dict[Any, Any]:
        return changed(choosing.go_back, None, "is in use again")

    each: dict[str, Any] = {"api_visibility": "private", "show_progress_on": models.answer}
    models.models.input(told(pick), models.models, [*models], trigger_mode="always_last", **QUIET)
    gr.on(
        [models.use.click, models.reason.submit],
        use,
        [models.models, models.reason],
        [*models],
        trigger_mode="once",
        **each,
    )
    models.back.click(back, None, [*models], trigger_mode="once", **each)


def _connect_training(
    shared: Shared, trainer: Trainer, models: _Models, training: _Training
) -> None:
    """Say what starts, stops and follows a training."""
    shown = [training.start, training.stop, training.answer, training.said, training.progress]

    def begin(name: str, request: gr.Request) -> dict[Any, Any]:
        try:
            found = _labelled(shared, shared.visitors.visit(request))
            if found.labels is None:
                raise LabelError(found.trouble or NO_LABELS)
            trainer.start(name or "", found.file, found.labels)
        except Exception as error:
            return {training.answer: notice(sentence_of(error), "bad")}
        return {**_training_shown(training, trainer.look()), training.answer: ""}

    def stop() -> dict[Any, Any]:
        trainer.stop()
        return {**_training_shown(training, trainer.look()), training.answer: ""}

    def follow() -> dict[Any, Any]:
        now = trainer.look()
        news = _training_shown(training, now)
        if now.state == "done" and now.status is not None:  # asked no more: it is said once
            news |= _models_shown(shared, models, now.status.model)
        return news

    gr.on(
        [training.start.click, training.name.submit],
        begin,
        training.name,
        shown,
        trigger_mode="once",
        concurrency_limit=1,
        api_visibility="private",
        show_progress_on=training.answer,
    )
    training.stop.click(told(stop), None, shown, **QUIET)
    training.progress.look(told(follow), None, [*models, *shown], trigger_mode="once", **QUIET)


def _models_shown(shared: Shared, models: _Models, chosen: str | None) -> dict[Any, Any]:
    """Show what is in use, and the model that is picked: the one in use where none is."""
    now = choosing.in_use()
    try:
        known = choosing.known_models()
    except ModelError as error:
        return {models.in_use: notice(sentence(str(error)), "bad")}
    broken = "".join(notice(sentence(one), "bad") for one in choosing.troubles())
    used = cards.in_use_html(now, known, shared.options)
    by_name = {one.model: one for one in known}
    shown = by_name.get(chosen or "") or by_name.get(now.model) or known[0]
    is_used = shown.model == now.model
    reasons = () if is_used else choosing.against(shown.model)
    back = f"One step back, to {now.before.replace('@', ' ')}" if now.before else "One step back"
    return {
        models.in_use: fresh(used + cards.who_may_html(shared.signs_in) + broken),
        models.back: gr.update(value=back, interactive=bool(now.before)),
        models.models: gr.update(
            choices=[(cards.label_of(one, now.model), one.model) for one in known],
            value=shown.model,
        ),
        models.card: fresh(cards.card_html(shown)),
        models.against: cards.against_html(reasons),
        models.reason: gr.update(visible=bool(reasons), value=""),
        models.use: gr.update(
            value="This one is in use" if is_used else "Use this one", interactive=not is_used
        ),
    }


def _training_shown(training: _Training, now: Now) -> dict[Any, Any]:
    """Show how the training is."""
    busy = now.state in BUSY
    said = progress.said_html(now)
    if not has_extra() and not busy:
        said = notice(INSTALL, "bad") + (said if now.state != "none" else "")
    return {
        training.start: gr.update(interactive=has_extra() and not busy),
        training.stop: gr.update(
            visible=busy,
            interactive=now.state != "stopping",
            value="Stopping …" if now.state == "stopping" else "Stop",
        ),
        training.said: said,
        training.progress: progress.progress_html(now),
    }


def _labelled(shared: Shared, visit: Visit) -> labelled.Labelled:
    return labelled.look(shared.labels_file, labelled.finding(shared.records, visit))


def _labels_shown(shared: Shared, request: gr.Request) -> str:
    """Say what there is to learn from, or why it cannot be told."""
    try:
        return fresh(labelled.labels_html(_labelled(shared, shared.visitors.visit(request))))
    except Exception as error:
        return notice(sentence_of(error), "bad")


def _variables(shared: Shared) -> dict[str, str]:
    """Say to the process that trains which record the page has."""
    found = {"SKINDELTA_RECORD": str(shared.records.folder.absolute())}
    if shared.records.url is not None:
        found["SKINDELTA_DATABASE"] = shared.records.url
    if shared.records.passphrase is not None:
        found["SKINDELTA_PASSPHRASE"] = shared.records.passphrase
    return found
