"""A person's key file sent with a form is held in memory, for the request alone: it never reaches the disk."""

from io import BytesIO
from typing import Any, Final

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers, StopUpload

from ecredit.foundation.proof.cms_signing import LONGEST_KEY_FILE

FIELD: Final = "key_file"


class KeyFileHandler(FileUploadHandler):
    """Takes the one field of that name, and leaves every other file to the next handler."""

    _held: BytesIO | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A file begins."""
        super().new_file(*args, **kwargs)
        self._held = BytesIO() if self.field_name == FIELD else None
        if self._held is not None:
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Some of it came; one that is longer than a key file can be is not read to its end."""
        if self._held is None:
            return raw_data
        if start + len(raw_data) > LONGEST_KEY_FILE:
            raise StopUpload(connection_reset=True)
        self._held.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> InMemoryUploadedFile | None:
        """All of it is here."""
        if self._held is None:
            return None
        self._held.seek(0)
        return InMemoryUploadedFile(
            self._held,
            self.field_name,
            self.file_name or "",
            self.content_type or "",
            file_size,
            self.charset,
        )
