"""What a human consents to: the fingerprint. Who may consent, and how, is not part of this version."""
