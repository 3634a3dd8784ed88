import ssl
import sys

import pytest

from notifykit.errors import ConfigurationError
from notifykit.simulators import local_certificates


def test_the_authority_can_be_saved_and_trusted(tmp_path) -> None:
    certificates = local_certificates()

    context = ssl.create_default_context(cafile=certificates.save(tmp_path))

    assert 1 == len(context.get_ca_certs())


def test_an_issuer_of_another_server_does_not_vouch_for_this_one() -> None:
    first = local_certificates()

    assert first.ca_pem == local_certificates(issuer=first).ca_pem
    assert first.ca_pem != local_certificates().ca_pem


def test_what_is_missing_is_named_with_the_way_to_get_it(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)

    with pytest.raises(ConfigurationError, match=r"notifykit-mail\[demo\]"):
        local_certificates()
