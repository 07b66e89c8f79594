# In place of the images of Python: Debian's Python where those have theirs.
FROM mlopsc-test/root-python
RUN rm -f /usr/lib/python3*/EXTERNALLY-MANAGED \
 && ln -s /usr/bin/python3 /usr/local/bin/python \
 && ln -s /usr/bin/pip3 /usr/local/bin/pip
# A repository of its own with the system packages that the examples name: empty ones.
COPY apt.sh /tmp/apt.sh
RUN sh /tmp/apt.sh libgl1 && rm /tmp/apt.sh
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
CMD ["python3"]
