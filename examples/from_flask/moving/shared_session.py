from flask.sessions import SessionInterface


class SharedSession(SessionInterface):
    """Flask's `session` is the one of the app around it, which also saves it."""

    def open_session(self, app, request):
        return request.environ["asgi.scope"]["session"]

    def save_session(self, app, session, response):
        pass
