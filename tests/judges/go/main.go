// Judges reads files that the compiler wrote with the libraries of the programs
// that will read them later, and prints what those libraries object to.
//
// One process reads many files. Standard output is one JSON array; a fault in a
// file is a finding in it, and only a fault of the judge itself ends the process
// with an error.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// A judge reads one file, or one folder, and reports what it found.
type judge func(path string) Report

// Report is the verdict on one file.
type Report struct {
	File     string    `json:"file"`
	Findings []Finding `json:"findings"`
	// Documents are what the judge read, for callers that compare it with what they meant.
	Documents []json.RawMessage `json:"documents,omitempty"`
}

// Finding is one objection. Line is absent where the library does not tell it.
type Finding struct {
	Rule    string `json:"rule"`
	Message string `json:"message"`
	Line    int    `json:"line,omitempty"`
}

var judges = map[string]judge{
	"compose":    compose,
	"dockerfile": dockerfile,
	"kustomize":  kustomize,
	"yaml":       yamlDocuments,
}

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "judges:", err)
		os.Exit(2)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	if len(args) == 0 || judges[args[0]] == nil {
		return fmt.Errorf("usage: judges %s FILE... (or a list of files on standard input)", names())
	}
	paths, err := paths(args[1:], in)
	if err != nil {
		return err
	}
	reports := make([]Report, 0, len(paths))
	for _, path := range paths {
		reports = append(reports, judges[args[0]](path))
	}
	return json.NewEncoder(out).Encode(reports)
}

func names() string {
	var all []string
	for name := range judges {
		all = append(all, name)
	}
	sort.Strings(all)
	return strings.Join(all, "|")
}

// paths takes the arguments, or one path a line: a command line has a greatest length.
func paths(args []string, in io.Reader) ([]string, error) {
	if len(args) > 0 {
		return args, nil
	}
	var lines []string
	scanner := bufio.NewScanner(in)
	for scanner.Scan() {
		if line := scanner.Text(); line != "" {
			lines = append(lines, line)
		}
	}
	return lines, scanner.Err()
}

func newReport(path string) Report {
	return Report{File: path, Findings: []Finding{}}
}

func (r *Report) add(rule string, message string, line int) {
	r.Findings = append(r.Findings, Finding{Rule: rule, Message: message, Line: line})
}

// Libraries nest positions: "line 1: line 5: ..." speaks of line 5.
var lineNumber = regexp.MustCompile(`(?:\bline (\d+): ?)+`)

// lineOf finds the line that YAML libraries put into the text of their errors; zero means none.
func lineOf(message string) int {
	match := lineNumber.FindStringSubmatch(message)
	if match == nil {
		return 0
	}
	line, _ := strconv.Atoi(match[1])
	return line
}
