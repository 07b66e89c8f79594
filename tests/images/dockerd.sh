# Starts dockerd in a mount namespace whose root is a folder of Debian's packages: dockerd.sh ROOT FOLDER
#
# A changed root would not do: the daemon mounts on `/`, which has to be a mount. FOLDER is the only one that it shares
# with the tests, under the same path.
set -eu
root=$1
folder=$2
mount --make-rprivate /
mount --rbind "$root" "$root"
for place in run tmp; do mount -t tmpfs tmpfs "$root/$place"; done
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mkdir -p "$root$folder" "$root/run/old"
mount --bind "$folder" "$root$folder"
cd "$root"
pivot_root . run/old
umount -l /run/old
exec dockerd --config-file "$folder/daemon.json"
