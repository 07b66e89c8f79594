# In place of BusyBox's image: Debian's, alone.
FROM mlopsc-test/root-workshop AS workshop
# It lists itself, too, so that it comes last.
RUN mkdir -p /made/bin /made/tmp \
 && for name in $(/usr/bin/busybox --list); do ln -sf busybox "/made/bin/$name"; done \
 && cp --remove-destination /usr/bin/busybox /made/bin/

FROM scratch
COPY --from=workshop /made/ /
ENV PATH=/bin
CMD ["sh"]
