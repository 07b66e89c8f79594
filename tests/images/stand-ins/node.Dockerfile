# In place of the images of Node: Debian's Node and npm.
FROM mlopsc-test/root-languages
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
CMD ["node"]
