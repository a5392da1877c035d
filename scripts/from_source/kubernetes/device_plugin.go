package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/klog/v2"
	pluginapi "k8s.io/kubelet/pkg/apis/deviceplugin/v1beta1"
	plugin "k8s.io/kubernetes/pkg/kubelet/cm/devicemanager/plugin/v1beta1"
)

// testDevicePlugin tells the kubelet of N devices of a resource, through the real device-plugin API. There is no device
// behind it: a container gets the names of those it was given in an environment variable.
func testDevicePlugin() {
	resource := flag.String("resource", "nvidia.com/gpu", "name of the extended resource")
	count := flag.Int("count", 1, "number of devices")
	variable := flag.String("variable", "NVIDIA_VISIBLE_DEVICES", "environment variable that receives the names")
	flag.CommandLine.Parse(os.Args[1:])
	// The kubelet empties the folder when it starts, so nothing may be put there before.
	for _, err := os.Stat(pluginapi.KubeletSocket); err != nil; _, err = os.Stat(pluginapi.KubeletSocket) {
		time.Sleep(100 * time.Millisecond)
	}
	var devices []*pluginapi.Device
	for i := 0; i < *count; i++ {
		devices = append(devices, &pluginapi.Device{ID: fmt.Sprintf("TEST-GPU-%d", i), Health: pluginapi.Healthy})
	}
	name := "test." + strings.NewReplacer("/", "_", ".", "_").Replace(*resource) + ".sock"
	socket := filepath.Join(pluginapi.DevicePluginPath, name)
	stub := plugin.NewDevicePluginStub(klog.Background(), devices, socket, *resource, false, false)
	stub.SetAllocFunc(func(request *pluginapi.AllocateRequest, _ map[string]*pluginapi.Device) (*pluginapi.AllocateResponse, error) {
		response := &pluginapi.AllocateResponse{}
		for _, container := range request.ContainerRequests {
			given := map[string]string{*variable: strings.Join(container.DevicesIds, ",")}
			response.ContainerResponses = append(response.ContainerResponses, &pluginapi.ContainerAllocateResponse{Envs: given})
		}
		return response, nil
	})
	ctx := context.Background()
	err := stub.Start(ctx)
	if err == nil {
		err = stub.Register(ctx, pluginapi.KubeletSocket, *resource, pluginapi.DevicePluginPath)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) // whoever started this starts it again
	}
	stub.Watch(ctx, pluginapi.KubeletSocket, *resource, pluginapi.DevicePluginPath)
}
