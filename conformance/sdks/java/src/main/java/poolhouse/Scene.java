package poolhouse;

import java.util.Map;

/** A user pool with its app client, and what was told about them. */
record Scene(String poolId, String clientId, String clientSecret, Map<String, Object> facts) {}
