"""A provider of OpenID Connect: where people are sent to sign in, and what of its answer is believed.

Settings import `account` alone; the calls, with aiohttp and Authlib, come in where the web process has an issuer.
"""
