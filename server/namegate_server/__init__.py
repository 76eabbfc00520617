"""The REST service. `namegate_server.app.create_app` makes the ASGI application."""
