"""Secrets are taken out of text, line for line; what only looks like one stays."""

import time

import pytest

from analysis.secret_patterns import REDACTED, without_patterns

scan = pytest.importorskip("ghapp.secrets_scan", reason="detect-secrets is not installed", exc_type=ImportError)

#: (line, the secret in it). Put together here, so that no scanner takes this file for a leak.
SECRETS = {
    "github": ("token: ghp_" + "a1B2" * 9, "ghp_" + "a1B2" * 9),
    "github app": ("ghs_" + "Zz9y" * 9, "ghs_" + "Zz9y" * 9),
    "github fine-grained": ("x = 'github_pat_" + "11ABCDEFG0" * 5 + "'", "github_pat_" + "11ABCDEFG0" * 5),
    "gitlab": ("glpat-" + "aB3dE6gH9jK2mN5pQ8sT", "glpat-" + "aB3dE6gH9jK2mN5pQ8sT"),
    "aws": ("id = AKIA" + "IOSFODNN7EXAMPLE", "AKIA" + "IOSFODNN7EXAMPLE"),
    "aws secret": ('aws_secret_access_key = "wJalrXUtnFEMI/K7MDENG' + '/bPxRfiCYEXAMPLEKEY"', "wJalrXUtnFEMI"),
    "jwt": ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0." + "dozjgNryP4J3jVmNHl0w", "eyJhbGciOiJIUzI1NiJ9"),
    "slack": ("xoxb-" + "123456789012-abcdefghijkl", "xoxb-" + "123456789012"),
    "slack hook": ("https://hooks.slack.com/services/" + "T0000/B0000/XXXXyyyy1234", "T0000/B0000"),
    "google": ("key=AIza" + "SyA1234567890abcdefghijklmnopqrstuvw", "AIza" + "SyA1234567890"),
    "openai": ("sk-proj-" + "abcdEFGH1234ijklMNOP5678", "sk-proj-" + "abcdEFGH"),
    "stripe": ("sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc", "sk_live_" + "4eC39"),
    "postgres": ("DATABASE_URL=postgres://app:s3cr3tpw@db.internal:5432/app", "s3cr3tpw"),
    "redis": ("redis://:p4ssw0rd@localhost:6379/0", "p4ssw0rd"),
    "ado": ("Server=db;User Id=sa;Password=Sup3rS3cret;Encrypt=yes", "Sup3rS3cret"),
    "password": ('password = "hunter2"', "hunter2"),
    "typed password": ('    db_password: str = "correct horse battery"', "correct horse battery"),
    "json": ('  "api_key": "0123456789abcdef",', "0123456789abcdef"),
    "go": ('clientSecret := "q8Zx-77aa"', "q8Zx-77aa"),
    "ruby": (":secret_key => 'f00dfacef00dface'", "f00dfacef00dface"),
    "env": ("DB_PASSWORD=Tr0ub4dor&3", "Tr0ub4dor&3"),
    "yaml": ("  passwd: s3cr3t-value-9", "s3cr3t-value-9"),
    "header": ('"Authorization": "Bearer abcdefghij0123456789klmnop"', "abcdefghij0123456789klmnop"),
    "dollar": ('password = "$ecret123!"', "$ecret123!"),
    "cut token": ("x = ghp_" + "a1B2" * 5 + " [60 characters left out]", "ghp_" + "a1B2" * 5),
}

HARMLESS = (
    'password = ""',
    'password = "${DB_PASSWORD}"',
    'password = "<your password>"',
    'api_key = os.environ["API_KEY"]',
    'password = "changeme"',
    'client = OpenAI(api_key="EMPTY", base_url=url)',
    "password = get_password(user)",
    "token = tokenizer.next_token(stream2)",
    'if token == "return":',
    'secret = "name"',
    "password: ${{ secrets.PASSWORD }}",
    "tokens = 128_000",
    "max_tokens: 4096",
    "3f786850e387550fdab836ed7e6dc881de23001b",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "https://user@example.com/path:80@x",
    "    value_12 = compute_something(12, option)",
    "def test_password_is_required(self): ...",
    "uuid = 123e4567-e89b-12d3-a456-426614174000",
)


@pytest.mark.parametrize("line", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("form", ["{}", "12 +{}", "before\n{}\nafter"])
def test_secrets_go_and_lines_stay(line, form):
    text, secret = form.format(line[0]), line[1]
    for redacted in (without_patterns, scan.redacted):
        clean, count = redacted(text)
        assert secret not in clean
        assert REDACTED in clean
        assert count >= 1
        assert clean.count("\n") == text.count("\n")
        assert redacted(clean) == (clean, 0)


@pytest.mark.parametrize("line", HARMLESS)
def test_what_is_no_secret_stays(line):
    assert scan.redacted(line) == (line, 0)


@pytest.mark.parametrize("prefix", ["", "12 +"])
def test_private_keys_go_line_by_line(prefix):
    body = ["MIIEpAIBAAKCAQEA" + "k9X2" * 12] * 5
    lines = ["before", "-----BEGIN RSA " + "PRIVATE KEY-----", *body, "-----END RSA " + "PRIVATE KEY-----", "after = 1"]
    text = "\n".join(prefix + line for line in lines)
    clean, count = scan.redacted(text)
    assert count == 1
    assert "k9X2" not in clean
    assert clean.split("\n")[-1] == prefix + "after = 1"
    assert [line[: len(prefix)] for line in clean.split("\n")] == [prefix] * len(lines)


def test_the_middle_of_a_key_goes_too():
    text = "\n".join(f"{n} +{'MIIEpAIBAAKCAQEA' + 'k9X2' * 12}" for n in range(20, 24))
    clean, count = scan.redacted(text)
    assert count == 1
    assert "k9X2" not in clean


def test_a_key_in_one_line_goes():
    text = (
        'KEY = "-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkq' + "k9X2" * 20 + '\\n-----END PRIVATE KEY-----"; x = 1'
    )
    clean, _ = scan.redacted(text)
    assert "k9X2" not in clean
    assert clean.endswith("x = 1")


def test_a_prompt_is_scanned_quickly():
    text = "\n".join(f'{n} +    value_{n} = compute({n}, "option {n}", password=password)' for n in range(3000))
    started = time.perf_counter()
    assert scan.redacted(text) == (text, 0)
    hostile = "\n".join(["password=" * 400, "a" * 4000, "://" * 1000, "eyJ" * 1300, "token " * 600, "x:y@" * 1000])
    scan.redacted(hostile)
    assert time.perf_counter() - started < 3
