# In place of BusyBox's image: Debian's, alone.
FROM mlopsc-test/root-workshop AS workshop
RUN mkdir -p /made/bin /made/tmp \
 && cp /usr/bin/busybox /made/bin/ \
 && for name in $(/usr/bin/busybox --list); do ln -sf busybox "/made/bin/$name"; done

FROM scratch
COPY --from=workshop /made/ /
ENV PATH=/bin
CMD ["sh"]
