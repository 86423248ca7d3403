"""What is to be said of one treatment: what is usual after it, what to do, when to take photos."""

from typing import NamedTuple

from ..record import Subject, Treatment
from ..recovery import Flag, aftercare_on, expected_after, flags_of_plan, results_due
from .outlook import treated

__all__ = ["Aftermath", "aftermath"]


class Aftermath(NamedTuple):
    """What is usual after a treatment, in sentences.

    Attributes
    ----------
    not_known : str
        What to do where nothing is known of its kind; empty otherwise.
    flags : tuple of Flag
        What the plan itself deserves.
    usual, care : tuple of str
        What is usual afterwards, and what to do on the first day.
    photos : str
        When photos can show a result.
    """

    not_known: str = ""
    flags: tuple[Flag, ...] = ()
    usual: tuple[str, ...] = ()
    care: tuple[str, ...] = ()
    photos: str = ""


def aftermath(treatment: Treatment, subject: Subject) -> Aftermath:
    """Return what is usual after a treatment.

    Parameters
    ----------
    treatment : Treatment
    subject : Subject
        Whose it was.
    """
    about = treated(treatment, subject)
    course = expected_after(about)
    if not course:
        return Aftermath(
            f"What is usual after {treatment.kind} is not known here: follow the instructions of "
            "whoever does it."
        )
    days = ", ".join(f"{day:%Y-%m-%d}" for day in results_due(treatment.at))
    return Aftermath(
        "",
        tuple(flags_of_plan(about)),
        tuple(row.text for row in course),
        aftercare_on(about, treatment.at),
        f"Photos can show a result on {days}, and none within 14 days.",
    )
