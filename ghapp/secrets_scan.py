"""Secrets taken out of text before it leaves the process; the only module that imports detect_secrets.

Its detectors are asked line by line, without its scanner: that one reads files, keeps global settings and can ask
services whether a secret works. Detectors of mere entropy are left out: hashes and identifiers fill every diff.
"""

from detect_secrets.plugins.artifactory import ArtifactoryDetector
from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.basic_auth import BasicAuthDetector
from detect_secrets.plugins.cloudant import CloudantDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.ibm_cloud_iam import IbmCloudIamDetector
from detect_secrets.plugins.ibm_cos_hmac import IbmCosHmacDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.softlayer import SoftlayerDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector

from analysis.secret_patterns import REDACTED, without_patterns

_DETECTORS: tuple[RegexBasedDetector, ...] = (
    ArtifactoryDetector(),
    AWSKeyDetector(),
    AzureStorageKeyDetector(),
    BasicAuthDetector(),
    CloudantDetector(),
    DiscordBotTokenDetector(),
    GitHubTokenDetector(),
    GitLabTokenDetector(),
    IbmCloudIamDetector(),
    IbmCosHmacDetector(),
    JwtTokenDetector(),
    MailchimpDetector(),
    NpmDetector(),
    OpenAIDetector(),
    PypiTokenDetector(),
    SendGridDetector(),
    SlackDetector(),
    SoftlayerDetector(),
    SquareOAuthDetector(),
    StripeDetector(),
    TelegramBotTokenDetector(),
    TwilioKeyDetector(),
)
#: Characters of a line that the detectors are given, and of a secret that is worth taking out.
_LINE_LIMIT = 8000
_LEAST = 8


def redacted(text: str) -> tuple[str, int]:
    """A text without the secrets found in it, and how many they were.

    Every line stays a line, so that line numbers stay right. Secrets without a form of their own, such as a password
    in prose, are not found.
    """
    known, count = without_patterns(text)
    lines = known.split("\n")
    for position, line in enumerate(lines):
        lines[position], found = _without(line)
        count += found
    return "\n".join(lines), count


def _without(line: str) -> tuple[str, int]:
    count = 0
    for secret in _secrets(line):
        count += secret in line
        line = line.replace(secret, REDACTED)
    return line, count


def _secrets(line: str) -> list[str]:
    """What the detectors see in a line, the longest first."""
    found = {secret for detector in _DETECTORS for secret in detector.analyze_string(line[:_LINE_LIMIT])}
    return sorted(
        (secret for secret in found if len(secret) >= _LEAST and REDACTED not in secret), key=len, reverse=True
    )
