# In place of BusyBox's image: Debian's, alone but for a shell. Its own would not look for the `find` of `find.sh`.
FROM mlopsc-test/root-workshop AS workshop
# It lists itself, too, so that it comes last.
RUN mkdir -p /made/bin /made/tmp \
 && for name in $(/usr/bin/busybox --list); do ln -sf busybox "/made/bin/$name"; done \
 && cp --remove-destination /usr/bin/busybox /made/bin/ \
 && rm /made/bin/find /made/bin/sh \
 && cp /usr/bin/dash /made/bin/sh \
 && for file in $(ldd /usr/bin/dash | grep --only-matching '/[^ ]*'); do \
        mkdir -p "/made${file%/*}" && cp --dereference "${file}" "/made${file}"; \
    done

FROM scratch
COPY --from=workshop /made/ /
COPY --chmod=0755 find.sh /bin/find
ENV PATH=/bin
CMD ["sh"]
