package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"unsafe"
)

const serves = "serves"

// request is a program to run; its input and outputs come along as open files.
type request struct {
	Path string
	Args []string
	Env  []string
	Dir  string
}

// reply is how it ended.
type reply struct {
	Code int
	// Refusal says why it did not start.
	Refusal string
}

func socketIn(folder string) string {
	return filepath.Join(folder, "guard")
}

// inside starts programs for whoever can open the socket, until it is killed.
func inside(folder, kind string) error {
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	word := os.NewFile(3, "the last word")
	listener, err := prepare(folder, kind)
	if err != nil {
		fmt.Fprint(word, err)
		return nil
	}
	fmt.Fprint(word, serves)
	word.Close()
	for {
		peer, err := listener.AcceptUnix()
		if err != nil {
			return err
		}
		go serve(peer)
	}
}

func prepare(folder, kind string) (*net.UnixListener, error) {
	if kind != "none" {
		if err := raiseLoopback(); err != nil {
			return nil, fmt.Errorf("the loopback interface cannot be raised: %w", err)
		}
		if err := onlyLoopback(); err != nil {
			return nil, err
		}
	}
	// The folder is its maker's alone, and the socket with it.
	return net.ListenUnix("unix", &net.UnixAddr{Name: socketIn(folder), Net: "unix"})
}

// raiseLoopback does what `ip link set lo up` does, which is not on every machine.
func raiseLoopback() error {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(socket)
	interfaceRequest := struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		rest  [22]byte
	}{flags: syscall.IFF_UP}
	copy(interfaceRequest.name[:], "lo")
	address := uintptr(unsafe.Pointer(&interfaceRequest))
	_, _, failed := syscall.Syscall(syscall.SYS_IOCTL, uintptr(socket), syscall.SIOCSIFFLAGS, address)
	if failed != 0 {
		return failed
	}
	return nil
}

func onlyLoopback() error {
	interfaces, err := net.Interfaces()
	if err != nil {
		return err
	}
	for _, it := range interfaces {
		if it.Flags&net.FlagUp != 0 && it.Flags&net.FlagLoopback == 0 {
			return fmt.Errorf("the network namespace is not empty: %s is up", it.Name)
		}
	}
	return nil
}

func serve(peer *net.UnixConn) {
	defer peer.Close()
	program, err := receive(peer)
	if err == nil {
		err = program.Start()
		for _, file := range files(program) {
			file.Close()
		}
	}
	if err != nil {
		json.NewEncoder(peer).Encode(reply{Refusal: err.Error()})
		return
	}
	go endWith(peer, program.Process)
	program.Wait()
	json.NewEncoder(peer).Encode(reply{Code: exitCode(program.ProcessState)})
}

// endWith kills a program, and what it started, when whoever asked for it goes away.
func endWith(peer *net.UnixConn, program *os.Process) {
	// A peer never says a second word: reading ends when it leaves, or is sent away.
	peer.Read(make([]byte, 1))
	syscall.Kill(-program.Pid, syscall.SIGKILL)
}

func receive(peer *net.UnixConn) (*exec.Cmd, error) {
	files, err := receiveFiles(peer)
	if err != nil {
		return nil, err
	}
	var asked request
	if err := json.NewDecoder(peer).Decode(&asked); err != nil {
		return nil, err
	}
	return &exec.Cmd{
		Path: asked.Path, Args: asked.Args, Env: asked.Env, Dir: asked.Dir,
		Stdin: files[0], Stdout: files[1], Stderr: files[2],
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL},
	}, nil
}

func receiveFiles(peer *net.UnixConn) ([]*os.File, error) {
	rights := make([]byte, syscall.CmsgSpace(3*4))
	_, length, _, _, err := peer.ReadMsgUnix(make([]byte, 1), rights)
	if err != nil {
		return nil, err
	}
	messages, err := syscall.ParseSocketControlMessage(rights[:length])
	if err != nil || len(messages) != 1 {
		return nil, fmt.Errorf("no files came along: %v", err)
	}
	numbers, err := syscall.ParseUnixRights(&messages[0])
	if err != nil || len(numbers) != 3 {
		return nil, fmt.Errorf("not three files: %v", err)
	}
	var files []*os.File
	for _, number := range numbers {
		syscall.CloseOnExec(number)
		files = append(files, os.NewFile(uintptr(number), "standard"))
	}
	return files, nil
}

func files(program *exec.Cmd) []*os.File {
	return []*os.File{program.Stdin.(*os.File), program.Stdout.(*os.File), program.Stderr.(*os.File)}
}

// exitCode is that of the program, or what a shell makes of a signal.
func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}
