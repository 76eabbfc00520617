"""What a run of `namegate check` found: a verdict or an error for each name, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from namegate.exit_codes import ExitCode
from namegate_policy.errors import NamegateError
from namegate_policy.verdict import Outcome, Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Checked(NamedTuple):
    """A name and what became of it: an error says that it could not be judged."""

    name: str
    result: Verdict | NamegateError


@dataclass
class Tally:
    """Counts results as they pass, for the exit code and the statistics."""

    allowed: int = 0
    denied: int = 0
    undecided: int = 0
    warned: int = 0
    rules: Counter[str] = field(default_factory=Counter)

    def count(self, results: Iterable[Checked]) -> Iterator[Checked]:
        """Pass the results on, counting them."""
        for checked in results:
            self._add(checked.result)
            yield checked

    def exit_code(self, *, strict: bool, exit_zero: bool) -> ExitCode:
        """Return what the process should end with: *undecided* outweighs *denied*.

        `strict` lets warnings, and errors under a policy that does not enforce, deny as well;
        `exit_zero` makes a denial a success.
        """
        if self.undecided:
            return ExitCode.UNDECIDED
        if (self.denied or (strict and self.warned)) and not exit_zero:
            return ExitCode.DENIED
        return ExitCode.ALLOWED

    def lines(self) -> Iterator[str]:
        """Return the statistics: how often each rule spoke, then the counts of names."""
        for rule, times in sorted(self.rules.items(), key=lambda item: (-item[1], item[0])):
            yield f"{times:>7}  {rule}"
        total = self.allowed + self.denied + self.undecided
        noun = "name" if total == 1 else "names"
        yield f"{total} {noun}: {self.allowed} allowed, {self.denied} denied, {self.undecided} undecided"

    def _add(self, result: Verdict | NamegateError) -> None:
        if isinstance(result, NamegateError):
            self.undecided += 1
            self.rules[result.kind] += 1
            return
        if result.allowed:
            self.allowed += 1
        elif result.outcome is Outcome.UNVERIFIABLE:
            self.undecided += 1
        else:
            self.denied += 1
        unwaived = [violation for violation in result.violations if violation.waived_by is None]
        self.rules.update(f"{violation.code} {violation.rule}" for violation in unwaived)
        counts = {Severity.ERROR, Severity.WARN}
        self.warned += any(violation.severity in counts for violation in unwaived)
