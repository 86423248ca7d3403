"""Forms over what is in the record: filled with what is chosen, and what is saved over it."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import gradio as gr

from ...errors import SkinDeltaError
from ...record import ChangedMeanwhile, Record
from .. import words
from ..events import picked
from ..shared import Shared
from ..trouble import sentence_of
from .in_place import in_place, now_changed
from .session_entries import Saved
from .whose import Answer, brings

__all__ = ["Seen", "changed_entry", "fills"]


class Seen(NamedTuple):
    """An entry as a form was filled with it: what was changed since is not overwritten.

    Attributes
    ----------
    person, which : str
        Whose, and its id; a form that holds another was filled by a late answer.
    entry : Any
    """

    person: str = ""
    which: str = ""
    entry: Any = None

    def of(self, person: str, which: str | None) -> Any:
        """Return the entry; raises SkinDeltaError where another one is meant."""
        if (person, which) != (self.person, self.which):
            raise SkinDeltaError("the form was not filled with this one: choose it again")
        return self.entry


def changed_entry(
    seen: Seen,
    person: str,
    which: str,
    save: Callable[[Any], Saved[Any]],
    read: Callable[[], Any],
    fill: Callable[[Any], Sequence[Any]],
) -> list[Any]:
    """Change an entry; where it is not what was seen any more, show what it is now.

    Parameters
    ----------
    seen : Seen
    person, which : str
    save : callable
        Gets what was seen; raises ChangedMeanwhile where the entry is another by now.
    read : callable
        Returns the entry as it is.
    fill : callable
        Gets an entry; returns what the fields hold then.

    Returns
    -------
    list
        The answer, what tells that the record changed, and what is seen from now on.
    """
    try:
        html, entry = save(seen.of(person, which))
        answer = Answer(html)
    except ChangedMeanwhile as error:
        entry = read()
        answer = Answer(words.notice(sentence_of(error), "bad"), fill(entry), which)
    return [answer, now_changed(), Seen(person, which, entry)]


def fills(
    shared: Shared,
    who: Sequence[gr.Dropdown],
    which: gr.Dropdown,
    read: Callable[[Record, str, str], Any],
    values: Callable[[Any], Sequence[Any]],
    empty: Sequence[Any],
    form: tuple[gr.HTML, gr.State, Sequence[Any]],
) -> None:
    """Fill a form with the entry that is chosen in a list, or empty it where none is.

    A list that only loses the focus changes nothing of what was typed.

    Parameters
    ----------
    shared : Shared
    who : sequence of gr.Dropdown
        Person, and body site where it matters.
    which : gr.Dropdown
        Names of the entries, and their ids.
    read : callable
        Gets record, person and id; returns the entry.
    values : callable
        Gets an entry; returns what the fields hold.
    empty : sequence
        What they hold where none is chosen.
    form : tuple
        The place of its answer, what of the record is :class:`Seen`, and its fields.
    """
    answer, seen, fields = form

    def chosen(person: str | None, held: str | None, request: gr.Request) -> list[Any]:
        if not person or not held:
            return [Answer("", empty, ""), Seen()]
        one = read(shared.records.of(shared.visitors.visit(request)), person, held)
        return [Answer("", values(one), held), Seen(person, held, one)]

    filled = picked(which, in_place(chosen, 1, 1), [who[0], which], [answer, seen])
    brings(filled, answer, who, fields, which)
