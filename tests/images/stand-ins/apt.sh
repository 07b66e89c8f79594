# Makes a repository of empty packages and lets apt know no other one: apt.sh NAME...
set -eu
mkdir -p /opt/packages
cd /opt/packages
for name in "$@"; do
    mkdir -p "/tmp/$name/DEBIAN"
    printf 'Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: empty\n' \
        "$name" > "/tmp/$name/DEBIAN/control"
    dpkg-deb --build --root-owner-group "/tmp/$name" "$name.deb"
    cat "/tmp/$name/DEBIAN/control"
    printf 'Filename: ./%s.deb\nSize: %s\nSHA256: %s\n\n' \
        "$name" "$(stat --format=%s "$name.deb")" "$(sha256sum "$name.deb" | cut -d ' ' -f 1)"
    rm -r "/tmp/$name"
done > Packages.all
grep -v '^dpkg-deb' Packages.all > Packages
rm -f Packages.all /etc/apt/sources.list.d/*
echo 'deb [trusted=yes] file:/opt/packages ./' > /etc/apt/sources.list
