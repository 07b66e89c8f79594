package main

import (
	"encoding/json"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// kustomize builds a folder as `kubectl kustomize` does. The documents of the report are the
// objects it would print.
func kustomize(folder string) Report {
	report := newReport(folder)
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		report.add("build", err.Error(), lineOf(err.Error()))
		return report
	}
	for _, resource := range built.Resources() {
		object, err := resource.MarshalJSON()
		if err != nil {
			report.add("marshal", err.Error(), 0)
			continue
		}
		report.Documents = append(report.Documents, json.RawMessage(object))
	}
	return report
}
