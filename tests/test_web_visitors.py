"""What one browser brings is read by that browser alone, and goes in time."""

import os
import time
from types import SimpleNamespace

import pytest

from skindelta.errors import SkinDeltaError
from skindelta.web.serving import visitors as module
from skindelta.web.serving.files import STRAY_SECONDS
from skindelta.web.serving.visitors import Visitors


@pytest.fixture
def visitors(tmp_path):
    return Visitors(tmp_path, keep_seconds=3600, grace_seconds=20)


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
    assert visitors.kept("anna", token).path.exists()
    visitors.sweep(time.time() + 21)
    assert not path.exists()
    assert visitors.kept("anna", token) is None
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
    visitors.sweep(time.time() + 21)
    assert not path.exists()


def test_no_photo_gets_older_than_an_hour_in_an_open_tab(visitors):
    path = brought(visitors, "anna")
    one = visit(visitors, "anna", "a1")
    url = one.keep(b"png", "map.png")
    with visitors.being_open("a1"):
        visitors.sweep(time.time() + 3599)
        assert path.exists()
        visitors.sweep(time.time() + 3601)
    assert not path.exists()
    assert visitors.kept("anna", url.split("/")[-2]) is None
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
    with visitors.arriving():
        visitors.sweep()
        assert half.exists()
        os.utime(half, (time.time() - STRAY_SECONDS - 1,) * 2)
        visitors.sweep()
        assert not half.exists()
        half.write_bytes(b"ha")
    visitors.sweep()
    assert not half.exists()


def test_of_many_pictures_of_a_tab_the_oldest_go_first(visitors, monkeypatch):
    monkeypatch.setattr(module, "MOST_KEPT", 3)
    one, other = visit(visitors, "anna", "a1"), visit(visitors, "anna", "a2")
    first = other.keep(b"0", "0.png").split("/")[-2]
    tokens = [one.keep(b"x", f"{n}.png").split("/")[-2] for n in range(5)]
    assert [visitors.kept("anna", t) is not None for t in tokens] == [
        False,
        False,
        True,
        True,
        True,
    ]
    assert visitors.kept("anna", first) is not None
    assert len(list((visitors.uploads / "kept").iterdir())) == 4


def test_of_many_tabs_a_closed_one_makes_room_and_an_open_one_does_not(visitors, monkeypatch):
    monkeypatch.setattr(module, "MOST_SESSIONS", 2)
    assert all(visitors.claim("anna", name) for name in ("a1", "a2"))
    with visitors.being_open("a1"):
        assert visitors.claim("anna", "a3")  # a2 went
        with visitors.being_open("a3"):
            assert not visitors.claim("anna", "a4")
            assert visitors.claim("ben", "a2")


def test_more_than_the_page_holds_is_refused_with_a_sentence(visitors, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    brought(visitors, "anna", data=b"x" * 8)
    assert visitors.room_for("anna", 2) is None
    assert visitors.room_for("anna", 3) == module.TOO_MANY
    assert visitors.room_for("ben", 3) is None


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
    assert visitors.kept("anna", url.split("/")[-2]) is None
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


def test_what_a_tab_lets_go_of_stays_for_another_tab(visitors):
    path, own = brought(visitors, "anna"), brought(visitors, "anna", folder="1" * 64)
    first, second = visit(visitors, "anna", "a1"), visit(visitors, "anna", "a2")
    for one, used in ((first, path), (first, own), (second, path)):
        one.own(used)
    url = first.keep(b"png", "map.png")
    visitors.drop_used("anna", "a1")
    assert path.exists()
    assert not own.exists()
    assert visitors.kept("anna", url.split("/")[-2]) is None
