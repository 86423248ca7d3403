"""Tables of facts: whose first column names the rows, and that become cards on a phone."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

__all__ = ["fact_table", "pairs"]


def fact_table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]] | Mapping[str, Iterable[Sequence[str]]],
    classes: Mapping[str, str] | None = None,
) -> str:
    """Return a table as HTML; on a phone each row becomes a card.

    Parameters
    ----------
    heads : sequence of str
    rows : iterable of sequence of str, or mapping of str to such
        As text. Rows in groups stand below the title of their group.
    classes : mapping of str to str, optional
        Style of a row by the text of its last cell, which says the same in words.
    """
    groups = rows if isinstance(rows, Mapping) else {"": rows}
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    short = " sd-short" if isinstance(rows, Mapping) else ""
    bodies = "".join(_group(title, heads, own, classes or {}) for title, own in groups.items())
    return (
        f'<div class="sd-wide"><table class="sd-fact-table{short}"><thead><tr>{head}</tr></thead>'
        f"{bodies}</table></div>"
    )


def pairs(rows: Iterable[tuple[str, str]]) -> str:
    """Return names and what is told of each as a list, as HTML."""
    cells = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in rows)
    return f'<dl class="sd-details">{cells}</dl>'


def _group(
    title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], classes: Mapping[str, str]
) -> str:
    lines = []
    if title:
        span = f'colspan="{len(heads)}" scope="rowgroup"'
        lines.append(f'<tr class="sd-head"><th {span}>{escape(title)}</th></tr>')
    for first, *rest in rows:
        cells = "".join(
            f'<td data-head="{escape(name)}">{escape(text)}</td>'
            for name, text in zip(heads[1:], rest, strict=True)
        )
        style = classes.get(rest[-1], "") if rest else ""
        begin = f'<tr class="{style}">' if style else "<tr>"
        lines.append(f'{begin}<th scope="row">{escape(first)}</th>{cells}</tr>')
    return f"<tbody>{''.join(lines)}</tbody>"
