"""Files that clients send, and forms."""

from laneway import Laneway, UploadFile

app = Laneway()


@app.post("/")
async def home(file: UploadFile) -> int:
    await file.seek(0)
    return len(await file.read())
