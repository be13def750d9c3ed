"""Boilerplate: advice that fits every change, and the signals that make it worth giving for this one."""

import re
from typing import NamedTuple

from analysis.change import Change
from analysis.paths import PRODUCT_ROLES, Role, path_role
from analysis.rating import Assessment


class _Kind(NamedTuple):
    """One kind of advice that fits every change.

    Attributes:
        pattern: How it reads.
        support: Codes of reasons any of which makes it worth giving.
    """

    pattern: re.Pattern[str]
    support: frozenset[str]


def _kind(support: str, *alternatives: str) -> _Kind:
    return _Kind(re.compile("|".join(alternatives), re.IGNORECASE | re.ASCII), frozenset(support.split()))


_INTERFACE = (
    "says-breaking says-default changes-default changes-limit deprecates removes-flag adds-flag removes-variable"
    " adds-variable removes-endpoint adds-endpoint removes-key adds-key removes-api-names edits-api"
)
_WRITE = r"\b(?:add|writ|updat|extend|includ|expand|improv|creat|provid|increas|cover|introduc)\w*\b"

_TESTS = _kind(
    "removes-tests skips-tests no-tests",
    rf"{_WRITE}.{{0,60}}\b(?:tests?|testing|coverage|test cases?)\b",
    r"\b(?:run|re-?run|execute|perform|conduct)\w*\b.{0,40}\b(?:tests?|testing|test suites?|regression)\b",
    r"\b(?:tests?|coverage)\b.{0,20}\b(?:should|would|must|needs?)\b|\bhave (?:\w+ )?tests\b|\btests (?:\w+ )?pass\b",
    r"\btest (?:thoroughly|carefully|extensively|this)\b|\b(?:thorough|comprehensive|extensive)(?:ly)?\b.{0,20}\btest",
    r"(?:补充|增加|添加|新增|完善|编写|扩展|补齐|加强|运行|执行|进行).{0,20}测试|充分测试|测试.{0,4}覆盖",
)
_DOCS = _kind(
    _INTERFACE,
    rf"(?:{_WRITE}|\b(?:adjust|revis|document)\w*\b).{{0,60}}"
    r"\b(?:docs?|documentation|readme|changelog|release notes?|docstrings?|comments)\b",
    r"\b(?:docs|documentation|readme|changelog|release notes)\b.{0,30}\b(?:should|needs?|must|up to date|in sync)\b",
    r"\b(?:consider|recommend|suggest)\w*\b.{0,20}\bdocument|^\W*(?:please )?document\b|\bshould be documented\b",
    r"(?:更新|补充|完善|添加|增加|编写|同步|修订).{0,20}(?:文档|说明|注释|变更日志|更新日志)|(?:文档|说明).{0,10}(?:更新|同步|补充)",
)
_CI = _kind(
    "edits-ci edits-publishing",
    r"\b(?:run|ensure|verify|check|confirm|make sure|monitor|wait for)\w*\b.{0,40}"
    r"\b(?:ci|pipelines?|checks pass|build passes)\b",
    r"\bci\b.{0,20}\b(?:pass|green|succeed)",
    r"(?:运行|执行|确保|检查|通过|等待|关注|触发).{0,20}(?:CI|流水线|持续集成)|(?:CI|流水线).{0,10}通过",
)
_MONITOR = _kind(
    "rolls-out changes-limit changes-default edits-migration reverts relands",
    r"\b(?:monitor|keep an eye|watch (?:for|out|the)|observ|track)\w*\b",
    r"\b(?:deploy|roll(?:ing)? (?:\w+ )?out|releas)\w*\b.{0,20}\b(?:carefully|cautiously|gradually)\b",
    r"监控|监测|观察|持续关注|密切关注",
)
_CARE = _kind(
    _INTERFACE + " edits-migration bumps-major",
    r"\b(?:ensure|verify|check|confirm|make sure|maintain)\w*\b.{0,40}"
    r"\b(?:backwards?[- ]compatib|compatibility|works as expected|no regressions?|functions? correctly|nothing breaks)",
    r"\b(?:keep|consider|mind)\w*\b.{0,20}\bbackwards?[- ]compatib",
    r"\b(?:notify|inform|alert)\w*\b.{0,30}\b(?:users?|teams?|stakeholders|consumers|customers)\b|通知.{0,6}(?:用户|下游)",
    r"(?:确保|验证|检查|确认|保持|注意).{0,20}(?:兼容|正常工作|没有回归|无回归|符合预期)",
)
_HABIT = _kind(
    "",
    r"\b(?:follow|adhere to)\b.{0,30}\b(?:best practices?|conventions?|guidelines?|standards?)\b",
    r"\breview\b.{0,30}\b(?:carefully|thoroughly)\b|\bcode review\b|\bcommunicat\w+ (?:the |this |these )?changes?\b",
    r"\bensure\b.{0,20}\b(?:error handling|code quality|readability)\b|\b(?:second|another|additional) review(?:er)?\b",
    r"^\W*(?:consider )?(?:add|improv)(?:e|ing)? (?:more |better )?(?:logging|error handling)\W*$",
    r"\bconsider\b.{0,30}\b(?:performance|security|scalability) (?:implications?|impacts?)\W*$",
    r"最佳实践|编码规范|(?:仔细|认真|代码)(?:审查|评审|检查)|通知(?:团队|相关)",
)
_KINDS = (_TESTS, _DOCS, _CI, _MONITOR, _CARE, _HABIT)


def is_boilerplate(advice: str, change: Change, assessment: Assessment) -> bool:
    """Whether one sentence of advice fits every change and nothing in this one gives rise to it."""
    codes = {reason.code for rating in (assessment.importance, assessment.risk) for reason in rating.reasons}
    codes |= {"no-tests"} if _is_untested(change) else set()
    kinds = [kind for kind in _KINDS if kind.pattern.search(advice)]
    return bool(kinds) and not any(kind.support & codes for kind in kinds)


def _is_untested(change: Change) -> bool:
    """Product code changes and no test does, however small the change is."""
    roles = {path_role(file.path) for file in change.files}
    return bool(roles & PRODUCT_ROLES) and Role.TEST not in roles
