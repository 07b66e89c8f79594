param = 1
