"""The command line, the pipeline file, the Python face."""
