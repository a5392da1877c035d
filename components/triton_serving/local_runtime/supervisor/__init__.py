"""The supervisor of one service: runs Envoy, Triton and the scoring server, and moves from one deployment to the next.

    keeper       its tiny parent, and that of all programs: starts it again when it dies; without it, nothing lives
    control      the socket at which `supervision.py` asks
    service      what serves now, and the way to what shall serve next
    parts        which units a deployment needs, and which of those that run it can keep
    serving      a deployment with its units: where the gateway leads, and how they are together
    unit         one program that is kept running; gateway, triton and scoring are the three kinds
    handover     the port of one gateway goes to the next, and no connection is lost
    child        one process, its output and its end
    parent       the keeper, to whom started programs are left
    record       what serves, for a supervisor that takes over from a dead one
    identity     which process is meant, though numbers are used again

It lives as long as the service, so it imports the standard library and the pure rooms alone.
"""
