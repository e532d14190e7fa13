"""Files that a page hands over."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Response

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def written(name: str, mimetype: str, write: Callable[[Path], object]) -> Response:
    """Return a file under a name, written by whoever knows what is in it."""
    with TemporaryDirectory(prefix="wattledger-file-") as folder:
        path = Path(folder) / f"file{Path(name).suffix}"
        write(path)
        data = path.read_bytes()
    disposition = f"attachment; filename={name}"
    return Response(data, mimetype=mimetype, headers={"Content-Disposition": disposition})
