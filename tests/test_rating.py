"""How points become a rating."""

from analysis.points import POINTS
from analysis.rating import IMPORTANCE_BANDS, MAX_REASONS, RISK_BANDS, Reason, rating


def reasons(*points):
    return [Reason(f"r-{number}", value, {}) for number, value in enumerate(points)]


def test_points_are_the_sum_of_the_reasons_shown():
    result = rating(reasons(3, 2, -1, 0), (10, 4))
    assert (result.points, result.level) == (4, "medium")
    assert [reason.points for reason in result.reasons] == [3, 2, -1]


def test_bands_include_their_least_point():
    levels = [rating(reasons(points), (10, 4)).level for points in (3, 4, 9, 10)]
    assert levels == ["low", "medium", "medium", "high"]


def test_only_the_strongest_count_and_the_order_is_stable():
    result = rating(reasons(*range(1, 21)), (10, 4))
    assert len(result.reasons) == MAX_REASONS
    assert result.points == sum(range(9, 21)) == sum(reason.points for reason in result.reasons)
    tied = rating(reversed(reasons(1, 1, 1)), (10, 4))
    assert [reason.code for reason in tied.reasons] == ["r-0", "r-1", "r-2"]


def test_no_reasons_are_low():
    assert rating([], RISK_BANDS).level == "low"


def test_no_kind_of_title_alone_reaches_high_importance_together_with_size():
    kinds = max(POINTS[code].importance for code in ("fixes-bug", "adds-feature", "says-performance"))
    shape = POINTS["changes-product"].importance + POINTS["size-huge"].importance + POINTS["many-areas"].importance
    assert kinds + shape < IMPORTANCE_BANDS[0]
