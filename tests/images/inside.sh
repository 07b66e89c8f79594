# Runs a program in a mount namespace whose root is a folder of Debian's packages: inside.sh ROOT FOLDER PROGRAM...
#
# A changed root would not do: engines mount on `/`, which has to be a mount. FOLDER is the only one that it shares with
# the tests, under the same path.
set -eu
root=$1
folder=$2
shift 2
mount --make-rprivate /
mount --rbind "$root" "$root"
for place in run tmp var/tmp; do mount -t tmpfs tmpfs "$root/$place"; done
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mkdir -p "$root$folder" "$root/run/old"
mount --bind "$folder" "$root$folder"
# Whom it asks for names, and whose certificates it takes, is the tests' affair as well.
if [ -d "$folder/etc" ]; then
    mkdir -p "$root/etc/docker/certs.d"
    mount --bind "$folder/etc/certs.d" "$root/etc/docker/certs.d"
    mount --bind "$folder/etc/resolv.conf" "$root/etc/resolv.conf"
fi
cd "$root"
pivot_root . run/old
umount -l /run/old
exec "$@"
