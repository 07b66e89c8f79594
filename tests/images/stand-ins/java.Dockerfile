# In place of the images of Java, with and without a compiler: Debian's JDK where those have theirs.
FROM mlopsc-test/root-languages
RUN mkdir -p /opt/java && ln -s /usr/lib/jvm/java-21-openjdk-* /opt/java/openjdk
ENV JAVA_HOME=/opt/java/openjdk \
    PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=en_US.UTF-8
CMD ["jshell"]
