"""The supervisor of one service: runs Envoy, Triton and the scoring server, and moves from one deployment to the next.

    keeper       its tiny parent: starts it again when it dies, and lets nothing survive it
    control      the socket at which `supervision.py` asks
    service      what serves now, and how it is
    rollout      from what serves now to what shall serve
    unit         one program that is kept running: gateway, triton, scoring are the three kinds
    child        one process, its output and its end

It lives as long as the service, so it imports the standard library and the pure rooms alone.
"""
