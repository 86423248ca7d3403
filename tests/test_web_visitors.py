"""What one browser brings is read by that browser alone, and goes in time."""

import os
import time
from types import SimpleNamespace

import pytest

from skindelta.errors import SkinDeltaError
from skindelta.web.serving import shelf
from skindelta.web.serving import visit as visit_module
from skindelta.web.serving import visitors as module
from skindelta.web.serving.files import STRAY_SECONDS
from skindelta.web.serving.visitors import Visitors


@pytest.fixture
def visitors(tmp_path):
    return Visitors(tmp_path, keep_seconds=3600, grace_seconds=20, away_seconds=600)


def brought(visitors, who, name="a.jpg", folder="0" * 64, data=b"photo"):
    """An upload as Gradio leaves it: in a folder named after what is in the file."""
    path = visitors.uploads / folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    assert visitors.uploaded(who, [str(path)])
    return path


def visit(visitors, who, session):
    assert visitors.claim(who, session)
    return visitors.visit(SimpleNamespace(session_hash=session))


def closed(visitors, session, seconds=21.0):
    """Close a tab, and come back after some seconds."""
    visitors.leave(session)
    visitors.sweep(time.time() + seconds)


def test_a_photo_is_read_by_whoever_brought_it_and_nobody_else(visitors):
    path = brought(visitors, "anna")
    assert visit(visitors, "anna", "a1").own(str(path)) == path
    with pytest.raises(SkinDeltaError, match="no longer here"):
        visit(visitors, "ben", "b1").own(str(path))
    assert not visitors.may_read("ben", path)


@pytest.mark.parametrize("path", ["/etc/passwd", "../../etc/passwd", "a\0b", "x" * 5000, ""])
def test_no_other_file_of_the_machine_is_anybodys(visitors, path):
    with pytest.raises(SkinDeltaError, match="no longer here"):
        visit(visitors, "anna", "a1").own(path)
    assert not visitors.may_read("anna", path)


def test_a_link_out_of_the_folder_is_not_followed(visitors, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.jpg"
    secret.write_bytes(b"secret")
    link = visitors.uploads / "f" / "link.jpg"
    link.parent.mkdir()
    link.symlink_to(secret)
    assert not visitors.uploaded("anna", [str(link)])
    with pytest.raises(SkinDeltaError):
        visit(visitors, "anna", "a1").own(str(link))


def test_a_tab_belongs_to_the_browser_that_first_named_it(visitors):
    assert visitors.claim("anna", "a1")
    assert visitors.claim("anna", "a1")
    assert not visitors.claim("ben", "a1")


@pytest.mark.parametrize("name", ["", "x" * 65, "a b", "../a", "ä", "a\n"])
def test_odd_names_of_tabs_are_refused(visitors, name):
    assert not visitors.claim("anna", name)


def test_photos_go_a_moment_after_their_tab(visitors):
    path = brought(visitors, "anna")
    url = (one := visit(visitors, "anna", "a1")).keep(b"png", "map.png")
    one.own(path)
    token = url.split("/")[-2]
    visitors.leave("a1")
    visitors.sweep(time.time() + 19)
    assert path.exists()
    assert visitors.shelf.found("anna", token).path.exists()
    visitors.sweep(time.time() + 21)
    assert not path.exists()
    assert visitors.shelf.found("anna", token) is None
    assert not list((visitors.uploads / "kept").iterdir())


def test_a_tab_that_comes_back_in_time_keeps_its_photos(visitors):
    path = brought(visitors, "anna")
    visit(visitors, "anna", "a1").own(path)
    visitors.leave("a1")
    with visitors.being_open("a1"):
        visitors.sweep(time.time() + 21)
        assert path.exists()


def test_an_event_under_way_does_not_keep_a_closed_tab(visitors):
    path = brought(visitors, "anna")
    visit(visitors, "anna", "a1").own(path)
    visitors.leave("a1")
    assert visitors.claim("anna", "a1")
    visitors.sweep(time.time() + 21)
    assert not path.exists()


def test_a_tab_with_two_connections_is_closed_with_the_second(visitors):
    path = brought(visitors, "anna")
    visit(visitors, "anna", "a1").own(path)
    with visitors.being_open("a1"):
        with visitors.being_open("a1"):
            pass
        visitors.leave("a1")  # said of the first, heard when the second is there
        visitors.sweep(time.time() + 21)
        assert path.exists()
    visitors.leave("a1")
    visitors.sweep(time.time() + 21)
    assert not path.exists()


def test_a_tab_that_only_lost_its_connection_has_ten_minutes_to_come_back(visitors):
    path = brought(visitors, "anna")
    visit(visitors, "anna", "a1").own(path)
    with visitors.being_open("a1"):
        pass
    visitors.sweep(time.time() + 599)
    assert path.exists()
    assert visitors.owns("anna", "a1")
    visitors.sweep(time.time() + 601)
    assert not path.exists()


@pytest.mark.parametrize("said_first", [True, False])
def test_a_tab_that_says_that_it_goes_has_not(visitors, said_first):
    path = brought(visitors, "anna")
    visit(visitors, "anna", "a1").own(path)
    with visitors.being_open("a1"):
        if said_first:
            visitors.leave("a1")
            visitors.sweep(time.time() + 21)
            assert path.exists()  # its connection is still there
    if not said_first:
        visitors.leave("a1")
    visitors.sweep(time.time() + 21)
    assert not path.exists()


def test_a_tab_whose_photos_were_deleted_never_begins_anew(visitors, monkeypatch):
    monkeypatch.setattr(module, "MOST_FORGOTTEN", 2)
    for name in ("a1", "a2", "a3"):
        visitors.claim("anna", name)
        closed(visitors, name)
    assert [visitors.was_forgotten(name) for name in ("a1", "a2", "a3")] == [False, True, True]
    assert not visitors.claim("anna", "a3")
    assert visitors.claim("anna", "a1")  # so many names are not remembered


def test_no_photo_gets_older_than_an_hour_in_an_open_tab(visitors):
    path = brought(visitors, "anna")
    one = visit(visitors, "anna", "a1")
    url = one.keep(b"png", "map.png")
    with visitors.being_open("a1"):
        visitors.sweep(time.time() + 3599)
        assert path.exists()
        visitors.sweep(time.time() + 3601)
    assert not path.exists()
    assert visitors.shelf.found("anna", url.split("/")[-2]) is None
    with pytest.raises(SkinDeltaError, match="deleted after an hour"):
        one.own(path)


def test_a_tab_that_never_said_it_is_open_goes_after_an_hour(visitors):
    gone = []
    visitors.on_leave.append(gone.append)
    visitors.claim("anna", "a1")
    visitors.claim("ben", "b1")
    with visitors.being_open("b1"):
        visitors.sweep(time.time() + 3601)
    assert gone == ["a1"]


def test_the_same_photo_of_two_people_goes_with_the_second(visitors):
    path = brought(visitors, "anna")
    assert brought(visitors, "ben") == path
    visit(visitors, "anna", "a1").own(path)
    visit(visitors, "ben", "b1").own(path)
    closed(visitors, "a1")
    assert path.exists()
    assert not visitors.may_read("anna", path)
    assert visitors.may_read("ben", path)
    closed(visitors, "b1")
    assert not path.exists()


def test_the_same_photo_under_another_name_stays_for_the_other(visitors):
    hers = brought(visitors, "anna", "a.jpg")
    his = brought(visitors, "ben", "b.jpg")
    assert hers.parent == his.parent
    visit(visitors, "anna", "a1").own(hers)
    visit(visitors, "ben", "b1").own(his)
    closed(visitors, "a1")
    assert not hers.exists()
    assert his.exists()


def test_a_photo_that_another_tab_has_just_brought_again_stays(visitors):
    path = brought(visitors, "anna")
    visit(visitors, "anna", "a1").own(path)
    visitors.claim("anna", "a2")
    brought(visitors, "anna")  # in the second tab, which has not used it yet
    closed(visitors, "a1")
    assert path.exists()
    closed(visitors, "a2")
    assert not path.exists()


def test_what_no_tab_used_goes_with_the_last_tab(visitors):
    path = brought(visitors, "anna")
    visitors.claim("anna", "a1")
    closed(visitors, "a1")
    assert not path.exists()


def test_an_upload_that_is_not_there_is_told(visitors):
    path = brought(visitors, "anna")
    path.unlink()
    assert not visitors.uploaded("ben", [str(path)])
    assert not visitors.may_read("ben", path)


def test_half_a_file_goes_once_nobody_sends_it(visitors):
    half = visitors.uploads / "tmp1234"
    half.write_bytes(b"ha")
    with visitors.arriving("anna", 4):
        visitors.sweep()
        assert half.exists()
        os.utime(half, (time.time() - STRAY_SECONDS - 1,) * 2)
        visitors.sweep()
        assert not half.exists()
        half.write_bytes(b"ha")
    visitors.sweep()
    assert not half.exists()


def test_of_many_pictures_of_a_tab_the_oldest_go_first(visitors, monkeypatch):
    monkeypatch.setattr(shelf, "MOST_KEPT", 3)
    one, other = visit(visitors, "anna", "a1"), visit(visitors, "anna", "a2")
    first = other.keep(b"0", "0.png").split("/")[-2]
    folder = one.place("photos").path
    folder.mkdir()
    tokens = [one.keep(b"x", f"{n}.png").split("/")[-2] for n in range(5)]
    assert [visitors.shelf.found("anna", t) is not None for t in tokens] == [
        False,
        False,
        True,
        True,
        True,
    ]
    assert visitors.shelf.found("anna", first) is not None
    assert folder.is_dir()  # where a handler works is no picture
    assert len(list((visitors.uploads / "kept").iterdir())) == 5


def test_the_same_picture_of_a_tab_is_one_file_however_often_it_is_shown(visitors, monkeypatch):
    monkeypatch.setattr(shelf, "MOST_KEPT", 3)
    one, other = visit(visitors, "anna", "a1"), visit(visitors, "anna", "a2")
    url = one.keep(b"x", "1.png")
    for number in range(2, 6):
        one.keep(b"x", f"{number}.png")
        assert one.keep(b"x", "1.png") == url  # and with that it is the newest again
    assert len({url, one.keep(b"y", "1.png"), other.keep(b"x", "1.png")}) == 3
    assert visitors.shelf.found("anna", url.split("/")[-2]).path.read_bytes() == b"x"


def test_a_picture_that_is_shown_again_is_kept_for_another_hour(visitors, monkeypatch):
    one = visit(visitors, "anna", "a1")
    token = one.keep(b"x", "1.png").split("/")[-2]
    now = time.time()
    monkeypatch.setattr(module.time, "time", lambda: now + 3000)
    one.keep(b"x", "1.png")
    with visitors.being_open("a1"):
        visitors.sweep(now + 3601)
    assert visitors.shelf.found("anna", token) is not None


def test_reports_and_folders_to_work_in_are_not_kept_without_end(visitors, monkeypatch):
    monkeypatch.setattr(shelf, "MOST_PLACED", 2)
    one = visit(visitors, "anna", "a1")
    picture = one.keep(b"x", "1.png").split("/")[-2]
    placed = [one.place("report.pdf") for _ in range(3)]
    assert [kept.path.parent.is_dir() for kept in placed] == [False, True, True]
    assert visitors.shelf.found("anna", picture) is not None


def test_what_shows_an_erased_person_goes_and_nothing_else(visitors):
    one, other = visit(visitors, "anna", "a1"), visit(visitors, "ben", "b1")
    zoe = [one.keep(b"x", "1.png", about="zoe"), other.place("zoe.zip", about="zoe").url]
    rest = [one.keep(b"x", "1.png", about="max"), one.keep(b"x", "1.png"), one.place("a").url]
    one.drop_about("zoe")
    one.drop_about("")
    who = dict.fromkeys([zoe[0], *rest], "anna") | {zoe[1]: "ben"}
    assert [visitors.shelf.found(who[url], url.split("/")[-2]) for url in zoe] == [None, None]
    assert all(visitors.shelf.found(who[url], url.split("/")[-2]) for url in rest)


def test_of_many_tabs_a_closed_one_makes_room_and_an_open_one_does_not(visitors, monkeypatch):
    monkeypatch.setattr(module, "MOST_SESSIONS", 2)
    assert all(visitors.claim("anna", name) for name in ("a1", "a2"))
    with visitors.being_open("a1"):
        assert visitors.claim("anna", "a3")  # a2 went
        with visitors.being_open("a3"):
            assert not visitors.claim("anna", "a4")
            assert visitors.claim("ben", "b1")


def test_more_than_the_page_holds_is_refused_with_a_sentence(visitors, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    brought(visitors, "anna", data=b"x" * 8)
    assert visitors.room_for("anna", 2) is None
    assert visitors.room_for("anna", 3) == module.TOO_MANY
    assert visitors.room_for("ben", 3) is None


def test_uploads_that_are_under_way_count(visitors, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    monkeypatch.setattr(module, "free_bytes", lambda folder: module.SPARE_BYTES + 10)
    with visitors.arriving("anna", 8):
        assert visitors.room_for("anna", 2) is None
        assert visitors.room_for("ben", 3) == module.DISK_FULL
        monkeypatch.setattr(module, "free_bytes", lambda folder: module.SPARE_BYTES + 20)
        assert visitors.room_for("anna", 3) == module.TOO_MANY
        assert visitors.room_for("ben", 3) is None
    assert visitors.room_for("anna", 10) is None


def test_nothing_large_is_begun_on_a_nearly_full_disk(visitors, monkeypatch):
    one = visit(visitors, "anna", "a1")
    monkeypatch.setattr(visit_module, "free_bytes", lambda folder: module.SPARE_BYTES - 1)
    with pytest.raises(SkinDeltaError, match="make room"):
        one.place("backup.zip")
    assert one.keep(b"x", "1.png")  # what was saved can still be looked at


def test_a_nearly_full_disk_is_told_before_it_is_full(visitors, monkeypatch):
    monkeypatch.setattr(module, "free_bytes", lambda folder: module.SPARE_BYTES + 10)
    assert visitors.room_for("anna", 10) is None
    assert visitors.room_for("anna", 11) == module.DISK_FULL


def test_who_signs_out_leaves_nothing(visitors):
    path, other = brought(visitors, "anna"), brought(visitors, "ben", folder="1" * 64)
    one = visit(visitors, "anna", "a1")
    url = one.keep(b"png", "map.png")
    gone = []
    visitors.on_leave.append(gone.append)
    visitors.forget("anna")
    assert not path.exists()
    assert other.exists()
    assert visitors.shelf.found("anna", url.split("/")[-2]) is None
    assert gone == ["a1"]


def test_what_a_handler_keeps_after_its_tab_went_goes_too(visitors):
    one = visit(visitors, "anna", "a1")
    closed(visitors, "a1")
    one.keep(b"png", "late.png")
    visitors.sweep()
    assert not list((visitors.uploads / "kept").iterdir())


def test_our_own_example_is_taken_as_if_it_were_brought(visitors, tmp_path_factory):
    example = tmp_path_factory.mktemp("ours") / "example.png"
    example.write_bytes(b"example")
    one = visit(visitors, "anna", "a1")
    path = one.take(example)
    assert one.own(path).read_bytes() == b"example"
    closed(visitors, "a1")
    assert not os.path.exists(path)
    assert example.exists()


def test_a_page_of_an_ended_server_is_told_to_reload(visitors):
    with pytest.raises(SkinDeltaError, match="reload"):
        visitors.visit(SimpleNamespace(session_hash="unheard"))
