"""RSA keys from a seed and PKCS#1 v1.5 signatures: for tests, where a key must not be secret but repeatable."""
import base64
import hashlib

SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


def is_prime(n, rng):
    if any(n % p == 0 for p in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)):
        return False
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(20):
        x = pow(rng.randrange(2, n - 1), odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def prime(bits, rng):
    while True:
        n = rng.getrandbits(bits) | 3 << (bits - 2) | 1
        if n % 65537 != 1 and is_prime(n, rng):
            return n


def der(tag, content):
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def der_integer(n):
    return der(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


class Key:
    algorithm, name = b"rsa-sha256", b"rsa"

    def __init__(self, bits, rng):
        p, q = prime(bits // 2, rng), prime(bits // 2, rng)
        self.bits, self.n, self.d = bits, p * q, pow(65537, -1, (p - 1) * (q - 1))
        plain = der(0x30, der_integer(self.n) + der_integer(65537))
        oid = bytes.fromhex("300d06092a864886f70d0101010500")
        self.public = base64.b64encode(der(0x30, oid + der(3, b"\0" + plain)))
        self.public_plain = base64.b64encode(plain)

    def sign(self, octets):
        size = (self.n.bit_length() + 7) // 8
        digest = SHA256_PREFIX + hashlib.sha256(octets).digest()
        padded = b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest
        return pow(int.from_bytes(padded, "big"), self.d, self.n).to_bytes(size, "big")
