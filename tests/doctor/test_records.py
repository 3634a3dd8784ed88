"""SPF, DKIM and DMARC, as receivers judge by them."""

import pytest

from notifykit.doctor.accounts import Credentials
from notifykit.doctor.records import find_key, policy_of, read_dmarc, read_spf, records

KEY = "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQ"
GOOGLE = {
    "_spf.google.com": ["v=spf1 include:_netblocks.google.com ~all"],
    "_netblocks.google.com": ["v=spf1 ip4:35.190.247.0/24 ~all"],
}
GOOD = GOOGLE | {
    "example.com": ["google-site-verification=1", "v=spf1 include:_spf.google.com ~all"],
    "google._domainkey.example.com": [KEY],
    "_dmarc.example.com": ["v=DMARC1; p=reject; rua=mailto:a@example.com"],
}


@pytest.fixture
def look(zone):
    async def looked(texts, provider="gmail", sender="shop@example.com", signed_by=None):
        zone.texts = texts
        known = Credentials(way=provider, provider=provider)
        return [found async for found in records(zone, known, sender, signed_by)]

    return looked


def ids(findings):
    return [finding.id for finding in findings]


async def test_a_domain_that_vouches_for_the_provider_is_fine(look):
    assert ["fine.spf", "fine.dkim", "fine.dmarc"] == ids(await look(GOOD))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"example.com": []}, "NK311"),
        ({"example.com": ["v=spf1 include:_spf.yandex.net ~all"]}, "NK312"),
        ({"example.com": ["v=spf1 -all", "v=spf1 include:_spf.google.com ~all"]}, "NK313"),
        ({"example.com": ["v=spf1 include:_spf.google.com +all"]}, "NK313"),
        ({"example.com": [f"v=spf1 {' '.join(f'a:{n}.x.com' for n in range(11))} ~all"]}, "NK313"),
        ({"google._domainkey.example.com": []}, "NK321"),
        ({"google._domainkey.example.com": ["v=DKIM1; p="]}, "NK321"),
        ({"_dmarc.example.com": []}, "NK331"),
        ({"_dmarc.example.com": ["v=DMARC1; rua=mailto:a@example.com"]}, "NK332"),
        ({"_dmarc.example.com": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, "NK332"),
    ],
)
async def test_what_is_missing_or_broken_is_told(look, change, expected):
    found = await look(GOOD | change)

    assert [expected] == [finding.id for finding in found if finding.number]


async def test_a_strict_policy_that_nothing_satisfies_is_an_error(look):
    alone = {"_dmarc.example.com": GOOD["_dmarc.example.com"]}

    assert "NK333" in ids(await look(alone))
    assert "NK333" not in ids(await look(GOOD | {"example.com": []}))
    assert "NK333" not in ids(await look(GOOD | {"google._domainkey.example.com": []}))


async def test_what_to_publish_is_said_to_the_letter(look, read):
    found = await look({}, "yandex")

    assert "v=spf1 include:_spf.yandex.net ~all" in read(found, "ru")
    assert "mail._domainkey" in read(found, "ru")
    assert "v=DMARC1; p=none; rua=mailto:shop@example.com" in read(found, "en")


async def test_mailgun_vouches_with_its_own_domain(look):
    texts = {
        "mg.example.com": ["v=spf1 include:mailgun.org ~all"],
        "pic._domainkey.mg.example.com": [KEY],
        "_dmarc.example.com": ["v=DMARC1; p=reject"],
    }
    found = await look(texts, "mailgun", signed_by="mg.example.com")
    other = await look(texts, "mailgun", "shop@example.org", "mg.example.com")

    assert ["fine.spf", "fine.dkim", "fine.dmarc"] == ids(found)
    assert "NK305" in ids(other)


async def test_with_sendgrid_a_key_does_for_spf_too(look):
    found = await look({"s1._domainkey.example.com": [KEY]}, "sendgrid")

    assert "fine.dkim" in ids(found)
    assert "NK311" not in ids(found)


async def test_nobody_knows_who_a_server_of_ones_own_is(look):
    found = await look({"example.com": ["v=spf1 mx -all"]}, "smtp")

    assert "fine.spf-present" in ids(found)


async def test_a_domain_that_does_not_exist_is_told(look):
    assert "NK305" in ids(await look({}, sender="shop@exmaple.com"))


async def test_the_domain_of_a_mail_service_is_not_ours_to_publish(look):
    assert ["fine.free-mail"] == ids(await look({}, sender="shop@gmail.com"))


async def test_a_dns_that_is_silent_proves_nothing(look, zone):
    zone.silent = True

    assert ["NK342"] == ids(await look({}))


async def test_spf_is_followed_and_comes_to_an_end(zone):
    zone.texts = {
        "example.com": ["v=spf1 include:a.com redirect=b.com"],
        "a.com": ["v=spf1 include:example.com mx/24 ~all"],
        "b.com": ["v=SPF1 exists:%{i}.c.com -all"],
    }
    spf = await read_spf(zone, "example.com")

    assert {"a.com", "b.com", "example.com"} == spf.names
    assert not spf.open
    assert spf.lookups >= 5


async def test_the_policy_of_the_domain_above_counts(zone):
    zone.texts = {"_dmarc.example.com": ["v=DMARC1; p=quarantine"]}

    assert "quarantine" == policy_of((await read_dmarc(zone, "mail.example.com"))[0])


async def test_a_key_is_found_at_the_first_selector_that_has_one(zone):
    zone.texts = {"b._domainkey.example.com": [KEY]}

    assert "b" == await find_key(zone, "example.com", ("a", "b", "c"))
