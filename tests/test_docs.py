"""Generated pages are those that the code would write, and pages name what exists."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def generate():
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["docs_generate"] = module
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_fresh(generate):
    assert generate.main(["--check"]) == 0


def test_stale_page_is_noticed(generate, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(generate, "PAGES", {"page.md": lambda: "new"})
    monkeypatch.setattr(generate, "DOCS", tmp_path)
    (tmp_path / "page.md").write_text("old")
    assert generate.main(["--check"]) == 1
    assert "page.md: stale" in capsys.readouterr().err
    assert (tmp_path / "page.md").read_text() == "old"
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def test_every_verb_and_option_is_in_the_page(generate):
    page = generate.cli_page()
    names = ("demo", "check", "assess", "compare", "batch", "app", "models verify", "timeline")
    for name in (*names, "report", "record import", "record subject add", "record symptom list"):
        assert re.search(rf"^###?#? {name}$", page, re.MULTILINE)
    for option in (
        "--record DIR",
        "--database URL",
        "--at TIME",
        "--json",
        "--maps DIR",
        "--reference",
        "-o FILE",
        "--overwrite",
        "--port",
    ):
        assert option in page


def test_links_between_pages_lead_somewhere():
    for page in DOCS.rglob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page}: {target}"
