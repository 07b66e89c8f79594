package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// yamlDocuments reads a file as kubectl does: split at `---`, each document turned into JSON,
// empty ones left out. Kubectl would take the last of two equal keys without a word; here that
// is a finding.
func yamlDocuments(path string) Report {
	report := newReport(path)
	content, err := os.ReadFile(path)
	if err != nil {
		report.add("read", err.Error(), 0)
		return report
	}
	report.readDocuments(content)
	return report
}

func (r *Report) readDocuments(content []byte) {
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(content)))
	end := 0
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			r.add("split", err.Error(), 0)
			return
		}
		before := linesBefore(content, document, &end)
		r.readDocument(document, before)
	}
}

// linesBefore tells how many lines of the file precede a document, and moves end behind it.
func linesBefore(content, document []byte, end *int) int {
	start := bytes.Index(content[*end:], document)
	if start < 0 {
		return 0
	}
	start += *end
	*end = start + len(document)
	return bytes.Count(content[:start], []byte("\n"))
}

func (r *Report) readDocument(document []byte, before int) {
	value, err := yaml.YAMLToJSON(document)
	if err != nil {
		r.addAt("syntax", err, before)
		return
	}
	if string(value) == "null" {
		return
	}
	if _, err := yaml.YAMLToJSONStrict(document); err != nil {
		r.addAt("strict", err, before)
	}
	r.Documents = append(r.Documents, json.RawMessage(value))
}

func (r *Report) addAt(rule string, err error, before int) {
	line := lineOf(err.Error())
	if line > 0 {
		line += before
	}
	r.add(rule, err.Error(), line)
}
