"""The subcommands of `namegate`: one module each, which exports its click command as `command`."""
