"""What Azure Resource Manager says of a subscription and a region, asked without changing anything."""
