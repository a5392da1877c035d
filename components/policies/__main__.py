"""The policy pack as Pulumi starts it. A PolicyPack serves as soon as it is made, and does not return."""

if __name__ == "__main__":
    import sys
    from pathlib import Path

    # Tables and rules that components and policies share: in triton_serving, and no package is needed for them.
    sys.path.append(str(Path(__file__).resolve().parents[1]))

    from pulumi_policy import PolicyPack
    from triton_policies.pack import policies

    PolicyPack("triton-serving", policies())
