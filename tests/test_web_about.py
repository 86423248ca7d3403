"""The page About prints what the code holds: noise, ladder, cards, versions, place of the data."""

import re
from datetime import UTC, datetime
from html import unescape
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from zipfile import is_zipfile

import pytest

from skindelta.attributes import ATTRIBUTES, attribute
from skindelta.models import list_models
from skindelta.noise import measured_kinds, noise_table
from skindelta.plain_words import BASIS_IN_SHORT
from skindelta.protocol import LEVELS
from skindelta.record import Record, Subject, restore_backup
from skindelta.web import Records
from skindelta.web.about import facts, glossary, texts
from skindelta.web.serving.visitors import Visitors

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture
def visit(tmp_path):
    visitors = Visitors(tmp_path / "server")
    visitors.uploads.mkdir()
    assert visitors.claim("anna", "tab")
    return visitors.visit(SimpleNamespace(session_hash="tab"))


@pytest.fixture
def records(tmp_path):
    found = Records(tmp_path / "record")
    yield found
    found.close()


def text_of(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


# ------------------------------------------------------------ words


def test_words_that_results_use_are_explained():
    told = text_of(glossary.glossary_html())
    for unit in {one.unit for one in ATTRIBUTES}:
        assert unit in told
    for word in [*BASIS_IN_SHORT.values(), "perioral", "periorbital", "protocol level"]:
        assert f"{word} " in told
    assert f"from 0 to {len(LEVELS) - 1}" in told


# ------------------------------------------------------------ what is measured


def test_every_attribute_is_named_with_unit_and_formula():
    told = text_of(texts.measures_html())
    for one in ATTRIBUTES:
        assert f"{one.label} {one.unit}" in told
        assert one.formula in told


def test_every_kind_of_score_has_its_smallest_change():
    found = {(name, basis, reference) for name, basis, reference, _ in texts.detectable()}
    assert found == {
        (name, basis, reference)
        for reference in LEVELS
        for name, basis in measured_kinds(reference)
    }
    assert len(found) == len(noise_table()["kinds"])


def test_smallest_changes_are_those_of_the_documentation():
    """The page shows the figures of docs/measures.md, which has fewer references."""
    page = (DOCS / "measures.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page.splitlines()
        if line.startswith("|") and re.search(r"\d (a\*|L\*|%) \|$", line)
    ]
    assert len(rows) > 6
    ours = {
        (name, tuple(f"{texts.shown(one.sdc)} {attribute(name).unit}" for one in noises))
        for name, _, _, noises in texts.detectable()
    }
    name = ""
    for first, _, *cells in rows:
        name = first.partition(",")[0] or name
        light, *others = cells
        assert any(
            kind == name and told[0] == light and told[2] == others[-1] for kind, told in ours
        ), (name, cells)


def test_people_of_the_noise_table_are_told_by_tone():
    people = noise_table()["made_from"]["people"]
    told = text_of(texts.detectable_html())
    assert f"photos of {people['all']} people" in told
    assert f"{people['dark']} dark" in told


def test_the_ladder_has_every_rung_the_best_first():
    levels = re.findall(r'<th scope="row">(\d)</th>', texts.ladder_html())
    assert levels == [str(level) for level in reversed(range(len(LEVELS)))]


def test_every_model_shows_its_limits_licence_data_and_figures():
    cards = list_models()
    assert len(cards) >= 3
    for card in cards:
        told = text_of(texts.card_html(card))
        assert card.limits in told
        assert card.licence in told
        for source in card.data["training"]:
            assert source["name"] in told
            assert source["licence"] in told
        assert texts.readme_of(card).startswith(f"### {card.name}")  # below the page's headings


def test_figures_of_a_card_are_told_by_tone():
    (card,) = (card for card in list_models() if card.name == "face-landmarks")
    told = text_of(texts.card_html(card))
    for tone in ("light", "medium", "dark"):
        row = next(r for r in card.metrics["points"] if r["tone"] == tone and r["split"] == "test")
        assert f"{tone} {row['n']} {row['mean']:.3g}" in told


def test_versions_are_those_that_are_installed():
    told = text_of(texts.versions_html())
    for name in ("skindelta", "numpy", "gradio"):
        assert f"{name} {version(name)}" in told


# ------------------------------------------------------------------- the data


def test_looking_begins_no_record(records, visit):
    found = facts.record_facts(records, visit)
    assert not found.exists
    assert not records.folder.exists()
    assert "Nothing is saved yet" in facts.record_html(found)
    assert "nothing to back up" in facts.back_up(records, visit)
    assert not records.folder.exists()


def test_people_and_size_are_counted(records, visit):
    records.of(visit).add_subject(Subject("anna"))
    found = facts.record_facts(records, visit)
    assert (found.exists, found.people, found.sessions, found.encrypted) == (True, 1, 0, False)
    assert found.size == sum(p.stat().st_size for p in records.folder.rglob("*") if p.is_file())
    told = text_of(facts.record_html(found) + facts.care_html(found))
    assert str(records.folder) in told
    assert "Photos encrypted no" in told
    assert "skindelta record encrypt" in told


def test_an_encrypted_record_is_called_so(records, visit):
    with Record(records.folder) as record:
        record.encrypt("a long passphrase")
    found = facts.record_facts(records, visit)
    assert found.encrypted
    assert "record passphrase" in facts.care_html(found)


@pytest.mark.parametrize(
    "address", ["postgresql://me:secret@db/x", "postgresql://db/x?password=secret"]
)
def test_the_password_of_a_database_is_not_shown(tmp_path, address):
    told = facts._database(Records(tmp_path, address))
    assert told.startswith("postgresql://")
    assert "secret" not in told


def test_a_backup_made_by_the_page_can_be_restored(records, visit, tmp_path):
    records.of(visit).add_subject(Subject("anna"))
    told = facts.back_up(records, visit, datetime(2026, 3, 1, tzinfo=UTC))
    assert "1 person, 0 sessions, 0 photos" in told
    url = re.search(r'href="([^"]+)"', told)[1]
    assert url.endswith("skindelta-backup-2026-03-01.zip")
    file = visit.visitors.shelf.found("anna", url.split("/")[-2]).path
    assert is_zipfile(file)
    restore_backup(file, tmp_path / "restored", None)
    with Record(tmp_path / "restored") as record:
        assert [one.pseudonym for one in record.subjects()] == ["anna"]


@pytest.mark.parametrize(
    ("grace", "words"), [(20, "half a minute"), (70, "2 minutes"), (60, "1 minute")]
)
def test_privacy_tells_the_times_that_the_server_keeps(visit, grace, words):
    visitors = Visitors(visit.visitors.uploads, keep_seconds=1800, grace_seconds=grace)
    told = text_of(facts.privacy_html(visitors))
    assert f"within about {words} after the page is closed" in told
    assert "after 30 minutes" in told


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 bytes"), (1500, "2 kB"), (2.2e6, "2.2 MB"), (3e13, "30.0 TB")]
)
def test_sizes_are_readable(size, words):
    assert facts.size_words(size) == words


def test_the_verbs_that_the_page_names_are_there():
    found = facts.RecordFacts(Path("/x"), "SQLite, a file in the folder", True)
    encrypted = found._replace(encrypted=True)
    told = text_of(facts.care_html(found) + facts.care_html(encrypted))
    cli = (DOCS / "cli.md").read_text(encoding="utf-8")
    verbs = set(re.findall(r"skindelta (record(?: subject)? [a-z]+)", told))
    assert len(verbs) == 5
    for verb in verbs:
        assert f"skindelta {verb}" in cli
