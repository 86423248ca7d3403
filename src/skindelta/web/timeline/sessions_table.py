"""The tables of a timeline as HTML: every session with its numbers, and the step before it."""

from html import escape

from ...history import Timeline
from ...report.course_tables import session_tables
from ...report.course_words import shown_series
from ...report.tables import Cell, Notes, Row, Table

__all__ = ["sessions_html"]


def sessions_html(timeline: Timeline) -> str:
    """Return every session against the baseline, then against the session before."""
    notes = Notes()
    tables = session_tables(timeline, shown_series(timeline), notes)
    if not tables:
        return '<p class="sd-note">There is no session yet.</p>'
    items = "".join(f'<li value="{number}">{escape(text)}</li>' for number, text in notes.sentences)
    why = f'<p class="sd-note">Not measurable, by number:</p><ol class="sd-note">{items}</ol>'
    return "".join(map(_table, tables)) + (why if items else "")


def _table(table: Table) -> str:
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in table.heads)
    rows = "".join(map(_row, table.rows))
    return (
        f'<table class="sd-sessions"><caption>{escape(table.caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(row: Row) -> str:
    cells = "".join(map(_cell, row.cells))
    return f'<tr><th scope="row">{escape(row.region)}</th>{cells}</tr>'


def _cell(cell: Cell) -> str:
    note = f" ({cell.note})" if cell.note else ""
    more = f'<span class="sd-under">{escape(cell.more)}</span>' if cell.more else ""
    kind = f' class="sd-{cell.kind}"' if cell.kind else ""
    return f'<td{kind} data-head="{escape(cell.head)}">{escape(cell.text)}{note}{more}</td>'
