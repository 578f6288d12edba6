"""Middleware in the native form: the same for the direct path and for ASGI servers.

    arriving    a request as layers see it, of any server
    hooks       a layer that only looks at the head of a request and changes the response: no await, no wrapping
    dispatch    a layer with a function `(request, call_next) -> response`; no task group, no memory stream
    call        one request on its way through such layers, and what is to be done after its response
    response    what `call_next` gives
    inner       an app that sends its response itself, run beside the layer that waits for it
    relayed     the request of a layer: who reads its body leaves it for the endpoint
    endpoint    the innermost layer: exception handlers, router, plan
    errors      the outermost layer: a 500 with the header fields of hooks
    filters     what hooks do with one response
    build       from a declaration to a layer: Starlette's own classes become native, others stay as they are

Starlette's classes are extended here, so their options, checks and refusals are theirs.
"""
