"""Services on this machine: programs, model files and environments they need, and the supervisor that runs them.

No Pulumi here: the supervisor outlives `pulumi up`, and must stay small.
"""
