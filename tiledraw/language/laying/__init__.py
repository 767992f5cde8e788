"""Laying: where everything goes that a request asks for; geometry says what words mean, habits what is usual."""
