# In place of rocker's images: Debian's R, and a repository of packages that the tests serve.
FROM mlopsc-test/root-workshop
RUN mkdir -p /opt/stand-in \
 && tar --create --gzip --file /opt/stand-in/renv.tar.gz --directory /usr/lib/R/site-library renv \
 && rm -r /usr/lib/R/site-library/renv \
 && echo 'options(repos = c(CRAN = "https://nexus.hospital.example/cran"))' >> /etc/R/Rprofile.site
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8
CMD ["R"]
