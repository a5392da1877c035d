"""The policy pack as Pulumi starts it. A PolicyPack serves as soon as it is made, and does not return."""

if __name__ == "__main__":
    from pulumi_policy import PolicyPack
    from triton_policies.pack import policies

    PolicyPack("triton-serving", policies())
