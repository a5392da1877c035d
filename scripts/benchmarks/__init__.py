"""What `make bench` measures: one module per benchmark, each with a `measure` that gives the rows of its table."""
