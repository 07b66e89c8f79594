# In place of the image of uv: the program out of its wheel.
FROM scratch
COPY uv /uv
