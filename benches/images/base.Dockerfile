# A base on which all three find the mirror of the tests: for pip, uv and apt.
ARG BASE
FROM ${BASE}
ARG HOST
COPY ca.pem /etc/ssl/certs/authority.pem
ENV PIP_CERT=/etc/ssl/certs/authority.pem \
    SSL_CERT_FILE=/etc/ssl/certs/authority.pem
RUN echo "deb [trusted=yes] https://${HOST}/apt ./" > /etc/apt/sources.list \
 && rm -rf /etc/apt/sources.list.d/* \
 && echo 'Acquire::https::CAInfo "/etc/ssl/certs/authority.pem";' > /etc/apt/apt.conf.d/99authority
