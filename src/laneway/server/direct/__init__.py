"""The direct path: HTTP/1.1 from the socket to a plan and back, without ASGI in between.

    bytes -> memo or llhttp -> exchange -> plan -> one write

`protocol.Connection` is an asyncio protocol that uvicorn's server runs (`http=`); uvicorn keeps sockets, TLS, workers,
reload, signals and lifespan. What needs more than a plan (mounts, ASGI middleware, WebSockets) goes through ASGI in the
same process; every reply is the same either way.

    refusal     what is answered without having reached the app
    service     what all connections of a server share: app, limits, caches
    target      request line -> method, path, query, route
    head        header fields -> what they mean for framing and for the connection
    reader      bytes -> messages, framed by llhttp, whose callbacks only record
    memo        a head that came before need not be parsed again
    layers      native middleware on the way to a plan
    connection  a connection, as what is exchanged on it knows it
    exchange    one request and its response, as plans and as ASGI see it
    drive       a coroutine that never suspends needs no task
    reply       status, header fields, body -> bytes
    sweep       one timer per process for everything that may take too long
    protocol    one connection: the order of all that
"""
