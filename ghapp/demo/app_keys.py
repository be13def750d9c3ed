"""The App's private keys as its owner sees them: generate one, delete one; GitHub keeps the public halves."""

import base64
import functools
import hashlib
from dataclasses import replace

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ghapp.demo.answers import Answer, Refused
from ghapp.demo.control import asked
from ghapp.demo.world import World


def new_private_key() -> str:
    """A new RSA key, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@functools.cache
def public_key(private_key: str) -> tuple[str, str]:
    """A key's fingerprint, as GitHub shows it (SHA-256 of the public key in DER), and its public half as PEM."""
    public = serialization.load_pem_private_key(private_key.encode(), password=None).public_key()
    pem, der = (
        public.public_bytes(kind, serialization.PublicFormat.SubjectPublicKeyInfo)
        for kind in (serialization.Encoding.PEM, serialization.Encoding.DER)
    )
    return "SHA256:" + base64.b64encode(hashlib.sha256(der).digest()).decode(), pem.decode()


def _generate(world: World) -> Answer:
    private_key = new_private_key()
    fingerprint, public = public_key(private_key)
    with world.lock:
        world.app = replace(world.app, public_keys=world.app.public_keys | {fingerprint: public})
    return Answer({"fingerprint": fingerprint, "private_key": private_key}, 201)


def _delete(world: World) -> Answer:
    """Delete the key with this `fingerprint`; what it signed is refused from now on, tokens stay good."""
    wanted = asked()["fingerprint"]
    with world.lock:
        left = {name: key for name, key in world.app.public_keys.items() if name != wanted}
        if len(left) == len(world.app.public_keys):
            raise Refused(404)
        if not left:
            raise Refused(422, "An App keeps one private key at least.")
        world.app = replace(world.app, public_keys=left)
    return Answer(None, 204)


KEY_ROUTES = (
    ("POST", "/_keys", _generate),
    ("DELETE", "/_keys", _delete),
)
