import json
import logging

import pytest
from tokenizers import Tokenizer
from tokenizers.decoders import ByteLevel as Decoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer

from analysis.tokens import estimate
from ghapp.settings import SettingsError, settings_from
from ghapp.tokenizer import counter

CODE = "def first(values: list[int]) -> int:\n    return values[0] if values else 0\n" * 20


@pytest.fixture
def path(tmp_path):
    """A byte-pair tokenizer of its own, in the form in which models are published."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer, tokenizer.decoder = ByteLevel(add_prefix_space=False), Decoder()
    trainer = BpeTrainer(vocab_size=400, show_progress=False, initial_alphabet=ByteLevel.alphabet())
    tokenizer.train_from_iterator([CODE], trainer)
    tokenizer.enable_truncation(16)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    return tmp_path / "tokenizer.json"


def test_a_named_tokenizer_counts_as_the_model_does(path):
    exact = Tokenizer.from_file(str(path))
    exact.no_truncation()
    for text in (CODE, "", "中文 and 🎉\n", "a" * 500):
        assert counter(path)(text) == len(exact.encode(text, add_special_tokens=False).ids)


def test_without_one_the_estimate_counts():
    assert counter(None) is estimate


def test_a_file_that_is_none_is_named_and_the_estimate_counts(tmp_path, caplog):
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps({"model": {}}))
    with caplog.at_level(logging.ERROR):
        assert counter(wrong) is estimate
    assert "GHAPP_TOKENIZER" in caplog.text


def test_a_missing_file_is_a_fault_of_the_settings(tmp_path):
    with pytest.raises(SettingsError, match="GHAPP_TOKENIZER: there is no file"):
        settings_from({"OPENAI_MODEL": "m", "GHAPP_TOKENIZER": str(tmp_path / "none.json")})


def test_the_setting_reaches_the_model(path):
    assert settings_from({"OPENAI_MODEL": "m", "GHAPP_TOKENIZER": str(path)}).model.tokenizer == path
