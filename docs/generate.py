"""Write the pages that come from the code: ``python docs/generate.py``; ``--check`` only compares.

``cli.md`` is made from the verbs of the command line, ``measures.md`` from its template beside
this file with the tables of ``skindelta.attributes``.
"""

import inspect
import sys
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

from typer.models import ArgumentInfo, OptionInfo

from skindelta import cli
from skindelta.attributes import ATTRIBUTES, TEXTURE_BANDS

DOCS = Path(__file__).parent
NOTE = "<!-- Made by docs/generate.py: change the code or the template, then run it. -->\n\n"


def cli_page():
    """Every verb with its arguments, options and defaults."""
    info = cli.app.info
    parts = [NOTE, f"# The command line\n\n{info.help}\n\n{info.epilog}\n\n{STATUS}"]
    parts += [verb_section("", command) for command in cli.app.registered_commands]
    for group in cli.app.registered_groups:
        parts.append(f"\n## {group.name}\n\n{group.typer_instance.info.help}\n")
        commands = group.typer_instance.registered_commands
        parts += [verb_section(f"{group.name} ", command) for command in commands]
    return "".join(parts)


STATUS = (
    "Exit status: 0 done (*not measurable* is an answer), 1 some photo could not be read or "
    "scored, 2 wrong arguments. Trouble is one sentence on the error stream.\n"
)


def verb_section(prefix, command):
    """Heading, help, usage, and a table of what can be given."""
    verb = prefix + (command.name or command.callback.__name__)
    given = list(parameters(command.callback))
    words = [name for name, info, *_ in given if isinstance(info, ArgumentInfo)]
    options = [row for row in given if isinstance(row[1], OptionInfo)]
    words += [" ".join(name.split()[-2:]) for name, _, needed, _ in options if needed]
    words += ["[OPTIONS]"] if any(not needed for *_, needed, _ in options) else []
    lines = [f"\n{'###' if prefix else '##'} {verb}\n\n{command.callback.__doc__}\n\n"]
    lines.append(f"```\nskindelta {' '.join([verb, *words])}\n```\n")
    if given:
        lines.append("\n| | | default |\n|---|---|---|\n")
        lines += [f"| `{name}` | {info.help} | {value} |\n" for name, info, _, value in given]
    return "".join(lines)


def parameters(verb):
    """Name as it is typed, information, whether it must be given, default as text."""
    hints = get_type_hints(verb, include_extras=True)
    for parameter in inspect.signature(verb).parameters.values():
        kind, info = get_args(hints[parameter.name])[:2]
        needed = parameter.default is parameter.empty
        value = "" if needed or parameter.default in (None, False, []) else parameter.default
        if isinstance(info, ArgumentInfo):
            yield info.metavar, info, needed, value
        else:
            # Inside Annotated the first name stands where the default of the call would be.
            names = [n for n in (info.default, *(info.param_decls or ())) if isinstance(n, str)]
            names = names or [f"--{parameter.name.replace('_', '-')}"]
            choices = ",".join(get_args(kind)) if get_origin(kind) is Literal else ""
            value_name = info.metavar or (f"{{{choices}}}" if choices else "")
            yield f"{' '.join(names)} {value_name}".strip(), info, needed, value


def measures_page():
    """The template with its tables filled in."""
    page = (DOCS / "measures.template.md").read_text(encoding="utf-8")
    tables = {"{{attributes}}": attribute_table(), "{{bands}}": band_table()}
    for mark, table in tables.items():
        page = page.replace(mark, table)
    return NOTE + page


def attribute_table():
    rows = ["| attribute | unit | better | value of a region | from |", "|---|---|---|---|---|"]
    for a in ATTRIBUTES:
        better = "less" if a.direction < 0 else "more"
        rows.append(f"| `{a.name}` | {a.unit} | {better} | {a.formula} | {a.source} |")
    return "\n".join(rows)


def band_table():
    rows = ["| band | size of what it shows | measured from |", "|---|---|---|"]
    for name, band in TEXTURE_BANDS.items():
        size = f"{band.low_mm:g} to {band.high_mm:g} mm"
        rows.append(f"| `{name}` | {size} | {band.min_px_per_mm:g} px/mm |")
    return "\n".join(rows)


PAGES = {"cli.md": cli_page, "measures.md": measures_page}


def main(arguments):
    stale = []
    for name, make in PAGES.items():
        path, page = DOCS / name, make()
        if not path.exists() or path.read_text(encoding="utf-8") != page:
            stale.append(name)
            if "--check" not in arguments:
                path.write_text(page, encoding="utf-8")
    if stale and "--check" in arguments:
        print(f"{', '.join(stale)}: stale; run `python docs/generate.py`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
