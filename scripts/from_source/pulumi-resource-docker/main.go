// Command pulumi-resource-docker is Terraform's provider for Docker behind Pulumi's bridge, under the names that the Python
// package pulumi-docker uses.
//
// It exists because Pulumi's own provider, which is made the same way, is an untagged Go module that is not on the module
// proxy. It has everything that the package has but Image, which is code of Pulumi's provider alone.
package main

import (
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	sdk "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-providers/terraform-provider-docker/shim"
)

// version is set by the linker to the Python package's: pulumi looks for that one and takes no other.
var version = "0.0.0-dev"

// noSchema is what a generated SDK would be made of; the Python package is there already.
const noSchema = `{"name":"docker"}`

// longestName is what Docker takes for the name of a container, a network or a volume.
const longestName = 255

var resources = map[string]string{
	"docker_buildx_builder": "BuildxBuilder",
	"docker_config":         "ServiceConfig",
	"docker_container":      "Container",
	"docker_image":          "RemoteImage",
	"docker_network":        "Network",
	"docker_plugin":         "Plugin",
	"docker_registry_image": "RegistryImage",
	"docker_secret":         "Secret",
	"docker_service":        "Service",
	"docker_tag":            "Tag",
	"docker_volume":         "Volume",
}

var functions = map[string]string{
	"docker_image":                    "getRemoteImage",
	"docker_logs":                     "getLogs",
	"docker_network":                  "getNetwork",
	"docker_plugin":                   "getPlugin",
	"docker_registry_image":           "getRegistryImage",
	"docker_registry_image_manifests": "getRegistryImageManifests",
}

func main() {
	tfbridge.Main("docker", version, provider(), []byte(noSchema))
}

func provider() tfbridge.ProviderInfo {
	host := &tfbridge.DefaultInfo{EnvVars: []string{"DOCKER_HOST"}, Value: "unix:///var/run/docker.sock"}
	p := tfbridge.ProviderInfo{
		P:            sdk.NewProvider(shim.NewProvider(version)),
		Name:         "docker",
		Version:      version,
		Description:  "Terraform's provider for Docker under the names of pulumi-docker.",
		License:      "MPL-2.0",
		MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
		Config: map[string]*tfbridge.SchemaInfo{
			"host":          {Default: host},
			"registry_auth": {Name: "registryAuth", MaxItemsOne: tfbridge.False()},
		},
		Resources:   map[string]*tfbridge.ResourceInfo{},
		DataSources: map[string]*tfbridge.DataSourceInfo{},
	}
	for theirs, ours := range resources {
		p.Resources[theirs] = &tfbridge.ResourceInfo{Tok: tokens.Type(token(ours))}
	}
	for theirs, ours := range functions {
		p.DataSources[theirs] = &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(token(ours))}
	}
	container := p.Resources["docker_container"]
	container.DeleteBeforeReplace = true // two cannot have one name, nor one published port
	container.Fields = unchanged("command", "networks_advanced")
	p.Resources["docker_image"].Fields = unchanged("name") // says what to pull, so none is made up
	p.SetAutonaming(longestName, "-")
	return p
}

func token(name string) string {
	return "docker:index/" + strings.ToLower(name[:1]) + name[1:] + ":" + name
}

// unchanged are fields that the package does not name in the plural, and leaves without an automatic name.
func unchanged(names ...string) map[string]*tfbridge.SchemaInfo {
	fields := map[string]*tfbridge.SchemaInfo{}
	for _, name := range names {
		fields[name] = &tfbridge.SchemaInfo{Name: tfbridge.TerraformToPulumiNameV2(name, nil, nil)}
	}
	return fields
}
