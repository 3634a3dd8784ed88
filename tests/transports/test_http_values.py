import pytest
from pydantic import SecretStr

from notifykit.transports.http_values import ApiKey, Response


def test_a_key_is_shown_as_its_provider_wants_it() -> None:
    assert "Bearer SG.x" == ApiKey.bearer(SecretStr(" SG.x\n")).authorization
    assert "Basic YXBpOmtleS14" == ApiKey.basic("api", "key-x").authorization


def test_both_forms_of_a_password_are_secrets() -> None:
    assert ("key-x", "YXBpOmtleS14") == ApiKey.basic("api", "key-x").secrets


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '{"errors": [{"message": "Bad from", "field": "from.email"}, {"message": "Bad too"}]}',
            "Bad from (field: from.email)\nBad too",
        ),
        ('{"errors": [{"message": "forbidden", "field": "null"}]}', "forbidden"),
        ('{"errors": ["odd", 7]}', "odd\n7"),
        ('{"errors": []}', '{"errors": []}'),
        ('{"message": "to parameter is missing"}', "to parameter is missing"),
        ('"Forbidden"', "Forbidden"),
        ("Forbidden", "Forbidden"),
        ("<html><title>502</title><h1>Bad  Gateway</h1>\n<hr>nginx</html>", "Bad Gateway nginx"),
        ("", ""),
    ],
)
def test_the_words_are_found_in_whatever_they_are_wrapped(text, words) -> None:
    assert words == Response(400, text=text).words()


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "9" * 10_000])
def test_what_is_no_json_reads_as_nothing(text) -> None:
    assert Response(200, text=text).json() is None
