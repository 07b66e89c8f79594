// Answers with what its one package says, and ends when it is told to.
const greeting = require("greeting");
const server = require("http").createServer((_, response) => response.end(greeting));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
server.listen(3000);
