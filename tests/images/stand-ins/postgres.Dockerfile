# In place of PostgreSQL's image: Debian's server behind the part of that image's contract that the examples use.
FROM mlopsc-test/root-workshop
COPY --chmod=0755 postgres.sh /usr/local/bin/docker-entrypoint.sh
RUN ln -s /usr/lib/postgresql/*/bin/* /usr/local/bin/ \
 && groupmod --gid 999 postgres && usermod --uid 999 --gid 999 postgres \
 && install -d -o postgres -g postgres -m 3777 /var/run/postgresql \
 && rm -rf /var/lib/postgresql && install -d -o postgres -g postgres -m 1777 /var/lib/postgresql
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 \
    PGDATA=/var/lib/postgresql/18/docker
VOLUME /var/lib/postgresql
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
