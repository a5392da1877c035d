"""The service plan as Envoy's configuration: one listener, routes that let through what is allowed, clusters."""
