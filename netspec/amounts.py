"""How amounts are told to people: counts, bytes, changes and shares, to three digits."""

from __future__ import annotations

_UNITS = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))
_EXACT_BELOW = 10**4


def rounded(count: int) -> str:
    """A count to three digits: `5.72 G`, `24.3 M`; exact below ten thousand.

    >>> rounded(5_718_899_296), rounded(9_999)
    ('5.72 G', '9,999')
    """
    for unit_size, unit in _UNITS:
        if count >= max(unit_size, _EXACT_BELOW):
            number = count / unit_size
            return f"{number:.{(number < 10) + (number < 100)}f} {unit}"
    return f"{count:,}"


def size(count: int) -> str:
    """Bytes to three digits, in units of a thousand.

    >>> size(2_841_728), size(4_000)
    ('2.84 MB', '4,000 B')
    """
    text = rounded(count)
    return f"{text}B" if text[-1].isalpha() else f"{text} B"


def signed(count: int) -> str:
    """A change of a count, with its sign; nothing where there is none.

    >>> signed(-19_647_120), signed(448), signed(0)
    ('-19.6 M', '+448', '')
    """
    return f"{_sign(count)}{rounded(abs(count))}" if count else ""


def signed_size(count: int) -> str:
    """A change of bytes, with its sign; nothing where there is none.

    >>> signed_size(-1_420_000)
    '-1.42 MB'
    """
    return f"{_sign(count)}{size(abs(count))}" if count else ""


def share(before: int, after: int) -> str:
    """A change as a part of what was there, in percent.

    >>> share(200, 150), share(1_000_000, 1_000_670), share(2, 5)
    ('-25.0 %', '+0.07 %', '+150 %')
    """
    percent = 100 * (after - before) / before
    digits = 0 if abs(percent) >= 100 else 1 if abs(percent) >= 1 else 2
    return f"{percent:+.{digits}f} %"


def counted(count: int, noun: str) -> str:
    """A count with its noun.

    >>> counted(1, "step"), counted(1200, "step")
    ('1 step', '1,200 steps')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _sign(count: int) -> str:
    return "-" if count < 0 else "+"
