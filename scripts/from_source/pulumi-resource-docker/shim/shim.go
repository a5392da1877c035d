// Package shim opens Terraform's provider for Docker, which lies in an internal package: only what has a path below its
// module may import it.
package shim

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"

	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// NewProvider makes the provider with every resource that it has.
func NewProvider(version string) *schema.Provider { return provider.New(version)() }
