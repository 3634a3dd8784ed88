"""What a storm is to do, and what it did."""

from __future__ import annotations

from dataclasses import dataclass

from reliability.gauge import Busy


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    What is to happen.

    Attributes:
        seed: Everything that can be drawn is drawn from it.
        kills: After so many it becomes calm; for a control, after so many kills and pauses.
        workers: So many processes deliver; some more accept.
        control: One of `CONTROLS`, to be broken on purpose.
    """

    seed: int
    kills: int
    workers: int = 8
    control: str | None = None


@dataclass(slots=True)
class Losses:
    """
    What was done to the processes.

    Attributes:
        kills, pauses: How many processes.
        killed_delivering: So many of the killed had a submission in hand.
        killed_sending: So many were just handing an email to a provider.
        power_cuts: How often several were killed at the same moment.
        cuts: How often sessions were cut, or writing was barred.
        crashes: Processes that ended without having been asked to; there should be none.
        calm: Whether everything was finished in the end.
        interrupted: Somebody asked it to end before it was through.
        seconds: From the first process to the calm.
    """

    kills: int = 0
    pauses: int = 0
    killed_delivering: int = 0
    killed_sending: int = 0
    power_cuts: int = 0
    cuts: int = 0
    crashes: int = 0
    calm: bool = False
    interrupted: bool = False
    seconds: float = 0.0

    def killed(self, busy: Busy) -> None:
        """Count a process that was killed, with what it had under way."""
        self.kills += 1
        self.killed_delivering += busy.deliveries > 0
        self.killed_sending += busy.sends > 0
