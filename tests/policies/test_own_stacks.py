"""The project's own stacks keep the rules."""

from parts.engine import ServiceProgram
from parts.policy_pack import policy_options, told


def test_the_stack_on_this_machine_keeps_every_rule(tmp_path):
    stack = ServiceProgram(tmp_path, "local").make()
    assert told(stack.preview(*policy_options(tmp_path)).fine()) == set()
