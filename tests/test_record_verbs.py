"""A person's course by verbs alone: from photos to a timeline, a report, and nothing left."""

import json
import zipfile
from datetime import UTC, datetime

import pytest
from PIL import Image
from typer.testing import CliRunner

from skindelta import cli
from skindelta.demo import SUBJECT, make_demo
from skindelta.history import timeline as timeline_of
from skindelta.history import timeline_to_dict
from skindelta.record import Record

pypdfium2 = pytest.importorskip("pypdfium2", reason="reads reports back; in the extra dev")

RUN = CliRunner()
PASSPHRASE = "correct horse battery"
GPS = 0x8825


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """No test touches the record of whoever runs it."""
    monkeypatch.setenv("SKINDELTA_RECORD", str(tmp_path / "record"))
    for name in ("SKINDELTA_DATABASE", "SKINDELTA_PASSPHRASE", "SKINDELTA_NEW_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path / "record"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, monkeypatch):
    """Both databases, by the variable that users set."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
        monkeypatch.setenv("SKINDELTA_DATABASE", url)
        return url
    return None


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    make_demo(folder)
    return folder


@pytest.fixture(scope="module")
def photos(demo):
    return sorted((demo / SUBJECT).iterdir())


def run(*arguments, status=0, given=None):
    """Run a verb in this process; stdout, stderr."""
    done = RUN.invoke(cli.app, [str(a) for a in arguments], input=given)
    assert done.exit_code == status, done.output + repr(done.exception)
    assert "Traceback" not in done.output
    return done.stdout, done.stderr


def told(*arguments):
    """Run a verb with --json."""
    return json.loads(run(*arguments, "--json")[0])


def add(*arguments, **about):
    return run("record", *arguments, **about)


def test_a_course_by_verbs_alone(demo, photos, tmp_path, home, database):
    add("subject", "add", "nora", "--fitzpatrick", 2, "--note", "needle-shy-note")
    for photo in photos:
        add("session", "add", "nora", photo)
    out, _ = add(
        "treatment", "add", "nora", "microneedling", "--at", "2026-01-12T15:00", "--depth", 1.5
    )
    assert "redness for two to three days" in out
    assert "no diagnosis" in out
    out, _ = add("symptom", "add", "nora", "pus", "--at", "2026-01-15", "--severity", 2)
    assert "contact: pus: if it has not passed and was not seen to, contact your clinician" in out

    out, _ = run("timeline", "nora")
    assert "5 sessions, 2026-01-05 to 2026-04-06" in out
    lines = section(out, "Redness as a whole")
    assert "baseline" in lines["2026-01-05"]
    assert "no measurable change" in lines["2026-01-12"]
    assert "worse" in lines["2026-01-14"]
    assert "improved" in lines["2026-02-09"]
    assert "improved" in lines["2026-04-06"]
    spots = section(out, "Hyperpigmentation against calm skin")
    assert "improved" in spots["2026-04-06"]
    assert "microneedling 1.5 mm" in out
    assert out.index("contact   2026-01-15") < out.index("Redness as a whole")
    assert "redder than before, as is usual" in out

    page, sheet = tmp_path / "nora.html", tmp_path / "nora.pdf"
    run("report", "nora", "-o", page)
    run("report", "nora", "-o", sheet, "--paper", "letter")
    html = page.read_text(encoding="utf-8")
    assert "contact your clinician" in html
    assert "://" not in html.replace("http://www.w3.org", "")
    text = "".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(sheet))
    assert "Pus: if it has not passed" in text
    assert "not a medical device" in text.lower()

    add("subject", "delete", "nora", "--yes")
    assert told("record", "subject", "list") == []
    left = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    for secret in (b"nora", b"needle-shy", *(photo.read_bytes()[2000:2064] for photo in photos)):
        assert secret not in left


def section(out, title):
    """Lines of the sessions in the table under a title, by day."""
    after = out.partition(title)[2].partition("\n\n")[0]
    lines = [line.strip() for line in after.splitlines() if "microneedling" not in line]
    return {line.split()[0].rstrip("*"): line for line in lines if line.startswith("2026-")}


def test_json_is_that_of_the_library(photos, home):
    add("subject", "add", "nora")
    add("session", "add", "nora", *photos[:1])
    add("session", "add", "nora", *photos[2:3])
    printed = told("timeline", "nora")
    with Record(home) as record:
        want = timeline_to_dict(timeline_of(record, "nora"))
    assert printed | {"until": None} == want | {"until": None}


def test_every_list_and_show_prints_what_was_added(photos):
    add("subject", "add", "nora", "--birth-year", 1990, "--training")
    add("site", "add", "nora", "left arm", "--close-up", "--px-per-mm", 12)
    add("session", "add", "nora", photos[0], "--no-score", "--note", "before")
    add(
        "treatment",
        "add",
        "nora",
        "peel",
        "--at",
        "2026-02-01",
        "--topical",
        "acid",
        "--setting",
        "home",
    )
    add("symptom", "add", "nora", "itch", "--at", "2026-02-03T10:00", "--severity", 1)

    (person,) = told("record", "subject", "list")
    assert (person["birth_year"], person["consent"]["training"]) == (1990, True)
    assert {site["name"] for site in told("record", "site", "list", "nora")} == {"face", "left arm"}
    (session,) = told("record", "session", "list", "nora")
    assert session["note"] == "before"
    assert told("record", "session", "show", "nora", "2026-01-05") == session
    assert told("record", "session", "show", "nora", session["id"][:8]) == session
    (treatment,) = told("record", "treatment", "list", "nora")
    assert (treatment["topicals"], treatment["setting"]) == (["acid"], "home")
    assert told("record", "treatment", "show", "nora", "2026-02-01") == treatment
    (symptom,) = told("record", "symptom", "list", "nora")
    assert symptom["at"] == "2026-02-03T10:00:00Z"
    shown = told("record", "symptom", "show", "nora", "2026-02-03")
    assert shown == symptom | {"flags": shown["flags"], "advice": shown["advice"]}
    everything = told("record", "subject", "show", "nora")
    assert everything["sessions"] == [session]
    assert [entry["action"] for entry in everything["audit"]][0] == "add subject"
    assert told("record", "show") | {"folder": ""} == {
        "folder": "",
        "encrypted": False,
        "people": 1,
        "sessions": 1,
        "photos": 1,
    }
    for words in (
        ("subject", "list"),
        ("subject", "show", "nora"),
        ("site", "list", "nora"),
        ("session", "list", "nora"),
        ("session", "show", "nora", "2026-01-05"),
        ("treatment", "list", "nora"),
        ("treatment", "show", "nora", "2026-02-01"),
        ("symptom", "list", "nora"),
        ("symptom", "show", "nora", "2026-02-03"),
        ("audit",),
        ("show",),
    ):
        assert add(*words)[0].strip()

    add("subject", "change", "nora", "--pseudonym", "n", "--no-training", "--birth-year", 1991)
    (person,) = told("record", "subject", "list")
    assert (person["pseudonym"], person["birth_year"]) == ("n", 1991)
    assert person["consent"] == {"measuring": True, "training": False, "showing": False}
    add("symptom", "delete", "n", "2026-02-03", "--yes")
    add("treatment", "delete", "n", "2026-02-01", "--yes")
    add("session", "delete", "n", "2026-01-05", "--yes")
    assert told("record", "session", "list", "n") == []


def test_an_empty_record_says_what_to_do():
    _, err = add("subject", "list", status=1)
    assert "there is no record in" in err
    assert "skindelta record subject add" in err
    _, err = run("timeline", "nora", status=1)
    assert "there is no record in" in err
    add("subject", "add", "nora")
    assert "skindelta record session add nora" in add("session", "list", "nora")[0]
    assert "no session yet" in run("timeline", "nora")[0]
    _, err = run("report", "nora", "-o", "x.pdf", status=1)
    assert "no session of the face of nora yet" in err


def test_a_folder_goes_in_and_a_zip_comes_out(demo, tmp_path):
    out, err = add("import", demo)
    assert f"{SUBJECT}: 5 sessions were added" in out
    assert err.count("measured") == 4
    out, err = add("import", demo)
    assert "5 there already: 2026-01-05.jpg" in out
    add("symptom", "add", SUBJECT, "fever", "--at", "2026-01-15")
    path = tmp_path / "person.zip"
    add("subject", "export", SUBJECT, path)
    with zipfile.ZipFile(path) as kept:
        names = set(kept.namelist())
        everything = json.loads(kept.read("person.json"))
        scores = kept.read("scores.csv").decode().splitlines()
        assert b"contact your clinician" in kept.read("report-1-face.html")
        assert kept.read("report-1-face.pdf").startswith(b"%PDF")
    assert len([name for name in names if name.startswith("photos/")]) == 5
    assert {"README.txt", "sessions.csv", "treatments.csv", "symptoms.csv"} <= names
    assert len(everything["comparisons"]) == 4
    assert scores[0].startswith("subject,site,session")
    assert len(scores) > 5
    _, err = add("subject", "export", SUBJECT, path, status=1)
    assert "exists" in err


def test_copies_carry_no_place_and_the_original_stays(photos, tmp_path, home):
    marked = tmp_path / "2026-05-01.jpg"
    with Image.open(photos[0]) as picture:
        tags = picture.getexif()
        tags.get_ifd(GPS).update({1: "N", 2: (48.0, 51.0, 30.123)})
        picture.save(marked, exif=tags, quality=95)
    add("subject", "add", "nora")
    add("session", "add", "nora", marked)
    (session,) = told("record", "session", "list", "nora")
    add("session", "export", "nora", session["id"][:8], tmp_path / "out")
    (copy,) = (tmp_path / "out").iterdir()
    with Image.open(copy) as picture:
        assert not picture.getexif().get_ifd(GPS)
    with Record(home) as record:
        kept = record.photo(record.sessions("nora")[0].photos[0].sha256)
    assert kept == marked.read_bytes()


def test_rescoring_stands_beside(photos):
    add("subject", "add", "nora")
    for photo in (photos[0], photos[2]):
        add("session", "add", "nora", photo)
    out, _ = add("rescore", "nora", "--model", "formula")
    assert "1 shots were measured, 0 had been already, 0 could not be" in out
    out, _ = add("rescore", "nora", "--model", "formula")
    assert "0 shots were measured, 1 had been already, 0 could not be" in out
    by_network, by_formula = (
        told("timeline", "nora"),
        json.loads(run("timeline", "nora", "--model", "formula", "--json")[0]),
    )
    assert by_network["model"] != by_formula["model"] == "formula"
    assert by_network["unscored"] == by_formula["unscored"] == 0
    found = {score["source"] for s in by_formula["series"] for score in s["against_baseline"]}
    assert found <= {"formula", None}


def test_another_baseline_measures_what_is_missing(photos):
    add("subject", "add", "nora")
    for photo in photos[:3]:
        add("session", "add", "nora", photo)
    out, err = add("session", "baseline", "nora", "2026-01-12")
    assert "held against 2026-01-12" in out
    assert err.count("measured") == 2
    assert told("timeline", "nora")["unscored"] == 0


def test_two_sessions_side_by_side(photos, tmp_path):
    add("subject", "add", "nora")
    for photo in photos[1:3]:
        add("session", "add", "nora", photo, "--no-score")
    path = tmp_path / "pair.pdf"
    run("report", "nora", "-o", path, "--before", "2026-01-12", "--after", "2026-01-14")
    text = "".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(path))
    assert "nora, face: the sessions of 2026-01-12 and 2026-01-14" in " ".join(text.split())
    _, err = run(
        "report", "nora", "-o", path, "--before", "2026-01-14", "--after", "2026-01-12", status=1
    )
    assert "swap --before and --after" in err


def test_a_symptom_may_be_said_as_it_comes(photos):
    add("subject", "add", "nora")
    for words in (("trouble", "breathing"), ("Trouble-Breathing",), ("trouble_breathing",)):
        assert "emergency: trouble breathing" in add("symptom", "add", "nora", *words)[0]
    assert len(told("record", "symptom", "list", "nora")) == 3  # of now, as no time was said


def test_a_baseline_against_which_nothing_can_be_held_is_told(tmp_path):
    add("subject", "add", "nora")
    empty = tmp_path / "2026-01-05.png"
    Image.new("RGB", (400, 400), "gray").save(empty)
    out, err = add("session", "add", "nora", empty, "--taken-at", "2026-01-05")
    assert "the baseline" in out
    assert "nothing can be held against this photo of the baseline" in err


def test_a_healing_baseline_is_warned_of(photos):
    add("subject", "add", "nora")
    add("treatment", "add", "nora", "microneedling", "--at", "2026-01-12T15:00", "--depth", 1.5)
    for photo in photos[1:4]:
        add("session", "add", "nora", photo)
    _, err = add("session", "baseline", "nora", "2026-01-14")
    assert "healing, not a result" in " ".join(err.split())
    assert "watch" in run("timeline", "nora")[0]


def test_encrypted_photos_need_the_passphrase(photos, tmp_path, home, monkeypatch):
    add("subject", "add", "nora")
    add("session", "add", "nora", photos[0])
    words = tmp_path / "words"
    words.write_text(PASSPHRASE + "\n")
    add("encrypt", "--new-passphrase-file", words)
    for path in (home / "photos").rglob("*"):
        assert path.is_dir() or path.read_bytes().startswith(b"skindelta sealed")
    assert told("record", "show")["encrypted"]
    _, err = add("session", "add", "nora", photos[1], status=1)
    assert "give its passphrase" in err
    monkeypatch.setenv("SKINDELTA_PASSPHRASE", "wrong")
    _, err = add("session", "list", "nora", status=1)
    assert "not the passphrase" in err
    monkeypatch.delenv("SKINDELTA_PASSPHRASE")
    add("session", "add", "nora", photos[1], "--passphrase-file", words)
    monkeypatch.setenv("SKINDELTA_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("SKINDELTA_NEW_PASSPHRASE", "another passphrase")
    add("passphrase")
    _, err = add("session", "list", "nora", status=1)
    assert "not the passphrase" in err
    monkeypatch.setenv("SKINDELTA_PASSPHRASE", "another passphrase")
    assert len(told("record", "session", "list", "nora")) == 2
    _, err = add("encrypt", status=1)
    assert "encrypted already" in err


def test_a_backup_comes_back_as_it_was(photos, tmp_path, home, monkeypatch):
    add("subject", "add", "nora")
    for photo in (photos[0], photos[2]):
        add("session", "add", "nora", photo)
    before = told("timeline", "nora")
    file = tmp_path / "backup.zip"
    out, _ = add("backup", file)
    assert "1 people, 2 sessions, 2 photos" in out
    _, err = add("restore", file, status=1)
    assert "another folder" in err
    monkeypatch.setenv("SKINDELTA_RECORD", str(tmp_path / "restored"))
    add("restore", file)
    assert told("timeline", "nora") | {"until": 0} == before | {"until": 0}


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("treatment", "add", "nora", "peel"), 1, "has no date: say when"),
        (("treatment", "add", "nora", "peel", "--at", "2099-01-01"), 1, "lies in the future"),
        (("treatment", "add", "nora", "peel", "--at", "soon"), 2, "is no time"),
        (("treatment", "add", "nora", "wax", "--at", "2026-01-01"), 2, "wax"),
        (("treatment", "add", "nora", "peel", "--at", "2026-01-01", "--depth", 1), 1, "no needle"),
        (("treatment", "add", "ben", "peel", "--at", "2026-01-01"), 1, "no person 'ben'"),
        (("treatment", "show", "nora", "2026-01-01"), 1, "there is no treatment"),
        (("symptom", "add", "nora", "sad"), 1, "'sad' is not known: say one of swelling"),
        (("session", "show", "nora", "ab"), 1, "there is no session"),
        (("session", "add", "nora", "missing.jpg"), 1, "does not exist"),
        (("subject", "add", "nora"), 1, "already"),
        (("subject", "add", "NORA"), 1, "already"),
        (("subject", "export", "nora", "x.pdf"), 1, ".zip"),
        (("treatment", "export", "nora", "x.pdf"), 1, "neither .csv nor .json"),
        (("restore", "missing.zip"), 1, "missing.zip"),
        (("import", "missing"), 1, "cannot be listed"),
        (("rescore", "nora", "--model", "nothing@9"), 1, "nothing"),
    ],
)
def test_trouble_is_one_sentence(words, status, message):
    add("subject", "add", "nora")
    _, err = add(*words, status=status)
    assert message in " ".join(err.split())
    if status == 1:
        assert err.count("\n") == 1


def test_nothing_is_deleted_unasked(photos):
    add("subject", "add", "nora")
    add("subject", "delete", "nora", status=1, given="n\n")
    assert len(told("record", "subject", "list")) == 1
    add("subject", "delete", "nora", given="y\n")
    assert told("record", "subject", "list") == []


def test_several_entries_of_a_day_are_told_apart_by_id():
    add("subject", "add", "nora")
    for kind in ("itch", "pain"):
        add("symptom", "add", "nora", kind, "--at", "2026-01-01")
    _, err = add("symptom", "delete", "nora", "2026-01-01", "--yes", status=1)
    assert "several symptoms are meant" in err
    first = told("record", "symptom", "list", "nora")[0]
    add("symptom", "delete", "nora", first["id"], "--yes")
    assert len(told("record", "symptom", "list", "nora")) == 1


def test_tables_go_to_files(tmp_path):
    add("subject", "add", "nora")
    add("treatment", "add", "nora", "laser", "--at", "2026-01-01", "--note", "=1+1")
    add("treatment", "export", "nora", tmp_path / "t.csv")
    assert "'=1+1" in (tmp_path / "t.csv").read_text()  # a spreadsheet shows it, and runs nothing
    add("treatment", "export", "nora", tmp_path / "t.json")
    assert json.loads((tmp_path / "t.json").read_text())[0]["note"] == "=1+1"
    add("symptom", "export", "nora", tmp_path / "s.csv")


def test_an_emergency_of_today_is_told_at_once_to_people_and_programs():
    add("subject", "add", "nora")
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    about = ("symptom", "add", "nora", "trouble breathing", "--at", today, "--severity", 3)
    out, _ = add(*about)
    assert "emergency: trouble breathing" in out
    document = told("record", *about)
    assert [flag["level"] for flag in document["flags"]] == ["emergency"]
    assert "emergency" in run("timeline", "nora")[0]
    out, _ = add("symptom", "add", "nora", "itch", "--at", today, "--severity", 1)
    assert "there is no rule for this" in out
    assert "contact your clinician" in " ".join(out.split())


def test_sessions_of_one_minute_and_sites_of_like_names_stay_apart_in_a_zip(photos, tmp_path):
    add("subject", "add", "nora")
    for name in ("left arm", "left-arm"):
        add("site", "add", "nora", name)
    for photo, site in zip(photos[:3], ("left arm", "left-arm", "left arm"), strict=True):
        add(
            "session",
            "add",
            "nora",
            photo,
            "--taken-at",
            "2026-03-01",
            "--site",
            site,
            "--no-score",
        )
    add("subject", "export", "nora", tmp_path / "nora.zip")
    with zipfile.ZipFile(tmp_path / "nora.zip") as kept:
        names = kept.namelist()
    assert len(names) == len(set(names))
    assert len([name for name in names if name.startswith("photos/")]) == 3


def test_a_photo_that_cannot_be_opened_does_not_keep_the_rest_in(photos, tmp_path, home):
    add("subject", "add", "nora")
    for photo in photos[:2]:
        add("session", "add", "nora", photo)
    with Record(home) as record:
        name = record.sessions("nora")[0].photos[0].sha256
    (home / "photos" / name[:2] / name).write_bytes(b"no more a photo")
    _, err = add("subject", "export", "nora", tmp_path / "nora.zip", status=1)
    assert "is damaged" in err
    with zipfile.ZipFile(tmp_path / "nora.zip") as kept:
        assert "missing.txt" in kept.namelist()
        assert len([n for n in kept.namelist() if n.startswith("photos/")]) == 1
    run("report", "nora", "-o", tmp_path / "nora.html")
    assert "This photo is not shown" in (tmp_path / "nora.html").read_text(encoding="utf-8")


def test_preparation_is_told_before():
    add("subject", "add", "nora", "--fitzpatrick", 5)
    out, _ = add("treatment", "prepare", "nora", "--setting", "home")
    for words in ("isotretinoin", "IV to VI", "home devices", "no diagnosis"):
        assert words in " ".join(out.split())
