"""The App's private key in tests that are not about keys: made once in each test process, for it takes long."""

from ghapp.demo.app_keys import new_private_key

KEY = new_private_key()
