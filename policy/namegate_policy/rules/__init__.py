"""The rules, one a module; `registry` is the literal list."""
