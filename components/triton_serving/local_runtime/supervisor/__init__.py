"""The supervisor of one service: runs Envoy, Triton and the scoring server, and moves from one deployment to the next.

    keeper       its tiny parent: starts it again when it dies, and lets nothing survive it
    control      the socket at which `supervision.py` asks
    service      what serves now, and the way to what shall serve next
    parts        which units a deployment needs, and which of those that run it can keep
    serving      a deployment with its units: where the gateway leads, and how they are together
    unit         one program that is kept running; gateway, triton and scoring are the three kinds
    child        one process, its output and its end
    identity     which process is meant, though numbers are used again

It lives as long as the service, so it imports the standard library and the pure rooms alone.
"""
