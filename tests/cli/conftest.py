import sys

import pytest
from tests.plain_mail import mbox_of, plain_message

from smimebatch.cli import exit_code_of_command


@pytest.fixture
def run(monkeypatch, capsys):
    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["smimebatch", *map(str, arguments)])
        code = exit_code_of_command()
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "a.mbox"
    path.write_bytes(mbox_of([plain_message(n) for n in range(20)]))
    return path
