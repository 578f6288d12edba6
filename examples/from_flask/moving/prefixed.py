from laneway import Laneway, lanes
from laneway.wsgi import WSGIMiddleware

from .flask_app import create_app

app = Laneway(lanes={"wsgi": lanes.threads(20)})
app.mount("/old", WSGIMiddleware(create_app()))
