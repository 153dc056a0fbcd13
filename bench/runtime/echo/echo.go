// A server that sends back what comes, a goroutine for each connection. load/echo.c measures it.
package main

import (
	"fmt"
	"net"

	"bench/figure"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		figure.Fail(err)
	}
	fmt.Printf("port %d\n", listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if err != nil {
			figure.Fail(err)
		}
		go echo(connection)
	}
}

// Ends when the client does.
func echo(connection net.Conn) {
	defer connection.Close()
	buffer := make([]byte, 1024)
	for {
		size, err := connection.Read(buffer)
		if err != nil {
			return
		}
		if _, err := connection.Write(buffer[:size]); err != nil {
			return
		}
	}
}
