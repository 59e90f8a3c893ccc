"""Numbers of bytes in words."""

import pytest

from engine.domain.data.sizes import size_words


@pytest.mark.parametrize(("count", "words"), [
    (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1_000, "1 kB"), (1_840_000_000, "1.8 GB"),
    (52_000_000, "52 MB"), (999_999, "1 MB"), (9_960, "10 kB"), (2_000_000, "2 MB"),
    (3_400_000_000_000_000, "3400 TB"),
])
def test_a_size_is_said_in_the_unit_that_fits(count, words):
    assert size_words(count) == words
