"""Pictures of products: uploaded as a form, kept as files."""

from typing import Annotated

from laneway import APIRouter, File, UploadFile
from laneway.responses import FileResponse

from .. import store
from ..auth import Writer
from ..db import Database
from ..errors import PictureError
from ..models import Product
from ..settings import PICTURE_BYTES, PICTURES
from .answers import BAD_PICTURE, NO_PICTURE, NOT_FOUND, TOO_LARGE, WRITERS_ONLY, ProductId

# A file is what its first bytes say, not what its sender says. SVG is left out: it can carry scripts.
SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
FORM_BYTES = 2_000  # what a multipart form adds to its file, with room to spare

router = APIRouter(prefix="/products/{product_id}/picture", tags=["pictures"])


@router.put(
    "",
    max_body_size=PICTURE_BYTES + FORM_BYTES,
    responses=WRITERS_ONLY | NOT_FOUND | TOO_LARGE | BAD_PICTURE,
)
def upload_picture(
    product_id: ProductId,
    picture: Annotated[UploadFile, File(description="PNG, JPEG or GIF, up to 1 MB.")],
    user: Writer,
    db: Database,
) -> Product:
    """Give a product a picture, in place of the one it may have."""
    content = picture.file.read()
    product = store.set_picture(db, user.name, product_id, media_type_of(content))
    # The database admits one writer at a time, and the file appears at once: nobody sees half a picture.
    unfinished = PICTURES / f"{product_id}.part"
    unfinished.write_bytes(content)
    unfinished.replace(PICTURES / str(product_id))
    return product


@router.get("", response_class=FileResponse, responses=NO_PICTURE)
def show_picture(product_id: ProductId, db: Database) -> FileResponse:
    """The picture of a product."""
    return FileResponse(
        PICTURES / str(product_id),
        media_type=store.picture_type(db, product_id),
        headers={"X-Content-Type-Options": "nosniff"},
    )


def media_type_of(content: bytes) -> str:
    """What kind of picture the bytes are.

    Raises:
        PictureError: They are none that we take.
    """
    for signature, media_type in SIGNATURES.items():
        if content.startswith(signature):
            return media_type
    raise PictureError("The file is no PNG, JPEG or GIF.")
