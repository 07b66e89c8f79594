// Guard keeps the programs of a test cluster together, apart from the network,
// and alive for no longer than the test that wants them.
//
// Three processes play a part. `guard hold` is the child of a test: it makes the
// cluster's folder, starts the second and waits until its standard input closes,
// which the kernel sees to however the test ends. `guard inside` is the first
// process of a network and a process namespace of its own: it starts programs
// when it is asked to, and they end with it. `guard run` is how a test asks: it
// stands outside for one program inside, with its input, output and exit code.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

// The exit code of programs that could not be run at all, as in a shell.
const notRun = 127

var errUsage = errors.New(`usage:
  guard hold PREFIX [none]     until standard input closes; where, and how, on standard output
  guard inside FOLDER KIND     what hold starts
  guard run SOCKET PROGRAM...  one program among those that are held`)

func main() {
	// A child that is to die with its parent dies with the thread that started it.
	runtime.LockOSThread()
	if err := command(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "guard:", err)
		os.Exit(notRun)
	}
}

func command(args []string) error {
	if len(args) < 2 {
		return errUsage
	}
	switch name, rest := args[0], args[1:]; {
	case name == "hold":
		return hold(rest[0], rest[1:])
	case name == "inside" && len(rest) == 2:
		return inside(rest[0], rest[1])
	case name == "run" && len(rest) > 1:
		return run(rest[0], rest[1:])
	}
	return errUsage
}
