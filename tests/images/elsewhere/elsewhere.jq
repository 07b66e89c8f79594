# A container's description, with another clock, time zone and language, and without caches.

def bind(source; target): {type: "bind", source: source, destination: target, options: ["bind", "ro"]};

# Times of files are the kernel's, also for `touch`, and those that a step gives to them are what it says.
.process.env += [
  "LD_PRELOAD=/dev/faketime.so",
  "FAKETIME=+1234d",
  "NO_FAKE_STAT=1",
  "FAKE_UTIME=0",
  "FAKETIME_SKIP_CMDS=touch",
  "FAKETIME_DONT_FAKE_MONOTONIC=1",
  "FAKETIME_DISABLE_SHM=1",
  "TZ=NPT-5:45",
  "LOCPATH=/dev/locale",
  "LC_ALL=tr_TR.UTF-8"
]
| .mounts |= map(
    if .destination | test("^/root/\\.(cache|gradle|m2|npm)")
    then {type: "tmpfs", source: "tmpfs", destination: .destination, options: ["mode=0755"]}
    else . end
  ) + [bind($library; "/dev/faketime.so"), bind("/opt/locale"; "/dev/locale")]
