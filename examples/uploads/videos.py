import hashlib
import secrets
import tempfile
from pathlib import Path
from typing import Annotated

from laneway import Laneway, UploadLimits, UploadParts

app = Laneway()
folder = Path(tempfile.mkdtemp())
MB = 1024 * 1024


@app.post("/checksums")
async def checksums(parts: UploadParts) -> dict[str, str]:
    found = {}
    async for part in parts:
        digest = hashlib.sha256()
        async for chunk in part:
            digest.update(chunk)
        found[part.name] = digest.hexdigest()[:8]
    return found


@app.post("/videos")
async def add(
    parts: Annotated[UploadParts, UploadLimits(max_parts=10, max_part_size=2000 * MB)],
) -> list[str]:
    title, kept = "", []
    async for part in parts:
        if part.filename is None:
            title = (await part.read()).decode()
        else:
            size = await part.save(folder / secrets.token_hex(8))
            kept.append(f"{title}: {part.filename}, {size} bytes")
    return kept


@app.post("/small")
async def small(parts: Annotated[UploadParts, UploadLimits(max_part_size=4)]) -> int:
    return sum([len(await part.read()) async for part in parts])
