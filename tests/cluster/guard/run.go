package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// run has a program run inside and ends as it ended.
//
// The program is looked for, and the folder it starts in is found, out here: the
// two sides share their file system.
func run(socket string, args []string) error {
	asked, err := ask(args)
	if err != nil {
		return err
	}
	guard, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		return fmt.Errorf("the cluster is gone: %w", err)
	}
	rights := syscall.UnixRights(0, 1, 2)
	if _, _, err := guard.WriteMsgUnix([]byte{0}, rights, nil); err != nil {
		return err
	}
	if err := json.NewEncoder(guard).Encode(asked); err != nil {
		return err
	}
	var answer reply
	if err := json.NewDecoder(guard).Decode(&answer); err != nil {
		return fmt.Errorf("the cluster went away: %w", err)
	}
	if answer.Refusal != "" {
		return fmt.Errorf("%s: %s", args[0], answer.Refusal)
	}
	os.Exit(answer.Code)
	return nil
}

func ask(args []string) (request, error) {
	path, err := exec.LookPath(args[0])
	if err != nil {
		return request{}, err
	}
	path, err = filepath.Abs(path)
	if err != nil {
		return request{}, err
	}
	folder, err := os.Getwd()
	return request{Path: path, Args: args, Env: os.Environ(), Dir: folder}, err
}
