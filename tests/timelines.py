"""Timelines made of numbers that tests know: no photo is measured for them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from skindelta.contract import comparison_to_dict
from skindelta.history import Timeline
from skindelta.history.points import Compared
from skindelta.record import Session, Site, StoredPhoto, Subject, Symptom, Treatment
from test_report import comparison, score

START = datetime(2023, 1, 5, 9, tzinfo=UTC)
WHY = "the light differs; use one lamp"
KINDS = {
    "red": ("redness", "absolute"),
    "red_relative": ("redness", "relative"),
    "dark": ("hyperpigmentation", "relative"),
    "rough": ("texture", "absolute"),
}


def document(**values):
    """A stored comparison; of each kind (value, half of the interval), or why there is none."""
    scores = []
    for name, (attribute, basis) in KINDS.items():
        value = values.get(name, WHY)
        about = {"attribute": attribute, "basis": basis}
        if isinstance(value, str):
            scores.append(score(None, **about, reason=value))
        else:
            scores.append(score(value[0], value[1], sdc=value[1], **about))
    return comparison_to_dict(comparison(*scores))


def session(number, days, shots=1):
    """The first one is the baseline."""
    photos = tuple(
        StoredPhoto(f"{shot:064x}", f"IMG_{shot}.jpg", 1000, id=UUID(int=10_000 + shot))
        for shot in range(shots)
    )
    at = START + timedelta(days=days)
    return Session(at, "face", photos, number == 0, id=UUID(int=number + 1))


def timeline(*later, shots=1, treatments=(), symptoms=(), **other):
    """A timeline of a baseline and one session per (days, values of its document)."""
    sessions = [session(0, 0, shots)]
    sessions += [session(number, days, shots) for number, (days, _) in enumerate(later, 1)]
    measured = {
        one.id: (Compared.of(document(**values)),) * shots
        for one, (_, values) in zip(sessions[1:], later, strict=True)
    }
    last = max(one.taken_at for one in sessions)
    about = {
        "subject": Subject("P-017", id=UUID(int=1)),
        "site": Site("face", id=UUID(int=2)),
        "model": "formula",
        "now": last + timedelta(days=1),
        "sessions": tuple(sorted(sessions, key=lambda one: one.taken_at)),
        "baseline": sessions[0],
        "treatments": tuple(treatments),
        "symptoms": tuple(symptoms),
        "comparisons": measured,
    }
    return Timeline(**(about | other))


def treatment(days, kind="microneedling", number=1, **other):
    """A treatment so many days after the baseline."""
    return Treatment(START + timedelta(days=days), kind, id=UUID(int=500 + number), **other)


def symptom(days, kind, severity=2, note="", number=1):
    """Something reported so many days after the baseline."""
    at = START + timedelta(days=days)
    return Symptom(at, kind, severity, note, id=UUID(int=600 + number))


def fading(sessions=8, apart=21, slope=-0.4, **other):
    """Redness that fades steadily, spots that stay, texture that is never measurable."""
    return timeline(
        *(
            (apart * n, {"red": (slope * n, 0.9), "dark": (0.1 * (-1) ** n, 0.6)})
            for n in range(1, sessions)
        ),
        **other,
    )


def empty():
    """A person with no session yet."""
    return timeline(now=START, sessions=(), baseline=None, comparisons={})
