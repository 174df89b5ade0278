"""Prints the table: each message, what is to be seen in it, and its words in some settings."""

from __future__ import annotations

from archive25.cases import all_cases
from archive25.expected import Judge, Setting
from archive25.house import House
from archive25.mails import OWN_HOST

SETTINGS = [
    Setting("now"),
    Setting("claimed"),
    Setting(vouch=(f"received:{OWN_HOST}",)),
    Setting(vouch=(f"received:{OWN_HOST}",), crls=True, tsa_trust=True),
    Setting(crls=True, tsa_trust=True, revocation="required"),
]


def main() -> None:
    """Write one line a message, one a setting below it."""
    house = House()
    cases = all_cases(house)
    judges = [Judge(house, setting) for setting in SETTINGS]
    for case in cases:
        print(f"{case.name}{' (forged)' if case.forged else ''}: {case.why}")
        for judge in judges:
            words = judge.expected(case)
            told = "/".join(filter(None, (words.indication, words.sub_indication)))
            print(f"    {judge.setting}: {told} {' '.join(sorted(words.reasons))}")


if __name__ == "__main__":
    main()
