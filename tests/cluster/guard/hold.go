package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Kinds of isolation, the best first. The second is for those who are not root.
var kinds = []string{"root", "user", "none"}

var namespaces = map[string]uintptr{
	"root": syscall.CLONE_NEWNET | syscall.CLONE_NEWPID,
	"user": syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWUSER,
	"none": 0,
}

// held is what a test has to know.
type held struct {
	Folder string `json:"folder"`
	Socket string `json:"socket"`
	// Exposed says why there are no namespaces; it is empty where there are.
	Exposed string `json:"exposed"`
}

func hold(prefix string, want []string) error {
	// The end of the test is the end, and nothing else: a folder would stay behind.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	if err := adoptOrphans(); err != nil {
		return err
	}
	folder, err := os.MkdirTemp(filepath.Dir(prefix), filepath.Base(prefix))
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if len(want) == 0 {
		want = kinds
	}
	child, exposed, err := enter(folder, want)
	if err != nil {
		return err
	}
	err = json.NewEncoder(os.Stdout).Encode(held{folder, socketIn(folder), exposed})
	if err == nil {
		io.Copy(io.Discard, os.Stdin)
	}
	return errors.Join(err, end(child))
}

// enter starts the process inside, in the first kind of isolation that works.
func enter(folder string, want []string) (*os.Process, string, error) {
	var refusals []string
	for _, kind := range want {
		child, err := start(folder, kind)
		switch {
		case err != nil:
			refusals = append(refusals, err.Error())
		case kind != "none":
			return child, "", nil
		case len(refusals) == 0:
			return child, "isolation was not asked for", nil
		default:
			return child, strings.Join(refusals, "; "), nil
		}
	}
	return nil, "", errors.New(strings.Join(refusals, "; "))
}

func start(folder, kind string) (*os.Process, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	command := exec.Command("/proc/self/exe", "inside", folder, kind)
	command.Stderr = os.Stderr
	command.ExtraFiles = []*os.File{writer}
	command.SysProcAttr = attributes(kind)
	err = command.Start()
	writer.Close()
	if err != nil {
		return nil, fmt.Errorf("no namespaces: %w", err)
	}
	// Its last word is either that it serves, or why it cannot.
	said, _ := io.ReadAll(reader)
	if string(said) == serves {
		return command.Process, nil
	}
	return nil, errors.Join(errors.New(string(said)), end(command.Process))
}

func attributes(kind string) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Cloneflags: namespaces[kind]}
	if kind == "user" {
		attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return attributes
}

// end kills everything inside and waits until it is gone.
//
// The first process of a process namespace takes all others with it. Without
// one, what it leaves behind becomes a child of this process.
func end(child *os.Process) error {
	if err := child.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	for {
		for _, orphan := range children() {
			syscall.Kill(orphan, syscall.SIGKILL)
		}
		if _, err := syscall.Wait4(-1, nil, 0, nil); err != nil && err != syscall.EINTR {
			return nil
		}
	}
}

// children reads the processes that this one started or adopted.
func children() []int {
	var found []int
	threads, _ := filepath.Glob("/proc/self/task/*/children")
	for _, thread := range threads {
		text, _ := os.ReadFile(thread)
		for _, word := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil {
				found = append(found, pid)
			}
		}
	}
	return found
}

// adoptOrphans makes this process the parent of all below it that lose theirs.
func adoptOrphans() error {
	const subreaper = 36 // PR_SET_CHILD_SUBREAPER, which the package syscall does not name.
	if _, _, failed := syscall.RawSyscall(syscall.SYS_PRCTL, subreaper, 1, 0); failed != 0 {
		return fmt.Errorf("adopting orphans: %w", failed)
	}
	return nil
}
