package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/sirupsen/logrus"
)

// compose loads a file as `docker compose config` does, in an empty environment.
// The document of the report is the normalised project.
func compose(path string) Report {
	report := newReport(path)
	project, warnings, err := loadProject(path)
	for _, warning := range warnings {
		report.add("warning", warning, 0)
	}
	if err != nil {
		report.add("load", err.Error(), lineOf(err.Error()))
		return report
	}
	model, err := project.MarshalJSON()
	if err != nil {
		report.add("marshal", err.Error(), 0)
		return report
	}
	report.Documents = []json.RawMessage{model}
	return report
}

// loadProject enables every profile, or a fault in a service that belongs to one would stay unseen.
// It leaves paths as they are written, so that the model does not depend on where the folder lies;
// the loader then looks for env files from the working directory, which is why it has to move.
func loadProject(path string) (*types.Project, []string, error) {
	log := &warningLog{}
	defer log.capture()()
	back, err := enter(filepath.Dir(path))
	if err != nil {
		return nil, nil, err
	}
	defer back()
	options, err := cli.NewProjectOptions([]string{filepath.Base(path)},
		cli.WithProfiles([]string{"*"}),
		cli.WithResolvedPaths(false),
	)
	if err != nil {
		return nil, nil, err
	}
	project, err := options.LoadProject(context.Background())
	return project, log.messages, err
}

// enter makes a folder the working directory and gives the way back.
func enter(folder string) (func(), error) {
	before, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	return func() { _ = os.Chdir(before) }, os.Chdir(folder)
}

// warningLog collects what the loader only says in its log: unset variables, obsolete attributes.
type warningLog struct {
	messages []string
}

func (log *warningLog) Levels() []logrus.Level {
	return []logrus.Level{logrus.WarnLevel, logrus.ErrorLevel}
}

func (log *warningLog) Fire(entry *logrus.Entry) error {
	log.messages = append(log.messages, entry.Message)
	return nil
}

func (log *warningLog) capture() func() {
	logger := logrus.StandardLogger()
	out := logger.Out
	logger.SetOutput(io.Discard)
	hooks := logger.ReplaceHooks(make(logrus.LevelHooks))
	logger.AddHook(log)
	return func() {
		logger.SetOutput(out)
		logger.ReplaceHooks(hooks)
	}
}
