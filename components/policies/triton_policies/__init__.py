"""What a platform team may demand of inference services and of what they run on: rules, and the policies made of them.

Each rule is a pure function from a resource's inputs to sentences; `pack` makes Pulumi's policies of them.
"""
