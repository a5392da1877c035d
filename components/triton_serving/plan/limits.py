"""Limits that hold on every way from the client to the model, and why they are what they are."""

TRITON_BODY_BYTES = 64 * 1024 * 1024
"""What Triton itself takes, from 25.06 on; 24.10 has no limit of its own, so the gateway is the one that holds."""
SCORE_BODY_BYTES = 100 * 1024 * 1024
"""What Azure ML's router let through to /score."""
HEADER_KIB = 60
"""All headers of a request together."""
HEADER_COUNT = 100
JSON_DEPTH = 100
"""Triton's own limit in current releases; 24.10 dies of a deeper one."""
HEADER_SECONDS = 10
"""In which the headers of a request must have arrived."""
REQUEST_SECONDS = 60
"""In which a whole request must have arrived."""
DIRECT_SECONDS = 300
"""In which Triton must have answered a call in direct mode: it has no time-out of its own."""
CONNECTIONS = 10_000
"""At once, from clients: each may hold memory, also when it is silent."""
GATEWAY_MEMORY_BYTES = 2 * 1024 * 1024 * 1024
"""For all bodies that are on their way in: 20 of the largest that /score takes."""
