"""A file appears whole or not at all."""

import contextlib
import os
import tempfile
from pathlib import Path


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write `text` in UTF-8, as `write_bytes` does."""
    return write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | os.PathLike[str], content: bytes) -> Path:
    """Write `content` beside its destination and move it there in one step.

    A reader sees the old file or the new one, and a failure leaves the old one.

    Raises:
        ValueError: If the directory does not exist or cannot be written to.
    """
    target = Path(path)
    try:
        handle, temporary = tempfile.mkstemp(
            dir=target.parent or Path("."), prefix=f".{target.name}.", suffix=".part"
        )
    except OSError as error:
        raise ValueError(
            f"{target}: cannot be written ({error.strerror}): name a file in a directory that exists and "
            "that you may write to."
        ) from error
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        # A temporary file is for its owner alone; a report is like any other new file.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, target)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise ValueError(f"{target}: cannot be written ({error.strerror}).") from error
    return target
