"""By which options a pair that is saved is measured in the record, and what to know about it."""

from dataclasses import replace
from typing import NamedTuple

from ...pipeline import Options
from ...record import Record, Site
from ..entries.session_entries import written
from .brought import Asked, options_of

__all__ = ["Plan", "plan_of"]


class Plan(NamedTuple):
    """Options of the record's own measurement, and a sentence where its numbers are others."""

    options: Options
    sentence: str = ""


def plan_of(record: Record, person: str, site: Site, asked: Asked) -> Plan:
    """Say how a pair is measured that becomes two sessions.

    The record holds each session against the baseline of its body site. Where the before photo
    becomes that, the pair of the record is the pair of the page, and options and marks hold for
    both. Elsewhere they do not: marks are places in the photos that were compared.
    """
    chosen = options_of(asked.choice, asked.marks, asked.before, asked.after)
    standard = Options(close_up=site.close_up, px_per_mm=site.px_per_mm, model=chosen.model)
    sessions = record.sessions(person, site.name)
    baseline = next((one for one in sessions if one.is_baseline), None)
    if baseline is not None:
        told = (
            f"there they are held against the baseline of {written(baseline.taken_at)}, with "
            "standard options and without marks, so the numbers differ from those above"
        )
        if chosen.own_regions:
            told += "; your own regions are not kept: they were measured on this page alone"
        return Plan(standard, told)
    if chosen.px_per_mm != site.px_per_mm:
        told = (
            "a scale is kept of close-ups alone: there the pair is measured without pixels per "
            "millimeter, so the numbers may differ from those above"
        )
        return Plan(replace(chosen, px_per_mm=site.px_per_mm), told)
    if chosen != standard:
        told = (
            "the pair is measured there as above; photos that follow are measured with standard "
            "options and without these marks"
        )
        if chosen.own_regions:
            told += (
                ", so your own regions are kept for this pair alone and not followed over months"
            )
        return Plan(chosen, told)
    return Plan(chosen)
