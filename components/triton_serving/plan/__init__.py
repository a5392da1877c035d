"""Pure: what a service consists of, and its renderings (the gateway's configuration, processes of this machine)."""
