"""What Azure Resource Manager says no to."""

from ..rules.problems import UserError


class Refused(UserError):
    """Azure Resource Manager answered, and says no."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        """Azure's own name of the reason: SubscriptionNotFound."""
