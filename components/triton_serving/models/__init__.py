"""A model directory as a checked tree and as an OCI image. No Pulumi in here."""
