"""The plugin's process, as the engine starts it."""

from .server import serve

serve()
