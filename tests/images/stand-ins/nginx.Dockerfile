# In place of nginx's image: Debian's nginx.
FROM mlopsc-test/root-workshop
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
