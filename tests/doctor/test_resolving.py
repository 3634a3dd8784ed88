"""DNS is asked as it is on this machine: here a server of our own."""

import asyncio
from contextlib import asynccontextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from notifykit.doctor.resolving import DnsResolver, NoAnswerError, installed_resolver

RECORDS = {
    ("example.com.", "TXT"): ['"v=spf1 include:" "_spf.google.com ~all"', '"other"'],
    ("example.com.", "MX"): ["10 mx.example.com."],
    ("site.example.com.", "A"): ["192.0.2.1"],
    ("bare.example.com.", "TXT"): ['"x"'],
}


class Server(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, place):
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype)
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name.startswith("silent"):
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif (name, kind) in RECORDS:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *RECORDS[name, kind]))
        elif name not in {known for known, _ in RECORDS}:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(answer.to_wire(), place)


@asynccontextmanager
async def nameserver():
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Server, local_addr=("127.0.0.1", 0))
    try:
        yield DnsResolver(transport.get_extra_info("sockname")[:2])
    finally:
        transport.close()


async def test_the_parts_of_a_text_are_put_together():
    async with nameserver() as resolver:
        texts = await resolver.txt("example.com")

    assert {"v=spf1 include:_spf.google.com ~all", "other"} == set(texts)


async def test_a_name_without_texts_has_none():
    async with nameserver() as resolver:
        assert [] == await resolver.txt("nobody.example.com")
        assert [] == await resolver.txt("site.example.com")


async def test_mail_goes_where_there_is_a_place_for_it():
    async with nameserver() as resolver:
        places = {
            name: await resolver.takes_mail(name)
            for name in ("example.com", "site.example.com", "bare.example.com", "no.example.com")
        }

    assert {
        "example.com": True,
        "site.example.com": True,
        "bare.example.com": False,
        "no.example.com": False,
    } == places


async def test_a_server_that_fails_is_not_an_answer():
    async with nameserver() as resolver:
        with pytest.raises(NoAnswerError):
            await resolver.txt("silent.example.com")


async def test_a_name_that_cannot_be_one_is_not_an_answer_either():
    async with nameserver() as resolver:
        with pytest.raises(NoAnswerError):
            await resolver.txt(f"{'x' * 64}.example.com")


def test_the_resolver_is_there_where_its_library_is():
    assert isinstance(installed_resolver(), DnsResolver)
