import pytest
from tests.plain_mail import mbox_of, plain_message


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "a.mbox"
    path.write_bytes(mbox_of([plain_message(n) for n in range(20)]))
    return path
