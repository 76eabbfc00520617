"""`python -m namegate_server`: the command `serve` alone."""

from namegate_server.command import serve

if __name__ == "__main__":
    serve()
