"""This room's own errors."""

from ecredit.foundation.kernel.errors import InputRefused, WrongUse


class NoSuchDocument(WrongUse):
    """No document of that number, or it is not this asker's to see."""

    code = "signatures.no_document"


class NotToBeSigned(WrongUse):
    """It waits for no signature: taken back, replaced by a newer text, or signed by this person already."""

    code = "signatures.not_open"


class OfferRefused(WrongUse):
    """What was offered to be signed cannot be: empty, too long, of an unknown kind of content."""

    code = "signatures.offer"


class SignatureRefused(InputRefused):
    """A signature does not hold, or is not of whoever brings it. The sentence says what was found."""

    code = "signatures.refused"


class NoTestCertificates(WrongUse):
    """Test certificates are neither issued nor taken here."""

    code = "signatures.no_test"


class NoSuchCertificate(WrongUse):
    """No test certificate of that serial number was issued."""

    code = "signatures.no_certificate"
