"""Says three lines, says that it is done (shutdown of its sending side), and still listens to the end."""

import socket

connection = socket.create_connection(("127.0.0.1", 9000))
connection.sendall(b"one\ntwo\nthree\n")
connection.shutdown(socket.SHUT_WR)
while connection.recv(4096):
    pass
connection.close()
