from flask import Flask, flash, redirect, render_template, request, session, url_for

app = Flask(__name__)
app.secret_key = "change me"


@app.context_processor
def shop():
    return {"shop_name": "Teas", "style": url_for("static", filename="style.css")}


@app.template_filter("money")
def money(cents):
    return f"{cents / 100:.2f}"


@app.get("/")
def home():
    context = {"name": session.get("name", "you"), "price": 450}
    return render_template("home.html", **context)


@app.post("/login")
def login():
    session["name"] = request.form["name"]
    flash("You are logged in.", "info")
    return redirect(url_for("home"))


@app.post("/logout")
def logout():
    session.pop("name", None)
    return redirect(url_for("home"))


@app.errorhandler(404)
def not_found(error):
    return render_template("404.html"), 404
