"""Files of names."""

from __future__ import annotations

from pathlib import Path

import pytest

from netspec.diagnostics import SpecError
from netspec.images.labels import read_labels


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "labels.txt"


@pytest.mark.parametrize(
    "text",
    [
        "cat\ndog\nfox\n",
        "cat\ndog\nfox",
        "cat\r\ndog\r\nfox\r\n",
        " cat \ndog\t\nfox\n\n\n",
        "\ufeffcat\ndog\nfox\n",
        "background\ncat\ndog\nfox\n",
        "Background\ncat\ndog\nfox\n",
    ],
)
def test_one_a_line(text: str, file: Path) -> None:
    file.write_text(text, encoding="utf-8", newline="")
    assert read_labels(file, 3) == ("cat", "dog", "fox")


def test_a_background_that_is_a_class_stays(file: Path) -> None:
    file.write_text("background\ncat\n")
    assert read_labels(file, 2) == ("background", "cat")


def test_a_name_may_have_spaces_and_other_letters(file: Path) -> None:
    file.write_text("tench, Tinca tinca\ngås\n", encoding="utf-8")
    assert read_labels(file, 2) == ("tench, Tinca tinca", "gås")


def test_a_name_does_nothing_to_a_terminal(file: Path) -> None:
    file.write_text("cat\x1b[31m\ndog\n")
    assert read_labels(file, 2) == ("cat\ufffd[31m", "dog")


@pytest.mark.parametrize(
    ("text", "classes", "words"),
    [
        ("cat\ndog\n", 4, "labels.txt has 2 lines, the network 4 classes"),
        ("cat\ndog\nfox\n", 4, "is class 0 the background"),
        ("cat\ndog\nfox\nhen\n", 3, "4 lines, the network 3 classes"),
        ("", 1000, "0 lines, the network 1,000 classes"),
    ],
)
def test_a_file_that_does_not_fit(text: str, classes: int, words: str, file: Path) -> None:
    file.write_text(text)
    with pytest.raises(SpecError, match=words) as caught:
        read_labels(file, classes)
    assert [d.code for d in caught.value.diagnostics] == ["NS705"]


def test_a_file_that_can_t_be_read(file: Path) -> None:
    for data, code in ((None, "NS101"), (b"caf\xe9\n", "NS103"), (b"a\n" * (1 << 20), "NS102")):
        if data is not None:
            file.write_bytes(data)
        with pytest.raises(SpecError) as caught:
            read_labels(file, 1)
        assert [d.code for d in caught.value.diagnostics] == [code]
