"""``skindelta models``: the networks that ship and the user's own, and which of them is in use."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import ModelError, SkinDeltaError
from .shell import print_json, print_report, sentences

if TYPE_CHECKING:
    from ..types import ModelCard

__all__ = ["models"]

models = typer.Typer(
    name="models",
    help="The trained networks: those that come with skindelta, and your own.",
    no_args_is_help=True,
)

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME[@VERSION]", help="Newest where not said.")
]


@models.command("list")
def list_them() -> None:
    """List the networks, and say which one is in use."""
    from ..models import broken_models, list_models
    from ..own_models import SHIPPED
    from ..terminal import models_report

    with sentences():
        cards, broken = list_models(), broken_models()
    in_use, trouble = _in_use()
    rows = []
    for card in cards:
        marks = ["in use"] * (_named(card) == in_use) + ["your own"] * (card.name not in SHIPPED)
        rows.append((card.name, card.version, ", ".join(marks), card.licence, card.limits))
    print_report(models_report(rows))
    for told in [*(one.trouble for one in broken), *([trouble] if trouble else [])]:
        typer.echo(told, err=True)
    if broken or trouble:
        raise typer.Exit(1)


@models.command()
def show(name: NameArgument) -> None:
    """Print the card of one network: data, figures, limits."""
    from dataclasses import asdict

    print_json(_plain(asdict(_cards(name)[-1])))


@models.command()
def verify(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME[@VERSION]]", help="All where not said.")
    ] = None,
) -> None:
    """Hold the files of the networks against their cards, and their answers against known ones."""
    from ..models import broken_models, verify_model

    failures = 0
    for card in _cards(name):
        try:
            verify_model(card.name, card.version)
            typer.echo(f"{_named(card)}: as its card says")
        except SkinDeltaError as error:
            typer.echo(str(error), err=True)
            failures += 1
    for broken in broken_models() if name is None else ():
        typer.echo(broken.trouble, err=True)
        failures += 1
    if failures:
        raise typer.Exit(1)


@models.command()
def use(
    name: NameArgument,
    force: Annotated[
        str,
        typer.Option(
            "--force",
            metavar="REASON",
            help="Use it although something speaks against it; the reason is kept in its card.",
        ),
    ] = "",
) -> None:
    """Check a network and use it from now on, everywhere; what was measured before stays."""
    from ..learning.promotion import speaks_against
    from ..model_store import use_model

    chosen = _cards(name)[-1]
    before, _ = _in_use()
    with sentences():
        now = use_model(_named(chosen), force, tuple(speaks_against(chosen)))
    if now == before:
        typer.echo(f"{now} is in use")
    else:
        typer.echo(f"{now} is in use now; skindelta models back goes back")


@models.command()
def back() -> None:
    """Go back to the network that was in use before; none is deleted."""
    from ..model_store import step_back

    with sentences():
        now = step_back()
    typer.echo(f"{now} is in use again")


def _in_use() -> tuple[str, str]:
    """Return the model in use, or nothing and why not."""
    from ..model_store import current_model

    try:
        return current_model(), ""
    except ModelError as error:
        return "", str(error)


def _cards(name: str | None) -> "list[ModelCard]":
    """Cards of the networks called NAME or NAME@VERSION, all for None; the newest comes last."""
    from ..models import broken_models, list_models

    with sentences():
        cards = list_models()
    chosen = [card for card in cards if name in (None, card.name, _named(card))]
    with sentences(status=2):
        if not chosen:
            for broken in broken_models():
                if name in (broken.name, f"{broken.name}@{broken.version}"):
                    raise SkinDeltaError(broken.trouble)
            known = ", ".join(map(_named, cards)) or "none"
            raise SkinDeltaError(f"there is no model {name}; there are: {known}")
    return chosen


def _named(card: "ModelCard") -> str:
    return f"{card.name}@{card.version}"


def _plain(value: Any) -> Any:
    """Return what a card says as JSON can: the cards of a user hold what the user wrote."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    is_number = isinstance(value, float) and value - value == 0  # neither NaN nor infinite
    return value if is_number or isinstance(value, str | int | None) else str(value)
