"""Write the pages that come from the code: ``python docs/generate.py``; ``--check`` only compares.

``cli.md`` is made from the verbs of the command line, ``capture.md`` from the steps that the guide
prints, ``measures.md`` from its template beside this file with the tables of the package.
"""

import inspect
import json
import sys
from functools import cache
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

from typer.models import ArgumentInfo, OptionInfo

from skindelta import cli
from skindelta.attributes import ATTRIBUTES, TEXTURE_BANDS, attribute
from skindelta.capture import STEPS
from skindelta.findings import FINDINGS
from skindelta.noise import Differences, noise_of, noise_table, table_with
from skindelta.pipeline import DEFAULT_MODEL, Options, model_of
from skindelta.score import KINDS
from skindelta.verbs import over_time

DOCS = Path(__file__).parent
NOTE = "<!-- Made by docs/generate.py: change the code or the template, then run it. -->\n\n"


def cli_page():
    """Every verb with its arguments, options and defaults."""
    info = cli.app.info
    parts = [NOTE, f"# The command line\n\n{info.help}\n\n{info.epilog}\n\n{STATUS}"]
    parts += [verb_section("", command) for command in cli.app.registered_commands]
    parts.append(which_section())
    parts += [group_section("", group) for group in cli.app.registered_groups]
    return "".join(parts)


STATUS = (
    "Exit status: 0 done (*not measurable* is an answer), 1 some photo could not be read or "
    "scored, 2 wrong arguments. Trouble is one sentence on the error stream.\n"
)


WHICH = ("--record", "--database", "--passphrase-file")  # of every verb that opens the record


def which_section():
    """The options that say which record, once."""
    lines = [
        "\n## Which record\n\n`timeline`, `report`, `app`, `label` and every verb of `record` take "
        "these too:\n",
        "\n| | | variable |\n|---|---|---|\n",
    ]
    for name, info, *_ in parameters(over_time.timeline):
        if name.split()[0] in WHICH:
            variable = f"`{info.envvar}`" if info.envvar else ""
            lines.append(f"| `{name}` | {info.help} | {variable} |\n")
    return "".join(lines)


def group_section(prefix, group):
    """Heading and help of a group, its verbs, and the groups in it."""
    typer = group.typer_instance
    name = f"{prefix}{group.name if isinstance(group.name, str) else typer.info.name}"
    level = "###" if prefix else "##"
    parts = [f"\n{level} {name}\n\n{typer.info.help}\n"]
    parts += [verb_section(f"{name} ", command) for command in typer.registered_commands]
    parts += [group_section(f"{name} ", inner) for inner in typer.registered_groups]
    return "".join(parts)


def verb_section(prefix, command):
    """Heading, help, usage, and a table of what can be given."""
    verb = prefix + (command.name or command.callback.__name__)
    given = [row for row in parameters(command.callback) if row[0].split()[0] not in WHICH]
    words = [name for name, info, *_ in given if isinstance(info, ArgumentInfo)]
    options = [row for row in given if isinstance(row[1], OptionInfo)]
    words += [" ".join(name.split()[-2:]) for name, _, needed, _ in options if needed]
    words += ["[OPTIONS]"] if any(not needed for *_, needed, _ in options) else []
    lines = [f"\n{'#' * (2 + len(prefix.split()))} {verb}\n\n{command.callback.__doc__}\n\n"]
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
            literal = next((k for k in (kind, *get_args(kind)) if get_origin(k) is Literal), None)
            choices = ",".join(get_args(literal)) if literal else ""
            value_name = info.metavar or (f"{{{choices}}}" if choices else "")
            yield f"{' '.join(names)} {value_name}".strip(), info, needed, value


def measures_page():
    """The template with its tables filled in."""
    page = (DOCS / "measures.template.md").read_text(encoding="utf-8")
    tables = {
        "{{attributes}}": attribute_table(),
        "{{bands}}": band_table(),
        "{{sdc}}": sdc_table(),
        "{{differences}}": difference_table(),
        "{{findings}}": finding_table(),
    }
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


REFERENCES = {
    "card": "a color card in both",
    "grey": "a grey object in both",
    "scene": "the same wall and clothes in both",
    "skin": "none of these",
}
SHOWN = {"absolute": ("card", "grey", "scene"), "relative": ("scene", "skin")}


@cache
def shipped_noise():
    """Noise of what gives each score: the network where its card names it, else the formula."""
    model = model_of(Options(model=DEFAULT_MODEL))
    own = json.loads((model.folder / "noise.json").read_text(encoding="utf-8"))
    return table_with(own, model.card.output["scores"])


def noise(kind, reference, tone, **differences):
    """Noise of the whole face, or None where it cannot be measured."""
    table = shipped_noise()
    if f"{' '.join(kind)} {reference}" not in table["kinds"]:
        return None
    given = Differences(**differences)
    return noise_of(*kind, reference, "face", tone, given, table=table)


def sdc_table():
    """Detectable change of a face by attribute, reference and tone."""
    people = noise_table()["made_from"]["people"]
    own = [tone for tone in ("light", "medium", "dark") if people[tone] >= 19]
    rest = [tone for tone in ("light", "medium", "dark") if tone not in own]
    groups = [*own, ", ".join(rest)]
    heads = [f"{group} skin" for group in groups]
    rows = [
        f"| smallest detectable change | with | {' | '.join(heads)} |",
        "|---" * (len(heads) + 2) + "|",
    ]
    for kind in KINDS:
        unit = attribute(kind[0]).unit
        references = SHOWN["relative" if unit == "%" else kind[1]]
        for reference in references:
            found = [noise(kind, reference, group.split(",")[0]) for group in groups]
            cells = [f"{one.sdc:#.2g}".rstrip(".") + f" {unit}" for one in found]
            name = f"{kind[0]}, {kind[1]}" if reference == references[0] else ""
            rows.append(f"| {name} | {REFERENCES[reference]} | {' | '.join(cells)} |")
    return "\n".join(rows)


EXAMPLES = {
    "light_color": (1.0, "the color of the light is known within 1 ΔE"),
    "light_direction": (0.1, "shading tilts by 0.1"),
    "tone_curve": (0.08, "the tones of one photo are bent by 8 %"),
    "expression": (0.1, "a smile that moves the lips by 10 % of the pupil distance"),
    "turn": (5.0, "the head turned by 5° more"),
    "nod": (8.0, "the head tilted by 8° more"),
    "distance": (0.18, "one photo from 1.2 times the distance"),
    "focus": (0.3, "one photo blurred by 0.3 mm"),
    "compression": (0.1, "10 % of the skin lost its structure to JPEG"),
    "glare": (0.05, "5 % more of the skin shines"),
}


def difference_table():
    """Factor by which a difference of each kind widens intervals."""
    names = [f"{name}, {basis}" for name, basis in KINDS]
    rows = [f"| if | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for name, (size, words) in EXAMPLES.items():
        cells = []
        for kind in KINDS:
            found = noise(kind, "scene", "light", **{name: size})
            factor = found.sigma / found.without(name).sigma
            cells.append(f"× {factor:.1f}" if factor >= 1.05 else "")
        rows.append(f"| {words} | {' | '.join(cells)} |")
    return "\n".join(rows)


def finding_table():
    """What each finding does, from where on, and what to do next time."""
    rows = ["| finding | not measurable | next time |", "|---|---|---|"]
    for code, kind in FINDINGS.items():
        stops = "; ".join(blocked(block) for block in kind.blocks) or "–"
        rows.append(f"| `{code}`: {kind.about} | {stops} | {kind.advice} |")
    return "\n".join(rows)


def blocked(block):
    """What a finding stops, from where on."""
    what = " ".join([*block.bases, ", ".join(block.attributes)])
    where = f" of {', '.join(block.regions).replace('_', ' ')}" if block.regions else ""
    return f"{what}{where} from {block.words}"


def capture_page():
    """How to take photos that can be compared."""
    intro = (
        "# Photos that can be compared\n\n"
        "The same person, place, light and distance each time: then a small change of the skin "
        "can be told from chance. `skindelta guide` prints this on a page with lines for notes, "
        "`skindelta card` a color card to hold into the photos.\n"
    )
    steps = "".join(
        f"\n## {number}. {step.title}\n\n{step.what}\n\n*Why:* {step.why}\n"
        for number, step in enumerate(STEPS, start=1)
    )
    return NOTE + intro + steps


PAGES = {"cli.md": cli_page, "measures.md": measures_page, "capture.md": capture_page}


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
