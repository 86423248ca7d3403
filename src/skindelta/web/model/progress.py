"""How a training is, as HTML: ``<sd-training>``, which asks again while it runs and is in sight."""

import time
from html import escape

from ...plain_words import sentence
from ..words import notice
from .curves import training_curves_html
from .training import BUSY, Now

__all__ = ["TRAINING_EVENTS", "progress_html", "said_html"]

TRAINING_EVENTS = "element.addEventListener('sd-look', () => trigger('look'));"
STAGES = {
    "photos": "reading the photos, and making known changes in them to practice on",
    "features": "the network looks at every photo",
    "learning": "learning from the labels",
    "writing": "writing the new model",
    "checking": "checking it on people it never saw, and on generated skin",
}
LATE = ("writing", "checking")  # a wish to stop is not heard any more
MOST_TOLD = 20  # warnings about labels; a screen
STOPPING = "Stopping: it ends after the photo or the step it is at."
TOO_LATE = "It is nearly done, and ends by itself; the new model is not put to use."
AGAIN = "It goes on where it was: press Start training again, with the same name and labels."
NOTHING = (
    "Training takes minutes. You can close this page, and even end skindelta meanwhile: it goes on "
    "by itself, and stands here when you come back. The model in use stays in use; whether to use "
    "the new one is for you to decide, when you have seen how they compare."
)


def said_html(now: Now) -> str:
    """Say how a training is, in a sentence that screen readers hear: it changes with the stage."""
    name = f"“{now.name}”"
    if now.state == "none":
        return f'<p class="sd-note">{NOTHING}</p>'
    if now.state == "starting":
        return _box(f"{name} is starting:", "its labels and photos are looked through …")
    if now.state in BUSY and now.status is not None:
        stages = list(STAGES)
        stage = now.status.stage
        step = f", step {stages.index(stage) + 1} of {len(stages)}" if stage in STAGES else ""
        told = STAGES.get(stage, "getting ready")
        wish = ""
        if now.state == "stopping":
            wish = f" {TOO_LATE if stage in LATE else STOPPING}"
        return _box(f"Training {name}{step}:", f"{told}.{wish}")
    if now.state == "stopped":
        return _box(f"The training of {name} was stopped.", AGAIN)
    if now.state == "failed":
        return notice(f"The training of {name} ended early. {sentence(now.message)}", "bad")
    model = now.status.model if now.status else ""
    return _box(
        f"{model.replace('@', ' ')} is trained.",
        "It is not in use yet: see above how it compares, then decide.",
        "sd-good",
    )


def progress_html(now: Now, at: float | None = None) -> str:
    """Show how far a training is: a bar, how long it runs, its curves.

    Parameters
    ----------
    now : Now
    at : float, optional
        Seconds since 1970; the clock where not given.
    """
    running = "yes" if now.state in BUSY else "no"
    inside = ""
    if now.state in BUSY:
        inside += _bar(now, time.time() if at is None else at)
    if now.status is not None:
        inside += _labels_log(now.status.log)
        inside += training_curves_html(now.checks)
    return (
        f'<sd-training class="sd-training sd-run" data-running="{running}">{inside}</sd-training>'
    )


def _bar(now: Now, at: float) -> str:
    """Show how far the stage is; where that is not known, that something happens."""
    status = now.status
    if status is None:
        return '<progress aria-label="Training"></progress>'
    amount, told = "", ""
    if status.of > 1 and status.done > 0:
        amount = f' value="{status.done}" max="{status.of}"'
        told = f"{status.done} of {status.of} · "
    return (
        f'<progress aria-label="This step of the training"{amount}></progress>'
        f'<p class="sd-note">{told}{_duration(at - status.since)} so far</p>'
    )


def _labels_log(log: tuple[str, ...]) -> str:
    told = [*log[:MOST_TOLD], *([f"and {len(log) - MOST_TOLD} more"] if log[MOST_TOLD:] else [])]
    items = "".join(f"<li>{escape(sentence(one))}</li>" for one in told)
    if not items:
        return ""
    return (
        f'<details class="sd-more"><summary>About its labels ({len(log)})</summary>'
        f'<ul class="sd-list">{items}</ul></details>'
    )


def _duration(seconds: float) -> str:
    whole = max(0, int(seconds))
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


def _box(title: str, text: str, kind: str = "") -> str:
    said = f"<strong>{escape(title)}</strong> {escape(text)}"
    return f'<div class="sd-status {kind}">{said}</div>'
