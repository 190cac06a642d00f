"""Where a file sent with a plain form is kept while it comes: in the home, readable by the platform alone, never in /tmp.

It holds what a department sent, people's numbers among it. One that is longer than the reader takes is not read to its
end: the form says so.
"""

import tempfile
from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest

from ecredit.service.operation.staging import MOST_BYTES
from ecredit.service.operation.uploads import uploads_folder
from ecredit.surface.desk.platform import city

_MARK = "file_too_long"


def is_too_long(request: HttpRequest) -> bool:
    """Whether the request's file was cut off because it is longer than the reader takes."""
    return bool(getattr(request, _MARK, False))


class _HomeFile(TemporaryUploadedFile):
    """As Django's, in the home."""

    def __init__(self, name: str, content_type: str, size: int, charset: str | None, extra: Any) -> None:
        file = tempfile.NamedTemporaryFile(suffix=".upload", dir=uploads_folder(city().home))  # noqa: SIM115 - Django closes it
        UploadedFile.__init__(self, file, name, content_type, size, charset, extra)


class HomeUploadHandler(TemporaryFileUploadHandler):
    """Django's handler of files on disk, with a folder and an end."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A file begins."""
        super(TemporaryFileUploadHandler, self).new_file(*args, **kwargs)
        self.file = _HomeFile(
            self.file_name or "", self.content_type or "", 0, self.charset, self.content_type_extra
        )

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Some of it came."""
        if start + len(raw_data) > MOST_BYTES:
            setattr(self.request, _MARK, True)
            raise StopUpload(connection_reset=True)
        super().receive_data_chunk(raw_data, start)
