"""python -m triton_serving.local_runtime.supervisor, started in the folder of the service."""

from . import keeper

if __name__ == "__main__":
    raise SystemExit(keeper.main())
