"""Assets: the package's own CSS, script and icon, under names that carry their digest.

A name never means other bytes, so that browsers may keep it for ever. Nothing comes from elsewhere.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
DIGEST_CHARS = 16
IMMUTABLE = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file: its bytes, and the digest that its address carries."""

    name: str
    media_type: str
    content: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()[:DIGEST_CHARS]

    @property
    def url(self) -> str:
        return f"/static/{self.digest}/{self.name}"


def load_assets(folder: Path = FOLDER) -> dict[str, Asset]:
    """Every asset by its name, read once when the process starts."""
    return {
        path.name: Asset(name=path.name, media_type=TYPES[path.suffix], content=path.read_bytes())
        for path in sorted(folder.iterdir())
        if path.suffix in TYPES
    }


class ServeAssets:
    """`/static/DIGEST/NAME`. Another digest than ours is not found, never the wrong bytes."""

    def __init__(self, assets: dict[str, Asset]) -> None:
        self._assets = assets

    async def serve(self, request: Request) -> Response:
        asset = self._assets.get(request.path_params["name"])
        if asset is None or asset.digest != request.path_params["digest"]:
            return PlainTextResponse("no such asset\n", status_code=404)
        headers = {"Cache-Control": IMMUTABLE, "X-Content-Type-Options": "nosniff"}
        return Response(asset.content, media_type=asset.media_type, headers=headers)
