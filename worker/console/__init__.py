"""The web console: pages for people, rendered on the server over the same services as the command line and HTTP."""
