"""The adapters say and hear what the providers' documents say."""
