from parts.environments import own_environments, small_environments

__all__ = ["own_environments", "small_environments"]
