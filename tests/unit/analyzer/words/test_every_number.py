"""Every number of every piece of evidence may be told as it is, and not when it is a little off."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from obd2_analyzer.advice.evidence import Evidence, EvidencePacket, Quantity
from obd2_analyzer.advice.packet import evidence_packet
from obd2_analyzer.advice.verification import verify
from support.words_case import healthy_task, item, troubled_packet

SENTENCES = (
    "{what} {name} was {number}. Inspect it.",
    "{what}: {name} {number} ({id}).",
    "The {what} {name} of {number} should be checked.",
    "Evidence {id} shows {what} {name} {number}; inspect the sensor.",
)
PACKETS = {"troubled": troubled_packet(), "healthy": evidence_packet(healthy_task(), 10_000)}


def sentences(held: Evidence, quantity: Quantity) -> list[str]:
    what = " and ".join(held.fact.parameters) or "The drive"
    number = str(quantity).removeprefix(f"{quantity.name} ")
    return [one.format(what=what, name=quantity.name, number=number, id=held.id) for one in SENTENCES]


def falsified(quantity: Quantity) -> Iterator[Quantity]:
    step = 10.0**-quantity.decimals
    for error in (step, -step, 5 * step, abs(quantity.value) * 0.1 + 3 * step, abs(quantity.value) * 0.5 + 2 * step):
        yield replace(quantity, value=quantity.value + error)
    if quantity.value:
        yield replace(quantity, value=-quantity.value)


def accepted(packet: EvidencePacket, held: Evidence, text: str) -> bool:
    return bool(verify([item(text, held)], packet)[0])


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS)
def test_every_number_may_be_told_as_it_is(packet: EvidencePacket) -> None:
    refused = [
        text
        for held in packet
        for text in [held.line, *(text for quantity in held.fact.quantities for text in sentences(held, quantity))]
        if not accepted(packet, held, text)
    ]

    # The warning lamp alone has no number.
    assert [text for text in refused if "lamp" not in text] == []


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS)
def test_no_number_may_be_told_a_little_off(packet: EvidencePacket) -> None:
    slipped = [
        text
        for held in packet
        for quantity in held.fact.quantities
        for wrong in falsified(quantity)
        if round(wrong.value, wrong.decimals) not in {other.value for other in held.fact.quantities}
        for text in sentences(held, wrong)
        if accepted(packet, held, text)
    ]

    assert slipped == []


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS)
def test_no_number_may_be_told_of_the_evidence_beside(packet: EvidencePacket) -> None:
    evidence = list(packet)
    slipped = [
        text
        for held, beside in zip(evidence, [*evidence[1:], evidence[0]], strict=True)
        if not set(held.fact.parameters) & set(beside.fact.parameters)
        for quantity in held.fact.quantities
        for text in sentences(held, quantity)
        if accepted(packet, beside, text.replace(held.id, beside.id))
    ]

    assert slipped == []
