"""The AWS SDKs for JavaScript, Java and Go: one journey, written three times. May import dev_server."""
