// Command sallyport is an API gateway for the edge.
package main

func main() {}
