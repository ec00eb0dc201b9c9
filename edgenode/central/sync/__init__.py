"""What nodes send: verified, stored, cosigned, folded; what is set aside."""
