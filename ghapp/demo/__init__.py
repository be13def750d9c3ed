"""The demonstration: a stand-in GitHub on loopback that serves real clones, and what plays its people."""
