# In place of the images that nobody makes: what the example says of them, and no more.
FROM mlopsc-test/python
COPY --chmod=0755 made-up.py /opt/gateway/bin/start
COPY --chmod=0755 made-up.py /opt/agent
RUN printf '#!/bin/sh\nexec true\n' > /opt/gateway/bin/health && cp /opt/gateway/bin/health /opt/gateway/bin/drain \
 && chmod 0755 /opt/gateway/bin/*
USER 10014:10014
CMD ["/opt/agent"]
