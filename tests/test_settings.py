import base64

import pytest

from ghapp.settings import SettingsError, settings_from

PEM = "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n"
GOOD = {"APP_ID": "7", "PRIVATE_KEY": PEM, "WEBHOOK_SECRET": "s"}


def test_no_credentials_at_all_is_set_up_mode():
    assert settings_from({}).credentials is None


def test_some_but_not_all_is_an_error_that_names_what_is_missing():
    with pytest.raises(SettingsError) as caught:
        settings_from({"APP_ID": "7"})
    assert [problem.split()[0] for problem in caught.value.problems] == ["PRIVATE_KEY", "WEBHOOK_SECRET"]


def test_all_faults_at_once():
    environ = GOOD | {
        "PORT": "eighty",
        "GHAPP_TIMEZONE": "Moon/Base",
        "LOG_LEVEL": "loud",
        "REDIS_URL": "http://x:secret@y",
    }
    with pytest.raises(SettingsError) as caught:
        settings_from(environ)
    text = str(caught.value)
    assert all(name in text for name in ("PORT", "GHAPP_TIMEZONE", "LOG_LEVEL", "REDIS_URL"))
    assert "secret" not in text


@pytest.mark.parametrize("key", [PEM, PEM.replace("\n", "\\n"), base64.b64encode(PEM.encode()).decode()])
def test_a_key_as_text_with_escaped_line_ends_or_in_base64(key):
    assert settings_from(GOOD | {"PRIVATE_KEY": key}).credentials.private_keys == (PEM,)


def test_a_key_from_a_file(tmp_path):
    (tmp_path / "key.pem").write_text(PEM)
    environ = {"APP_ID": "7", "PRIVATE_KEY_PATH": str(tmp_path / "key.pem"), "WEBHOOK_SECRET": "s"}
    assert settings_from(environ).credentials.private_keys == (PEM,)


@pytest.mark.parametrize(
    "environ", [{"PRIVATE_KEY": "nonsense"}, {"PRIVATE_KEY": "", "PRIVATE_KEY_PATH": "/nowhere.pem"}]
)
def test_a_key_that_is_none_is_an_error(environ):
    with pytest.raises(SettingsError, match="PRIVATE_KEY"):
        settings_from(GOOD | environ)


def test_secrets_are_rotated_by_a_list_and_never_shown():
    settings = settings_from(GOOD | {"WEBHOOK_SECRET": "new, old"})
    assert settings.credentials.webhook_secrets == (b"new", b"old")
    assert "abc" not in repr(settings)
    assert "abc" not in repr(settings.credentials)


OTHER = PEM.replace("abc", "def")


@pytest.mark.parametrize(
    "key",
    [
        PEM + OTHER,
        PEM.strip() + OTHER.strip(),
        (PEM + "\n" + OTHER).replace("\n", "\\n"),
        base64.b64encode((PEM + OTHER).encode()).decode(),
        base64.encodebytes((PEM + OTHER).encode()).decode(),
        PEM + OTHER + PEM,
    ],
    ids=["one after the other", "without a line's end", "escaped", "in base64", "in lines of base64", "one twice"],
)
def test_two_keys_in_one_text(key):
    assert settings_from(GOOD | {"PRIVATE_KEY": key}).credentials.private_keys == (PEM, OTHER)


def test_two_keys_in_files_and_a_file_with_two(tmp_path):
    (tmp_path / "new.pem").write_text(PEM)
    (tmp_path / "both.pem").write_text(OTHER + PEM)
    for paths, keys in (("new.pem,both.pem", (PEM, OTHER)), ("both.pem", (OTHER, PEM))):
        named = ", ".join(str(tmp_path / name) for name in paths.split(","))
        environ = GOOD | {"PRIVATE_KEY": "", "PRIVATE_KEY_PATH": named}
        assert settings_from(environ).credentials.private_keys == keys
    # The key itself goes before a file.
    assert settings_from(GOOD | {"PRIVATE_KEY_PATH": str(tmp_path / "both.pem")}).credentials.private_keys == (PEM,)


@pytest.mark.parametrize("broken", [PEM + OTHER[:40], PEM.replace("-----END", ""), "PEM"])
def test_a_second_key_that_is_cut_off_is_an_error_that_shows_nothing_of_it(broken, tmp_path):
    (tmp_path / "key.pem").write_text(broken)
    for variable, value in (("PRIVATE_KEY", broken), ("PRIVATE_KEY_PATH", str(tmp_path / "key.pem"))):
        with pytest.raises(SettingsError) as caught:
            settings_from({"APP_ID": "7", "WEBHOOK_SECRET": "s", variable: value})
        assert str(caught.value) == f"{variable} is not a PEM file's text (nor its base64)."


def test_webhook_secrets_from_a_file(tmp_path):
    path = tmp_path / "secrets"
    environ = {"APP_ID": "7", "PRIVATE_KEY": PEM, "WEBHOOK_SECRET_PATH": str(path)}
    for text, secrets in (("new\nold\n", (b"new", b"old")), ("new, old", (b"new", b"old")), (" one\r\n\n", (b"one",))):
        path.write_text(text)
        assert settings_from(environ).credentials.webhook_secrets == secrets
    assert settings_from(environ | {"WEBHOOK_SECRET": "s"}).credentials.webhook_secrets == (b"s",)
    for text, said in (("\n", "WEBHOOK_SECRET_PATH names an empty file"), (None, "WEBHOOK_SECRET_PATH cannot be read")):
        path.write_text(text) if text else path.unlink()
        with pytest.raises(SettingsError, match=said):
            settings_from(environ)


def test_a_secret_of_commas_alone_is_none():
    with pytest.raises(SettingsError, match="WEBHOOK_SECRET"):
        settings_from(GOOD | {"WEBHOOK_SECRET": " , "})


def test_the_pace_and_the_time_of_a_job_have_bounds():
    settings = settings_from(GOOD)
    assert (settings.writes_per_second, settings.writes_per_hour, settings.job_seconds) == (1, 450, 300)
    environ = {"GHAPP_WRITES_PER_SECOND": "0", "GHAPP_WRITES_PER_HOUR": "0", "GHAPP_JOB_SECONDS": "9"}
    with pytest.raises(SettingsError) as caught:
        settings_from(GOOD | environ)
    assert [problem.split()[0] for problem in caught.value.problems] == list(environ)


def test_a_job_that_asks_a_model_needs_its_time():
    assert settings_from(GOOD | {"GHAPP_JOB_SECONDS": "20"}).job_seconds == 20
    with pytest.raises(SettingsError, match="GHAPP_JOB_SECONDS is 20: with OPENAI_MODEL set it to 300"):
        settings_from(GOOD | {"GHAPP_JOB_SECONDS": "20", "OPENAI_MODEL": "m"})


def test_proxies_are_believed_only_when_it_is_said_how_many():
    assert (settings_from({}).trust_proxy, settings_from({"GHAPP_TRUST_PROXY": "2"}).trust_proxy) == (0, 2)
    with pytest.raises(SettingsError, match="GHAPP_TRUST_PROXY"):
        settings_from({"GHAPP_TRUST_PROXY": "yes"})


def test_the_accounts_that_are_served_are_compared_without_case():
    settings = settings_from({"GHAPP_ALLOWED_ACCOUNTS": " Acme,umbrella-corp ,"})
    assert [settings.serves(name) for name in ("ACME", "umbrella-corp", "stranger", "")] == [True, True, False, False]
    assert settings_from({}).serves("anybody")


@pytest.mark.parametrize("value", ["https://github.com/acme", "acme umbrella", ","])
def test_a_list_of_accounts_that_is_none_serves_nobody_by_mistake(value):
    with pytest.raises(SettingsError, match="GHAPP_ALLOWED_ACCOUNTS"):
        settings_from({"GHAPP_ALLOWED_ACCOUNTS": value})
