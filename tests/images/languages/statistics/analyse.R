# Says what its one package says.
cat(greeting::greeting(), as.character(greeting::names$name), "\n")
