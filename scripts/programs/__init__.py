"""Gets the programs that are not Python packages. `scripts/toolchain` is the way in; standard library only."""
