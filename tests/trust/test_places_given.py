"""One place by itself is a list of one; what is no place is refused before anything is read."""

import pytest

import smimebatch as sb
from smimebatch.errors import OptionError, TrustError
from smimebatch.vouching import Vouches


@pytest.mark.parametrize("name", ["crls", "ocsp", "intermediates"])
@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_one_place_by_itself_is_a_list_of_one(tmp_path, name, kind):
    absent = kind(tmp_path / "absent.pem")
    with pytest.raises(TrustError, match="absent"):
        sb.Trust.load(**{name: absent})


def test_one_der_by_itself_is_an_intermediate():
    der = sb.Trust.mozilla_email().anchors[0]
    assert sb.Trust.load(intermediates=der).intermediates == (der,)


@pytest.mark.parametrize("name", ["crls", "ocsp"])
@pytest.mark.parametrize("given", [b"/crl.pem", [b"/crl.pem"], 7, None, [None], [1.5]])
def test_what_is_no_place_is_refused(name, given):
    with pytest.raises(OptionError, match=f"--{name}"):
        sb.Trust.load(**{name: given})


@pytest.mark.parametrize("given", [b"a.mbox", [b"a.mbox"], 7, [7]])
def test_inputs_that_are_no_places_are_refused(given):
    with pytest.raises(OptionError, match="inputs"):
        sb.verify(given, trust=sb.Trust())


@pytest.mark.parametrize("given", [b"date-header", [b"date-header"], 7])
def test_vouches_that_are_no_text_are_refused(given):
    with pytest.raises(OptionError, match="--vouch"):
        Vouches.parse(given)
