"""Real programs and stand-ins that several tests start; each stops what it started."""
