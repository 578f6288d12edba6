import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread

from flask import Flask, Response, send_file, stream_with_context

app = Flask(__name__)
sent = []


def send_mail(to):
    time.sleep(0.01)
    sent.append(to)


@app.post("/mail")
def mail():
    Thread(target=send_mail, args=("ann",)).start()
    return {"accepted": True}, 202


@app.get("/rows")
def rows():
    def generate():
        for number in range(3):
            yield f"{number},tea\n"

    return Response(stream_with_context(generate()), mimetype="text/csv")


@app.get("/events")
def events():
    def generate():
        for number in range(3):
            yield f"data: {number}\n\n"

    return Response(generate(), mimetype="text/event-stream")


@app.get("/file")
def file():
    return send_file(Path(__file__).parent / "tea.txt", as_attachment=True)


@app.get("/wait")
def wait():
    time.sleep(0.01)
    return {"waited": True}


def price(shop):
    time.sleep(0.01)
    return len(shop)


@app.get("/prices")
def prices():
    with ThreadPoolExecutor() as pool:
        return list(pool.map(price, ["first", "second"]))


def add_up(limit):
    return sum(number * number for number in range(limit))


@app.get("/sum")
def sum_of():
    return {"sum": add_up(10_000)}
