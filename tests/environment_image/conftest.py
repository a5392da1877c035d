from parts.environment_images import images, registry
from parts.environments import own_environments, small_environments

__all__ = ["images", "own_environments", "registry", "small_environments"]
