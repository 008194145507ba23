"""A SAML identity provider: signs answers as one would send them to the portal."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from onelogin.saml2.utils import OneLogin_Saml2_Utils

ENTITY = "https://idp.example/"
PORTAL = "http://localhost/saml/metadata/"
ACS = "http://localhost/saml/acs/"

_SAML = "urn:oasis:names:tc:SAML:2.0"


class IdentityProvider:
    """A key of its own and its certificate."""

    def __init__(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp")]), datetime.now(UTC)
        certificate = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        certificate = certificate.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        self.certificate = certificate.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
        plain = serialization.NoEncryption()
        self.key = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()

    def answer(self, name: str, groups: tuple[str, ...] = (), minutes: int = 5) -> str:
        """The SAMLResponse for somebody, valid for some minutes (negative: no longer)."""
        now = datetime.now(UTC)

        def at(offset: int) -> str:
            return (now + timedelta(minutes=offset)).strftime("%Y-%m-%dT%H:%M:%SZ")

        values = "".join(f"<saml:AttributeValue>{group}</saml:AttributeValue>" for group in groups)
        end = at(minutes)
        assertion = f"""<saml:Assertion xmlns:saml="{_SAML}:assertion" ID="_a1" Version="2.0" IssueInstant="{at(0)}">
<saml:Issuer>{ENTITY}</saml:Issuer>
<saml:Subject><saml:NameID Format="{_SAML}:nameid-format:persistent">{name}</saml:NameID>
<saml:SubjectConfirmation Method="{_SAML}:cm:bearer">
<saml:SubjectConfirmationData NotOnOrAfter="{end}" Recipient="{ACS}"/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{at(-60)}" NotOnOrAfter="{end}">
<saml:AudienceRestriction><saml:Audience>{PORTAL}</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AuthnStatement AuthnInstant="{at(0)}" SessionIndex="_s1"><saml:AuthnContext>
<saml:AuthnContextClassRef>{_SAML}:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>
<saml:AttributeStatement><saml:Attribute Name="groups">{values}</saml:Attribute></saml:AttributeStatement></saml:Assertion>"""
        algorithm = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
        digest = "http://www.w3.org/2001/04/xmlenc#sha256"
        signed = OneLogin_Saml2_Utils.add_sign(assertion, self.key, self.certificate, sign_algorithm=algorithm, digest_algorithm=digest)
        text = signed.decode() if isinstance(signed, bytes) else signed
        text = text.removeprefix("<?xml version='1.0' encoding='utf-8'?>")
        whole = (
            f'<samlp:Response xmlns:samlp="{_SAML}:protocol" ID="_r1" Version="2.0" IssueInstant="{at(0)}" Destination="{ACS}">'
            f'<saml:Issuer xmlns:saml="{_SAML}:assertion">{ENTITY}</saml:Issuer><samlp:Status>'
            f'<samlp:StatusCode Value="{_SAML}:status:Success"/></samlp:Status>{text}</samlp:Response>'
        )
        return base64.b64encode(whole.encode()).decode()
