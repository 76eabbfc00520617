"""Where registries accept uploads: what all hooks share is `gate`, each registry's own part is a module."""
