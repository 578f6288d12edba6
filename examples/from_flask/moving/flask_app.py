import time

from flask import Flask, flash, get_flashed_messages, redirect, request, session, url_for


def create_app():
    app = Flask(__name__)
    app.secret_key = "change me"

    @app.get("/")
    def home():
        return {"name": session.get("name"), "messages": get_flashed_messages()}

    @app.post("/login")
    def login():
        session["name"] = request.form["name"]
        flash("You are logged in.")
        return redirect(url_for("home"))

    @app.get("/teas/<int:number>")
    def tea(number):
        return {"tea": number, "for": session.get("name")}

    @app.post("/teas/<int:number>")
    def buy(number):
        flash(f"You have bought tea {number}.")
        return {"bought": number}

    @app.get("/slow")
    def slow():
        time.sleep(0.05)
        return {"slow": True}

    return app
