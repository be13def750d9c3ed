import email.utils

import pytest

from ghapp.limits import LONGEST_SECONDS, Limit, limit_of

NOW = 1_767_866_400.0
SECONDARY = '{"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}'


def on(seconds):
    return email.utils.formatdate(NOW + seconds, usegmt=True)


@pytest.mark.parametrize(
    ("status", "headers", "text", "expected"),
    [
        (403, {"retry-after": "7"}, "", Limit(7)),
        (429, {"retry-after": "7"}, "", Limit(7)),
        (403, {"retry-after": on(90)}, "", Limit(90)),
        (403, {"retry-after": on(90)[:-4] + "-0000"}, "", Limit(90)),
        # Our clock is an hour behind GitHub's: the answer's own date is what the other one is compared with.
        (403, {"retry-after": on(3690), "date": on(3600)}, "", Limit(90)),
        (403, {"retry-after": "0"}, "", Limit(1)),
        (403, {"retry-after": "-5"}, "", Limit(1)),
        (403, {"retry-after": on(-90)}, "", Limit(1)),
        (403, {"retry-after": "86400"}, "", Limit(LONGEST_SECONDS)),
        (403, {"retry-after": "1e999"}, "", Limit(LONGEST_SECONDS)),
        (403, {"retry-after": on(86_400 * 365)}, "", Limit(LONGEST_SECONDS)),
        (403, {"retry-after": "nan"}, "", Limit(None)),
        (403, {"retry-after": "soon"}, "", Limit(None)),
        (403, {"retry-after": ""}, "", Limit(None)),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 600)}, "", Limit(600)),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{int(NOW)}000"}, "", Limit(LONGEST_SECONDS)),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "17"}, "", Limit(1)),
        (429, {"x-ratelimit-remaining": "0"}, "", Limit(None)),
        # The secondary limit's own time comes before the primary one's.
        (403, {"retry-after": "7", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "9e9"}, SECONDARY, Limit(7)),
        (403, {"x-ratelimit-remaining": "4000"}, SECONDARY, Limit(None)),
        (403, {}, "You have triggered an abuse detection mechanism.", Limit(None)),
        (429, {}, "", Limit(None)),
        (403, {"x-ratelimit-remaining": "4000"}, '{"message": "Resource not accessible by integration"}', None),
        (404, {"retry-after": "7"}, "", None),
        (200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 600)}, "", None),
    ],
)
def test_what_an_answer_says_of_a_limit(status, headers, text, expected):
    assert limit_of(status, headers, text, NOW) == expected
