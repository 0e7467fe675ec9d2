"""The bundled specs, one YAML file an architecture, and the JSON Schema of the language."""
